//! A model carried out on candle tensors: every node is computed with small random weights, and its shape is what the
//! computed tensor has.
//!
//! Convolutions and pools walk their windows tap by tap, so that 1–3 axes, strides, dilations and paddings of their
//! own an axis all go one way, and the number of windows is found by placing them, not by a formula. Modules are in
//! evaluation mode: dropout passes everything, batch norm uses its first statistics.

mod features;
mod operations;
mod random;
mod resample;
mod sequences;
mod spatial;
#[cfg(test)]
mod tests;
mod windows;

use std::panic::{AssertUnwindSafe, catch_unwind};

use candle_core::{Device, Tensor};

use crate::model::{Layer, Model, Node, NodeId, Port, Shape, Work};
use random::Random;

/// Why a node could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForwardError {
    /// A layer that gradus does not know.
    #[error("`{node}` ({class}) is not known and was not carried out")]
    Unknown {
        /// The node.
        node: String,
        /// Its class.
        class: String,
    },
    /// The engine below refused or failed.
    #[error("`{node}` failed: {message}")]
    Engine {
        /// The node.
        node: String,
        /// What the engine said.
        message: String,
    },
}

/// Carries out the first `count` nodes on inputs of these shapes (in the order of [`Model::inputs`]) and returns the
/// shapes of what they put out.
///
/// The shapes have to be valid for the model: theory checks them first. Memory is freed as soon as no later node reads
/// it.
///
/// # Errors
/// If a layer is not known, or the engine fails.
pub fn measure(
    model: &Model,
    inputs: &[Shape],
    count: usize,
    seed: u64,
) -> Result<Vec<Vec<Shape>>, ForwardError> {
    let mut run = Run {
        model,
        inputs: inputs.iter(),
        values: Vec::with_capacity(count),
        last_read: last_read(model),
        seed,
    };
    let mut shapes = Vec::with_capacity(count);
    for id in model.node_ids().take(count) {
        let outputs = run.step(id)?;
        let dims = outputs.iter().map(|tensor| Shape(tensor.dims().to_vec()));
        shapes.push(dims.collect());
        run.keep(id, outputs);
    }
    Ok(shapes)
}

/// The state of one pass.
struct Run<'a> {
    model: &'a Model,
    inputs: std::slice::Iter<'a, Shape>,
    /// What each node put out; empty once nothing reads it any more.
    values: Vec<Vec<Tensor>>,
    last_read: Vec<usize>,
    seed: u64,
}

impl Run<'_> {
    fn step(&mut self, id: NodeId) -> Result<Vec<Tensor>, ForwardError> {
        let node = self.model.node(id);
        let given = match node.work {
            Work::Input(_) => self.inputs.next(),
            _ => None,
        };
        let work = AssertUnwindSafe(|| self.compute(id, node, given));
        let failed = |message: String| ForwardError::Engine {
            node: node.name.clone(),
            message,
        };
        match catch_unwind(work) {
            Ok(Ok(outputs)) => Ok(outputs),
            Ok(Err(Obstacle::Unknown(class))) => Err(ForwardError::Unknown {
                node: node.name.clone(),
                class,
            }),
            // The engine adds a backtrace below the first line.
            Ok(Err(Obstacle::Engine(error))) => {
                let text = error.to_string();
                Err(failed(text.lines().next().unwrap_or_default().to_owned()))
            }
            Err(_) => Err(failed("it panicked".to_owned())),
        }
    }

    fn compute(
        &self,
        id: NodeId,
        node: &Node,
        given: Option<&Shape>,
    ) -> Result<Vec<Tensor>, Obstacle> {
        let mut random = Random::new(self.seed, id.0);
        let inputs: Vec<Tensor> = node.inputs.iter().map(|port| self.read(*port)).collect();
        match &node.work {
            Work::Input(shape) => {
                let shape = given.or(shape.as_ref()).cloned().unwrap_or_default();
                Ok(vec![random.tensor(shape.dims(), 1.0)?])
            }
            Work::Constant(shape) | Work::Parameter(shape) => {
                Ok(vec![random.tensor(shape.dims(), 1.0)?])
            }
            Work::Call(module) => {
                // The second call of a module has the weights of the first.
                let mut random = Random::new(self.seed, self.model.nodes.len() + module.0);
                let layer = &self.model.modules[module.0].layer;
                Ok(of_layer(layer, &inputs, &mut random)?)
            }
            Work::Operation(operation) => Ok(operations::of_operation(operation, &inputs)?),
        }
    }

    fn read(&self, port: Port) -> Tensor {
        self.values[port.node.0][port.output].clone()
    }

    fn keep(&mut self, id: NodeId, outputs: Vec<Tensor>) {
        self.values.push(outputs);
        for port in &self.model.node(id).inputs {
            if self.last_read[port.node.0] <= id.0 {
                self.values[port.node.0].clear();
            }
        }
    }
}

/// The last node that reads each node.
fn last_read(model: &Model) -> Vec<usize> {
    let mut last = vec![0; model.nodes.len()];
    for id in model.node_ids() {
        for port in &model.node(id).inputs {
            last[port.node.0] = id.0;
        }
    }
    last
}

/// What stops a computation.
#[derive(Debug)]
enum Obstacle {
    Unknown(String),
    Engine(candle_core::Error),
}

impl From<candle_core::Error> for Obstacle {
    fn from(error: candle_core::Error) -> Self {
        Self::Engine(error)
    }
}

/// Where everything is computed.
const DEVICE: Device = Device::Cpu;

fn of_layer(
    layer: &Layer,
    inputs: &[Tensor],
    random: &mut Random,
) -> Result<Vec<Tensor>, Obstacle> {
    let input = &inputs[0];
    let single = match layer {
        Layer::Unknown { class } => return Err(Obstacle::Unknown(class.clone())),
        Layer::Recurrent(layer) => return Ok(sequences::recurrent(layer, input, random)?),
        Layer::MultiheadAttention(layer) => {
            return Ok(sequences::attention(layer, inputs, random)?);
        }
        Layer::TransformerEncoderLayer(layer) => sequences::encoder_layer(layer, input, random),
        Layer::TransformerEncoder {
            layer, num_layers, ..
        } => (0..*num_layers).try_fold(input.clone(), |value, _| {
            sequences::encoder_layer(layer, &value, random)
        }),
        Layer::Bilinear { out_features, .. } => {
            features::bilinear(&inputs[0], &inputs[1], *out_features, random)
        }
        Layer::Conv(conv) => windows::conv(conv, input, random),
        Layer::ConvTranspose(conv) => windows::conv_transpose(conv, input, random),
        Layer::Pool(pool) => windows::pool(pool, input),
        Layer::Unfold { windows } => windows::unfold(windows, input),
        Layer::Fold {
            output_size,
            windows,
        } => windows::fold(output_size, windows, input),
        Layer::AdaptivePool { .. }
        | Layer::Upsample(_)
        | Layer::Pad { .. }
        | Layer::PixelShuffle { .. }
        | Layer::PixelUnshuffle { .. }
        | Layer::ChannelShuffle { .. } => spatial::of_layer(layer, input),
        other => features::of_layer(other, input, random),
    }?;
    Ok(vec![single])
}
