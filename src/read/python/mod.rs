//! The outline of a Python text: its top-level statements, what each binds and what it uses.
//!
//! It is read off the lines and tokens, not parsed, so that a text with an error in it has an outline too, and what is
//! wrong with it can be quoted and put before the interpreter.

mod tokens;

use std::collections::BTreeSet;
use std::ops::Range;

pub use tokens::{Token, TokenKind, tokens};

/// A top-level statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Where it stands, in bytes, decorators included.
    pub range: Range<usize>,
    /// The line that it begins on, from 1.
    pub line: usize,
    /// What it is.
    pub kind: StatementKind,
    /// The names that it binds or changes; `*` for those of a star import.
    pub binds: Vec<String>,
    /// The names that it mentions and does not make itself.
    pub uses: BTreeSet<String>,
}

/// What a top-level statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// `import …`, `from … import …`
    Import,
    /// `def …`
    Function,
    /// `class …`
    Class,
    /// `a = …`, `a[0] = …`, `a += …`
    Assignment,
    /// `if …`, `with …`, `try …`: what stands in it is carried out at most once.
    Block,
    /// Everything else: loops, calls, assertions.
    Other,
}

impl Statement {
    /// Whether it defines this name: not by importing it.
    pub fn defines(&self, name: &str) -> bool {
        let kind = matches!(
            self.kind,
            StatementKind::Function | StatementKind::Class | StatementKind::Assignment
        );
        kind && self.binds.iter().any(|bound| bound == name)
    }

    /// Whether its body says nothing: `pass`, `...`, a text, `raise NotImplementedError`, or `return None`.
    pub fn is_stub(&self, text: &str) -> bool {
        if self.kind != StatementKind::Function {
            return false;
        }
        let tokens = tokens(&text[self.range.clone()]);
        let header =
            logical_lines(&tokens).position(|line| line[0].is("def") || line[0].is("async"));
        let Some(header) = header else { return false };
        let mut body = logical_lines(&tokens).skip(header + 1).peekable();
        if body.peek().is_none() {
            // On one line: `def f(x): pass`.
            let line = logical_lines(&tokens).nth(header).unwrap_or_default();
            return line
                .iter()
                .rposition(|token| token.is(":"))
                .is_some_and(|colon| says_nothing(&line[colon + 1..]));
        }
        body.all(says_nothing)
    }
}

/// The top-level statements of a Python text, in order.
pub fn outline(text: &str) -> Vec<Statement> {
    let tokens = tokens(text);
    let mut groups: Vec<Vec<&[Token]>> = Vec::new();
    let mut decorated = false;
    for line in logical_lines(&tokens) {
        let first = line[0];
        let indented = text[..first.at]
            .chars()
            .next_back()
            .is_some_and(|c| c == ' ' || c == '\t');
        let goes_on = ["else", "elif", "except", "finally"]
            .iter()
            .any(|word| first.is(word));
        match groups.last_mut() {
            Some(group) if indented || goes_on || decorated => group.push(line),
            _ => groups.push(vec![line]),
        }
        decorated = !indented && first.is("@");
    }
    groups.iter().map(|lines| statement(text, lines)).collect()
}

/// The logical lines, without their ends.
fn logical_lines<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    tokens
        .split(|token| token.kind == TokenKind::End)
        .filter(|line| !line.is_empty())
}

fn statement(text: &str, lines: &[&[Token]]) -> Statement {
    let start = lines[0][0].at;
    let end = lines
        .iter()
        .filter_map(|line| line.last())
        .map(Token::end)
        .max();
    let head = lines
        .iter()
        .find(|line| !line[0].is("@"))
        .unwrap_or(&lines[0]);
    let kind = kind(head);
    let binds = match kind {
        StatementKind::Import => imported(head),
        StatementKind::Function | StatementKind::Class => {
            let word = head
                .iter()
                .position(|token| token.is("def") || token.is("class"));
            let name = word.and_then(|word| head.get(word + 1));
            name.map(|name| name.text.to_owned()).into_iter().collect()
        }
        StatementKind::Assignment | StatementKind::Block | StatementKind::Other => {
            lines.iter().flat_map(|line| stored(line)).collect()
        }
    };
    Statement {
        range: start..end.unwrap_or(start),
        line: text[..start].matches('\n').count() + 1,
        kind,
        uses: used(kind, lines, &binds),
        binds,
    }
}

fn kind(line: &[Token]) -> StatementKind {
    let first = line[0];
    let word = |words: &[&str]| words.iter().any(|word| first.is(word));
    if word(&["import", "from"]) {
        StatementKind::Import
    } else if first.is("def")
        || (first.is("async") && line.get(1).is_some_and(|next| next.is("def")))
    {
        StatementKind::Function
    } else if first.is("class") {
        StatementKind::Class
    } else if word(&["if", "with", "try"]) {
        StatementKind::Block
    } else if !word(&["for", "while", "async"]) && !stored(line).is_empty() {
        StatementKind::Assignment
    } else {
        StatementKind::Other
    }
}

