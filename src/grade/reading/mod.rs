//! From the lines that answer an item to the value that they claim.
//!
//! A worked answer holds many numbers. What counts is what is *concluded*: a boxed value, a value that stands alone, a
//! sentence that names the quantity, or one that draws a conclusion. Two conclusions that differ are not read. Sizes
//! written on the way are kept as the working.

mod explanation;
mod expression;
mod formula;
mod mention;
mod statement;
mod truth;
mod wording;
mod working;

use super::assignment::{Item, Written};
use super::code::Program;
use super::locate::Passage;
use super::page::Line;
use crate::read::values;
use crate::report::{Reading, Value};
pub(super) use statement::same;
use statement::{Statement, Weight};

/// What was found in the place of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A value, read with certainty.
    Answer(Reading),
    /// A piece of work that has to be asked about by itself.
    Work(Reading, Work),
    /// An answer that only a person can judge: `it depends`.
    Words(Reading),
    /// The question is there, and no answer.
    Blank(Reading),
    /// Something stands there, and what it claims is not certain.
    Unreadable(Reading),
}

/// An answer that is no value: what is true of it depends on the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Code.
    Function(Box<Program>),
    /// A claimed gradient, in Python.
    Expression(String),
    /// A claimed gradient that only a person can read.
    Formula,
}

impl Found {
    /// What was read, or why nothing was.
    pub fn reading(&self) -> &Reading {
        match self {
            Self::Answer(reading)
            | Self::Work(reading, _)
            | Self::Words(reading)
            | Self::Blank(reading)
            | Self::Unreadable(reading) => reading,
        }
    }

    /// The same, to be changed.
    pub fn reading_mut(&mut self) -> &mut Reading {
        match self {
            Self::Answer(reading)
            | Self::Work(reading, _)
            | Self::Words(reading)
            | Self::Blank(reading)
            | Self::Unreadable(reading) => reading,
        }
    }

    /// Whether something was answered, and it is certain what.
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Answer(_) | Self::Work(..) | Self::Words(_))
    }

    /// Whether two answers say the same.
    pub fn says_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Answer(one), Self::Answer(other)) => says_the_same(one, other),
            (Self::Work(_, one), Self::Work(_, other)) => one == other,
            (Self::Words(one), Self::Words(other)) => one.quote == other.quote,
            _ => false,
        }
    }
}

/// Reads the passages that answer an item: they have to say the same.
pub fn read(passages: &[Passage], item: &Item) -> Found {
    let mut found: Vec<Found> = passages
        .iter()
        .map(|passage| read_one(passage, item))
        .collect();
    let answers: Vec<&Found> = found.iter().filter(|found| found.is_answer()).collect();
    if let [first, rest @ ..] = answers.as_slice()
        && let Some(other) = rest.iter().find(|other| !first.says_the_same(other))
    {
        let reason = format!(
            "it is answered twice: `{}` and `{}`",
            first.reading().written,
            other.reading().written
        );
        return Found::Unreadable(Reading {
            reason,
            value: None,
            ..first.reading().clone()
        });
    }
    let best = found.iter().position(Found::is_answer).unwrap_or(0);
    if found.is_empty() {
        return Found::Unreadable(Reading {
            reason: "nothing was found".to_owned(),
            ..Reading::default()
        });
    }
    found.swap_remove(best)
}

fn read_one(passage: &Passage, item: &Item) -> Found {
    match passage {
        Passage::Blank(asked) => Found::Blank(Reading {
            place: *asked,
            reason: "nothing stands below the question".to_owned(),
            ..Reading::default()
        }),
        Passage::Unclear(reason) => Found::Unreadable(Reading {
            reason: reason.clone(),
            ..Reading::default()
        }),
        Passage::Listed(lines, value) => Found::Answer(truth::listed(lines, *value, item)),
        Passage::Answer(lines) => {
            let read = match item.written {
                Written::Truth => match truth::read(lines, item) {
                    Ok(found) => return found,
                    Err(reason) => Err(reason),
                },
                Written::Text => return Found::Words(in_words(lines)),
                Written::Expression => return expression::read(lines, item),
                Written::Function => Err("it is code, and is found by its name".to_owned()),
                Written::Real if !item.given.is_empty() => match formula::read(lines, item) {
                    Some(found) => return found,
                    None => concluded(lines, item),
                },
                Written::Count | Written::Size | Written::Shape | Written::Real => {
                    concluded(lines, item)
                }
            };
            match read {
                Ok(reading) => Found::Answer(reading),
                Err(reason) => Found::Unreadable(unread(lines, reason)),
            }
        }
    }
}

/// An answer in words: all of it.
fn in_words(lines: &[&Line]) -> Reading {
    /// A quotation of an answer in words is read by somebody who judges it.
    const LONGEST: usize = 400;
    let text: Vec<String> = lines.iter().map(|line| line.as_written()).collect();
    let text = text.join("\n").trim().to_owned();
    Reading {
        quote: shortened_to(&text, LONGEST),
        text: Some(text),
        place: lines
            .iter()
            .find(|line| line.speaks())
            .map(|line| line.spot),
        ..Reading::default()
    }
}

