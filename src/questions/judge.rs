//! Claims held against a report: verdicts, rules and diagnoses, the same for every question.

use super::Mistake;
use crate::report::{Claim, Report, Step, Value};

/// A mistake carried out on the subject at hand: the number that it gives.
#[derive(Debug, Clone)]
pub struct Suspect {
    /// Which mistake.
    pub mistake: &'static Mistake,
    /// The mistake in words, completing "this is the number that … gives"; it may say more than the mistake's own
    /// title, such as that the answer was given as an area.
    pub title: String,
    /// The key of the quantity that it gives a wrong value of.
    pub key: &'static str,
    /// The wrong value.
    pub value: Value,
    /// Its sum beside the right one.
    pub steps: Vec<Step>,
}

/// Checks every claim against the report's quantities and names the suspects (given in order of how common they
/// are) whose value is the claimed one.
pub fn judge(_report: &mut Report, _claims: &[Claim], _suspects: &[Suspect]) {}
