//! The sentences of the sheet, decided by the numbers.

use super::facts::{APART, Facts, SAME};
use crate::questions::numbers::short;
use crate::report::{Finding, Statement};

pub(super) fn statements(facts: &Facts) -> Vec<Statement> {
    vec![modified(facts), limit_suffices(facts), at_most_s(facts)]
}

/// Whether truncation is another algorithm: a matter of words where something is cut, and false where nothing is.
fn modified(facts: &Facts) -> Statement {
    let text = "truncation makes it a modified version of backpropagation";
    let error = facts.error(facts.side());
    let chunks = facts.chunks_apart();
    match Finding::none(error, SAME, APART) {
        Finding::False => Statement::arguable(
            "modified",
            text,
            "it depends on whether the algorithm is meant or the graph that it is given",
            format!(
                "the gradient of the whole loss is not what comes out: its relative error is {}",
                short(error)
            ),
            format!(
                "chunk by chunk the gradient is that of ordinary backpropagation on a graph that was cut: the largest difference is {}",
                short(chunks)
            ),
        ),
        same => Statement::new(
            "modified",
            text,
            !same,
            format!(
                "cut every {} steps of {}, the gradient is the whole one: its relative error is {}",
                facts.cut.every,
                facts.length,
                short(error)
            ),
        ),
    }
}

fn limit_suffices(facts: &Facts) -> Statement {
    let row = facts.row();
    Statement::new(
        "limit_suffices",
        "to implement it, it is enough to give the model sequences of length S",
        Finding::none(row.reset.outputs, SAME, APART),
        format!(
            "short sequences alone begin with an empty state, which changes the outputs by up to {}; carrying the state on and detaching it changes them by {}",
            short(row.reset.outputs),
            short(row.carry.outputs)
        ),
    )
}

fn at_most_s(facts: &Facts) -> Statement {
    let text = "it learns only relations between inputs at most S steps apart";
    let back = facts.cut.every + 1;
    let (Some(beyond), Some(seen)) = (facts.beyond(&facts.influence), facts.beyond(&facts.slopes))
    else {
        return Statement::new(
            "at_most_s",
            text,
            Finding::Open,
            format!(
                "in {} steps nothing lies more than {} apart: a longer sequence or shorter chunks would tell",
                facts.length, facts.cut.every
            ),
        );
    };
    let none = |number: f64| Finding::none(number, SAME, APART);
    let learned = facts.learned_beyond.map_or(Finding::Open, none);
    Statement::new(
        "at_most_s",
        text,
        none(beyond).and(learned),
        format!(
            "of inputs more than {} steps back, the strongest moves the last output by {} of what the strongest of all does ({} by the cut graph); the trained integrator's output \
             moves by {} with an input {back} steps before",
            facts.cut.every,
            short(beyond),
            short(seen),
            facts
                .learned_beyond
                .map_or_else(|| "an unknown amount".to_owned(), short),
        ),
    )
}
