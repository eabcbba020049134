//! The same passes in operations on the engine's tensors, on any of its devices: the gradient comes from the proven rules of
//! [`crate::lab::value`].

use candle_core::Tensor;

use super::gradient::Gradient;
use super::network::{Kind, Network, Stage, Step, Windows};
use super::pool::Pool;
use super::weights::Drawn;
use crate::lab::ops::{Op, Unary};
use crate::lab::value::{Order, Proven, gradients};
use crate::lab::{Device, LabError, Value};
use crate::model::Window;
use crate::model::layer::Activation;

/// A network with weights on a device. Values have the axes (image, row, column, channel).
pub(super) struct Composed<'a> {
    network: &'a Network,
    device: &'a Device,
    /// For each kernel and each of its groups a matrix (taps × outputs).
    weights: Vec<Vec<Value>>,
}

/// The axes of rows and columns, and that of the channels.
const POSITIONS: [usize; 2] = [1, 2];
const CHANNELS: usize = 3;

impl<'a> Composed<'a> {
    /// Moves weights to a device.
    ///
    /// # Errors
    /// If the engine fails.
    pub(super) fn new(
        network: &'a Network,
        device: &'a Device,
        drawn: &Drawn,
    ) -> Result<Self, LabError> {
        let pairs = network.kernels.iter().zip(&drawn.0);
        let weights = pairs.map(|(kernel, numbers)| {
            let outputs = kernel.count / kernel.fan_in / kernel.groups;
            let groups = numbers.chunks_exact(kernel.count / kernel.groups);
            groups
                .map(|group| constant(group, &[kernel.fan_in, outputs], device))
                .collect()
        });
        Ok(Self {
            network,
            device,
            weights: weights.collect::<Result<_, _>>()?,
        })
    }

    /// The gradient of a weighted sum of the last layer's numbers, in the inputs.
    ///
    /// # Errors
    /// If the engine fails.
    pub(super) fn there_and_back(
        &self,
        given: &[f32],
        upstream: &Gradient,
    ) -> Result<Gradient, LabError> {
        let images = upstream.images;
        let input = &self.network.stages[0];
        let x = Value::leaf(tensor(given, &form(images, input), self.device)?);
        let mut values: Vec<Value> = Vec::with_capacity(self.network.stages.len());
        for stage in &self.network.stages {
            let reads: Vec<&Value> = stage.inputs.iter().map(|place| &values[*place]).collect();
            let value = self.stage(stage, &reads, &x)?;
            values.push(value);
        }
        let mut last = values.pop().unwrap_or_else(|| x.clone());
        for (axis, position) in POSITIONS.into_iter().enumerate() {
            last = last.slice(position, upstream.at[axis], 1, upstream.dims[axis])?;
        }
        let slopes = constant(&upstream.numbers, last.dims(), self.device)?;
        let found = gradients(&[(last, slopes)], &[x], Order::First, &Proven)?;
        let mut gradient = Gradient::zeros(images, input.channels, [0, 0], input.dims);
        if let Some(Some(found)) = found.first() {
            gradient.numbers = found
                .tensor()
                .flatten_all()
                .and_then(|flat| flat.to_vec1())
                .map_err(|error| LabError::engine("gradient", &error))?;
        }
        Ok(gradient)
    }

    fn stage(&self, stage: &Stage, reads: &[&Value], x: &Value) -> Result<Value, LabError> {
        match &stage.step {
            Step::Input => Ok(x.clone()),
            Step::Convolution { windows, kernel } => {
                self.convolution(stage, windows, &self.weights[*kernel], reads[0])
            }
            Step::Pool { windows, kind } => self.pool(stage, windows, *kind, reads[0]),
            Step::Slope(activation) => bent(activation, reads[0]),
            Step::Pass => Ok(reads[0].clone()),
            Step::Add => reads[0].add(reads[1]),
            Step::Join => Value::apply(Op::Cat(CHANNELS), reads),
        }
    }

    fn convolution(
        &self,
        stage: &Stage,
        windows: &Windows,
        weights: &[Value],
        x: &Value,
    ) -> Result<Value, LabError> {
        let images = x.dims()[0];
        let x = self.windowed(stage, windows, x, 0.0)?;
        let own = x.dims()[CHANNELS] / weights.len();
        let mut outputs = Vec::new();
        for (group, weights) in weights.iter().enumerate() {
            // Taps row by row and channel by channel, as the weights have them.
            let read = x.slice(CHANNELS, group * own, 1, own)?;
            let read = read.permute(&[0, 1, 2, 4, 5, CHANNELS])?;
            let positions = images * stage.dims[0] * stage.dims[1];
            let read = read.reshape(&[positions, weights.dims()[0]])?;
            let dims = [images, stage.dims[0], stage.dims[1], weights.dims()[1]];
            outputs.push(read.matmul(weights)?.reshape(&dims)?);
        }
        match outputs.as_slice() {
            [only] => Ok(only.clone()),
            several => Value::apply(Op::Cat(CHANNELS), &several.iter().collect::<Vec<_>>()),
        }
    }

