//! The numbers as quantities, tables and a picture.

use super::facts::Facts;
use crate::questions::numbers::short;
use crate::questions::picture::picture;
use crate::report::{Column, Quantities, Quantity, Report, Section, Table, Value};
use crate::theory::descent::{saved_bytes, steps_per_epoch};

/// Samples of large sets, for what does not fit.
const LARGE: [u64; 3] = [10_000, 1_000_000, 1_000_000_000];

/// Writes everything down.
pub(super) fn write(report: &mut Report, facts: &Facts) {
    let mut add = |section| report.sections.push(section);
    add(Section::Quantities(epoch(facts)));
    add(Section::Quantities(ends(facts)));
    add(Section::Table(by_batch(facts)));
    add(Section::Table(large(facts)));
    add(picture(
        "way",
        "The first run of SGD, and where gradient descent ends",
        "step",
        "x",
        false,
        vec![
            ("SGD".to_owned(), facts.wells.way.clone()),
            (
                "end of gradient descent".to_owned(),
                facts
                    .wells
                    .way
                    .iter()
                    .map(|(step, _)| (*step, facts.wells.gd))
                    .collect(),
            ),
        ],
    ));
}

/// Steps, variance and bytes.
fn epoch(facts: &Facts) -> Quantities {
    let (samples, batch) = (facts.asked.samples, facts.asked.sgd_batch());
    let variance = facts.variance(batch);
    Quantities {
        title: format!("An epoch of {samples} samples; SGD with batches of {batch}"),
        quantities: vec![
            Quantity::exact("steps.gd", "steps of gradient descent", Value::Count(1)),
            Quantity::exact("steps.sgd", "steps of SGD", Value::Count(facts.steps_sgd().into()))
                .steps(vec![format!("⌈{samples}/{batch}⌉ = {}", facts.steps_sgd())]),
            Quantity::exact("cost.gd", "gradients a step, gradient descent", Value::from(samples)),
            Quantity::exact("cost.sgd", "gradients a step, SGD", Value::from(batch)),
            Quantity::rounded(
                "variance.gd",
                "variance of the gradient, gradient descent",
                facts.variance(samples),
            ),
            Quantity::rounded("variance.sgd", "variance of the gradient, SGD", variance).steps(vec![
                format!(
                    "σ²/B · (n − B)/(n − 1) = {}/{batch} · ({samples} − {batch})/({samples} − 1) = {}",
                    short(facts.single),
                    short(variance)
                ),
            ]),
            Quantity::exact("bytes.gd", "kept for the backward pass, gradient descent", Value::Count(facts.bytes_gd.into()))
                .unit("bytes"),
            Quantity::exact("bytes.sgd", "kept for the backward pass, SGD", Value::Count(facts.bytes_sgd.into()))
                .unit("bytes")
                .steps(vec![format!(
                    "({} + 1)·{}·{batch}·4 = {}",
                    facts.asked.depth, facts.asked.width, facts.bytes_sgd
                )]),
        ],
    }
}

/// Where both end.
fn ends(facts: &Facts) -> Quantities {
    let wells = &facts.wells;
    let mut quantities = vec![
        Quantity::rounded("minimum.global", "the lowest minimum", wells.global),
        Quantity::measured("end.gd", "gradient descent ends at", wells.gd, 1, 0.0),
        Quantity::exact("place.gd", "which is a", Value::name(wells.gd_place.word())),
        Quantity::measured(
            "above.gd",
            "so far above the least value",
            wells.gd_above,
            1,
            0.0,
        ),
        Quantity::measured(
            "stuck.sgd",
            "share of SGD's runs that end elsewhere than in the lowest well",
            wells.stuck.mean(),
            wells.stuck.of,
            wells.stuck.error(),
        ),
        Quantity::measured(
            "settled.sgd",
            "share of SGD's runs that end within 0.2 of a minimum",
            wells.settled.mean(),
            wells.settled.of,
            wells.settled.error(),
        ),
    ];
    if let Some((_, place)) = wells.saddle {
        quantities.push(Quantity::exact(
            "place.saddle",
            "on y² − x² from (0, 1), gradient descent ends at a",
            Value::name(place.word()),
        ));
    }
    Quantities {
        title: format!("Where they end, from {}", short(facts.asked.start)),
        quantities,
    }
}

/// Steps, cost, variance and bytes by batch size.
fn by_batch(facts: &Facts) -> Table {
    Table {
        key: "batches".to_owned(),
        title: "By batch size".to_owned(),
        columns: vec![
            Column::new("batch", "batch", "samples"),
            Column::new("steps", "steps an epoch", ""),
            Column::new("formula", "variance by formula", ""),
            Column::new("enumerated", "over all batches", ""),
            Column::new("batches", "batches there are", ""),
            Column::new("bytes", "kept", "bytes"),
        ],
        rows: facts
            .variances
            .iter()
            .map(|(batch, formula, all)| {
                let bytes = facts.bytes.iter().find(|(size, ..)| size == batch);
                vec![
                    Some(Value::from(*batch)),
                    Some(Value::Count(facts.steps(*batch).into())),
                    Some(Value::Real(*formula)),
                    all.map(|all| Value::Real(all.variance)),
                    all.map(|all| Value::Count(all.batches.into())),
                    bytes.map(|(.., counted)| Value::Count((*counted).into())),
                ]
            })
            .collect(),
    }
}

/// What gradient descent would keep of large sets, and how long it would wait for its first step.
fn large(facts: &Facts) -> Table {
    let (depth, width) = (facts.asked.depth as u64, facts.asked.width as u64);
    let batch = facts.asked.sgd_batch() as u64;
    Table {
        key: "large".to_owned(),
        title: "When gradient descent is out of reach".to_owned(),
        columns: vec![
            Column::new("samples", "samples", ""),
            Column::new("gd", "kept by gradient descent", "bytes"),
            Column::new("sgd", "kept by SGD", "bytes"),
            Column::new("before", "steps of SGD before GD's first", ""),
        ],
        rows: LARGE
            .iter()
            .map(|samples| {
                let count = |number: u64| Some(Value::Count(number.into()));
                vec![
                    count(*samples),
                    count(saved_bytes(depth, width, *samples)),
                    count(saved_bytes(depth, width, batch)),
                    count(steps_per_epoch(*samples, batch)),
                ]
            })
            .collect(),
    }
}
