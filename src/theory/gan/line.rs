//! One number: data N(target, 1), generator θ + z, discriminator σ(slope·x + offset). Expectations by the trapezoid rule.

use super::{Loss, sigmoid, softplus};

/// The grid of z.
const POINTS: u32 = 257;
const REACH: f64 = 8.0;
const STEP: f64 = 1.0 / 16.0;

/// Where both stand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The mean of the data.
    pub target: f64,
    /// θ, the mean of what is generated.
    pub theta: f64,
    /// The discriminator's slope.
    pub slope: f64,
    /// The discriminator's offset.
    pub offset: f64,
}

/// E f(mean + z).
fn expectation(mean: f64, f: impl Fn(f64) -> f64) -> f64 {
    let density = STEP / (2.0 * std::f64::consts::PI).sqrt();
    (0..POINTS)
        .map(|point| {
            let z = STEP * f64::from(point) - REACH;
            density * (-0.5 * z * z).exp() * f(mean + z)
        })
        .sum()
}

impl Line {
    /// The logit of x.
    fn logit(&self, x: f64) -> f64 {
        self.slope * x + self.offset
    }

    /// The best discriminator of N(target, 1) and N(θ, 1), its logit multiplied by `sureness`.
    #[must_use]
    pub fn with_best(self, sureness: f64) -> Self {
        let apart = self.target - self.theta;
        Self {
            slope: sureness * apart,
            offset: -sureness * apart * 0.5 * (self.target + self.theta),
            ..self
        }
    }

    /// The discriminator's loss.
    pub fn discriminator_loss(&self) -> f64 {
        expectation(self.target, |x| softplus(-self.logit(x)))
            + expectation(self.theta, |x| softplus(self.logit(x)))
    }

    /// The slope of the generator's loss after θ.
    pub fn generator_slope(&self, loss: Loss) -> f64 {
        let of = |x| match loss {
            Loss::Saturating => slope_saturating(self.logit(x)),
            Loss::NonSaturating => slope_non_saturating(self.logit(x)),
        };
        self.slope * expectation(self.theta, of)
    }

    /// One step of the discriminator.
    pub fn discriminate(&mut self, rate: f64) {
        let wrong_data = |x| -sigmoid(-self.logit(x));
        let wrong_fake = |x| sigmoid(self.logit(x));
        let slope = expectation(self.target, |x| x * wrong_data(x))
            + expectation(self.theta, |x| x * wrong_fake(x));
        let offset = expectation(self.target, wrong_data) + expectation(self.theta, wrong_fake);
        self.slope -= rate * slope;
        self.offset -= rate * offset;
    }

    /// One step of the generator.
    pub fn generate(&mut self, rate: f64, loss: Loss) {
        self.theta -= rate * self.generator_slope(loss);
    }
}

/// The derivative of log(1 − σ(s)) after s.
pub fn slope_saturating(s: f64) -> f64 {
    -sigmoid(s)
}

/// The derivative of −log σ(s) after s.
pub fn slope_non_saturating(s: f64) -> f64 {
    -sigmoid(-s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_sureness_has_a_lower_loss() {
        let line = Line {
            target: 2.0,
            theta: 0.0,
            slope: 0.0,
            offset: 0.0,
        };
        let least = line.with_best(1.0).discriminator_loss();
        for sureness in [-1.0, 0.0, 0.5, 0.9, 1.1, 3.0] {
            assert!(line.with_best(sureness).discriminator_loss() > least);
        }
        assert!((line.with_best(0.0).discriminator_loss() - 2.0 * 2.0_f64.ln()).abs() < 1e-12);
        // Training comes to it too.
        let mut trained = line;
        for _ in 0..20_000 {
            trained.discriminate(0.2);
        }
        assert!(
            (trained.slope - 2.0).abs() < 1e-6 && (trained.offset + 2.0).abs() < 1e-6,
            "{trained:?}"
        );
    }

    #[test]
    fn slopes_are_those_of_differences() {
        let line = Line {
            target: 2.0,
            theta: 0.3,
            slope: 1.4,
            offset: -0.8,
        };
        for loss in [Loss::Saturating, Loss::NonSaturating] {
            let value = |theta: f64| {
                expectation(theta, |x| match loss {
                    Loss::Saturating => -softplus(line.logit(x)),
                    Loss::NonSaturating => softplus(-line.logit(x)),
                })
            };
            let measured = (value(0.3 + 1e-5) - value(0.3 - 1e-5)) / 2e-5;
            assert!((line.generator_slope(loss) - measured).abs() < 1e-9);
        }
    }
}
