//! The mistakes, carried out on the model at hand.

use super::claimed::output_port;
use super::facts::Facts;
use super::layers::value;
use super::mistakes as known;
use super::slips::{self, Slip};
use super::totals::{OUTPUT, size_step};
use crate::model::{Layer, Model, NodeId, Port, Work};
use crate::questions::Mistake;
use crate::questions::judge::Suspect;
use crate::report::{Claim, Step, Value};
use crate::theory::parameters;

/// A sum has at most this many lines.
const MOST_STEPS: usize = 24;

/// What the mistakes give for the claimed quantities, the commonest first.
pub(super) fn suspects(facts: &Facts, claims: &[Claim]) -> Vec<Suspect> {
    let mut suspects = Vec::new();
    // Without the input's shape only counts are claimed against something.
    let claimed = |key: &str| {
        let counted = facts.sized || !matches!(key, OUTPUT | "multiply_adds" | "flops" | "bytes");
        counted && claims.iter().any(|claim| names(&claim.key, key))
    };
    if claimed(OUTPUT) {
        let output = facts.outputs().first().copied();
        suspects.extend(
            output
                .into_iter()
                .flat_map(|port| of_output(facts, OUTPUT, port)),
        );
    }
    for claim in claims.iter().filter(|_| facts.sized) {
        let layer = output_port(facts, &claim.key);
        suspects.extend(
            layer
                .into_iter()
                .flat_map(|port| of_output(facts, &claim.key, port)),
        );
    }
    if claimed("parameters") || claimed("trainable") {
        suspects.extend(of_parameters(facts));
    }
    if claimed("multiply_adds") || claimed("flops") {
        suspects.extend(of_products(facts));
    }
    if claimed("bytes") {
        suspects.extend(of_bytes(facts));
    }
    if claimed("distinct_modules") {
        let entries = Value::from(facts.parameters.entries);
        suspects.push(Suspect::new(
            &known::ENTRIES_FOR_LAYERS,
            "distinct_modules",
            entries,
        ));
    }
    suspects
}

/// Whether a claim's key is this quantity or an axis of it.
fn names(key: &str, quantity: &str) -> bool {
    key.strip_prefix(quantity)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn whole(mistaken: String, right: String) -> Vec<Step> {
    vec![Step {
        at: "in all".to_owned(),
        mistaken,
        right,
    }]
}

/// The wrong rules for sizes, the commonest first.
pub(super) static SLIPS: [(&Mistake, Slip); 8] = [
    (&known::PADDING_LEFT_OUT, Slip::NoPadding),
    (&known::SIZE_WITHOUT_DILATION, Slip::NoDilation),
    (&known::ROUNDED_UP, Slip::RoundedUp),
    (&known::PLUS_ONE_LEFT_OUT, Slip::NoPlusOne),
    (&known::PADDING_ONCE, Slip::PaddingOnce),
    (&known::ROUNDED_DOWN, Slip::RoundedDown),
    (&known::SIZE_WITHOUT_STRIDE, Slip::NoStride),
    (&known::SIZE_WITHOUT_POOLS, Slip::PoolsLeftOut),
];

fn of_output(facts: &Facts, key: &str, port: Port) -> Vec<Suspect> {
    let mut suspects: Vec<Suspect> = SLIPS
        .iter()
        .filter_map(|(mistake, slip)| of_slip(facts, mistake, *slip, key, port))
        .collect();
    suspects.extend(of_order(facts, key, port));
    suspects
}

fn of_slip(
    facts: &Facts,
    mistake: &'static Mistake,
    slip: Slip,
    key: &str,
    port: Port,
) -> Option<Suspect> {
    let right = facts.shape(port)?;
    let wrong = slips::shapes(facts.model, slip)?;
    let value = wrong.at(port);
    if value == right {
        return None;
    }
    let steps = facts
        .model
        .node_ids()
        .take(port.node.0 + 1)
        .filter_map(|id| slip_step(facts, id, slip, &wrong))
        .take(MOST_STEPS);
    Some(Suspect {
        steps: steps.collect(),
        ..Suspect::new(mistake, key.to_owned(), Value::shape(value.dims()))
    })
}

/// The line of a node whose sum the slip changes.
fn slip_step(
    facts: &Facts,
    id: NodeId,
    slip: Slip,
    wrong: &crate::theory::shape::Shapes,
) -> Option<Step> {
    let mistaken = slips::step(facts.model, id, slip, wrong)?;
    let right = size_step(facts, id);
    (mistaken != right).then(|| Step {
        at: facts.model.node(id).name.clone(),
        mistaken,
        right,
    })
}

/// The right sizes in a wrong order, or not all of them.
fn of_order(facts: &Facts, key: &str, port: Port) -> Vec<Suspect> {
    let Some(dims) = facts.shape(port).map(|shape| shape.0.clone()) else {
        return Vec::new();
    };
    let right = Value::shape(&dims).to_string();
    let suspect = |mistake: &'static Mistake, dims: &[usize]| {
        let value = Value::shape(dims);
        Suspect {
            steps: whole(value.to_string(), right.clone()),
            ..Suspect::new(mistake, key.to_owned(), value)
        }
    };
    let mut found = Vec::new();
    if dims.len() > 1 {
        found.push(suspect(&known::BATCH_LEFT_OUT, &dims[1..]));
    }
    if dims.len() > 2 {
        let mut last = dims.clone();
        let channels = last.remove(1);
        last.push(channels);
        found.push(suspect(&known::CHANNELS_LAST, &last));
        found.push(suspect(&known::CHANNELS_LAST, &last[1..]));
    }
    if dims.len() > 3 {
        found.push(suspect(&known::CHANNELS_LEFT_OUT, &dims[2..]));
    }
    found
}

