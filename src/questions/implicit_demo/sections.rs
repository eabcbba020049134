//! The derivatives as quantities, a table and a picture.

use super::facts::Facts;
use crate::questions::numbers::short;
use crate::questions::picture::picture;
use crate::report::{Column, Quantities, Quantity, Report, Section, Table, Value};

/// Writes everything down.
pub(super) fn write(report: &mut Report, facts: &Facts) {
    let mut add = |section| report.sections.push(section);
    add(Section::Quantities(scalar(facts)));
    add(Section::Quantities(ridge(facts)));
    add(Section::Table(unrolled(facts)));
    add(Section::Quantities(projection(facts)));
    #[expect(clippy::cast_precision_loss, reason = "at most 20,000 steps")]
    let errors = facts
        .unrolled
        .iter()
        .map(|(steps, derivative)| (*steps as f64, (derivative - facts.ridge.after_lambda).abs()));
    add(picture(
        "unrolled",
        "dL/dλ through the steps of gradient descent",
        "steps",
        "error",
        true,
        vec![("error of dL/dλ".to_owned(), errors.collect())],
    ));
}

fn scalar(facts: &Facts) -> Quantities {
    let inner = &facts.scalar;
    let measured =
        |key: &str, label: &str, number: f64| Quantity::measured(key, label, number, 1, 0.0);
    Quantities {
        title: "Inner problem of one number, solved by bisection".to_owned(),
        quantities: vec![
            Quantity::rounded("y", "y*, by bisection", inner.y),
            measured("y.descent", "y*, by descent", inner.descended),
            Quantity::rounded(
                "dydx",
                "dy*/dx by the implicit function theorem",
                inner.after_x,
            )
            .steps(vec![format!(
                "1/(1 + c·cosh y*) at y* = {} = {}",
                short(inner.y),
                short(inner.after_x)
            )]),
            measured(
                "dydx.measured",
                "dy*/dx, central differences of inner solutions by descent",
                inner.measured_x,
            ),
            Quantity::rounded(
                "dydc",
                "dy*/dc by the implicit function theorem",
                inner.after_c,
            )
            .steps(vec![format!(
                "−sinh y*/(1 + c·cosh y*) at y* = {} = {}",
                short(inner.y),
                short(inner.after_c)
            )]),
            measured(
                "dydc.measured",
                "dy*/dc, central differences of inner solutions by descent",
                inner.measured_c,
            ),
        ],
    }
}

fn ridge(facts: &Facts) -> Quantities {
    let ridge = &facts.ridge;
    Quantities {
        title: "Ridge regression, solved as a linear system".to_owned(),
        quantities: vec![
            Quantity::rounded("value", "L = v·w*", ridge.value),
            Quantity::rounded(
                "dlam",
                "dL/dλ by the implicit function theorem",
                ridge.after_lambda,
            )
            .steps(vec!["(AᵀA + λ)·u = v, dL/dλ = −u·w*".to_owned()]),
            Quantity::measured(
                "dlam.autograd",
                "dL/dλ, reverse mode through the solution",
                facts.by_tape,
                1,
                0.0,
            ),
            Quantity::measured(
                "dlam.difference",
                "dL/dλ, central differences",
                facts.by_difference,
                1,
                0.0,
            ),
            Quantity::rounded(
                "condition.ridge",
                "condition number of AᵀA + λ",
                ridge.condition,
            ),
            Quantity::rounded("rate", "rate of the unrolled descent, 1/λ_max", facts.rate),
            Quantity::rounded(
                "contraction",
                "what a step of it multiplies the slowest distance by",
                facts.contraction,
            ),
        ],
    }
}

fn unrolled(facts: &Facts) -> Table {
    Table {
        key: "unrolled".to_owned(),
        title: "dL/dλ through the steps of gradient descent".to_owned(),
        columns: vec![
            Column::new("steps", "steps", ""),
            Column::new("derivative", "dL/dλ", ""),
            Column::new("error", "error", ""),
        ],
        rows: facts
            .unrolled
            .iter()
            .map(|(steps, derivative)| {
                vec![
                    Some(Value::from(*steps)),
                    Some(Value::Real(*derivative)),
                    Some(Value::Real((derivative - facts.ridge.after_lambda).abs())),
                ]
            })
            .collect(),
    }
}

fn projection(facts: &Facts) -> Quantities {
    let projection = &facts.projection;
    let size = |numbers: &[f64]| numbers.iter().map(|x| x * x).sum::<f64>().sqrt();
    Quantities {
        title: "Projection onto Ay = b, solved as its KKT system".to_owned(),
        quantities: vec![
            Quantity::rounded("projection.value", "L = v·y*", projection.value),
            Quantity::rounded("projection.dx", "‖dL/dx‖", size(&projection.after_point)),
            Quantity::rounded("projection.db", "‖dL/db‖", size(&projection.after_bounds)),
            Quantity::rounded(
                "projection.da",
                "‖dL/dA‖",
                size(&projection.after_inputs.concat()),
            ),
            Quantity::rounded(
                "projection.residual",
                "largest |Ay* − b|",
                projection.residual,
            ),
            Quantity::rounded(
                "condition.kkt",
                "condition number of the KKT system",
                projection.condition,
            ),
        ],
    }
}
