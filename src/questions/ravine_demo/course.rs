//! Three ways down one function.

use super::arguments::Plan;
use crate::lab::landscape::{Goal, Method, Place, Point, Walk, walk};
use crate::questions::numbers::{grouped, short};
use crate::theory::ravine::Coefficients;

/// One function and the three ways down it.
#[derive(Debug, Clone)]
pub(super) struct Course {
    pub(super) plan: Plan,
    /// Gradient descent, momentum, Newton's method.
    pub(super) runs: [Run; 3],
}

/// Steps by formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Formula {
    /// There is none.
    Unknown,
    /// It never arrives, or not within the limit.
    Never,
    /// So many.
    Steps(u64),
}

/// One way down.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// `gd`, `momentum` or `newton`: the end of its keys.
    pub(super) key: &'static str,
    /// What a reader calls it.
    pub(super) name: &'static str,
    pub(super) walk: Walk,
    /// What the walk's end is to the function.
    pub(super) place: Place,
    /// The steps by formula, where there is one.
    pub(super) formula: Formula,
    /// What the distance is multiplied by at each step in the long run, where there is a formula.
    pub(super) factor: Option<f64>,
    /// Its coefficients; none of Newton's method.
    pub(super) coefficients: Option<Coefficients>,
}

impl Run {
    /// The steps as a number; infinite where it did not arrive.
    pub(super) fn count(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most 1e8 steps")]
        self.walk.steps.map_or(f64::INFINITY, |steps| steps as f64)
    }
}

impl Course {
    /// Goes down the plan's function in all three ways.
    pub(super) fn walked(plan: &Plan) -> Self {
        let run = |key, name, coefficients: Option<Coefficients>| {
            let method = coefficients.map_or(Method::Newton, |Coefficients { rate, momentum }| {
                Method::Descent { rate, momentum }
            });
            let goal = Goal {
                below: plan.least + plan.tolerance,
                limit: plan.limit,
            };
            let walk = walk(plan.landscape, plan.start, method, goal);
            let steps = |kappa| match coefficients {
                Some(coefficients) => {
                    coefficients.steps(kappa, plan.start, plan.tolerance, plan.limit)
                }
                // The quadratic that Newton's step minimises is the function itself.
                None => Some(u64::from(
                    plan.landscape.value(plan.start) >= plan.tolerance,
                )),
            };
            let formula = match plan.kappa {
                None => Formula::Unknown,
                Some(kappa) => steps(kappa).map_or(Formula::Never, Formula::Steps),
            };
            Run {
                key,
                name,
                place: plan.landscape.place(walk.end),
                walk,
                formula,
                factor: plan
                    .kappa
                    .zip(coefficients)
                    .map(|(kappa, coefficients)| coefficients.factor(kappa)),
                coefficients,
            }
        };
        Self {
            plan: plan.clone(),
            runs: [
                run("gd", "gradient descent", Some(plan.descent)),
                run("momentum", "momentum", Some(plan.momentum)),
                run("newton", "Newton's method", None),
            ],
        }
    }

    pub(super) fn descent(&self) -> &Run {
        &self.runs[0]
    }

    pub(super) fn momentum(&self) -> &Run {
        &self.runs[1]
    }

    pub(super) fn newton(&self) -> &Run {
        &self.runs[2]
    }

    /// The function's value at the start.
    pub(super) fn first_value(&self) -> f64 {
        self.plan.landscape.value(self.plan.start)
    }

    /// The function in words, with its condition number.
    pub(super) fn name(&self) -> String {
        match self.plan.kappa {
            Some(kappa) => format!("κ = {}", short(kappa)),
            None => self.plan.name.to_owned(),
        }
    }

    /// A point in words.
    pub(super) fn point(&self, [x, y]: Point) -> String {
        if self.plan.landscape.dims() == 1 {
            six(x)
        } else {
            format!("({}, {})", six(x), six(y))
        }
    }

    /// Momentum beside Newton's method, in words.
    pub(super) fn told(&self) -> String {
        let way = |run: &Run| match run.walk.steps {
            Some(1) => "1 step".to_owned(),
            Some(steps) => format!("{} steps", grouped(steps)),
            None if run.place == Place::Elsewhere => {
                format!("no end within {} steps", grouped(self.plan.limit))
            }
            None => format!(
                "an end at {}, a {}",
                self.point(run.walk.end),
                run.place.word()
            ),
        };
        format!(
            "{}: momentum {}, Newton's method {}",
            self.name(),
            way(self.momentum()),
            way(self.newton())
        )
    }
}

/// A number to six decimals.
fn six(x: f64) -> String {
    short((x * 1e6).round() / 1e6)
}
