//! A model as the few steps that are carried out here.

use super::{slopes, tiles};
use crate::model::layer::{Activation, Conv, Pool};
use crate::model::operation::Binary;
use crate::model::{Layer, Model, NodeId, Operation, PadMode, Port, Shape, Window, Work};

/// A convolution or pool over two axes.
pub(super) type Windows = [Window; 2];

/// A network of convolutions, pools, slopes, sums and joins, from one input to the layer that is asked about.
#[derive(Debug)]
pub struct Network {
    pub(super) stages: Vec<Stage>,
    /// Weights of convolutions: numbers in all, and products summed by each output.
    pub(super) kernels: Vec<Kernel>,
}

/// A convolution's weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kernel {
    pub(super) module: usize,
    pub(super) count: usize,
    pub(super) fan_in: usize,
    /// Places of a window.
    pub(super) taps: usize,
    pub(super) groups: usize,
    /// Whether it is applied by tiles.
    pub(super) tiled: bool,
}

/// One step and the form of what it puts out.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) step: Step,
    /// Earlier stages that it reads.
    pub(super) inputs: Vec<usize>,
    pub(super) channels: usize,
    pub(super) dims: [usize; 2],
}

/// What a step does.
#[derive(Debug)]
pub(super) enum Step {
    Input,
    Convolution {
        windows: Windows,
        /// Its place in the network's kernels.
        kernel: usize,
    },
    Pool {
        windows: Windows,
        kind: Kind,
    },
    Slope(Activation),
    /// Numbers go through as they are.
    Pass,
    Add,
    Join,
}

/// How a pool's window becomes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Maximum,
    Mean {
        count_padding: bool,
        divisor: Option<usize>,
    },
}

/// A layer through which no effective field is measured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{node}` ({kind}): {reason}")]
pub struct Obstacle {
    /// The node.
    pub node: String,
    /// What it is.
    pub kind: String,
    /// Why not.
    pub reason: String,
}

impl Network {
    /// The part of a model that `node` depends on. `axes` (1 or 2) is how many axes of the input carry positions, `shape` tells the
    /// shape of every tensor.
    ///
    /// # Errors
    /// If a layer on the way is none of those that are carried out.
    pub fn new<'a>(
        model: &Model,
        axes: usize,
        node: NodeId,
        shape: impl Fn(Port) -> &'a Shape,
    ) -> Result<Self, Obstacle> {
        let mut network = Self {
            stages: Vec::new(),
            kernels: Vec::new(),
        };
        let needed = needed(model, node);
        let mut places: Vec<Option<usize>> = vec![None; model.nodes.len()];
        for id in model.node_ids().take(node.0 + 1).filter(|id| needed[id.0]) {
            let obstacle = |reason: &str| Obstacle {
                node: model.node(id).name.clone(),
                kind: model.kind(id).clone(),
                reason: reason.to_owned(),
            };
            let port = Port {
                node: id,
                output: 0,
            };
            let (channels, dims) = form(shape(port), axes)
                .ok_or_else(|| obstacle("its output is no image or sequence with channels"))?;
            let step = network.step(model, id, (axes, dims)).map_err(obstacle)?;
            let reads = model.node(id).inputs.iter();
            let inputs: Option<Vec<usize>> = reads.map(|port| places[port.node.0]).collect();
            let inputs = inputs.ok_or_else(|| obstacle("it reads what is no image"))?;
            let alike = |&input: &usize| {
                let read = &network.stages[input];
                (read.channels, read.dims) == (channels, dims)
            };
            if matches!(step, Step::Add | Step::Pass | Step::Slope(_)) && !inputs.iter().all(alike)
            {
                return Err(obstacle("its inputs have other shapes than its output"));
            }
            places[id.0] = Some(network.stages.len());
            network.stages.push(Stage {
                step,
                inputs,
                channels,
                dims,
            });
        }
        Ok(network)
    }

    /// Positions of the input along both axes.
    pub fn input_dims(&self) -> [usize; 2] {
        self.stages.first().map_or([0, 0], |input| input.dims)
    }

    /// Multiply-adds of one pass there and back as it is carried out on the CPU, at most.
    pub fn multiply_adds(&self) -> f64 {
        let of = |stage: &Stage| match stage.step {
            Step::Convolution { kernel, .. } => {
                let kernel = self.kernels[kernel];
                let per_pair = if kernel.tiled {
                    tiles::per_pair(stage.dims)
                } else {
                    kernel.taps * stage.dims[0] * stage.dims[1]
                };
                real(kernel.fan_in / kernel.taps * stage.channels) * real(per_pair)
            }
            _ => 0.0,
        };
        2.0 * self.stages.iter().map(of).sum::<f64>()
    }

    /// Inputs that go through together: as many as keep the processor busy without taking much memory.
    pub(super) fn images(&self) -> usize {
        const NUMBERS: u128 = 1 << 24;
        const MOST: u128 = 8;
        let fit = NUMBERS / self.numbers().max(1);
        usize::try_from(fit.clamp(1, MOST)).unwrap_or(1)
    }

    /// Numbers of one pass: what is kept for the way back, and the largest layer in three forms.
    fn numbers(&self) -> u128 {
        let count =
            |stage: &Stage| stage.channels as u128 * stage.dims[0] as u128 * stage.dims[1] as u128;
        let kept = self.stages.iter().map(|stage| match stage.step {
            Step::Slope(_) | Step::Pool { .. } => count(stage),
            _ => 0,
        });
        let largest = self.stages.iter().map(count).max();
        kept.sum::<u128>() + 3 * largest.unwrap_or(0)
    }

    /// Bytes that the passes take at once, on so many threads: what they keep, what they unfold, and the weights of two networks.
    pub fn bytes(&self, threads: usize) -> u128 {
        let weights: u128 = self.kernels.iter().map(Kernel::numbers).sum();
        let unfolded = self.kernels.iter().map(Kernel::unfolded).max();
        let each = self.images() as u128 * self.numbers() + unfolded.unwrap_or(0);
        4 * (threads as u128 * each + 2 * weights)
    }

    fn step(
        &mut self,
        model: &Model,
        id: NodeId,
        (axes, dims): (usize, [usize; 2]),
    ) -> Result<Step, &'static str> {
        match &model.node(id).work {
            Work::Input(_) if self.stages.is_empty() => Ok(Step::Input),
            Work::Input(_) => Err("there is a second input"),
            Work::Call(module) => {
                self.layer(&model.modules[module.0].layer, module.0, (axes, dims))
            }
            Work::Operation(Operation::Binary(Binary::Add)) => Ok(Step::Add),
            Work::Operation(Operation::Cat { dim }) => {
                // Counted from the last axis: the channels stand before the positions.
                let channels = -1 - isize::try_from(axes).unwrap_or(0);
                let joins = *dim == channels || *dim == 1 || (*dim == 0 && axes + 1 == 1);
                if joins {
                    Ok(Step::Join)
                } else {
                    Err("it joins along another axis than the channels")
                }
            }
            Work::Operation(Operation::Elementwise { name }) if name == "relu" => {
                Ok(Step::Slope(Activation::Relu))
            }
            _ => Err("no effective field is measured through it"),
        }
    }

    fn layer(
        &mut self,
        layer: &Layer,
        module: usize,
        (axes, dims): (usize, [usize; 2]),
    ) -> Result<Step, &'static str> {
        match layer {
            Layer::Conv(conv) => self.convolution(conv, module, (axes, dims)),
            Layer::Pool(pool) => pooling(pool, axes),
            Layer::Activation(activation) if slopes::slope_of(activation, 0.5).is_some() => {
                Ok(Step::Slope(activation.clone()))
            }
            Layer::Activation(_) => Err("this activation is not measured"),
            // In evaluation, with its first statistics, a norm over the batch changes nothing.
            Layer::BatchNorm { .. } | Layer::Dropout { .. } | Layer::Identity => Ok(Step::Pass),
            _ => Err("no effective field is measured through it"),
        }
    }

    fn convolution(
        &mut self,
        conv: &Conv,
        module: usize,
        (axes, dims): (usize, [usize; 2]),
    ) -> Result<Step, &'static str> {
        if conv.padding_mode != PadMode::Constant(0.0) {
            return Err("its padding is not zeros");
        }
        let windows = two(&conv.windows, axes)?;
        let known = self
            .kernels
            .iter()
            .position(|kernel| kernel.module == module);
        let kernel = known.unwrap_or_else(|| {
            let taps = windows[0].kernel * windows[1].kernel;
            let fan_in = conv.in_channels / conv.groups * taps;
            let (inputs, outputs) = (conv.in_channels, conv.out_channels);
            self.kernels.push(Kernel {
                module,
                count: outputs * fan_in,
                fan_in,
                taps,
                groups: conv.groups,
                tiled: tiles::fits(&windows, conv.groups, (inputs, outputs), dims),
            });
            self.kernels.len() - 1
        });
        Ok(Step::Convolution { windows, kernel })
    }
}

