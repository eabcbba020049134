//! The values that an answer states, and how much weight each statement has.

use std::sync::LazyLock;

use regex::Regex;

use super::mention::{Cue, chosen, values_in};
use super::wording::{closes, concludes, is_of_another, is_step, mentions, regex};
use super::{shortened, value};
use crate::grade::assignment::{Item, Written};
use crate::grade::page::{Kind, Line, words};
use crate::report::{Extent, Spot, Value};

/// A value as a sentence states it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    /// As it was written.
    pub(super) written: String,
    /// What it means.
    pub(super) value: Value,
    /// The sentence.
    pub(super) quote: String,
    /// Where it stands.
    pub(super) spot: Spot,
    /// How much it weighs.
    pub(super) weight: Weight,
    /// Whether it is about one layer on the way.
    pub(super) step: bool,
}

impl Statement {
    /// Whether two statements say the same.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        same(&self.value, &other.value)
    }

    /// How plainly it is written: a length an axis is plainer than one for all.
    pub(super) fn clarity(&self) -> usize {
        match &self.value {
            Value::Dims(dims) => dims.len(),
            _ => 0,
        }
    }
}

/// How much a statement weighs; the order is the order of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// A number somewhere: the result of an equation, a step.
    Passing,
    /// A length that the sentence gives a name to (`a size of 112`).
    Named,
    /// A line with nothing but the value.
    Alone,
    /// A sentence that names the quantity asked for, or draws a conclusion.
    Concluded,
    /// A boxed value.
    Boxed,
}

/// Whether two values say the same: one number stands for every axis.
pub(in crate::grade) fn same(one: &Value, other: &Value) -> bool {
    let all =
        |dims: &[Extent], count: i128| dims.iter().all(|&extent| extent == Extent::Count(count));
    match (one, other) {
        (Value::Dims(dims), Value::Count(count)) | (Value::Count(count), Value::Dims(dims)) => {
            all(dims, *count)
        }
        _ => one == other,
    }
}

/// The statements of an answer, in order.
pub(super) fn all(lines: &[&Line], item: &Item) -> Vec<Statement> {
    let names: Vec<String> = item.names().iter().map(|name| words(name)).collect();
    let mut found = Vec::new();
    for line in lines.iter().filter(|line| line.speaks()) {
        for boxed in &line.plain.boxed {
            push(&mut found, line, boxed, boxed, Weight::Boxed, item);
        }
        if whole_line(&mut found, line, item) {
            continue;
        }
        for sentence in sentences(line.text()) {
            in_sentence(&mut found, line, sentence, &names, item);
        }
    }
    found
}

/// A line that is nothing but a value.
fn whole_line(found: &mut Vec<Statement>, line: &Line, item: &Item) -> bool {
    let text = line.text().trim_end_matches(['.', '!', ';', ',']);
    // `RF = 112` names what it states: that is a sentence. `34x34=1,156` begins with the value.
    let names_it = text.contains('=') && text.starts_with(char::is_alphabetic);
    if line.kind == Kind::Output || names_it {
        return false;
    }
    push(found, line, text, text, Weight::Alone, item)
}

fn push(
    found: &mut Vec<Statement>,
    line: &Line,
    text: &str,
    quote: &str,
    weight: Weight,
    item: &Item,
) -> bool {
    let text = text.trim();
    let Some(value) = value(text, item.written) else {
        return false;
    };
    found.push(Statement {
        written: text.to_owned(),
        value,
        quote: shortened(quote),
        spot: line.spot,
        weight,
        step: is_step(quote),
    });
    true
}

/// Pieces that end with a point before a capital, with a semicolon, or with an arrow.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    static END: LazyLock<Regex> = LazyLock::new(|| regex(r"[.!?]\s+|;\s+|⇒"));
    let mut pieces = Vec::new();
    let mut start = 0;
    for end in END.find_iter(text) {
        let before = &text[start..end.start()];
        if ["i.e", "e.g", "approx", "resp", "w.r.t", "etc"]
            .iter()
            .any(|short| before.ends_with(short))
        {
            continue;
        }
        pieces.push(before);
        start = end.end();
    }
    pieces.push(&text[start..]);
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// Takes what a sentence states.
fn in_sentence(
    found: &mut Vec<Statement>,
    line: &Line,
    sentence: &str,
    names: &[String],
    item: &Item,
) {
    let values = values_in(sentence, item.written);
    let Some(stated) = chosen(&values, sentence, names) else {
        return;
    };
    let names_it = mentions(sentence, names);
    let step = is_step(sentence);
    let concludes = concludes(sentence);
    let weight = match (stated.cue, line.kind) {
        (_, Kind::Output) if !names_it => return,
        (Cue::Named, _) if !step || closes(sentence) => Weight::Concluded,
        (_, _) if concludes && !step && (names_it || item.written != Written::Shape) => {
            Weight::Concluded
        }
        (Cue::Named, _) => Weight::Named,
        (Cue::Size, _) if !is_of_another(sentence) => Weight::Named,
        _ => Weight::Passing,
    };
    push(found, line, &stated.text, sentence, weight, item);
}
