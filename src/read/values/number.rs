//! One number, with the digits that it was written with.

use std::sync::LazyLock;

use regex::Regex;

use super::tidy::{compile, without_unit};
use crate::report::{Extent, Tolerance, Value};

/// A number and how exactly it was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// An integer.
    Count(i128),
    /// A decimal and the power of ten of its last digit (`0.14`: −2, `1.5e3`: 2).
    Decimal(f64, i32),
    /// A fraction.
    Fraction(f64),
}

static THOUSANDS: LazyLock<Regex> =
    LazyLock::new(|| compile(r"^[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?$"));
static INTEGER: LazyLock<Regex> = LazyLock::new(|| compile(r"^[+-]?[0-9]+$"));
static DECIMAL: LazyLock<Regex> = LazyLock::new(|| {
    compile(r"^([+-]?(?:[0-9]+\.?([0-9]*)|\.([0-9]+)))(?:[eE]([+-]?[0-9]{1,4}))?$")
});
static POWER_OF_TEN: LazyLock<Regex> =
    LazyLock::new(|| compile(r"^(.+?)\s*×\s*10\s*\^\s*\{?\s*([+-]?[0-9]{1,4})\s*\}?$"));

impl Number {
    /// A number in which commas separate thousands.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = without_unit(text.trim());
        if THOUSANDS.is_match(text) {
            return Self::read_plain(&text.replace(',', ""));
        }
        Self::read_plain(text)
    }

    /// A number without commas.
    pub(super) fn read_plain(text: &str) -> Option<Self> {
        let text = without_unit(text.trim());
        if let Some(percent) = text.strip_suffix('%') {
            return Self::hundredth(Self::read_plain(percent)?);
        }
        if let Some((over, under)) = text.split_once('/') {
            let (over, under) = (
                Self::read_plain(over)?.real(),
                Self::read_plain(under)?.real(),
            );
            return Self::finite(Self::Fraction(over / under));
        }
        if let Some(parts) = POWER_OF_TEN.captures(text) {
            return Self::decimal(&format!("{}e{}", &parts[1], &parts[2]));
        }
        let digits = text.replace(['_', '\''], "");
        if INTEGER.is_match(&digits) {
            return digits.parse().ok().map(Self::Count);
        }
        Self::decimal(&digits)
    }

    fn decimal(text: &str) -> Option<Self> {
        let parts = DECIMAL.captures(text)?;
        let decimals = parts
            .get(2)
            .or(parts.get(3))
            .map_or(0, |digits| digits.len());
        let exponent: i32 = parts
            .get(4)
            .map_or(Some(0), |digits| digits.as_str().parse().ok())?;
        let last_digit = exponent.checked_sub(i32::try_from(decimals).ok()?)?;
        Self::finite(Self::Decimal(text.parse().ok()?, last_digit))
    }

    #[expect(clippy::cast_precision_loss, reason = "a percentage is a real number")]
    fn hundredth(percent: Self) -> Option<Self> {
        let number = match percent {
            Self::Count(count) => Self::Decimal(count as f64 / 100.0, -2),
            Self::Decimal(value, last_digit) => Self::Decimal(value / 100.0, last_digit - 2),
            Self::Fraction(value) => Self::Fraction(value / 100.0),
        };
        Self::finite(number)
    }

    fn finite(number: Self) -> Option<Self> {
        number.real().is_finite().then_some(number)
    }

    /// The number as a real.
    #[expect(
        clippy::cast_precision_loss,
        reason = "asked for where a real is wanted"
    )]
    pub(super) fn real(&self) -> f64 {
        match *self {
            Self::Count(count) => count as f64,
            Self::Decimal(value, _) | Self::Fraction(value) => value,
        }
    }

    pub(super) fn value(&self) -> Value {
        match *self {
            Self::Count(count) => Value::Count(count),
            Self::Decimal(value, _) | Self::Fraction(value) => Value::Real(value),
        }
    }

    pub(super) fn extent(&self) -> Extent {
        match *self {
            Self::Count(count) => Extent::Count(count),
            Self::Decimal(value, _) | Self::Fraction(value) => Extent::Real(value),
        }
    }

    /// What was written says how exactly it is meant: integers and fractions exactly, a decimal to its last digit.
    pub(super) fn tolerance(&self) -> Tolerance {
        match *self {
            Self::Count(_) | Self::Fraction(_) => Tolerance::Exact,
            Self::Decimal(_, last_digit) => match u32::try_from(-last_digit) {
                Ok(digits) => Tolerance::Digits(digits),
                Err(_) => Tolerance::Absolute(0.5 * 10_f64.powi(last_digit)),
            },
        }
    }
}

/// Half a unit of the last of so many decimals.
pub(super) fn half_unit(digits: u32) -> f64 {
    0.5 * 10_f64.powi(-i32::try_from(digits).unwrap_or(i32::MAX))
}