fn pooling(pool: &Pool, axes: usize) -> Result<Step, &'static str> {
    use crate::model::layer::PoolKind;
    let kind = match pool.kind {
        PoolKind::Max => Kind::Maximum,
        PoolKind::Average {
            count_include_pad,
            divisor,
        } => Kind::Mean {
            count_padding: count_include_pad,
            divisor,
        },
        PoolKind::Lp { .. } => return Err("a pool with a norm is not measured"),
    };
    let windows = two(&pool.windows, axes)?;
    Ok(Step::Pool { windows, kind })
}

/// One window an axis, always two: a sequence is an image of one row.
fn two(windows: &[Window], axes: usize) -> Result<Windows, &'static str> {
    match (windows, axes) {
        ([only], 1) => Ok([Window::new(1), *only]),
        ([first, second], 2) => Ok([*first, *second]),
        _ => Err("it has another number of axes than the input has positions"),
    }
}

/// Channels and positions of a tensor, with or without a batch of one.
fn form(shape: &Shape, axes: usize) -> Option<(usize, [usize; 2])> {
    let dims = shape.dims();
    let channels = dims.len().checked_sub(axes + 1)?;
    let has_batch = channels == 1;
    if channels > 1 || (has_batch && dims[0] != 1) {
        return None;
    }
    let dims_of = |at: usize| dims.get(at).copied();
    Some(match axes {
        1 => (dims_of(channels)?, [1, dims_of(channels + 1)?]),
        2 => (
            dims_of(channels)?,
            [dims_of(channels + 1)?, dims_of(channels + 2)?],
        ),
        _ => return None,
    })
}

/// Which nodes a node depends on.
fn needed(model: &Model, node: NodeId) -> Vec<bool> {
    let mut needed = vec![false; model.nodes.len()];
    needed[node.0] = true;
    for id in (0..=node.0).rev() {
        if needed[id] {
            for port in &model.nodes[id].inputs {
                needed[port.node.0] = true;
            }
        }
    }
    needed
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn real(count: usize) -> f64 {
    count as f64
}
