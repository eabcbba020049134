//! Which axes of an input carry positions: what the first layer that tells reads there.

use super::{Atom, Layout};
use crate::model::{Layer, Model, NodeId, Operation, Shape, Work};

/// What a layer says about the axes of its input.
enum Says {
    /// The last axes are spatial; before them channels, and perhaps a batch.
    Spatial(usize),
    /// A sequence of indices.
    Indices,
    /// A sequence of vectors.
    Sequence { batch_first: bool },
    /// Vectors: leading axes beyond the batch are positions.
    Vectors,
}

/// The axes of an input. Without a shape, the rank is the one that the telling layer expects of a batch.
pub(super) fn layout(model: &Model, input: NodeId, shape: Option<&Shape>) -> Layout {
    let (says, order) = telling(model, input, shape.map(Shape::rank));
    let rank = shape.map_or_else(
        || match says {
            Some(Says::Spatial(axes)) => axes + 2,
            Some(Says::Sequence { .. }) => 3,
            Some(Says::Indices | Says::Vectors) | None => 2,
        },
        Shape::rank,
    );
    let places = places(says.as_ref(), rank);
    let mut layout = Layout::default();
    for axis in 0..rank {
        // Where the axes were permuted before the telling layer, its axis `order⁻¹` is this one.
        let seen_at = match &order {
            Some(order) if order.len() == rank => order.iter().position(|own| *own == axis),
            _ => Some(axis),
        };
        layout.axes.push(vec![Atom {
            size: shape.map(|shape| shape.dims()[axis]),
            place: seen_at.is_some_and(|at| places.contains(&at)),
        }]);
    }
    layout
}

fn places(says: Option<&Says>, rank: usize) -> std::ops::Range<usize> {
    match says {
        Some(Says::Spatial(axes)) => rank.saturating_sub(*axes)..rank,
        Some(Says::Indices) => usize::from(rank > 1)..rank,
        Some(Says::Sequence { batch_first }) => {
            let axis = usize::from(*batch_first && rank == 3);
            axis..(axis + 1).min(rank)
        }
        Some(Says::Vectors) => 1.min(rank)..rank.saturating_sub(1).max(1.min(rank)),
        // An image that is flattened at once: batch and channels first.
        None => 2.min(rank)..rank,
    }
}

/// The order of the input's axes at a tensor, where their number is known.
type Order = Option<Vec<usize>>;

/// The first layer that tells, looking through everything that keeps or permutes the axes, with the order of the
/// input's axes there.
fn telling(model: &Model, input: NodeId, rank: Option<usize>) -> (Option<Says>, Order) {
    let mut orders: Vec<Option<Order>> =
        vec![None; model.nodes.len().min(LOOK_AHEAD + input.0 + 1)];
    orders[input.0] = Some(rank.map(|rank| (0..rank).collect()));
    for id in model.node_ids().take(orders.len()).skip(input.0 + 1) {
        let node = model.node(id);
        let Some(order) = node
            .inputs
            .iter()
            .find_map(|port| orders[port.node.0].clone())
        else {
            continue;
        };
        match &node.work {
            Work::Call(module) => {
                let layer = &model.modules[module.0].layer;
                if let Some(says) = says(layer) {
                    return (Some(says), order);
                }
                if keeps_axes(layer) {
                    orders[id.0] = Some(order);
                }
            }
            Work::Operation(operation) => orders[id.0] = follow(operation, order),
            _ => {}
        }
    }
    (None, None)
}

/// How many nodes after an input are looked at.
const LOOK_AHEAD: usize = 1000;

fn says(layer: &Layer) -> Option<Says> {
    Some(match layer {
        Layer::Conv(conv) => Says::Spatial(conv.windows.len()),
        Layer::ConvTranspose(conv) => Says::Spatial(conv.windows.len()),
        Layer::Pool(pool) => Says::Spatial(pool.windows.len()),
        Layer::AdaptivePool { output, .. } => Says::Spatial(output.len()),
        Layer::Pad { amounts, .. } => Says::Spatial(amounts.len()),
        Layer::InstanceNorm { spatial, .. } => Says::Spatial(*spatial),
        Layer::BatchNorm { spatial, .. } if *spatial > 1 => Says::Spatial(*spatial),
        Layer::PixelShuffle { .. } | Layer::PixelUnshuffle { .. } | Layer::Unfold { .. } => {
            Says::Spatial(2)
        }
        Layer::Fold { .. } => Says::Spatial(1),
        Layer::Embedding { .. } => Says::Indices,
        Layer::Linear { .. } | Layer::Bilinear { .. } => Says::Vectors,
        Layer::Recurrent(recurrent) => Says::Sequence {
            batch_first: recurrent.batch_first,
        },
        Layer::MultiheadAttention(attention) => Says::Sequence {
            batch_first: attention.batch_first,
        },
        Layer::TransformerEncoderLayer(layer) | Layer::TransformerEncoder { layer, .. } => {
            Says::Sequence {
                batch_first: layer.batch_first,
            }
        }
        _ => return None,
    })
}

fn keeps_axes(layer: &Layer) -> bool {
    !matches!(layer, Layer::Flatten { .. } | Layer::Unflatten { .. })
}

fn follow(operation: &Operation, order: Order) -> Option<Order> {
    match operation {
        Operation::Binary(_)
        | Operation::Elementwise { .. }
        | Operation::Cat { .. }
        | Operation::Slice { .. }
        | Operation::Flip { .. }
        | Operation::Roll { .. }
        | Operation::Cumulative { .. } => Some(order),
        Operation::Permute { dims } => {
            let order = order?;
            let place = |dim: &isize| axis(*dim, order.len()).map(|at| order[at]);
            Some(Some(dims.iter().map(place).collect::<Option<_>>()?))
        }
        Operation::Transpose { first, second } => {
            let mut order = order?;
            let (first, second) = (axis(*first, order.len())?, axis(*second, order.len())?);
            order.swap(first, second);
            Some(Some(order))
        }
        _ => None,
    }
}

fn axis(dim: isize, rank: usize) -> Option<usize> {
    super::trace::axis_of(dim, rank).ok()
}
