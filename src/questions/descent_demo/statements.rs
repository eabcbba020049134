//! The five sentences, each decided by the numbers beside it.

use super::facts::Facts;
use crate::lab::landscape::Place;
use crate::questions::numbers::{grouped, short};
use crate::report::{Finding, Statement};

/// Standard errors that a share has to keep away from another.
const SURE: f64 = 3.0;

/// So far above the least value the end of gradient descent is the least, and so far it is not.
const SAME: f64 = 1e-9;
const APART: f64 = 1e-3;

/// A variance differs from another where it does so by more than this share of a single sample's.
const ROUNDING: f64 = 1e-12;

/// All of them.
pub(super) fn all(facts: &Facts) -> Vec<Statement> {
    vec![
        step_per_sample(facts),
        less_variance(facts),
        less_stuck(facts),
        more_memory(facts),
        guaranteed(facts),
    ]
}

fn step_per_sample(facts: &Facts) -> Statement {
    let key = "step_per_sample";
    let text = "in every epoch of SGD there is an optimisation step for each sample";
    let samples = facts.asked.samples;
    let steps = |batch: usize| {
        let steps = facts.steps(batch);
        format!("{samples} samples in batches of {batch} make {steps} steps an epoch")
    };
    match facts.asked.batch {
        None => Statement::arguable(
            key,
            text,
            "SGD is used for batches of one sample and for mini-batches; --batch says which is meant",
            steps(1),
            steps(facts.asked.mini_batch()),
        ),
        Some(batch) => {
            #[expect(clippy::cast_precision_loss, reason = "at most a thousand samples")]
            let missing = samples as f64 - facts.steps(batch) as f64;
            Statement::new(key, text, Finding::none(missing, 0.0, 1.0), steps(batch))
        }
    }
}

fn less_variance(facts: &Facts) -> Statement {
    let (sgd, gd) = (
        facts.variance(facts.asked.sgd_batch()),
        facts.variance(facts.asked.samples),
    );
    let finding = Finding::greater(gd, sgd, ROUNDING * facts.single);
    Statement::new(
        "less_variance",
        "SGD's gradients vary less than those of gradient descent, and so it converges in fewer steps",
        finding,
        format!(
            "over all batches of {}, the gradient's variance is {}; over all samples at once it is {}",
            facts.asked.sgd_batch(),
            short(sgd),
            short(gd)
        ),
    )
}

fn less_stuck(facts: &Facts) -> Statement {
    let (wells, stuck) = (&facts.wells, facts.wells.stuck);
    Statement::new(
        "less_stuck",
        "SGD is less likely than gradient descent to be stuck in a local minimum",
        Finding::greater(wells.gd_stuck(), stuck.mean(), SURE * stuck.error()),
        format!(
            "from {}, gradient descent ends at {}, and the lowest minimum is {}; of {} runs of SGD, {} do not end there",
            short(facts.asked.start),
            place(wells.gd),
            place(wells.global),
            stuck.of,
            stuck.hits
        ),
    )
}

fn more_memory(facts: &Facts) -> Statement {
    #[expect(clippy::cast_precision_loss, reason = "bytes of a small chain")]
    let finding = Finding::greater(facts.bytes_sgd as f64, facts.bytes_gd as f64, 0.0);
    Statement::new(
        "more_memory",
        "training with SGD needs more memory than with gradient descent",
        finding,
        format!(
            "the backward pass keeps {} bytes with {} at once in SGD, and {} with {} in gradient descent",
            grouped(facts.bytes_sgd),
            samples(facts.asked.sgd_batch()),
            grouped(facts.bytes_gd),
            samples(facts.asked.gd_chunk())
        ),
    )
}

fn guaranteed(facts: &Facts) -> Statement {
    let wells = &facts.wells;
    let missed = wells.settled.of - wells.settled.hits;
    #[expect(clippy::cast_precision_loss, reason = "at most a million runs")]
    let local = Finding::none(missed as f64, 0.0, 1.0);
    let global = Finding::none(wells.gd_above, SAME, APART);
    let left = Finding::from(wells.saddle.is_none_or(|(_, place)| place != Place::Saddle));
    let saddle = match wells.saddle {
        Some(([x, y], Place::Saddle)) => format!(
            "; on y² − x² from (0, 1) it ends at ({}, {}), a saddle",
            place(x),
            place(y)
        ),
        _ => String::new(),
    };
    Statement::new(
        "guaranteed",
        "with suitable learning rates, SGD is guaranteed to find a local minimum and gradient descent the global one",
        local.and(global).and(left),
        format!(
            "{missed} of {} runs of SGD end near no minimum; gradient descent ends {} above the least value{saddle}",
            wells.settled.of,
            short(wells.gd_above.max(0.0))
        ),
    )
}

/// A place to six decimals.
fn place(x: f64) -> String {
    short((x * 1e6).round() / 1e6)
}

/// A number of samples.
fn samples(count: usize) -> String {
    match count {
        1 => "1 sample".to_owned(),
        count => format!("{count} samples"),
    }
}
