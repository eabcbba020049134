//! What is computed beside an answer in words, for whoever judges it.

use crate::grade::assignment::Item;
use crate::report::{Fact, Report};

/// The item's facts, as they stand in its question's report.
pub(super) fn facts(item: &Item, report: &Report) -> Vec<Fact> {
    item.facts()
        .iter()
        .filter_map(|key| fact(key, report))
        .collect()
}

/// A quantity, or a statement, of the report.
fn fact(key: &str, report: &Report) -> Option<Fact> {
    if let Some(quantity) = report.quantity(key) {
        return Some(Fact {
            key: key.to_owned(),
            label: quantity.label.clone(),
            value: Some(quantity.value.clone()),
            unit: quantity.unit.clone(),
            finding: None,
            because: String::new(),
        });
    }
    let statement = report.statement(key)?;
    Some(Fact {
        key: key.to_owned(),
        label: statement.text.clone(),
        value: None,
        unit: String::new(),
        finding: Some(statement.finding),
        because: statement.because.clone(),
    })
}
