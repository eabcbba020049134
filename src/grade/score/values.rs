//! Answers that are values: an item's question is asked once, with the distinct claims of all submissions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Examiner, Judged, Judgement};
use crate::grade::assignment::Item;
use crate::grade::reading::Found;
use crate::model::Fault;
use crate::read::values;
use crate::report::{Certainty, Claim, Finding, Item as Computed, Reading, Tolerance, Value};

/// Asks an item's question with the distinct claims of all submissions, and the assignment's own first.
pub(super) fn judge<'a>(
    item: &Item,
    mut computed: Computed,
    key: &str,
    found: impl Iterator<Item = &'a Found>,
    examiner: &dyn Examiner,
) -> Result<(Computed, Judged), Fault> {
    let own = item
        .answer
        .as_ref()
        .map(|answer| values::claim(key, answer.as_ref()));
    let mut claims: Vec<Claim> = own.iter().cloned().collect();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut order = Vec::new();
    for found in found {
        let Found::Answer(reading) = found else {
            continue;
        };
        if let Entry::Vacant(place) = places.entry(identity(reading)) {
            order.push(place.key().clone());
            place.insert(claims.len());
            claims.push(claim_of(key, reading));
        }
    }
    let report = examiner.values(item, &claims)?;
    computed.computed = report.value(key).or_else(|| {
        report
            .checks
            .iter()
            .find_map(|check| check.computed.clone())
    });
    computed.disagree = report.disagrees();
    if let Some(quantity) = report.quantity(key) {
        computed.steps.clone_from(&quantity.steps);
    }
    if computed.computed.is_none() {
        computed.reason = report.statement(key).map_or_else(
            || "it could not be computed".to_owned(),
            |statement| statement.because.clone(),
        );
    }
    if let Some(statement) = report.statement(key) {
        if computed.readings.is_empty() {
            computed.readings.clone_from(&statement.readings);
        }
        // What its own question finds arguable is so, unless the assignment says how sure it is.
        if statement.finding == Finding::Arguable && item.certainty.is_none() {
            computed.certainty = Certainty::Arguable;
        }
    }
    computed.own_answer = own.and_then(|_| report.checks.first().cloned());
    let judgement = |identity: String| {
        let check = report.checks.get(*places.get(&identity)?)?.clone();
        let disagree = computed.disagree;
        Some((identity, Judgement { check, disagree }))
    };
    let judged = order.into_iter().filter_map(judgement).collect();
    Ok((computed, judged))
}

/// The claim that a reading makes.
fn claim_of(key: &str, reading: &Reading) -> Claim {
    let mut claim = values::claim(key, &reading.written);
    if reading.value.is_some() {
        // What was read as the kind of value that the item asks for counts, not the first meaning of the text.
        claim.expected.clone_from(&reading.value);
        claim.other = None;
    }
    if values::value(&reading.written).is_err() && matches!(reading.value, Some(Value::Real(_))) {
        // What a formula comes to has every digit, and the last ones are rounding.
        claim.tolerance = Tolerance::Relative(1e-9);
    }
    claim.working.clone_from(&reading.working);
    claim
}

/// What tells one claim from another.
pub(super) fn identity(reading: &Reading) -> String {
    let working: Vec<String> = reading.working.iter().map(Value::to_string).collect();
    format!("{} via {}", reading.written, working.join(","))
}
