//! The network as data: a directed acyclic graph of [`Node`]s.
//!
//! A node is an input, a call of a module (a [`Layer`]) or an operation on tensors. Its inputs are ports of
//! earlier nodes, so that a model is acyclic by construction and the order of `nodes` is a topological order.
//! A module that is called twice is one [`Module`]: its weights are counted once.

pub mod access;
pub mod attention;
pub mod axes;
pub mod build;
pub mod catalog;
pub mod chain;
pub mod fault;
pub mod graph;
pub mod layer;
pub mod operation;
pub mod recurrence;
pub mod shape;
pub mod source;
pub mod window;

use serde::{Deserialize, Serialize};

pub use access::{Access, InputSeen, Seen, SeenAxis};
pub use axes::Axes;
pub use chain::Chain;
pub use fault::{Fault, Place};
pub use graph::{Graph, GraphFile, GraphOperator};
pub use layer::{Layer, PadMode};
pub use operation::Operation;
pub use recurrence::Recurrence;
pub use shape::Shape;
pub use source::{Source, Span};
pub use window::Window;

/// A network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// What the source calls it, such as `cnn` or `UNet(depth=4)`.
    pub name: String,
    /// Inputs, calls and operations, each after everything that it reads.
    pub nodes: Vec<Node>,
    /// The distinct modules, those that are never called included: their weights exist.
    pub modules: Vec<Module>,
    /// What the network returns, in order.
    pub outputs: Vec<Port>,
    /// The texts that spans point into.
    pub sources: Vec<Source>,
    /// What a reader should know about how the model was read, such as an input shape taken from the source.
    pub notes: Vec<ReadingNote>,
}

/// A remark on how a model was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingNote {
    /// A stable code, such as `input-from-source`.
    pub code: String,
    /// The sentence.
    pub text: String,
}

/// The place of a node in [`Model::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub usize);

/// The place of a module in [`Model::modules`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ModuleId(pub usize);

/// One output of a node: most nodes have one, an LSTM or a split has several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Port {
    /// The node.
    pub node: NodeId,
    /// Which of its outputs, from 0.
    pub output: usize,
}

/// One step of the computation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// A name that is unique in the model: the module's path (`features.0`), with `#2` for its second call, or the
    /// operation's name with a number (`add_1`).
    pub name: String,
    /// What is done.
    pub work: Work,
    /// What it reads, in the order of its arguments.
    pub inputs: Vec<Port>,
    /// Where the source makes it: for a call the line that made the module.
    pub span: Option<Span>,
}

/// What a node does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Work {
    /// A tensor that the network is called with; the shape where it is known.
    Input(Option<Shape>),
    /// A tensor made in the network (`torch.zeros`, a buffer): it does not depend on any input.
    Constant(Shape),
    /// A parameter used as a tensor (`self.scale * x`): which of a module's own parameters.
    Parameter(Shape),
    /// A call of a module.
    Call(ModuleId),
    /// An operation without a module.
    Operation(Operation),
}

/// A layer with its identity: two calls of one module share weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Module {
    /// Where it is registered (`features.0`); several where one object stands in several places; empty for a
    /// functional form such as `F.relu(x)`.
    pub paths: Vec<String>,
    /// What it computes.
    pub layer: Layer,
    /// Whether its weights are its own, or tensors that it is called with (`F.conv2d(x, weight)`).
    pub weights: Weights,
    /// The names of its parameters that do not train (`requires_grad = False`).
    pub frozen: Vec<String>,
    /// Where the source makes it.
    pub span: Option<Span>,
}

/// Where a module's weights come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weights {
    /// Its own.
    Own,
    /// Its own, but these parameters are the same tensors as another module's: (own name, module, its name).
    Tied(Vec<(String, ModuleId, String)>),
    /// Tensors among the call's inputs: none of its own.
    Given,
}

impl Model {
    /// An empty model.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            nodes: Vec::new(),
            modules: Vec::new(),
            outputs: Vec::new(),
            sources: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a node and returns its first output.
    ///
    /// # Panics
    /// If an input is not an earlier node: readers check names before they build.
    pub fn push(&mut self, node: Node) -> Port {
        let id = NodeId(self.nodes.len());
        assert!(
            node.inputs.iter().all(|port| port.node < id),
            "a node reads an earlier node"
        );
        self.nodes.push(node);
        Port {
            node: id,
            output: 0,
        }
    }

    /// Adds a module.
    pub fn add_module(&mut self, module: Module) -> ModuleId {
        self.modules.push(module);
        ModuleId(self.modules.len() - 1)
    }

    /// The node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The layer that a node calls; `None` for inputs, constants and operations.
    pub fn layer(&self, id: NodeId) -> Option<&Layer> {
        match &self.nodes[id.0].work {
            Work::Call(module) => Some(&self.modules[module.0].layer),
            _ => None,
        }
    }

    /// The inputs, in order.
    pub fn inputs(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.node_ids()
            .filter(|id| matches!(self.node(*id).work, Work::Input(_)))
    }

    /// All nodes, in order.
    pub fn node_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// The node with this name; a module's path names its first call, a container's path the last node inside it.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        let exact = self.node_ids().find(|id| self.node(*id).name == name);
        exact.or_else(|| {
            let inside = format!("{name}.");
            self.node_ids()
                .filter(|id| self.node(*id).name.starts_with(&inside))
                .last()
        })
    }

    /// The class name of a layer or the name of an operation, as PyTorch calls it (`Conv2d`, `cat`).
    pub fn kind(&self, id: NodeId) -> String {
        match &self.node(id).work {
            Work::Input(_) => "input".to_owned(),
            Work::Constant(_) => "constant".to_owned(),
            Work::Parameter(_) => "parameter".to_owned(),
            Work::Call(module) => self.modules[module.0].layer.class(),
            Work::Operation(operation) => operation.name().to_owned(),
        }
    }
}

impl NodeId {
    /// The node's first output.
    pub fn port(self) -> Port {
        Port {
            node: self,
            output: 0,
        }
    }
}
