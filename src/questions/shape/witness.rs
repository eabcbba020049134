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

/// Multiply-adds of a measurement that nobody asked for: a few milliseconds.
const PRODUCTS: u128 = 4_000_000;

/// Bytes of such a measurement.
const BYTES: u128 = 8 << 20;

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
        reduced(
            model,
            Budget {
                products: PRODUCTS,
                bytes: BYTES.min(memory),
            },
        )
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
    let full = plan.inputs == inputs(facts.model);
    let on: Vec<String> = plan.inputs.iter().map(ToString::to_string).collect();
    let size = if full { "" } else { ", a reduced size" };
    let nodes = if measured.len() == facts.model.nodes.len() {
        "all nodes".to_owned()
    } else {
        format!(
            "the first {} of {} nodes",
            measured.len(),
            facts.model.nodes.len()
        )
    };
    let last = measured.last().and_then(|outputs| outputs.first());
    let last = last.map_or_else(String::new, |shape| format!("{shape} at the end; "));
    let text = format!("{last}{nodes} measured on {}{size}", on.join(", "));
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
    let mut spent = Budget {
        products: 0,
        bytes: inputs.iter().map(bytes).fold(0, u128::saturating_add),
    };
    let affordable = costs.iter().enumerate().take_while(|(index, cost)| {
        let node = &model.nodes[*index];
        let outputs = shapes.0[*index].iter().map(bytes);
        let outputs = outputs.fold(0, u128::saturating_add);
        let weights = match node.work {
            Work::Call(module) => parameters::of_module(model, module)
                .map_or(u128::MAX, |held| held.all().saturating_mul(cost::BYTES)),
            _ => 0,
        };
        let products = cost.multiply_adds.unwrap_or(0);
        spent.products = spent.products.saturating_add(products);
        spent.bytes = spent.bytes.saturating_add(outputs).saturating_add(weights);
        spent.products <= budget.products && spent.bytes <= budget.bytes
    });
    let nodes = affordable.count();
    Plan {
        inputs,
        shapes,
        nodes,
    }
}

fn bytes(shape: &Shape) -> u128 {
    shape
        .elements()
        .map_or(u128::MAX, |elements| elements.saturating_mul(cost::BYTES))
}

/// The largest call within the budget that still goes through the whole model; where there is none, one that goes
/// through half of it, and otherwise what the budget allows of the full one.
fn reduced(model: &Model, budget: Budget) -> Plan {
    let all = model.nodes.len();
    let whole = shrink(model, budget, all);
    if whole.nodes == all {
        return whole;
    }
    let half = shrink(model, budget, all.div_ceil(2));
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
    while best.nodes < best.shapes.0.len() {
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
