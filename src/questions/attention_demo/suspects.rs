//! The mistakes carried out on the attention at hand.

use super::facts::Facts;
use super::mistakes::{CROSS_FOR_SELF, LAST_STATE, ORDER, UNSCALED};
use crate::questions::Mistake;
use crate::questions::judge::Suspect;
use crate::report::{Extent, Value};

/// Every mistake that can be made here, the commonest first.
pub(super) fn suspects(facts: &Facts) -> Vec<Suspect> {
    let suspect = |mistake: &'static Mistake, key: &'static str, value: Value| Suspect {
        mistake,
        title: mistake.title.to_owned(),
        key: key.into(),
        value,
        steps: Vec::new(),
    };
    let unscaled = facts.unscaled.iter().map(|number| Extent::Real(*number));
    vec![
        suspect(
            &CROSS_FOR_SELF,
            "self_attention_sees_decoder",
            Value::Flag(true),
        ),
        suspect(&CROSS_FOR_SELF, "decoder.self", Value::Real(facts.by_cross)),
        suspect(&ORDER, "permutation_equivariant", Value::Flag(false)),
        suspect(&ORDER, "order_matters_to_cross", Value::Flag(true)),
        suspect(&LAST_STATE, "last_state_holds_all", Value::Flag(true)),
        suspect(&LAST_STATE, "shortens_path", Value::Flag(false)),
        suspect(&UNSCALED, "context", Value::Dims(unscaled.collect())),
    ]
}
