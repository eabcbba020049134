//! From entries to a model: names, modules that are called again, and the order in which nodes are computed.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::ops::RangeInclusive;

use super::item::{Group, Item, What, Wire, Wired};
use super::operation::{Made, suggest};
use super::text::Text;
use crate::model::layer::{Recurrent, RecurrentKind};
use crate::model::{
    Fault, Layer, Model, Module, ModuleId, Node, Operation, Port, Shape, Span, Weights, Work,
};

/// A model has at most this many nodes: repetitions are written quickly.
const MOST_NODES: usize = 1_000_000;

/// A model in the making.
pub(super) struct Builder<'a> {
    text: Text<'a>,
    model: Model,
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
    pub(super) fn chain(&mut self, items: &[Item<'a>], from: Port) -> Result<Port, Fault> {
        let mut container = Container {
            prefix: String::new(),
            next: 0,
        };
        self.entries(items, from, &mut container)
    }

    fn entries(
        &mut self,
        items: &[Item<'a>],
        from: Port,
        container: &mut Container,
    ) -> Result<Port, Fault> {
        let mut port = from;
        for item in items {
            port = match &item.what {
                What::Made(made) => {
                    let path = item.name.map_or_else(
                        || format!("{}{}", container.prefix, container.next),
                        |name| format!("{}{name}", container.prefix),
                    );
                    container.next += 1;
                    self.made(item, made, path, vec![port])?
                }
                What::Group(group) => match item.name {
                    None => self.repeated(group, port, container)?,
                    Some(name) => {
                        container.next += 1;
                        self.named(group, port, format!("{}{name}.", container.prefix))?
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
        group: &Group<'a>,
        from: Port,
        container: &mut Container,
    ) -> Result<Port, Fault> {
        self.repetitions(group, from, |builder, port, _| {
            builder.entries(&group.items, port, container)
        })
    }

    /// A group with a name: a container of its own, and one a repetition where it is repeated.
    fn named(&mut self, group: &Group<'a>, from: Port, prefix: String) -> Result<Port, Fault> {
        self.repetitions(group, from, |builder, port, repetition| {
            let mut inner = Container {
                prefix: match group.repeat {
                    None => prefix.clone(),
                    Some(_) => format!("{prefix}{repetition}."),
                },
                next: 0,
            };
            builder.entries(&group.items, port, &mut inner)
        })
    }

    fn repetitions(
        &mut self,
        group: &Group<'a>,
        from: Port,
        mut once: impl FnMut(&mut Self, Port, usize) -> Result<Port, Fault>,
    ) -> Result<Port, Fault> {
        let outer = self.replay;
        let start = self.log.len();
        let mut port = from;
        for repetition in 0..group.repeat.unwrap_or(1) {
            if group.share && outer.is_none() && repetition > 0 {
                self.replay = Some(start);
            }
            let before = self.model.nodes.len();
            port = once(self, port, repetition)?;
            if self.model.nodes.len() == before {
                break; // nothing in it: repeating it changes nothing
            }
        }
        if outer.is_none() {
            self.replay = None;
        }
        Ok(port)
    }

    /// A layer or operation, at its path.
    fn made(
        &mut self,
        item: &Item,
        made: &Made,
        path: String,
        inputs: Vec<Port>,
    ) -> Result<Port, Fault> {
        if self.model.nodes.len() >= MOST_NODES {
            let message = format!("the model has more than {MOST_NODES} nodes");
            let label = "this entry is one too many";
            return Err(self.text.fault(item.text, "json-model", message, label));
        }
        self.check_arity(item, made, inputs.len())?;
        let (name, work) = match made {
            Made::Layer(layer) => {
                let module = self.module(layer, path, item)?;
                return Ok(self.call(module, None, inputs, item.span));
            }
            Made::Operation(operation) => {
                let name = self.own_name(item, path, operation.name())?;
                (name, Work::Operation(operation.clone()))
            }
            Made::Constant(shape) => {
                let name = self.own_name(item, path, "constant")?;
                (name, Work::Constant(shape.clone()))
            }
            Made::Parameter(shape) => {
                let name = self.own_name(item, path, "parameter")?;
                (name, Work::Parameter(shape.clone()))
            }
        };
        Ok(self.model.push(Node {
            name,
            work,
            inputs,
            span: Some(item.span),
        }))
    }

    /// The name of an operation's node: its own, or the operation's with a number.
    fn own_name(&mut self, item: &Item, path: String, kind: &str) -> Result<String, Fault> {
        if item.name.is_some() {
            self.take(&path, item)?;
            return Ok(path);
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
    fn module(&mut self, layer: &Layer, path: String, item: &Item) -> Result<ModuleId, Fault> {
        if let Some(at) = self.replay {
            self.replay = Some(at + 1);
            let module = self.log[at];
            let paths = &mut self.model.modules[module.0].paths;
            if !paths.contains(&path) {
                paths.push(path);
            }
            return Ok(module);
        }
        self.take(&path, item)?;
        self.calls.push(0);
        Ok(self.model.add_module(Module {
            paths: vec![path],
            layer: layer.clone(),
            weights: Weights::Own,
            frozen: Vec::new(),
            span: Some(item.span),
        }))
    }

    /// A call of a module, under a name of its own or the module's path with the number of the call.
    fn call(
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

    fn take(&mut self, name: &str, item: &Item) -> Result<(), Fault> {
        if self.taken.insert(name.to_owned()) {
            return Ok(());
        }
        let message = format!("the name `{name}` is taken");
        let label = "every name stands once";
        let fault = self.text.fault(item.text, "duplicate-name", message, label);
        Err(fault.help(
            "Where a group is repeated, give it a name: then its entries are `name.0.…`, `name.1.…`.",
        ))
    }

    fn check_arity(&self, item: &Item, made: &Made, given: usize) -> Result<(), Fault> {
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
        let fault = self.text.fault(item.text, "input-count", message, label);
        Err(fault
            .help("In `layers` every entry reads the one before; `nodes` name their `inputs`."))
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

/// The nodes of a graph.
impl<'a> Builder<'a> {
    /// Nodes that name their inputs, listed in any order.
    ///
    /// # Errors
    /// Names that are unknown or taken, and cycles.
    pub(super) fn graph(
        &mut self,
        nodes: &[Wired<'a>],
        inputs: &[(&'a str, Port)],
        outputs: Option<&[Wire<'a>]>,
    ) -> Result<Vec<Port>, Fault> {
        let places = self.places(nodes, inputs)?;
        let order = self.order(nodes, &places)?;
        let mut ports: HashMap<&str, Port> = inputs.iter().copied().collect();
        let mut modules: HashMap<&str, ModuleId> = HashMap::new();
        for at in order {
            let node = &nodes[at];
            let read = node.inputs.iter().map(|wire| Port {
                output: wire.output,
                ..ports[wire.node]
            });
            let read: Vec<Port> = read.collect();
            let port = self.node(node, read, &modules)?;
            if let Work::Call(module) = self.model.node(port.node).work {
                modules.insert(node.name, module);
            }
            ports.insert(node.name, port);
        }
        match outputs {
            Some(wires) => wires
                .iter()
                .map(|wire| match ports.get(wire.node) {
                    Some(port) => Ok(Port {
                        output: wire.output,
                        ..*port
                    }),
                    None => Err(self.unknown(wire, ports.keys().copied())),
                })
                .collect(),
            None => self.only_end(nodes, &ports),
        }
    }

    fn node(
        &mut self,
        node: &Wired<'a>,
        inputs: Vec<Port>,
        modules: &HashMap<&str, ModuleId>,
    ) -> Result<Port, Fault> {
        match &node.item.what {
            What::Made(made) => self.made(&node.item, made, node.name.to_owned(), inputs),
            What::Group(group) => {
                let [from] = inputs[..] else {
                    let message = format!("a group takes one input, not {}", inputs.len());
                    let label = "expected one input";
                    return Err(self
                        .text
                        .fault(node.item.text, "input-count", message, label));
                };
                self.take(node.name, &node.item)?;
                self.named(group, from, format!("{}.", node.name))
            }
            What::Again(module) => {
                self.take(node.name, &node.item)?;
                let Some(&id) = modules.get(module) else {
                    let message = format!("`{module}` is not a layer");
                    let label = "`module` names a node that calls a layer";
                    return Err(self
                        .text
                        .fault(node.item.text, "json-model", message, label));
                };
                let layer = self.model.modules[id.0].layer.clone();
                self.check_arity(&node.item, &Made::Layer(layer), inputs.len())?;
                Ok(self.call(id, Some(node.name), inputs, node.item.span))
            }
        }
    }

    /// Where each name stands among the nodes; `None` for an input of the network.
    fn places(
        &self,
        nodes: &[Wired<'a>],
        inputs: &[(&'a str, Port)],
    ) -> Result<HashMap<&'a str, Option<usize>>, Fault> {
        let mut places: HashMap<&str, Option<usize>> =
            inputs.iter().map(|(name, _)| (*name, None)).collect();
        for (at, node) in nodes.iter().enumerate() {
            if places.insert(node.name, Some(at)).is_some() {
                let message = format!("the name `{}` is taken", node.name);
                let label = "every name stands once";
                return Err(self
                    .text
                    .fault(node.item.text, "duplicate-name", message, label));
            }
        }
        Ok(places)
    }

    /// The nodes in an order in which each comes after all that it reads; as listed where that is such an order.
    fn order(
        &self,
        nodes: &[Wired<'a>],
        places: &HashMap<&'a str, Option<usize>>,
    ) -> Result<Vec<usize>, Fault> {
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        let mut missing = vec![0_usize; nodes.len()];
        for (at, node) in nodes.iter().enumerate() {
            for wire in needs(node) {
                match places.get(wire.node) {
                    None => return Err(self.unknown(&wire, places.keys().copied())),
                    Some(None) => {}
                    Some(Some(read)) => {
                        readers[*read].push(at);
                        missing[at] += 1;
                    }
                }
            }
        }
        let mut ready: BinaryHeap<Reverse<usize>> = (0..nodes.len())
            .filter(|&at| missing[at] == 0)
            .map(Reverse)
            .collect();
        let mut order = Vec::with_capacity(nodes.len());
        while let Some(Reverse(at)) = ready.pop() {
            order.push(at);
            for &reader in &readers[at] {
                missing[reader] -= 1;
                if missing[reader] == 0 {
                    ready.push(Reverse(reader));
                }
            }
        }
        if order.len() == nodes.len() {
            Ok(order)
        } else {
            Err(self.cycle(nodes, places, &missing))
        }
    }

    /// The cycle that keeps nodes from being computed.
    fn cycle(
        &self,
        nodes: &[Wired<'a>],
        places: &HashMap<&'a str, Option<usize>>,
        missing: &[usize],
    ) -> Fault {
        // Every node that is left reads another that is left: whoever walks back comes round.
        let waits_for = |at: usize| {
            needs(&nodes[at]).find_map(|wire| match places.get(wire.node) {
                Some(Some(read)) if missing[*read] > 0 => Some(*read),
                _ => None,
            })
        };
        let mut seen: HashMap<usize, usize> = HashMap::new();
        let mut walk = Vec::new();
        let mut at = missing.iter().position(|&count| count > 0);
        while let Some(here) = at {
            if let Some(&first) = seen.get(&here) {
                walk.drain(..first);
                break;
            }
            seen.insert(here, walk.len());
            walk.push(here);
            at = waits_for(here);
        }
        let first = walk.iter().copied().min().unwrap_or(0);
        let names: Vec<String> = walk
            .iter()
            .take(8)
            .map(|&at| format!("`{}`", nodes[at].name))
            .collect();
        let round = if walk.len() > 8 { ", …" } else { "" };
        let message = format!(
            "nodes read each other in a circle: {}{round}",
            names.join(", ")
        );
        let label = "this node waits for its own output";
        self.text
            .fault(nodes[first].item.text, "cycle", message, label)
    }

    fn unknown<'n>(&self, wire: &Wire, known: impl Iterator<Item = &'n str>) -> Fault {
        let message = format!("there is no input or node `{}`", wire.node);
        let fault = self
            .text
            .fault(wire.text, "unknown-input", message, "not known");
        let mut known: Vec<&str> = known.collect();
        known.sort_unstable();
        suggest(fault, wire.node, known.into_iter())
    }

    /// The one node that no other reads.
    fn only_end(
        &self,
        nodes: &[Wired<'a>],
        ports: &HashMap<&str, Port>,
    ) -> Result<Vec<Port>, Fault> {
        let read: HashSet<&str> = nodes
            .iter()
            .flat_map(|node| node.inputs.iter().map(|wire| wire.node))
            .collect();
        let ends: Vec<&str> = nodes
            .iter()
            .map(|node| node.name)
            .filter(|name| !read.contains(name))
            .collect();
        if let [end] = ends[..] {
            return Ok(vec![ports[end]]);
        }
        let named: Vec<String> = ends.iter().take(8).map(|end| format!("`{end}`")).collect();
        let message = format!(
            "which nodes are the outputs? {} are read by no other: {}",
            ends.len(),
            named.join(", ")
        );
        Err(Fault::new("json-model", message).help("Write `\"outputs\": [\"…\"]`."))
    }
}

/// What has to be there before a node: its inputs, and the node whose layer it calls.
fn needs<'n, 'a>(node: &'n Wired<'a>) -> impl Iterator<Item = Wire<'a>> + 'n {
    let module = match node.item.what {
        What::Again(module) => Some(Wire {
            text: node.item.text,
            node: module,
            output: 0,
        }),
        _ => None,
    };
    node.inputs.iter().copied().chain(module)
}
