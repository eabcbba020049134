//! The values in one sentence, and which of them it states.

use std::sync::LazyLock;

use regex::Regex;

use super::statement::same;
use super::value;
use super::wording::{is_hedged, named_before, named_behind, regex};
use crate::grade::assignment::Written;
use crate::report::{Extent, Value};

/// A value in a sentence, and what leads to it.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) text: String,
    pub(super) value: Value,
    pub(super) cue: Cue,
    /// Where it stands in the sentence, in bytes.
    at: usize,
}

/// What leads to a value, the surest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cue {
    /// Nothing.
    Bare,
    /// `is`, `of`, `=`.
    Copula,
    /// A unit behind it, a word for a length before it, or several numbers that make a size.
    Size,
    /// The name of the quantity before it.
    Named,
}

/// The value that a sentence states: the surest; none where two equally sure ones differ.
pub(super) fn chosen(values: &[Mention], sentence: &str, names: &[String]) -> Option<Mention> {
    let mut values = values.to_vec();
    if values.iter().any(|value| is_hedged(&sentence[..value.at]))
        || offers_a_choice(&values, sentence)
    {
        return None;
    }
    for value in &mut values {
        let (before, after) = (
            &sentence[..value.at],
            &sentence[value.at + value.text.len()..],
        );
        if named_before(before, names) || named_behind(after, names) {
            value.cue = Cue::Named;
        }
    }
    let surest = values.iter().map(|value| value.cue).max()?;
    let best: Vec<&Mention> = values.iter().filter(|value| value.cue == surest).collect();
    let last = best.last()?;
    let agree = best.iter().all(|value| same(&value.value, &last.value));
    agree.then(|| (*last).clone())
}

/// Whether two different values stand side by side for a reader to choose: `112 or 122`.
fn offers_a_choice(values: &[Mention], sentence: &str) -> bool {
    values.windows(2).any(|pair| {
        let between = sentence
            .get(pair[0].at + pair[0].text.len()..pair[1].at)
            .unwrap_or("");
        let words = between.replace("pixels", "");
        !same(&pair[0].value, &pair[1].value)
            && matches!(words.trim(), "or" | "or maybe" | "to" | "-" | "–" | "/")
    })
}

/// The values in a sentence: of an equation what stands alone on one of its sides.
pub(super) fn values_in(sentence: &str, written: Written) -> Vec<Mention> {
    let sides: Vec<(usize, &str)> = sides(sentence);
    let mut found = Vec::new();
    let several = sides.len() > 1;
    for (index, (offset, side)) in sides.iter().enumerate() {
        let last = index + 1 == sides.len();
        if several && is_expression(side) {
            continue;
        }
        if several && index > 0 {
            // Between two signs of equality, or behind the last: the value that the side begins with.
            let at_start = candidates(side, written)
                .into_iter()
                .find(|(at, _)| side[..*at].trim().is_empty());
            if let Some((at, text)) = at_start
                && let Some(value) = value(text, written)
                && (last || side.trim() == text.trim())
            {
                found.push(Mention {
                    text: text.to_owned(),
                    value,
                    cue: Cue::Copula,
                    at: offset + at,
                });
            }
            if !last {
                continue;
            }
        }
        let begun = found
            .last()
            .filter(|_| several && index > 0)
            .map_or(0, |mention| {
                (mention.at + mention.text.len()).saturating_sub(*offset)
            });
        for (at, text) in candidates(side, written)
            .into_iter()
            .filter(|(at, _)| *at >= begun)
        {
            if let Some(value) = value(text, written) {
                let cue = cue(&side[..at], &side[at + text.len()..], &value, written);
                found.push(Mention {
                    text: text.to_owned(),
                    value,
                    cue,
                    at: offset + at,
                });
            }
        }
    }
    area_is_no_rival(&mut found);
    found
}

/// `34x34 = 1,156`: the area of the size before it is not another size.
fn area_is_no_rival(found: &mut Vec<Mention>) {
    let area = |value: &Value| match value {
        Value::Dims(dims) => dims.iter().try_fold(1_i128, |area, extent| match extent {
            Extent::Count(count) => area.checked_mul(*count),
            _ => None,
        }),
        _ => None,
    };
    let areas: Vec<i128> = found
        .iter()
        .filter_map(|mention| area(&mention.value))
        .collect();
    found.retain(|mention| !matches!(mention.value, Value::Count(count) if areas.contains(&count)));
}

