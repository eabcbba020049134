//! Models whose gradient kept its size or lost it, and the sentences that they decide.

use super::study::{FACTOR, MARGIN, Outcome, Study};
use crate::questions::numbers::rough;
use crate::report::{Finding, Statement};

/// How near to the threshold, as a logarithm, a number without an error bar is taken to lie on it.
const ROUNDING: f64 = 1e-9;

/// One model and what became of its gradient from the last layer back to the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The model, in words.
    pub what: String,
    /// The gradient at the first layer over that at the last.
    pub total: f64,
    /// Whether it has not vanished.
    pub keeps: Finding,
}

impl Example {
    /// A chain of single units: its derivative is known to the last digits.
    pub fn chain(what: impl Into<String>, derivative: f64) -> Self {
        let total = derivative.abs();
        Self {
            what: what.into(),
            total,
            keeps: Finding::greater(total.ln(), -FACTOR.ln(), ROUNDING),
        }
    }

    /// A network that was measured.
    pub fn network(what: impl Into<String>, study: &Study) -> Self {
        Self {
            what: what.into(),
            total: study.log_total().map_or(f64::NAN, |total| total.mean.exp()),
            keeps: match study.outcome() {
                Some(outcome) => (outcome != Outcome::Vanishing).into(),
                None => Finding::Open,
            },
        }
    }
}

/// "There can be no vanishing gradients", of these models: false where one of them is a counter-example.
pub fn none_vanishes(key: &str, text: &str, examples: &[Example]) -> Statement {
    let kept = examples.iter().map(|one| one.keeps);
    let those = |keeps: Finding| {
        let found = examples.iter().filter(|one| one.keeps == keeps);
        let words = found.map(|one| format!("{}: {}", one.what, rough(one.total)));
        words.collect::<Vec<_>>().join("; ")
    };
    let finding = kept.fold(Finding::True, Finding::and);
    let because = match finding {
        Finding::False => format!("{} from the last layer back to the first", those(finding)),
        Finding::True => format!("no counter-example among {}", those(finding)),
        _ => format!(
            "too near to the threshold to tell: {}; more --seeds make it narrower",
            those(finding)
        ),
    };
    let rule = 1.0 / FACTOR;
    Statement::new(
        key,
        text,
        finding,
        format!(
            "{because} (vanished is what falls below {rule:e}, by {MARGIN} standard errors where it has an error)"
        ),
    )
}

/// "This change cures it": nothing is said where the network that was asked about is healthy, for there is nothing to cure.
pub(super) fn cures(key: &str, label: &str, asked: &Study, changed: &Study) -> Option<Statement> {
    let finding = match (asked.outcome(), changed.outcome()) {
        (Some(Outcome::Healthy), _) => return None,
        (Some(_), Some(changed)) => (changed == Outcome::Healthy).into(),
        _ => Finding::Open,
    };
    let of = |study: &Study| {
        let total = study.log_total().map_or(f64::NAN, |total| total.mean.exp());
        format!(
            "{} ({})",
            study.outcome().map_or("open", Outcome::name),
            rough(total)
        )
    };
    Some(Statement::new(
        &format!("{key}_cures"),
        &format!("{label}: cures it"),
        finding,
        format!(
            "as asked {}, with this {}: the gradient at the first hidden layer over that at the last, healthy between {:e} and {FACTOR:e} with \
             {MARGIN} standard errors to spare",
            of(asked),
            of(changed),
            1.0 / FACTOR
        ),
    ))
}