fn of_parameters(facts: &Facts) -> Vec<Suspect> {
    let totals = facts.parameters;
    let (right, trainable) = (totals.held.own(), totals.held.trainable);
    let mut found = Vec::new();
    let mut add = |mistake: &'static Mistake, wrong: u128| {
        for (key, right) in [("parameters", right), ("trainable", trainable)] {
            if wrong != right {
                found.push(Suspect {
                    steps: whole(wrong.to_string(), right.to_string()),
                    ..Suspect::new(mistake, key.to_owned(), value(wrong))
                });
            }
        }
    };
    add(&known::REPEATED_LAYERS, totals.at_every_use);
    add(
        &known::BIASES_LEFT_OUT,
        summed(facts.model, |name| !name.contains("bias"), Layer::clone),
    );
    add(
        &known::GROUPS_LEFT_OUT,
        summed(facts.model, |_| true, without_groups),
    );
    add(&known::BUFFERS_COUNTED, right + totals.held.buffers);
    if trainable != right {
        add(&known::TRAINABLE_FOR_ALL, trainable);
        add(&known::ALL_FOR_TRAINABLE, right);
    }
    found
}

/// The elements of all modules' own parameters whose names pass, of the layers as a mistake has them.
fn summed(model: &Model, keep: impl Fn(&str) -> bool, alter: impl Fn(&Layer) -> Layer) -> u128 {
    let own = model
        .modules
        .iter()
        .filter(|module| module.weights == crate::model::Weights::Own);
    let tensors = own.flat_map(|module| parameters::of_layer(&alter(&module.layer)).parameters);
    tensors
        .filter(|tensor| keep(&tensor.name))
        .filter_map(|tensor| tensor.elements())
        .fold(0, u128::saturating_add)
}

fn without_groups(layer: &Layer) -> Layer {
    let mut layer = layer.clone();
    match &mut layer {
        Layer::Conv(conv) => conv.groups = 1,
        Layer::ConvTranspose(conv) => conv.groups = 1,
        _ => {}
    }
    layer
}

fn of_products(facts: &Facts) -> Vec<Suspect> {
    let right = facts.cost.multiply_adds;
    let with_bias = right.saturating_add(bias_additions(facts));
    let suspect = |mistake, key: &'static str, wrong: u128, right: u128| Suspect {
        steps: whole(wrong.to_string(), right.to_string()),
        ..Suspect::new(mistake, key, value(wrong))
    };
    let flops = right * 2;
    vec![
        suspect(
            &known::FLOPS_FOR_MULTIPLY_ADDS,
            "multiply_adds",
            flops,
            right,
        ),
        suspect(
            &known::BIAS_IN_MULTIPLY_ADDS,
            "multiply_adds",
            with_bias,
            right,
        ),
        suspect(&known::MULTIPLY_ADDS_FOR_FLOPS, "flops", right, flops),
        suspect(
            &known::BIAS_IN_MULTIPLY_ADDS,
            "flops",
            with_bias.saturating_mul(2),
            flops,
        ),
        suspect(
            &known::BIAS_IN_MULTIPLY_ADDS,
            "flops",
            flops.saturating_add(bias_additions(facts)),
            flops,
        ),
    ]
}

/// One addition for every output of a layer with a bias.
fn bias_additions(facts: &Facts) -> u128 {
    let ids = facts.model.node_ids().filter(|id| {
        matches!(facts.model.node(*id).work, Work::Call(_))
            && facts.model.layer(*id).is_some_and(has_bias)
    });
    ids.filter_map(|id| facts.shapes.0[id.0][0].elements())
        .fold(0, u128::saturating_add)
}

fn has_bias(layer: &Layer) -> bool {
    match layer {
        Layer::Conv(conv) => conv.bias,
        Layer::ConvTranspose(conv) => conv.bias,
        Layer::Linear { bias, .. } | Layer::Bilinear { bias, .. } => *bias,
        _ => false,
    }
}

fn of_bytes(facts: &Facts) -> Vec<Suspect> {
    let right = facts.cost.bytes;
    let suspect = |mistake, wrong: u128, sum: &str| Suspect {
        steps: whole(format!("{sum} = {wrong}"), right.to_string()),
        ..Suspect::new(mistake, "bytes", value(wrong))
    };
    let elements = right / 4;
    vec![
        suspect(&known::ELEMENTS_FOR_BYTES, elements, "elements"),
        suspect(
            &known::DOUBLE_FOR_SINGLE,
            right.saturating_mul(2),
            &format!("{elements} elements · 8 bytes"),
        ),
    ]
}
