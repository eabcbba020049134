//! Mistakes carried out on the function at hand: which one gives the claimed gradient?
//!
//! | module | a mistake is |
//! |---|---|
//! | `transforms` | the true gradient transposed, summed otherwise, of another input, from ones |
//! | `scales` | one part of it multiplied by a constant: left out, doubled, divided by N twice, of the wrong sign |
//! | `slips`, `mistaken`, `wrong_rules` | reverse mode with one wrong rule |
//! | `edits`, `edit_steps`, `edit_words` | one change of the claim's own formula that makes it right |
//!
//! Every mistake is computed on every draw. What holds on all of them by chance is rare.

mod edit_steps;
mod edit_words;
mod edits;
mod factors;
mod mistaken;
pub(super) mod predictions;
mod scales;
mod slip_words;
mod slips;
mod transforms;
mod wrong_rules;

use std::cell::Cell;

use super::case::Case;
use super::mistakes::MISTAKES;
use super::numbers::{largest, near};
use super::truth::Truth;
use crate::lab::{Array, LabError};
use crate::torch::study::Given;

/// How many mistakes are named at most.
const MOST: usize = 3;

/// Operations and elements that a search may take, in about nanoseconds.
const BUDGET: usize = 4_000_000_000;

/// A mistake that gives the claimed gradient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suspect {
    /// The mistake's code.
    pub(super) code: &'static str,
    /// What it is, completing "this is the gradient that … gives".
    pub(super) title: String,
}

impl Suspect {
    pub(super) fn new(code: &'static str, title: impl Into<String>) -> Self {
        Self {
            code,
            title: title.into(),
        }
    }
}

/// A claimed gradient that is wrong, with all that a mistake may be computed from.
pub(super) struct Search<'a> {
    pub(super) cases: &'a [Case<'a>],
    /// Of every input.
    pub(super) truths: &'a [Truth],
    pub(super) input: usize,
    /// The claim on every draw.
    pub(super) given: &'a [Array],
    /// How near to a mistake's gradient the claim has to be, a draw each.
    pub(super) allowed: Vec<f64>,
    spent: Cell<usize>,
    /// What may be spent before the search goes on to other mistakes.
    limit: Cell<usize>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        cases: &'a [Case<'a>],
        truths: &'a [Truth],
        input: usize,
        given: &'a [Array],
        tolerance: f64,
    ) -> Self {
        let floors = &truths[input].floors;
        let allowed = given
            .iter()
            .zip(floors)
            .map(|(given, floor)| tolerance * largest(given) + floor);
        Self {
            cases,
            truths,
            input,
            given,
            allowed: allowed.collect(),
            spent: Cell::new(0),
            limit: Cell::new(BUDGET / 2),
        }
    }

    fn truth(&self) -> &'a Truth {
        &self.truths[self.input]
    }

    /// Whether a mistake's gradient is the claimed one on this draw, and not the true one.
    fn is_claimed(&self, draw: usize, gradient: &Array) -> bool {
        near(gradient, &self.given[draw], self.allowed[draw])
    }

    /// Whether a mistake gives the claim on every draw.
    fn explains(&self, gradient: impl Fn(usize) -> Result<Option<Array>, LabError>) -> bool {
        (0..self.cases.len())
            .all(|draw| matches!(gradient(draw), Ok(Some(array)) if self.is_claimed(draw, &array)))
    }

    /// Numbers that the claim is made of, over all draws: how much a match says.
    fn evidence(&self) -> usize {
        self.given.iter().map(|array| array.data.len()).sum()
    }

    /// Takes the cost of carrying a draw's program out once from the budget; whether it was there.
    fn afford(&self) -> bool {
        let case = &self.cases[0];
        let elements: usize = case
            .slots
            .iter()
            .map(|value| value.dims().iter().product::<usize>())
            .sum();
        let cost = 6 * elements + 15_000 * case.slots.len();
        self.spent.set(self.spent.get().saturating_add(cost));
        self.spent.get() <= self.limit.get()
    }
}

/// The mistakes that give the claimed gradient, the commonest first; none where none does.
pub(super) fn suspects(search: &Search, claims: &[Option<&Given>]) -> Vec<Suspect> {
    let mut found = transforms::transforms(search);
    found.extend(scales::scales(search));
    // A long program's parts may have used their half up; the rules and the edits have the other.
    search.limit.set(search.spent.get() + BUDGET / 2);
    // Where a part is lost or scaled, a wrong rule that gives the same is a coincidence.
    if found.iter().all(|suspect| VAGUE.contains(&suspect.code)) {
        found.extend(wrong_rules::wrong_rules(search));
    }
    if found.is_empty() {
        search.limit.set(search.spent.get() + BUDGET / 4);
        found = edits::edits(search, claims);
    }
    ranked(found)
}

/// What says least about a cause: named only where nothing else fits.
const VAGUE: [&str; 3] = ["constant-factor", "extra-term", "wrong-operand"];

fn ranked(mut found: Vec<Suspect>) -> Vec<Suspect> {
    let rank = |suspect: &Suspect| {
        MISTAKES
            .iter()
            .position(|mistake| mistake.code == suspect.code)
            .unwrap_or(usize::MAX)
    };
    found.sort_by_key(rank);
    let mut kept: Vec<Suspect> = Vec::new();
    for suspect in found {
        let vague = VAGUE.contains(&suspect.code) && !kept.is_empty();
        if !vague && kept.iter().all(|known| known.code != suspect.code) && kept.len() < MOST {
            kept.push(suspect);
        }
    }
    kept
}
