//! The steps as quantities, tables and a picture, and their witnesses.

use super::course::{Course, Formula, Run};
use crate::model::Fault;
use crate::questions::numbers::short;
use crate::report::{
    Axis, Column, Curve, Quantities, Quantity, Report, Section, Series, Shape, Table, Value,
    Witness,
};

/// Plain derivatives and those of reverse mode agree within this share.
const ROUNDING: f64 = 1e-12;

/// Writes down the courses that were asked about, and those beside them.
pub(super) fn write(report: &mut Report, courses: &[Course], beside: &[Course]) {
    if let Some(last) = courses.last() {
        report.sections.push(Section::Quantities(quantities(last)));
    }
    let all: Vec<&Course> = courses.iter().chain(beside).collect();
    report.sections.push(Section::Table(steps(&all)));
    let failing = all
        .iter()
        .filter(|course| course.newton().walk.steps.is_none());
    let failing: Vec<&Course> = failing.copied().collect();
    if !failing.is_empty() {
        report.sections.push(Section::Table(ends(&failing)));
    }
    if let Some(last) = courses.last() {
        report.sections.push(Section::Series(ways(last)));
    }
}

/// The quantities of one course.
fn quantities(course: &Course) -> Quantities {
    let mut quantities = Vec::new();
    for run in &course.runs {
        if let Some(steps) = run.walk.steps {
            let quantity = Quantity::exact(
                &format!("steps.{}", run.key),
                &format!("steps of {}", run.name),
                Value::Count(steps.into()),
            );
            quantities.push(quantity.steps(working(course, run)));
        }
    }
    for run in &course.runs {
        if let Some(factor) = run.factor {
            quantities.push(Quantity::rounded(
                &format!("factor.{}", run.key),
                &format!("{}: distance after a step over that before", run.name),
                factor,
            ));
        }
    }
    if let Some((momentum, newton)) = course.momentum().walk.steps.zip(course.newton().walk.steps)
        && newton > 0
    {
        #[expect(clippy::cast_precision_loss, reason = "at most 1e8 steps")]
        let ratio = momentum as f64 / newton as f64;
        quantities.push(Quantity::rounded(
            "ratio",
            "steps of momentum over those of Newton's method",
            ratio,
        ));
    }
    quantities.push(Quantity::exact(
        "place.newton",
        "Newton's method ends at a",
        Value::name(course.newton().place.word()),
    ));
    Quantities {
        title: format!("Steps, {}", course.name()),
        quantities,
    }
}

/// How the number of steps comes about.
fn working(course: &Course, run: &Run) -> Vec<String> {
    let Some(coefficients) = run.coefficients else {
        return vec![
            "x ← x − H⁻¹∇f(x): the minimum of the quadratic that f looks like at x".to_owned(),
        ];
    };
    let mut lines = vec![format!(
        "α = {}, β = {}",
        short(coefficients.rate),
        short(coefficients.momentum)
    )];
    if let (Some(factor), Some(kappa)) = (run.factor, course.plan.kappa) {
        lines.push(format!(
            "along curvature λ (1 and {}): r² − (1 + β − αλ)r + β = 0, the largest |r| is {}",
            short(kappa),
            short(factor)
        ));
        lines.push(format!(
            "f falls by r² = {} a step in the long run, from {} to below {}",
            short(factor * factor),
            short(course.first_value()),
            short(course.plan.tolerance)
        ));
    }
    lines
}

/// Steps by function and method.
fn steps(courses: &[&Course]) -> Table {
    let count = |run: &Run| run.walk.steps.map(|steps| Value::Count(steps.into()));
    Table {
        key: "steps".to_owned(),
        title: "Steps to the least value".to_owned(),
        columns: vec![
            Column::new("function", "function", ""),
            Column::new("kappa", "κ", ""),
            Column::new("gd", "gradient descent", "steps"),
            Column::new("momentum", "momentum", "steps"),
            Column::new("newton", "Newton", "steps"),
            Column::new("factor_gd", "factor of GD", ""),
            Column::new("factor_momentum", "factor of momentum", ""),
        ],
        rows: courses
            .iter()
            .map(|course| {
                vec![
                    Some(Value::name(course.plan.name)),
                    course.plan.kappa.map(Value::Real),
                    count(course.descent()),
                    count(course.momentum()),
                    count(course.newton()),
                    course.descent().factor.map(Value::Real),
                    course.momentum().factor.map(Value::Real),
                ]
            })
            .collect(),
    }
}

