//! Dropout before and after a function, on tensors: every mask of a few units, one a row.

use crate::lab::ops::{Binary, Op, Unary};
use crate::lab::{Array, LabError, Value};

/// The most units whose masks are gone through: 2¹⁰ rows.
pub const MOST_UNITS: usize = 10;

/// What every mask of some units came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// How many masks.
    pub masks: usize,
    /// The largest |φ(drop(z)) − drop(φ(z))| over masks and units.
    pub difference: f64,
    /// E[φ(drop(z))] of every unit: the mean over the masks, each with its probability.
    pub before: Vec<f64>,
}

/// Drops the units `zs` (at most [`MOST_UNITS`]) with probability `p` before φ and after it. A kept unit is multiplied by `factor`.
///
/// # Errors
/// If there are too many units, or the engine fails.
pub fn placed(function: &Op, zs: &[f64], p: f64, factor: f64) -> Result<Placed, LabError> {
    let units = zs.len();
    if units > MOST_UNITS {
        return Err(LabError::shape(
            "dropout",
            format!("{units} units have too many masks"),
        ));
    }
    let (masks, weights) = every_mask(units, p);
    let rows = weights.len();
    let tensor =
        |dims: &[usize], data: Vec<f64>| Array::new(dims, data).to_tensor().map(Value::constant);
    let masks = tensor(&[rows, units], masks)?.affine(factor, 0.0)?;
    let z = tensor(&[1, units], zs.to_vec())?;
    let before = Value::apply(function.clone(), &[&masks.mul(&z)?])?;
    let after = masks.mul(&Value::apply(function.clone(), &[&z])?)?;
    // A mask that cannot be drawn decides nothing.
    let possible: Vec<f64> = weights
        .iter()
        .map(|weight| f64::from(*weight > 0.0))
        .collect();
    let apart = before.binary(Binary::Sub, &after)?.unary(Unary::Abs)?;
    let apart = apart.mul(&tensor(&[rows, 1], possible)?)?;
    let mean = tensor(&[1, rows], weights)?.matmul(&before)?;
    Ok(Placed {
        masks: rows,
        difference: apart.numbers()?.into_iter().fold(0.0, f64::max),
        before: mean.numbers()?,
    })
}

/// Every mask of so many units, a row each, and the probability of each.
fn every_mask(units: usize, p: f64) -> (Vec<f64>, Vec<f64>) {
    let mut masks = Vec::new();
    let mut weights = Vec::new();
    for row in 0_u32..1 << units {
        let kept = (0..units).map(|unit| row >> unit & 1 == 1);
        weights.push(
            kept.clone()
                .map(|kept| if kept { 1.0 - p } else { p })
                .product(),
        );
        masks.extend(kept.map(|kept| f64::from(u8::from(kept))));
    }
    (masks, weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_homogeneous_function_lets_every_mask_through_and_a_sigmoid_none() -> Result<(), LabError> {
        let zs = [-2.0, -0.5, 0.5, 2.0];
        let relu = placed(&Op::Unary(Unary::Relu), &zs, 0.2, 1.25)?;
        assert_eq!(relu.masks, 16);
        assert!(relu.difference < 1e-15);
        let sigmoid = placed(&Op::Unary(Unary::Sigmoid), &zs, 0.2, 1.25)?;
        assert!(sigmoid.difference >= 0.5, "a dropped unit comes out as ½");
        Ok(())
    }

    #[test]
    fn masks_that_cannot_be_drawn_do_not_count() -> Result<(), LabError> {
        let none = placed(&Op::Unary(Unary::Sigmoid), &[1.0], 0.0, 1.0)?;
        assert!(none.difference < 1e-15);
        let all = placed(&Op::Unary(Unary::Sigmoid), &[1.0], 1.0, 0.0)?;
        assert!((all.difference - 0.5).abs() < 1e-15);
        assert!((all.before[0] - 0.5).abs() < 1e-15);
        assert!(placed(&Op::Unary(Unary::Relu), &[0.0; 11], 0.5, 2.0).is_err());
        Ok(())
    }
}
