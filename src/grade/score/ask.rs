//! Asking the items' questions: what several items share is asked once, and what is independent side by side.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Examiner, Judged, facts, key_of, values, work};
use crate::grade::assignment::{Item, Written};
use crate::grade::reading::Found;
use crate::model::Fault;
use crate::report::{Certainty, Item as Computed};

/// What was read of every submission that could be opened: an answer per item.
pub(super) type Read<'a> = [&'a [Found]];

/// What came of each item, in the assignment's order; `told` is called when an item is done.
pub(super) fn all(
    items: &[Item],
    read: &Read,
    examiner: &dyn Examiner,
    told: &(dyn Fn(usize) + Sync),
) -> Result<Vec<(Computed, Judged)>, Fault> {
    let groups = groups(items);
    let answers = side_by_side(groups.len(), |at| {
        let answer = together(items, &groups[at], read, examiner);
        told(groups[at].len());
        answer
    });
    let mut came: Vec<Option<(Computed, Judged)>> = items.iter().map(|_| None).collect();
    for (group, answer) in groups.iter().zip(answers) {
        for (&at, answer) in group.iter().zip(answer?) {
            came[at] = Some(answer);
        }
    }
    Ok(came.into_iter().flatten().collect())
}

/// The items that ask the same of the same, by their places; the others are alone.
fn groups(items: &[Item]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<_, usize> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        let shared = item.ask.as_ref().filter(|_| !item.written.is_work());
        let Some(ask) = shared else {
            groups.push(vec![at]);
            continue;
        };
        let words = item.arguments.as_ref().map(AsRef::as_ref);
        let model = item.model.as_ref().map(AsRef::as_ref);
        let source = item.source.as_ref().map(AsRef::as_ref);
        let question: (
            &String,
            Option<&Vec<String>>,
            Option<&String>,
            Option<&String>,
        ) = (ask.as_ref(), words, model, source);
        let group = *known.entry(question).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(at);
    }
    groups
}

/// Asks the question of items that share it, with all their claims.
fn together(
    items: &[Item],
    group: &[usize],
    read: &Read,
    examiner: &dyn Examiner,
) -> Result<Vec<(Computed, Judged)>, Fault> {
    let found = |at: usize| read.iter().map(move |found| &found[at]);
    if let &[at] = group {
        let item = &items[at];
        if item.ask.is_none() {
            return Ok(vec![(unasked(item), Judged::new())]);
        }
        if item.written.is_work() {
            let key = key_of(item).unwrap_or_default();
            return work::judge(item, computed(item), &key, found(at), examiner)
                .map(|answer| vec![answer]);
        }
    }
    let claims: Vec<values::Claims> = group
        .iter()
        .map(|&at| values::claims(&items[at], found(at)))
        .collect();
    let all: Vec<_> = claims
        .iter()
        .flat_map(|claims| claims.all.clone())
        .collect();
    let asking: Vec<&Item> = group.iter().map(|&at| &items[at]).collect();
    let report = match examiner.values(&asking, &all) {
        Ok(report) => report,
        // Alone, each says what is wrong with it.
        Err(_) if group.len() > 1 => {
            return group
                .iter()
                .map(|&at| together(items, &[at], read, examiner))
                .collect::<Result<Vec<_>, Fault>>()
                .map(|answers| answers.into_iter().flatten().collect());
        }
        Err(fault) => return Err(fault),
    };
    let mut checks = report.checks.as_slice();
    asking
        .into_iter()
        .zip(claims)
        .map(|(item, claims)| {
            let (own, rest) = checks.split_at(claims.all.len().min(checks.len()));
            checks = rest;
            let mut computed = computed(item);
            computed.command = examiner.command(item);
            if item.written == Written::Text {
                computed.facts = facts::facts(item, &report);
                computed.disagree = report.disagrees();
                return Ok((computed, Judged::new()));
            }
            let (computed, judged) = values::judge(item, computed, &claims, &report, own);
            has_readings(item, &computed)?;
            Ok((computed, judged))
        })
        .collect()
}

/// An item that no answer is asked about.
fn unasked(item: &Item) -> Computed {
    let mut computed = computed(item);
    if item.written != Written::Text {
        "no question is asked of it yet".clone_into(&mut computed.reason);
    }
    computed
}

/// An item before anything is known of it.
fn computed(item: &Item) -> Computed {
    let is_text = item.written == Written::Text;
    Computed {
        id: item.id().to_owned(),
        title: item.title.clone(),
        points: *item.points.as_ref(),
        certainty: item.certainty(),
        question: item.ask.as_ref().map(|ask| ask.as_ref().clone()),
        key: key_of(item).filter(|_| !is_text),
        computed: None,
        reason: if is_text { "a person judges words" } else { "" }.to_owned(),
        own_answer: None,
        disagree: false,
        readings: item.readings.clone(),
        facts: Vec::new(),
        steps: Vec::new(),
        command: None,
    }
}

/// That an item without a firm key has its readings, from the assignment or from its question.
fn has_readings(item: &Item, computed: &Computed) -> Result<(), Fault> {
    if computed.certainty == Certainty::Firm || computed.readings.len() >= 2 {
        return Ok(());
    }
    let message = format!("`{}` is not firm, and its readings are missing", item.id());
    Err(Fault::new("assignment", message).help(
        "add `[[question.reading]]` tables with `answer` and `because`: its question brings none",
    ))
}

/// The results of independent work, in order, made on as many threads as there are cores.
pub(super) fn side_by_side<T: Send>(count: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(count);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(count));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        break;
                    }
                    let result = make(at);
                    if let Ok(mut results) = results.lock() {
                        results.push((at, result));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
