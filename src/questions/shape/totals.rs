//! The headline and the sums over the model.

use super::facts::Facts;
use super::formula;
use super::layers::value;
use crate::model::NodeId;
use crate::report::{Quantities, Quantity, Report, Value};
use crate::theory::cost::BYTES;

/// The key of the headline.
pub(super) const OUTPUT: &str = "output";

const COST_CONVENTION: &str = "A multiply-add is one product added to a sum, products with padding included and biases not; FLOPs are two \
         for each. The work of norms, activations, pools and other element-wise layers is not counted: their FLOPs are \
         left empty, not zero. Memory is that of float32 outputs; a view has none of its own.";

/// A working has at most this many lines; a longer one is cut and says so.
const MOST_STEPS: usize = 200;

pub(super) fn quantities(facts: &Facts) -> Quantities {
    let mut quantities = outputs(facts);
    quantities.extend(held(facts));
    if facts.sized {
        quantities.extend(costs(facts));
    }
    Quantities {
        title: String::new(),
        quantities,
    }
}

/// `output`, and `output_2`, … where the network returns more than one.
fn outputs(facts: &Facts) -> Vec<Quantity> {
    let mut found = Vec::new();
    for (index, port) in facts.outputs().into_iter().enumerate() {
        let Some(shape) = facts.shape(port) else {
            continue;
        };
        let (key, label) = match index {
            0 => (OUTPUT.to_owned(), "output".to_owned()),
            _ => (
                format!("{OUTPUT}_{}", index + 1),
                format!("output {}", index + 1),
            ),
        };
        let steps = match index {
            0 => size_steps(facts),
            _ => Vec::new(),
        };
        found.push(Quantity::exact(&key, &label, Value::shape(shape.dims())).steps(steps));
    }
    found
}

fn size_steps(facts: &Facts) -> Vec<String> {
    steps(facts, |id| size_step(facts, id))
}

/// How a node's size comes about; empty where there is nothing to compute.
pub(super) fn size_step(facts: &Facts, id: NodeId) -> String {
    match facts.model.layer(id) {
        Some(layer) if facts.certain[id.0] => {
            let inputs = facts.shapes.inputs(facts.model, id);
            formula::sizes(layer, &inputs[0], &facts.shapes.0[id.0][0])
        }
        _ => String::new(),
    }
}

/// A line for every node that has something to say, cut after [`MOST_STEPS`].
fn steps(facts: &Facts, say: impl Fn(NodeId) -> String) -> Vec<String> {
    let mut lines = facts.model.node_ids().filter_map(|id| {
        let said = say(id);
        let name = &facts.model.node(id).name;
        (!said.is_empty()).then(|| format!("{name} ({}): {said}", facts.model.kind(id)))
    });
    let mut kept: Vec<String> = lines.by_ref().take(MOST_STEPS).collect();
    if lines.next().is_some() {
        kept.push("… and so on for the layers that follow".to_owned());
    }
    kept
}

fn held(facts: &Facts) -> Vec<Quantity> {
    let totals = facts.parameters;
    let at_least = if facts.unknown().is_empty() {
        ""
    } else {
        " (at least)"
    };
    let counted = steps(facts, |id| parameter_step(facts, id));
    let count = |key: &str, label: &str, amount: u128| {
        Quantity::exact(key, &format!("{label}{at_least}"), value(amount))
    };
    vec![
        count("parameters", "parameters", totals.held.own()).steps(counted),
        count("trainable", "trainable parameters", totals.held.trainable),
        count("frozen", "frozen parameters", totals.held.frozen),
        count("buffers", "buffer elements", totals.held.buffers),
        Quantity::exact("entries", "layer calls", Value::from(totals.entries)),
        Quantity::exact(
            "distinct_modules",
            "distinct layers",
            Value::from(totals.distinct_modules),
        ),
    ]
}

/// What a node adds to the parameters; empty where it adds none.
fn parameter_step(facts: &Facts, id: NodeId) -> String {
    let count = facts.counts[id.0];
    let Some(layer) = facts.model.layer(id) else {
        return match count.own {
            0 => String::new(),
            own => own.to_string(),
        };
    };
    match (count.own, count.shared) {
        (0, 0) => String::new(),
        (0, _) => "shared: counted above".to_owned(),
        (own, 0) => format!("{}: {own}", formula::parameters(layer)),
        (own, shared) => format!("{}: {own} own, {shared} shared", formula::parameters(layer)),
    }
}

fn costs(facts: &Facts) -> Vec<Quantity> {
    let at_least = if facts.cost.complete {
        ""
    } else {
        " (at least)"
    };
    let products = steps(facts, |id| multiply_add_step(facts, id));
    let parameter_bytes = facts.parameters.held.own().saturating_mul(BYTES);
    vec![
        Quantity::exact(
            "multiply_adds",
            &format!("multiply-adds{at_least}"),
            value(facts.cost.multiply_adds),
        )
        .steps(products),
        Quantity::exact(
            "flops",
            &format!("FLOPs of the multiply-adds{at_least}"),
            value(facts.cost.multiply_adds * 2),
        )
        .steps(vec![format!("2 · {}", facts.cost.multiply_adds)]),
        Quantity::exact("bytes", "activation memory", value(facts.cost.bytes)).unit("bytes"),
        Quantity::exact(
            "parameter_bytes",
            "parameter memory",
            value(parameter_bytes),
        )
        .unit("bytes"),
    ]
}

/// The products of a node; empty where it has none.
pub(super) fn multiply_add_step(facts: &Facts, id: NodeId) -> String {
    let Some(products @ 1..) = facts.costs[id.0].multiply_adds else {
        return String::new();
    };
    let what = match facts.model.layer(id) {
        Some(layer) => {
            let inputs = facts.shapes.inputs(facts.model, id);
            formula::multiply_adds(layer, &inputs[0], &facts.shapes.0[id.0][0])
        }
        None => facts.model.kind(id),
    };
    format!("{what} = {products}")
}

/// The conventions, and what could not be said.
pub(super) fn notes(facts: &Facts, report: &mut Report) {
    if facts.sized {
        report.note("cost-convention", COST_CONVENTION);
    }
    let shared = facts.parameters.at_every_use != facts.parameters.held.own();
    if shared {
        report.note(
            "shared-parameters",
            format!(
                "Layers share weights: each tensor is counted once. Counted anew at every use they would be {}.",
                facts.parameters.at_every_use
            ),
        );
    }
    if !facts.sized {
        report.partial(
            "shapes, multiply-adds and memory depend on the shape of the input: give it, such as --input 1x3x224x224",
        );
    }
    let unknown = facts.unknown();
    if !unknown.is_empty() {
        report.partial(format!(
            "gradus does not know {}: what follows has no certain shape, and the sums are lower bounds",
            unknown
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
}
