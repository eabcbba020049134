//! A convolution along one axis with a shortcut round it, fitted by least squares, in closed form.
//!
//! The model is f(x) + s·x, where f is a convolution with a filter θ and zeros beyond the ends, and s is 0 without a shortcut. The
//! loss is the mean squared error and λ/2·|θ|², whose gradient adds λ·θ as weight decay does. Its minimum solves
//! (XᵀX/n + λ/2·I)·θ = Xᵀ(y − s·x)/n.

/// A signal and what is to become of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The signal.
    pub signal: Vec<f64>,
    /// The target.
    pub target: Vec<f64>,
    /// Taps of the filter, an odd number.
    pub taps: usize,
}

impl Problem {
    /// x(t) = sin(t^1.5) for t below `length`, convolved with this filter, and `noise`·cos(t) on top of it.
    pub fn sweep(filter: &[f64], length: u32, noise: f64) -> Self {
        let times = (0..length).map(f64::from);
        let signal: Vec<f64> = times.clone().map(|t| libm::sin(t.powf(1.5))).collect();
        let mut problem = Self {
            signal,
            target: Vec::new(),
            taps: filter.len(),
        };
        let target = problem.convolved(filter).into_iter().zip(times);
        problem.target = target.map(|(y, t)| y + noise * libm::cos(t)).collect();
        problem
    }

    /// What the filter's taps see at a place: zeros beyond the ends.
    fn seen(&self, place: usize) -> impl Iterator<Item = f64> + '_ {
        let before = self.taps / 2;
        (0..self.taps).map(move |tap| {
            let at = (place + tap).checked_sub(before);
            at.and_then(|at| self.signal.get(at))
                .copied()
                .unwrap_or(0.0)
        })
    }

    /// The signal through a filter.
    pub fn convolved(&self, filter: &[f64]) -> Vec<f64> {
        let at = |place| self.seen(place).zip(filter).map(|(x, w)| x * w).sum();
        (0..self.signal.len()).map(at).collect()
    }

    /// f(x) + s·x.
    pub fn output(&self, filter: &[f64], shortcut: f64) -> Vec<f64> {
        let through = self.convolved(filter).into_iter().zip(&self.signal);
        through.map(|(y, x)| y + shortcut * x).collect()
    }

    /// The mean squared error.
    pub fn loss(&self, filter: &[f64], shortcut: f64) -> f64 {
        let output = self.output(filter, shortcut);
        self.mean(
            output
                .iter()
                .zip(&self.target)
                .map(|(y, t)| (y - t).powi(2)),
        )
    }

    fn mean(&self, numbers: impl Iterator<Item = f64>) -> f64 {
        let count: f64 = self.signal.iter().map(|_| 1.0).sum();
        numbers.sum::<f64>() / count
    }

    /// XᵀX/n + λ/2·I, half of the loss's second derivatives.
    pub fn matrix(&self, decay: f64) -> Vec<Vec<f64>> {
        let rows: Vec<Vec<f64>> = (0..self.signal.len())
            .map(|at| self.seen(at).collect())
            .collect();
        let entry = |i: usize, j: usize| {
            let ridge = if i == j { decay / 2.0 } else { 0.0 };
            self.mean(rows.iter().map(|row| row[i] * row[j])) + ridge
        };
        let row = |i| (0..self.taps).map(|j| entry(i, j)).collect();
        (0..self.taps).map(row).collect()
    }

    /// The filter of least loss; `None` where the signal does not determine one.
    pub fn fitted(&self, shortcut: f64, decay: f64) -> Option<Vec<f64>> {
        let left: Vec<f64> = (self.target.iter().zip(&self.signal))
            .map(|(y, x)| y - shortcut * x)
            .collect();
        let rows: Vec<Vec<f64>> = (0..self.signal.len())
            .map(|at| self.seen(at).collect())
            .collect();
        let right = |tap: usize| self.mean(rows.iter().zip(&left).map(|(row, y)| row[tap] * y));
        solve(self.matrix(decay), (0..self.taps).map(right).collect())
    }

    /// The largest learning rate with which gradient descent surely settles: 2 over the largest row sum of the second derivatives.
    pub fn largest_rate(&self, decay: f64) -> f64 {
        let sums = self.matrix(decay).into_iter();
        let sums = sums.map(|row| 2.0 * row.into_iter().map(f64::abs).sum::<f64>());
        2.0 / sums.fold(0.0, f64::max)
    }
}

/// A symmetric positive system by Cholesky's factors; `None` where it is not positive beyond rounding.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    let largest = (0..n).map(|i| matrix[i][i]).fold(0.0, f64::max);
    for j in 0..n {
        let squares: f64 = (0..j).map(|k| matrix[j][k].powi(2)).sum();
        let pivot = matrix[j][j] - squares;
        if pivot.is_nan() || pivot <= 1e-12 * largest {
            return None;
        }
        matrix[j][j] = pivot.sqrt();
        for i in j + 1..n {
            let products: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            matrix[i][j] = (matrix[i][j] - products) / matrix[j][j];
        }
    }
    for i in 0..n {
        let known: f64 = (0..i).map(|k| matrix[i][k] * right[k]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| matrix[k][i] * right[k]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    Some(right)
}

/// The filter that gives its input back: 1 in the middle.
pub fn identity(taps: usize) -> Vec<f64> {
    (0..taps)
        .map(|tap| if tap == taps / 2 { 1.0 } else { 0.0 })
        .collect()
}

/// The cosine of the angle between two filters; not a number where one is 0.
pub fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_noise_the_filter_is_found_again() -> Result<(), &'static str> {
        let filter = [0.2, -0.5, 0.7, 0.1, 0.4];
        let problem = Problem::sweep(&filter, 200, 0.0);
        let found = problem.fitted(0.0, 0.0).ok_or("no filter")?;
        for (found, known) in found.iter().zip(filter) {
            assert!((found - known).abs() < 1e-12, "{found} {known}");
        }
        assert!(problem.loss(&found, 0.0) < 1e-24);
        let residual = problem.fitted(1.0, 0.0).ok_or("no filter")?;
        assert!((residual[2] - (0.7 - 1.0)).abs() < 1e-12);
        Ok(())
    }

    #[test]
    fn too_short_a_signal_determines_nothing() {
        assert_eq!(
            Problem::sweep(&[1.0, 2.0, 3.0], 2, 0.0).fitted(0.0, 0.0),
            None
        );
        assert!(
            Problem::sweep(&[1.0, 2.0, 3.0], 2, 0.0)
                .fitted(0.0, 0.1)
                .is_some()
        );
    }

    #[test]
    fn the_identity_gives_the_signal_back() {
        let problem = Problem::sweep(&[1.0, 2.0, 3.0], 10, 0.0);
        assert_eq!(problem.convolved(&identity(3)), problem.signal);
    }
}
