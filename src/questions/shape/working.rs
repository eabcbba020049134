//! A written chain of sizes, such as `1024, 512, 256, 128, 122`, held against the true one.
//!
//! People write a line for every layer over space or only for those that change the size, with the input before the
//! first line or without. Each way is a route; the written chain is held against the route that it follows longest.

use super::facts::Facts;
use super::slips::{self, Slip};
use super::suspects::SLIPS;
use crate::model::{Layer, NodeId, Shape, Work};
use crate::report::{Diagnosis, Extent, Step, Value, Working};
use crate::theory::shape::of_layer;

/// At most so many mistakes are named for a step.
const MOST_DIAGNOSES: usize = 3;

/// The first step that differs, what is true there, and whether the rest follows from it. `None` where the network is
/// no chain of layers.
pub(super) fn follow(facts: &Facts, written: &[Value]) -> Option<Working> {
    let chain = chain(facts)?;
    let changing: Vec<NodeId> = chain
        .iter()
        .copied()
        .filter(|id| space(facts, *id) != space_before(facts, *id))
        .collect();
    let input = facts.model.node(*chain.first()?).inputs.first()?.node;
    let mut routes = Vec::new();
    for nodes in [chain, changing] {
        let mut with_input = vec![input];
        with_input.extend(&nodes);
        routes.push(nodes);
        routes.push(with_input);
    }
    // Of routes that are followed equally long the first is meant.
    let route = routes
        .iter()
        .rev()
        .max_by_key(|route| agreeing(facts, route, written))?;
    Some(working(facts, route, written))
}

/// The layers over space on the way from the input to the output, where there is one way only.
fn chain(facts: &Facts) -> Option<Vec<NodeId>> {
    let mut node = facts.outputs().first()?.node;
    let mut chain = Vec::new();
    while !matches!(facts.model.node(node).work, Work::Input(_)) {
        let [before] = facts.model.node(node).inputs.as_slice() else {
            return None;
        };
        let over_space = matches!(
            facts.model.layer(node),
            Some(
                Layer::Conv(_)
                    | Layer::ConvTranspose(_)
                    | Layer::Pool(_)
                    | Layer::AdaptivePool { .. }
                    | Layer::Pad { .. }
                    | Layer::Upsample(_)
            )
        );
        if over_space {
            chain.push(node);
        }
        node = before.node;
    }
    chain.reverse();
    Some(chain)
}

fn space(facts: &Facts, id: NodeId) -> Vec<usize> {
    spatial(facts.shapes.at(id.port())).to_vec()
}

fn space_before(facts: &Facts, id: NodeId) -> Vec<usize> {
    let before = facts.model.node(id).inputs.first();
    before.map_or_else(Vec::new, |port| spatial(facts.shapes.at(*port)).to_vec())
}

/// The axes after the batch and the channels.
fn spatial(shape: &Shape) -> &[usize] {
    shape.0.get(2..).unwrap_or_default()
}

/// Whether a written size is this shape's: one number for every spatial axis, all spatial axes, or the whole shape.
fn is(written: &Value, shape: &Shape) -> bool {
    match written {
        Value::Count(size) => {
            let first = spatial(shape).first();
            first.is_some_and(|first| *first as i128 == *size)
        }
        Value::Dims(extents) => {
            let same = |dims: &[usize]| {
                extents.len() == dims.len()
                    && extents
                        .iter()
                        .zip(dims)
                        .all(|(extent, &dim)| *extent == Extent::Count(dim as i128))
            };
            same(spatial(shape)) || same(shape.dims())
        }
        _ => false,
    }
}

/// The true size in the form of the written one.
fn like(written: &Value, shape: &Shape) -> Value {
    match written {
        Value::Dims(extents) if extents.len() == shape.rank() => Value::shape(shape.dims()),
        Value::Dims(_) => Value::shape(spatial(shape)),
        _ => spatial(shape)
            .first()
            .map_or_else(|| Value::shape(shape.dims()), |&size| Value::from(size)),
    }
}