/// Where each method ends on the functions that Newton's method does not get down.
fn ends(courses: &[&Course]) -> Table {
    let row = |course: &Course, run: &Run| {
        vec![
            Some(Value::name(course.plan.name)),
            Some(Value::name(course.point(course.plan.start))),
            Some(Value::name(run.name)),
            Some(Value::name(course.point(run.walk.end))),
            Some(Value::Real(course.plan.landscape.value(run.walk.end))),
            Some(Value::name(run.place.word())),
        ]
    };
    Table {
        key: "ends".to_owned(),
        title: "Where Newton's method fails".to_owned(),
        columns: vec![
            Column::new("function", "function", ""),
            Column::new("start", "start", ""),
            Column::new("method", "method", ""),
            Column::new("end", "ends at", ""),
            Column::new("value", "f there", ""),
            Column::new("place", "a", ""),
        ],
        rows: courses
            .iter()
            .flat_map(|course| course.runs.iter().map(|run| row(course, run)))
            .collect(),
    }
}

/// The function's value above its least, step by step.
fn ways(course: &Course) -> Series {
    #[expect(clippy::cast_precision_loss, reason = "at most 1e8 steps")]
    let curve = |run: &Run| {
        let above = run
            .walk
            .curve
            .iter()
            .map(|(step, value)| (*step as f64 + 1.0, value - course.plan.least));
        let shown = above.filter(|(_, value)| *value > 0.0 && value.is_finite());
        Curve::new(run.name, Shape::Line, shown.collect())
    };
    Series {
        x_axis: Axis::Log,
        y_axis: Axis::Log,
        curves: course.runs.iter().map(curve).collect(),
        ..Series::new(
            "ways",
            &format!("Three ways down, {}", course.name()),
            "step, counted from 1 (log)",
            "f above its least value (log)",
        )
    }
}

/// Steps by formula beside those walked, and derivatives by hand beside those of reverse mode.
///
/// # Errors
/// If the engine fails.
pub(super) fn witnesses(
    report: &mut Report,
    courses: &[Course],
    beside: &[Course],
) -> Result<(), Fault> {
    let mut pairs = Vec::new();
    for course in courses {
        for run in &course.runs {
            if run.formula != Formula::Unknown {
                pairs.push((run.formula, run.walk.steps));
            }
        }
    }
    if !pairs.is_empty() {
        // The walk's own rounding may carry it over the goal a step earlier or later.
        let agree = pairs.iter().all(|pair| match pair {
            (Formula::Steps(formula), Some(walked)) => formula.abs_diff(*walked) <= 1,
            (Formula::Never, None) => true,
            _ => false,
        });
        report.witnesses.push(Witness::both(
            "steps in the quadratic ravine",
            "powers of the roots of r² − (1 + β − αλ)r + β along each axis",
            format!("{} walks, each within one step of it", pairs.len()),
            agree,
        ));
    }
    let mut worst = 0.0_f64;
    let mut points = 0;
    for course in courses.iter().chain(beside) {
        for run in &course.runs {
            let probes = run.walk.probes.iter().copied();
            let probes: Vec<_> = probes.filter(|point| sensible(*point)).collect();
            points += probes.len();
            worst = worst.max(course.plan.landscape.disagreement(&probes)?);
        }
    }
    report.witnesses.push(Witness::both(
        "gradients and Hessians on the way",
        "by hand",
        format!("reverse mode, once and twice, at {points} points: off by a share of {worst:.0e} at most"),
        worst <= ROUNDING,
    ));
    Ok(())
}

/// Far out, where a walk diverges, powers overflow.
fn sensible(point: [f64; 2]) -> bool {
    point.iter().all(|x| x.abs() < 1e30)
}
