//! The shapes by formula beside those of a forward pass.
//!
//! A forward pass costs what the model costs. Where that is too much, the inputs are made smaller, axis by axis, as
//! long as the model still fits them, and the formula is asked again for the smaller inputs: both witnesses then speak
//! of the same, smaller, call.

use super::facts::Facts;
use crate::lab::forward::measure;
use crate::model::{Model, Shape, Work};
use crate::questions::Setting;
use crate::report::{Agreement, Witness};
use crate::theory::shape::{Shapes, as_far_as_fits};
use crate::theory::{cost, parameters};

/// What a measurement that nobody asked for may cost: a few milliseconds.
const SMALL: Budget = Budget {
    products: 4_000_000,
    bytes: 8 << 20,
};

/// What it may cost where less does not reach through the model: some tens of milliseconds.
const LARGE: Budget = Budget {
    products: 400_000_000,
    bytes: 160 << 20,
};

/// Nodes of such a measurement.
const NODES: usize = 2_000;

/// What a forward pass may cost.
#[derive(Debug, Clone, Copy)]
struct Budget {
    products: u128,
    bytes: u128,
}

/// A call of the model, and how far it goes.
struct Plan {
    inputs: Vec<Shape>,
    shapes: Shapes,
    /// How many nodes fit the inputs and the budget.
    nodes: usize,
    /// How many would with inputs of no size: the weights alone keep the budget.
    reach: usize,
}

/// The witness on the shapes of all nodes.
pub(super) fn shapes(facts: &Facts, setting: &Setting) -> Witness {
    let output = facts.outputs().first().copied();
    let theory = output
        .and_then(|port| facts.shape(port))
        .map_or_else(|| "not certain".to_owned(), ToString::to_string);
    let (lab, agreement) = second(facts, setting);
    Witness {
        quantity: "output shapes".to_owned(),
        theory,
        lab,
        agreement,
    }
}

fn second(facts: &Facts, setting: &Setting) -> (String, Agreement) {
    let model = facts.model;
    let skipped = |reason: String| (format!("not measured: {reason}"), Agreement::Alone);
    if !facts.sized {
        return skipped("the shape of the input is not known".to_owned());
    }
    if model.nodes.len() > NODES && !setting.measure {
        return skipped(format!(
            "{} nodes are more than the {NODES} that are measured unasked; --measure measures them",
            model.nodes.len()
        ));
    }
    let memory = u128::from(setting.max_memory);
    let plan = if setting.measure {
        let budget = Budget {
            products: u128::MAX,
            bytes: memory,
        };
        plan(model, inputs(model), budget)
    } else {
        reduced(model, memory)
    };
    let computed = model.nodes[..plan.nodes]
        .iter()
        .any(|node| matches!(node.work, Work::Call(_) | Work::Operation(_)));
    if !computed {
        let advice = if setting.measure {
            "--max-memory allows more"
        } else {
            "--measure measures at full size"
        };
        return skipped(format!("it would take too much memory or time; {advice}"));
    }
    match measure(model, &plan.inputs, plan.nodes, setting.seed) {
        Ok(measured) => compare(facts, &plan, &measured),
        Err(error) => skipped(error.to_string()),
    }
}

fn compare(facts: &Facts, plan: &Plan, measured: &[Vec<Shape>]) -> (String, Agreement) {
    let pairs = measured.iter().zip(&plan.shapes.0);
    let different = pairs
        .enumerate()
        .find(|(_, (measured, formula))| measured != formula);
    if let Some((index, (measured, formula))) = different {
        let list = |shapes: &[Shape]| {
            let shapes: Vec<String> = shapes.iter().map(ToString::to_string).collect();
            shapes.join(", ")
        };
        let text = format!(
            "`{}` measured as {} on {}, where the formula says {}",
            facts.model.nodes[index].name,
            list(measured),
            list(&plan.inputs),
            list(formula)
        );
        return (text, Agreement::Disagree);
    }
    let on: Vec<String> = plan.inputs.iter().map(ToString::to_string).collect();
    let size = if plan.inputs == inputs(facts.model) {
        "full size"
    } else {
        "a reduced size"
    };
    let all = facts.model.nodes.len();
    let nodes = if measured.len() == all {
        "all nodes".to_owned()
    } else {
        format!("the first {} of {all} nodes", measured.len())
    };
    let text = format!(
        "the same for {nodes}, measured on {} ({size})",
        on.join(", ")
    );
    (text, Agreement::Agree)
}

