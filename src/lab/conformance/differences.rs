//! Derivatives by measurement: central differences with one step of Richardson's extrapolation.

use candle_core::Tensor;

use crate::lab::{Array, LabError};

/// The step: a power of two, so that an input and its neighbours differ by it exactly. With it the extrapolation's own
/// error and the rounding's are both below 10⁻¹⁰ on the configurations that are drawn.
const STEP: f64 = 1.0 / 1024.0;

/// Something that makes a tensor from tensors.
pub(super) type Function<'a> = dyn Fn(&[Tensor]) -> Result<Tensor, LabError> + 'a;

/// The derivative of ⟨upstream, f⟩ by every entry of one input.
///
/// # Errors
/// If the function fails.
pub(super) fn gradient(
    function: &Function<'_>,
    inputs: &[Tensor],
    upstream: &Array,
    input: usize,
) -> Result<Array, LabError> {
    let at = Array::from_tensor(&inputs[input])?;
    let mut moved = inputs.to_vec();
    let mut value = |entry: usize, by: f64| {
        let mut array = at.clone();
        array.data[entry] += by;
        moved[input] = array.to_tensor()?;
        Array::from_tensor(&function(&moved)?)
    };
    let mut slope = |entry: usize, step: f64| {
        let (above, below) = (value(entry, step)?, value(entry, -step)?);
        // Entry by entry: what does not depend on the input cancels exactly.
        let differences = above.data.iter().zip(&below.data).map(|(a, b)| a - b);
        let weighed = differences.zip(&upstream.data).map(|(d, w)| d * w);
        Ok(weighed.sum::<f64>() / (2.0 * step))
    };
    let data = (0..at.data.len()).map(|entry| {
        let (coarse, fine) = (slope(entry, STEP)?, slope(entry, STEP / 2.0)?);
        Ok((4.0 * fine - coarse) / 3.0)
    });
    Ok(Array::new(&at.dims, data.collect::<Result<_, LabError>>()?))
}

/// How far a gradient is from a measured one: the largest difference of two entries over the measured entry, but over no
/// less than a thousandth of the largest one, or of 1, the size of what goes in: zeros are measured as rounding errors.
/// Infinite for another shape or for numbers that are none.
pub(super) fn distance(claimed: &Array, measured: &Array) -> f64 {
    if claimed.dims != measured.dims {
        return f64::INFINITY;
    }
    let size = measured
        .data
        .iter()
        .fold(0.0_f64, |size, x| size.max(x.abs()));
    let floor = size.max(1.0) / 1000.0;
    let pairs = claimed.data.iter().zip(&measured.data);
    let worst = pairs.map(|(a, b)| (a - b).abs() / b.abs().max(floor));
    worst.fold(0.0, |worst, error| {
        if error.is_nan() {
            f64::INFINITY
        } else {
            error.max(worst)
        }
    })
}
