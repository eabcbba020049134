//! Output shapes: one rule a layer and operation, in checked arithmetic, as PyTorch has them.
//!
//! Sizes are those of the tensors that PyTorch would pass around: the batch is an axis where the layer is called with
//! one, and layers that also take a single sample (`C×H×W`) do so here.

mod features;
mod operations;
mod sequences;
mod spatial;
#[cfg(test)]
mod tests;
pub mod window;

use crate::model::{Fault, Layer, Model, NodeId, Operation, Port, Shape, Work};

/// Why a layer cannot take its input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ShapeError {
    /// What does not fit, with the axis, what was expected and what was got.
    pub message: String,
    /// What was expected, for the line under the caret.
    pub label: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
}

impl ShapeError {
    /// An error whose label repeats its message.
    fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            label: message.clone(),
            message,
            help: None,
        }
    }

    /// Something expected, something else got.
    fn expected(expected: impl std::fmt::Display, got: impl std::fmt::Display) -> Self {
        Self::new(format!("expected {expected}, got {got}"))
    }

    fn help(mut self, advice: impl Into<String>) -> Self {
        self.help = Some(advice.into());
        self
    }

    /// A size beyond what a machine can count.
    fn too_large() -> Self {
        Self::new("the output would be larger than any machine can hold")
    }
}

/// The shape of every output of every node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shapes(pub Vec<Vec<Shape>>);

impl Shapes {
    /// The shape at a port.
    pub fn at(&self, port: Port) -> &Shape {
        &self.0[port.node.0][port.output]
    }

    /// The shapes of what a node reads.
    pub fn inputs(&self, model: &Model, node: NodeId) -> Vec<Shape> {
        let ports = &model.node(node).inputs;
        ports.iter().map(|port| self.at(*port).clone()).collect()
    }
}

/// The shapes of a layer's outputs.
///
/// Most layers look at their first input alone; what else a call passes (masks, given weights) does not change the
/// shape. `Bilinear` has two inputs, attention three, and a recurrent layer's first state is checked where given.
///
/// # Errors
/// If the layer cannot take these inputs.
pub fn of_layer(layer: &Layer, inputs: &[Shape]) -> Result<Vec<Shape>, ShapeError> {
    let Some(input) = inputs.first() else {
        return Err(ShapeError::expected("an input", "none"));
    };
    let single = match layer {
        Layer::Recurrent(recurrent) => return sequences::recurrent(recurrent, inputs),
        Layer::MultiheadAttention(attention) => return sequences::attention(attention, inputs),
        Layer::TransformerEncoderLayer(layer) | Layer::TransformerEncoder { layer, .. } => {
            sequences::encoder(layer, input)
        }
        Layer::Conv(conv) => spatial::conv(conv, input),
        Layer::ConvTranspose(conv) => spatial::conv_transpose(conv, input),
        Layer::Pool(pool) => spatial::pool(pool, input),
        Layer::AdaptivePool { output, .. } => spatial::adaptive_pool(output, input),
        Layer::Upsample(upsample) => spatial::upsample(upsample, input),
        Layer::Pad { mode, amounts } => spatial::pad(*mode, amounts, input),
        Layer::PixelShuffle { factor } => spatial::pixel_shuffle(*factor, input),
        Layer::PixelUnshuffle { factor } => spatial::pixel_unshuffle(*factor, input),
        Layer::ChannelShuffle { groups } => spatial::channel_shuffle(*groups, input),
        Layer::Unfold { windows } => spatial::unfold(windows, input),
        Layer::Fold {
            output_size,
            windows,
        } => spatial::fold(output_size, windows, input),
        Layer::Bilinear {
            in1_features,
            in2_features,
            out_features,
            ..
        } => features::bilinear([*in1_features, *in2_features], *out_features, inputs),
        other => features::of_layer(other, input),
    }?;
    Ok(vec![single])
}

/// The shapes of an operation's outputs.
///
/// # Errors
/// If the operation cannot take these inputs.
pub fn of_operation(operation: &Operation, inputs: &[Shape]) -> Result<Vec<Shape>, ShapeError> {
    operations::of_operation(operation, inputs)
}

/// The shapes of all nodes of a model whose inputs' shapes are known.
///
/// # Errors
/// The first node that cannot take its inputs, at its place in the source.
pub fn of_model(model: &Model) -> Result<Shapes, Fault> {
    let mut shapes = Shapes(Vec::with_capacity(model.nodes.len()));
    for id in model.node_ids() {
        let outputs = of_node(model, &shapes, id, None)?;
        shapes.0.push(outputs);
    }
    for port in &model.outputs {
        check_output(model, &shapes, *port, "the network returns")?;
    }
    Ok(shapes)
}

