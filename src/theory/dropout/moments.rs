//! Mean, variance and fourth central moment of a random number, and how far an average of draws may lie off.
//!
//! The usual error of a sample variance, σ²√(2/n), is that of a normal distribution, and the leading term of the right
//! one vanishes for a unit that is dropped half of the time. So the errors here are those of the distribution at hand:
//! the exact sampling variance, and Bernstein's inequality where a bound is wanted that holds for rare events too.

/// What is known of a random number's distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Its expectation μ.
    pub mean: f64,
    /// E[(v − μ)²].
    pub variance: f64,
    /// E[(v − μ)⁴].
    pub fourth: f64,
    /// The least value that it takes.
    pub low: f64,
    /// The largest value that it takes.
    pub high: f64,
}

impl Moments {
    /// A number that is always the same.
    pub fn constant(value: f64) -> Self {
        Self::two_values(value, value, 1.0)
    }

    /// `kept` with probability `q`, `dropped` otherwise.
    pub fn two_values(kept: f64, dropped: f64, q: f64) -> Self {
        let (low, high) = if q >= 1.0 {
            (kept, kept)
        } else if q <= 0.0 {
            (dropped, dropped)
        } else {
            (kept.min(dropped), kept.max(dropped))
        };
        let spread = q * (1.0 - q);
        let gap = (kept - dropped).powi(2);
        Self {
            mean: q * kept + (1.0 - q) * dropped,
            variance: spread * gap,
            fourth: spread * (1.0 - 3.0 * spread) * gap.powi(2),
            low,
            high,
        }
    }

    /// The sum of independent numbers: their variances and fourth cumulants add up.
    pub fn sum(parts: &[Self]) -> Self {
        if let [only] = parts {
            return *only;
        }
        let total = |of: fn(&Self) -> f64| parts.iter().map(of).sum::<f64>();
        let variance = total(|part| part.variance);
        let cumulant = total(|part| part.fourth - 3.0 * part.variance.powi(2));
        Self {
            mean: total(|part| part.mean),
            variance,
            fourth: cumulant + 3.0 * variance.powi(2),
            low: total(|part| part.low),
            high: total(|part| part.high),
        }
    }

    /// The standard error of a mean of n draws: √(σ²/n).
    pub fn error_of_mean(&self, n: f64) -> f64 {
        (self.variance / n).sqrt()
    }

    /// The standard error of the unbiased variance of n draws (n ≥ 2), exactly: its square is
    /// (μ₄ − σ⁴)/n + 2σ⁴/(n(n−1)).
    pub fn error_of_variance(&self, n: f64) -> f64 {
        let square = self.variance.powi(2);
        (self.excess() / n + 2.0 * square / (n * (n - 1.0))).sqrt()
    }

    /// How far a mean of n draws may lie from μ: k standard errors, and by Bernstein's inequality so much more that a
    /// distance beyond it has a probability of at most 2·e^(−k²/2), however rare the values are that matter.
    pub fn reach_of_mean(&self, n: f64, k: f64) -> f64 {
        bernstein(self.variance, self.largest(), n, k)
    }

    /// The same for the unbiased variance. It is the mean of (v − μ)² less the square of the mean's own error, and
    /// either part is bounded; where the first vanishes, the second is what is left.
    pub fn reach_of_variance(&self, n: f64, k: f64) -> f64 {
        let squares = bernstein(self.excess(), self.largest().powi(2), n, k);
        let own = self.reach_of_mean(n, k).powi(2);
        (squares + own) * n / (n - 1.0) + self.variance / (n - 1.0)
    }

    /// μ₄ − σ⁴: the variance of (v − μ)². Never negative, but for rounding.
    fn excess(&self) -> f64 {
        (self.fourth - self.variance.powi(2)).max(0.0)
    }

    /// The largest |v − μ|.
    fn largest(&self) -> f64 {
        (self.high - self.mean).max(self.mean - self.low).max(0.0)
    }
}

