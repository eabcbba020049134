//! The mistakes carried out on the embedding at hand.

use super::facts::Facts;
use super::mistakes as known;
use crate::questions::judge::Suspect;
use crate::report::Value;

/// Every mistake that can be made here, the commonest first.
pub(super) fn suspects(facts: &Facts) -> Vec<Suspect> {
    let sizes = &facts.sizes;
    let (tokens, dim) = (i128::from(facts.asked.tokens), i128::from(facts.asked.dim));
    let axes = &sizes.shape[..sizes.shape.len() - 1];
    let shape = |mistake, axes: &[i128]| Suspect::new(mistake, "shape", Value::dims(axes));
    let count = |mistake, key, count: i128| Suspect::new(mistake, key, Value::Count(count));
    let replaced = [&axes[..axes.len() - 1], &[dim]].concat();
    let in_front = [&[dim], axes].concat();
    vec![
        Suspect::new(&known::NOT_NUMBERS, "needs_embedding", Value::Flag(true)),
        Suspect::new(&known::GATHER, "gather_works", Value::Flag(true)),
        shape(&known::FLATTENED, &[sizes.positions, dim]),
        shape(&known::REPLACED, &replaced),
        shape(&known::IN_FRONT, &in_front),
        shape(&known::WEIGHT_SHAPE, &[tokens, dim]),
        count(&known::OUTPUT_SIZE, "parameters", sizes.output),
        count(
            &known::BIAS,
            "parameters",
            sizes.parameters.saturating_add(dim),
        ),
        count(&known::WEIGHT_SHAPE, "numbers", sizes.parameters),
        count(
            &known::WEIGHT_SHAPE,
            "bytes",
            sizes.parameters.saturating_mul(4),
        ),
        count(&known::EIGHT_BYTES, "bytes", sizes.output.saturating_mul(8)),
        Suspect::new(&known::COUNTED_ONCE, "received", Value::Real(1.0)),
        Suspect::new(
            &known::COUNTED_ONCE,
            "one_hot_is_lookup",
            Value::Flag(false),
        ),
    ]
}
