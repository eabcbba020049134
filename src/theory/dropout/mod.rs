//! What dropout does, in closed form: expectation, variance, before or after a non-linearity, one after another.
//!
//! A unit x becomes c·m·x with a mask m that is 1 with probability q = 1−p (kept) and 0 with probability p (dropped),
//! and a factor c that makes up for it: 1/(1−p) where the expectation is to stay x (Srivastava et al., *Dropout*, JMLR
//! 15, 2014, section 10, there called inverted). p is the probability to drop, as in PyTorch.

mod activation;
pub mod masks;
mod moments;

pub use activation::Activation;
pub use moments::Moments;

/// The factor that a kept unit is multiplied by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// 1/(1−p), and 0 at p = 1, as PyTorch has it.
    Inverted,
    /// 1: none.
    Plain,
    /// p.
    Drop,
    /// 1/p.
    InverseDrop,
    /// 1−p.
    Keep,
    /// This number.
    Factor(f64),
}

impl Scale {
    /// The factor at a probability to drop; infinite for 1/p at p = 0.
    pub fn factor(self, p: f64) -> f64 {
        match self {
            Self::Inverted if p >= 1.0 => 0.0,
            Self::Inverted => 1.0 / (1.0 - p),
            Self::Plain => 1.0,
            Self::Drop => p,
            Self::InverseDrop => 1.0 / p,
            Self::Keep => 1.0 - p,
            Self::Factor(factor) => factor,
        }
    }
}

/// A dropout, or several in a row, as one: a unit x becomes `factor`·x with probability `keep`, else 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// The probability that every one of them keeps the unit.
    pub keep: f64,
    /// The product of their factors.
    pub factor: f64,
}

impl Dropout {
    /// One after another: a unit is kept where all keep it, 1−(1−p₁)(1−p₂) dropped.
    pub fn in_a_row(drops: &[f64], scale: Scale) -> Self {
        Self {
            keep: drops.iter().map(|p| 1.0 - p).product(),
            factor: drops.iter().map(|p| scale.factor(*p)).product(),
        }
    }

    /// In evaluation mode: the input as it is.
    pub fn evaluation() -> Self {
        Self {
            keep: 1.0,
            factor: 1.0,
        }
    }

    /// The probability that the unit is dropped.
    pub fn drop(self) -> f64 {
        1.0 - self.keep
    }

    /// What a kept unit becomes.
    pub fn kept(self, x: f64) -> f64 {
        self.factor * x
    }

    /// A dropped unit: E = c(1−p)·x, Var = c²p(1−p)·x²; with c = 1/(1−p) that is x and p/(1−p)·x².
    pub fn unit(self, x: f64) -> Moments {
        Moments::two_values(self.kept(x), 0.0, self.keep)
    }

    /// A sum of dropped units, Σ terms: independent, so their variances add up.
    pub fn sum(self, terms: &[f64]) -> Moments {
        let parts: Vec<Moments> = terms.iter().map(|term| self.unit(*term)).collect();
        Moments::sum(&parts)
    }

    /// The same where each input is itself spread uniformly about its value with this standard deviation before it is
    /// dropped and weighted: E[(c·m·w·x)ᵏ] = q·(c·w)ᵏ·E[xᵏ].
    pub fn sum_of_spread(self, weights: &[f64], inputs: &[f64], deviation: f64) -> Moments {
        let parts: Vec<Moments> = weights
            .iter()
            .zip(inputs)
            .map(|(weight, input)| self.spread_unit(*weight, *input, deviation))
            .collect();
        Moments::sum(&parts)
    }

