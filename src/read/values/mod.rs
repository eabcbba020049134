//! Values as people write them: `112`, `[125 x 125]`, `22,145`, `3/4`, `0.3 ± 0.01`, `true`.
//!
//! Reading is certain or it is refused ([`Unreadable`]): a guess that fails somebody is worse than a question put to a
//! person. Three rules where two readings are possible:
//!
//! - `22,145` is one number with a thousands separator; that it could be the list 22, 145 is kept as
//!   [`Reading::other`], and a claim holds in either reading. In brackets (`(22, 145)`), with a space after the comma,
//!   or where a shape is asked for ([`shape`]), it is a list.
//! - `34x34=1,156` is the side 34×34 with its area. An equation is read where both sides say the same; the left one
//!   counts.
//! - `(112)` is the number 112; `(112,)` is the shape with that one axis.

mod number;
mod tidy;

use crate::model::{Fault, Shape};
use crate::report::{Claim, Extent, Tolerance, Value};
use number::Number;

/// A value read with certainty.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The value.
    pub value: Value,
    /// How exactly it is meant: the integers as they stand, a decimal at its digits, or what `±` says.
    pub tolerance: Tolerance,
    /// The second meaning of a number with commas: the list.
    pub other: Option<Value>,
}

/// A text that is not certainly a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{written}` cannot be read as {expected}")]
pub struct Unreadable {
    /// The text.
    pub written: String,
    /// What was expected, such as `a shape`.
    pub expected: &'static str,
    /// How such a value is written.
    pub help: &'static str,
}

impl From<Unreadable> for Fault {
    fn from(unreadable: Unreadable) -> Self {
        Fault::new("unreadable-value", unreadable.to_string()).help(unreadable.help)
    }
}

/// The value of a text.
///
/// # Errors
/// If it is not certainly one value.
pub fn value(text: &str) -> Result<Reading, Unreadable> {
    read(&tidy::tidy(text)).ok_or_else(|| Unreadable {
        written: text.trim().to_owned(),
        expected: "a value",
        help: "write a number (112, 1e-3, 3/4, 0.3 ± 0.01), a shape (112x112, (1, 32, 122, 122)), \
               true or false, whole, or one word",
    })
}

/// The shape of a text: `5,6,7,8`, `(5, 6, 7, 8)` and `5x6x7x8` are the same; `()` is a scalar's.
///
/// # Errors
/// If it is not certainly a list of integers that are not negative.
pub fn shape(text: &str) -> Result<Shape, Unreadable> {
    shape_of(&tidy::tidy(text)).ok_or_else(|| Unreadable {
        written: text.trim().to_owned(),
        expected: "a shape",
        help: "write the sizes of all axes, the batch included: 1x3x224x224, 1,3,224,224 or (1, 3, 224, 224)",
    })
}

/// The steps of a written working: `3,5,21,29,125`, `3 → 5 → 21`, `3x3, 5x5, 21x21`.
///
/// # Errors
/// If a step is not a number or a shape.
pub fn working(text: &str) -> Result<Vec<Value>, Unreadable> {
    let steps = tidy::tidy(text).replace("->", "→").replace(';', ",");
    let inner = tidy::without_brackets(&steps).unwrap_or(&steps);
    let separator = if inner.contains('→') { '→' } else { ',' };
    let values: Option<Vec<Value>> = inner.split(separator).map(step_of_working).collect();
    values.ok_or_else(|| Unreadable {
        written: text.trim().to_owned(),
        expected: "a chain of sizes",
        help: "write the sizes after each layer, the last one included: 3,5,21,29,125",
    })
}

/// What a person asserts about the quantity `key`; an unreadable text makes a claim without a value, which is judged
/// `unreadable`.
pub fn claim(key: &str, text: &str) -> Claim {
    let reading = value(text).ok();
    let (expected, tolerance, other) = match reading {
        Some(reading) => (Some(reading.value), reading.tolerance, reading.other),
        None => (None, Tolerance::Exact, None),
    };
    Claim {
        key: key.to_owned(),
        written: text.trim().to_owned(),
        expected,
        other,
        tolerance,
        working: Vec::new(),
    }
}

fn step_of_working(text: &str) -> Option<Value> {
    let reading = read(text.trim())?;
    matches!(
        reading.value,
        Value::Count(_) | Value::Real(_) | Value::Dims(_)
    )
    .then_some(reading.value)
}

/// A tidied text, as one value.
fn read(text: &str) -> Option<Reading> {
    if let Some((value, spread)) = text.split_once('±') {
        return with_spread(value.trim(), spread.trim());
    }
    if let Some((left, right)) = text.split_once('=') {
        return equation(left.trim(), right.trim());
    }
    word(text).or_else(|| single(text)).or_else(|| list(text))
}

