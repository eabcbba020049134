//! Whether a text certainly is an expression in Python.

use std::sync::LazyLock;

use regex::Regex;

use crate::grade::reading::wording::regex;
use crate::read::python::{Token, TokenKind, tokens};

/// `name = expression`, or `name: expression` in words: the name and the expression.
pub(super) fn assignment(text: &str) -> Option<(&str, &str)> {
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
pub(in crate::grade) fn in_python(text: &str) -> Option<String> {
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
            (TokenKind::Name, _) if joins => operand = false,
            (TokenKind::Name | TokenKind::Number, _) if operand => return false,
            (TokenKind::Name, name) if !is_identifier(name) => return false,
            (TokenKind::Name | TokenKind::Number | TokenKind::Text, _) | (_, "...") => {
                operand = true;
            }
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

pub(super) fn is_identifier(text: &str) -> bool {
    // A superscript is no part of a name.
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_alphabetic() || c.is_ascii_digit() || c == '_' || c == '.')
}
