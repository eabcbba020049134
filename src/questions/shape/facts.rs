//! Everything that theory says about a model, gathered once.

use crate::model::{Fault, Layer, Model, NodeId, Port, Shape, Work};
use crate::theory::shape::{self, Shapes};
use crate::theory::{cost, parameters};

/// What is known of a model.
pub(super) struct Facts<'a> {
    pub(super) model: &'a Model,
    /// Whether the inputs' shapes are known; without them no shape is certain, and parameters are counted all the same.
    pub(super) sized: bool,
    pub(super) shapes: Shapes,
    /// Whether a node's shape is certain: it does not come after a layer that gradus does not know.
    pub(super) certain: Vec<bool>,
    pub(super) counts: Vec<parameters::NodeCount>,
    pub(super) parameters: parameters::Totals,
    pub(super) costs: Vec<cost::Cost>,
    pub(super) cost: cost::Totals,
}

impl<'a> Facts<'a> {
    pub(super) fn of(model: &'a Model) -> Result<Self, Fault> {
        let sized =
            (model.inputs()).all(|input| matches!(model.node(input).work, Work::Input(Some(_))));
        let too_large = || Fault::new("too-large", "the work of this model is beyond counting");
        let (shapes, costs) = if sized {
            let shapes = shape::of_model(model)?;
            let costs = cost::of_nodes(model, &shapes).ok_or_else(too_large)?;
            (shapes, costs)
        } else {
            unsized_nodes(model)
        };
        Ok(Self {
            sized,
            certain: certain(model, sized),
            counts: parameters::of_nodes(model)?,
            parameters: parameters::of_model(model)?,
            cost: cost::totals(&costs).ok_or_else(too_large)?,
            costs,
            shapes,
            model,
        })
    }

    /// The ports that the network returns; the last node's where none is marked.
    pub(super) fn outputs(&self) -> Vec<Port> {
        if self.model.outputs.is_empty() {
            let last = self.model.nodes.len().checked_sub(1);
            last.map(|last| NodeId(last).port()).into_iter().collect()
        } else {
            self.model.outputs.clone()
        }
    }

    /// The shape at a port, where it is certain.
    pub(super) fn shape(&self, port: Port) -> Option<&Shape> {
        self.certain[port.node.0].then(|| self.shapes.at(port))
    }

    /// One output of a node, where it has so many.
    pub(super) fn port(&self, node: NodeId, output: usize) -> Option<Port> {
        (output < self.shapes.0[node.0].len()).then_some(Port { node, output })
    }

    /// Whether the node calls a layer that gradus does not know.
    pub(super) fn unknown_at(&self, id: NodeId) -> bool {
        is_unknown(self.model, id)
    }

    /// The layers that gradus does not know, by name.
    pub(super) fn unknown(&self) -> Vec<&'a str> {
        let unknown = |id: &NodeId| is_unknown(self.model, *id);
        let ids = self.model.node_ids().filter(unknown);
        ids.map(|id| self.model.node(id).name.as_str()).collect()
    }

    pub(super) fn asked(&self) -> Vec<(String, String)> {
        if !self.sized {
            return Vec::new();
        }
        let shapes: Vec<String> = self
            .model
            .inputs()
            .map(|id| self.shapes.at(id.port()).to_string())
            .collect();
        vec![("input".to_owned(), shapes.join(", "))]
    }
}

fn is_unknown(model: &Model, id: NodeId) -> bool {
    matches!(model.layer(id), Some(Layer::Unknown { .. }))
}

/// Stand-ins for what is not known: no shape of them is certain, and nothing is counted.
fn unsized_nodes(model: &Model) -> (Shapes, Vec<cost::Cost>) {
    let uncounted = cost::Cost {
        multiply_adds: None,
        flops: None,
        bytes: 0,
    };
    let nodes = model.nodes.len();
    let shapes = Shapes(vec![vec![Shape::default()]; nodes]);
    (shapes, vec![uncounted; nodes])
}

fn certain(model: &Model, sized: bool) -> Vec<bool> {
    if !sized {
        return vec![false; model.nodes.len()];
    }
    let mut certain = Vec::with_capacity(model.nodes.len());
    for id in model.node_ids() {
        let node = model.node(id);
        let made_here = matches!(node.work, Work::Input(_) | Work::Constant(_));
        let inputs_certain = node.inputs.iter().all(|port| certain[port.node.0]);
        certain.push(made_here || (inputs_certain && !is_unknown(model, id)));
    }
    certain
}