/// A word: a truth value, the whole input, or a name.
fn word(text: &str) -> Option<Reading> {
    let exact = |value| {
        Some(Reading {
            value,
            tolerance: Tolerance::Exact,
            other: None,
        })
    };
    match text.to_lowercase().as_str() {
        "true" | "t" | "yes" => exact(Value::Flag(true)),
        "false" | "f" | "no" => exact(Value::Flag(false)),
        "whole" | "the whole input" | "whole input" | "the entire input" | "entire input" => {
            exact(Value::Dims(vec![Extent::Whole]))
        }
        "nan" => exact(Value::Real(f64::NAN)),
        "inf" | "infinity" | "+inf" | "∞" => exact(Value::Real(f64::INFINITY)),
        "-inf" | "-infinity" | "-∞" => exact(Value::Real(f64::NEG_INFINITY)),
        _ => {
            let mut letters = text.chars();
            let is_name = letters.next().is_some_and(char::is_alphabetic)
                && letters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
                && !tidy::is_sizes(text);
            if is_name {
                exact(Value::name(text))
            } else {
                None
            }
        }
    }
}

/// One number; where its commas could separate a list, the list too.
fn single(text: &str) -> Option<Reading> {
    let inner = match tidy::without_brackets(text) {
        Some(inner) if inner.contains(',') => return None,
        Some(inner) => inner,
        None => text,
    };
    let number = Number::read(inner)?;
    let other = inner
        .contains(',')
        .then(|| list(inner).map(|list| list.value))
        .flatten();
    Some(Reading {
        value: number.value(),
        tolerance: number.tolerance(),
        other,
    })
}

/// Several numbers, one an axis.
fn list(text: &str) -> Option<Reading> {
    let numbers: Vec<Option<Number>> = tidy::parts(text)?
        .into_iter()
        .map(|part| match part.to_lowercase().as_str() {
            "whole" => Some(None),
            _ => Number::read_plain(part).map(Some),
        })
        .collect::<Option<_>>()?;
    let tolerance = numbers
        .iter()
        .flatten()
        .map(Number::tolerance)
        .find(|tolerance| *tolerance != Tolerance::Exact)
        .unwrap_or(Tolerance::Exact);
    let extents = numbers
        .iter()
        .map(|number| number.as_ref().map_or(Extent::Whole, Number::extent))
        .collect();
    Some(Reading {
        value: Value::Dims(extents),
        tolerance,
        other: None,
    })
}

/// `0.3 ± 0.01` and `0.25 ± 10%`.
fn with_spread(value: &str, spread: &str) -> Option<Reading> {
    let number = Number::read(value)?;
    let tolerance = match spread.strip_suffix('%') {
        Some(percent) => Tolerance::Relative(Number::read(percent)?.real() / 100.0),
        None => Tolerance::Absolute(Number::read(spread)?.real()),
    };
    let (Tolerance::Relative(width) | Tolerance::Absolute(width)) = tolerance else {
        return None;
    };
    (width >= 0.0).then(|| Reading {
        value: number.value(),
        tolerance,
        other: None,
    })
}

/// An equation of two ways to say one thing: `34x34=1,156` (a side and its area), `3/4 = 0.75`, `RF = 112`.
fn equation(left: &str, right: &str) -> Option<Reading> {
    let result = read(right)?;
    let Some(first) = single(left).or_else(|| list(left)) else {
        return tidy::is_symbol(left).then_some(result);
    };
    let same = match (&first.value, &result.value) {
        (Value::Dims(sides), Value::Count(area)) => area_of(sides) == Some(*area),
        (Value::Real(a), Value::Real(b)) => match result.tolerance {
            Tolerance::Absolute(half) => (a - b).abs() <= half,
            Tolerance::Digits(digits) => (a - b).abs() <= number::half_unit(digits),
            _ => (a - b).abs() <= f64::EPSILON * a.abs(),
        },
        (a, b) => a == b,
    };
    same.then_some(first)
}

fn area_of(sides: &[Extent]) -> Option<i128> {
    sides.iter().try_fold(1_i128, |area, side| match side {
        Extent::Count(count) => area.checked_mul(*count),
        Extent::Real(_) | Extent::Whole => None,
    })
}

fn shape_of(text: &str) -> Option<Shape> {
    if text == "()" || text == "[]" {
        return Some(Shape(Vec::new()));
    }
    let inner = tidy::without_brackets(text).unwrap_or(text);
    let parts = tidy::parts(text).unwrap_or_else(|| vec![inner]);
    parts
        .into_iter()
        .map(|part| match Number::read_plain(part)?.value() {
            Value::Count(count) => usize::try_from(count).ok(),
            _ => None,
        })
        .collect::<Option<Vec<usize>>>()
        .map(Shape)
}
