//! Multiply-adds, FLOPs and activation memory.
//!
//! A multiply-add is one product that is added to a sum; adding a bias is none. Products with padding count, as every
//! common counter has it. FLOPs are two for every multiply-add; what norms, activations, pools and other element-wise
//! work cost besides depends on how it is carried out and is *not counted*, which is not the same as zero.

use crate::model::layer::{Attention, EncoderLayer, Recurrent, UpsampleMode};
use crate::model::{Layer, Model, NodeId, Operation, Shape, Window, Work};
use crate::theory::parameters;
use crate::theory::shape::Shapes;

/// Bytes of an element: float32, as PyTorch computes unless told otherwise.
pub const BYTES: u128 = 4;

/// What a node costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Products that are added to a sum; `None` for a layer that gradus does not know.
    pub multiply_adds: Option<u128>,
    /// Two a multiply-add, 0 where nothing is computed; `None` where the work is not counted.
    pub flops: Option<u128>,
    /// Bytes of the outputs, in float32; 0 for a view, which has no storage of its own.
    pub bytes: u128,
}

/// The sums over a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Multiply-adds of all nodes that could be counted.
    pub multiply_adds: u128,
    /// Bytes of all outputs of calls and operations.
    pub bytes: u128,
    /// Whether every node's multiply-adds could be counted; otherwise the sum is a lower bound.
    pub complete: bool,
}

/// The cost of every node whose shape is there, in order; `None` where a number is beyond counting.
pub fn of_nodes(model: &Model, shapes: &Shapes) -> Option<Vec<Cost>> {
    let ids = model.node_ids().take(shapes.0.len());
    ids.map(|id| of_node(model, shapes, id)).collect()
}

/// The sums over nodes; `None` where they are beyond counting.
pub fn totals(costs: &[Cost]) -> Option<Totals> {
    let start = Totals {
        complete: true,
        ..Totals::default()
    };
    costs.iter().try_fold(start, |sum, cost| {
        let total = Totals {
            multiply_adds: sum
                .multiply_adds
                .checked_add(cost.multiply_adds.unwrap_or(0))?,
            bytes: sum.bytes.checked_add(cost.bytes)?,
            complete: sum.complete && cost.multiply_adds.is_some(),
        };
        // Reports count in signed integers, and FLOPs are twice the multiply-adds.
        i128::try_from(total.multiply_adds.checked_mul(2)?).ok()?;
        i128::try_from(total.bytes).ok()?;
        Some(total)
    })
}

fn of_node(model: &Model, shapes: &Shapes, id: NodeId) -> Option<Cost> {
    let inputs = shapes.inputs(model, id);
    let outputs = &shapes.0[id.0];
    let work = match &model.node(id).work {
        Work::Input(_) | Work::Constant(_) | Work::Parameter(_) => {
            return Some(Cost {
                multiply_adds: Some(0),
                flops: Some(0),
                bytes: 0,
            });
        }
        Work::Call(module) => of_layer(&model.modules[module.0].layer, &inputs, outputs)?,
        Work::Operation(operation) => of_operation(operation, &inputs, outputs)?,
    };
    let bytes = match work {
        Effort::View => 0,
        _ => outputs.iter().try_fold(0_u128, |bytes, output| {
            bytes.checked_add(output.elements()?.checked_mul(BYTES)?)
        })?,
    };
    let (multiply_adds, flops) = match work {
        Effort::View | Effort::Moves => (Some(0), Some(0)),
        Effort::Products(products) => (Some(products), Some(products.checked_mul(2)?)),
        Effort::ElementWise => (Some(0), None),
        Effort::Unknown => (None, None),
    };
    Some(Cost {
        multiply_adds,
        flops,
        bytes,
    })
}

/// The kind of work that a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// Another view of the same storage.
    View,
    /// Elements are moved, nothing is computed.
    Moves,
    /// This many products that are added to a sum.
    Products(u128),
    /// Work that is no multiply-add and is not counted.
    ElementWise,
    /// A layer that gradus does not know.
    Unknown,
}

/// The work of a layer; `None` where its number is beyond counting.
fn of_layer(layer: &Layer, inputs: &[Shape], outputs: &[Shape]) -> Option<Effort> {
    let (input, output) = (inputs.first()?, outputs.first()?);
    let products = match layer {
        Layer::Conv(conv) => {
            let taps = taps(&conv.windows)?;
            let inner = (conv.in_channels / conv.groups) as u128;
            output.elements()?.checked_mul(taps.checked_mul(inner)?)
        }
        // Every input position is multiplied with every tap: products that fall into the cropped border count too.
        Layer::ConvTranspose(conv) => {
            let taps = taps(&conv.windows)?;
            let inner = (conv.out_channels / conv.groups) as u128;
            input.elements()?.checked_mul(taps.checked_mul(inner)?)
        }
        Layer::Linear { in_features, .. } => output.elements()?.checked_mul(*in_features as u128),
        // W x2 first, then its product with x1.
        Layer::Bilinear {
            in1_features,
            in2_features,
            ..
        } => {
            let each = (*in1_features as u128).checked_mul(*in2_features as u128 + 1)?;
            output.elements()?.checked_mul(each)
        }
        Layer::Recurrent(layer) => recurrent(layer, input),
        Layer::MultiheadAttention(layer) => attention(layer, inputs),
        Layer::TransformerEncoderLayer(layer) => encoder(layer, input),
        Layer::TransformerEncoder {
            layer, num_layers, ..
        } => encoder(layer, input)?.checked_mul(*num_layers as u128),
        _ => return Some(without_products(layer)),
    };
    products.map(Effort::Products)
}

