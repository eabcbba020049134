//! The slope of a unit: is it a constant where the input is positive, or a line?

use super::arguments::Arguments;
use super::same;
use crate::lab::deep::unit;
use crate::model::Fault;
use crate::questions::numbers::{List, real, rough, values};
use crate::questions::picture::picture;
use crate::report::{
    Basis, Finding, Quantities, Quantity, Report, Section, Statement, Table, Witness,
};
use crate::theory::relu::{self, Fit};

/// Slopes lie on a line up to this share of the largest.
const ON: f64 = 1e-6;

/// From this share on they do not.
const OFF: f64 = 1e-3;

/// The sentence that the slope is linear, with the slopes that decide it.
///
/// # Errors
/// If the engine fails.
pub(super) fn sections(report: &mut Report, asked: &Arguments) -> Result<Statement, Fault> {
    let List(points) = &asked.points;
    let measured = unit::slopes(points, asked.power)?;
    let slopes: Vec<f64> = points
        .iter()
        .map(|x| relu::slope(*x, asked.power))
        .collect();
    let positive: Vec<(f64, f64)> = (points.iter().copied())
        .zip(slopes.iter().copied())
        .filter(|(x, _)| *x > 0.0)
        .collect();
    let fit = Fit::of(&positive);
    let mut table = Table::new(
        "slopes",
        "The slope, point by point",
        &[
            ("x", "x"),
            ("slope", "slope"),
            ("measured", "measured"),
            ("line", "line through 0"),
        ],
    );
    table.rows = (points.iter().zip(&slopes).zip(&measured))
        .map(|((x, slope), measured)| {
            let line = fit.filter(|_| *x > 0.0).and_then(|fit| real(fit.line * x));
            vec![real(*x), real(*slope), real(*measured), line]
        })
        .collect();
    report.sections.push(Section::Table(table));
    report
        .sections
        .push(Section::Quantities(quantities(&slopes, fit)));
    report
        .sections
        .extend(fit.map(|fit| drawn(asked.power, fit)));
    report.witnesses.push(Witness::both(
        "the slopes",
        "power·x^(power−1) above 0, and 0 elsewhere",
        "reverse mode on tensors",
        slopes.iter().zip(&measured).all(|(a, b)| same(*a, *b)),
    ));
    Ok(statement(fit, positive.len()))
}

fn statement(fit: Option<Fit>, points: usize) -> Statement {
    let (key, text) = (
        "linear_gradient",
        "a unit's gradient is linear in its input where that is positive",
    );
    match fit {
        None => Statement::new(
            key,
            text,
            Finding::Open,
            "no point is positive: give --points above 0",
        ),
        Some(fit) => Statement::new(
            key,
            text,
            Finding::greater(fit.off_constant, fit.off_line, ON).and(Finding::none(
                fit.off_line,
                ON,
                OFF,
            )),
            format!(
                "at {points} positive points the slopes lie off the constant {} by a share of {}, and off the line {}·x by {}",
                rough(fit.constant),
                rough(fit.off_constant),
                rough(fit.line),
                rough(fit.off_line)
            ),
        ),
    }
}

fn quantities(slopes: &[f64], fit: Option<Fit>) -> Quantities {
    let mut quantities = vec![Quantity {
        basis: Basis::Rounded,
        ..Quantity::exact("slope", "the slopes at these points", values(slopes))
    }];
    if let Some(fit) = fit {
        quantities.extend([
            Quantity::rounded(
                "off_constant",
                "largest distance of the positive ones from a constant, as a share",
                fit.off_constant,
            ),
            Quantity::rounded(
                "off_line",
                "the same from the best line through 0",
                fit.off_line,
            ),
        ]);
    }
    Quantities {
        title: "The slope".to_owned(),
        quantities,
    }
}

/// The slope over x beside the constant and the line.
fn drawn(power: f64, fit: Fit) -> Section {
    let along = |from: i32, of: &dyn Fn(f64) -> f64| {
        let xs = (from..=40).map(|place| f64::from(place) / 10.0);
        xs.map(|x| (x, of(x))).collect::<Vec<_>>()
    };
    picture(
        "slope",
        "The slope of a unit",
        "x",
        "slope",
        false,
        vec![
            ("slope".to_owned(), along(-20, &|x| relu::slope(x, power))),
            ("a constant".to_owned(), along(1, &|_| fit.constant)),
            ("a line through 0".to_owned(), along(1, &|x| fit.line * x)),
        ],
    )
}
