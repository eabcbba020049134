//! The passes there and back, for several inputs at once.

use super::convolution::Convolution;
use super::gradient::Gradient;
use super::network::{Network, Stage, Step, Windows};
use super::pool::Pool;
use super::slopes;
use super::tiles::Tiled;
use super::weights::{Laid, Weights};

/// What a layer put out, as far as it is still needed.
#[derive(Default)]
struct Kept {
    output: Vec<f32>,
    /// The places of a pool's maxima.
    places: Vec<u32>,
    /// Those who have yet to read the output; the way back counts as one where it needs it.
    readers: usize,
}

/// The gradient of a weighted sum of the last layer's numbers, in the inputs.
pub(super) fn there_and_back(
    network: &Network,
    weights: &Weights,
    given: Vec<f32>,
    upstream: Gradient,
) -> Gradient {
    let images = upstream.images;
    let mut pass = Pass::new(network, weights, images);
    pass.there(given);
    let last = network.stages.len() - 1;
    let mut gradients: Vec<Option<Gradient>> = network.stages.iter().map(|_| None).collect();
    gradients[last] = Some(upstream);
    for place in (1..network.stages.len()).rev() {
        if let Some(gradient) = gradients[place].take() {
            pass.back(place, gradient, &mut gradients);
        }
    }
    let nothing = || Gradient::zeros(images, network.stages[0].channels, [0, 0], [0, 0]);
    gradients[0].take().unwrap_or_else(nothing)
}

/// One network on so many images.
struct Pass<'a> {
    network: &'a Network,
    weights: &'a Weights,
    images: usize,
    kept: Vec<Kept>,
}

impl<'a> Pass<'a> {
    fn new(network: &'a Network, weights: &'a Weights, images: usize) -> Self {
        let mut kept: Vec<Kept> = network.stages.iter().map(|_| Kept::default()).collect();
        for (place, stage) in network.stages.iter().enumerate() {
            for &input in &stage.inputs {
                kept[input].readers += 1;
            }
            if let Step::Slope(activation) = &stage.step {
                kept[slopes::kept_at(place, stage, activation)].readers += 1;
            }
        }
        // The answer is read too.
        if let Some(last) = kept.last_mut() {
            last.readers += 1;
        }
        Self {
            network,
            weights,
            images,
            kept,
        }
    }

    /// The numbers of a layer for one who may change them: the last reader has them themselves.
    fn take(&mut self, place: usize) -> Vec<f32> {
        let kept = &mut self.kept[place];
        kept.readers -= 1;
        if kept.readers == 0 {
            std::mem::take(&mut kept.output)
        } else {
            kept.output.clone()
        }
    }

    /// One reader less.
    fn done(&mut self, place: usize) {
        let kept = &mut self.kept[place];
        kept.readers -= 1;
        if kept.readers == 0 {
            kept.output = Vec::new();
        }
    }

    fn there(&mut self, mut given: Vec<f32>) {
        let network = self.network;
        for (place, stage) in network.stages.iter().enumerate() {
            let output = match &stage.step {
                Step::Input => std::mem::take(&mut given),
                Step::Convolution { windows, kernel } => {
                    let output = self.convolved(stage, windows, *kernel);
                    self.done(stage.inputs[0]);
                    output
                }
                Step::Pool { windows, kind } => {
                    let pool = Pool {
                        windows,
                        kind: *kind,
                        input: &network.stages[stage.inputs[0]],
                        output: stage,
                    };
                    let (output, maxima) = pool.forward(&self.kept[stage.inputs[0]].output);
                    self.kept[place].places = maxima;
                    self.done(stage.inputs[0]);
                    output
                }
                Step::Slope(activation) => {
                    let mut numbers = self.take(stage.inputs[0]);
                    slopes::apply(activation, &mut numbers);
                    numbers
                }
                Step::Pass => self.take(stage.inputs[0]),
                Step::Add => {
                    let mut sums = self.take(stage.inputs[0]);
                    super::gradient::add(&mut sums, &self.kept[stage.inputs[1]].output);
                    self.done(stage.inputs[1]);
                    sums
                }
                Step::Join => self.joined(stage),
            };
            self.kept[place].output = output;
        }
    }

    fn convolved(&self, stage: &Stage, windows: &Windows, kernel: usize) -> Vec<f32> {
        let read = &self.kept[stage.inputs[0]].output;
        match &self.weights.0[kernel] {
            Laid::Matrices(matrices) => self
                .convolution(stage, windows, kernel)
                .forward(read, matrices),
            Laid::Tiles(kernel) => self.tiled(stage, windows).forward(read, kernel),
        }
    }

