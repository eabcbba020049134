//! Answers that are values: the distinct claims of all submissions, and what came of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Judged, Judgement};
use crate::grade::assignment::Item;
use crate::grade::reading::Found;
use crate::read::values;
use crate::report::{
    Certainty, Check, Claim, Finding, Item as Computed, Reading, Report, Tolerance, Value,
};

/// The distinct claims about an item: the assignment's own first, then those of all submissions.
pub(super) struct Claims {
    /// The claims, in order.
    pub(super) all: Vec<Claim>,
    /// Whether the first is the assignment's own.
    own: bool,
    /// Where each distinct answer's claim stands.
    places: HashMap<String, usize>,
}

/// The distinct claims about an item; an answer in words claims nothing.
pub(super) fn claims<'a>(item: &Item, found: impl Iterator<Item = &'a Found>) -> Claims {
    let key = super::key_of(item).unwrap_or_default();
    let own = item
        .answer
        .as_ref()
        .map(|answer| values::claim(&key, answer.as_ref()));
    let mut claims = Claims {
        own: own.is_some(),
        all: own.into_iter().collect(),
        places: HashMap::new(),
    };
    for found in found {
        let Found::Answer(reading) = found else {
            continue;
        };
        if let Entry::Vacant(place) = claims.places.entry(identity(reading)) {
            place.insert(claims.all.len());
            claims.all.push(claim_of(&key, reading));
        }
    }
    claims
}

/// What came of an item, from the report of its question and the checks of its claims.
pub(super) fn judge(
    item: &Item,
    mut computed: Computed,
    claims: &Claims,
    report: &Report,
    checks: &[Check],
) -> (Computed, Judged) {
    let key = computed.key.clone().unwrap_or_default();
    let claimed = || checks.iter().find_map(|check| check.computed.clone());
    computed.computed = report.value(&key).or_else(claimed);
    computed.disagree = report.disagrees();
    if let Some(quantity) = report.quantity(&key) {
        computed.steps.clone_from(&quantity.steps);
    }
    if computed.computed.is_none() {
        computed.reason = report.statement(&key).map_or_else(
            || "it could not be computed".to_owned(),
            |statement| statement.because.clone(),
        );
    }
    if let Some(statement) = report.statement(&key) {
        if computed.readings.is_empty() {
            computed.readings.clone_from(&statement.readings);
        }
        // What its own question finds arguable is so, unless the assignment says how sure it is.
        if statement.finding == Finding::Arguable && item.certainty.is_none() {
            computed.certainty = Certainty::Arguable;
        }
    }
    computed.own_answer = checks.first().filter(|_| claims.own).cloned();
    let disagree = computed.disagree;
    let judgement = |(identity, &place): (&String, &usize)| {
        let check = checks.get(place)?.clone();
        Some((identity.clone(), Judgement { check, disagree }))
    };
    let judged = claims.places.iter().filter_map(judgement).collect();
    (computed, judged)
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
