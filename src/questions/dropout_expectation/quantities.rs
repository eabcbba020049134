//! The numbers of the answer, under their keys.

use super::facts::{Facts, Passed, Shift};
use super::proof;
use super::witness::{draws_of, noise_of_mean, noise_of_variance, standing};
use crate::lab::dropout::Sample;
use crate::questions::numbers::{factor, grouped, reals, short, tidy, values};
use crate::report::{Basis, Quantities, Quantity, Value};
use crate::theory::dropout::Moments;

/// A quantity in floating-point arithmetic on a closed form.
fn rounded(key: &str, label: &str, value: Value) -> Quantity {
    Quantity {
        basis: Basis::Rounded,
        ..Quantity::exact(key, label, value)
    }
}

fn real(key: &str, label: &str, number: f64) -> Quantity {
    rounded(key, label, Value::Real(tidy(number)))
}

/// The headline list: what dropout does to the expectation and the variance.
pub(super) fn exact(facts: &Facts) -> Quantities {
    let asked = facts.asked;
    let each = |of: fn(&Moments) -> f64| reals(facts.exact.iter().map(of));
    let what = if asked.is_linear() {
        " of the unit"
    } else {
        ""
    };
    let mut quantities = vec![
        rounded(
            "expectation",
            &format!("expectation{what}"),
            each(|exact| exact.mean),
        )
        .steps(proof::expectation(facts)),
        rounded(
            "variance",
            &format!("variance{what}"),
            each(|exact| exact.variance),
        )
        .steps(proof::variance(facts)),
        rounded(
            "deviation",
            "standard deviation",
            each(|exact| exact.variance.sqrt()),
        ),
        rounded(
            "evaluation",
            "in evaluation mode",
            reals(facts.plain.iter().copied()),
        )
        .steps(vec![
            "PyTorch's eval() makes dropout the identity".to_owned(),
        ]),
    ];
    let training = asked.training();
    if asked.drops.len() > 1 {
        quantities.push(
            real("p", "probability to drop, both together", training.drop())
                .steps(proof::together(&asked.drops)),
        );
    }
    quantities.push(real("keep", "probability to keep", training.keep));
    quantities.push(real("scale", "factor of a kept unit", training.factor));
    Quantities {
        title: String::new(),
        quantities,
    }
}

/// What the draws came to, of one output.
pub(super) fn drawn(facts: &Facts) -> Option<Quantities> {
    let ([exact], [sample]) = (&facts.exact[..], &facts.measured.samples[..]) else {
        return None;
    };
    let n = draws_of(sample);
    let (mean_error, variance_error) = (exact.error_of_mean(n), exact.error_of_variance(n));
    let scores = scores(exact, sample);
    Some(Quantities {
        title: format!("Measured on {} draws", grouped(sample.draws)),
        quantities: vec![
            Quantity::measured(
                "measured.expectation",
                "mean",
                sample.mean,
                sample.draws,
                mean_error,
            ),
            real(
                "z.expectation",
                "z-score: (mean − expectation) ÷ its standard error",
                scores.0,
            ),
            Quantity::measured(
                "measured.variance",
                "variance",
                sample.variance,
                sample.draws,
                variance_error,
            ),
            real(
                "z.variance",
                "z-score: (variance − exact) ÷ its standard error",
                scores.1,
            ),
        ],
    })
}

/// The z-scores of a mean and of a variance, to the hundredth.
pub(super) fn scores(exact: &Moments, sample: &Sample) -> (f64, f64) {
    let n = draws_of(sample);
    let hundredth = |z: f64| (z * 100.0).round() / 100.0;
    let mean = standing(
        sample.mean,
        exact.mean,
        exact.error_of_mean(n),
        noise_of_mean(exact),
    );
    let variance = standing(
        sample.variance,
        exact.variance,
        exact.error_of_variance(n),
        noise_of_variance(exact),
    );
    (hundredth(mean), hundredth(variance))
}