    fn convolution(
        &self,
        stage: &'a Stage,
        windows: &'a Windows,
        kernel: usize,
    ) -> Convolution<'a> {
        Convolution {
            windows,
            groups: self.network.kernels[kernel].groups,
            input: &self.network.stages[stage.inputs[0]],
            output: stage,
            images: self.images,
        }
    }

    fn tiled(&self, stage: &'a Stage, windows: &'a Windows) -> Tiled<'a> {
        Tiled {
            windows,
            input: &self.network.stages[stage.inputs[0]],
            output: stage,
            images: self.images,
        }
    }

    /// The channels of several layers side by side.
    fn joined(&mut self, stage: &Stage) -> Vec<f32> {
        let positions = self.images * stage.dims[0] * stage.dims[1];
        let mut joined = Vec::with_capacity(positions * stage.channels);
        for position in 0..positions {
            for &input in &stage.inputs {
                let channels = self.network.stages[input].channels;
                let start = position * channels;
                joined.extend_from_slice(&self.kept[input].output[start..start + channels]);
            }
        }
        for &input in &stage.inputs {
            self.done(input);
        }
        joined
    }

    /// Hands the gradient of a stage to those that it reads.
    fn back(&self, place: usize, mut gradient: Gradient, gradients: &mut [Option<Gradient>]) {
        let stage = &self.network.stages[place];
        let mut hand = |input: usize, more: Gradient| {
            let slot = &mut gradients[stage.inputs[input]];
            *slot = Some(match slot.take() {
                Some(before) => before.plus(&more),
                None => more,
            });
        };
        let form = |input: usize| &self.network.stages[stage.inputs[input]];
        match &stage.step {
            Step::Input => {}
            Step::Convolution { windows, kernel } => {
                let below = match &self.weights.0[*kernel] {
                    Laid::Matrices(matrices) => self
                        .convolution(stage, windows, *kernel)
                        .backward(&gradient, matrices),
                    Laid::Tiles(kernel) => self.tiled(stage, windows).backward(&gradient, kernel),
                };
                if let Some(below) = below {
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
                if let Some(below) = pool.backward(&gradient, &self.kept[place].places) {
                    hand(0, below);
                }
            }
            Step::Slope(activation) => {
                let from = slopes::kept_at(place, stage, activation);
                slopes::through(&mut gradient, activation, &self.kept[from].output, stage);
                hand(0, gradient);
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::Device;
    use crate::lab::device::as_on_a_card;
    use crate::lab::effective::Initial;
    use crate::lab::effective::asked::given;
    use crate::lab::effective::composed::Composed;
    use crate::lab::effective::tests::{branches, chain, stacked};
    use crate::lab::effective::weights::{Drawn, uniform};
    use crate::lab::random::Stream;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    /// Every entry of the gradient against the difference of two passes.
    fn agrees(network: &Network, unit: [usize; 2]) -> Outcome {
        const STEP: f32 = 1.0 / 2048.0;
        let drawn = Drawn::new(network, Initial::Random, 3, 0);
        let weights = Weights::new(network, &drawn);
        let stream = Stream::seeded(5, 1);
        let input = given(network, Initial::Random, stream);
        let last = network.stages.last().ok_or("a layer")?;
        let place = unit[0] * last.dims[1] + unit[1];
        let output = |input: Vec<f32>| -> f64 {
            let mut pass = Pass::new(network, &weights, 1);
            pass.there(input);
            let numbers = pass.kept.pop().unwrap_or_default().output;
            let own = &numbers[place * last.channels..(place + 1) * last.channels];
            own.iter().map(|number| f64::from(*number)).sum()
        };
        let mut upstream = Gradient::zeros(1, last.channels, unit, [1, 1]);
        upstream.numbers.fill(1.0);
        let found = there_and_back(network, &weights, input.clone(), upstream);
        let [rows, columns] = network.input_dims();
        let around = Gradient::zeros(1, found.channels, [0, 0], [rows, columns]);
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
            let slope = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
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

    /// The fused passes against the same in operations on tensors, for two inputs.
    #[test]
    fn operations_on_tensors_have_the_same_gradient() -> Outcome {
        let wide = stacked(3, 17, 16)?;
        assert!(wide.kernels.iter().any(|kernel| kernel.tiled));
        for (network, unit) in [(chain()?, [2, 1]), (branches()?, [1, 2]), (wide, [8, 3])] {
            let drawn = Drawn::new(&network, Initial::Random, 3, 0);
            let weights = Weights::new(&network, &drawn);
            let given: Vec<f32> = (0..2)
                .flat_map(|input| given(&network, Initial::Random, Stream::seeded(5, input)))
                .collect();
            let channels = network.stages.last().ok_or("a layer")?.channels;
            let upstream = Gradient {
                numbers: uniform(Stream::new(9), 0, 2 * channels, 1.0),
                ..Gradient::zeros(2, channels, unit, [1, 1])
            };
            let cpu = Device::default();
            let composed = Composed::new(&network, &cpu, &drawn)?;
            let known = composed.there_and_back(&given, &upstream)?;
            let elsewhere = as_on_a_card(|| composed.there_and_back(&given, &upstream))?;
            let found = there_and_back(&network, &weights, given, upstream);
            let whole = Gradient::zeros(2, known.channels, [0, 0], network.input_dims());
            let found = whole.plus(&found);
            let largest = known
                .numbers
                .iter()
                .fold(0.0_f32, |most, x| most.max(x.abs()));
            assert!(largest > 0.0);
            for other in [found, elsewhere] {
                for (found, known) in other.numbers.iter().zip(&known.numbers) {
                    assert!((found - known).abs() < 2e-5 * largest, "{found}, {known}");
                }
            }
        }
        Ok(())
    }
}
