//! Sentences about attention, decided by the numbers.

use super::facts::Facts;
use crate::model::attention::Queries;
use crate::questions::numbers::short;
use crate::report::{Finding, Statement};

/// Powers of ten by which a share is lifted, give or take the second number.
const LIFT: (f64, f64) = (3.0, 1.0);

/// The share of a token's variance that counts as held, give or take the second number.
const HELD: (f64, f64) = (0.5, 0.2);

pub(super) fn statements(facts: &Facts) -> Vec<Statement> {
    vec![
        shortens_path(facts),
        last_state_holds_all(facts),
        states_hold_own(facts),
        sees_decoder(facts),
        permutation_equivariant(facts),
        order_matters(facts),
    ]
}

fn none(difference: f64) -> Finding {
    Finding::none(difference, 1e-12, 1e-6)
}

fn shortens_path(facts: &Facts) -> Statement {
    let (without, with) = (Facts::share(&facts.plain), Facts::share(&facts.attentive));
    Statement::new(
        "shortens_path",
        "attention gives early inputs a path to the output that they did not have",
        Finding::greater(with.log10() - without.log10(), LIFT.0, LIFT.1),
        format!(
            "of the last input's gradient, the first one's is {} from the last state alone and {} with attention; a factor of a thousand decides",
            short(without),
            short(with)
        ),
    )
}

fn last_state_holds_all(facts: &Facts) -> Statement {
    let probe = &facts.probe;
    Statement::new(
        "last_state_holds_all",
        "the encoder's last state holds the whole sentence",
        Finding::greater(probe.last[0], HELD.0, HELD.1),
        format!(
            "a linear reading of it explains {} of the first token's variance, and noise would explain {}",
            short(probe.last[0]),
            short(probe.chance)
        ),
    )
}

fn states_hold_own(facts: &Facts) -> Statement {
    let least = facts
        .probe
        .own
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min);
    Statement::new(
        "states_hold_own",
        "every state of the encoder, which attention can read, describes its own token",
        Finding::greater(least, HELD.0, HELD.1),
        format!(
            "a linear reading of its own state explains at least {} of a token's variance",
            short(least)
        ),
    )
}

fn sees_decoder(facts: &Facts) -> Statement {
    let whose = match facts.queries {
        Queries::Decoder => "queries from the decoder, keys and values from the encoder,",
        Queries::Encoder => "queries, keys and values all from the encoder,",
    };
    Statement::new(
        "self_attention_sees_decoder",
        &format!("with {whose} the context depends on the decoder"),
        !none(facts.by_decoder()),
        format!(
            "the gradient of the squared context after the decoder's states is {}; with queries of the decoder it is {}",
            short(facts.by_decoder()),
            short(facts.by_cross)
        ),
    )
}

fn permutation_equivariant(facts: &Facts) -> Statement {
    Statement::new(
        "permutation_equivariant",
        "self-attention permutes its outputs as its inputs are permuted",
        none(facts.equivariance),
        format!(
            "reversing the source and reversing the outcome back changes it by {}",
            short(facts.equivariance)
        ),
    )
}

fn order_matters(facts: &Facts) -> Statement {
    Statement::new(
        "order_matters_to_cross",
        "the order of the source matters to a context that the decoder asks for",
        !none(facts.order),
        format!("reversing the source changes it by {}", short(facts.order)),
    )
}