    fn pool(
        &self,
        stage: &Stage,
        windows: &Windows,
        kind: Kind,
        x: &Value,
    ) -> Result<Value, LabError> {
        let input = Stage {
            step: Step::Pass,
            inputs: Vec::new(),
            channels: stage.channels,
            dims: [x.dims()[1], x.dims()[2]],
        };
        let pool = Pool {
            windows,
            kind,
            input: &input,
            output: stage,
        };
        match kind {
            Kind::Mean {
                count_padding,
                divisor,
            } => {
                let sums = self.windowed(stage, windows, x, 0.0)?.sum(&[4, 5], false)?;
                let [rows, columns] = stage.dims;
                let shares: Vec<f32> = (0..rows * columns)
                    .map(|place| {
                        let (row, column) = (place / columns, place % columns);
                        1.0 / pool.divisor(row, column, count_padding, divisor)
                    })
                    .collect();
                sums.mul(&constant(&shares, &[rows, columns, 1], self.device)?)
            }
            Kind::Maximum => {
                let read = self.windowed(stage, windows, x, f32::NEG_INFINITY)?;
                let taps = windows[0].kernel * windows[1].kernel;
                let mut dims = form(x.dims()[0], stage).to_vec();
                dims.push(taps);
                let read = read.reshape(&dims)?;
                let largest = Op::ArgExtreme {
                    axis: 4,
                    largest: true,
                };
                let places = Value::apply(largest, &[&read])?;
                let maxima = Value::apply(Op::Gather(4), &[&read, &places])?;
                maxima.reshape(&dims[..4])
            }
        }
    }

    /// The windows of both axes, with the axes (image, row, column, channel, down, right); beyond the borders lies `filling`.
    fn windowed(
        &self,
        stage: &Stage,
        windows: &Windows,
        x: &Value,
        filling: f32,
    ) -> Result<Value, LabError> {
        let mut x = x.clone();
        for (axis, window) in windows.iter().enumerate() {
            x = self.stretched(&x, POSITIONS[axis], *window, stage.dims[axis], filling)?;
        }
        for (axis, window) in windows.iter().enumerate() {
            let windows = Op::Window {
                axis: POSITIONS[axis],
                kernel: window.kernel,
                stride: window.stride,
                dilation: window.dilation,
            };
            x = Value::apply(windows, &[&x])?;
        }
        Ok(x)
    }

    /// An axis as far as its windows reach: padded before, and after, or cut off.
    fn stretched(
        &self,
        x: &Value,
        axis: usize,
        window: Window,
        outputs: usize,
        filling: f32,
    ) -> Result<Value, LabError> {
        let size = x.dims()[axis];
        let reach = (outputs - 1) * window.stride + (window.kernel - 1) * window.dilation + 1;
        let length = reach.max(window.before + size);
        let mut stretched = x.clone();
        if length > size {
            let place = Op::Unslice {
                axis,
                start: window.before,
                step: 1,
                length,
            };
            stretched = Value::apply(place, &[x])?;
            if filling != 0.0 {
                let inside = window.before..window.before + size;
                let beyond = |place| {
                    if inside.contains(&place) {
                        0.0
                    } else {
                        filling
                    }
                };
                let border: Vec<f32> = (0..length).map(beyond).collect();
                let mut dims = vec![length];
                dims.resize(x.dims().len() - axis, 1);
                stretched = stretched.add(&constant(&border, &dims, self.device)?)?;
            }
        }
        stretched.slice(axis, 0, 1, reach)
    }
}

/// The axes of what a stage puts out.
fn form(images: usize, stage: &Stage) -> [usize; 4] {
    [images, stage.dims[0], stage.dims[1], stage.channels]
}

fn tensor(numbers: &[f32], dims: &[usize], device: &Device) -> Result<Tensor, LabError> {
    Tensor::from_slice(numbers, dims, device.engine())
        .map_err(|error| LabError::engine("tensor", &error))
}

fn constant(numbers: &[f32], dims: &[usize], device: &Device) -> Result<Value, LabError> {
    Ok(Value::constant(tensor(numbers, dims, device)?))
}

/// An activation's value.
fn bent(activation: &Activation, x: &Value) -> Result<Value, LabError> {
    let op = match activation {
        Activation::Relu => Op::Unary(Unary::Relu),
        Activation::Relu6 => Op::Clamp {
            low: Some(0.0),
            high: Some(6.0),
        },
        Activation::LeakyRelu { negative_slope } => Op::LeakyRelu(*negative_slope),
        Activation::PRelu { .. } => Op::LeakyRelu(0.25),
        Activation::Elu { alpha } => Op::Elu(*alpha),
        Activation::Sigmoid => Op::Unary(Unary::Sigmoid),
        Activation::Tanh => Op::Unary(Unary::Tanh),
        Activation::Silu => Op::Unary(Unary::Silu),
        Activation::Gelu { .. } => Op::Unary(Unary::Gelu),
        _ => {
            return Err(LabError::NoGradient {
                operation: "activation",
                message: "it is none of those that are measured".to_owned(),
            });
        }
    };
    Value::apply(op, &[x])
}
