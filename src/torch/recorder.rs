//! The model as it is written down while it runs.
//!
//! One recorder a child, in its interpreter's thread. It knows every layer that was made, and, while a module is being
//! traced, the nodes so far.

use std::cell::RefCell;
use std::collections::HashMap;

use serde::Deserialize;

use super::trace::Trace;
use crate::model::layer::RecurrentKind;
use crate::model::operation::Pieces;
use crate::model::{
    Fault, Layer, Model, Module, ModuleId, NodeId, Operation, Port, ReadingNote, Shape, Source,
    Span, Weights, Work,
};
use crate::theory::parameters;
use crate::theory::shape::{self, ShapeError};

thread_local! {
    static RECORDER: RefCell<Recorder> = RefCell::default();
}

/// Does something with this thread's recorder.
pub(super) fn with<T>(work: impl FnOnce(&mut Recorder) -> T) -> T {
    RECORDER.with_borrow_mut(work)
}

/// The index of a layer among all that were made.
pub(super) type Handle = usize;

/// A port and its shape, if known.
pub(super) type Output = (usize, usize, Option<Shape>);

/// See the module.
#[derive(Default)]
pub(super) struct Recorder {
    /// The texts that spans point into.
    pub(super) sources: Vec<Source>,
    /// Classes to take as element-wise.
    pub(super) assume: Vec<String>,
    /// Remarks on how the model was read.
    pub(super) notes: Vec<ReadingNote>,
    /// The last fault that was raised into the interpreter: an exception carries only its message.
    pub(super) raised: Option<Fault>,
    /// Characters printed.
    pub(super) printed: usize,
    /// The finished model.
    pub(super) model: Option<Model>,
    made: Vec<Made>,
    trace: Trace,
}

struct Made {
    layer: Layer,
    span: Option<Span>,
    /// Whether it was called with its weights.
    given: bool,
}

/// A registered module, as the root lists it.
#[derive(Deserialize)]
pub(super) struct Registered {
    handle: Handle,
    paths: Vec<String>,
    frozen: Vec<String>,
    tied: Vec<(String, Handle, String)>,
}

impl Recorder {
    /// A new layer.
    pub(super) fn make(&mut self, layer: Layer, span: Option<Span>) -> Handle {
        self.made.push(Made {
            layer,
            span,
            given: false,
        });
        self.made.len() - 1
    }

    /// Another layer with the same settings.
    pub(super) fn copy(&mut self, handle: Handle) -> Handle {
        let Made { layer, span, .. } = &self.made[handle];
        self.make(layer.clone(), *span)
    }

    /// A layer that was made.
    pub(super) fn layer(&self, handle: Handle) -> &Layer {
        &self.made[handle].layer
    }

    /// Starts a trace; layers are named by where they are registered.
    pub(super) fn begin(&mut self, paths: Vec<(String, Handle)>) {
        self.trace = Trace::default();
        for (path, handle) in paths {
            self.trace.paths.entry(handle).or_insert(path);
        }
    }

    /// The first layer that the trace called.
    pub(super) fn first_call(&self) -> Option<Handle> {
        self.trace.nodes.iter().find_map(|node| match node.work {
            Work::Call(ModuleId(handle)) => Some(handle),
            _ => None,
        })
    }

    /// A node without inputs.
    pub(super) fn leaf(
        &mut self,
        work: Work,
        shape: Option<Shape>,
        name: &str,
        span: Option<Span>,
    ) -> Output {
        let name = self.trace.name(name, name != "constant");
        self.trace
            .push(name, work, Vec::new(), span, vec![shape])
            .remove(0)
    }

    /// A call of a layer. Only the first `data` inputs are data: the rest are the layer's weights.
    pub(super) fn call(
        &mut self,
        handle: Handle,
        inputs: Vec<Port>,
        data: usize,
        span: Option<Span>,
    ) -> Result<Vec<Output>, Box<Fault>> {
        let shapes: Vec<_> = inputs
            .iter()
            .take(data)
            .map(|port| self.trace.shape(*port))
            .collect();
        let outputs = self.layer_shapes(handle, &shapes)?;
        let name = match self.trace.paths.get(&handle).cloned() {
            Some(path) => self.trace.name(&path, true),
            None => self
                .trace
                .name(&self.layer(handle).class().to_lowercase(), false),
        };
        let made = &mut self.made[handle];
        made.given |= data < inputs.len();
        let span = made.span.or(span);
        Ok(self
            .trace
            .push(name, Work::Call(ModuleId(handle)), inputs, span, outputs))
    }

    /// An operation.
    pub(super) fn operation(
        &mut self,
        operation: Operation,
        inputs: Vec<Port>,
        span: Option<Span>,
    ) -> Result<Vec<Output>, Box<Fault>> {
        let shapes: Vec<_> = inputs.iter().map(|port| self.trace.shape(*port)).collect();
        let outputs = self.operation_shapes(&operation, &shapes, span)?;
        let name = self.trace.name(operation.name(), false);
        Ok(self
            .trace
            .push(name, Work::Operation(operation), inputs, span, outputs))
    }