/// The names that an import binds.
fn imported(line: &[Token]) -> Vec<String> {
    let from = line[0].is("from");
    let list = if from {
        line.iter()
            .position(|token| token.is("import"))
            .map_or(&[][..], |at| &line[at + 1..])
    } else {
        &line[1..]
    };
    list.split(|token| token.is(",") || token.is("(") || token.is(")"))
        .filter_map(|entry| {
            let renamed = entry.iter().position(|token| token.is("as"));
            let name = renamed.map_or(entry.first(), |at| entry.get(at + 1))?;
            Some(name.text.to_owned())
        })
        .collect()
}

/// The names that a line stores to: `a, b.c, d[0] = …` has a, b and d; `with … as a`, `for a in …` and `(a := …)` too.
fn stored(line: &[Token]) -> Vec<String> {
    let mut depth = 0_usize;
    let mut segment = 0;
    let mut found = Vec::new();
    for (at, token) in line.iter().enumerate() {
        let next = line.get(at + 1);
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            ";" if depth == 0 => segment = at + 1,
            ":=" => found.extend(at.checked_sub(1).map(|before| line[before].text.to_owned())),
            "as" => found.extend(
                next.filter(|next| next.kind == TokenKind::Name)
                    .map(|next| next.text.to_owned()),
            ),
            "for" => {
                let until = line[at..].iter().position(|token| token.is("in"));
                found.extend(targets(
                    &line[at + 1..until.map_or(at + 1, |until| at + until)],
                ));
            }
            operator
                if depth == 0 && is_assignment(operator) && token.kind == TokenKind::Operator =>
            {
                found.extend(targets(&line[segment..at]));
                segment = at + 1;
            }
            _ => {}
        }
    }
    found
}

fn is_assignment(operator: &str) -> bool {
    operator.ends_with('=') && !matches!(operator, "==" | "!=" | "<=" | ">=" | ":=")
}

/// The names in a target: not those of attributes, and not those in an index or an annotation.
fn targets(target: &[Token]) -> Vec<String> {
    let mut index = 0_usize;
    let mut found = Vec::new();
    for (at, token) in target.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| target[before]);
        let operand = before.is_some_and(|before| {
            before.kind == TokenKind::Name || before.is(")") || before.is("]")
        });
        match token.text {
            "[" if index > 0 || operand => index += 1,
            "]" => index = index.saturating_sub(1),
            ":" if index == 0 => break,
            _ if index == 0
                && token.kind == TokenKind::Name
                && !before.is_some_and(|before| before.is(".")) =>
            {
                found.push(token.text.to_owned());
            }
            _ => {}
        }
    }
    found
}

/// The names that a statement mentions, without attributes, without a function's own variables.
fn used(kind: StatementKind, lines: &[&[Token]], binds: &[String]) -> BTreeSet<String> {
    let mut own: BTreeSet<String> = BTreeSet::new();
    let nested = lines.iter().skip(1).any(|line| {
        let word = |word: &str| line.iter().any(|token| token.is(word));
        ["def", "lambda", "class", "global", "nonlocal"]
            .into_iter()
            .any(word)
    });
    if kind == StatementKind::Function && !nested {
        // A name that a function stores to is its own throughout.
        own.extend(lines.iter().flat_map(|line| stored(line)));
        if let Some(head) = lines
            .iter()
            .find(|line| line.iter().any(|token| token.is("def")))
        {
            own.extend(parameters(head));
        }
    }
    let mut uses = BTreeSet::new();
    for line in lines {
        for (at, token) in line.iter().enumerate() {
            let attribute = at > 0 && line[at - 1].is(".");
            match token.kind {
                TokenKind::Name if !attribute => {
                    uses.insert(token.text.to_owned());
                }
                // The names in a formatted string are used as well.
                TokenKind::Text if token.text.starts_with(['f', 'F', 'r', 'R']) => {
                    uses.extend(names_in(token.text));
                }
                _ => {}
            }
        }
    }
    let changes = kind == StatementKind::Assignment;
    uses.retain(|name| !own.contains(name) && (changes || !binds.contains(name)));
    uses
}

/// The names between the brackets of a function's head that stand for its parameters.
fn parameters(head: &[Token]) -> Vec<String> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for (at, token) in head.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            _ if depth == 1 && token.kind == TokenKind::Name => {
                let opens = at.checked_sub(1).is_some_and(|before| {
                    ["(", ",", "*", "**"]
                        .iter()
                        .any(|mark| head[before].is(mark))
                });
                if opens {
                    found.push(token.text.to_owned());
                }
            }
            _ => {}
        }
    }
    found
}

fn names_in(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        .map(str::to_owned)
}

fn says_nothing(line: &[Token]) -> bool {
    let words: Vec<&str> = line.iter().map(|token| token.text).collect();
    match words.as_slice() {
        ["pass" | "..." | "return"] | ["return", "None"] | ["raise", "NotImplementedError", ..] => {
            true
        }
        [_] => line[0].kind == TokenKind::Text,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