/// A node has the output that is read of it: how many pieces a tensor is cut into may depend on its size.
fn check_output(model: &Model, shapes: &Shapes, port: Port, reader: &str) -> Result<(), Fault> {
    let (name, has) = (&model.node(port.node).name, shapes.0[port.node.0].len());
    if port.output < has {
        return Ok(());
    }
    let message = format!(
        "{reader} output {} of `{name}`, which has {has}",
        port.output
    );
    Err(Fault::new("no-such-output", message).help("outputs are counted from 0"))
}

/// The shapes of the first nodes of a model, called with inputs of these shapes instead of its own, in the order of
/// [`Model::inputs`]: as far as they fit.
pub fn as_far_as_fits(model: &Model, inputs: &[Shape]) -> Shapes {
    let mut inputs = inputs.iter();
    let mut shapes = Shapes(Vec::with_capacity(model.nodes.len()));
    for id in model.node_ids() {
        let given = match model.node(id).work {
            Work::Input(_) => inputs.next(),
            _ => None,
        };
        match of_node(model, &shapes, id, given) {
            Ok(outputs) => shapes.0.push(outputs),
            Err(_) => break,
        }
    }
    shapes
}

/// The outputs of a node; `given` stands for an input's own shape.
fn of_node(
    model: &Model,
    shapes: &Shapes,
    id: NodeId,
    given: Option<&Shape>,
) -> Result<Vec<Shape>, Fault> {
    if let Some(shape) = given {
        return Ok(vec![shape.clone()]);
    }
    let node = model.node(id);
    for port in &node.inputs {
        check_output(model, shapes, *port, &format!("`{}` reads", node.name))?;
    }
    let outputs = match &node.work {
        Work::Input(Some(shape)) | Work::Constant(shape) | Work::Parameter(shape) => {
            return Ok(vec![shape.clone()]);
        }
        Work::Input(None) => return Err(unknown_input(&node.name)),
        Work::Call(module) => of_layer(&model.modules[module.0].layer, &shapes.inputs(model, id)),
        Work::Operation(operation) => of_operation(operation, &shapes.inputs(model, id)),
    };
    outputs.map_err(|error| at_node(model, id, error))
}

fn unknown_input(name: &str) -> Fault {
    Fault::new(
        "input-shape-unknown",
        format!("the shape of the input `{name}` is not known"),
    )
    .help("give the shape of the tensor that the network is called with, such as `--input 1x3x224x224`")
}

/// The error as a fault that names the node and points at its place.
fn at_node(model: &Model, id: NodeId, error: ShapeError) -> Fault {
    let node = model.node(id);
    let what = match node.work {
        Work::Call(_) => "layer",
        _ => "operation",
    };
    let kind = model.kind(id);
    let mut fault = Fault::new(
        "shape-mismatch",
        format!("{what} `{}` ({kind}): {}", node.name, error.message),
    );
    if let Some(span) = node.span
        && let Some(source) = model.sources.get(span.source)
    {
        fault = fault.at(source, span, error.label);
    }
    match error.help {
        Some(advice) => fault.help(advice),
        None => fault,
    }
}

/// The axis that a dimension names, negative ones counting from the last; a scalar counts as one axis.
fn axis(dim: isize, rank: usize) -> Result<usize, ShapeError> {
    let count = rank.max(1).cast_signed();
    let axis = if dim < 0 { dim + count } else { dim };
    match usize::try_from(axis) {
        Ok(axis) if axis < rank.max(1) => Ok(axis),
        _ => Err(ShapeError::new(format!(
            "there is no axis {dim}: the input has {rank} {}",
            if rank == 1 { "axis" } else { "axes" }
        ))),
    }
}

/// Product of sizes.
fn product(sizes: &[usize]) -> Result<usize, ShapeError> {
    sizes
        .iter()
        .try_fold(1_usize, |product, &size| product.checked_mul(size))
        .ok_or_else(ShapeError::too_large)
}

/// A size as a signed number for sums that may pass below zero.
fn signed(size: usize) -> i128 {
    size as i128
}

/// A computed size, which has to be at least `least`.
fn size(value: i128, least: usize) -> Result<usize, ShapeError> {
    if value < signed(least) {
        return Err(ShapeError::new(format!(
            "the output's size would be {value}, which is below {least}"
        )));
    }
    usize::try_from(value).map_err(|_| ShapeError::too_large())
}
