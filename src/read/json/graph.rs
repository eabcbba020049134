//! Nodes that name their inputs: the order in which they are computed, and what keeps them from it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::build::{Builder, Entry};
use super::item::{What, Wire, Wired};
use super::operation::{Made, suggest};
use super::text::Text;
use crate::model::{Fault, ModuleId, Port, Work};

/// Adds the nodes, listed in any order, to a model that has its inputs, and returns the outputs.
///
/// # Errors
/// Names that are unknown or taken, and cycles.
pub(super) fn add<'a>(
    builder: &mut Builder<'a>,
    nodes: Vec<Wired<'a>>,
    inputs: &[(&'a str, Port)],
    outputs: Option<&[Wire<'a>]>,
) -> Result<Vec<Port>, Fault> {
    let graph = Graph::new(builder.text, &nodes, inputs)?;
    let order = graph.order()?;
    let end = match outputs {
        Some(_) => None,
        None => Some(graph.only_end()?),
    };
    builder.reserve(nodes.len());
    let mut ports: HashMap<&str, Port> = inputs.iter().copied().collect();
    let mut modules = HashMap::new();
    let mut waiting: Vec<Option<Wired>> = nodes.into_iter().map(Some).collect();
    for at in order {
        let Some(node) = waiting[at].take() else {
            continue; // each stands in the order once
        };
        let name = node.name;
        let read = node
            .inputs
            .iter()
            .map(|wire| output(ports[wire.node], wire));
        let read = read.collect();
        let port = place(builder, node, read, &modules)?;
        if let Work::Call(module) = builder.model.node(port.node).work {
            modules.insert(name, module);
        }
        ports.insert(name, port);
    }
    let Some(wires) = outputs else {
        return Ok(end.map(|end| ports[end]).into_iter().collect());
    };
    let known = |wire: &Wire| match ports.get(wire.node) {
        Some(port) => Ok(output(*port, wire)),
        None => Err(unknown(builder.text, wire, ports.keys().copied())),
    };
    wires.iter().map(known).collect()
}

fn output(port: Port, wire: &Wire) -> Port {
    Port {
        output: wire.output,
        ..port
    }
}

/// Adds one node, whose inputs are there.
fn place<'a>(
    builder: &mut Builder<'a>,
    node: Wired<'a>,
    inputs: Vec<Port>,
    modules: &HashMap<&str, ModuleId>,
) -> Result<Port, Fault> {
    let text = node.item.text;
    let fault = |code, message: String, label| builder.text.fault(text, code, message, label);
    match node.item.what {
        What::Made(made) => {
            let entry = Entry {
                text,
                span: node.item.span,
                path: node.name.to_owned(),
                named: true,
            };
            builder.made(entry, made, inputs)
        }
        What::Group(group) => {
            let [from] = inputs[..] else {
                let message = format!("a group takes one input, not {}", inputs.len());
                return Err(fault("input-count", message, "expected one input"));
            };
            builder.take(node.name, text)?;
            builder.named(group, from, &format!("{}.", node.name))
        }
        What::Again(module) => {
            let Some(&id) = modules.get(module) else {
                let message = format!("`{module}` is not a layer");
                let label = "`module` names a node that calls a layer";
                return Err(fault("json-model", message, label));
            };
            builder.take(node.name, text)?;
            let layer = builder.model.modules[id.0].layer.clone();
            builder.check_arity(text, &Made::Layer(layer), inputs.len())?;
            Ok(builder.call(id, Some(node.name), inputs, node.item.span))
        }
    }
}

/// Nodes and where each name stands among them.
struct Graph<'n, 'a> {
    text: Text<'a>,
    nodes: &'n [Wired<'a>],
    /// `None` for an input of the network.
    places: HashMap<&'a str, Option<usize>>,
}

impl<'n, 'a> Graph<'n, 'a> {
    fn new(
        text: Text<'a>,
        nodes: &'n [Wired<'a>],
        inputs: &[(&'a str, Port)],
    ) -> Result<Self, Fault> {
        let mut places: HashMap<&str, Option<usize>> =
            inputs.iter().map(|(name, _)| (*name, None)).collect();
        for (at, node) in nodes.iter().enumerate() {
            if places.insert(node.name, Some(at)).is_some() {
                let message = format!("the name `{}` is taken", node.name);
                let label = "every name stands once";
                return Err(text.fault(node.item.text, "duplicate-name", message, label));
            }
        }
        Ok(Self {
            text,
            nodes,
            places,
        })
    }

    /// An order in which each node comes after all that it reads: as listed, where that is such an order.
    fn order(&self) -> Result<Vec<usize>, Fault> {
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        let mut missing = vec![0_usize; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            for wire in needs(node) {
                match self.places.get(wire.node) {
                    None => {
                        return Err(unknown(self.text, &wire, self.places.keys().copied()));
                    }
                    Some(None) => {}
                    Some(Some(read)) => {
                        readers[*read].push(at);
                        missing[at] += 1;
                    }
                }
            }
        }
        let first = (0..self.nodes.len()).filter(|&at| missing[at] == 0);
        let mut ready: BinaryHeap<Reverse<usize>> = first.map(Reverse).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(Reverse(at)) = ready.pop() {
            order.push(at);
            for &reader in &readers[at] {
                missing[reader] -= 1;
                if missing[reader] == 0 {
                    ready.push(Reverse(reader));
                }
            }
        }
        if order.len() == self.nodes.len() {
            Ok(order)
        } else {
            Err(self.cycle(&missing))
        }
    }

    /// The cycle that keeps nodes from being computed.
    fn cycle(&self, missing: &[usize]) -> Fault {
        // Every node that is left reads another that is left: whoever walks back comes round.
        let waits_for = |at: usize| {
            needs(&self.nodes[at]).find_map(|wire| match self.places.get(wire.node) {
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
        let names = walk.iter().map(|&at| self.nodes[at].name);
        let message = format!("nodes read each other in a circle: {}", some(names));
        let label = "this node waits for its own output";
        self.text
            .fault(self.nodes[first].item.text, "cycle", message, label)
    }

    /// The one node that no other reads.
    fn only_end(&self) -> Result<&'a str, Fault> {
        let inputs = self.nodes.iter().flat_map(|node| &node.inputs);
        let read: HashSet<&str> = inputs.map(|wire| wire.node).collect();
        let names = self.nodes.iter().map(|node| node.name);
        let ends: Vec<&str> = names.filter(|name| !read.contains(name)).collect();
        match ends[..] {
            [end] => Ok(end),
            [] => Err(Fault::new("json-model", "the model has no nodes")),
            _ => {
                let listed = some(ends.iter().copied());
                let message = format!("which nodes are the outputs? No other node reads {listed}");
                Err(Fault::new("json-model", message).help("write `\"outputs\": [\"…\"]`"))
            }
        }
    }
}

/// What has to be there before a node: its inputs, and the node whose layer it calls.
fn needs<'n, 'a>(node: &'n Wired<'a>) -> impl Iterator<Item = Wire<'a>> + use<'n, 'a> {
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

fn unknown<'n>(text: Text, wire: &Wire, known: impl Iterator<Item = &'n str>) -> Fault {
    let message = format!("there is no input or node `{}`", wire.node);
    let fault = text.fault(wire.text, "unknown-input", message, "not known");
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    suggest(fault, wire.node, known.into_iter())
}

/// Some names for a message: not more than eight of them.
fn some<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let more = if names.len() > 8 { ", …" } else { "" };
    let first: Vec<String> = names.take(8).map(|name| format!("`{name}`")).collect();
    format!("{}{more}", first.join(", "))
}
