//! Which axes of a tensor carry positions of the input, and how a node's output positions read its inputs' positions.
//!
//! A tensor's axis is a product of *atoms*: one at first, several once axes were merged (`flatten(2)` makes one axis
//! of height and width). An atom that carries positions is a *place*. All others (batch, channels, features) are not
//! followed: the field of a unit is the union over channels. For every node this module says, for every place of
//! every input, which place of the output decides what is read of it, and by which patterns ([`Access`]).
//!
//! Sizes are used where they are known. A model whose inputs have no shape can still be followed as long as no
//! operation needs one.

mod inputs;
mod joins;
mod layers;
mod operations;
mod reshape;
mod trace;

use std::sync::Arc;

use super::{Access, Fault, Model, NodeId, Port, Work};

/// A factor of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Atom {
    /// Its size, where that is known.
    pub size: Option<usize>,
    /// Whether it carries positions.
    pub place: bool,
}

/// The axes of a tensor, outermost first, each a product of atoms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// The axes.
    pub axes: Vec<Vec<Atom>>,
}

/// Where a place of a node's input is read.
#[derive(Debug, Clone, PartialEq)]
pub enum Reads {
    /// By position.
    By {
        /// The place of the output that decides; `None`: the same for all outputs, as if that place had the one
        /// position 0.
        from: Option<usize>,
        /// The patterns, from the output back to the input.
        accesses: Vec<Access>,
    },
    /// The positions were put into another order or arrangement that is not followed: all of the output's place reads
    /// all of this one, but which part reads which is not known.
    Tangled {
        /// The place of the output; `None` where several decide.
        from: Option<usize>,
    },
    /// Nothing of it.
    Nothing,
    /// Nothing is known, and why.
    Lost(Arc<str>),
}

/// What one output of a node reads of one of its inputs: an entry for every place of that input.
pub type Relation = Vec<Reads>;

/// One output of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its axes.
    pub layout: Layout,
    /// For every input of the node.
    pub relations: Vec<Relation>,
}

/// The axes of a whole model: for every node, for every output.
#[derive(Debug, Clone)]
pub struct Axes(Vec<Vec<Output>>);

impl Layout {
    /// The sizes of its places, in order.
    pub fn places(&self) -> impl Iterator<Item = Option<usize>> + '_ {
        (self.axes.iter().flatten())
            .filter(|atom| atom.place)
            .map(|atom| atom.size)
    }

    /// The tensor axis that each place belongs to.
    pub fn place_axes(&self) -> Vec<usize> {
        (self.axes.iter().enumerate())
            .flat_map(|(axis, atoms)| atoms.iter().map(move |atom| (axis, atom)))
            .filter(|(_, atom)| atom.place)
            .map(|(axis, _)| axis)
            .collect()
    }
}

impl Axes {
    /// Follows the axes through a model.
    ///
    /// # Errors
    /// If a node cannot take its inputs (a rank that does not fit); the shapes' own rules say so in more detail.
    pub fn of_model(model: &Model) -> Result<Self, Fault> {
        let mut nodes: Vec<Vec<Output>> = Vec::with_capacity(model.nodes.len());
        for id in model.node_ids() {
            let node = model.node(id);
            let outputs = match &node.work {
                Work::Input(shape) => vec![source(inputs::layout(model, id, shape.as_ref()))],
                Work::Constant(shape) | Work::Parameter(shape) => {
                    vec![source(Layout::plain(shape.dims().iter().map(|d| Some(*d))))]
                }
                Work::Call(_) | Work::Operation(_) => {
                    let given: Vec<&Layout> = (node.inputs.iter())
                        .map(|port| {
                            (nodes[port.node.0].get(port.output))
                                .map(|output| &output.layout)
                                .ok_or_else(|| no_such_output(model, id, *port))
                        })
                        .collect::<Result<_, _>>()?;
                    match &node.work {
                        Work::Call(module) => {
                            layers::outputs(&model.modules[module.0].layer, &given)
                        }
                        Work::Operation(operation) => operations::outputs(operation, &given),
                        _ => Ok(Vec::new()),
                    }
                    .map_err(|error| at(model, id, &error))?
                }
            };
            nodes.push(outputs);
        }
        Ok(Self(nodes))
    }

    /// The outputs of a node.
    pub fn node(&self, id: NodeId) -> &[Output] {
        &self.0[id.0]
    }

    /// One output.
    pub fn at(&self, port: Port) -> Option<&Output> {
        self.0.get(port.node.0)?.get(port.output)
    }
}

fn source(layout: Layout) -> Output {
    Output {
        layout,
        relations: Vec::new(),
    }
}

fn no_such_output(model: &Model, id: NodeId, port: Port) -> Fault {
    let (reader, read) = (&model.node(id).name, &model.node(port.node).name);
    let message = format!(
        "{reader} reads output {} of {read}, which has fewer",
        port.output
    );
    at_node(model, id, Fault::new("no-such-output", message))
}

fn at(model: &Model, id: NodeId, error: &trace::Misfit) -> Fault {
    let message = format!("{} ({}): {error}", model.node(id).name, model.kind(id));
    at_node(model, id, Fault::new("shape-mismatch", message))
}

/// The fault at the place in the source that made the node, where that is known.
fn at_node(model: &Model, id: NodeId, fault: Fault) -> Fault {
    match model.node(id).span {
        Some(span) => match model.sources.get(span.source) {
            Some(source) => fault.at(source, span, "here"),
            None => fault,
        },
        None => fault,
    }
}
