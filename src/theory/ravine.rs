//! How fast gradient descent, momentum and Newton's method are in a ravine `(x² + κy²)/2`, in closed form.
//!
//! Along an axis of curvature λ, gradient descent with momentum is the recurrence
//! `x_{k+1} = (1 + β − αλ)·x_k − β·x_{k−1}` with `x_1 = (1 − αλ)·x_0`, and its solution is a sum of powers of the roots of
//! `r² − (1 + β − αλ)·r + β`. The best coefficients are Polyak's (*Some methods of speeding up the convergence of iteration
//! methods*, 1964).

/// A learning rate and a momentum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients {
    /// α.
    pub rate: f64,
    /// β; 0 is gradient descent.
    pub momentum: f64,
}

impl Coefficients {
    /// The best for gradient descent: `α = 2/(1 + κ)`.
    pub fn descent(kappa: f64) -> Self {
        Self {
            rate: 2.0 / (1.0 + kappa),
            momentum: 0.0,
        }
    }

    /// The best with momentum: `α = 4/(1 + √κ)²`, `β = ((√κ − 1)/(√κ + 1))²`.
    pub fn momentum(kappa: f64) -> Self {
        let root = kappa.sqrt();
        Self {
            rate: 4.0 / (1.0 + root).powi(2),
            momentum: ((root - 1.0) / (root + 1.0)).powi(2),
        }
    }

    /// What the distance is multiplied by at each step in the long run, for the slower of the two axes.
    pub fn factor(self, kappa: f64) -> f64 {
        [1.0, kappa]
            .map(|curvature| self.axis(curvature).size())
            .into_iter()
            .fold(0.0, f64::max)
    }

    /// The first step at which `(x² + κy²)/2` is below `tolerance`, from `start`; `None` where that takes more than
    /// `limit` steps.
    pub fn steps(self, kappa: f64, start: [f64; 2], tolerance: f64, limit: u64) -> Option<u64> {
        let axes = [self.axis(1.0), self.axis(kappa)];
        let diverges = axes.iter().zip(start).any(|(axis, x)| {
            // Nothing comes of an axis that has no share in the start.
            axis.size() >= 1.0 && x != 0.0
        });
        let value = |step: u64| {
            let [x, y] = [0, 1].map(|axis| start[axis] * axes[axis].at(step));
            f64::midpoint(x * x, kappa * y * y)
        };
        let last = if diverges { limit.min(1000) } else { limit };
        (0..=last).find(|step| value(*step) < tolerance)
    }

    fn axis(self, curvature: f64) -> Recurrence {
        Recurrence {
            first: 1.0 - self.rate * curvature,
            momentum: self.momentum,
        }
    }
}

/// `x_{k+1} = (first + β)·x_k − β·x_{k−1}` from x_0 = 1 and x_1 = `first`.
struct Recurrence {
    first: f64,
    momentum: f64,
}

/// Roots nearer to each other than this share are one double root: their difference is rounding.
const DOUBLE: f64 = 1e-12;

impl Recurrence {
    /// A quarter of the discriminant, and half the sum of the roots.
    fn shape(&self) -> (f64, f64) {
        let half = f64::midpoint(self.first, self.momentum);
        (half * half - self.momentum, half)
    }

    /// The size of the larger root.
    fn size(&self) -> f64 {
        let (discriminant, half) = self.shape();
        if discriminant <= DOUBLE * half * half {
            self.momentum.sqrt().max(half.abs())
        } else {
            half.abs() + discriminant.sqrt()
        }
    }

