//! Models written in Rust, for tests and for whoever uses the library: layers by their class and arguments, as
//! `PyTorch`'s constructors take them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::catalog::{self, CatalogError};
use super::{Layer, Model, Module, ModuleId, Node, Operation, Port, Shape, Weights, Work};

/// A model under construction.
#[derive(Debug, Clone)]
pub struct Builder {
    model: Model,
    names: BTreeSet<String>,
}

impl Builder {
    /// Nothing yet.
    pub fn new(name: &str) -> Self {
        Self {
            model: Model::new(name),
            names: BTreeSet::new(),
        }
    }

    /// An input, of this shape or of one that is not known.
    pub fn input(&mut self, shape: Option<&[usize]>) -> Port {
        self.node("input", Work::Input(shape.map(Shape::from)), &[])
    }

    /// A tensor that does not depend on any input, such as a learned position.
    pub fn parameter(&mut self, shape: &[usize]) -> Port {
        self.node("parameter", Work::Parameter(Shape::from(shape)), &[])
    }

    /// A module by its class and its arguments (an object).
    ///
    /// # Errors
    /// If there is no such layer, or it cannot have these arguments.
    pub fn module(&mut self, class: &str, arguments: Value) -> Result<ModuleId, CatalogError> {
        let arguments = match arguments {
            Value::Object(arguments) => arguments,
            _ => Map::new(),
        };
        Ok(self.known(catalog::build(class, &arguments)?))
    }

    /// A module by its layer.
    pub fn known(&mut self, layer: Layer) -> ModuleId {
        let path = self.model.modules.len().to_string();
        self.model.add_module(Module {
            paths: vec![path],
            layer,
            weights: Weights::Own,
            frozen: Vec::new(),
            span: None,
        })
    }

    /// A call of a module.
    pub fn call(&mut self, module: ModuleId, inputs: &[Port]) -> Port {
        let path = module.0.to_string();
        self.node(&path, Work::Call(module), inputs)
    }

    /// A new module, called at once.
    ///
    /// # Errors
    /// As [`Builder::module`].
    pub fn layer(&mut self, class: &str, arguments: Value, on: Port) -> Result<Port, CatalogError> {
        let module = self.module(class, arguments)?;
        Ok(self.call(module, &[on]))
    }

    /// An operation.
    pub fn operation(&mut self, operation: Operation, inputs: &[Port]) -> Port {
        let name = operation.name().to_owned();
        self.node(&name, Work::Operation(operation), inputs)
    }

    /// The model that returns these.
    pub fn finish(mut self, outputs: &[Port]) -> Model {
        self.model.outputs = outputs.to_vec();
        self.model
    }

    fn node(&mut self, name: &str, work: Work, inputs: &[Port]) -> Port {
        let mut name = name.to_owned();
        if !self.names.insert(name.clone()) {
            name = format!("{name}#{}", self.model.nodes.len());
            self.names.insert(name.clone());
        }
        self.model.push(Node {
            name,
            work,
            inputs: inputs.to_vec(),
            span: None,
        })
    }
}

/// Layers one after the other, by class and arguments; named `0`, `1`, ….
///
/// # Errors
/// If there is no such layer, or it cannot have its arguments.
pub fn sequential(
    shape: Option<&[usize]>,
    layers: &[(&str, Value)],
) -> Result<Model, CatalogError> {
    let mut builder = Builder::new("model");
    let mut port = builder.input(shape);
    for (class, arguments) in layers {
        port = builder.layer(class, arguments.clone(), port)?;
    }
    Ok(builder.finish(&[port]))
}
