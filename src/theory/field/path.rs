//! The way from the input to a node that decides the size of its field, window by window.

use num_rational::Ratio;

use super::{AxisField, Fields, NodeField, of_model};
use crate::model::axes::{Axes, Reads};
use crate::model::{Access, Fault, Layer, Model, NodeId, Port, Window, Work};

/// What kind of layer a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// A convolution.
    Conv,
    /// A transposed convolution.
    ConvTranspose,
    /// A maximum, average or power pool.
    Pool,
    /// A pool to a given size.
    AdaptivePool,
    /// Upsampling.
    Upsample,
    /// Any other layer or operation that changes what is seen: a shuffle, a padding, a cut, attention.
    Other,
}

/// A node that acts along the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The node.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Its class or operation, such as `Conv2d`.
    pub kind: String,
    /// Which family.
    pub family: Family,
    /// Its window along the axis, if it has one (a transposed convolution's with the roles exchanged).
    pub window: Option<Window>,
    /// Input positions between two units of its input; `None` where that is not one number.
    pub jump_before: Option<Ratio<i128>>,
    /// The same, of its output.
    pub jump_after: Option<Ratio<i128>>,
    /// The size of the field of its input's units.
    pub before: AxisField,
    /// The size of the field of its output's units.
    pub after: AxisField,
}

/// The links from the model's input to a node along one axis of the input (counted among those that carry
/// positions), in the order of the data. Where branches meet, the one with the largest field is followed.
///
/// # Errors
/// If the model has no input, or a node cannot take its inputs.
pub fn chain(model: &Model, node: NodeId, axis: usize) -> Result<Vec<Link>, Fault> {
    let layouts = Axes::of_model(model)?;
    Ok(links(model, &layouts, &of_model(model)?, node, axis))
}

/// The same, where the axes and the fields of the model are at hand.
pub fn links(
    model: &Model,
    layouts: &Axes,
    fields: &Fields,
    node: NodeId,
    axis: usize,
) -> Vec<Link> {
    path(model, fields, node, axis)
        .iter()
        .filter_map(|(node, before)| link(model, layouts, fields, *node, *before, axis))
        .collect()
}

/// The nodes on that way, those that do not act along the axis included, each with what it reads on it.
pub fn path(model: &Model, fields: &Fields, node: NodeId, axis: usize) -> Vec<(NodeId, Port)> {
    let mut nodes = Vec::new();
    let mut here = node;
    while here != fields.input {
        let Some(before) = largest(model, fields, here, axis) else {
            break;
        };
        nodes.push((here, before));
        here = before.node;
    }
    nodes.reverse();
    nodes
}

/// The input of a node with the largest field.
fn largest(model: &Model, fields: &Fields, node: NodeId, axis: usize) -> Option<Port> {
    let inputs = model.node(node).inputs.iter().copied();
    let dependent = inputs.filter_map(|port| {
        let size = match fields.at(port.node, axis)? {
            AxisField::Regular(regular) => regular.size,
            _ => u128::MAX,
        };
        Some((size, port))
    });
    // The first of equals.
    dependent
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, port)| port)
}

fn link(
    model: &Model,
    layouts: &Axes,
    fields: &Fields,
    node: NodeId,
    before: Port,
    axis: usize,
) -> Option<Link> {
    let read = |node: NodeId| fields.at(node, axis).cloned();
    let (field_before, field_after) = (read(before.node)?, read(node)?);
    let accesses = accesses(model, layouts, fields, node, before, axis);
    let family = family(model, node);
    let acts = accesses.iter().any(|access| *access != Access::Same);
    if !acts && family == Family::Other {
        return None;
    }
    let window = accesses.iter().find_map(|access| match access {
        Access::Window(window) | Access::Transposed(window) => Some(*window),
        _ => None,
    });
    // Padding that stands apart (circular, reflected) belongs to the window.
    let pad = accesses.iter().find_map(|access| match access {
        Access::Pad { before, after, .. } => Some((
            usize::try_from(*before).ok()?,
            usize::try_from(*after).ok()?,
        )),
        _ => None,
    });
    let window = match (window, pad) {
        (Some(window), Some((before, after))) => Some(Window {
            before,
            after,
            ..window
        }),
        (window, _) => window,
    };
    Some(Link {
        node,
        name: model.node(node).name.clone(),
        kind: model.kind(node),
        family,
        window,
        jump_before: jump(&field_before),
        jump_after: jump(&field_after),
        before: field_before,
        after: field_after,
    })
}

fn jump(field: &AxisField) -> Option<Ratio<i128>> {
    match field {
        AxisField::Regular(regular) => Some(regular.jump),
        _ => None,
    }
}

/// The patterns of a node along the axis of the input, from its output back.
fn accesses(
    model: &Model,
    layouts: &Axes,
    fields: &Fields,
    node: NodeId,
    before: Port,
    axis: usize,
) -> Vec<Access> {
    let place = match &fields.nodes[before.node.0] {
        NodeField::Axes(all) => all[axis].place,
        NodeField::Independent => None,
    };
    let Some(place) = place else {
        return Vec::new();
    };
    let inputs = &model.node(node).inputs;
    let slot = inputs.iter().position(|port| *port == before);
    let relation = slot.and_then(|slot| layouts.node(node)[0].relations.get(slot));
    match relation.and_then(|relation| relation.get(place)) {
        Some(Reads::By { accesses, .. }) => accesses.clone(),
        _ => Vec::new(),
    }
}

fn family(model: &Model, node: NodeId) -> Family {
    let Work::Call(module) = &model.node(node).work else {
        return Family::Other;
    };
    match &model.modules[module.0].layer {
        Layer::Conv(_) => Family::Conv,
        Layer::ConvTranspose(_) => Family::ConvTranspose,
        Layer::Pool(_) => Family::Pool,
        Layer::AdaptivePool { .. } => Family::AdaptivePool,
        Layer::Upsample(_) => Family::Upsample,
        _ => Family::Other,
    }
}
