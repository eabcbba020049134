//! One pass there and back.

use candle_core::{Device, Tensor};

use super::convolution::Convolution;
use super::gradient::Gradient;
use super::network::{Network, Stage, Step};
use super::pool::Pool;
use super::{Initial, Plan};
use crate::lab::LabError;
use crate::lab::random::Stream;
use crate::model::layer::Activation;

/// Variance of a weight, times its fan-in: what ReLUs halve is doubled (He and others, 2015).
const HE: f32 = 2.0;

/// What a stream of numbers is for.
const FOR_WEIGHTS: u64 = 1 << 32;
const FOR_INPUTS: u64 = 1 << 33;

/// The weights of every convolution, as a matrix (outputs × taps) for each group.
pub(super) struct Weights(Vec<Vec<Tensor>>);

impl Weights {
    /// The weights of the network with this number.
    ///
    /// # Errors
    /// If the engine fails.
    #[expect(clippy::cast_precision_loss, reason = "a scale needs no exactness")]
    pub(super) fn draw(
        network: &Network,
        initial: Initial,
        seed: u64,
        number: usize,
    ) -> Result<Self, LabError> {
        let engine = |error: candle_core::Error| LabError::engine("weights", &error);
        let stream = Stream::seeded(seed, FOR_WEIGHTS + number as u64);
        let mut drawn = 0;
        let mut weights = Vec::new();
        for (place, kernel) in network.kernels.iter().enumerate() {
            let fan_in = kernel.fan_in as f32;
            let numbers: Vec<f32> = match initial {
                Initial::Ones => vec![1.0 / fan_in; kernel.count],
                Initial::Random => uniform(stream, drawn, kernel.count, (3.0 * HE / fan_in).sqrt()),
            };
            drawn += kernel.count as u64;
            let groups = network.groups(place);
            let shape = (groups, kernel.count / kernel.fan_in / groups, kernel.fan_in);
            let all = Tensor::from_vec(numbers, shape, &Device::Cpu).map_err(engine)?;
            let matrices = (0..groups).map(|group| all.get(group).map_err(engine));
            weights.push(matrices.collect::<Result<_, _>>()?);
        }
        Ok(Self(weights))
    }
}

/// Numbers between −bound and bound.
#[expect(clippy::cast_precision_loss, reason = "24 bits are exact in a float32")]
fn uniform(stream: Stream, first: u64, count: usize, bound: f32) -> Vec<f32> {
    let scale = bound / (1_u32 << 23) as f32;
    (first..first + count as u64)
        .map(|place| ((stream.bits(place) >> 40) as f32).mul_add(scale, -bound))
        .collect()
}

/// What a layer put out, and what is needed on the way back.
struct Kept {
    output: Vec<f32>,
    /// The places of a pool's maxima.
    places: Vec<u32>,
}

/// The gradient of one unit in the input: of the sum of its channels with random signs, or of their plain sum.
///
/// # Errors
/// If the engine fails.
pub(super) fn unit_gradient(
    network: &Network,
    weights: &Weights,
    unit: [usize; 2],
    plan: Plan,
    input: usize,
) -> Result<Gradient, LabError> {
    let stream = Stream::seeded(plan.seed, FOR_INPUTS + input as u64);
    let given = given(network, plan.initial, stream);
    let last = network.stages.len() - 1;
    let mut upstream = Gradient::zeros(network.stages[last].channels, unit, [1, 1]);
    for (place, slope) in (0..).zip(&mut upstream.numbers) {
        let negative = plan.initial == Initial::Random && stream.bits(u64::MAX - place) & 1 == 1;
        *slope = if negative { -1.0 } else { 1.0 };
    }
    there_and_back(network, weights, given, upstream)
}

