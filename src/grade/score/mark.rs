//! What an answer earns, and why.

use std::fmt::Write;

use super::{Judged, Judgement};
use crate::grade::assignment::{Item, Pays};
use crate::grade::reading::{self, Found, Work};
use crate::report::{Certainty, Explained, Item as Computed, Mark, Outcome, Verdict};

/// What an answer earns, and why.
pub(super) fn mark(item: &Item, computed: &Computed, found: &Found, judged: &Judged) -> Mark {
    let reading = found.reading();
    let mut mark = Mark {
        id: item.id().to_owned(),
        title: item.title.clone(),
        reading: reading.clone(),
        computed: computed.computed.clone(),
        outcome: Outcome::Undecided,
        reason: reading.reason.clone(),
        diagnoses: Vec::new(),
        working: None,
        readings: Vec::new(),
        facts: computed.facts.clone(),
        points: None,
        of: *item.points.as_ref(),
    };
    if let Some(outcome) = super::unanswered(item, found) {
        mark.outcome = outcome;
        match outcome {
            Outcome::Blank => mark.points = Some(0.0),
            Outcome::Absent => {
                "this edition of the sheet does not ask it".clone_into(&mut mark.reason);
                (mark.points, mark.of) = (Some(0.0), 0.0);
            }
            _ => {}
        }
        return mark;
    }
    match found {
        Found::Answer(_) | Found::Work(..) if computed.question.is_none() => {
            mark.reason.clone_from(&computed.reason);
        }
        // Its reason says that a person reads it.
        Found::Work(_, Work::Formula) => {}
        Found::Words(reading) => {
            let reason = match reading.text {
                Some(_) => "it is in words: a person decides",
                None => "it takes no side: a person decides",
            };
            reason.clone_into(&mut mark.reason);
        }
        _ => match judged.get(&super::identity(found)) {
            Some(judgement) => judge(&mut mark, judgement),
            None => "no check was made of it".clone_into(&mut mark.reason),
        },
    }
    if computed.certainty != Certainty::Firm && found.is_answer() {
        leave_open(&mut mark, item, computed);
    }
    mark
}

fn judge(mark: &mut Mark, judgement: &Judgement) {
    let check = &judgement.check;
    mark.computed.clone_from(&check.computed);
    mark.reason.clone_from(&check.reason);
    mark.diagnoses.clone_from(&check.diagnoses);
    mark.working.clone_from(&check.working);
    mark.readings.clone_from(&check.readings);
    if let (Some(end), Some(value)) = (mark.reading.working.last(), &mark.reading.value)
        && !reading::same(end, value)
    {
        let _ = write!(mark.reason, "; the sizes written on the way end at {end}");
    }
    if judgement.disagree {
        "gradus's two witnesses contradict each other: this is a fault of gradus"
            .clone_into(&mut mark.reason);
        return;
    }
    (mark.outcome, mark.points) = match check.verdict {
        Verdict::Right => (Outcome::Right, Some(mark.of)),
        Verdict::Wrong => (Outcome::Wrong, Some(0.0)),
        Verdict::Undecided => (Outcome::Undecided, None),
        Verdict::Unreadable => (Outcome::Unreadable, None),
    };
}

/// An item without a firm key is never failed by the machine.
fn leave_open(mark: &mut Mark, item: &Item, computed: &Computed) {
    let word = match computed.certainty {
        Certainty::Ambiguous => "ambiguous",
        _ => "arguable",
    };
    mark.outcome = Outcome::Undecided;
    mark.diagnoses.clear();
    let explained = mark.reading.explained == Some(Explained::Given);
    let (pays, why) = match item.pays() {
        Pays::Any => (true, ": any answer earns its points"),
        Pays::Explained if explained => (true, ", and the answer is explained"),
        Pays::Explained => (false, ", and the answer is not explained: a person decides"),
        Pays::Person => (false, ": a person decides"),
    };
    mark.points = pays.then_some(mark.of);
    mark.reason = format!("the item is {word}{why}");
    mark.readings.clone_from(&computed.readings);
}
