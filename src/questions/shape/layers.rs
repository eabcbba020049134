//! The tables: a row a layer, and a row a class.

use std::collections::BTreeMap;

use super::facts::Facts;
use crate::model::{ModuleId, NodeId, Work};
use crate::report::{Column, Table, Value};
use crate::theory::parameters;

/// A row for every input, call and operation, and one more for each further output of it.
pub(super) fn table(facts: &Facts) -> Table {
    let columns = [
        ("name", "name", ""),
        ("kind", "kind", ""),
        ("output", "output", ""),
        ("parameters", "parameters", ""),
        ("shared", "shared", ""),
        ("trainable", "trainable", ""),
        ("buffers", "buffers", ""),
        ("multiply_adds", "multiply-adds", ""),
        ("flops", "FLOPs", ""),
        ("bytes", "memory", "bytes"),
    ];
    Table {
        key: "layers".to_owned(),
        title: "Layers".to_owned(),
        columns: columns
            .iter()
            .map(|(key, label, unit)| Column::new(key, label, unit))
            .collect(),
        rows: facts
            .model
            .node_ids()
            .flat_map(|id| rows(facts, id))
            .collect(),
    }
}

fn rows(facts: &Facts, id: NodeId) -> Vec<Vec<Option<Value>>> {
    let node = facts.model.node(id);
    let outputs = &facts.shapes.0[id.0];
    let certain = facts.certain[id.0];
    let shape = |output: usize| {
        let shape = outputs.get(output).filter(|_| certain);
        shape.map(|shape| Value::shape(shape.dims()))
    };
    let mut first = vec![
        Some(Value::name(&node.name)),
        Some(Value::name(facts.model.kind(id))),
        shape(0),
    ];
    first.extend(numbers(facts, id));
    let mut rows = vec![first];
    for output in 1..outputs.len() {
        let mut row = vec![None; rows[0].len()];
        row[0] = Some(Value::name(format!("{}[{output}]", node.name)));
        row[2] = shape(output);
        rows.push(row);
    }
    rows
}

/// Parameters and costs of a node; an input, a constant or an operation has no parameters to speak of.
fn numbers(facts: &Facts, id: NodeId) -> [Option<Value>; 7] {
    let (count, cost) = (facts.counts[id.0], facts.costs[id.0]);
    let certain = facts.certain[id.0];
    let work = &facts.model.node(id).work;
    let held = matches!(work, Work::Call(_) | Work::Parameter(_)) && !facts.unknown_at(id);
    let computed = matches!(work, Work::Call(_) | Work::Operation(_)) && certain;
    let held = |count: u128| held.then(|| value(count));
    [
        held(count.own),
        held(count.shared),
        held(count.trainable),
        held(count.buffers),
        cost.multiply_adds.filter(|_| computed).map(value),
        cost.flops.filter(|_| computed).map(value),
        computed.then(|| value(cost.bytes)),
    ]
}

/// How often each class is called, and by how many distinct modules.
pub(super) fn classes(facts: &Facts) -> Table {
    let rows = class_counts(facts);
    Table {
        key: "classes".to_owned(),
        title: "Classes".to_owned(),
        columns: vec![
            Column::new("class", "class", ""),
            Column::new("entries", "entries", ""),
            Column::new("distinct", "distinct", ""),
            Column::new("parameters", "parameters", ""),
        ],
        rows: rows
            .into_iter()
            .map(|(class, count)| {
                vec![
                    Some(Value::name(class)),
                    Some(Value::from(count.entries)),
                    Some(Value::from(count.distinct)),
                    Some(value(count.parameters)),
                ]
            })
            .collect(),
    }
}

/// Of one class: its calls, its modules and their parameters.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct ClassCount {
    pub(super) entries: usize,
    pub(super) distinct: usize,
    pub(super) parameters: u128,
}

pub(super) fn class_counts(facts: &Facts) -> BTreeMap<String, ClassCount> {
    let mut counts: BTreeMap<String, ClassCount> = BTreeMap::new();
    for (index, module) in facts.model.modules.iter().enumerate() {
        let count = counts.entry(module.layer.class()).or_default();
        count.distinct += 1;
        // The totals were counted before and so every part of them can be.
        if let Ok(held) = parameters::of_module(facts.model, ModuleId(index)) {
            count.parameters += held.own();
        }
    }
    for node in &facts.model.nodes {
        if let Work::Call(module) = node.work {
            let class = facts.model.modules[module.0].layer.class();
            counts.entry(class).or_default().entries += 1;
        }
    }
    counts
}

/// A count as a value; the totals were checked to fit.
pub(super) fn value(count: u128) -> Value {
    Value::Count(i128::try_from(count).unwrap_or(i128::MAX))
}