/// The model's own inputs.
fn inputs(model: &Model) -> Vec<Shape> {
    let shapes = model.nodes.iter().filter_map(|node| match &node.work {
        Work::Input(shape) => shape.clone(),
        _ => None,
    });
    shapes.collect()
}

/// How far the model can be carried out on these inputs.
fn plan(model: &Model, inputs: Vec<Shape>, budget: Budget) -> Plan {
    let shapes = as_far_as_fits(model, &inputs);
    let costs = cost::of_nodes(model, &shapes).unwrap_or_default();
    let weights: Vec<u128> = model.nodes[..costs.len()]
        .iter()
        .map(|node| match node.work {
            Work::Call(module) => parameters::of_module(model, module)
                .map_or(u128::MAX, |held| held.all().saturating_mul(cost::BYTES)),
            _ => 0,
        })
        .collect();
    let within = |total: &mut u128, amount: u128, limit: u128| {
        *total = total.saturating_add(amount);
        *total <= limit
    };
    let mut held = 0;
    let reach = weights
        .iter()
        .take_while(|&&weights| within(&mut held, weights, budget.bytes))
        .count();
    let (mut products, mut memory) = (0, inputs.iter().map(bytes).fold(0, u128::saturating_add));
    let affordable = costs[..reach]
        .iter()
        .enumerate()
        .take_while(|(index, cost)| {
            let outputs = shapes.0[*index].iter().map(bytes);
            let outputs = outputs.fold(weights[*index], u128::saturating_add);
            within(
                &mut products,
                cost.multiply_adds.unwrap_or(0),
                budget.products,
            ) && within(&mut memory, outputs, budget.bytes)
        });
    let nodes = affordable.count();
    Plan {
        inputs,
        shapes,
        nodes,
        reach,
    }
}

fn bytes(shape: &Shape) -> u128 {
    shape
        .elements()
        .map_or(u128::MAX, |elements| elements.saturating_mul(cost::BYTES))
}

/// The largest call within the small budget that goes through the whole model, or within the large one; where there is
/// none, the one that goes farthest.
fn reduced(model: &Model, memory: u128) -> Plan {
    let all = model.nodes.len();
    let [small, large] = [SMALL, LARGE].map(|budget| Budget {
        bytes: budget.bytes.min(memory),
        ..budget
    });
    let cheap = shrink(model, small, all);
    if cheap.nodes == all {
        return cheap;
    }
    let whole = shrink(model, large, all);
    if whole.nodes == whole.reach {
        return whole;
    }
    let half = shrink(model, large, all.div_ceil(2));
    if half.nodes > whole.nodes {
        half
    } else {
        whole
    }
}

/// Halves the largest axis that can be halved so that `least` nodes still fit, until the budget is kept.
fn shrink(model: &Model, budget: Budget, least: usize) -> Plan {
    let mut best = plan(model, inputs(model), budget);
    let mut fixed: Vec<(usize, usize)> = Vec::new();
    while best.nodes < best.reach {
        let Some((input, axis)) = largest(&best.inputs, &fixed) else {
            break;
        };
        let mut smaller = best.inputs.clone();
        smaller[input].0[axis] = smaller[input].0[axis].div_ceil(2);
        let smaller = plan(model, smaller, budget);
        if smaller.shapes.0.len() >= least {
            best = smaller;
        } else {
            fixed.push((input, axis));
        }
    }
    best
}

fn largest(inputs: &[Shape], fixed: &[(usize, usize)]) -> Option<(usize, usize)> {
    let axes = inputs
        .iter()
        .enumerate()
        .flat_map(|(input, shape)| (0..shape.rank()).map(move |axis| (input, axis)));
    axes.filter(|place| !fixed.contains(place))
        .map(|(input, axis)| (inputs[input].0[axis], (input, axis)))
        .filter(|(size, _)| *size > 1)
        .max_by_key(|(size, _)| *size)
        .map(|(_, place)| place)
}
