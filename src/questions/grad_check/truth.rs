//! The gradient as it is, found twice: reverse mode on proven rules, and central differences.

use super::case::Case;
use super::judged::index;
use super::numbers::{is_finite, largest, worst};
use crate::lab::differences::{
    Covered, Difference, Differences, Entries, Options, Point, direction,
};
use crate::lab::ops::Op;
use crate::lab::{Array, LabError};

/// What rounding may do to a gradient, as a share of the size of what adds up to it.
const ROUNDING: f64 = 1e-12;
/// Reverse mode and differences agree within this share of the largest entry, besides the differences' own error.
const AGREEMENT: f64 = 1e-6;
/// Above this share an error leaves a claim undecided.
const TOO_INEXACT: f64 = 1e-4;
/// Differences of every entry of an input are taken where they cost less than about so many seconds; else along a few
/// directions.
const MOST_SECONDS: f64 = 60.0;
/// Directions where every entry would be too much.
const DIRECTIONS: usize = 8;

/// The gradient of one input on every draw.
#[derive(Debug, Clone)]
pub(super) struct Truth {
    /// The gradients by reverse mode.
    pub(super) arrays: Vec<Array>,
    /// What rounding leaves of an entry that is 0, a draw each.
    pub(super) floors: Vec<f64>,
    /// Whether the outputs depend on the input at all.
    pub(super) used: bool,
    /// What the second witness says.
    pub(super) standing: Standing,
    /// How many differences were taken.
    pub(super) measured: usize,
    /// Whether along directions only.
    pub(super) directions: bool,
}

/// What came of holding the two witnesses against each other.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Standing {
    /// They agree: by what share of the largest entry they differ.
    Agreed(f64),
    /// The point allows no certain answer: a code, and why.
    Doubtful(&'static str, String),
    /// They contradict each other.
    Contradicted(String),
}

impl Truth {
    /// Whether the gradient is 0 but for rounding.
    pub(super) fn is_zero(&self, draw: usize) -> bool {
        largest(&self.arrays[draw]) <= self.floors[draw]
    }
}

/// Finds the gradient of an input on every draw.
///
/// # Errors
/// If a program cannot be carried out.
pub(super) fn truth(cases: &[Case], input: usize, options: &Options) -> Result<Truth, LabError> {
    let mut truth = Truth {
        arrays: Vec::new(),
        floors: Vec::new(),
        used: cases.iter().any(|case| case.program.leads_out(input)),
        standing: Standing::Agreed(0.0),
        measured: 0,
        directions: false,
    };
    for case in cases {
        let gradient = case.truth(input, false)?;
        truth
            .floors
            .push(ROUNDING * case.magnitude(input, &gradient)?);
        truth.arrays.push(gradient);
    }
    for (draw, case) in cases.iter().enumerate() {
        if let Some((code, reason)) = outside(case, &truth.arrays[draw])? {
            truth.standing = Standing::Doubtful(code, reason);
            break;
        }
        if !truth.used {
            continue;
        }
        let (found, options) = measured(case, input, options)?;
        truth.measured += found.gradient.data.len();
        truth.directions |= matches!(found.covered, Covered::Directions(_));
        let standing = compared(&truth.arrays[draw], truth.floors[draw], &found, &options);
        truth.standing = match (truth.standing, standing) {
            (Standing::Agreed(before), Standing::Agreed(now)) => Standing::Agreed(before.max(now)),
            (Standing::Agreed(_), worse) => worse,
            (known, _) => known,
        };
    }
    Ok(truth)
}

/// Every entry, or a few directions where every entry would be too much.
fn measured(
    case: &Case,
    input: usize,
    options: &Options,
) -> Result<(Difference, Options), LabError> {
    let draw = case.draw;
    let differences = Differences::new(&case.program, &draw.inputs, &draw.upstream)?;
    let mut options = *options;
    let cost = differences.cost(input, &options)?;
    if options.entries == Entries::All
        && (cost.seconds > MOST_SECONDS || cost.bytes > options.max_memory)
    {
        options.entries = Entries::Directions(DIRECTIONS);
    }
    Ok((differences.of(input, &options)?, options))
}

