//! Activations and their slopes.

use super::gradient::Gradient;
use super::network::Stage;
use crate::model::layer::Activation;

/// Whether the slope can be had from the value, so that what the activation was given need not be kept.
fn from_value(activation: &Activation) -> bool {
    *activation == Activation::Relu
}

/// The layer whose numbers give the slopes of the one at `place`: itself, or the one that it reads.
pub(super) fn kept_at(place: usize, stage: &Stage, activation: &Activation) -> usize {
    if from_value(activation) {
        place
    } else {
        stage.inputs[0]
    }
}

/// Every number's value.
pub(super) fn apply(activation: &Activation, numbers: &mut [f32]) {
    // By far the commonest, and without a question at each number.
    if *activation == Activation::Relu {
        for number in numbers {
            *number = number.max(0.0);
        }
        return;
    }
    for number in numbers {
        *number = slope_of(activation, *number).map_or(*number, |(value, _)| value);
    }
}

/// The gradient times the slopes; `from` are the layer's values where the slope can be had from them, else what it was given.
pub(super) fn through(
    gradient: &mut Gradient,
    activation: &Activation,
    from: &[f32],
    stage: &Stage,
) {
    let run = gradient.dims[1] * gradient.channels;
    let lines = gradient.numbers.chunks_exact_mut(run.max(1));
    for (line, slopes) in lines.enumerate() {
        let (image, row) = (line / gradient.dims[0], line % gradient.dims[0]);
        let row = image * stage.dims[0] + gradient.at[0] + row;
        let start = (row * stage.dims[1] + gradient.at[1]) * gradient.channels;
        let from = &from[start..start + run];
        if from_value(activation) {
            for (slope, value) in slopes.iter_mut().zip(from) {
                *slope = if *value > 0.0 { *slope } else { 0.0 };
            }
            continue;
        }
        for (slope, x) in slopes.iter_mut().zip(from) {
            *slope *= slope_of(activation, *x).map_or(1.0, |(_, own)| own);
        }
    }
}

/// An activation's value and slope; `None` for those that are not measured.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a slope's size needs no more than float32"
)]
pub(super) fn slope_of(activation: &Activation, x: f32) -> Option<(f32, f32)> {
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    let bent = |slope: f64| {
        let slope = slope as f32;
        if x > 0.0 {
            (x, 1.0)
        } else {
            (slope * x, slope)
        }
    };
    Some(match activation {
        Activation::Relu => bent(0.0),
        Activation::Relu6 => match x {
            x if x >= 6.0 => (6.0, 0.0),
            _ => bent(0.0),
        },
        Activation::LeakyRelu { negative_slope } => bent(*negative_slope),
        Activation::PRelu { .. } => bent(0.25),
        Activation::Elu { alpha } if x <= 0.0 => {
            let alpha = *alpha as f32;
            (alpha * x.exp_m1(), alpha * x.exp())
        }
        Activation::Elu { .. } => (x, 1.0),
        Activation::Sigmoid => {
            let value = sigmoid(x);
            (value, value * (1.0 - value))
        }
        Activation::Tanh => {
            let value = x.tanh();
            (value, 1.0 - value * value)
        }
        Activation::Silu => {
            let share = sigmoid(x);
            (x * share, share * (1.0 + x * (1.0 - share)))
        }
        Activation::Gelu { .. } => {
            let share = 0.5 * libm::erfcf(-x * std::f32::consts::FRAC_1_SQRT_2);
            let density = (-0.5 * x * x).exp() * 0.398_942_3;
            (x * share, share + x * density)
        }
        _ => return None,
    })
}