    /// The shapes of a layer's outputs, unknown where an input's is.
    pub(super) fn layer_shapes(
        &self,
        handle: Handle,
        inputs: &[Option<Shape>],
    ) -> Result<Vec<Option<Shape>>, Box<Fault>> {
        let made = &self.made[handle];
        match &made.layer {
            Layer::Unknown { .. } => return Ok(vec![None]),
            Layer::AssumedPointwise { .. } => return Ok(inputs.iter().take(1).cloned().collect()),
            _ => {}
        }
        let Some(known) = inputs.iter().cloned().collect::<Option<Vec<_>>>() else {
            return Ok(vec![None; output_count(&made.layer)]);
        };
        shape::of_layer(&made.layer, &known)
            .map(|shapes| shapes.into_iter().map(Some).collect())
            .map_err(|error| {
                let class = made.layer.class();
                let what = match self.trace.paths.get(&handle) {
                    Some(path) => format!("layer `{path}` ({class})"),
                    None => format!("layer {class}"),
                };
                Box::new(self.mismatch(&what, error, made.span))
            })
    }

    /// The shapes of an operation's outputs, unknown where an input's is.
    pub(super) fn operation_shapes(
        &self,
        operation: &Operation,
        inputs: &[Option<Shape>],
        span: Option<Span>,
    ) -> Result<Vec<Option<Shape>>, Box<Fault>> {
        let Some(known) = inputs.iter().cloned().collect::<Option<Vec<_>>>() else {
            let count = match operation {
                Operation::Split {
                    pieces: Pieces::Count(count),
                    ..
                } => *count,
                Operation::Split {
                    pieces: Pieces::Sizes(sizes),
                    ..
                } => sizes.len(),
                _ => 1,
            };
            return Ok(vec![None; count]);
        };
        shape::of_operation(operation, &known)
            .map(|shapes| shapes.into_iter().map(Some).collect())
            .map_err(|error| {
                let what = format!("operation {}", operation.name());
                Box::new(self.mismatch(&what, error, span))
            })
    }

    fn mismatch(&self, what: &str, error: ShapeError, span: Option<Span>) -> Fault {
        let mut fault = Fault::new("shape-mismatch", format!("{what}: {}", error.message));
        if let Some(span) = span {
            fault = fault.at(&self.sources[span.source], span, error.label);
        }
        fault.help.extend(error.help);
        fault
    }

    /// Ends the trace with a model.
    pub(super) fn finish(&mut self, name: String, registered: Vec<Registered>, outputs: Vec<Port>) {
        let trace = std::mem::take(&mut self.trace);
        let mut order: Vec<Registered> = Vec::new();
        let mut seen: HashMap<Handle, ModuleId> = HashMap::new();
        let called = trace.nodes.iter().filter_map(|node| match node.work {
            Work::Call(ModuleId(handle)) => Some(Registered {
                handle,
                paths: Vec::new(),
                frozen: Vec::new(),
                tied: Vec::new(),
            }),
            _ => None,
        });
        for module in registered.into_iter().chain(called) {
            seen.entry(module.handle).or_insert_with(|| {
                order.push(module);
                ModuleId(order.len() - 1)
            });
        }
        let mut model = Model::new(name);
        for module in order {
            let tied: Vec<_> = module
                .tied
                .into_iter()
                .filter_map(|(own, other, theirs)| Some((own, *seen.get(&other)?, theirs)))
                .collect();
            let made = &self.made[module.handle];
            let given = module.paths.is_empty() && made.given;
            if module.paths.is_empty() && !given {
                self.notes.extend(unregistered(made));
            }
            model.add_module(Module {
                paths: module.paths,
                layer: made.layer.clone(),
                weights: match (given, tied.is_empty()) {
                    (true, _) => Weights::Given,
                    (false, true) => Weights::Own,
                    (false, false) => Weights::Tied(tied),
                },
                frozen: module.frozen,
                span: made.span,
            });
        }
        for mut node in trace.nodes {
            if let Work::Call(module) = &mut node.work {
                *module = seen[&module.0];
            }
            model.push(node);
        }
        model.outputs = outputs;
        self.model = Some(model);
    }
}

/// A layer with weights that stands in no module: a program's own list, or made anew in `forward`.
fn unregistered(made: &Made) -> Option<ReadingNote> {
    if parameters::of_layer(&made.layer).parameters.is_empty() {
        return None;
    }
    let place = made
        .span
        .map_or(String::new(), |span| format!(" made in line {}", span.line));
    Some(ReadingNote {
        code: "unregistered-module".to_owned(),
        text: format!(
            "the {}{place} is called but is registered in no module, so that PyTorch's `parameters()` does not list \
             its weights; a plain list hides them, `nn.ModuleList` does not",
            made.layer.class()
        ),
    })
}

/// How many outputs a layer has.
fn output_count(layer: &Layer) -> usize {
    match layer {
        Layer::Recurrent(recurrent) if recurrent.kind == RecurrentKind::Lstm => 3,
        Layer::Recurrent(_) | Layer::MultiheadAttention(_) => 2,
        _ => 1,
    }
}

/// A port, as the interpreter says it.
pub(super) fn ports(pairs: Vec<(usize, usize)>) -> Vec<Port> {
    pairs
        .into_iter()
        .map(|(node, output)| Port {
            node: NodeId(node),
            output,
        })
        .collect()
}