/// The t with n·t²/(2(σ² + M·t/3)) = k²/2, for a mean of n numbers of variance σ² that lie within M of theirs.
fn bernstein(variance: f64, largest: f64, n: f64, k: f64) -> f64 {
    let linear = k * k * largest / (6.0 * n);
    linear + (linear * linear + k * k * variance / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() <= 1e-12 * left.abs().max(right.abs()).max(1e-300)
    }

    /// The moments by their definition, over all combinations of two-valued numbers.
    fn by_definition(parts: &[(f64, f64, f64)]) -> Moments {
        let mut outcomes = vec![(0.0, 1.0)];
        for (kept, dropped, q) in parts {
            outcomes = outcomes
                .iter()
                .flat_map(|(sum, weight)| {
                    [
                        (sum + kept, weight * q),
                        (sum + dropped, weight * (1.0 - q)),
                    ]
                })
                .collect();
        }
        let expect = |of: &dyn Fn(f64) -> f64| -> f64 {
            outcomes
                .iter()
                .map(|(value, weight)| weight * of(*value))
                .sum()
        };
        let mean = expect(&|value| value);
        Moments {
            mean,
            variance: expect(&|value| (value - mean).powi(2)),
            fourth: expect(&|value| (value - mean).powi(4)),
            low: outcomes
                .iter()
                .map(|outcome| outcome.0)
                .fold(f64::INFINITY, f64::min),
            high: outcomes
                .iter()
                .map(|outcome| outcome.0)
                .fold(f64::NEG_INFINITY, f64::max),
        }
    }

    #[test]
    fn sums_have_the_moments_of_their_outcomes() {
        let parts = [
            (1.0, 0.0, 0.3),
            (-2.0, 0.5, 0.8),
            (4.0, 0.0, 0.5),
            (0.25, 0.0, 0.9),
        ];
        for count in 1..=parts.len() {
            let parts = &parts[..count];
            let summed: Vec<Moments> = parts
                .iter()
                .map(|(kept, dropped, q)| Moments::two_values(*kept, *dropped, *q))
                .collect();
            let (got, want) = (Moments::sum(&summed), by_definition(parts));
            for (got, want) in [
                (got.mean, want.mean),
                (got.variance, want.variance),
                (got.fourth, want.fourth),
                (got.low, want.low),
                (got.high, want.high),
            ] {
                assert!(close(got, want), "{got} {want}");
            }
        }
    }

    #[test]
    fn at_one_half_only_the_second_term_of_the_variance_s_error_is_left() {
        let half = Moments::two_values(2.0, 0.0, 0.5);
        let n = 1000.0;
        assert!(close(
            half.error_of_variance(n),
            (2.0_f64 / (n * (n - 1.0))).sqrt()
        ));
        assert!(half.error_of_variance(n) < (2.0 / n).sqrt() / 30.0);
    }

    /// The exact sampling variance, by all outcomes of a few draws.
    #[test]
    fn the_error_of_a_variance_is_that_of_every_sample() {
        for q in [0.1, 0.5, 0.9] {
            let moments = Moments::two_values(3.0, 0.0, q);
            let n = 5_u32;
            let (mut first, mut second) = (0.0, 0.0);
            for sample in 0_u32..1 << n {
                let kept = f64::from(sample.count_ones());
                let weight = q.powf(kept) * (1.0 - q).powf(f64::from(n) - kept);
                let mean = 3.0 * kept / f64::from(n);
                let squares = kept * (3.0 - mean).powi(2) + (f64::from(n) - kept) * mean.powi(2);
                let variance = squares / f64::from(n - 1);
                first += weight * variance;
                second += weight * variance.powi(2);
            }
            assert!(close(first, moments.variance));
            let error = (second - first.powi(2)).sqrt();
            assert!((error - moments.error_of_variance(5.0)).abs() < 1e-12);
        }
    }

    /// A unit that is hardly ever kept: within six standard errors is a promise that one kept draw breaks.
    #[test]
    fn the_reach_holds_for_rare_events_and_comes_to_k_errors_for_many_draws() {
        let rare = Moments::two_values(1e4, 0.0, 1e-4);
        let one_kept = 1e4 / 100.0 - 1.0;
        assert!(one_kept > 6.0 * rare.error_of_mean(100.0));
        assert!(one_kept < rare.reach_of_mean(100.0, 6.0));
        let many = 1e12;
        let reach = rare.reach_of_mean(many, 6.0) / rare.error_of_mean(many);
        assert!((6.0..6.01).contains(&reach), "{reach}");
    }
}
