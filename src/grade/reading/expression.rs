//! A formula as people write it: an expression in Python, in a code span, on a line of code, or on a line of its own.
//!
//! `G^T` and `Gᵀ` are `G.T`, and `−` is `-`; nothing else is guessed. Two names side by side, a power of something, a
//! sum over an index: such a formula is for a person, and so is LaTeX.

mod syntax;

use std::collections::BTreeMap;

use super::{Found, Work, shortened, unread};
use crate::grade::assignment::Item;
use crate::grade::page::{Kind, Line, words};
use crate::read::python::{TokenKind, tokens};
use crate::report::{Reading, Spot};
use syntax::{assignment, is_identifier};

pub(super) use syntax::in_python;

/// Longer expressions are not put together from their parts.
const LONGEST: usize = 4096;

/// An expression, and how surely it is the answer.
struct Candidate {
    /// As it was written.
    written: String,
    /// In Python, with what it is made of in place of names given on the way.
    python: String,
    spot: Spot,
    weight: Weight,
}

/// How surely an expression is the answer; the order is the order of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// It stands alone.
    Alone,
    /// The gradient asked for is said to be it.
    Named,
}

/// The formula that the lines state.
pub(super) fn read(lines: &[&Line], item: &Item) -> Found {
    let mut reader = Reader::new(item);
    for line in lines.iter().filter(|line| line.kind != Kind::Output) {
        reader.line(line);
    }
    let heaviest = reader.found.iter().map(|candidate| candidate.weight).max();
    let mut best = reader
        .found
        .iter()
        .filter(|candidate| Some(candidate.weight) == heaviest);
    if let Some(problem) = reader.problem {
        return Found::Unreadable(unread(lines, problem));
    }
    let Some(first) = best.next() else {
        return without_expression(lines);
    };
    if let Some(other) = best.find(|other| other.python != first.python) {
        let reason = format!(
            "it states two formulas: `{}` and `{}`",
            first.written, other.written
        );
        return Found::Unreadable(unread(lines, reason));
    }
    let reading = Reading {
        written: first.written.clone(),
        quote: shortened(&first.written),
        place: Some(first.spot),
        ..Reading::default()
    };
    Found::Work(reading, Work::Expression(first.python.clone()))
}

fn without_expression(lines: &[&Line]) -> Found {
    let formula = lines.iter().find(|line| line.plain.math);
    match formula {
        Some(line) => Found::Work(
            Reading {
                written: "LaTeX".to_owned(),
                quote: shortened(line.text()),
                place: Some(line.spot),
                reason: "it is written in LaTeX: a person compares it".to_owned(),
                ..Reading::default()
            },
            Work::Formula,
        ),
        None => Found::Unreadable(unread(
            lines,
            "no formula in it can be read with certainty".to_owned(),
        )),
    }
}

struct Reader {
    /// What the gradient asked for may be called, as words.
    names: Vec<String>,
    /// What was given a name on the way: the name, and what it stands for.
    given: BTreeMap<String, String>,
    found: Vec<Candidate>,
    problem: Option<String>,
}

impl Reader {
    fn new(item: &Item) -> Self {
        let key = item.key.as_ref().map_or("", |key| key.as_ref().as_str());
        let forms = [
            "d{}",
            "d_{}",
            "grad_{}",
            "{}_grad",
            "{}.grad",
            "{}grad",
            "grad{}",
            "grad {}",
            "dL/d{}",
            "dL_d{}",
            "dl/d{}",
            "dloss/d{}",
            "∂L/∂{}",
            "∂l/∂{}",
            "∇{}",
            "∇_{}",
            "delta_{}",
            "dLd{}",
        ];
        let mut names: Vec<String> = forms
            .iter()
            .map(|form| spaceless(&form.replace("{}", key)))
            .collect();
        names.extend(item.called.iter().map(|name| spaceless(name)));
        Self {
            names,
            given: BTreeMap::new(),
            found: Vec::new(),
            problem: None,
        }
    }

