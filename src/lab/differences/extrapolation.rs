//! From values on both sides of a point to a derivative and its error.

use super::replay::Values;

/// The first step, relative to the size of what is changed: 2⁻¹⁴. The extrapolated difference is then exact to rounding
/// where the function is smooth on the scale of its argument, and the error that is stated for it is about 10⁻⁹.
const FIRST: i32 = -14;

/// Powers of two by which the step is changed, in this order, where the error is too large: smaller ones for a strong
/// curvature and for a kink nearby, a larger one for a function whose rounding drowns its change.
pub(super) const ROUNDS: [i32; 5] = [0, -4, 5, -8, -12];

/// A relative error that is good enough not to try another step.
pub(super) const GOOD: f64 = 1e-8;

/// One-sided derivatives that differ by more than this part of themselves, at every step, show a kink.
const KINK: f64 = 1e-5;

/// A derivative as one step shows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Estimate {
    pub(super) derivative: f64,
    /// What the extrapolation corrected: the error of truncation is smaller.
    pub(super) truncation: f64,
    /// By how much the one-sided derivatives differ.
    pub(super) jump: f64,
    /// The larger of the one-sided derivatives.
    size: f64,
    step: f64,
    /// What the step is a part of: the size of the argument.
    reach: f64,
}

impl Estimate {
    /// With D(h) = (f(x+h) − f(x−h)) / 2h, the central difference, the derivative is taken to be Richardson's
    ///
    /// ```text
    /// R = (4·D(h/2) − D(h)) / 3 = f′(x) + O(h⁴)
    /// ```
    ///
    /// and |D(h) − D(h/2)|, an error of order h², bounds that of R with a wide margin where the function is smooth, and
    /// still holds where a kink lies between the points.
    ///
    /// The one-sided derivatives (4·f(x ± h/2) − f(x ± h) − 3·f(x)) / ±h are extrapolated likewise. They differ by
    /// O(h³) for a smooth function, so that what is seen of it is rounding; at a kink they differ by the jump of the slope.
    pub(super) fn new(values: Values, step: f64, first: f64) -> Self {
        let [right, left, half_right, half_left] = values;
        let whole = (right - left) / (2.0 * step);
        let half = (half_right - half_left) / step;
        let after = (4.0 * half_right - right) / step;
        let before = (left - 4.0 * half_left) / step;
        Self {
            derivative: (4.0 * half - whole) / 3.0,
            truncation: (whole - half).abs(),
            jump: (after - before).abs(),
            size: after.abs().max(before.abs()),
            step,
            reach: first * 2.0_f64.powi(-FIRST),
        }
    }

    /// The rounding of the function's values that this step lets through, as a change of the function.
    pub(super) fn noise(&self) -> f64 {
        self.jump * self.step
    }

    /// The estimated absolute error, given the rounding seen elsewhere on the same input.
    pub(super) fn error(&self, noise: f64) -> f64 {
        // A value of the size x·f′(x) is rounded to ε of itself.
        let least = f64::EPSILON * self.derivative.abs() * self.reach / self.step;
        let error = self.truncation + self.jump.max(noise / self.step) + least;
        if error.is_nan() { f64::INFINITY } else { error }
    }

    /// Whether the function has no derivative here, given the size of the other entries' derivatives.
    pub(super) fn is_kink(&self, scale: f64) -> bool {
        let small = self.jump <= KINK * self.size.max(1e-3 * scale);
        !self.derivative.is_finite() || !small
    }
}

/// The first step for an entry, a power of two, so that dividing by it is exact.
pub(super) fn first_step(x: f64, typical: f64) -> f64 {
    let size = x.abs().max(typical);
    if size.is_finite() && size > 0.0 {
        power_of_two(size) * 2.0_f64.powi(FIRST)
    } else {
        2.0_f64.powi(FIRST)
    }
}

/// The next power of two, within what can be divided by.
fn power_of_two(size: f64) -> f64 {
    size.log2().ceil().clamp(-900.0, 900.0).exp2()
}

/// What counts as the size of an entry that is itself near zero: four times the root mean square of all, but neither
/// more than 1 nor, since most functions do not vary on the scale of a tensor of small numbers, less than 1/16.
pub(super) fn typical(data: &[f64]) -> f64 {
    let rms = root_mean_square(data.iter().copied());
    if rms > 0.0 {
        (4.0 * rms).clamp(0.0625, 1.0)
    } else {
        1.0
    }
}

/// Of the finite numbers.
#[expect(
    clippy::cast_precision_loss,
    reason = "a count of elements is far below 2⁵³"
)]
pub(super) fn root_mean_square(numbers: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_usize);
    for x in numbers.filter(|x| x.is_finite()) {
        sum += x * x;
        count += 1;
    }
    (sum / count.max(1) as f64).sqrt()
}

/// The rounding that entries show together: four times its root mean square, kinks aside. One entry by itself may show
/// none by chance, where all its values happen to be rounded alike.
pub(super) fn common_noise(estimates: &[Estimate], scale: f64) -> f64 {
    let smooth = estimates
        .iter()
        .filter(|estimate| estimate.derivative != 0.0 && !estimate.is_kink(scale));
    4.0 * root_mean_square(smooth.map(Estimate::noise))
}
