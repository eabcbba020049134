//! The mistakes carried out on the network at hand.

use super::facts::Facts;
use super::mistakes::{EXACT, GRADIENT_FOR_MEMORY, NOT_CARRIED};
use crate::questions::judge::Suspect;
use crate::report::Value;

/// Every mistake that can be made here, the commonest first.
pub(super) fn suspects(facts: &Facts) -> Vec<Suspect> {
    let reset = &facts.row().reset;
    vec![
        Suspect::new(&GRADIENT_FOR_MEMORY, "at_most_s", Value::Flag(true)),
        Suspect::new(
            &GRADIENT_FOR_MEMORY,
            "reach.forward",
            Value::from(Facts::reach(&facts.slopes, 0.0)),
        ),
        Suspect::new(
            &GRADIENT_FOR_MEMORY,
            "reach.forward",
            Value::from(facts.cut.every),
        ),
        Suspect::new(
            &GRADIENT_FOR_MEMORY,
            "first.difference",
            Value::Real(facts.slopes[0]),
        ),
        Suspect::new(&NOT_CARRIED, "limit_suffices", Value::Flag(true)),
        Suspect::new(&NOT_CARRIED, "outputs.carry", Value::Real(reset.outputs)),
        Suspect::new(
            &NOT_CARRIED,
            "gradient.error",
            Value::Real(facts.error(reset)),
        ),
        Suspect::new(&EXACT, "gradient.error", Value::Real(0.0)),
        Suspect::new(&EXACT, "gradient.cosine", Value::Real(1.0)),
    ]
}
