//! Iterations to a given loss of a linear regression, as far as there are formulas: without noise, and the noise's share.

use super::linear::Matrix;

/// The first step at which gradient descent's loss lies no more than `target` above the least: along each eigenvector of the
/// Hessian the distance falls by 1 − rate·λ a step. `None` where that takes more than `limit` steps.
pub fn descent_steps(
    hessian: &Matrix,
    offset: &[f64],
    rate: f64,
    target: f64,
    limit: u64,
) -> Option<u64> {
    let (values, vectors) = hessian.symmetric_eigen();
    let along: Vec<f64> = (0..values.len())
        .map(|which| {
            let entries = offset.iter().enumerate();
            entries.map(|(place, x)| x * vectors.at(place, which)).sum()
        })
        .collect();
    let above = |step: u64| -> f64 {
        let power = i32::try_from(2 * step).unwrap_or(i32::MAX);
        let axes = values.iter().zip(&along);
        axes.map(|(value, x)| value * x * x * (1.0 - rate * value).powi(power) / 2.0)
            .sum()
    };
    if above(0) <= target {
        return Some(0);
    }
    if above(limit).partial_cmp(&target) != Some(std::cmp::Ordering::Less) {
        return None;
    }
    // It falls from step to step, where it gets there at all: a bisection.
    let (mut before, mut after) = (0, limit);
    while after - before > 1 {
        let middle = before.midpoint(after);
        if above(middle) <= target {
            after = middle;
        } else {
            before = middle;
        }
    }
    Some(after)
}

/// How far above the least loss SGD stays on average in the long run, for small rates: rate·tr(H)·σ²/(4B), with σ² the
/// variance of a residual (from `HM + MH = rate·σ²H/B` for the weights' covariance M).
pub fn noise_floor(trace: f64, rate: f64, residual: f64, batch: f64) -> f64 {
    rate * trace * residual / (4.0 * batch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_axis_is_a_logarithm() {
        let hessian = Matrix::from(1, |_, _| 1.0);
        // ½·0.9^(2k) ≤ 0.005 from k = ln 100 / (2 ln(1/0.9)) = 21.85 on.
        assert_eq!(descent_steps(&hessian, &[1.0], 0.1, 0.005, 1000), Some(22));
        assert_eq!(descent_steps(&hessian, &[1.0], 0.1, 0.005, 20), None);
        assert_eq!(descent_steps(&hessian, &[1.0], 2.5, 0.005, 1000), None);
        assert_eq!(descent_steps(&hessian, &[0.0], 0.1, 0.005, 1000), Some(0));
    }

    #[test]
    fn twice_the_batch_is_half_the_noise() {
        let floor = |batch| noise_floor(10.0, 0.02, 0.25, batch);
        assert!((floor(1.0) - 2.0 * floor(2.0)).abs() < 1e-15);
    }
}
