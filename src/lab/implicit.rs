//! Derivatives of inner minima by reverse mode: through a closed form, through the steps of gradient descent.

use super::ops::Op;
use super::value::{Order, Proven, gradients};
use super::{Array, LabError, Value};

/// Rows of a matrix as a leaf.
fn matrix(rows: &[Vec<f64>]) -> Result<Value, LabError> {
    let width = rows.first().map_or(0, Vec::len);
    Ok(Value::leaf(
        Array::new(&[rows.len(), width], rows.concat()).to_tensor()?,
    ))
}

/// A column as a leaf.
fn column(numbers: &[f64]) -> Result<Value, LabError> {
    Ok(Value::leaf(
        Array::new(&[numbers.len(), 1], numbers.to_vec()).to_tensor()?,
    ))
}

/// A value of one entry and its gradients after the leaves, as plain numbers.
fn differentiated(value: &Value, leaves: &[Value]) -> Result<(f64, Vec<Vec<f64>>), LabError> {
    let one = Value::constant(Array::new(value.dims(), vec![1.0]).to_tensor()?);
    let found = gradients(&[(value.clone(), one)], leaves, Order::First, &Proven)?;
    let numbers = found.into_iter().map(|gradient| {
        let gradient = gradient.ok_or_else(|| LabError::NoGradient {
            operation: "matmul",
            message: "nothing leads back".to_owned(),
        })?;
        Ok(Array::from_tensor(gradient.tensor())?.data)
    });
    let value = Array::from_tensor(value.tensor())?.data[0];
    Ok((value, numbers.collect::<Result<_, LabError>>()?))
}

/// A ridge regression on tensors.
pub struct Ridge {
    inputs: Value,
    targets: Value,
    outer: Value,
    lambda: Value,
    hessian: Value,
    moment: Value,
}

impl Ridge {
    /// A, y, v and λ as leaves, and what the inner problem is made of.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn new(
        inputs: &[Vec<f64>],
        targets: &[f64],
        outer: &[f64],
        lambda: f64,
    ) -> Result<Self, LabError> {
        let size = outer.len();
        let unit = (0..size * size).map(|place| f64::from(u8::from(place % (size + 1) == 0)));
        let unit = Value::constant(Array::new(&[size, size], unit.collect()).to_tensor()?);
        let (inputs, targets) = (matrix(inputs)?, column(targets)?);
        let lambda = column(&[lambda])?;
        let across = inputs.transposed()?;
        let hessian = across.matmul(&inputs)?.add(&unit.mul(&lambda)?)?;
        let moment = across.matmul(&targets)?;
        Ok(Self {
            outer: column(outer)?,
            inputs,
            targets,
            lambda,
            hessian,
            moment,
        })
    }

    fn outer_value(&self, weights: &Value) -> Result<Value, LabError> {
        self.outer.mul(weights)?.sum(&[0, 1], false)
    }

    /// L and its gradients after λ, y and A, through the inverse of the Hessian.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn through_the_solution(&self) -> Result<(f64, Vec<Vec<f64>>), LabError> {
        let inverse = Value::apply(Op::Inverse, &[&self.hessian])?;
        let value = self.outer_value(&inverse.matmul(&self.moment)?)?;
        let leaves = [&self.lambda, &self.targets, &self.inputs].map(Value::clone);
        differentiated(&value, &leaves)
    }

    /// dL/dλ through so many steps of gradient descent on the inner problem, from 0 with this rate.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn through_steps(&self, steps: usize, rate: f64) -> Result<f64, LabError> {
        let start = vec![0.0; self.outer.dims()[0]];
        let mut weights = Value::constant(Array::new(self.outer.dims(), start).to_tensor()?);
        for _ in 0..steps {
            let slope = self.hessian.matmul(&weights)?.sub(&self.moment)?;
            weights = weights.sub(&slope.affine(rate, 0.0)?)?;
        }
        let value = self.outer_value(&weights)?;
        let (_, found) = differentiated(&value, std::slice::from_ref(&self.lambda))?;
        Ok(found[0][0])
    }
}

/// The projection onto `A·y = b` on tensors, `y* = x − Aᵀ(AAᵀ)⁻¹(A·x − b)`: L = v·y* and its gradients after x, b and A.
///
/// # Errors
/// If the engine fails.
pub fn projection(
    inputs: &[Vec<f64>],
    bounds: &[f64],
    point: &[f64],
    outer: &[f64],
) -> Result<(f64, Vec<Vec<f64>>), LabError> {
    let (inputs, bounds, point) = (matrix(inputs)?, column(bounds)?, column(point)?);
    let across = inputs.transposed()?;
    let inverse = Value::apply(Op::Inverse, &[&inputs.matmul(&across)?])?;
    let off = inputs.matmul(&point)?.sub(&bounds)?;
    let nearest = point.sub(&across.matmul(&inverse.matmul(&off)?)?)?;
    let value = column(outer)?.mul(&nearest)?.sum(&[0, 1], false)?;
    differentiated(&value, &[point, bounds, inputs])
}

/// The inner problem of one number, `½y² + c·cosh y − x·y`, gone down on by gradient descent from 0 with slopes from
/// reverse mode, until the slope is below `tolerance` or the steps are used up: y.
///
/// # Errors
/// If the engine fails.
pub fn descended((x, c): (f64, f64), tolerance: f64, steps: usize) -> Result<f64, LabError> {
    let scalar = |number: f64| column(&[number]);
    let (point, weight) = (scalar(x)?, scalar(c)?);
    let mut y = 0.0;
    // The curvature is largest where |y| is, and |y| never passes |x|.
    let rate = 1.0 / (1.0 + c * x.cosh());
    for _ in 0..steps {
        let leaf = scalar(y)?;
        let square = leaf.mul(&leaf)?.affine(0.5, 0.0)?;
        let steep = leaf.unary(super::ops::Unary::Cosh)?.mul(&weight)?;
        let value = square.add(&steep)?.sub(&leaf.mul(&point)?)?;
        let (_, found) = differentiated(&value, std::slice::from_ref(&leaf))?;
        let slope = found[0][0];
        y -= rate * slope;
        if slope.abs() <= tolerance {
            break;
        }
    }
    Ok(y)
}
