//! Pictures as data.

use crate::report::{Axis, Curve, Section, Series, Shape};

/// A picture; `log` asks for a logarithmic vertical axis.
pub(super) fn picture(
    key: &str,
    title: &str,
    x: &str,
    y: &str,
    log: bool,
    curves: Vec<(String, Vec<(f64, f64)>)>,
) -> Section {
    let positive = |point: &(f64, f64)| point.1.is_finite() && (!log || point.1 > 0.0);
    let curves = curves.into_iter().map(|(name, points)| {
        let points = points.into_iter().filter(positive).collect();
        Curve::new(&name, Shape::Marked, points)
    });
    let y_label = if log {
        format!("{y} (log)")
    } else {
        y.to_owned()
    };
    Section::Series(Series {
        y_axis: if log { Axis::Log } else { Axis::Linear },
        curves: curves.collect(),
        ..Series::new(key, title, x, &y_label)
    })
}
