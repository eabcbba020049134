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
/// Infinite for another shape, and where only one of two is a number.
pub(super) fn distance(claimed: &Array, measured: &Array) -> f64 {
    let floor = size(measured).max(1.0) / 1000.0;
    worst(claimed, measured, |entry| entry.abs().max(floor))
}

/// The largest difference over the largest true number, or over 1 where all of them are 0.
pub(super) fn largest(claimed: &Array, truth: &Array) -> f64 {
    let size = size(truth);
    worst(claimed, truth, |_| if size > 0.0 { size } else { 1.0 })
}

fn size(array: &Array) -> f64 {
    array
        .data
        .iter()
        .fold(0.0, |size: f64, x| size.max(x.abs()))
}

fn worst(claimed: &Array, truth: &Array, scale: impl Fn(f64) -> f64) -> f64 {
    if claimed.dims != truth.dims {
        return f64::INFINITY;
    }
    let error = |(&a, &b): (&f64, &f64)| match (a - b).abs() / scale(b) {
        // Two that are no numbers are the same.
        _ if a.is_nan() && b.is_nan() => 0.0,
        error if error.is_nan() => f64::INFINITY,
        error => error,
    };
    let pairs = claimed.data.iter().zip(&truth.data);
    pairs.map(error).fold(0.0, f64::max)
}
