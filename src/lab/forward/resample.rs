//! Upsampling, one axis after the other.

use candle_core::{Result, Tensor};

use super::spatial::adaptive_axis;
use super::windows::pick;
use crate::model::layer::{AdaptiveKind, Upsample, UpsampleMode, UpsampleTarget};

pub(super) fn upsample(upsample: &Upsample, input: &Tensor) -> Result<Tensor> {
    let mut output = input.clone();
    for axis in 2..input.rank() {
        let n = input.dims()[axis];
        let (wanted, ratio) = target(&upsample.target, axis - 2, n);
        output = match upsample.mode {
            UpsampleMode::Nearest => {
                let from = |i: usize| floor(real(i) * ratio).min(n - 1);
                pick(&output, axis, (0..wanted).map(from))?
            }
            UpsampleMode::NearestExact => {
                let from = |i: usize| floor((real(i) + 0.5) * ratio).min(n - 1);
                pick(&output, axis, (0..wanted).map(from))?
            }
            UpsampleMode::Area => adaptive_axis(AdaptiveKind::Average, &output, axis, wanted)?,
            UpsampleMode::Linear | UpsampleMode::Cubic => {
                let places =
                    (0..wanted).map(|i| place(i, n, wanted, ratio, upsample.align_corners));
                interpolate(&output, axis, upsample.mode, &places.collect::<Vec<_>>())?
            }
        };
    }
    Ok(output)
}

/// The output's size along an axis, and input positions an output position.
fn target(target: &UpsampleTarget, axis: usize, n: usize) -> (usize, f64) {
    match target {
        UpsampleTarget::Size(sizes) => {
            let wanted = *sizes.get(axis).unwrap_or(&sizes[0]);
            (wanted, real(n) / real(wanted))
        }
        UpsampleTarget::Factor(factors) => {
            let factor = *factors.get(axis).unwrap_or(&factors[0]);
            (floor(real(n) * factor), 1.0 / factor)
        }
    }
}

/// Where on the input an output position lies.
fn place(i: usize, n: usize, wanted: usize, ratio: f64, align_corners: bool) -> f64 {
    match (align_corners, wanted) {
        (true, 1) => 0.0,
        (true, _) => real(i) * real(n - 1) / real(wanted - 1),
        (false, _) => (real(i) + 0.5) * ratio - 0.5,
    }
}

/// A weighted sum of the positions around each place; positions beyond the border are the border's.
fn interpolate(input: &Tensor, axis: usize, mode: UpsampleMode, places: &[f64]) -> Result<Tensor> {
    let last = input.dims()[axis] - 1;
    let reach: &[i32] = match mode {
        UpsampleMode::Cubic => &[-1, 0, 1, 2],
        _ => &[0, 1],
    };
    let mut sum: Option<Tensor> = None;
    for &offset in reach {
        let from = |place: &f64| {
            let position = place.max(0.0).floor() + f64::from(offset);
            floor(position.max(0.0)).min(last)
        };
        let weights: Vec<f32> = places
            .iter()
            .map(|place| weight(mode, place.max(0.0).fract() - f64::from(offset)))
            .collect();
        let mut dims = vec![1; input.rank()];
        dims[axis] = weights.len();
        let weights = Tensor::from_vec(weights, dims, input.device())?;
        let part = pick(input, axis, places.iter().map(from))?.broadcast_mul(&weights)?;
        sum = Some(match sum {
            None => part,
            Some(sum) => (sum + part)?,
        });
    }
    sum.ok_or_else(|| candle_core::Error::msg("no positions to interpolate"))
}

/// How much a position counts at this distance (cubic: the convolution kernel with a = −0.75).
#[expect(
    clippy::cast_possible_truncation,
    reason = "the engine computes in float32"
)]
fn weight(mode: UpsampleMode, distance: f64) -> f32 {
    let x = distance.abs();
    let weight = match mode {
        UpsampleMode::Cubic if x <= 1.0 => (1.25 * x - 2.25) * x * x + 1.0,
        UpsampleMode::Cubic if x < 2.0 => -0.75 * (((x - 5.0) * x + 8.0) * x - 4.0),
        UpsampleMode::Cubic => 0.0,
        _ => (1.0 - x).max(0.0),
    };
    weight as f32
}

#[expect(clippy::cast_precision_loss, reason = "sizes are below 2³¹")]
fn real(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions are not negative and below 2⁵³"
)]
fn floor(position: f64) -> usize {
    position.floor() as usize
}
