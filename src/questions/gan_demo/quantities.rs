//! The numbers, the tables and the picture of the report.

use super::arguments::Asked;
use super::study::{DRAWS, LOGITS, Study};
use crate::questions::numbers::short;
use crate::questions::picture as pictures;
use crate::report::{Column, Quantities, Quantity, Section, Table, Value};

fn section(title: &str, quantities: Vec<Quantity>) -> Section {
    Section::Quantities(Quantities {
        title: title.to_owned(),
        quantities,
    })
}

/// A number that is rounding is 0.
fn rounded(key: &str, label: &str, number: f64) -> Quantity {
    Quantity::rounded(key, label, if number.abs() < 1e-15 { 0.0 } else { number })
}

/// On a few values: the best discriminator's loss, and the equilibrium's.
pub(super) fn values(study: &Study) -> Section {
    let two_logs = 2.0 * std::f64::consts::LN_2;
    section(
        "On a few values",
        vec![
            rounded(
                "loss.best",
                "loss of the best discriminator, D = p/(p + p_g)",
                study.apart.loss.theory,
            )
            .steps(vec![format!(
                "2 log 2 − 2·JSD = {} − 2·{}",
                short(two_logs),
                short(study.divergence)
            )]),
            rounded("divergence", "JSD of data and generated", study.divergence),
            rounded(
                "loss.equilibrium",
                "loss where what is generated is the data, D = ½",
                study.equal.loss.theory,
            )
            .steps(vec!["−log ½ − log ½ = 2 log 2".to_owned()]),
            rounded(
                "gradient.apart",
                "generator's gradient with −log D, generated as asked",
                study.apart.sizes[1],
            ),
            rounded(
                "gradient.apart_saturating",
                "the same with log(1−D)",
                study.apart.sizes[0],
            ),
            rounded(
                "gradient.equal",
                "generator's gradient with −log D, generated as the data",
                study.equal.sizes[1],
            ),
            rounded(
                "accuracy",
                "share that the discriminator tells right where the generator is trained on",
                study.accuracy,
            ),
            rounded(
                "gradient.trained_on",
                "generator's gradient there",
                study.trained_on.sizes[1].max(study.trained_on.sizes[0]),
            ),
            rounded("divergence.trained_on", "JSD there", study.before),
            rounded(
                "divergence.after",
                "JSD after a step",
                study.trained_on.after,
            ),
        ],
    )
}

/// Value by value.
pub(super) fn value_table(asked: &Asked, study: &Study) -> Section {
    let columns = [
        ("value", "value"),
        ("data", "data"),
        ("generated", "generated"),
        ("best", "best D"),
    ];
    let mut table = Table {
        key: "values".to_owned(),
        title: "Value by value".to_owned(),
        columns: columns
            .map(|(key, label)| Column::new(key, label, ""))
            .to_vec(),
        rows: Vec::new(),
    };
    for (place, best) in study.best.iter().enumerate() {
        let real = |number: f64| Some(Value::Real(number));
        table.rows.push(vec![
            Some(Value::from(place)),
            real(asked.data[place]),
            real(asked.generated[place]),
            real(*best),
        ]);
    }
    Section::Table(table)
}

/// On one number: guidance, the head start, the new images; and two nets.
pub(super) fn others(asked: &Asked, study: &Study) -> Vec<Section> {
    let n = DRAWS as u64;
    let deviation = study.new_variance.theory.sqrt();
    let error = deviation / draws().sqrt();
    let spread = study.new_variance.theory * (2.0 / (draws() - 1.0)).sqrt();
    let target = short(asked.target);
    let far = short(asked.far);
    let detached = &study.detached;
    vec![
        section(
            &format!("One number: data N({target}, 1), generator at 0"),
            vec![
                rounded("loss.lowest", "loss of the best discriminator", study.lowest.0),
                rounded("gain.lowest", "how much nearer a step with it brings the generator", study.lowest.1),
                rounded("loss.higher", &format!("loss with its logit times {}", short(asked.sureness)), study.higher.0),
                rounded("gain.higher", "how much nearer a step with that brings it", study.higher.1),
                rounded("theta", "θ after ten steps of both, −log D", study.near[0].theory),
                rounded("theta.led", &format!("the same, the discriminator trained {} steps first", asked.pretrain), study.near[1].theory),
                rounded("theta.far", &format!("data N({far}, 1), log(1−D): θ after ten steps"), study.far[0].theory),
                rounded("theta.far_led", "the same with the head start", study.far[1].theory),
            ],
        ),
        section(
            "New images from z ~ N(0, 1)",
            vec![
                Quantity::measured("new.mean", "their mean", study.new_mean.lab, n, error),
                Quantity::measured("new.variance", "their variance", study.new_variance.lab, n, spread),
                rounded("new.divergence", "KL(data ‖ new images)", study.new_divergence).steps(vec![format!(
                    "a generator that turns z ~ N({}, {}²) into the data turns N(0, 1) into N({}, {})",
                    short(asked.prior.0),
                    short(asked.prior.1),
                    short(study.new_mean.theory),
                    short(study.new_variance.theory)
                )]),
            ],
        ),
        section(
            "A step of the discriminator, two nets of a hidden layer",
            vec![
                Quantity::measured("detach.difference", "its gradients with what is generated detached, and not: largest difference", detached.difference, 1, 0.0),
                Quantity::measured("detach.size", "their size", detached.size, 1, 0.0),
                Quantity::measured("detach.generator", "what arrives at the generator when it is not detached", detached.generator[1], 1, 0.0),
                Quantity::measured("detach.generator_cut", "when it is", detached.generator[0], 1, 0.0),
                Quantity::measured("detach.cosine", "cosine of what arrives with the generator's own gradient", detached.cosine, 1, 0.0),
            ],
        ),
    ]
}

/// The slopes of both losses by the logit of something generated.
pub(super) fn slopes(study: &Study) -> Section {
    let columns = [
        ("logit", "logit s of D"),
        ("saturating", "d log(1−D)/ds"),
        ("non_saturating", "d(−log D)/ds"),
    ];
    let rows = LOGITS.iter().zip(&study.slopes);
    let rows = rows.map(|(logit, [one, other])| {
        [*logit, *one, *other]
            .map(|number| Some(Value::Real(number)))
            .to_vec()
    });
    Section::Table(Table {
        key: "slopes".to_owned(),
        title: "What a discriminator that is sure leaves of the generator's gradient".to_owned(),
        columns: columns
            .map(|(key, label)| Column::new(key, label, ""))
            .to_vec(),
        rows: rows.collect(),
    })
}

/// θ by step, with a head start and without.
pub(super) fn picture(asked: &Asked, study: &Study) -> Section {
    let names = [
        "without".to_owned(),
        format!("discriminator trained {} steps first", asked.pretrain),
    ];
    let curves = names.into_iter().zip(&study.paths).map(|(name, path)| {
        let points = (1_u32..)
            .zip(path)
            .map(|(step, theta)| (f64::from(step), *theta));
        (name, points.collect())
    });
    pictures::picture(
        "theta",
        &format!("The generator's mean on its way to {}", short(asked.target)),
        "step",
        "θ",
        false,
        curves.collect(),
    )
}

/// How many new images were drawn.
#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
pub(super) fn draws() -> f64 {
    DRAWS as f64
}
