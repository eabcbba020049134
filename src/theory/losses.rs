//! Squared error and cross-entropy of one binary label behind a sigmoid, as functions of the logit, in closed form.
//!
//! With u = z for the label 1 and u = −z for the label 0, and w = σ(−u), the probability given to the wrong label: the squared
//! error is w², the cross-entropy −ln(1−w). Both are functions of w alone, which loses no digits however sure the model is.

/// Which loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// (p − y)².
    Square,
    /// −y ln p − (1−y) ln(1−p).
    CrossEntropy,
}

/// A loss of one label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labelled {
    /// Which loss.
    pub loss: Loss,
    /// Whether the label is 1; else it is 0.
    pub one: bool,
}

/// 1/(1+e^−z).
pub fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

impl Labelled {
    /// 1 where a larger logit is better, else −1.
    pub fn sign(self) -> f64 {
        if self.one { 1.0 } else { -1.0 }
    }

    /// The probabilities of the wrong and of the right label.
    fn wrong_and_right(self, z: f64) -> (f64, f64) {
        let u = self.sign() * z;
        (sigmoid(-u), sigmoid(u))
    }

    /// The loss at a logit.
    pub fn value(self, z: f64) -> f64 {
        let u = self.sign() * z;
        match self.loss {
            Loss::Square => sigmoid(-u).powi(2),
            // ln(1 + e^−u), without overflow.
            Loss::CrossEntropy => (-u).max(0.0) + libm::log1p(libm::exp(-u.abs())),
        }
    }

    /// Its derivative after the logit: 2(p−y)·p(1−p), or p−y.
    pub fn gradient(self, z: f64) -> f64 {
        let (wrong, right) = self.wrong_and_right(z);
        let along = match self.loss {
            Loss::Square => -2.0 * wrong.powi(2) * right,
            Loss::CrossEntropy => -wrong,
        };
        self.sign() * along
    }

    /// Its second derivative: 2·w²(1−w)·(2−3w), or w(1−w).
    pub fn curvature(self, z: f64) -> f64 {
        let (wrong, right) = self.wrong_and_right(z);
        match self.loss {
            Loss::Square => 2.0 * wrong.powi(2) * right * (2.0 - 3.0 * wrong),
            Loss::CrossEntropy => wrong * right,
        }
    }

    /// How many steps of gradient descent it takes from a logit until the right label has more than ½; `None` where `most` are too few.
    pub fn steps(self, start: f64, rate: f64, most: u32) -> Option<u32> {
        let mut z = start;
        for step in 0..=most {
            if self.sign() * z > 0.0 {
                return Some(step);
            }
            z -= rate * self.gradient(z);
        }
        None
    }

    /// The share of the logits in ±`range` at which the curvature is negative: for the squared error where w > ⅔, which is u < −ln 2.
    pub fn negative_share(self, range: f64) -> f64 {
        match self.loss {
            Loss::Square => (range - std::f64::consts::LN_2).max(0.0) / (2.0 * range),
            Loss::CrossEntropy => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> [Labelled; 4] {
        [
            (Loss::Square, true),
            (Loss::Square, false),
            (Loss::CrossEntropy, true),
            (Loss::CrossEntropy, false),
        ]
        .map(|(loss, one)| Labelled { loss, one })
    }

    #[test]
    fn derivatives_are_those_of_differences() {
        for one in all() {
            for z in [-4.0, -0.3, 0.0, 1.0, 5.0] {
                let h = 1e-4;
                let first = (one.value(z + h) - one.value(z - h)) / (2.0 * h);
                assert!((first - one.gradient(z)).abs() < 1e-8, "{one:?} {z}");
                let second = (one.gradient(z + h) - one.gradient(z - h)) / (2.0 * h);
                assert!((second - one.curvature(z)).abs() < 1e-8, "{one:?} {z}");
            }
        }
    }

    #[test]
    fn the_share_of_negative_curvature_is_where_its_sign_changes() {
        for one in all() {
            let negative = (-1000..=1000).filter(|z| one.curvature(f64::from(*z) / 100.0) < 0.0);
            let share = f64::from(u32::try_from(negative.count()).unwrap_or(u32::MAX)) / 2001.0;
            assert!((share - one.negative_share(10.0)).abs() < 1e-3, "{one:?}");
        }
    }

    #[test]
    fn far_away_nothing_overflows_and_few_steps_are_too_few() {
        for one in all() {
            let far = -one.sign() * 500.0;
            assert!(one.value(far).is_finite() && one.gradient(far).is_finite());
        }
        let square = all()[0];
        assert_eq!(square.steps(-10.0, 1.0, 100), None);
        assert_eq!(square.steps(0.1, 1.0, 100), Some(0));
    }
}
