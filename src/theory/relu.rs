//! ReLUs in closed form: a chain of single units, the slope of one, and one unit in training.

/// max(0, x) to a power, differentiated: power·x^(power−1) above 0, and 0 from there down, as PyTorch has it at 0.
pub fn slope(x: f64, power: f64) -> f64 {
    if x > 0.0 {
        power * x.powf(power - 1.0)
    } else {
        0.0
    }
}

/// The derivative of a chain h ← max(0, w·h + b), h = 1 at first, after the first weight: a bias a unit.
///
/// It is the product of the later weights, w^(L−1), while every unit is alive, and 0 as soon as one is dead.
pub fn chain(weight: f64, biases: &[f64]) -> f64 {
    let (mut h, mut derivative) = (1.0, 0.0);
    for (unit, bias) in biases.iter().enumerate() {
        let z = weight * h + bias;
        let inner = if unit == 0 { h } else { weight * derivative };
        derivative = if z > 0.0 { inner } else { 0.0 };
        h = z.max(0.0);
    }
    derivative
}

/// How far slopes lie from two descriptions of them, as shares of the largest: a constant, and a line through 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The best constant, the mean.
    pub constant: f64,
    /// The best line through 0, by least squares: this times x.
    pub line: f64,
    /// The largest distance from the constant.
    pub off_constant: f64,
    /// The largest distance from the line.
    pub off_line: f64,
}

impl Fit {
    /// Of points x and the slopes there; `None` without a point or where every slope is 0.
    pub fn of(points: &[(f64, f64)]) -> Option<Self> {
        let largest = points
            .iter()
            .map(|(_, slope)| slope.abs())
            .fold(0.0, f64::max);
        let squares: f64 = points.iter().map(|(x, _)| x * x).sum();
        let sum = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
        let constant = sum(|(_, slope)| *slope) / sum(|_| 1.0);
        let line = sum(|(x, slope)| x * slope) / squares;
        let off = |of: &dyn Fn(f64) -> f64| {
            let distances = points.iter().map(|(x, slope)| (slope - of(*x)).abs());
            distances.fold(0.0, f64::max) / largest
        };
        (largest > 0.0 && squares > 0.0).then(|| Self {
            constant,
            line,
            off_constant: off(&|_| constant),
            off_line: off(&|x| line * x),
        })
    }
}

/// A unit φ(w·x + b), where φ has a slope (0 for a ReLU) below 0, that learns a constant target by squared error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// w.
    pub weight: f64,
    /// b.
    pub bias: f64,
    /// The slope below 0.
    pub leak: f64,
    /// The number that it is to give for every input.
    pub target: f64,
}

/// What a unit does on its data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    /// The largest size of its output.
    pub activation: f64,
    /// The derivative of the mean loss after w.
    pub weight_gradient: f64,
    /// The same after b.
    pub bias_gradient: f64,
    /// The mean squared error.
    pub loss: f64,
}

impl Unit {
    fn output(&self, x: f64) -> f64 {
        let z = self.weight * x + self.bias;
        if z > 0.0 { z } else { self.leak * z }
    }

    /// The derivatives of (φ(w·x+b) − t)² after w and b.
    fn gradient(&self, x: f64) -> (f64, f64) {
        let slope = if self.weight * x + self.bias > 0.0 {
            1.0
        } else {
            self.leak
        };
        let upstream = 2.0 * (self.output(x) - self.target) * slope;
        (upstream * x, upstream)
    }

    /// Over all of the data.
    pub fn state(&self, data: &[f64]) -> State {
        let mean = |of: &dyn Fn(f64) -> f64| {
            let count: f64 = data.iter().map(|_| 1.0).sum();
            data.iter().map(|x| of(*x)).sum::<f64>() / count
        };
        State {
            activation: data
                .iter()
                .map(|x| self.output(*x).abs())
                .fold(0.0, f64::max),
            weight_gradient: mean(&|x| self.gradient(x).0),
            bias_gradient: mean(&|x| self.gradient(x).1),
            loss: mean(&|x| (self.output(x) - self.target).powi(2)),
        }
    }

    /// The unit after stochastic gradient descent, an input a step.
    #[must_use]
    pub fn trained(self, inputs: &[f64], rate: f64) -> Self {
        inputs.iter().fold(self, |unit, x| {
            let (weight, bias) = unit.gradient(*x);
            Self {
                weight: unit.weight - rate * weight,
                bias: unit.bias - rate * bias,
                ..unit
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_a_power_of_its_weight_until_a_unit_is_dead() {
        let alive = chain(0.5, &[0.0; 50]);
        assert!((alive / 0.5_f64.powi(49) - 1.0).abs() < 1e-15);
        let mut biases = [0.0; 50];
        biases[20] = -5.0;
        assert!(chain(1.5, &biases[..20]) > 1.0);
        assert!(chain(0.5, &biases).abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn a_constant_and_a_line_are_told_apart() -> Result<(), &'static str> {
        let of = |power: f64| {
            let points = [0.5, 1.0, 4.0].map(|x| (x, slope(x, power)));
            Fit::of(&points).ok_or("no fit")
        };
        let relu = of(1.0)?;
        assert!(relu.off_constant < 1e-15 && relu.off_line > 0.1);
        let square = of(2.0)?;
        assert!(square.off_line < 1e-15 && square.off_constant > 0.1);
        assert!((square.line - 2.0).abs() < 1e-15);
        assert_eq!(Fit::of(&[]), None);
        assert_eq!(Fit::of(&[(1.0, 0.0)]), None);
        Ok(())
    }

    #[test]
    fn a_unit_that_is_below_zero_everywhere_stays_where_it_is() {
        let dead = Unit {
            weight: 1.0,
            bias: -5.0,
            leak: 0.0,
            target: 1.0,
        };
        let inputs = [-1.0, -0.5, 0.0, 0.5, 1.0];
        assert_eq!(dead.trained(&inputs, 0.1), dead);
        assert!((dead.state(&inputs).loss - 1.0).abs() < 1e-15);
        let leaky = Unit { leak: 0.01, ..dead };
        assert!(leaky.trained(&inputs, 0.1).bias > -5.0);
    }
}
