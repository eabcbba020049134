//! Squared error and cross-entropy behind a sigmoid on tensors: values, derivatives by reverse mode, and gradient descent.

use super::ops::Unary;
use super::value::Order;
use super::{Array, LabError, Value};

/// Which loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// (σ(z) − y)².
    Square,
    /// softplus(z) − y·z.
    CrossEntropy,
}

/// A loss at several logits, each by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Along {
    /// The values.
    pub values: Vec<f64>,
    /// The first derivatives.
    pub gradients: Vec<f64>,
    /// The second derivatives.
    pub curvatures: Vec<f64>,
}

fn leaf(numbers: &[f64]) -> Result<Value, LabError> {
    let tensor = Array::new(&[numbers.len()], numbers.to_vec()).to_tensor()?;
    Ok(Value::leaf(tensor))
}

impl Loss {
    fn of(self, z: &Value, label: f64) -> Result<Value, LabError> {
        match self {
            Self::Square => z.unary(Unary::Sigmoid)?.affine(1.0, -label)?.power(2.0),
            Self::CrossEntropy => z.unary(Unary::Softplus)?.sub(&z.affine(label, 0.0)?),
        }
    }

    /// Value and derivatives at these logits.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn along(self, logits: &[f64], label: f64) -> Result<Along, LabError> {
        let z = leaf(logits)?;
        let wrt = std::slice::from_ref(&z);
        let loss = self.of(&z, label)?;
        let gradient = loss.gradients(wrt, Order::Higher)?.remove(0);
        let curvature = gradient.gradients(wrt, Order::First)?.remove(0);
        Ok(Along {
            values: loss.numbers()?,
            gradients: gradient.numbers()?,
            curvatures: curvature.numbers()?,
        })
    }

    /// How many steps of gradient descent it takes from each logit until the label has more than ½; `None` where `most` are too few.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn steps(
        self,
        starts: &[f64],
        label: f64,
        rate: f64,
        most: u32,
    ) -> Result<Vec<Option<u32>>, LabError> {
        let sign = 2.0 * label - 1.0;
        let mut found = vec![None; starts.len()];
        // Where the label has its half already, nothing moves any more that is asked about.
        let mut open: Vec<(usize, f64)> = starts.iter().copied().enumerate().collect();
        for step in 0..=most {
            open.retain(|(place, z)| {
                let crossed = sign * z > 0.0;
                if crossed {
                    found[*place] = Some(step);
                }
                !crossed
            });
            if open.is_empty() {
                break;
            }
            let z = leaf(&open.iter().map(|(_, z)| *z).collect::<Vec<_>>())?;
            let gradient = self.of(&z, label)?.gradients(&[z], Order::First)?;
            for ((_, z), gradient) in open.iter_mut().zip(gradient[0].numbers()?) {
                *z -= rate * gradient;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_zero_the_derivatives_are_known() -> Result<(), LabError> {
        let square = Loss::Square.along(&[0.0], 1.0)?;
        let known = [0.25, -0.25, 0.125];
        for (found, known) in [square.values[0], square.gradients[0], square.curvatures[0]]
            .iter()
            .zip(known)
        {
            assert!((found - known).abs() < 1e-15, "{found} {known}");
        }
        let entropy = Loss::CrossEntropy.along(&[0.0], 0.0)?;
        assert!((entropy.gradients[0] - 0.5).abs() < 1e-15);
        assert!((entropy.curvatures[0] - 0.25).abs() < 1e-15);
        Ok(())
    }

    #[test]
    fn each_start_counts_its_own_steps() -> Result<(), LabError> {
        let found = Loss::CrossEntropy.steps(&[-2.0, 1.0, -5.0], 1.0, 1.0, 100)?;
        assert_eq!(found, [Some(3), Some(0), Some(6)]);
        assert_eq!(Loss::Square.steps(&[-10.0], 1.0, 1.0, 5)?, [None]);
        Ok(())
    }
}