    fn spread_unit(self, weight: f64, input: f64, deviation: f64) -> Moments {
        let (q, c) = (self.keep, self.factor * weight);
        let square = deviation.powi(2);
        // Of a uniform number, E[(x−μ)⁴] = 9/5·σ⁴.
        let raw = [
            q * c * input,
            q * c.powi(2) * (input.powi(2) + square),
            q * c.powi(3) * (input.powi(3) + 3.0 * input * square),
            q * c.powi(4) * (input.powi(4) + 6.0 * input.powi(2) * square + 1.8 * square.powi(2)),
        ];
        let mean = raw[0];
        let half = deviation * 3.0_f64.sqrt();
        let ends = [c * (input - half), c * (input + half)];
        let dropped = (q < 1.0).then_some(0.0);
        let values = || ends.into_iter().chain(dropped);
        Moments {
            mean,
            variance: q * c.powi(2) * square + q * (1.0 - q) * (c * input).powi(2),
            fourth: raw[3] - 4.0 * mean * raw[2] + 6.0 * mean.powi(2) * raw[1] - 3.0 * mean.powi(4),
            low: values().fold(f64::INFINITY, f64::min),
            high: values().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// One unit before and after a non-linearity.
    pub fn through(self, z: f64, activation: Activation) -> Through {
        let (plain, nought) = (activation.at(z), activation.at(0.0));
        let inside = activation.at(self.kept(z));
        let outside = self.kept(plain);
        let kept = if self.keep > 0.0 {
            beyond_rounding(inside, outside)
        } else {
            0.0
        };
        let dropped = if self.keep < 1.0 { nought.abs() } else { 0.0 };
        Through {
            plain,
            before: Moments::two_values(inside, nought, self.keep),
            after: Moments::two_values(outside, 0.0, self.keep),
            difference: kept.max(dropped),
        }
    }
}

impl Through {
    /// The largest size of what may come out, in either order.
    pub fn size(&self) -> f64 {
        let ends = [&self.before, &self.after].map(|found| found.low.abs().max(found.high.abs()));
        ends[0].max(ends[1])
    }

    /// E[φ(drop(z))] − φ(z), and 0 where that is rounding.
    pub fn bias(&self) -> f64 {
        let size = beyond_rounding(self.before.mean, self.plain);
        size.copysign(self.before.mean - self.plain)
    }
}

/// |a − b|, and 0 where that is no more than the rounding of two products.
fn beyond_rounding(a: f64, b: f64) -> f64 {
    let difference = (a - b).abs();
    if difference <= 4.0 * f64::EPSILON * a.abs().max(b.abs()) {
        0.0
    } else {
        difference
    }
}

/// A unit z through a dropout and a non-linearity φ, in either order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Through {
    /// φ(z).
    pub plain: f64,
    /// φ(drop(z)).
    pub before: Moments,
    /// drop(φ(z)).
    pub after: Moments,
    /// The largest |φ(drop(z)) − drop(φ(z))| over the masks.
    pub difference: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expectation_stays_and_the_variance_is_as_the_formula_says() {
        for (p, x) in [(0.1, 1.0), (0.5, 1.7), (0.8, -3.0), (0.0, 2.0)] {
            let unit = Dropout::in_a_row(&[p], Scale::Inverted).unit(x);
            assert!((unit.mean - x).abs() < 1e-15 * 4.0, "{p} {x}");
            assert!((unit.variance - p / (1.0 - p) * x * x).abs() < 1e-14 * 4.0);
            let plain = Dropout::in_a_row(&[p], Scale::Plain).unit(x);
            assert!((plain.variance - p * (1.0 - p) * x * x).abs() < 1e-15 * 4.0);
        }
    }

    #[test]
    fn at_p_1_nothing_is_left() {
        let all = Dropout::in_a_row(&[1.0], Scale::Inverted);
        assert_eq!(all.unit(1.7), Moments::constant(0.0));
        assert!((all.through(2.0, Activation::Sigmoid).before.mean - 0.5).abs() < 1e-15);
    }

    #[test]
    fn two_in_a_row_drop_as_one() {
        let two = Dropout::in_a_row(&[0.2, 0.5], Scale::Inverted);
        assert!((two.drop() - 0.6).abs() < 1e-15);
        let one = Dropout::in_a_row(&[0.6], Scale::Inverted);
        assert!((two.unit(3.0).variance - one.unit(3.0).variance).abs() < 1e-13);
    }

    #[test]
    fn a_spread_input_has_the_variance_of_the_literature() {
        // Li et al., Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift, 2019:
        // Var in training is (c² + v)/q − c².
        let spread = Dropout::in_a_row(&[0.5], Scale::Inverted).sum_of_spread(&[1.0], &[2.0], 1.0);
        assert!((spread.variance - ((4.0 + 1.0) / 0.5 - 4.0)).abs() < 1e-14);
        let fixed = Dropout::in_a_row(&[0.5], Scale::Inverted);
        let narrow = fixed.sum_of_spread(&[1.5, -1.0], &[2.0, 3.0], 0.0);
        let exact = fixed.sum(&[3.0, -3.0]);
        assert!((narrow.variance - exact.variance).abs() < 1e-12);
        assert!((narrow.fourth - exact.fourth).abs() < 1e-9);
    }
}
