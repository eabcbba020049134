//! Where an axis begins and ends, and where its ticks stand.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::report::Axis;

/// Ticks, about.
const TICKS: f64 = 6.0;

/// An axis in the coordinates that are drawn: the number itself, its logarithm, or the number turned over.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    axis: Axis,
    /// The ends, in what is drawn.
    pub(super) ends: (f64, f64),
    /// The ticks, in what is drawn.
    pub(super) ticks: Vec<f64>,
    /// The distance of two ticks.
    step: f64,
}

impl Scale {
    /// An axis for these numbers; `None` where none of them has a place on it. Where there is room to leave, a
    /// twentieth is left at either end; `from_zero` begins at 0.
    pub(super) fn new(
        axis: Axis,
        numbers: impl Iterator<Item = f64>,
        from_zero: bool,
    ) -> Option<Self> {
        let (mut low, mut high) = numbers
            .filter_map(|number| place(axis, number))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
                (low.min(number), high.max(number))
            });
        if low > high {
            return None;
        }
        let starts_at_zero = from_zero && axis == Axis::Linear && low >= 0.0;
        if starts_at_zero {
            low = 0.0;
        }
        let room = if high > low {
            (high - low) / 20.0
        } else if axis == Axis::Log {
            1.0
        } else {
            (high.abs() / 10.0)
                .max(f64::MIN_POSITIVE.sqrt())
                .max(if high == 0.0 { 1.0 } else { 0.0 })
        };
        if !starts_at_zero {
            let never_negative = axis == Axis::Linear && low >= 0.0;
            low -= room;
            if never_negative {
                low = low.max(0.0);
            }
        }
        high += room;
        let step = step(axis, high - low);
        Some(Self {
            axis,
            ends: (low, high),
            ticks: ticks(low, high, step),
            step,
        })
    }

    /// Where a number is drawn.
    pub(super) fn place(&self, number: f64) -> Option<f64> {
        place(self.axis, number)
    }

    /// A tick in words.
    pub(super) fn label(&self, tick: f64) -> String {
        match self.axis {
            Axis::Log => power(tick),
            Axis::Down => plain(-tick, self.step),
            Axis::Linear => plain(tick, self.step),
        }
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    #[expect(clippy::cast_possible_truncation, reason = "pixels")]
    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.ends.0) / (self.ends.1 - self.ends.0);
        from + (share * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.ends.0..self.ends.1
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, tick: &f64) -> String {
        self.label(*tick)
    }
}

fn place(axis: Axis, number: f64) -> Option<f64> {
    let place = match axis {
        Axis::Linear => number,
        Axis::Log if number > 0.0 => number.log10(),
        Axis::Log => return None,
        Axis::Down => -number,
    };
    place.is_finite().then_some(place)
}

/// A step of 1, 2 or 5 times a power of ten; whole powers on a logarithmic axis.
fn step(axis: Axis, span: f64) -> f64 {
    let wanted = span / TICKS;
    let power = 10_f64.powf(wanted.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|times| times * power)
        .find(|step| *step >= wanted)
        .unwrap_or(10.0 * power);
    match axis {
        // Powers of ten, and rows, are whole.
        Axis::Log | Axis::Down => step.max(1.0),
        Axis::Linear => step,
    }
}

fn ticks(low: f64, high: f64, step: f64) -> Vec<f64> {
    const MOST: u32 = 20;
    let first = (low / step).ceil();
    (0..MOST)
        .map(|tick| (first + f64::from(tick)) * step)
        .take_while(|tick| *tick <= high)
        .collect()
}

/// A number to the digits that tell one tick from the next.
fn plain(number: f64, step: f64) -> String {
    let number = if number.abs() < step / 1000.0 {
        0.0
    } else {
        number
    };
    if number.abs() >= 1e6 || step < 1e-5 {
        let digits = (number.abs() / step).log10().max(0.0).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few digits"
        )]
        let digits = if digits.is_finite() {
            digits as usize
        } else {
            0
        };
        return format!("{number:.digits$e}");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most five digits"
    )]
    let digits = (-step.log10().floor()).max(0.0) as usize;
    format!("{number:.digits$}")
}

/// 10⁻³.
fn power(exponent: f64) -> String {
    if exponent.fract() != 0.0 {
        return format!("{:.1e}", 10_f64.powf(exponent));
    }
    let digits = format!("{exponent:.0}");
    let raised = digits.chars().map(|digit| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit
            .to_digit(10)
            .and_then(|value| char::from_u32(0x2070 + value))
            .unwrap_or(digit),
    });
    format!("10{}", raised.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: Axis, numbers: &[f64]) -> Vec<String> {
        let scale = Scale::new(axis, numbers.iter().copied(), false).expect("numbers");
        scale.ticks.iter().map(|tick| scale.label(*tick)).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            labels(Axis::Linear, &[1.0, 6.0]),
            ["1", "2", "3", "4", "5", "6"]
        );
        assert_eq!(labels(Axis::Linear, &[0.0, 0.5])[1], "0.1");
        assert_eq!(
            labels(Axis::Down, &[0.0, 100.0]),
            ["100", "80", "60", "40", "20", "0"]
        );
        let log = labels(Axis::Log, &[1e-12, 1.0]);
        assert!(
            log.contains(&"10⁻¹⁰".to_owned()) && log.contains(&"10⁰".to_owned()),
            "{log:?}"
        );
    }

    #[test]
    fn any_numbers_have_an_axis_or_none() {
        for numbers in [
            &[0.0][..],
            &[5.0],
            &[-3e40, 3e40],
            &[1e-40, 2e-40],
            &[1e300],
        ] {
            for axis in [Axis::Linear, Axis::Log, Axis::Down] {
                let Some(scale) = Scale::new(axis, numbers.iter().copied(), true) else {
                    assert!(axis == Axis::Log && numbers == [0.0]);
                    continue;
                };
                assert!(scale.ends.0 < scale.ends.1, "{numbers:?} {axis:?}");
                assert!(scale.ticks.len() < 20);
            }
        }
        assert!(Scale::new(Axis::Linear, [f64::NAN].into_iter(), false).is_none());
    }
}
