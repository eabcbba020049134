//! The numbers, the tables and the pictures of the report.

use super::arguments::Asked;
use super::study::{LINE_NOISE, Study, Trained};
use crate::questions::numbers::short;
use crate::report::{
    Column, Curve, Extent, Quantities, Quantity, Section, Series, Shape, Table, Value,
};
use crate::theory::vae::{Best, divergence};

fn reals(numbers: &[f64]) -> Value {
    Value::Dims(numbers.iter().map(|number| Extent::Real(*number)).collect())
}

/// What is known of the image.
pub(super) fn image(asked: &Asked, study: &Study) -> Quantities {
    let mut quantities = vec![
        Quantity::rounded(
            "surprise",
            "−log p(x), what the loss is to be above",
            study.surprise,
        )
        .steps(vec![
            "x ~ N(m, W·Wᵀ + s²I): ½(3 log 2π + log det + (x−m)ᵀ(W·Wᵀ + s²I)⁻¹(x−m))".to_owned(),
        ]),
        Quantity {
            value: reals(&study.posterior.mean),
            ..Quantity::rounded(
                "latent.mean",
                "mean of z for this image, of the exact posterior",
                0.0,
            )
        },
        Quantity {
            value: reals(&[
                study.posterior.covariance[0][0],
                study.posterior.covariance[1][1],
            ]),
            ..Quantity::rounded("latent.variance", "variances of z for this image", 0.0)
        }
        .steps(vec!["P = (I + WᵀW/s²)⁻¹, mean P·Wᵀ(x−m)/s²".to_owned()]),
    ];
    for candidate in &study.candidates {
        let (key, name) = (candidate.key, candidate.name);
        let loss = candidate.loss(asked.beta);
        let gap = loss - study.surprise;
        quantities.push(
            Quantity::rounded(&format!("loss.{key}"), &format!("loss of {name}"), loss).steps(
                vec![format!(
                    "E_q[−log p(x|z)] + β·KL(q‖N(0,I)) = {} + {}·{}",
                    short(candidate.losses.reconstruction),
                    short(asked.beta),
                    short(candidate.losses.to_prior)
                )],
            ),
        );
        quantities.push(Quantity::rounded(
            &format!("gap.{key}"),
            "its distance above −log p(x)",
            rounded_off(gap, loss),
        ));
    }
    Quantities {
        title: "One image".to_owned(),
        quantities,
    }
}

/// A difference that is rounding is 0.
pub(super) fn rounded_off(difference: f64, of: f64) -> f64 {
    if difference.abs() <= 1e-13 * of.abs().max(1.0) {
        0.0
    } else {
        difference
    }
}

/// The standard error of a standard deviation over the encodings.
pub(super) fn error(asked: &Asked, deviation: f64) -> f64 {
    deviation / (2.0 * (real(asked.encodings) - 1.0)).sqrt()
}

/// What many encodings come back as.
pub(super) fn encodings(asked: &Asked, study: &Study) -> Quantities {
    let measured = study
        .encodings
        .deviations
        .iter()
        .copied()
        .fold(0.0, f64::max);
    let exact = study.deviations.iter().copied().fold(0.0, f64::max);
    let n = asked.encodings as u64;
    Quantities {
        title: format!("The same image encoded {n} times"),
        quantities: vec![
            Quantity::exact(
                "distinct",
                "different reconstructions",
                Value::from(study.encodings.distinct),
            ),
            Quantity::measured(
                "spread",
                "their largest standard deviation",
                measured,
                n,
                error(asked, exact),
            ),
            Quantity::rounded("spread.exact", "the same exactly", exact).steps(vec![
                "the root of the diagonal of W·S·Wᵀ, S the encoder's covariance".to_owned(),
            ]),
        ],
    }
}

