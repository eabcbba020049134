//! The three inner problems and their derivatives, each in two ways.

use super::arguments::Arguments;
use crate::lab::implicit as lab;
use crate::model::Fault;
use crate::report::Witness;
use crate::theory::implicit::{Projection, ProjectionSolved, Ridge, RidgeSolved, Scalar as Inner};

/// The step of a central difference, as a share of what is changed (or of 1).
const STEP: f64 = 1e-4;

/// The slope below which descent has arrived, and the steps it may take: with the largest curvature that may be asked for it
/// takes many.
const ARRIVED: f64 = 1e-13;
const MOST_STEPS: usize = 3000;

/// Two ways to one derivative agree within this share times the condition number.
const ROUNDING: f64 = 1e-13;

/// The inner problem of one number.
#[derive(Debug, Clone)]
pub(super) struct Scalar {
    pub(super) halvings: u32,
    /// y* by bisection, and by descent.
    pub(super) y: f64,
    pub(super) descended: f64,
    /// dy*/dx and dy*/dc by the theorem, at the bisection's y.
    pub(super) after_x: f64,
    pub(super) after_c: f64,
    /// dy*/dx by central difference of inner solutions found by descent.
    pub(super) measured_x: f64,
    pub(super) measured_c: f64,
}

impl Scalar {
    /// How far the theorem's derivative after x lies from the measured one, as a share.
    pub(super) fn off(&self) -> f64 {
        (self.after_x / self.measured_x - 1.0).abs()
    }
}

/// Everything that is computed.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) scalar: Scalar,
    pub(super) ridge: RidgeSolved,
    /// dL/dλ by reverse mode through the closed form, and by central difference.
    pub(super) by_tape: f64,
    pub(super) by_difference: f64,
    ridge_apart: f64,
    /// Steps of gradient descent, and dL/dλ through them.
    pub(super) unrolled: Vec<(usize, f64)>,
    pub(super) rate: f64,
    /// What a step multiplies the slowest distance by.
    pub(super) contraction: f64,
    pub(super) projection: ProjectionSolved,
    projection_apart: f64,
}

fn singular() -> Fault {
    Fault::new(
        "measurement",
        "the inner problem's linear system is singular",
    )
    .help("give a larger --lambda")
}

impl Facts {
    /// Computes it.
    ///
    /// # Errors
    /// If the engine fails, or a system is singular.
    pub(super) fn new(asked: &Arguments) -> Result<Self, Fault> {
        let problem = Ridge::of_sines(asked.lambda);
        let ridge = problem.solved().ok_or_else(singular)?;
        let tape = lab::Ridge::new(
            &problem.inputs,
            &problem.targets,
            &problem.outer,
            problem.lambda,
        )?;
        let (value, gradients) = tape.through_the_solution()?;
        let (most, contraction) = problem.descent();
        let rate = 1.0 / most;
        let mut unrolled = Vec::new();
        for steps in asked.counts() {
            unrolled.push((steps, tape.through_steps(steps, rate)?));
        }
        let at = |lambda: f64| {
            let solved = Ridge::of_sines(lambda).solved();
            solved.map(|solved| solved.value).ok_or_else(singular)
        };
        let project = Projection::of_sines();
        let projection = project.solved().ok_or_else(singular)?;
        let (nearest, after) = lab::projection(
            &project.inputs,
            &project.bounds,
            &project.point,
            &project.outer,
        )?;
        Ok(Self {
            scalar: scalar(asked)?,
            by_tape: gradients[0][0],
            by_difference: difference(asked.lambda, asked.lambda, at)?,
            ridge_apart: apart(&[
                (&[ridge.value], &[value]),
                (&[ridge.after_lambda], &gradients[0]),
                (&ridge.after_targets, &gradients[1]),
                (&ridge.after_inputs.concat(), &gradients[2]),
            ]) / ridge.condition,
            ridge,
            unrolled,
            rate,
            contraction,
            projection_apart: apart(&[
                (&[projection.value], &[nearest]),
                (&projection.after_point, &after[0]),
                (&projection.after_bounds, &after[1]),
                (&projection.after_inputs.concat(), &after[2]),
            ]) / projection.condition,
            projection,
        })
    }

    /// Theory beside the lab.
    pub(super) fn witnesses(&self) -> Vec<Witness> {
        let share =
            |apart: f64| format!("off by a share of {apart:.0e} of the condition number at most");
        vec![
            Witness::both(
                "ridge regression: dL/dλ, dL/dy, dL/dA",
                "implicit function theorem",
                format!(
                    "reverse mode through the inverse of the Hessian: {}",
                    share(self.ridge_apart)
                ),
                self.ridge_apart <= ROUNDING,
            ),
            Witness::both(
                "projection: dL/dx, dL/db, dL/dA",
                "the KKT system and its adjoint",
                format!(
                    "reverse mode through x − Aᵀ(AAᵀ)⁻¹(Ax − b): {}",
                    share(self.projection_apart)
                ),
                self.projection_apart <= ROUNDING,
            ),
        ]
    }
}

/// A central difference at `at`, with a second at half the step to take its error off.
fn difference(at: f64, size: f64, value: impl Fn(f64) -> Result<f64, Fault>) -> Result<f64, Fault> {
    let central = |step: f64| -> Result<f64, Fault> {
        Ok((value(at + step)? - value(at - step)?) / (2.0 * step))
    };
    let step = STEP * 10.0 * size;
    Ok((4.0 * central(step / 2.0)? - central(step)?) / 3.0)
}

fn scalar(asked: &Arguments) -> Result<Scalar, Fault> {
    let (x, c) = (asked.x, asked.c);
    let inner = Inner { x, c };
    let (y, halvings) = inner.bisected(asked.inner_tolerance);
    let (after_x, after_c) = inner.derivatives(y);
    let descended =
        |x: f64, c: f64| -> Result<f64, Fault> { Ok(lab::descended((x, c), ARRIVED, MOST_STEPS)?) };
    Ok(Scalar {
        halvings,
        y,
        descended: descended(x, c)?,
        after_x,
        after_c,
        measured_x: difference(x, 1.0, |x| descended(x, c))?,
        measured_c: difference(c, 1.0, |c| descended(x, c))?,
    })
}

/// The largest difference of any entry, as a share of the largest of its list.
fn apart(pairs: &[(&[f64], &[f64])]) -> f64 {
    let of = |(a, b): &(&[f64], &[f64])| {
        let size = a.iter().fold(1e-300_f64, |size, x| size.max(x.abs()));
        let entries = a.iter().zip(b.iter());
        entries.fold(0.0, |worst, (a, b)| f64::max(worst, (a - b).abs() / size))
    };
    pairs.iter().map(of).fold(0.0, f64::max)
}
