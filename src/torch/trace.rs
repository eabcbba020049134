//! The nodes of the trace that is being written.

use std::collections::{HashMap, HashSet};

use super::recorder::{Handle, Output};
use crate::model::{Node, Port, Shape, Span, Work};

/// The nodes so far, and the names that are taken.
#[derive(Default)]
pub(super) struct Trace {
    /// The nodes, each after what it reads.
    pub(super) nodes: Vec<Node>,
    shapes: Vec<Vec<Option<Shape>>>,
    /// Where a layer is registered.
    pub(super) paths: HashMap<Handle, String>,
    names: HashSet<String>,
    numbers: HashMap<String, usize>,
}

impl Trace {
    /// The shape at a port, if known.
    pub(super) fn shape(&self, port: Port) -> Option<Shape> {
        self.shapes[port.node.0][port.output].clone()
    }

    /// A name that is not taken: a path is itself first and then has `#2`, an operation is numbered from 1.
    pub(super) fn name(&mut self, base: &str, path: bool) -> String {
        loop {
            let number = self.numbers.entry(base.to_owned()).or_default();
            *number += 1;
            let name = match (path, *number) {
                (true, 1) => base.to_owned(),
                (true, number) => format!("{base}#{number}"),
                (false, number) => format!("{base}_{number}"),
            };
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }

    /// Adds a node.
    pub(super) fn push(
        &mut self,
        name: String,
        work: Work,
        inputs: Vec<Port>,
        span: Option<Span>,
        shapes: Vec<Option<Shape>>,
    ) -> Vec<Output> {
        let node = self.nodes.len();
        self.nodes.push(Node {
            name,
            work,
            inputs,
            span,
        });
        let outputs = shapes
            .iter()
            .enumerate()
            .map(|(output, shape)| (node, output, shape.clone()))
            .collect();
        self.shapes.push(shapes);
        outputs
    }
}
