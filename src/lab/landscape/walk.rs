//! Ways down, step by step.

use super::{Landscape, Point};

/// How the next point is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// `x ← x + v` with `v ← momentum·v − rate·∇f(x)`, v = 0 at first (Polyak, 1964); gradient descent where the
    /// momentum is 0.
    Descent {
        /// The learning rate.
        rate: f64,
        /// The share of the last step that is kept.
        momentum: f64,
    },
    /// `x ← x − H⁻¹∇f(x)`, without line search or any other safeguard.
    Newton,
}

/// When a walk is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// The value to get below.
    pub below: f64,
    /// Steps at most.
    pub limit: u64,
}

/// How a walk went.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// The steps that it took to get below the goal; `None` where it did not.
    pub steps: Option<u64>,
    /// Where it ended.
    pub end: Point,
    /// Step and value at steps 0, 1, 2, 3 and so on, ever further apart, and at the end.
    pub curve: Vec<(u64, f64)>,
    /// Points on the way, at steps 0, 1, 2, 4, 8 and so on.
    pub probes: Vec<Point>,
}

/// Goes down from `start` until the goal is reached, nothing moves any more, or numbers overflow.
pub fn walk(landscape: Landscape, start: Point, method: Method, goal: Goal) -> Walk {
    let mut at = start;
    let mut velocity = [0.0; 2];
    let mut found = Walk {
        steps: None,
        end: start,
        curve: Vec::new(),
        probes: Vec::new(),
    };
    let mut next_shown = 0;
    let mut step = 0_u64;
    loop {
        let value = landscape.value(at);
        if step == 0 || step.is_power_of_two() {
            found.probes.push(at);
        }
        let reached = value < goal.below;
        let stuck = !value.is_finite() || step == goal.limit;
        if step == next_shown || reached || stuck {
            found.curve.push((step, value));
            // A twelfth further each time, and one at least.
            next_shown = step + 1 + step / 12;
        }
        found.end = at;
        if reached {
            found.steps = Some(step);
        }
        if reached || stuck {
            return found;
        }
        let before = at;
        velocity = match method {
            Method::Descent { rate, momentum } => {
                let gradient = landscape.gradient(at);
                [0, 1].map(|axis| momentum * velocity[axis] - rate * gradient[axis])
            }
            Method::Newton => newton_step(landscape, at),
        };
        at = [0, 1].map(|axis| at[axis] + velocity[axis]);
        #[expect(clippy::float_cmp, reason = "not one bit moved")]
        let settled = at == before && (method == Method::Newton || velocity == [0.0; 2]);
        if settled {
            return found;
        }
        step += 1;
    }
}

/// `−H⁻¹∇f`, by Cramer's rule; not finite where the Hessian is singular.
fn newton_step(landscape: Landscape, at: Point) -> Point {
    let [gx, gy] = landscape.gradient(at);
    let [[a, b], [c, d]] = landscape.hessian(at);
    let determinant = a * d - b * c;
    [
        -(d * gx - b * gy) / determinant,
        -(a * gy - c * gx) / determinant,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOAL: Goal = Goal {
        below: 1e-12,
        limit: 100_000,
    };

    fn steps(landscape: Landscape, start: Point, method: Method) -> Option<u64> {
        walk(landscape, start, method, GOAL).steps
    }

    #[test]
    fn newton_needs_one_step_in_any_ravine() {
        for kappa in [1.0, 10.0, 1e6] {
            let ravine = Landscape::Ravine { kappa };
            assert_eq!(steps(ravine, [1.0, 1.0], Method::Newton), Some(1));
        }
    }

    #[test]
    fn a_rate_too_large_ends_in_overflow_and_not_in_a_minimum() {
        let fast = Method::Descent {
            rate: 1.0,
            momentum: 0.0,
        };
        let found = walk(Landscape::Ravine { kappa: 10.0 }, [1.0, 1.0], fast, GOAL);
        assert_eq!(found.steps, None);
        assert!(found.curve.len() < 1000);
        let last = found.curve.last().map(|point| point.1);
        assert_eq!(last, Some(f64::INFINITY));
    }

    #[test]
    fn newton_settles_on_a_maximum() {
        let well = Landscape::DoubleWell { tilt: 0.0 };
        let goal = Goal {
            below: -0.25 + 1e-12,
            limit: 100,
        };
        let found = walk(well, [0.2, 0.0], Method::Newton, goal);
        assert_eq!(found.steps, None);
        assert!(found.end[0].abs() < 1e-12, "{:?}", found.end);
    }

    #[test]
    fn a_start_at_the_goal_takes_no_step() {
        assert_eq!(
            steps(Landscape::Rosenbrock, [1.0, 1.0], Method::Newton),
            Some(0)
        );
    }
}
