//! What is asked of each pass: random inputs, and which sum of the unit's channels is differentiated.

use std::ops::Range;

use super::gradient::Gradient;
use super::network::Network;
use super::weights::uniform;
use super::{Initial, Plan};
use crate::lab::random::Stream;

/// What the stream of numbers is for.
const FOR_INPUTS: u64 = 1 << 33;

/// Inputs of some passes, and the slopes of the unit's channels: random signs, or all 1.
pub(super) fn asked(
    network: &Network,
    unit: [usize; 2],
    plan: Plan,
    inputs: Range<usize>,
) -> (Vec<f32>, Gradient) {
    let stream = |input: usize| Stream::seeded(plan.seed, FOR_INPUTS + input as u64);
    let channels = network.stages.last().map_or(0, |stage| stage.channels);
    let mut upstream = Gradient::zeros(inputs.len(), channels, unit, [1, 1]);
    let slopes = upstream.numbers.chunks_exact_mut(channels.max(1));
    for (slopes, input) in slopes.zip(inputs.clone()) {
        for (place, slope) in (0..).zip(slopes) {
            let bits = stream(input).bits(u64::MAX - place);
            let negative = plan.initial == Initial::Random && bits & 1 == 1;
            *slope = if negative { -1.0 } else { 1.0 };
        }
    }
    let given = inputs.flat_map(|input| given(network, plan.initial, stream(input)));
    (given.collect(), upstream)
}

/// A random input.
pub(super) fn given(network: &Network, initial: Initial, stream: Stream) -> Vec<f32> {
    let stage = &network.stages[0];
    let count = stage.channels * stage.dims[0] * stage.dims[1];
    let numbers = uniform(stream, 0, count, 1.0);
    match initial {
        Initial::Random => numbers,
        // Positive, so that no ReLU cuts anything off.
        Initial::Ones => numbers.into_iter().map(|number| 1.5 + number).collect(),
    }
}
