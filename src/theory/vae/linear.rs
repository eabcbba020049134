//! Two latent numbers, three visible ones.

use super::TWO_PI;

/// A symmetric 2×2 matrix by its rows.
type Square = [[f64; 2]; 2];

/// The model.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// W, three rows of two.
    pub weights: [[f64; 2]; 3],
    /// m.
    pub mean: [f64; 3],
    /// s², the variance of each visible number about its mean.
    pub noise: f64,
}

/// A normal distribution of the latent numbers: what an encoder says of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latent {
    /// Its mean.
    pub mean: [f64; 2],
    /// Its covariance.
    pub covariance: Square,
}

/// The loss of an encoder's distribution, and its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Losses {
    /// E_q[−log p(x|z)].
    pub reconstruction: f64,
    /// KL(q ‖ N(0, I)).
    pub to_prior: f64,
    /// KL(q ‖ p(z|x)), of the exact posterior: not from the loss.
    pub to_posterior: f64,
}

fn determinant(a: &Square) -> f64 {
    a[0][0] * a[1][1] - a[0][1] * a[1][0]
}

fn inverse(a: &Square) -> Square {
    let d = determinant(a);
    [[a[1][1] / d, -a[0][1] / d], [-a[1][0] / d, a[0][0] / d]]
}

/// vᵀ A v.
fn quadratic(a: &Square, v: [f64; 2]) -> f64 {
    (0..2)
        .map(|i| (0..2).map(|j| v[i] * a[i][j] * v[j]).sum::<f64>())
        .sum()
}

/// The trace of A·B.
fn trace(a: &Square, b: &Square) -> f64 {
    (0..2)
        .map(|i| (0..2).map(|j| a[i][j] * b[j][i]).sum::<f64>())
        .sum()
}

impl Latent {
    /// N(0, I).
    pub const PRIOR: Self = Self {
        mean: [0.0; 2],
        covariance: [[1.0, 0.0], [0.0, 1.0]],
    };

    /// KL(self ‖ other).
    pub fn divergence(&self, other: &Self) -> f64 {
        let precision = inverse(&other.covariance);
        let apart = [other.mean[0] - self.mean[0], other.mean[1] - self.mean[1]];
        let ratio = determinant(&other.covariance) / determinant(&self.covariance);
        0.5 * (trace(&precision, &self.covariance) + quadratic(&precision, apart) - 2.0
            + ratio.ln())
    }

    /// The lower triangle L with L·Lᵀ the covariance.
    pub fn root(&self) -> Square {
        let [[a, b], [_, c]] = self.covariance;
        let first = a.sqrt();
        let below = if first > 0.0 { b / first } else { 0.0 };
        [[first, 0.0], [below, (c - below * below).max(0.0).sqrt()]]
    }
}

impl Linear {
    /// p(z|x).
    pub fn posterior(&self, x: [f64; 3]) -> Latent {
        let w = &self.weights;
        let mut precision = [[1.0, 0.0], [0.0, 1.0]];
        let mut pull = [0.0; 2];
        for (row, (x, mean)) in w.iter().zip(x.iter().zip(self.mean)) {
            for i in 0..2 {
                pull[i] += row[i] * (x - mean) / self.noise;
                for j in 0..2 {
                    precision[i][j] += row[i] * row[j] / self.noise;
                }
            }
        }
        let covariance = inverse(&precision);
        let mean = [0, 1].map(|i| covariance[i][0] * pull[0] + covariance[i][1] * pull[1]);
        Latent { mean, covariance }
    }

    /// −log p(x), from the three visible numbers' own covariance W·Wᵀ + s²I.
    pub fn surprise(&self, x: [f64; 3]) -> f64 {
        let covariance = self
            .weights
            .map(|one| self.weights.map(|two| one[0] * two[0] + one[1] * two[1]));
        let entry = |i: usize, j: usize| covariance[i][j] + if i == j { self.noise } else { 0.0 };
        // Of row i and column j: what is left without them, with its sign, from the rows and columns after them in a circle.
        let cofactor = |i: usize, j: usize| {
            let (next, last) = ([(i + 1) % 3, (j + 1) % 3], [(i + 2) % 3, (j + 2) % 3]);
            entry(next[0], next[1]) * entry(last[0], last[1])
                - entry(next[0], last[1]) * entry(last[0], next[1])
        };
        let determinant: f64 = (0..3).map(|j| entry(0, j) * cofactor(0, j)).sum();
        let apart = [0, 1, 2].map(|i| x[i] - self.mean[i]);
        let square: f64 = (0..3)
            .map(|i| {
                (0..3)
                    .map(|j| apart[i] * cofactor(i, j) * apart[j])
                    .sum::<f64>()
            })
            .sum();
        0.5 * (3.0 * TWO_PI.ln() + determinant.ln() + square / determinant)
    }

    /// The loss of a distribution q of the latent numbers, for this image.
    pub fn losses(&self, x: [f64; 3], q: &Latent) -> Losses {
        let mut square = 0.0;
        for (row, (x, mean)) in self.weights.iter().zip(x.iter().zip(self.mean)) {
            let apart = x - mean - row[0] * q.mean[0] - row[1] * q.mean[1];
            square += apart * apart + quadratic(&q.covariance, *row);
        }
        Losses {
            reconstruction: 0.5 * (3.0 * (TWO_PI * self.noise).ln() + square / self.noise),
            to_prior: q.divergence(&Latent::PRIOR),
            to_posterior: q.divergence(&self.posterior(x)),
        }
    }

    /// The best q without correlations: the posterior's mean, and variances of one over the precision's diagonal.
    pub fn best_diagonal(&self, x: [f64; 3]) -> Latent {
        let posterior = self.posterior(x);
        let precision = inverse(&posterior.covariance);
        Latent {
            mean: posterior.mean,
            covariance: [[1.0 / precision[0][0], 0.0], [0.0, 1.0 / precision[1][1]]],
        }
    }

    /// The standard deviation of each reconstruction Wz + m, z from q.
    pub fn deviations(&self, q: &Latent) -> [f64; 3] {
        self.weights.map(|row| quadratic(&q.covariance, row).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn loss_less_surprise_is_the_divergence_from_the_posterior(
            weights in proptest::array::uniform3(proptest::array::uniform2(-2.0..2.0_f64)),
            mean in proptest::array::uniform3(-2.0..2.0_f64),
            x in proptest::array::uniform3(-3.0..3.0_f64),
            noise in 0.1..4.0_f64,
            centre in proptest::array::uniform2(-2.0..2.0_f64),
            (a, c, r) in (0.1..2.0_f64, 0.1..2.0_f64, -0.9..0.9_f64),
        ) {
            let model = Linear { weights, mean, noise };
            let b = r * (a * c).sqrt();
            let q = Latent { mean: centre, covariance: [[a, b], [b, c]] };
            for q in [q, model.posterior(x), model.best_diagonal(x), Latent::PRIOR] {
                let found = model.losses(x, &q);
                let loss = found.reconstruction + found.to_prior;
                let gap = loss - model.surprise(x);
                prop_assert!((gap - found.to_posterior).abs() <= 1e-11 * loss.abs().max(1.0));
                prop_assert!(found.to_posterior >= -1e-12);
            }
            let root = q.root();
            prop_assert!((root[1][0] * root[1][0] + root[1][1] * root[1][1] - c).abs() < 1e-12);
        }
    }
}