/// The trained model with the KL term and without.
pub(super) fn training(asked: &Asked, study: &Study) -> Quantities {
    let mut quantities = Vec::new();
    for (word, name, run) in [
        ("with", "with the KL term", study.trained[0]),
        ("without", "without it", study.trained[1]),
    ] {
        let line = run.line;
        let generated = line.generated(LINE_NOISE);
        quantities.extend([
            (
                format!("reconstruction.{word}"),
                format!("{name}: mean squared error of a reconstruction"),
                line.error(asked.variance),
            ),
            (
                format!("encoder_std.{word}"),
                "the encoder's standard deviation".to_owned(),
                line.deviation,
            ),
            (
                format!("aggregate.{word}"),
                "variance of z over all images".to_owned(),
                line.aggregate(asked.variance),
            ),
            (
                format!("generated.{word}"),
                "variance of what z ~ N(0, 1) is decoded to".to_owned(),
                generated,
            ),
            (
                format!("generated.divergence.{word}"),
                "KL(data ‖ generated)".to_owned(),
                divergence(asked.variance, generated),
            ),
        ]);
    }
    let steps = asked.steps as u64;
    let mut quantities: Vec<Quantity> = (quantities.into_iter())
        .map(|(key, label, number)| Quantity::measured(&key, &label, number, steps.max(1), 0.0))
        .collect();
    if let Best::At(line) = study.best {
        quantities.push(
            Quantity::rounded(
                "reconstruction.best",
                "in closed form at the best with the KL term: error",
                line.error(asked.variance),
            )
            .steps(vec![format!(
                "w² = V − β·{LINE_NOISE}, s² = β·{LINE_NOISE}/V, a = w/V with V = {}",
                short(asked.variance)
            )]),
        );
        quantities.push(Quantity::rounded(
            "aggregate.best",
            "variance of z",
            line.aggregate(asked.variance),
        ));
        quantities.push(Quantity::rounded(
            "generated.best",
            "variance of what is generated",
            line.generated(LINE_NOISE),
        ));
    }
    Quantities {
        title: format!(
            "One number trained, data N(0, {}), from a, w = {}, {}",
            short(asked.variance),
            short(asked.init.0),
            short(asked.init.1)
        ),
        quantities,
    }
}

fn table(key: &str, title: &str, columns: &[(&str, &str)]) -> Table {
    let columns = columns
        .iter()
        .map(|(key, label)| Column::new(key, label, ""));
    Table {
        key: key.to_owned(),
        title: title.to_owned(),
        columns: columns.collect(),
        rows: Vec::new(),
    }
}

/// A row a distribution: the loss and its parts.
pub(super) fn bounds(asked: &Asked, study: &Study) -> Table {
    let mut table = table(
        "bounds",
        "Distributions q of z for this image",
        &[
            ("q", "q"),
            ("reconstruction", "reconstruction"),
            ("to_prior", "KL to prior"),
            ("loss", "loss"),
            ("gap", "loss + log p(x)"),
            ("to_posterior", "KL to posterior"),
        ],
    );
    for candidate in &study.candidates {
        let losses = candidate.losses;
        let loss = candidate.loss(asked.beta);
        table.rows.push(vec![
            Some(Value::name(candidate.name)),
            Some(Value::Real(losses.reconstruction)),
            Some(Value::Real(losses.to_prior)),
            Some(Value::Real(loss)),
            Some(Value::Real(rounded_off(loss - study.surprise, loss))),
            Some(Value::Real(rounded_off(losses.to_posterior, 1.0))),
        ]);
    }
    table
}

/// A row a run.
pub(super) fn runs(asked: &Asked, study: &Study) -> Table {
    let mut table = table(
        "runs",
        "By the start: without the KL term it decides where training ends",
        &[
            ("start", "a, w at the start"),
            ("beta", "β"),
            ("a", "a"),
            ("w", "w"),
            ("deviation", "encoder's std"),
            ("error", "error"),
            ("aggregate", "variance of z"),
            ("generated", "variance generated"),
        ],
    );
    for Trained {
        start, beta, line, ..
    } in &study.trained
    {
        table.rows.push(vec![
            Some(Value::name(format!(
                "{}, {}",
                short(start.0),
                short(start.1)
            ))),
            Some(Value::Real(*beta)),
            Some(Value::Real(line.encoder)),
            Some(Value::Real(line.decoder)),
            Some(Value::Real(line.deviation)),
            Some(Value::Real(line.error(asked.variance))),
            Some(Value::Real(line.aggregate(asked.variance))),
            Some(Value::Real(line.generated(LINE_NOISE))),
        ]);
    }
    table
}

/// The first reconstructions, and the image.
pub(super) fn picture(asked: &Asked, study: &Study) -> Section {
    Section::Series(Series {
        curves: vec![
            Curve::new(
                "reconstructions of the one image",
                Shape::Points,
                study.encodings.first.clone(),
            ),
            Curve::new(
                "the image",
                Shape::Points,
                vec![(asked.image[0], asked.image[1])],
            ),
        ],
        ..Series::new(
            "reconstructions",
            "One image, encoded again and again",
            "first number",
            "second number",
        )
    })
}

#[expect(clippy::cast_precision_loss, reason = "at most 100,000")]
pub(super) fn real(count: usize) -> f64 {
    count as f64
}
