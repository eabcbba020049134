//! The gradient as it is, found twice: reverse mode on proven rules, and central differences.

use super::case::Case;
use super::judged::index;
use super::numbers::{is_finite, largest, worst};
use super::witness::{Difference, Options, differences};
use crate::lab::ops::Op;
use crate::lab::program::Step;
use crate::lab::{Array, LabError};

/// What rounding may do to a gradient, as a share of the size of what adds up to it.
const ROUNDING: f64 = 1e-12;
/// Reverse mode and differences agree within this share of the largest entry, besides the differences' own error.
const AGREEMENT: f64 = 1e-6;
/// Above this share an error leaves a claim undecided.
const TOO_INEXACT: f64 = 1e-4;
/// Differences of every entry are taken up to about so many numbers computed; beyond, along a few directions.
const MOST_WORK: f64 = 4e9;
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
        if let Some((code, reason)) = outside(case, &truth.arrays[draw]) {
            truth.standing = Standing::Doubtful(code, reason);
            break;
        }
        if !truth.used {
            continue;
        }
        let options = bounded(options, case, input);
        let inputs = &case.draw.inputs;
        let found = differences(&case.program, inputs, &case.draw.upstream, input, &options)?;
        truth.measured += found.gradient.data.len();
        truth.directions |= options.directions.is_some();
        let standing = compared(&truth.arrays[draw], truth.floors[draw], &found);
        truth.standing = match (truth.standing, standing) {
            (Standing::Agreed(before), Standing::Agreed(now)) => Standing::Agreed(before.max(now)),
            (Standing::Agreed(_), worse) => worse,
            (known, _) => known,
        };
    }
    Ok(truth)
}

/// Directions in place of entries where there would be too much to compute.
fn bounded(options: &Options, case: &Case, input: usize) -> Options {
    let elements: usize = case
        .slots
        .iter()
        .map(|value| value.dims().iter().product::<usize>())
        .sum();
    let entries: usize = case.draw.inputs[input].dims.iter().product();
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let work = 6.0 * entries as f64 * (elements + 300 * case.slots.len()) as f64;
    match options.directions {
        None if work > MOST_WORK => Options {
            directions: Some(DIRECTIONS),
            ..options.clone()
        },
        _ => options.clone(),
    }
}

/// Why the function or its gradient is no number here.
fn outside(case: &Case, gradient: &Array) -> Option<(&'static str, String)> {
    for (slot, value) in case.slots.iter().enumerate() {
        let finite = Array::from_tensor(value.tensor()).is_ok_and(|array| is_finite(&array));
        if finite || !value.kind().is_float() {
            continue;
        }
        let Some(Step { op, .. }) = case.program.step(slot) else {
            return Some(("not-a-number", "an input is not a number".to_owned()));
        };
        let what = super::wording::Words::of(case).slot(slot);
        return Some((
            "outside-domain",
            format!(
                "`{what}` is not a number here: the point lies outside the domain of {}",
                op.name()
            ),
        ));
    }
    (!is_finite(gradient)).then(|| {
        (
            "outside-domain",
            "the gradient is infinite here: the point lies on the edge of the domain".to_owned(),
        )
    })
}

fn compared(gradient: &Array, floor: f64, found: &Difference) -> Standing {
    let expected = along(gradient, found);
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
fn along(gradient: &Array, found: &Difference) -> Array {
    if found.directions.is_empty() {
        return gradient.clone();
    }
    let slope = |direction: &Vec<f64>| {
        gradient
            .data
            .iter()
            .zip(direction)
            .map(|(g, d)| g * d)
            .sum()
    };
    let slopes: Vec<f64> = found.directions.iter().map(slope).collect();
    Array::new(&[slopes.len()], slopes)
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