/// The value that the lines conclude.
fn concluded(lines: &[&Line], item: &Item) -> Result<Reading, String> {
    let statements = statement::all(lines, item);
    let working = if item.written == Written::Size {
        working::chain(lines)
    } else {
        Vec::new()
    };
    let statement = conclusion(lines, &statements, &working, item.written)?;
    Ok(Reading {
        written: statement.written.clone(),
        value: Some(statement.value.clone()),
        quote: statement.quote.clone(),
        place: Some(statement.spot),
        working,
        ..Reading::default()
    })
}

/// The one statement that counts.
fn conclusion<'a>(
    lines: &[&Line],
    statements: &'a [Statement],
    working: &[Value],
    written: Written,
) -> Result<&'a Statement, String> {
    for weight in [Weight::Boxed, Weight::Concluded, Weight::Alone] {
        let heavy: Vec<&Statement> = statements
            .iter()
            .filter(|statement| statement.weight == weight)
            .collect();
        let Some(last) = heavy.last() else {
            continue;
        };
        // What is boxed outweighs nothing else that is concluded: both have to agree.
        let rivals = statements
            .iter()
            .filter(|other| other.weight >= Weight::Alone);
        for other in rivals {
            if !other.agrees(last) {
                return Err(format!(
                    "it says both `{}` and `{}`",
                    other.written, last.written
                ));
            }
        }
        return Ok(heavy
            .iter()
            .rev()
            .max_by_key(|statement| statement.clarity())
            .unwrap_or(last));
    }
    let last = statements.last().ok_or("no value is stated")?;
    let ends_the_answer = lines
        .iter()
        .rfind(|line| line.speaks())
        .is_some_and(|line| line.spot == last.spot);
    let ends_the_working = working
        .last()
        .is_some_and(|end| statement::same(end, &last.value));
    let alone = statements.iter().all(|other| other.agrees(last));
    // A shape that no sentence gives to the tensor asked for may be any tensor's.
    if written == Written::Shape {
        return Err("no shape is stated for what was asked".to_owned());
    }
    let comes_last = !last.step || ends_the_answer;
    if ends_the_working || (comes_last && (alone || last.weight == Weight::Named)) {
        Ok(last)
    } else {
        Err("it states several values and concludes none of them".to_owned())
    }
}

fn says_the_same(one: &Reading, other: &Reading) -> bool {
    match (&one.value, &other.value) {
        (Some(one), Some(other)) => statement::same(one, other),
        _ => false,
    }
}

/// A reading that failed: where it was tried, and why it failed.
fn unread(lines: &[&Line], reason: String) -> Reading {
    let first = lines.iter().find(|line| line.speaks());
    Reading {
        quote: first.map_or_else(String::new, |line| shortened(line.text())),
        place: first.map(|line| line.spot),
        reason,
        ..Reading::default()
    }
}

/// A quotation of at most so many characters.
fn shortened(text: &str) -> String {
    shortened_to(text, 120)
}

fn shortened_to(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(longest - 1).collect();
    short.push('…');
    short
}

/// The value of a text that is an item's answer and nothing else.
pub fn value(text: &str, written: Written) -> Option<Value> {
    match written {
        Written::Shape => values::shape(&without_inner_brackets(text))
            .ok()
            .map(|shape| Value::shape(shape.dims())),
        Written::Truth => truth::word(text).map(Value::Flag),
        Written::Count | Written::Size | Written::Real => values::value(text)
            .ok()
            .map(|reading| reading.value)
            .filter(|value| fits(value, written)),
        Written::Function | Written::Expression | Written::Text => None,
    }
}

/// The expression that a text is, in Python, where it certainly is one.
pub fn expression(text: &str) -> Option<String> {
    expression::in_python(text)
}

/// `(5x6x7x8)x42000` is a shape with five axes.
fn without_inner_brackets(text: &str) -> String {
    let inner = text
        .find([')', ']'])
        .is_some_and(|at| text[at + 1..].contains(['x', 'X', '×']));
    if inner {
        text.replace(['(', ')', '[', ']'], "")
    } else {
        text.to_owned()
    }
}

/// Whether a value is of the kind that an item asks for.
fn fits(value: &Value, written: Written) -> bool {
    match (written, value) {
        (Written::Count, Value::Count(_))
        | (Written::Size, Value::Count(_) | Value::Dims(_))
        | (Written::Real, Value::Real(_) | Value::Count(_))
        | (Written::Shape, Value::Dims(_)) => true,
        (Written::Size, Value::Name(name)) => name == "whole",
        _ => false,
    }
}

#[cfg(test)]
mod tests;
