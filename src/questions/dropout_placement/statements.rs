//! What the differences say of the sentences.

use super::facts::{APART, Facts, Orders, SAME};
use crate::questions::numbers::rough;
use crate::report::{Finding, Statement};

/// The sentences about the order of dropout and activation.
pub(super) fn statements(facts: &Facts) -> Vec<Statement> {
    let all = |of: fn(&Orders) -> Finding| {
        let findings = facts.orders.iter().map(of);
        findings.fold(Finding::True, Finding::and)
    };
    vec![
        Statement::new(
            "only_after",
            "dropout has to stand behind the activation",
            all(|one| !one.same()),
            because(facts, Finding::True),
        ),
        Statement::new(
            "no_difference",
            "it makes no difference on which side of the activation dropout stands",
            all(Orders::same),
            because(facts, Finding::False),
        ),
    ]
}

/// The counter-examples, those with `against`, and where there are none all activations, each with its largest difference.
fn because(facts: &Facts, against: Finding) -> String {
    let those = |finding: Finding| {
        let found = facts.orders.iter().filter(|one| one.same() == finding);
        let words = found.map(|one| format!("{} ({})", one.name.word(), rough(one.difference())));
        words.collect::<Vec<_>>().join(", ")
    };
    let kinds = [
        (
            Finding::True,
            "the two orders are the same, mask by mask, for",
        ),
        (Finding::False, "the two orders are different layers for"),
        (
            Finding::Open,
            "the two orders lie too near to each other to tell for",
        ),
    ];
    let of = |finding: Finding, what: &str| {
        let names = those(finding);
        (!names.is_empty()).then(|| format!("{what} {names}"))
    };
    let counter = kinds.iter().find(|(finding, _)| *finding == against);
    let counter = counter.and_then(|(finding, what)| of(*finding, what));
    let all = || {
        kinds
            .iter()
            .filter_map(|(finding, what)| of(*finding, what))
            .collect::<Vec<_>>()
            .join("; ")
    };
    format!(
        "{} (the largest difference; none up to {SAME:e} of the largest output, real from {APART:e} on)",
        counter.unwrap_or_else(all)
    )
}
