//! The mistakes carried out on the attention at hand.

use super::facts::Facts;
use super::mistakes::{CROSS_FOR_SELF, LAST_STATE, ORDER, UNSCALED};
use crate::questions::judge::Suspect;
use crate::report::{Extent, Value};

/// Every mistake that can be made here, the commonest first.
pub(super) fn suspects(facts: &Facts) -> Vec<Suspect> {
    let unscaled = facts.unscaled.iter().map(|number| Extent::Real(*number));
    vec![
        Suspect::new(
            &CROSS_FOR_SELF,
            "self_attention_sees_decoder",
            Value::Flag(true),
        ),
        Suspect::new(&CROSS_FOR_SELF, "decoder.self", Value::Real(facts.by_cross)),
        Suspect::new(&ORDER, "permutation_equivariant", Value::Flag(false)),
        Suspect::new(&ORDER, "order_matters_to_cross", Value::Flag(true)),
        Suspect::new(&LAST_STATE, "last_state_holds_all", Value::Flag(true)),
        Suspect::new(&LAST_STATE, "shortens_path", Value::Flag(false)),
        Suspect::new(&UNSCALED, "context", Value::Dims(unscaled.collect())),
    ]
}
