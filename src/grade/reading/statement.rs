//! The values that an answer states, and how much weight each statement has.

use std::sync::LazyLock;

use regex::Regex;

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
    });
    true
}

/// Pieces that end with a point before a capital, with a semicolon, or with an arrow.
fn sentences(text: &str) -> Vec<&str> {
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

/// A value in a sentence, and what leads to it.
#[derive(Debug, Clone)]
struct Mention {
    text: String,
    value: Value,
    cue: Cue,
    /// Where it stands in the sentence, in bytes.
    at: usize,
}

/// What leads to a value, the surest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cue {
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
fn chosen(values: &[Mention], sentence: &str, names: &[String]) -> Option<Mention> {
    let mut values = values.to_vec();
    if values.iter().any(|value| is_hedged(&sentence[..value.at]))
        || offers_a_choice(&values, sentence)
    {
        return None;
    }
    for value in &mut values {
        if named_before(&sentence[..value.at], names) {
            value.cue = Cue::Named;
        }
    }
    let surest = values.iter().map(|value| value.cue).max()?;
    let best: Vec<&Mention> = values.iter().filter(|value| value.cue == surest).collect();
    let last = best.last()?;
    let agree = best.iter().all(|value| same(&value.value, &last.value));
    agree.then(|| (*last).clone())
}

/// Whether a value is denied or only bounded: `not 112`, `at least 112`, `between 100 and 120`.
fn is_hedged(before: &str) -> bool {
    static HEDGE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?:\b(?:not|n't|never|than|least|most|between|almost|nearly|about|around|approximately|roughly|maybe|perhaps)\b|[≈<>≤≥])\W*(?:\ba\b\W*)?$",
        )
    });
    HEDGE.is_match(before)
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

/// Whether the text before a value is the quantity's name and a copula, with no other number in between.
fn named_before(before: &str, names: &[String]) -> bool {
    static COPULA: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?:\b(?:is|are|be|was|of|equals?|equal to|becomes|comes to|has|have|to)\b[^\d=]{0,24}|[=:≈]\s*\W{0,3})$",
        )
    });
    COPULA.is_match(before)
        && names.iter().any(|name| {
            position_of(before, name).is_some_and(|end| {
                // Another number with its own copula in between would be what the name belongs to.
                static OTHER: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)(?:\bis|=)\s*\W?\d"));
                !OTHER.is_match(&before[end..])
            })
        })
}

/// Where a name ends in a text, slips in long words forgiven.
fn position_of(text: &str, name: &str) -> Option<usize> {
    let wanted: Vec<&str> = name.split(' ').collect();
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    for (at, c) in text
        .char_indices()
        .chain(std::iter::once((text.len(), ' ')))
    {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                spans.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    let near = |(from, to): &(usize, usize), word: &str| {
        let found = text[*from..*to].to_lowercase();
        found == word || (word.len() >= 6 && strsim::damerau_levenshtein(&found, word) <= 2)
    };
    spans
        .windows(wanted.len())
        .rev()
        .find(|window| {
            window
                .iter()
                .zip(&wanted)
                .all(|(span, word)| near(span, word))
        })
        .and_then(|window| window.last().map(|span| span.1))
}

fn mentions(sentence: &str, names: &[String]) -> bool {
    names
        .iter()
        .any(|name| position_of(sentence, name).is_some())
}

/// Whether a sentence is about one layer on the way.
fn is_step(sentence: &str) -> bool {
    static STEP: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix)\b(?:conv\d*|conv\dd|convolution|(?:max|avg|average)?-?pool\w*|relu)\b
              | \b(?:layer|step|stage|block)\s*[-\#(:]?\s*\d
              | \b[a-z]{1,3}_\{?\d
              | \b(?:first|second|third|fourth|fifth|1st|2nd|3rd|4th|5th|next|previous)\s+(?:\w+\s+)?layer
              | \bafter\s+(?:the\s+)?(?:layer|first|second|third|fourth|fifth)",
        )
    });
    STEP.is_match(sentence)
}

/// Whether a sentence closes the whole answer: `therefore` stands between steps too, `in conclusion` does not.
fn closes(sentence: &str) -> bool {
    static CLOSE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:in\s+conclusion|to\s+conclude|we\s+conclude|in\s+total|overall|altogether|finally|(?:final\s+)?answer\s+(?:is|if))\b",
        )
    });
    CLOSE.is_match(sentence)
}

/// Whether a length in a sentence may be that of something else than what was asked for.
fn is_of_another(sentence: &str) -> bool {
    static OTHER: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:outputs?|inputs?|images?|kernels?|filters?|strides?|padding|dilation|feature\s+maps?)\b",
        )
    });
    OTHER.is_match(sentence)
}

/// Whether a sentence draws a conclusion.
fn concludes(sentence: &str) -> bool {
    static CUE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix)\b(?:in\s+conclusion|conclude|conclusion|in\s+total|overall|altogether|finally|therefore|thus|hence
              |(?:the\s+)?(?:final\s+)?(?:answer|result)\s+(?:is|if|=|:)|we\s+(?:get|got|obtain|have\s+got)\s+(?:a|the|that))\b",
        )
    });
    CUE.is_match(sentence)
}

/// The values in a sentence: of an equation what stands alone on one of its sides.
fn values_in(sentence: &str, written: Written) -> Vec<Mention> {
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
    let before = side[..start].chars().next_back();
    let after = side[end..].chars().next();
    let unit = side[end..].trim_start().starts_with("px") || side[end..].starts_with("pixel");
    let range = side[end..].trim_start().starts_with(['-', '–', '/'])
        && side[end..]
            .trim_start_matches(['-', '–', '/', ' '])
            .starts_with(|c: char| c.is_ascii_digit());
    range
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

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a fixed expression")
}