fn without_products(layer: &Layer) -> Effort {
    match layer {
        Layer::Flatten { .. } | Layer::Unflatten { .. } | Layer::Identity => Effort::View,
        Layer::Embedding { .. }
        | Layer::Pad { .. }
        | Layer::PixelShuffle { .. }
        | Layer::PixelUnshuffle { .. }
        | Layer::ChannelShuffle { .. }
        | Layer::Unfold { .. } => Effort::Moves,
        Layer::Upsample(upsample)
            if matches!(
                upsample.mode,
                UpsampleMode::Nearest | UpsampleMode::NearestExact
            ) =>
        {
            Effort::Moves
        }
        Layer::Unknown { .. } => Effort::Unknown,
        _ => Effort::ElementWise,
    }
}

fn taps(windows: &[Window]) -> Option<u128> {
    windows.iter().try_fold(1_u128, |taps, window| {
        taps.checked_mul(window.kernel as u128)
    })
}

/// Rows of a sequence: all axes but the last.
fn rows(shape: &Shape) -> Option<u128> {
    let (_, before) = shape.0.split_last()?;
    Shape(before.to_vec()).elements()
}

/// Every step multiplies each layer's weights once.
fn recurrent(layer: &Recurrent, input: &Shape) -> Option<u128> {
    let weights = parameters::of_layer(&Layer::Recurrent(layer.clone())).parameters;
    let a_step = weights
        .iter()
        .filter(|tensor| tensor.shape.rank() == 2)
        .try_fold(0_u128, |sum, tensor| sum.checked_add(tensor.elements()?))?;
    rows(input)?.checked_mul(a_step)
}

/// Four projections and the two products with the weights of attention.
fn attention(layer: &Attention, inputs: &[Shape]) -> Option<u128> {
    let [query, key, ..] = inputs else {
        return None;
    };
    let size = layer.embed_dim as u128;
    let sizes = size
        .checked_add(layer.kdim as u128)?
        .checked_add(layer.vdim as u128)?;
    let key_projections = rows(key)?.checked_mul(sizes - size)?.checked_mul(size)?;
    let query_projections = rows(query)?
        .checked_mul(2)?
        .checked_mul(size)?
        .checked_mul(size)?;
    let time = match (key.rank(), layer.batch_first) {
        (3, true) => key.0[1],
        _ => *key.0.first()?,
    };
    let extra = u128::from(layer.add_bias_kv) + u128::from(layer.add_zero_attn);
    let matrices = rows(query)?
        .checked_mul(time as u128 + extra)?
        .checked_mul(2)?
        .checked_mul(size)?;
    key_projections
        .checked_add(query_projections)?
        .checked_add(matrices)
}

fn encoder(layer: &EncoderLayer, input: &Shape) -> Option<u128> {
    let inner = parameters::self_attention(layer);
    let inputs = [input.clone(), input.clone(), input.clone()];
    let linear = rows(input)?
        .checked_mul(2)?
        .checked_mul(layer.d_model as u128)?
        .checked_mul(layer.dim_feedforward as u128)?;
    attention(&inner, &inputs)?.checked_add(linear)
}

/// The work of an operation; `None` where its number is beyond counting.
fn of_operation(operation: &Operation, inputs: &[Shape], outputs: &[Shape]) -> Option<Effort> {
    let output = outputs.first()?;
    Some(match operation {
        Operation::MatMul => {
            let inner = *inputs.first()?.0.last()? as u128;
            Effort::Products(output.elements()?.checked_mul(inner)?)
        }
        Operation::DotProductAttention { .. } => Effort::Products(dot_products(inputs, output)?),
        Operation::Reshape { .. }
        | Operation::Permute { .. }
        | Operation::Transpose { .. }
        | Operation::Squeeze { .. }
        | Operation::Unsqueeze { .. }
        | Operation::Select { .. }
        | Operation::Slice { .. }
        | Operation::Expand { .. }
        | Operation::Split { .. } => Effort::View,
        Operation::Cat { .. }
        | Operation::Stack { .. }
        | Operation::Repeat { .. }
        | Operation::Flip { .. }
        | Operation::Roll { .. } => Effort::Moves,
        Operation::Binary(_)
        | Operation::Elementwise { .. }
        | Operation::Reduce { .. }
        | Operation::Cumulative { .. } => Effort::ElementWise,
    })
}

/// `Q Kᵀ` and its product with the values.
fn dot_products(inputs: &[Shape], output: &Shape) -> Option<u128> {
    let [query, key, value, ..] = inputs else {
        return None;
    };
    let length = *key.0.get(key.rank().checked_sub(2)?)? as u128;
    let sizes = (*query.0.last()? as u128).checked_add(*value.0.last()? as u128)?;
    rows(output)?.checked_mul(length)?.checked_mul(sizes)
}

#[cfg(test)]
mod tests;
