//! The sentences of the sheet, decided by the numbers.

use super::arguments::Without;
use super::facts::Facts;
use crate::questions::numbers::short;
use crate::report::{Finding, Statement};

/// A loss this far below that of the best constant has learned something, give or take the second number.
const GAIN: (f64, f64) = (0.05, 0.02);

/// Shares right this close are alike, give or take the second number.
const SHARE: (f64, f64) = (0.05, 0.02);

/// Mean cosines this far apart tell the classes, give or take the second number.
const COSINE: (f64, f64) = (0.5, 0.2);

pub(super) fn statements(facts: &Facts) -> Vec<Statement> {
    vec![
        needs_embedding(facts),
        raw_as_good(facts),
        gather_works(facts),
        one_hot_is_lookup(facts),
        alike_near(facts),
    ]
}

fn needs_embedding(facts: &Facts) -> Statement {
    let (raw, one_hot) = (facts.raw.theory, facts.one_hot.theory);
    let counted = match facts.asked.without {
        Without::Either => "raw indices or one-hots",
        Without::Raw => "raw indices alone",
    };
    Statement::new(
        "needs_embedding",
        "a language model cannot be trained on its tokens without an embedding",
        !Finding::greater(facts.gain(), GAIN.0, GAIN.1),
        format!(
            "a constant has a loss of {}, a model on raw indices {} ({} right), on one-hot rows {} ({} right); with {counted} {} is gained",
            short(facts.chance),
            short(raw.loss),
            short(raw.accuracy),
            short(one_hot.loss),
            short(one_hot.accuracy),
            short(facts.gain()),
        ),
    )
}

fn raw_as_good(facts: &Facts) -> Statement {
    let (raw, one_hot) = (facts.raw.theory.accuracy, facts.one_hot.theory.accuracy);
    Statement::new(
        "raw_as_good",
        "raw indices do as well as one-hot rows",
        Finding::greater(raw, one_hot - SHARE.0, SHARE.1),
        format!(
            "{} of the tokens are right with raw indices, {} with one-hot rows",
            short(raw),
            short(one_hot)
        ),
    )
}

fn gather_works(facts: &Facts) -> Statement {
    let ran = &facts.ran;
    let code = facts.asked.index.code();
    let index = ran.sizes.index(facts.asked.index);
    let run = format!(
        "run with an index of shape {index:?} on a table of {} × {}",
        ran.sizes.tokens, ran.sizes.dim
    );
    let because = match (&ran.raised, ran.same) {
        (Some(raised), _) => format!("{run}, it raises {raised}"),
        (None, Some(true)) => format!("{run}, it gives the numbers of nn.Embedding"),
        (None, Some(false)) => {
            format!("{run}, it goes through and gives other numbers than nn.Embedding")
        }
        (None, None) => "the sandbox did not tell".to_owned(),
    };
    let finding = match (&ran.raised, ran.same) {
        (Some(_), _) => Finding::False,
        (None, Some(same)) => same.into(),
        (None, None) => Finding::Open,
    };
    Statement::new(
        "gather_works",
        &format!("torch.gather(E, 0, {code}) does what nn.Embedding does"),
        finding,
        because,
    )
}

fn one_hot_is_lookup(facts: &Facts) -> Statement {
    let (values, gradients) = facts.apart();
    let none = |difference: f64| Finding::none(difference, 1e-12, 1e-6);
    Statement::new(
        "one_hot_is_lookup",
        "looking rows up is multiplying one-hot rows with the table, in value and gradient",
        none(values).and(none(gradients)),
        format!(
            "the values differ by {} and the gradients by {}; token {} comes {} times and receives {} times the gradient",
            short(values),
            short(gradients),
            facts.asked.sequence[0],
            facts.count,
            short(facts.received),
        ),
    )
}

fn alike_near(facts: &Facts) -> Statement {
    let alike = facts.alike;
    Statement::new(
        "alike_near",
        "words of one class end up with vectors near to each other",
        Finding::greater(alike.within - alike.across, COSINE.0, COSINE.1),
        format!(
            "the mean cosine is {} within a class and {} across",
            short(alike.within),
            short(alike.across)
        ),
    )
}