    /// x_k.
    fn at(&self, step: u64) -> f64 {
        let (discriminant, half) = self.shape();
        let first = self.first;
        #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³ steps")]
        let k = step as f64;
        let power = |base: f64| base.powi(i32::try_from(step).unwrap_or(i32::MAX));
        if step == 0 {
            return 1.0;
        }
        if discriminant.abs() <= DOUBLE * half * half {
            // Both roots are `half`.
            let before = half.powi(i32::try_from(step - 1).unwrap_or(i32::MAX));
            return before * (half + k * (first - half));
        }
        if discriminant > 0.0 {
            let root = discriminant.sqrt();
            let (high, low) = (half + root, half - root);
            let share = (first - low) / (high - low);
            return share * power(high) + (1.0 - share) * power(low);
        }
        let modulus = self.momentum.sqrt();
        let angle = (half / modulus).clamp(-1.0, 1.0).acos();
        let sine = (first - half) / (-discriminant).sqrt();
        power(modulus) * ((k * angle).cos() + sine * (k * angle).sin())
    }
}

/// The stationary points of `x⁴/4 − x²/2 + tilt·x`, ascending: the roots of `x³ − x + tilt`.
pub fn stationary(tilt: f64) -> Vec<f64> {
    // Viète's trigonometric form; with a larger tilt there is one root, Cardano's.
    let cosine = -tilt * 27.0_f64.sqrt() / 2.0;
    let scale = 2.0 / 3.0_f64.sqrt();
    let mut roots: Vec<f64> = if cosine.abs() < 1.0 {
        (0..3)
            .map(|turn| {
                let turn = f64::from(turn) * std::f64::consts::TAU;
                scale * ((cosine.acos() + turn) / 3.0).cos()
            })
            .collect()
    } else {
        let sign = cosine.signum();
        vec![sign * scale * (cosine.abs().acosh() / 3.0).cosh()]
    };
    // A step of Newton's method takes away what the functions of the angle round.
    for root in &mut roots {
        let slope = 3.0 * *root * *root - 1.0;
        if slope.abs() > 1e-6 {
            *root -= (root.powi(3) - *root + tilt) / slope;
        }
    }
    roots.sort_by(f64::total_cmp);
    roots
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The recurrence, carried out.
    fn carried_out(coefficients: Coefficients, curvature: f64, steps: usize) -> f64 {
        let (mut x, mut v) = (1.0, 0.0);
        for _ in 0..steps {
            v = coefficients.momentum * v - coefficients.rate * curvature * x;
            x += v;
        }
        x
    }

    proptest! {
        #[test]
        fn the_solution_is_what_the_recurrence_gives(
            rate in 0.01..1.5, momentum in 0.0..0.99, curvature in 0.1..2.0, steps in 0_usize..60,
        ) {
            let coefficients = Coefficients { rate, momentum };
            let known = carried_out(coefficients, curvature, steps);
            let found = coefficients.axis(curvature).at(steps as u64);
            // Near a double root the two powers cancel.
            prop_assert!((found - known).abs() < 1e-6 * known.abs().max(1.0), "{found} {known}");
        }

        #[test]
        fn stationary_points_are_roots(tilt in -2.0..2.0) {
            for x in stationary(tilt) {
                prop_assert!((x.powi(3) - x + tilt).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn best_coefficients_make_both_axes_alike() {
        for kappa in [1.0, 10.0, 1000.0] {
            let root = f64::sqrt(kappa);
            let plain = Coefficients::descent(kappa).factor(kappa);
            assert!((plain - (kappa - 1.0) / (kappa + 1.0)).abs() < 1e-14);
            let with = Coefficients::momentum(kappa).factor(kappa);
            assert!((with - (root - 1.0) / (root + 1.0)).abs() < 1e-9);
        }
    }

    #[test]
    fn what_diverges_never_arrives() {
        let fast = Coefficients {
            rate: 1.0,
            momentum: 0.0,
        };
        assert_eq!(fast.steps(10.0, [1.0, 1.0], 1e-12, 1_000_000), None);
        assert_eq!(fast.steps(10.0, [1.0, 0.0], 1e-12, 1_000_000), Some(1));
    }

    #[test]
    fn two_wells_have_three_stationary_points_and_a_tilted_one_has_one() {
        assert_eq!(stationary(0.0).len(), 3);
        assert_eq!(stationary(1.0).len(), 1);
        assert_eq!(stationary(-1.0).len(), 1);
    }
}
