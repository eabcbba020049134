//! Pictures as data.

use crate::report::{Section, Series};

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
    let curves = curves
        .into_iter()
        .map(|(name, points)| (name, points.into_iter().filter(positive).collect()));
    Section::Series(Series {
        key: key.to_owned(),
        title: title.to_owned(),
        x_label: x.to_owned(),
        y_label: if log {
            format!("{y} (log)")
        } else {
            y.to_owned()
        },
        curves: curves.collect(),
    })
}
