//! The mistakes carried out on the network at hand.

use super::facts::Facts;
use super::mistakes::{EXACT, GRADIENT_FOR_MEMORY, NOT_CARRIED};
use crate::questions::Mistake;
use crate::questions::judge::Suspect;
use crate::report::Value;

/// Every mistake that can be made here, the commonest first.
pub(super) fn suspects(facts: &Facts) -> Vec<Suspect> {
    let suspect = |mistake: &'static Mistake, key: &'static str, value: Value| Suspect {
        mistake,
        title: mistake.title.to_owned(),
        key: key.into(),
        value,
        steps: Vec::new(),
    };
    let reset = &facts.row().reset;
    vec![
        suspect(&GRADIENT_FOR_MEMORY, "at_most_s", Value::Flag(true)),
        suspect(
            &GRADIENT_FOR_MEMORY,
            "reach.forward",
            Value::from(Facts::reach(&facts.slopes, 0.0)),
        ),
        suspect(
            &GRADIENT_FOR_MEMORY,
            "reach.forward",
            Value::from(facts.cut.every),
        ),
        suspect(
            &GRADIENT_FOR_MEMORY,
            "first.difference",
            Value::Real(facts.slopes[0]),
        ),
        suspect(&NOT_CARRIED, "limit_suffices", Value::Flag(true)),
        suspect(&NOT_CARRIED, "outputs.carry", Value::Real(reset.outputs)),
        suspect(
            &NOT_CARRIED,
            "gradient.error",
            Value::Real(facts.error(reset)),
        ),
        suspect(&EXACT, "gradient.error", Value::Real(0.0)),
        suspect(&EXACT, "gradient.cosine", Value::Real(1.0)),
    ]
}