/// Why the function or its gradient is no number here.
fn outside(case: &Case, gradient: &Array) -> Result<Option<(&'static str, String)>, LabError> {
    if !case.draw.inputs.iter().all(is_finite) {
        return Ok(Some((
            "not-a-number",
            "an input is not a number".to_owned(),
        )));
    }
    let departure = Point::new(&case.program, &case.draw.inputs)?.departure(&case.program)?;
    if let Some(departure) = departure.filter(|departure| departure.reaches_output) {
        let what = super::wording::Words::of(case).slot(departure.slot);
        return Ok(Some((
            "outside-domain",
            format!(
                "the point lies outside the domain of {}: {:.1} % of `{what}` are no numbers",
                departure.operation,
                100.0 * departure.share
            ),
        )));
    }
    Ok((!is_finite(gradient)).then(|| {
        (
            "outside-domain",
            "the gradient is not finite here: the point lies on the edge of the function's domain"
                .to_owned(),
        )
    }))
}

fn compared(gradient: &Array, floor: f64, found: &Difference, options: &Options) -> Standing {
    let expected = along(gradient, found, options.seed);
    let scale = largest(&expected).max(largest(gradient));
    let error = largest(&found.error);
    let Some((number, distance)) = worst(&expected, &found.gradient) else {
        return Standing::Contradicted("the two gradients have different shapes".to_owned());
    };
    let here = found.error.data.get(number).copied().unwrap_or(error);
    let allowed = AGREEMENT * scale + 10.0 * here + 1e3 * floor;
    if distance <= allowed && error <= TOO_INEXACT * scale + 1e3 * floor {
        let share = if scale > 0.0 { distance / scale } else { 0.0 };
        return Standing::Agreed(share);
    }
    let place = index(&expected.place(number));
    if found.kinks.contains(&number) || here > TOO_INEXACT * scale {
        return Standing::Doubtful(
            "kink",
            format!(
                "the function has a kink or bends too sharply beside the point: near entry {place} differences say \
                 {:.6e} ± {here:.1e}, reverse mode {:.6e}",
                found.gradient.data[number], expected.data[number]
            ),
        );
    }
    if distance <= allowed {
        return Standing::Doubtful(
            "ill-conditioned",
            format!(
                "the point is ill-conditioned: differences are only known to {error:.1e}, for a gradient of {scale:.1e}"
            ),
        );
    }
    Standing::Contradicted(format!(
        "entry {place} is {:.10e} by reverse mode and {:.10e} ± {here:.1e} by central differences",
        expected.data[number], found.gradient.data[number]
    ))
}

/// The gradient as the differences see it: entry by entry, or along their directions.
fn along(gradient: &Array, found: &Difference, seed: u64) -> Array {
    let numbers: Vec<f64> = match &found.covered {
        Covered::All => return gradient.clone(),
        Covered::Entries(entries) => entries.iter().map(|&entry| gradient.data[entry]).collect(),
        Covered::Directions(count) => (0..*count)
            .map(|number| {
                let direction = direction(seed, number, gradient.data.len());
                gradient
                    .data
                    .iter()
                    .zip(&direction)
                    .map(|(g, d)| g * d)
                    .sum()
            })
            .collect(),
    };
    Array::new(&[numbers.len()], numbers)
}

/// Which inputs lead to an output.
trait LeadsOut {
    fn leads_out(&self, input: usize) -> bool;
}

impl LeadsOut for crate::lab::Program {
    fn leads_out(&self, input: usize) -> bool {
        let depends = self.dependents(input);
        let through = |slot: &usize| depends.get(*slot).copied().unwrap_or(false);
        let stepwise = |op: &Op| {
            matches!(
                op,
                Op::Compare(_) | Op::ArgExtreme { .. } | Op::ArgSort { .. }
            )
        };
        self.outputs.iter().any(through) && !self.steps.iter().all(|step| stepwise(&step.op))
    }
}
