//! The mistakes that people make with shortcuts, carried out on the filters at hand.

use super::facts::Facts;
use crate::questions::Mistake;
use crate::questions::judge::Suspect;
use crate::questions::numbers::{few, values};
use crate::report::{Step, Value};
use crate::theory::residual::identity;

static OUTPUT_FOR_FILTER: Mistake = Mistake {
    code: "same-output-same-filter",
    title: "taking models with the same output for models with the same filter",
    page: include_str!("mistakes/same-output-same-filter.md"),
};

static IDENTITY_ADDED: Mistake = Mistake {
    code: "identity-added",
    title: "adding the identity kernel to the filter instead of taking it off",
    page: include_str!("mistakes/identity-added.md"),
};

static DECAY_LEFT_OUT: Mistake = Mistake {
    code: "decay-left-out",
    title: "leaving the weight decay out",
    page: include_str!("mistakes/decay-left-out.md"),
};

static TRAINING_BLAMED: Mistake = Mistake {
    code: "training-blamed",
    title: "putting the difference down to how the models train",
    page: include_str!("mistakes/training-blamed.md"),
};

/// Every mistake, the commonest first.
pub(super) static MISTAKES: &[Mistake] = &[
    OUTPUT_FOR_FILTER,
    TRAINING_BLAMED,
    IDENTITY_ADDED,
    DECAY_LEFT_OUT,
];

/// The mistakes carried out.
pub(super) fn suspects(facts: &Facts) -> Vec<Suspect> {
    let residual = &facts.residual.filter;
    let suspect = |mistake: &'static Mistake,
                   key: &'static str,
                   value: Value,
                   mistaken: String,
                   right: &[f64]| Suspect {
        mistake,
        title: mistake.title.to_owned(),
        key: key.into(),
        value,
        steps: vec![Step {
            at: key.to_owned(),
            mistaken,
            right: few(right),
        }],
    };
    let shortcut = facts.asked.shortcut;
    let kernel: Vec<f64> = identity(residual.len())
        .iter()
        .map(|one| shortcut * one)
        .collect();
    let plain = &facts.plain.filter;
    let added: Vec<f64> = plain.iter().zip(&kernel).map(|(w, one)| w + one).collect();
    let difference = facts.difference();
    let mut found = vec![
        suspect(
            &OUTPUT_FOR_FILTER,
            "same_filters",
            Value::Flag(true),
            few(plain),
            residual,
        ),
        suspect(
            &OUTPUT_FOR_FILTER,
            "theta.residual",
            values(plain),
            few(plain),
            residual,
        ),
        suspect(
            &IDENTITY_ADDED,
            "theta.residual",
            values(&added),
            few(&added),
            residual,
        ),
        suspect(
            &TRAINING_BLAMED,
            "difference_is_identity",
            Value::Flag(false),
            "some other filter".to_owned(),
            &difference,
        ),
    ];
    if facts.asked.decay > 0.0 {
        found.push(suspect(
            &DECAY_LEFT_OUT,
            "difference_is_identity",
            Value::Flag(true),
            few(&kernel),
            &difference,
        ));
        found.push(suspect(
            &DECAY_LEFT_OUT,
            "difference",
            values(&kernel),
            few(&kernel),
            &difference,
        ));
    }
    found
}