fn agreeing(facts: &Facts, route: &[NodeId], written: &[Value]) -> usize {
    let pairs = route.iter().zip(written);
    pairs
        .take_while(|(id, value)| is(value, facts.shapes.at(id.port())))
        .count()
}

fn working(facts: &Facts, route: &[NodeId], written: &[Value]) -> Working {
    let agreeing = agreeing(facts, route, written);
    let name = |id: NodeId| facts.model.node(id).name.clone();
    let (Some(value), Some(&id)) = (written.get(agreeing), route.get(agreeing)) else {
        let extra = written.get(agreeing).cloned();
        return Working {
            first_wrong: extra.is_some().then_some(agreeing + 1),
            at: extra
                .as_ref()
                .map_or_else(String::new, |_| "after the last layer".to_owned()),
            written: extra,
            truth: None,
            rest_follows: None,
            diagnoses: Vec::new(),
        };
    };
    Working {
        first_wrong: Some(agreeing + 1),
        at: name(id),
        written: Some(value.clone()),
        truth: Some(like(value, facts.shapes.at(id.port()))),
        rest_follows: rest_follows(facts, &route[agreeing..], &written[agreeing..]),
        diagnoses: diagnoses(facts, id, value),
    }
}

/// Whether right arithmetic leads from the first written size to the others; `None` where no others are written.
fn rest_follows(facts: &Facts, route: &[NodeId], written: &[Value]) -> Option<bool> {
    if written.len() < 2 || route.len() < written.len() {
        return None;
    }
    let mut shape = facts.shapes.at(route[0].port()).clone();
    let sizes = match &written[0] {
        Value::Count(size) => vec![*size; spatial(&shape).len()],
        Value::Dims(extents) => {
            let counts = extents.iter().map(|extent| match extent {
                Extent::Count(size) => Some(*size),
                _ => None,
            });
            let counts: Vec<i128> = counts.collect::<Option<_>>()?;
            counts[counts.len().checked_sub(spatial(&shape).len())?..].to_vec()
        }
        _ => return None,
    };
    for (dim, size) in shape.0.iter_mut().skip(2).zip(sizes) {
        *dim = usize::try_from(size).ok()?;
    }
    for (id, value) in route[1..].iter().zip(&written[1..]) {
        let layer = facts.model.layer(*id)?;
        // Layers between two lines of the route keep the size, but may change the channels.
        let channels = facts
            .shapes
            .at(*facts.model.node(*id).inputs.first()?)
            .0
            .get(1);
        shape.0[1] = *channels?;
        match of_layer(layer, std::slice::from_ref(&shape)) {
            Ok(outputs) => shape = outputs.into_iter().next()?,
            Err(_) => return Some(false),
        }
        if !is(value, &shape) {
            return Some(false);
        }
    }
    Some(true)
}

/// The mistakes that lead from the true size before to the written one.
fn diagnoses(facts: &Facts, id: NodeId, written: &Value) -> Vec<Diagnosis> {
    let Some(layer) = facts.model.layer(id) else {
        return Vec::new();
    };
    let inputs = facts.shapes.inputs(facts.model, id);
    let gives = |slip: &Slip| {
        let wrong = slips::after(layer, *slip, &inputs[0])?;
        is(written, &wrong).then_some(wrong)
    };
    let fitting = SLIPS.iter().filter_map(|(mistake, slip)| {
        let wrong = gives(slip)?;
        let right = facts.shapes.at(id.port());
        Some(Diagnosis {
            code: mistake.code.to_owned(),
            title: mistake.title.to_owned(),
            steps: vec![Step {
                at: facts.model.node(id).name.clone(),
                mistaken: slips::sum(layer, *slip, &inputs[0], &wrong)?,
                right: super::formula::sizes(layer, &inputs[0], right),
            }],
        })
    });
    fitting.take(MOST_DIAGNOSES).collect()
}
