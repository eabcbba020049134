//! A formula as people write it: an expression in Python, in a code span, on a line of code, or on a line of its own.
//!
//! `G^T` and `Gᵀ` are `G.T`, and `−` is `-`; nothing else is guessed. Two names side by side, a power of something, a
//! sum over an index: such a formula is for a person, and so is LaTeX.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::wording::regex;
use super::{Found, Work, shortened, unread};
use crate::grade::assignment::Item;
use crate::grade::page::{Kind, Line, words};
use crate::read::python::{Token, TokenKind, tokens};
use crate::report::{Reading, Spot};

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
        let text = text.trim().trim_end_matches(['.', ';', ',']).trim_end();
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
            Some(_) => {}
            // A lone word or number in a sentence is no formula.
            None if calculates(&python) => {
                self.take(text, python, spot, Weight::Alone);
            }
            None => {}
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

/// `name = expression`, or `name: expression` in words: the name and the expression.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    for (place, &(at, character)) in chars.iter().enumerate() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '=' if depth == 0 => {
                let before = place.checked_sub(1).map(|before| chars[before].1);
                let after = chars.get(place + 1).map(|after| after.1);
                let compares =
                    after == Some('=') || before.is_some_and(|c| "=!<>+-*/@:".contains(c));
                return (!compares).then(|| (&text[..at], &text[at + 1..]));
            }
            _ => {}
        }
    }
    None
}

/// The text as an expression of Python's, where it certainly is one.
pub(super) fn in_python(text: &str) -> Option<String> {
    static TRANSPOSED: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?P<of>[\p{L}\p{N}_)\]])\s*(?:\^\s*(?:T\b|\{\s*T\s*\}|⊤)|ᵀ|⊤)"));
    let text = text.replace(['−', '–'], "-");
    let text = TRANSPOSED.replace_all(&text, "${of}.T");
    let tokens = tokens(&text);
    let (end, body) = tokens.split_last()?;
    let one_line =
        end.kind == TokenKind::End && body.iter().all(|token| token.kind != TokenKind::End);
    (one_line && is_expression(body)).then(|| text.trim().to_owned())
}

const WORDS: &[&str] = &[
    "not", "and", "or", "in", "is", "if", "else", "for", "lambda", "None", "True", "False",
];

/// Whether tokens can be an expression: operands and operators take turns, and brackets close.
fn is_expression(body: &[Token]) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut operand = false;
    for token in body {
        let joins = WORDS[..9].contains(&token.text);
        match (token.kind, token.text) {
            (TokenKind::Stray | TokenKind::End, _) | (_, ";" | "^" | "->" | "&" | "|") => {
                return false;
            }
            // A text is an argument, such as the pattern of an `einsum`.
            (TokenKind::Text, _) if open.is_empty() || operand => return false,
            (TokenKind::Text, _) => operand = true,
            (TokenKind::Name, _) if joins => operand = false,
            (TokenKind::Name | TokenKind::Number, _) if operand => return false,
            (TokenKind::Name, name) if !is_identifier(name) => return false,
            (TokenKind::Name | TokenKind::Number, _) | (_, "...") => operand = true,
            (_, bracket @ ("(" | "[" | "{")) => {
                open.push(bracket);
                operand = false;
            }
            (_, bracket @ (")" | "]" | "}")) => {
                let pair = matches!(
                    (open.pop(), bracket),
                    (Some("("), ")") | (Some("["), "]") | (Some("{"), "}")
                );
                if !pair {
                    return false;
                }
                operand = true;
            }
            // An index or a call may leave things out: `x[:, None]`, `f()`.
            (_, ":" | "," | "=") if open.is_empty() => return false,
            (_, "-" | "+" | "~" | ":" | "," | "*" | "**") => operand = false,
            (_, _) if !operand => return false,
            _ => operand = false,
        }
    }
    operand && open.is_empty() && !body.is_empty()
}

fn is_identifier(text: &str) -> bool {
    // A superscript is no part of a name.
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_alphabetic() || c.is_ascii_digit() || c == '_' || c == '.')
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
mod tests {
    use super::*;
    use crate::grade::assignment::Assignment;
    use crate::grade::page::lines_of_text;
    use crate::model::{Fault, Source};