/// The gradient of a weighted sum of the last layer's numbers, in the input.
fn there_and_back(
    network: &Network,
    weights: &Weights,
    given: Vec<f32>,
    upstream: Gradient,
) -> Result<Gradient, LabError> {
    let kept = there(network, weights, given)?;
    let last = network.stages.len() - 1;
    let mut gradients: Vec<Option<Gradient>> = network.stages.iter().map(|_| None).collect();
    gradients[last] = Some(upstream);
    for place in (1..network.stages.len()).rev() {
        let Some(gradient) = gradients[place].take() else {
            continue;
        };
        back(network, weights, &kept, (place, gradient), &mut gradients)?;
    }
    let nothing = || Gradient::zeros(network.stages[0].channels, [0, 0], [0, 0]);
    Ok(gradients[0].take().unwrap_or_else(nothing))
}

fn there(network: &Network, weights: &Weights, mut given: Vec<f32>) -> Result<Vec<Kept>, LabError> {
    let mut kept: Vec<Kept> = Vec::with_capacity(network.stages.len());
    for stage in &network.stages {
        let read = |place: usize| &kept[stage.inputs[place]].output;
        let form = |place: usize| &network.stages[stage.inputs[place]];
        let mut places = Vec::new();
        let output = match &stage.step {
            Step::Input => std::mem::take(&mut given),
            Step::Convolution {
                windows,
                groups,
                kernel,
            } => Convolution {
                windows,
                groups: *groups,
                input: form(0),
                output: stage,
            }
            .forward(read(0), &weights.0[*kernel])?,
            Step::Pool { windows, kind } => {
                let pool = Pool {
                    windows,
                    kind: *kind,
                    input: form(0),
                    output: stage,
                };
                let (output, maxima) = pool.forward(read(0));
                places = maxima;
                output
            }
            // By far the commonest, and without a question at each number.
            Step::Slope(Activation::Relu) => read(0).iter().map(|x| x.max(0.0)).collect(),
            Step::Slope(activation) => {
                let numbers = read(0).iter();
                let value = |x: &f32| slope_of(activation, *x).map_or(*x, |(value, _)| value);
                numbers.map(value).collect()
            }
            Step::Pass => read(0).clone(),
            Step::Add => {
                let pairs = read(0).iter().zip(read(1));
                pairs.map(|(one, other)| one + other).collect()
            }
            Step::Join => (0..stage.inputs.len())
                .flat_map(|place| read(place).iter().copied())
                .collect(),
        };
        kept.push(Kept { output, places });
    }
    Ok(kept)
}

/// A random input.
fn given(network: &Network, initial: Initial, stream: Stream) -> Vec<f32> {
    let stage = &network.stages[0];
    let count = stage.channels * stage.dims[0] * stage.dims[1];
    let numbers = uniform(stream, 0, count, 1.0);
    match initial {
        Initial::Random => numbers,
        // Positive, so that no ReLU cuts anything off.
        Initial::Ones => numbers.into_iter().map(|number| 1.5 + number).collect(),
    }
}

/// Hands the gradient of a stage to those that it reads.
fn back(
    network: &Network,
    weights: &Weights,
    kept: &[Kept],
    (place, gradient): (usize, Gradient),
    gradients: &mut [Option<Gradient>],
) -> Result<(), LabError> {
    let stage = &network.stages[place];
    let mut hand = |input: usize, more: Gradient| {
        let slot = &mut gradients[stage.inputs[input]];
        *slot = Some(match slot.take() {
            Some(before) => before.plus(&more),
            None => more,
        });
    };
    let form = |input: usize| &network.stages[stage.inputs[input]];
    match &stage.step {
        Step::Input => {}
        Step::Convolution {
            windows,
            groups,
            kernel,
        } => {
            let convolution = Convolution {
                windows,
                groups: *groups,
                input: form(0),
                output: stage,
            };
            if let Some(below) = convolution.backward(&gradient, &weights.0[*kernel])? {
                hand(0, below);
            }
        }
        Step::Pool { windows, kind } => {
            let pool = Pool {
                windows,
                kind: *kind,
                input: form(0),
                output: stage,
            };
            if let Some(below) = pool.backward(&gradient, &kept[place].places) {
                hand(0, below);
            }
        }
        Step::Slope(activation) => {
            let below = through_slope(gradient, activation, &kept[stage.inputs[0]].output, stage);
            hand(0, below);
        }
        Step::Pass => hand(0, gradient),
        Step::Add => {
            hand(0, gradient.clone());
            hand(1, gradient);
        }
        Step::Join => {
            let mut first = 0;
            for input in 0..stage.inputs.len() {
                let count = form(input).channels;
                hand(input, gradient.channels(first, count));
                first += count;
            }
        }
    }
    Ok(())
}

