//! A sentence that is true or false, decided by the numbers of the same report.

use std::ops::Not;

use schemars::JsonSchema;
use serde::Serialize;

use super::Defence;

/// A sentence that somebody may hold to be true or false, and what the numbers beside it say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Statement {
    /// The key that a claim names.
    pub key: String,
    /// The sentence, as it is asserted.
    pub text: String,
    /// What the numbers say.
    pub finding: Finding,
    /// The numbers that say it, in a sentence; where it is open, what would decide it.
    pub because: String,
    /// Where it is arguable, each answer with the evidence for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Defence>,
}

/// What an experiment says of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Finding {
    /// It holds, with a margin.
    True,
    /// It does not hold, with a margin.
    False,
    /// The numbers lie within their margin.
    Open,
    /// Both answers can be defended, and the numbers support each in its reading.
    Arguable,
}

impl Finding {
    /// `left > right`, with this margin: open where the two lie within it, or one is not a number.
    pub fn greater(left: f64, right: f64, margin: f64) -> Self {
        // ∞ − ∞ is no number, and so open.
        let difference = left - right;
        if difference > margin {
            Self::True
        } else if difference < -margin {
            Self::False
        } else {
            Self::Open
        }
    }

    /// Whether a difference is none: up to `same` it is rounding, from `apart` on it is real, between them it is open.
    pub fn none(difference: f64, same: f64, apart: f64) -> Self {
        if difference.abs() <= same {
            Self::True
        } else if difference.abs() >= apart {
            Self::False
        } else {
            Self::Open
        }
    }

    /// Both hold: false where one is false, whatever the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            (Self::Arguable, _) | (_, Self::Arguable) => Self::Arguable,
            _ => Self::Open,
        }
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !((!self).and(!other))
    }

    /// The answer; `None` where there is none.
    pub fn answer(self) -> Option<bool> {
        match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::Open | Self::Arguable => None,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Open => "open",
            Self::Arguable => "arguable",
        }
    }
}

/// What is known exactly.
impl From<bool> for Finding {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// Open stays open, arguable stays arguable.
impl Not for Finding {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            other => other,
        }
    }
}

impl Statement {
    /// A sentence with what the numbers say of it, and these numbers in a sentence.
    pub fn new(key: &str, text: &str, finding: Finding, because: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            text: text.to_owned(),
            finding,
            because: because.into(),
            readings: Vec::new(),
        }
    }

    /// A sentence that can be read in two ways: what makes it true, and what makes it false, each with its numbers.
    pub fn arguable(
        key: &str,
        text: &str,
        why_open: impl Into<String>,
        if_true: impl Into<String>,
        if_false: impl Into<String>,
    ) -> Self {
        let defence = |answer: &str, because: String| Defence {
            answer: answer.to_owned(),
            because,
        };
        Self {
            readings: vec![
                defence("true", if_true.into()),
                defence("false", if_false.into()),
            ],
            ..Self::new(key, text, Finding::Arguable, why_open)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Finding::{self, Arguable, False, Open, True};

    #[test]
    fn a_margin_is_kept_on_both_sides() {
        for (left, right, margin, expected) in [
            (2.0, 1.0, 0.5, True),
            (1.0, 2.0, 0.5, False),
            (1.2, 1.0, 0.5, Open),
            (1.0, 1.2, 0.5, Open),
            (1.0, 1.0, 0.0, Open),
            (f64::NAN, 1.0, 0.5, Open),
            (f64::INFINITY, 1.0, 0.5, True),
            (f64::INFINITY, f64::INFINITY, 0.5, Open),
        ] {
            assert_eq!(
                Finding::greater(left, right, margin),
                expected,
                "{left} > {right}"
            );
        }
    }

    #[test]
    fn a_difference_between_rounding_and_real_is_open() {
        for (difference, expected) in [
            (0.0, True),
            (1e-13, True),
            (-1e-13, True),
            (1e-8, Open),
            (0.1, False),
            (-0.1, False),
            (f64::NAN, Open),
        ] {
            assert_eq!(Finding::none(difference, 1e-12, 1e-6), expected);
        }
    }

    #[test]
    fn what_is_open_decides_nothing_and_hides_nothing() {
        assert_eq!(True.and(Open), Open);
        assert_eq!(False.and(Open), False);
        assert_eq!(False.and(Arguable), False);
        assert_eq!(True.or(Open), True);
        assert_eq!(False.or(Open), Open);
        assert_eq!(Open.and(Arguable), Arguable);
        assert_eq!(!Open, Open);
        assert_eq!(!True, False);
    }
}
