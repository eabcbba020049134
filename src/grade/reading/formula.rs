//! A number that is answered by a formula over names whose values the assignment gives: `q = p_1 + p_2 - p_1 p_2`.

use std::collections::BTreeMap;

use super::{Found, statement, unread};
use crate::grade::assignment::Item;
use crate::grade::page::{Kind, Line};
use crate::report::{Reading, Value};

/// What makes a name a term of something else.
const SIGNS: [char; 7] = ['+', '-', '−', '*', '·', '/', '('];
/// Brackets deeper than this are no formula of a sheet's.
const DEEPEST: usize = 32;

/// The number that the formulas for the item's quantity come to; `None` where there is none.
pub(super) fn read(lines: &[&Line], item: &Item) -> Option<Found> {
    let mut found: Option<(f64, Reading)> = None;
    for line in lines.iter().filter(|line| line.kind != Kind::Output) {
        for sentence in statement::sentences(line.text()) {
            for (written, number) in sides(sentence, item) {
                match &found {
                    Some((known, reading)) if !near(*known, number) => {
                        let reason = format!("it says both `{}` and `{written}`", reading.written);
                        return Some(Found::Unreadable(unread(lines, reason)));
                    }
                    Some(_) => {}
                    None => {
                        let reading = Reading {
                            quote: super::shortened(sentence.trim()),
                            written,
                            value: Some(Value::Real(number)),
                            place: Some(line.spot),
                            ..Reading::default()
                        };
                        found = Some((number, reading));
                    }
                }
            }
        }
    }
    found.map(|(_, reading)| Found::Answer(reading))
}

/// The sides of an equation for the quantity that come to a number, behind `q =`.
fn sides(sentence: &str, item: &Item) -> Vec<(String, f64)> {
    let mut sides = sentence.split(['=', '≈']);
    let names = item.names();
    let is_quantity = |side: &str| {
        let mut words = side.split_whitespace().rev();
        let last = words.next().unwrap_or("").trim_matches(['`', '*', '$']);
        // `1 - q` is not `q`.
        let alone = words.next().is_none_or(|word| !word.ends_with(SIGNS));
        alone && names.iter().any(|name| last == name)
    };
    if !sides.by_ref().any(is_quantity) {
        return Vec::new();
    }
    let trimmed = |side: &str| {
        let side = side.trim().trim_end_matches(['.', ',', ';', ':']);
        side.trim_matches(['`', '$', ' ']).to_owned()
    };
    sides
        .map(trimmed)
        .filter_map(|side| evaluate(&side, &item.given).map(|number| (side, number)))
        .collect()
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0)
}

/// The number that a text comes to, where it is nothing but arithmetic over the given names.
fn evaluate(text: &str, given: &BTreeMap<String, f64>) -> Option<f64> {
    let chars = text.chars().filter(|c| *c != '_' && *c != '{' && *c != '}');
    let mut sum = Sum {
        chars: chars.collect(),
        at: 0,
        given,
    };
    let number = sum.sum(0)?;
    (sum.peek().is_none() && number.is_finite()).then_some(number)
}

/// A reader of sums and products.
struct Sum<'a> {
    chars: Vec<char>,
    at: usize,
    given: &'a BTreeMap<String, f64>,
}

impl Sum<'_> {
    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at) == Some(&' ') {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    fn sum(&mut self, depth: usize) -> Option<f64> {
        let mut total = self.product(depth)?;
        while let Some(sign @ ('+' | '-' | '−')) = self.peek() {
            self.at += 1;
            let term = self.product(depth)?;
            total += if sign == '+' { term } else { -term };
        }
        Some(total)
    }

    /// Factors, with or without a sign between them.
    fn product(&mut self, depth: usize) -> Option<f64> {
        let mut total = self.factor(depth)?;
        loop {
            match self.peek() {
                Some('*' | '·' | '×' | '∗') => {
                    self.at += 1;
                    total *= self.factor(depth)?;
                }
                Some('/' | '÷') => {
                    self.at += 1;
                    total /= self.factor(depth)?;
                }
                Some(c) if c == '(' || c == '[' || c.is_alphabetic() => {
                    total *= self.factor(depth)?;
                }
                _ => return Some(total),
            }
        }
    }

    fn factor(&mut self, depth: usize) -> Option<f64> {
        match self.peek()? {
            '-' | '−' if depth < DEEPEST => {
                self.at += 1;
                Some(-self.factor(depth + 1)?)
            }
            open @ ('(' | '[') if depth < DEEPEST => {
                self.at += 1;
                let inner = self.sum(depth + 1)?;
                let close = if open == '(' { ')' } else { ']' };
                (self.peek()? == close).then(|| self.at += 1)?;
                Some(inner)
            }
            c if c.is_ascii_digit() || c == '.' => {
                let rest = &self.chars[self.at..];
                let digits: String = rest
                    .iter()
                    .take_while(|c| c.is_ascii_digit() || **c == '.')
                    .collect();
                self.at += digits.len();
                digits.parse().ok()
            }
            _ => {
                let rest: String = self.chars[self.at..].iter().collect();
                let longest = self
                    .given
                    .iter()
                    .filter(|(name, _)| rest.starts_with(name.as_str()))
                    .max_by_key(|(name, _)| name.len())?;
                self.at += longest.0.chars().count();
                Some(*longest.1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_come_to_numbers() {
        let given = BTreeMap::from([("p1".to_owned(), 0.1), ("p2".to_owned(), 0.2)]);
        for (text, expected) in [
            ("1 - (1 - p1) * (1 - p2)", Some(0.28)),
            ("p_1 + p_2 - p_1 p_2", Some(0.28)),
            ("1 - (1 - p_2 - p_1 + p_1p_2)", Some(0.28)),
            ("1-(1-p_{1})(1-p_{2})", Some(0.28)),
            ("1 − 0.9 · 0.8", Some(0.28)),
            ("p1 · p2", Some(0.02)),
            ("(p1 + p2)/2", Some(0.15)),
            ("-p1 + 1", Some(0.9)),
            ("p1 + p3", None),
            ("Pr(p1)", None),
            ("p1 +", None),
            ("(p1", None),
            ("p1/0", None),
            ("", None),
        ] {
            match (evaluate(text, &given), expected) {
                (Some(number), Some(expected)) => assert!(near(number, expected), "{text}"),
                (came, expected) => assert_eq!(came, expected, "{text}"),
            }
        }
        assert_eq!(evaluate(&"(".repeat(10_000), &given), None);
        assert_eq!(evaluate(&"-".repeat(10_000), &given), None);
    }
}
