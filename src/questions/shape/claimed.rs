//! Quantities of single layers and classes, where a claim names them: `output.features.0`, `entries.Linear`.
//!
//! They stand in the tables anyway; only what is claimed becomes a quantity, since a deep model has thousands.

use super::facts::Facts;
use super::layers::{class_counts, value};
use super::totals::{OUTPUT, multiply_add_step, size_step};
use crate::model::Port;
use crate::report::{Claim, Quantities, Quantity, Section, Value};

pub(super) fn quantities(facts: &Facts, claims: &[Claim]) -> Option<Section> {
    let mut quantities: Vec<Quantity> = Vec::new();
    for claim in claims {
        if quantities.iter().all(|known| known.key != claim.key) {
            quantities.extend(quantity(facts, &claim.key));
        }
    }
    (!quantities.is_empty()).then(|| {
        Section::Quantities(Quantities {
            title: "Claimed layers".to_owned(),
            quantities,
        })
    })
}

fn quantity(facts: &Facts, key: &str) -> Option<Quantity> {
    let (what, name) = key.split_once('.')?;
    if let "entries" | "distinct_modules" = what {
        return of_class(facts, key, what, name);
    }
    let (name, output) = port_of(name);
    let id = facts.model.find(name)?;
    let node = &facts.model.node(id).name;
    let label = |words: &str| format!("{words} of `{node}`");
    let count = |words: &str, amount: u128| Quantity::exact(key, &label(words), value(amount));
    let (held, cost) = (facts.counts[id.0], facts.costs[id.0]);
    Some(match what {
        "output" => {
            let shape = facts.shape(facts.port(id, output)?)?;
            Quantity::exact(key, &label("output"), Value::shape(shape.dims()))
                .steps(lines(size_step(facts, id)))
        }
        _ if facts.unknown_at(id) => return None,
        "parameters" => count("parameters", held.own + held.shared),
        "trainable" => count("trainable parameters", held.trainable),
        "buffers" => count("buffer elements", held.buffers),
        _ if !facts.certain[id.0] => return None,
        "multiply_adds" => {
            count("multiply-adds", cost.multiply_adds?).steps(lines(multiply_add_step(facts, id)))
        }
        "flops" => count("FLOPs", cost.flops?),
        "bytes" => count("activation memory", cost.bytes).unit("bytes"),
        _ => return None,
    })
}

/// The output that a claim such as `output.features.0` is about.
pub(super) fn output_port(facts: &Facts, key: &str) -> Option<Port> {
    let (name, output) = port_of(key.strip_prefix(OUTPUT)?.strip_prefix('.')?);
    facts.port(facts.model.find(name)?, output)
}

/// `lstm[1]` is the second output of `lstm`.
fn port_of(name: &str) -> (&str, usize) {
    let indexed = name.strip_suffix(']').and_then(|name| {
        let (name, index) = name.rsplit_once('[')?;
        Some((name, index.parse().ok()?))
    });
    indexed.unwrap_or((name, 0))
}

fn lines(step: String) -> Vec<String> {
    if step.is_empty() {
        Vec::new()
    } else {
        vec![step]
    }
}

fn of_class(facts: &Facts, key: &str, what: &str, class: &str) -> Option<Quantity> {
    let count = *class_counts(facts).get(class)?;
    let (label, amount) = match what {
        "entries" => (format!("calls of {class}"), count.entries),
        _ => (format!("distinct {class}"), count.distinct),
    };
    Some(Quantity::exact(key, &label, Value::from(amount)))
}
