//! Single ReLU units on tensors: a chain of them, their slopes, and one in training.

use super::scalar::number;
use crate::lab::ops::{Op, Unary};
use crate::lab::value::Order;
use crate::lab::{Array, LabError, Value};

/// The derivative of a chain h ← relu(w·h + b), h = 1 at first, after the first weight: a bias a unit.
///
/// # Errors
/// If the engine fails.
pub fn chain(weight: f64, biases: &[f64]) -> Result<f64, LabError> {
    let first = number(weight)?;
    let mut value = number(1.0)?;
    for (unit, bias) in biases.iter().enumerate() {
        let weight = if unit == 0 {
            first.clone()
        } else {
            number(weight)?
        };
        value = value.mul(&weight)?.affine(1.0, *bias)?.unary(Unary::Relu)?;
    }
    Ok(value.gradients(&[first], Order::First)?[0].numbers()?[0])
}

/// The slopes of relu(x) to a power at these points.
///
/// # Errors
/// If the engine fails.
pub fn slopes(points: &[f64], power: f64) -> Result<Vec<f64>, LabError> {
    let x = Value::leaf(Array::new(&[points.len()], points.to_vec()).to_tensor()?);
    let relu = x.unary(Unary::Relu)?;
    // A power of 1 has a rule of its own at 0.
    let plain = (power - 1.0).abs() < f64::EPSILON;
    let value = if plain { relu } else { relu.power(power)? };
    value.gradients(&[x], Order::First)?[0].numbers()
}

/// A unit that learns a constant target: weight, bias, slope below 0, target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// The weight.
    pub weight: f64,
    /// The bias.
    pub bias: f64,
    /// The slope below 0.
    pub leak: f64,
    /// What it is to give for every input.
    pub target: f64,
}

impl Unit {
    /// The gradient of the mean squared error over some inputs, and the largest size of the outputs.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn gradient(&self, inputs: &[f64]) -> Result<(f64, f64, f64), LabError> {
        let x = Value::constant(Array::new(&[inputs.len()], inputs.to_vec()).to_tensor()?);
        let (weight, bias) = (number(self.weight)?, number(self.bias)?);
        let z = x.mul(&weight)?.add(&bias)?;
        let output = Value::apply(Op::LeakyRelu(self.leak), &[&z])?;
        let errors = output.affine(1.0, -self.target)?.power(2.0)?;
        let count: f64 = inputs.iter().map(|_| 1.0).sum();
        let loss = errors.sum(&[0], false)?.affine(1.0 / count, 0.0)?;
        let found = loss.gradients(&[weight, bias], Order::First)?;
        let sizes = output.numbers()?.into_iter().map(f64::abs);
        Ok((
            found[0].numbers()?[0],
            found[1].numbers()?[0],
            sizes.fold(0.0, f64::max),
        ))
    }

    /// The unit after stochastic gradient descent, an input a step.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn trained(mut self, inputs: &[f64], rate: f64) -> Result<Self, LabError> {
        for x in inputs {
            let (weight, bias, _) = self.gradient(std::slice::from_ref(x))?;
            self.weight -= rate * weight;
            self.bias -= rate * bias;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_and_slopes_are_those_of_the_definitions() -> Result<(), LabError> {
        assert!((chain(0.5, &[0.0; 4])? - 0.125).abs() < 1e-16);
        assert!(chain(0.5, &[0.0, -5.0, 0.0])?.abs() < f64::MIN_POSITIVE);
        assert_eq!(slopes(&[-2.0, 0.0, 0.5, 4.0], 1.0)?, [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(slopes(&[-2.0, 0.0, 0.5, 4.0], 2.0)?, [0.0, 0.0, 1.0, 8.0]);
        Ok(())
    }

    #[test]
    fn a_dead_unit_stays_and_a_leaky_one_comes_back() -> Result<(), LabError> {
        let dead = Unit {
            weight: 1.0,
            bias: -5.0,
            leak: 0.0,
            target: 1.0,
        };
        assert_eq!(dead.trained(&[-1.0, 0.0, 1.0], 0.1)?, dead);
        let leaky = Unit { leak: 0.01, ..dead };
        assert!(leaky.trained(&[-1.0, 0.0, 1.0], 0.1)?.bias > -5.0);
        Ok(())
    }
}