fn through_slope(
    mut gradient: Gradient,
    activation: &Activation,
    given: &[f32],
    stage: &Stage,
) -> Gradient {
    let [rows, columns] = gradient.dims;
    let lines = gradient.numbers.chunks_exact_mut(columns.max(1));
    for (line, slopes) in lines.enumerate() {
        let (channel, row) = (line / rows, line % rows);
        let start =
            (channel * stage.dims[0] + gradient.at[0] + row) * stage.dims[1] + gradient.at[1];
        let given = &given[start..start + columns];
        if *activation == Activation::Relu {
            for (slope, x) in slopes.iter_mut().zip(given) {
                *slope = if *x > 0.0 { *slope } else { 0.0 };
            }
            continue;
        }
        for (slope, x) in slopes.iter_mut().zip(given) {
            *slope *= slope_of(activation, *x).map_or(1.0, |(_, own)| own);
        }
    }
    gradient
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::effective::tests::{branches, chain};

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    /// Every entry of the gradient against the difference of two passes.
    fn agrees(network: &Network, unit: [usize; 2]) -> Outcome {
        const STEP: f32 = 1.0 / 2048.0;
        let weights = Weights::draw(network, Initial::Random, 3, 0)?;
        let stream = Stream::seeded(5, 1);
        let input = given(network, Initial::Random, stream);
        let last = network.stages.last().ok_or("a layer")?;
        let place = unit[0] * last.dims[1] + unit[1];
        let positions = last.dims[0] * last.dims[1];
        let output = |input: Vec<f32>| -> Result<f64, LabError> {
            let kept = there(network, &weights, input)?;
            let numbers = &kept[kept.len() - 1].output;
            let own = numbers.iter().skip(place).step_by(positions);
            Ok(own.map(|number| f64::from(*number)).sum())
        };
        let mut upstream = Gradient::zeros(last.channels, unit, [1, 1]);
        upstream.numbers.fill(1.0);
        let found = there_and_back(network, &weights, input.clone(), upstream)?;
        let [rows, columns] = network.input_dims();
        let around = Gradient::zeros(found.channels, [0, 0], [rows, columns]);
        let found = around.plus(&found);
        let largest = found
            .numbers
            .iter()
            .fold(0.0_f32, |most, slope| most.max(slope.abs()));
        assert!(largest > 0.0);
        let mut wrong = 0;
        for at in 0..input.len() {
            let moved = |step: f32| {
                let mut moved = input.clone();
                moved[at] += step;
                output(moved)
            };
            let slope = (moved(STEP)? - moved(-STEP)?) / f64::from(2.0 * STEP);
            let off = (slope - f64::from(found.numbers[at])).abs();
            wrong += usize::from(off > 2e-3 * f64::from(largest));
        }
        // A step over a kink or past another maximum differs.
        assert!(wrong * 50 <= input.len(), "{wrong} of {}", input.len());
        Ok(())
    }

    #[test]
    fn a_chain_has_the_gradient_that_differences_give() -> Outcome {
        agrees(&chain()?, [2, 1])?;
        agrees(&chain()?, [0, 0])
    }

    #[test]
    fn branches_have_the_gradient_that_differences_give() -> Outcome {
        agrees(&branches()?, [1, 2])
    }
}
