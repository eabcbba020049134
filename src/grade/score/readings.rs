//! What a submission answers to every item, wherever in it the answers stand.

use crate::grade::assignment::{Assignment, Item, Written};
use crate::grade::code;
use crate::grade::locate::{self, NOT_FOUND, Page};
use crate::grade::page::{Line, Template};
use crate::grade::reading::{self, Found};
use crate::grade::submission::{Body, Content, Document};
use crate::report::Reading;

/// What a submission answers to every item.
pub fn readings(
    assignment: &Assignment,
    template: Option<&Template>,
    content: &Content,
) -> Vec<Found> {
    let documents: Vec<(Option<&String>, Vec<Found>)> = telling(assignment, content)
        .map(|document| {
            (
                document.file.as_ref(),
                in_document(assignment, template, &document.body),
            )
        })
        .collect();
    let items = assignment.items.iter().enumerate();
    items
        .map(|(index, item)| {
            if item.written == Written::Function && item.function().is_some() {
                return code::read(item, &content.code);
            }
            let found = documents.iter().map(|(file, found)| {
                let mut found = found[index].clone();
                found.reading_mut().file = file.cloned();
                found
            });
            together(found.collect())
        })
        .collect()
}

/// The documents of a submission that may answer something: a list without any name of the assignment's belongs to
/// somebody's project.
fn telling<'a>(
    assignment: &'a Assignment,
    content: &'a Content,
) -> impl Iterator<Item = &'a Document> {
    content
        .documents
        .iter()
        .filter(move |document| match &document.body {
            Body::Answers(answers) if document.file.is_some() => answers
                .iter()
                .any(|(name, _)| assignment.items.iter().any(|item| answers_to(item, name))),
            _ => true,
        })
}

fn in_document(assignment: &Assignment, template: Option<&Template>, body: &Body) -> Vec<Found> {
    match body {
        Body::Page(lines) => {
            let page = Page::new(lines, &assignment.items, template);
            let items = assignment.items.iter().enumerate();
            items
                .map(|(index, item)| reading::read(&page.passages(index), item))
                .collect()
        }
        Body::Answers(answers) => assignment
            .items
            .iter()
            .map(|item| named(assignment, item, answers))
            .collect(),
    }
}

fn named(assignment: &Assignment, item: &Item, answers: &[(String, Vec<Line>)]) -> Found {
    let Some((name, lines)) = answers.iter().find(|(name, _)| answers_to(item, name)) else {
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
}

/// What the documents of a submission say together: one answer, or answers that say the same.
fn together(mut found: Vec<Found>) -> Found {
    let mut answers = found.iter().filter(|found| found.is_answer());
    if let Some(first) = answers.next()
        && let Some(other) = answers.find(|other| !first.says_the_same(other))
    {
        let place = |found: &Found| found.reading().place().unwrap_or_default();
        let reason = format!(
            "it is answered twice, and not alike: in {} and in {}",
            place(first),
            place(other)
        );
        return Found::Unreadable(Reading {
            reason,
            value: None,
            ..first.reading().clone()
        });
    }
    // Of those that say nothing the one that knows most about why.
    let best = (0..found.len()).rev().max_by_key(|&at| match &found[at] {
        Found::Answer(_) | Found::Work(..) | Found::Words(_) => 4,
        Found::Unreadable(reading) if reading.reason != NOT_FOUND => 3,
        Found::Blank(reading) if reading.place.is_some() => 2,
        Found::Unreadable(_) => 1,
        Found::Blank(_) => 0,
    });
    match best {
        Some(best) => found.swap_remove(best),
        None => Found::Unreadable(Reading {
            reason: NOT_FOUND.to_owned(),
            ..Reading::default()
        }),
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
pub(super) fn strangers(assignment: &Assignment, content: &Content) -> Vec<String> {
    let unknown = |name: &&String| !assignment.items.iter().any(|item| answers_to(item, name));
    telling(assignment, content)
        .filter_map(|document| match &document.body {
            Body::Answers(answers) => Some(answers),
            Body::Page(_) => None,
        })
        .flatten()
        .map(|(name, _)| name)
        .filter(unknown)
        .map(|name| format!("`{name}` is no question of this assignment"))
        .collect()
}
