//! The runs as quantities, a table and a picture.

use super::facts::{Facts, ratio};
use crate::report::{
    Axis, Column, Curve, Quantities, Quantity, Report, Section, Series, Shape, Table, Value,
};

/// Writes everything down.
pub(super) fn write(report: &mut Report, facts: &Facts) {
    report.sections.push(Section::Quantities(quantities(facts)));
    report.sections.push(Section::Table(table(facts)));
    report.sections.push(Section::Series(series(facts)));
}

fn quantities(facts: &Facts) -> Quantities {
    let [one, two] = facts.pair();
    let (ratio, error) = facts.ratio();
    let seeds = facts.asked.seeds;
    let iterations = |key: &str, row: &super::facts::Row| {
        let label = format!("iterations with batches of {}", row.batch);
        Quantity::measured(key, &label, row.mean, seeds, row.error)
    };
    let mut quantities = vec![
        iterations("iterations.batch", &one),
        iterations("iterations.double", &two),
        Quantity::measured("ratio", "how many times as many", ratio, seeds, error),
        Quantity::rounded(
            "least_loss",
            "the least loss, ½·mean (w·x − y)²",
            facts.least,
        ),
        Quantity::rounded(
            "noise.batch",
            "loss that the noise leaves in the long run, over the allowed one",
            one.floor,
        )
        .steps(vec![
            "rate·tr(H)·σ²/(4B), over (factor − 1)·least: above 1 the noise stands in the way"
                .to_owned(),
        ]),
    ];
    if let Some(steps) = facts.descent {
        quantities.insert(
            2,
            Quantity::exact(
                "iterations.gd",
                "iterations of gradient descent at the batch's rate",
                Value::Count(steps.into()),
            ),
        );
    }
    Quantities {
        title: "Iterations to the loss".to_owned(),
        quantities,
    }
}

fn table(facts: &Facts) -> Table {
    let double = |batch: usize| facts.rows.iter().find(|row| row.batch == 2 * batch);
    Table {
        key: "batches".to_owned(),
        title: "Iterations by batch size".to_owned(),
        columns: vec![
            Column::new("batch", "batch", ""),
            Column::new("mean", "iterations", ""),
            Column::new("error", "±", ""),
            Column::new("least", "least", ""),
            Column::new("most", "most", ""),
            Column::new("late", "given up", "runs"),
            Column::new("ratio", "over twice the batch", ""),
            Column::new("gd", "without noise", ""),
            Column::new("floor", "noise over allowed", ""),
            Column::new("samples", "samples used", ""),
        ],
        rows: facts
            .rows
            .iter()
            .map(|row| {
                let ratio = double(row.batch).map(|two| Value::Real(ratio(row, two).0));
                #[expect(clippy::cast_precision_loss, reason = "a million at most")]
                let samples = row.mean * row.batch as f64;
                vec![
                    Some(Value::from(row.batch)),
                    Some(Value::Real(row.mean)),
                    Some(Value::Real(row.error)),
                    Some(Value::Count(row.least.into())),
                    Some(Value::Count(row.most.into())),
                    Some(Value::Count(row.late.into())),
                    ratio,
                    row.without.map(|steps| Value::Count(steps.into())),
                    Some(Value::Real(row.floor)),
                    Some(Value::Real(samples)),
                ]
            })
            .collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "ten million at most")]
fn series(facts: &Facts) -> Series {
    let x = |row: &super::facts::Row| row.batch as f64;
    let means = facts.rows.iter().map(|row| (x(row), row.mean));
    let without = facts
        .rows
        .iter()
        .filter_map(|row| Some((x(row), row.without? as f64)));
    let halves = facts.rows.first().map(|first| {
        let top = first.mean * x(first);
        facts
            .rows
            .iter()
            .map(|row| (x(row), top / x(row)))
            .collect()
    });
    Series {
        x_axis: Axis::Log,
        y_axis: Axis::Log,
        curves: vec![
            Curve::new("measured", Shape::Marked, means.collect()),
            Curve::new(
                "without noise",
                Shape::Line,
                without.filter(|point| point.1 > 0.0).collect(),
            ),
            Curve::new(
                "halved at each doubling",
                Shape::Line,
                halves.unwrap_or_default(),
            ),
        ],
        ..Series::new(
            "iterations",
            "Iterations to the loss by batch size",
            "batch size (log)",
            "iterations (log)",
        )
    }
}