    fn came(answer: &str) -> Result<String, Fault> {
        let text = "title = 't'\n[[question]]\nid = 'a'\ntitle = 'a'\nnumber = 1\nwritten = 'expression'\nask = 'grad-check'\nkey = 'W'\n";
        let source = Source {
            name: "a.toml".to_owned(),
            text: text.to_owned(),
        };
        let item = Assignment::parse(&source)?.items.swap_remove(0);
        let lines = lines_of_text(answer);
        let lines: Vec<&Line> = lines.iter().collect();
        Ok(match read(&lines, &item) {
            Found::Work(_, Work::Expression(python)) => python,
            Found::Work(_, Work::Formula) => "LaTeX".to_owned(),
            Found::Work(_, Work::Function(_)) | Found::Answer(_) => "a value".to_owned(),
            Found::Blank(_) => "blank".to_owned(),
            Found::Unreadable(reading) => format!("unreadable: {}", reading.reason),
        })
    }

    #[test]
    fn expressions_are_read_as_they_stand() -> Result<(), Fault> {
        for (answer, expected) in [
            ("dW = 0.5 * G.T @ X", "0.5 * G.T @ X"),
            ("**Answer:** `dW = 0.5 * G.T @ X`", "0.5 * G.T @ X"),
            (
                "**Answer:** the gradient is `0.5*G.T@X`, since X is a constant.",
                "0.5*G.T@X",
            ),
            ("**Answer:** 0.5*G.T@X*2", "0.5*G.T@X*2"),
            ("dW = 0.5 * G^T @ X", "0.5 * G.T @ X"),
            ("dW = 0.5 * Gᵀ @ X.", "0.5 * G.T @ X"),
            ("∂L/∂W = −G^{T} @ X", "-G.T @ X"),
            ("dX = G @ W\ndW = G.T @ X\ndb = G.sum(0)", "G.T @ X"),
            ("dX: `G @ W`\n\n`dW = G.T @ X`", "G.T @ X"),
            (
                "```python\ndelta = (p - y) / N\ndW = delta.T @ h + lam * W  # both terms\n```",
                "((p - y) / N).T @ h + lam * W",
            ),
            (
                "```\nW.grad = torch.einsum('no,ni->oi', G, X)[:, None]\n```",
                "torch.einsum('no,ni->oi', G, X)[:, None]",
            ),
            ("`W` gets `0.5 * G.T @ X`.", "0.5 * G.T @ X"),
            ("so dW is\n\n0.5 * G.T @ X", "0.5 * G.T @ X"),
            ("dW = G", "G"),
        ] {
            assert_eq!(came(answer)?, expected, "{answer}");
        }
        Ok(())
    }

    #[test]
    fn what_is_not_certain_is_not_read() -> Result<(), Fault> {
        for answer in [
            "dW = 0.5 G^T X",
            "dW = 0.5 · G.T @ X",
            "dW = sum_i G_i x_i^T",
            "dW = G**2 X",
            "dW = X^2",
            "dW = (G.T @ X",
            "dW = 'G'",
            "It is half of the upstream gradient times X.",
            "`0.5 * G.T @ X` or `G.T @ X`",
            "dW = G.T @ X\ndW = X.T @ G",
            "W",
            "dX = G @ W",
        ] {
            let came = came(answer)?;
            assert!(came.starts_with("unreadable"), "{answer}: {came}");
        }
        Ok(())
    }

    #[test]
    fn latex_is_for_a_person() -> Result<(), Fault> {
        for answer in [
            r"**Answer:** $\frac{\partial L}{\partial W} = 0.5 G^T X$",
            "$$\n\\nabla_W L = G^\\top X\n$$",
            "\\begin{align}\ndW &= G^T X\n\\end{align}",
        ] {
            assert_eq!(came(answer)?, "LaTeX", "{answer}");
        }
        // An expression beside the derivation counts.
        assert_eq!(came("$\\delta = 2$, so `dW = 2 * G`")?, "2 * G");
        Ok(())
    }
}