/// Before or after the non-linearity.
pub(super) fn through(facts: &Facts, passed: &Passed) -> Quantities {
    let (activation, name) = facts.asked.activation.unwrap_or_else(|| unreachable!());
    let before = match (&passed.before, &passed.samples[..]) {
        (Some(exact), _) => Before::Exact(exact.iter().map(|one| one.mean).collect()),
        (None, [sample]) => Before::Measured(sample),
        (None, _) => Before::Exact(Vec::new()),
    };
    let mut quantities = vec![rounded(
        "plain",
        &format!("{name} without dropout"),
        values(&passed.plain),
    )];
    let label = format!("expectation with dropout before {name}");
    let bias = format!("bias: how far that is from {name} without dropout");
    let after = rounded(
        "after.expectation",
        &format!("expectation with dropout after {name}"),
        values(&passed.after.iter().map(|one| one.mean).collect::<Vec<_>>()),
    );
    match before {
        Before::Exact(means) => {
            let biases: Vec<f64> = means
                .iter()
                .zip(&passed.plain)
                .map(|(m, p)| m - p)
                .collect();
            let steps = proof::bias(facts, activation, &passed.plain, &means);
            quantities.push(rounded("before.expectation", &label, values(&means)).steps(steps));
            if let [sample] = &passed.samples[..]
                && let Some([exact]) = passed.before.as_deref()
            {
                let error = exact.error_of_mean(draws_of(sample));
                let key = "measured.before";
                let label = "the same, measured";
                quantities.push(Quantity::measured(
                    key,
                    label,
                    sample.mean,
                    sample.draws,
                    error,
                ));
            }
            quantities.push(after);
            quantities.push(rounded("bias", &bias, values(&biases)));
        }
        Before::Measured(sample) => {
            let (n, error) = (sample.draws, sample.error_of_mean());
            quantities.push(Quantity::measured(
                "before.expectation",
                &label,
                sample.mean,
                n,
                error,
            ));
            quantities.push(after);
            let off = sample.mean - passed.plain[0];
            quantities.push(Quantity::measured("bias", &bias, off, n, error));
        }
    }
    if let Some(difference) = passed.difference {
        let same = difference == 0.0;
        quantities.push(Quantity::exact(
            "same",
            "before and after give the same, mask by mask",
            Value::Flag(same),
        ));
        let label = "largest difference over the masks";
        quantities.push(real("difference", label, difference));
    }
    Quantities {
        title: format!("Through {name}"),
        quantities,
    }
}

/// How the expectation behind a non-linearity is known.
enum Before<'a> {
    Exact(Vec<f64>),
    Measured(&'a Sample),
}

/// The variance of a linear unit in training and in evaluation.
pub(super) fn shift(facts: &Facts, shift: &Shift) -> Quantities {
    let (training, evaluation) = (shift.training, shift.evaluation);
    let mut quantities = vec![
        real("shift.training", "variance in training", training.variance)
            .steps(proof::shift(facts)),
        real(
            "shift.evaluation",
            "variance in evaluation",
            evaluation.variance,
        ),
    ];
    if evaluation.variance > 0.0 {
        let ratio = training.variance / evaluation.variance;
        quantities.push(real("shift.ratio", "training ÷ evaluation", ratio));
    }
    let pairs = [training, evaluation]
        .into_iter()
        .zip(&shift.measured.samples);
    let names = [
        ("shift.measured.training", "measured in training"),
        ("shift.measured.evaluation", "measured in evaluation"),
    ];
    for ((key, label), (exact, sample)) in names.into_iter().zip(pairs) {
        let error = exact.error_of_variance(draws_of(sample));
        quantities.push(Quantity::measured(
            key,
            label,
            sample.variance,
            sample.draws,
            error,
        ));
    }
    Quantities {
        title: "Variance shift, where the inputs vary too".to_owned(),
        quantities,
    }
}

/// `c²·p(1−p) = 2`: a product with its value.
pub(super) fn product(words: &str, numbers: &[f64], value: f64) -> String {
    let numbers: Vec<String> = numbers.iter().map(|number| factor(*number)).collect();
    format!("{words} = {} = {}", numbers.join("·"), short(value))
}
