//! From entries to a model: their names, and modules that are called again.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use super::item::{Group, Item, What};
use super::operation::Made;
use super::text::Text;
use crate::model::layer::{Recurrent, RecurrentKind};
use crate::model::{
    Fault, Layer, Model, Module, ModuleId, Node, Operation, Port, Shape, Span, Weights, Work,
};

/// A model has at most this many nodes: repetitions are written quickly.
const MOST_NODES: usize = 1_000_000;

/// A model in the making.
pub(super) struct Builder<'a> {
    pub(super) text: Text<'a>,
    pub(super) model: Model,
    taken: HashSet<String>,
    /// How often each operation's name was given a number.
    numbers: HashMap<String, usize>,
    /// How often each module was called.
    calls: Vec<usize>,
    /// Every call so far; a shared repetition runs through the calls of the first one again.
    log: Vec<ModuleId>,
    /// The place in the log, in a shared repetition.
    replay: Option<usize>,
}

/// What an entry is called and where it stands.
pub(super) struct Entry<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
    pub(super) path: String,
    /// Whether the name is the entry's own, or made from its number.
    pub(super) named: bool,
}

/// A container of entries that are numbered from 0.
struct Container {
    /// What stands before its entries' names: empty, or `features.`.
    prefix: String,
    next: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: Text<'a>, name: String) -> Self {
        Self {
            text,
            model: Model::new(name),
            taken: HashSet::new(),
            numbers: HashMap::new(),
            calls: Vec::new(),
            log: Vec::new(),
            replay: None,
        }
    }

    /// An input of the network.
    pub(super) fn input(&mut self, name: &str, shape: Option<Shape>, span: Option<Span>) -> Port {
        self.taken.insert(name.to_owned());
        self.model.push(Node {
            name: name.to_owned(),
            work: Work::Input(shape),
            inputs: Vec::new(),
            span,
        })
    }

    /// The model that computes these outputs.
    pub(super) fn finish(mut self, outputs: Vec<Port>) -> Model {
        self.model.outputs = outputs;
        self.model
    }

    /// Entries one after the other.
    pub(super) fn chain(&mut self, items: Vec<Item<'a>>, from: Port) -> Result<Port, Fault> {
        self.reserve(items.len());
        let mut container = Container {
            prefix: String::new(),
            next: 0,
        };
        self.entries(items, from, &mut container)
    }

    pub(super) fn reserve(&mut self, nodes: usize) {
        self.taken.reserve(nodes);
        self.calls.reserve(nodes);
        self.log.reserve(nodes);
        self.model.nodes.reserve(nodes);
        self.model.modules.reserve(nodes);
    }

    fn entries(
        &mut self,
        items: Vec<Item<'a>>,
        from: Port,
        container: &mut Container,
    ) -> Result<Port, Fault> {
        let mut port = from;
        for item in items {
            let Item {
                text,
                span,
                name,
                what,
            } = item;
            port = match what {
                What::Made(made) => {
                    let path = match name {
                        None => format!("{}{}", container.prefix, container.next),
                        Some(name) => format!("{}{name}", container.prefix),
                    };
                    container.next += 1;
                    let entry = Entry {
                        text,
                        span,
                        path,
                        named: name.is_some(),
                    };
                    self.made(entry, made, vec![port])?
                }
                What::Group(group) => match name {
                    None => self.repeated(group, port, container)?,
                    Some(name) => {
                        container.next += 1;
                        self.named(group, port, &format!("{}{name}.", container.prefix))?
                    }
                },
                What::Again(_) => port, // only nodes name another's layer: a chain has none
            };
        }
        Ok(port)
    }

    /// A group without a name: its entries stand in the container, as often as it is repeated.
    fn repeated(
        &mut self,
        group: Group<'a>,
        from: Port,
        container: &mut Container,
    ) -> Result<Port, Fault> {
        self.repetitions(group, from, |builder, items, port, _| {
            builder.entries(items, port, container)
        })
    }

    /// A group with a name: a container of its own, and one a repetition where it is repeated.
    pub(super) fn named(
        &mut self,
        group: Group<'a>,
        from: Port,
        prefix: &str,
    ) -> Result<Port, Fault> {
        let repeated = group.repeat.is_some();
        self.repetitions(group, from, |builder, items, port, repetition| {
            let prefix = if repeated {
                format!("{prefix}{repetition}.")
            } else {
                prefix.to_owned()
            };
            builder.entries(items, port, &mut Container { prefix, next: 0 })
        })
    }

    fn repetitions(
        &mut self,
        group: Group<'a>,
        from: Port,
        mut once: impl FnMut(&mut Self, Vec<Item<'a>>, Port, usize) -> Result<Port, Fault>,
    ) -> Result<Port, Fault> {
        let outer = self.replay;
        let start = self.log.len();
        let mut port = from;
        for repetition in 1..group.repeat.unwrap_or(1) {
            let before = self.model.nodes.len();
            port = once(self, group.items.clone(), port, repetition - 1)?;
            if self.model.nodes.len() == before {
                return Ok(port); // nothing in it: repeating it changes nothing
            }
            if group.share && outer.is_none() {
                self.replay = Some(start);
            }
        }
        let last = group.repeat.unwrap_or(1) - 1;
        port = once(self, group.items, port, last)?;
        if outer.is_none() {
            self.replay = None;
        }
        Ok(port)
    }

    /// A layer or operation, at its path.
    pub(super) fn made(
        &mut self,
        entry: Entry,
        made: Made,
        inputs: Vec<Port>,
    ) -> Result<Port, Fault> {
        if self.model.nodes.len() >= MOST_NODES {
            let message = format!("the model has more than {MOST_NODES} nodes");
            let label = "this entry is one too many";
            return Err(self.text.fault(entry.text, "json-model", message, label));
        }
        self.check_arity(entry.text, &made, inputs.len())?;
        let span = entry.span;
        let (name, work) = match made {
            Made::Layer(layer) => {
                let module = self.module(layer, entry)?;
                return Ok(self.call(module, None, inputs, span));
            }
            Made::Operation(operation) => (
                self.own_name(entry, operation.name())?,
                Work::Operation(operation),
            ),
            Made::Constant(shape) => (self.own_name(entry, "constant")?, Work::Constant(shape)),
            Made::Parameter(shape) => (self.own_name(entry, "parameter")?, Work::Parameter(shape)),
        };
        Ok(self.model.push(Node {
            name,
            work,
            inputs,
            span: Some(span),
        }))
    }

    /// The name of an operation's node: its own, or the operation's with a number.
    fn own_name(&mut self, entry: Entry, kind: &str) -> Result<String, Fault> {
        if entry.named {
            self.take(&entry.path, entry.text)?;
            return Ok(entry.path);
        }
        let number = self.numbers.entry(kind.to_owned()).or_insert(0);
        loop {
            *number += 1;
            let name = format!("{kind}_{number}");
            if self.taken.insert(name.clone()) {
                return Ok(name);
            }
        }
    }

    /// The module at a path: a new one, or in a shared repetition the one of the first.
    fn module(&mut self, layer: Layer, entry: Entry) -> Result<ModuleId, Fault> {
        if let Some(at) = self.replay {
            self.replay = Some(at + 1);
            let module = self.log[at];
            let paths = &mut self.model.modules[module.0].paths;
            if paths.last() != Some(&entry.path) {
                paths.push(entry.path);
            }
            return Ok(module);
        }
        self.take(&entry.path, entry.text)?;
        self.calls.push(0);
        Ok(self.model.add_module(Module {
            paths: vec![entry.path],
            layer,
            weights: Weights::Own,
            frozen: Vec::new(),
            span: Some(entry.span),
        }))
    }

    /// A call of a module, under a name of its own or the module's path with the number of the call.
    pub(super) fn call(
        &mut self,
        module: ModuleId,
        name: Option<&str>,
        inputs: Vec<Port>,
        span: Span,
    ) -> Port {
        self.log.push(module);
        self.calls[module.0] += 1;
        let path = &self.model.modules[module.0].paths[0];
        let name = match (name, self.calls[module.0]) {
            (Some(name), _) => name.to_owned(),
            (None, 1) => path.clone(),
            (None, call) => format!("{path}#{call}"),
        };
        self.model.push(Node {
            name,
            work: Work::Call(module),
            inputs,
            span: Some(span),
        })
    }

    pub(super) fn take(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        if self.taken.insert(name.to_owned()) {
            return Ok(());
        }
        let message = format!("the name `{name}` is taken");
        let label = "every name stands once";
        let fault = self.text.fault(text, "duplicate-name", message, label);
        Err(fault.help(
            "where a group is repeated, give it a name: then its entries are `name.0.…`, `name.1.…`",
        ))
    }

    pub(super) fn check_arity(&self, text: &str, made: &Made, given: usize) -> Result<(), Fault> {
        let takes = arity(made);
        if takes.contains(&given) {
            return Ok(());
        }
        let (least, most) = (*takes.start(), *takes.end());
        let expected = match (least, most) {
            (1, 1) => "one input".to_owned(),
            (least, most) if least == most => format!("{least} inputs"),
            (least, usize::MAX) => format!("at least {least} inputs"),
            (least, most) => format!("{least} to {most} inputs"),
        };
        let kind = match made {
            Made::Layer(layer) => layer.class(),
            Made::Operation(operation) => operation.name().to_owned(),
            Made::Constant(_) => "constant".to_owned(),
            Made::Parameter(_) => "parameter".to_owned(),
        };
        let message = format!("{kind} takes {expected}, not {given}");
        let label = format!("expected {expected}");
        let fault = self.text.fault(text, "input-count", message, label);
        Err(fault.help("in `layers` every entry reads the one before; `nodes` name their `inputs`"))
    }
}

/// How many inputs it takes.
fn arity(made: &Made) -> RangeInclusive<usize> {
    match made {
        Made::Constant(_) | Made::Parameter(_) => 0..=0,
        Made::Operation(operation) => match operation {
            Operation::Binary(_) | Operation::MatMul => 2..=2,
            Operation::Cat { .. } | Operation::Stack { .. } => 1..=usize::MAX,
            Operation::DotProductAttention { .. } => 3..=3,
            _ => 1..=1,
        },
        Made::Layer(layer) => match layer {
            Layer::Bilinear { .. } => 2..=2,
            Layer::MultiheadAttention(_) => 3..=3,
            Layer::Recurrent(Recurrent {
                kind: RecurrentKind::Lstm,
                ..
            }) => 1..=3,
            Layer::Recurrent(_) => 1..=2,
            _ => 1..=1,
        },
    }
}
