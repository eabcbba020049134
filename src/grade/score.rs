//! Asking the items' questions, and holding every answer against what comes of them.

mod ask;
mod facts;
mod mark;
mod readings;
mod values;
mod work;

use std::collections::HashMap;

use super::assignment::{Assignment, Item, Written};
use super::locate::NOT_FOUND;
use super::page::Template;
use super::reading::{Found, Work};
use super::submission::{Code, Content, Submission};
use crate::model::Fault;
use crate::questions::{Progress, QUESTIONS};
use crate::report::{
    Check, Claim, GradeReport, Item as Computed, Mark, Outcome, ReadAnswer, ReadSheet, Reading,
    ReadingReport, Report, Sheet, Total,
};
use mark::mark;
use readings::strangers;

pub use readings::readings;

/// Who answers the questions of an assignment, as the command line would.
pub trait Examiner: Sync {
    /// The question that these items share, with these claims about its values.
    ///
    /// # Errors
    /// If the question cannot be asked.
    fn values(&self, items: &[&Item], claims: &[Claim]) -> Result<Report, Fault>;

    /// An item's question about a piece of work: code, or a claimed gradient; with [`Work::Formula`] without a claim.
    ///
    /// # Errors
    /// If the question cannot be asked of it: the fault may be the work's.
    fn work(&self, item: &Item, work: &Work) -> Result<Report, Fault>;

    /// The Python of the file that an item names as its own answer.
    ///
    /// # Errors
    /// If it cannot be read.
    fn solution(&self, item: &Item) -> Result<Code, Fault>;

    /// The command that asks an item's question with a claim whose value is called `VALUE`; `None` where there is none.
    fn command(&self, item: &Item) -> Option<String> {
        let _ = item;
        None
    }
}

/// What came of an item's distinct answers, by what tells them apart.
type Judged = HashMap<String, Judgement>;

/// What came of an answer.
struct Judgement {
    check: Check,
    /// Whether gradus's two witnesses contradict each other about it.
    disagree: bool,
}

/// What tells one answer from another.
fn identity(found: &Found) -> String {
    match found {
        Found::Work(_, work) => work::identity(work),
        other => values::identity(other.reading()),
    }
}

/// Grades submissions: every question is asked once, with the claims of all of them; `progress` counts submissions read
/// and items asked.
///
/// # Errors
/// If a question of the assignment cannot be asked.
pub fn grade(
    assignment: &Assignment,
    template: Option<&Template>,
    submissions: &[Submission],
    examiner: &dyn Examiner,
    progress: &Progress,
) -> Result<GradeReport, Fault> {
    let all = to_u64(submissions.len() + assignment.items.len());
    let read: Vec<Option<Vec<Found>>> = submissions
        .iter()
        .map(|submission| {
            let found = submission.content.as_ref().ok();
            let found = found.map(|content| readings(assignment, template, content));
            progress.tell(1, all);
            found
        })
        .collect();
    let opened: Vec<&[Found]> = read.iter().flatten().map(Vec::as_slice).collect();
    let told = |items: usize| progress.tell(to_u64(items), all);
    let came = ask::all(&assignment.items, &opened, examiner, &told)?;
    let (items, judged): (Vec<Computed>, Vec<Judged>) = came.into_iter().unzip();
    let sheets =
        submissions
            .iter()
            .zip(&read)
            .map(|(submission, read)| match (&submission.content, read) {
                (Ok(content), Some(read)) => {
                    let marks: Vec<Mark> = assignment
                        .items
                        .iter()
                        .zip(&items)
                        .zip(read.iter().zip(&judged))
                        .map(|((item, computed), (found, judged))| {
                            mark(item, computed, found, judged)
                        })
                        .collect();
                    Sheet {
                        name: submission.name.clone(),
                        failure: None,
                        total: Total::over(&marks),
                        marks,
                        notes: content
                            .notes
                            .iter()
                            .cloned()
                            .chain(strangers(assignment, content))
                            .collect(),
                    }
                }
                (Err(fault), _) => Sheet::unopened(&submission.name, &fault.message),
                (Ok(_), None) => Sheet::unopened(&submission.name, "it was not read"),
            });
    Ok(GradeReport {
        assignment: assignment.title.clone(),
        submissions: sheets.collect(),
        items,
    })
}

/// What was taken as the answers, and nothing else.
pub fn show(
    assignment: &Assignment,
    template: Option<&Template>,
    submissions: &[Submission],
) -> ReadingReport {
    let answers = |content: &Content| -> Vec<ReadAnswer> {
        let found = readings(assignment, template, content);
        let pairs = assignment.items.iter().zip(found);
        pairs
            .map(|(item, found)| ReadAnswer {
                id: item.id().to_owned(),
                title: item.title.clone(),
                outcome: unanswered(item, &found),
                reading: found.reading().clone(),
            })
            .collect()
    };
    let sheets = submissions.iter().map(|submission| ReadSheet {
        name: submission.name.clone(),
        failure: submission.content.as_ref().err().map(ToString::to_string),
        answers: submission
            .content
            .as_ref()
            .map_or_else(|_| Vec::new(), answers),
    });
    ReadingReport {
        assignment: assignment.title.clone(),
        submissions: sheets.collect(),
    }
}

/// Whether nothing of an item is in a submission.
fn is_missing(item: &Item, reading: &Reading) -> bool {
    reading.reason == NOT_FOUND
        || (item.written == Written::Function
            && reading.place.is_none()
            && reading.quote.is_empty())
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// What became of an item that has no answer; `None` where it has one.
fn unanswered(item: &Item, found: &Found) -> Option<Outcome> {
    let reading = found.reading();
    match found {
        Found::Answer(_) | Found::Work(..) | Found::Words(_) => None,
        Found::Blank(_) if item.optional && reading.place.is_none() => Some(Outcome::Absent),
        Found::Blank(_) => Some(Outcome::Blank),
        Found::Unreadable(_) if item.optional && is_missing(item, reading) => Some(Outcome::Absent),
        Found::Unreadable(_) => Some(Outcome::Unreadable),
    }
}

/// The key that an item's answers claim; `None` where no question is asked.
fn key_of(item: &Item) -> Option<String> {
    let name: &str = item.ask.as_ref()?.as_ref();
    let headline = QUESTIONS
        .iter()
        .find(|question| question.name() == name)
        .map(|question| question.headline());
    item.key
        .as_ref()
        .map(|key| key.as_ref().clone())
        .or_else(|| headline.map(str::to_owned))
        .or(Some(String::new()))
}

#[cfg(test)]
mod tests;