/// The sides of an equation, each with where it begins.
fn sides(sentence: &str) -> Vec<(usize, &str)> {
    let mut sides = Vec::new();
    let mut start = 0;
    for (at, sign) in sentence.match_indices(['=', '≈']) {
        sides.push((start, &sentence[start..at]));
        start = at + sign.len();
    }
    sides.push((start, &sentence[start..]));
    sides
}

/// Whether a side of an equation is a sum or a product that is worked out.
fn is_expression(side: &str) -> bool {
    static OPERATOR: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"[\w)\]]\s*(?:[+·/]|\*\*?|\s-\s|×\s*\()\s*[\w(\[]|\)\s*[×(]|\d\s*-\s*\d|\d\(")
    });
    OPERATOR.is_match(side)
}

/// The texts in a side that may be values, and where they begin.
fn candidates(side: &str, written: Written) -> Vec<(usize, &str)> {
    static NUMBER: &str = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?";
    static SIZE: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            r"[\[(]?\s*(?:{NUMBER})(?:\s*(?:[xX×]|\bby\b)\s*(?:{NUMBER}))*\s*[\])]?"
        ))
    });
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?:torch\.Size\s*\()?[\[(]\s*\d+(?:\s*,\s*\d+)+\s*,?\s*[\])]\)?(?:\s*[xX×]\s*\d+)*|[\[(]?\d+(?:\s*[xX×]\s*\d+)+[\])]?(?:\s*[xX×]\s*\d+)*",
        )
    });
    static COUNT: LazyLock<Regex> = LazyLock::new(|| regex(NUMBER));
    let pattern: &Regex = match written {
        Written::Shape => &SHAPE,
        Written::Size => &SIZE,
        _ => &COUNT,
    };
    pattern
        .find_iter(side)
        .map(|found| {
            let text = found.as_str();
            let text = if balanced(text) {
                text
            } else {
                text.trim_matches(['(', ')', '[', ']', ' '])
            };
            let text = text.trim();
            (found.start() + found.as_str().find(text).unwrap_or(0), text)
        })
        .filter(|(at, text)| !touches_a_word(side, *at, at + text.len()))
        .collect()
}

fn balanced(text: &str) -> bool {
    text.matches(['(', '[']).count() == text.matches([')', ']']).count()
}

/// Whether a number is part of a word or of a longer expression: `conv2`, `R_5`, `2D`, `2^3`, `k=3`'s `k`.
fn touches_a_word(side: &str, start: usize, end: usize) -> bool {
    static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)^\s+(?:layers?|times|channels?|filters?|kernels?|images?|samples?|epochs?|steps?|units?|neurons?|modules?|copies)\b",
        )
    });
    let before = side[..start].chars().next_back();
    let after = side[end..].chars().next();
    let unit = side[end..].trim_start().starts_with("px") || side[end..].starts_with("pixel");
    let range = side[end..].trim_start().starts_with(['-', '–', '/'])
        && side[end..]
            .trim_start_matches(['-', '–', '/', ' '])
            .starts_with(|c: char| c.is_ascii_digit());
    range
        || COUNTED.is_match(&side[end..])
        || before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '^' | '.' | '-' | '/'))
        || after.is_some_and(|c| (c.is_alphanumeric() && !unit) || matches!(c, '^' | '_' | '%'))
}

/// What leads to a value, by the words around it.
fn cue(before: &str, after: &str, value: &Value, written: Written) -> Cue {
    static LENGTH: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:size|extent|length|width|total|shape|field|region)\b\W*(?:\b(?:is|of|to|be|are)\b)?\W*(?:a|an|the|exactly|about|roughly)?\W*$",
        )
    });
    static COPULA: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)(?:\b(?:is|are|be|was|of|to|a|an|gives?|get|got|obtain|by)\W*|[:=]\s*)$")
    });
    static UNIT: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i)^\s*(?:pixels?|px|parameters?|params|weights|trainable)\b"));
    let several = matches!(value, Value::Dims(dims) if dims.len() > 1) && written == Written::Size;
    if several || UNIT.is_match(after) || LENGTH.is_match(before) {
        Cue::Size
    } else if COPULA.is_match(before) {
        Cue::Copula
    } else {
        Cue::Bare
    }
}
