//! A curve in one line of a terminal.

use crate::report::{Axis, Curve, Series, Shape};

/// Columns of a small picture.
pub(super) const WIDTH: usize = 32;

/// Heights, from nothing to all.
const LEVELS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A line for each curve, over the same columns and heights; `None` for what has no height there.
pub(super) fn lines(series: &Series) -> Vec<Option<String>> {
    let on = |axis: Axis, number: f64| match axis {
        Axis::Log => number.log10(),
        Axis::Linear | Axis::Down => number,
    };
    let curves: Vec<Option<Vec<(f64, f64)>>> = (series.curves.iter())
        .map(|curve| {
            has_height(curve).then(|| {
                let points = curve.points.iter();
                let points = points.map(|(x, y)| (on(series.x_axis, *x), on(series.y_axis, *y)));
                points
                    .filter(|(x, y)| x.is_finite() && y.is_finite())
                    .collect()
            })
        })
        .collect();
    let all = || curves.iter().flatten().flatten();
    let (left, right) = ends(all().map(|point| point.0));
    let (mut low, high) = ends(all().map(|point| point.1));
    // On a linear axis a height is one above nothing.
    if series.y_axis != Axis::Log {
        low = low.min(0.0);
    }
    curves
        .iter()
        .map(|points| Some(line(points.as_ref()?, (left, right), (low, high))))
        .collect()
}

/// A line or an area that goes on from left to right.
fn has_height(curve: &Curve) -> bool {
    let drawn = matches!(curve.shape, Shape::Line | Shape::Marked | Shape::Area);
    let goes_on = curve.points.windows(2).all(|pair| pair[0].0 <= pair[1].0);
    let ends = curve.points.first().zip(curve.points.last());
    drawn && goes_on && ends.is_some_and(|(first, last)| first.0 < last.0)
}

fn ends(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
        (low.min(number), high.max(number))
    })
}

fn line(points: &[(f64, f64)], (left, right): (f64, f64), (low, high): (f64, f64)) -> String {
    (0..WIDTH)
        .map(|column| {
            #[expect(clippy::cast_precision_loss, reason = "columns are few")]
            let share = (column as f64 + 0.5) / WIDTH as f64;
            let Some(y) = height(points, left + share * (right - left)) else {
                return ' ';
            };
            let share = if high > low {
                (y - low) / (high - low)
            } else {
                1.0
            };
            level(share)
        })
        .collect()
}

/// The curve's height at a place, between its points; `None` beyond its ends.
fn height(points: &[(f64, f64)], x: f64) -> Option<f64> {
    let after = points.iter().position(|point| point.0 >= x)?;
    let (next, y) = points[after];
    let (before, from) = *points.get(after.checked_sub(1)?)?;
    let share = if next > before {
        (x - before) / (next - before)
    } else {
        1.0
    };
    Some(from + share * (y - from))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share from 0 to 1 becomes one of nine levels"
)]
fn level(share: f64) -> char {
    let top = LEVELS.len() - 1;
    let level = (share.clamp(0.0, 1.0) * top as f64).round() as usize;
    // What is there is seen, however small.
    LEVELS[level.max(usize::from(share > 0.0))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(curves: Vec<Curve>) -> Series {
        Series {
            curves,
            ..Series::new("k", "t", "x", "y")
        }
    }

    #[test]
    fn a_curve_rises_from_left_to_right() {
        let rising = Curve::new("r", Shape::Line, vec![(0.0, 0.0), (1.0, 1.0)]);
        let line = lines(&series(vec![rising]))
            .remove(0)
            .expect("it has a height");
        assert_eq!(line.chars().count(), WIDTH);
        assert!(line.starts_with("▁") && line.ends_with('█'), "{line}");
        let levels: Vec<_> = line.chars().collect();
        assert!(levels.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn what_has_no_height_has_no_line() {
        let upright = Curve::new("u", Shape::Line, vec![(1.0, 0.0), (1.0, 1.0)]);
        let boxed = Curve::new("b", Shape::Box, vec![(0.0, 0.0), (1.0, 1.0)]);
        let lost = Curve::new("l", Shape::Line, vec![(0.0, f64::NAN), (1.0, f64::NAN)]);
        let drawn = lines(&series(vec![upright, boxed, lost]));
        assert_eq!(drawn[..2], [None, None]);
        assert!(
            drawn[2]
                .as_deref()
                .is_some_and(|line| line.trim().is_empty())
        );
    }
}