    fn line(&mut self, line: &Line) {
        if line.kind == Kind::Code {
            self.statement(&line.plain.source, line.spot);
            return;
        }
        for code in &line.plain.codes {
            self.statement(code, line.spot);
        }
        let whole = line.plain.source.trim().trim_matches('`').trim();
        if line.plain.codes.iter().any(|code| code.trim() == whole) {
            return;
        }
        if !line.plain.math && line.plain.codes.is_empty() {
            self.statement(whole, line.spot);
        }
    }

    /// Takes a piece of text that may be `name = expression`, or an expression that computes something.
    fn statement(&mut self, text: &str, spot: Spot) {
        let text = text.split('#').next().unwrap_or_default();
        // What closes a marker's bold, or makes the whole bold: no expression begins or ends with a star.
        let text = text
            .trim_matches(['*', ' '])
            .trim_end_matches(['.', ';', ','])
            .trim_end_matches(['*', ' ']);
        let text = text.strip_prefix("return ").unwrap_or(text);
        let (name, right) = match assignment(text) {
            Some((name, right)) => (Some(name.trim()), right.trim()),
            None => (None, text),
        };
        let Some(python) = in_python(right) else {
            let names_it = name.is_some_and(|name| self.is_asked_for(name));
            if names_it && self.problem.is_none() && !right.contains('\\') {
                self.problem = Some(format!(
                    "`{}` is no expression of Python's",
                    shortened(right)
                ));
            }
            return;
        };
        let python = match self.expanded(&python) {
            Ok(python) => python,
            Err(problem) => {
                self.problem = Some(problem);
                return;
            }
        };
        match name {
            Some(name) if self.is_asked_for(name) => self.take(text, python, spot, Weight::Named),
            Some(name) if is_identifier(name) => {
                self.given.insert(name.to_owned(), python);
            }
            // A lone word or number in a sentence is no formula.
            None if calculates(&python) => {
                self.take(text, python, spot, Weight::Alone);
            }
            Some(_) | None => {}
        }
    }

    fn take(&mut self, written: &str, python: String, spot: Spot, weight: Weight) {
        self.found.push(Candidate {
            written: written.to_owned(),
            python,
            spot,
            weight,
        });
    }

    fn is_asked_for(&self, name: &str) -> bool {
        let name = spaceless(name);
        self.names.contains(&name)
    }

    /// The expression with what names given on the way stand for in their place.
    fn expanded(&self, python: &str) -> Result<String, String> {
        let tokens = tokens(python);
        let stands_for = |at: usize| -> Option<&String> {
            let token = &tokens[at];
            let attribute = at > 0 && tokens[at - 1].is(".");
            let keyword = tokens.get(at + 1).is_some_and(|next| next.is("="));
            (token.kind == TokenKind::Name && !attribute && !keyword)
                .then(|| self.given.get(token.text))?
        };
        if !(0..tokens.len()).any(|at| stands_for(at).is_some()) {
            return Ok(python.to_owned());
        }
        if tokens
            .iter()
            .any(|token| token.is("lambda") || token.is("for"))
        {
            return Err(
                "it has names of its own and names given on the way, which are not told apart"
                    .to_owned(),
            );
        }
        let mut expanded = String::new();
        let mut end = 0;
        for (at, token) in tokens.iter().enumerate() {
            let Some(text) = stands_for(at) else { continue };
            expanded.push_str(&python[end..token.at]);
            expanded.push('(');
            expanded.push_str(text);
            expanded.push(')');
            end = token.end();
            if expanded.len() > LONGEST {
                return Err("with its parts put in, it is too long to be read".to_owned());
            }
        }
        expanded.push_str(&python[end..]);
        Ok(expanded)
    }
}

fn spaceless(text: &str) -> String {
    text.split_whitespace()
        .collect::<String>()
        .replace(['*', '`', '$'], "")
}

/// Whether an expression computes anything.
fn calculates(python: &str) -> bool {
    let tokens = tokens(python);
    tokens
        .iter()
        .any(|token| token.kind == TokenKind::Operator && token.text != ".")
        && words(python).len() > 1
}

#[cfg(test)]
mod tests;
