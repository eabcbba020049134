//! Asking each item's question once, and holding every answer against it.

use std::collections::HashMap;
use std::fmt::Write;

use super::assignment::{Assignment, Item};
use super::locate::{self, Page};
use super::page::Template;
use super::reading::{self, Found};
use super::submission::{Content, Submission};
use crate::model::Fault;
use crate::questions::QUESTIONS;
use crate::read::values;
use crate::report::{
    Certainty, Check, Claim, GradeReport, Item as Computed, Mark, Outcome, ReadAnswer, ReadSheet,
    Reading, ReadingReport, Report, Sheet, Total, Value, Verdict,
};

/// Asks an item's question with these claims, as the command line would.
pub type Ask<'a> = dyn Fn(&Item, &[Claim]) -> Result<Report, Fault> + 'a;

/// Grades submissions: every question is asked once, with the claims of all of them.
///
/// # Errors
/// If a question of the assignment cannot be asked.
pub fn grade(
    assignment: &Assignment,
    template: Option<&Template>,
    submissions: &[Submission],
    ask: &Ask,
) -> Result<GradeReport, Fault> {
    let read: Vec<Option<Vec<Found>>> = submissions
        .iter()
        .map(|submission| {
            let content = submission.content.as_ref().ok()?;
            Some(readings(assignment, template, content))
        })
        .collect();
    let mut items = Vec::with_capacity(assignment.items.len());
    let mut judged: Vec<Judged> = Vec::with_capacity(assignment.items.len());
    for (index, item) in assignment.items.iter().enumerate() {
        let found = read.iter().flatten().map(|found| &found[index]);
        let (computed, checks) = ask_once(item, found, ask)?;
        items.push(computed);
        judged.push(checks);
    }
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
                        notes: strangers(assignment, content),
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
                outcome: match &found {
                    Found::Answer(_) => None,
                    Found::Blank(_) => Some(Outcome::Blank),
                    Found::Unreadable(_) => Some(Outcome::Unreadable),
                },
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

/// What a submission answers to every item.
pub fn readings(
    assignment: &Assignment,
    template: Option<&Template>,
    content: &Content,
) -> Vec<Found> {
    match content {
        Content::Page(lines) => {
            let page = Page::new(lines, &assignment.items, template);
            let items = assignment.items.iter().enumerate();
            items
                .map(|(index, item)| reading::read(&page.passages(index), item))
                .collect()
        }
        Content::Answers(answers) => assignment
            .items
            .iter()
            .map(|item| {
                let Some((name, lines)) = answers.iter().find(|(name, _)| answers_to(item, name))
                else {
                    let name = item.name.as_deref().unwrap_or(item.id());
                    let reason = format!("there is no answer under `{name}`");
                    return Found::Blank(Reading {
                        reason,
                        ..Reading::default()
                    });
                };
                let parts = if name == item.id() {
                    1
                } else {
                    parts_under(assignment, name)
                };
                reading::read(&[locate::in_named(lines, item, parts)], item)
            })
            .collect(),
    }
}

/// How many parts the items that share a name have.
fn parts_under(assignment: &Assignment, name: &str) -> usize {
    let shared = assignment
        .items
        .iter()
        .filter(|item| item.name.as_deref() == Some(name));
    let most = shared.filter_map(Item::part).max();
    most.and_then(|most| usize::try_from(most).ok())
        .unwrap_or(1)
}

fn answers_to(item: &Item, name: &str) -> bool {
    name == item.id() || item.name.as_deref() == Some(name)
}

/// Answers under names that the assignment does not have.
fn strangers(assignment: &Assignment, content: &Content) -> Vec<String> {
    let Content::Answers(answers) = content else {
        return Vec::new();
    };
    let unknown = |name: &&String| !assignment.items.iter().any(|item| answers_to(item, name));
    answers
        .iter()
        .map(|(name, _)| name)
        .filter(unknown)
        .map(|name| format!("`{name}` is no question of this assignment"))
        .collect()
}

/// The checks of an item's distinct claims.
struct Judged {
    /// Where a claim's check stands.
    places: HashMap<String, usize>,
    checks: Vec<Check>,
    /// Whether the two witnesses contradict each other.
    disagree: bool,
}

/// Asks an item's question with the distinct claims of all submissions, and the assignment's own first.
fn ask_once<'a>(
    item: &Item,
    found: impl Iterator<Item = &'a Found>,
    ask: &Ask,
) -> Result<(Computed, Judged), Fault> {
    let mut judged = Judged {
        places: HashMap::new(),
        checks: Vec::new(),
        disagree: false,
    };
    let mut computed = Computed {
        id: item.id().to_owned(),
        title: item.title.clone(),
        points: *item.points.as_ref(),
        certainty: item.certainty(),
        question: item.ask.as_ref().map(|ask| ask.as_ref().clone()),
        key: key_of(item),
        computed: None,
        reason: String::new(),
        own_answer: None,
        disagree: false,
        readings: item.readings.clone(),
    };
    let Some(key) = &computed.key else {
        "no question is asked of it yet".clone_into(&mut computed.reason);
        return Ok((computed, judged));
    };
    let own = item
        .answer
        .as_ref()
        .map(|answer| values::claim(key, answer.as_ref()));
    let mut claims: Vec<Claim> = own.iter().cloned().collect();
    for found in found {
        let Found::Answer(reading) = found else {
            continue;
        };
        let claim = claim_of(key, reading);
        if let std::collections::hash_map::Entry::Vacant(place) =
            judged.places.entry(identity(reading))
        {
            place.insert(claims.len());
            claims.push(claim);
        }
    }
    let report = ask(item, &claims)?;
    computed.computed = report
        .quantity(key)
        .map(|quantity| quantity.value.clone())
        .or_else(|| {
            report
                .checks
                .iter()
                .find_map(|check| check.computed.clone())
        });
    computed.disagree = report.disagrees();
    judged.disagree = report.disagrees();
    if computed.computed.is_none() {
        "it could not be computed".clone_into(&mut computed.reason);
    }
    judged.checks = report.checks;
    computed.own_answer = own.and_then(|_| judged.checks.first().cloned());
    Ok((computed, judged))
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

/// The claim that a reading makes.
fn claim_of(key: &str, reading: &Reading) -> Claim {
    let mut claim = values::claim(key, &reading.written);
    if reading.value.is_some() {
        // What was read as the kind of value that the item asks for counts, not the first meaning of the text.
        claim.expected.clone_from(&reading.value);
        claim.other = None;
    }
    claim.working.clone_from(&reading.working);
    claim
}

/// What tells one claim from another.
fn identity(reading: &Reading) -> String {
    let working: Vec<String> = reading.working.iter().map(Value::to_string).collect();
    format!("{} via {}", reading.written, working.join(","))
}

/// What an answer earns, and why.
fn mark(item: &Item, computed: &Computed, found: &Found, judged: &Judged) -> Mark {
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
        points: None,
        of: *item.points.as_ref(),
    };
    match found {
        Found::Blank(_) => {
            mark.outcome = Outcome::Blank;
            mark.points = Some(0.0);
        }
        Found::Unreadable(_) => mark.outcome = Outcome::Unreadable,
        Found::Answer(_) if computed.question.is_none() => mark.reason.clone_from(&computed.reason),
        Found::Answer(_) => match judged
            .places
            .get(&identity(reading))
            .and_then(|&at| judged.checks.get(at))
        {
            Some(check) => judge(&mut mark, check, judged.disagree),
            None => "no check was made of it".clone_into(&mut mark.reason),
        },
    }
    if computed.certainty != Certainty::Firm && matches!(found, Found::Answer(_)) {
        leave_open(&mut mark, computed);
    }
    mark
}

fn judge(mark: &mut Mark, check: &Check, disagree: bool) {
    mark.computed.clone_from(&check.computed);
    mark.reason.clone_from(&check.reason);
    mark.diagnoses.clone_from(&check.diagnoses);
    mark.working.clone_from(&check.working);
    if let (Some(end), Some(value)) = (mark.reading.working.last(), &mark.reading.value)
        && !reading::same(end, value)
    {
        let _ = write!(mark.reason, "; the sizes written on the way end at {end}");
    }
    if disagree {
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
fn leave_open(mark: &mut Mark, computed: &Computed) {
    let word = match computed.certainty {
        Certainty::Ambiguous => "ambiguous",
        _ => "arguable",
    };
    mark.outcome = Outcome::Undecided;
    mark.points = None;
    mark.diagnoses.clear();
    mark.reason = format!("the item is {word}: a person decides");
    mark.readings.clone_from(&computed.readings);
}
