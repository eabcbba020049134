//! A convolution along one axis with a shortcut round it, trained by gradient descent on tensors.

use super::ops::Op;
use super::value::Order;
use super::{Array, LabError, Value};

/// What is trained, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Taps of the filter, an odd number.
    pub taps: usize,
    /// s in f(x) + s·x.
    pub shortcut: f64,
    /// λ: the loss has λ/2·|θ|² added.
    pub decay: f64,
    /// The learning rate.
    pub rate: f64,
    /// How many steps.
    pub updates: usize,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// The filter.
    pub filter: Vec<f64>,
    /// f(x) + s·x with it.
    pub output: Vec<f64>,
    /// By how much the last step changed a tap at most.
    pub last_change: f64,
}

/// Gradient descent from a filter of zeros.
///
/// # Errors
/// If the engine fails.
pub fn train(signal: &[f64], target: &[f64], plan: Plan) -> Result<Trained, LabError> {
    let column = |data: Vec<f64>| Array::new(&[data.len(), 1], data).to_tensor();
    let beyond = vec![0.0; plan.taps / 2];
    let padded = [&beyond, signal, &beyond].concat();
    let padded = Value::constant(Array::new(&[padded.len()], padded).to_tensor()?);
    let windows = Op::Window {
        axis: 0,
        kernel: plan.taps,
        stride: 1,
        dilation: 1,
    };
    let windows = Value::apply(windows, &[&padded])?;
    let past = Value::constant(column(signal.to_vec())?).affine(plan.shortcut, 0.0)?;
    let target = Value::constant(column(target.to_vec())?);
    let count: f64 = signal.iter().map(|_| 1.0).sum();
    let output = |filter: &Value| windows.matmul(filter)?.add(&past);
    let mut numbers = vec![0.0; plan.taps];
    let mut last_change = 0.0;
    for _ in 0..plan.updates {
        let filter = Value::leaf(column(numbers.clone())?);
        let error = output(&filter)?
            .sub(&target)?
            .power(2.0)?
            .sum(&[0, 1], false)?;
        let size = filter.power(2.0)?.sum(&[0, 1], false)?;
        let loss = error
            .affine(1.0 / count, 0.0)?
            .add(&size.affine(plan.decay / 2.0, 0.0)?)?;
        let gradient = loss.gradients(&[filter], Order::First)?[0].numbers()?;
        last_change = gradient
            .iter()
            .map(|g| (plan.rate * g).abs())
            .fold(0.0, f64::max);
        for (tap, gradient) in numbers.iter_mut().zip(gradient) {
            *tap -= plan.rate * gradient;
        }
    }
    let filter = Value::constant(column(numbers.clone())?);
    Ok(Trained {
        output: output(&filter)?.numbers()?,
        filter: numbers,
        last_change,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortcut_takes_the_identity_off_the_filter() -> Result<(), LabError> {
        // An impulse sees each tap alone.
        let (signal, target) = ([0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 3.0, 2.0, 1.0, 0.0]);
        let settings = Plan {
            taps: 3,
            shortcut: 0.0,
            decay: 0.0,
            rate: 1.0,
            updates: 200,
        };
        let plain = train(&signal, &target, settings)?;
        let residual = train(
            &signal,
            &target,
            Plan {
                shortcut: 1.0,
                ..settings
            },
        )?;
        for ((plain, residual), known) in plain
            .filter
            .iter()
            .zip(&residual.filter)
            .zip([1.0, 2.0, 3.0])
        {
            assert!((plain - known).abs() < 1e-12, "{plain} {known}");
            let identity = f64::from(u8::from((known - 2.0_f64).abs() < 0.5));
            assert!((plain - residual - identity).abs() < 1e-12);
        }
        assert!(plain.last_change < 1e-12);
        Ok(())
    }
}
