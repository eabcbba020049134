//! Parameters and buffers of a layer: names, shapes, whether they train.

mod tensors;

use crate::model::{Fault, Model, ModuleId, NodeId, Weights, Work};

pub(crate) use tensors::self_attention;
pub use tensors::{Tensor, Tensors, of_layer};

/// What a module holds, in elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Elements of its parameters that train.
    pub trainable: u128,
    /// Elements of its parameters that do not.
    pub frozen: u128,
    /// Elements of its parameters that are another module's tensors: counted there.
    pub tied: u128,
    /// Elements of its buffers.
    pub buffers: u128,
}

impl Held {
    /// Parameters that are counted here.
    pub fn own(&self) -> u128 {
        self.trainable + self.frozen
    }

    /// Parameters that it works with, wherever they are counted.
    pub fn all(&self) -> u128 {
        self.own() + self.tied
    }
}

/// What a whole model holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Each tensor counted once.
    pub held: Held,
    /// Parameters counted anew for every place and every call of a module, as a naive sum over the listed layers does.
    pub at_every_use: u128,
    /// Modules, each counted once.
    pub distinct_modules: usize,
    /// Calls of modules.
    pub entries: usize,
}

/// The tensors of a module and how they count; nothing where the weights are given by the call.
///
/// # Errors
/// If there are more elements than can be counted.
pub fn of_module(model: &Model, id: ModuleId) -> Result<Held, Fault> {
    let module = &model.modules[id.0];
    let tied: &[(String, ModuleId, String)] = match &module.weights {
        Weights::Own => &[],
        Weights::Tied(tied) => tied,
        Weights::Given => return Ok(Held::default()),
    };
    let tensors = of_layer(&module.layer);
    let mut held = Held::default();
    for tensor in &tensors.parameters {
        let place = if tied.iter().any(|(name, _, _)| *name == tensor.name) {
            &mut held.tied
        } else if module.frozen.contains(&tensor.name) {
            &mut held.frozen
        } else {
            &mut held.trainable
        };
        *place = sum(*place, tensor.elements())?;
    }
    for tensor in &tensors.buffers {
        held.buffers = sum(held.buffers, tensor.elements())?;
    }
    sum(sum(held.trainable, Some(held.frozen))?, Some(held.tied))?;
    Ok(held)
}

/// What a node adds to the model's count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NodeCount {
    /// Parameters that are counted at this node: it is the first to use them.
    pub own: u128,
    /// Parameters that it shares with an earlier node or another module.
    pub shared: u128,
    /// Of the own ones, those that train.
    pub trainable: u128,
    /// Elements of buffers, at the first call.
    pub buffers: u128,
}

/// The counts of all nodes, in order.
///
/// # Errors
/// If there are more elements than can be counted.
pub fn of_nodes(model: &Model) -> Result<Vec<NodeCount>, Fault> {
    let mut seen = vec![false; model.modules.len()];
    let count = |id: NodeId| match &model.node(id).work {
        Work::Parameter(shape) => {
            let own = sum(0, shape.elements())?;
            Ok(NodeCount {
                own,
                trainable: own,
                ..NodeCount::default()
            })
        }
        Work::Call(module) => {
            let held = of_module(model, *module)?;
            let again = std::mem::replace(&mut seen[module.0], true);
            Ok(if again {
                NodeCount {
                    shared: held.all(),
                    ..NodeCount::default()
                }
            } else {
                NodeCount {
                    own: held.own(),
                    shared: held.tied,
                    trainable: held.trainable,
                    buffers: held.buffers,
                }
            })
        }
        Work::Input(_) | Work::Constant(_) | Work::Operation(_) => Ok(NodeCount::default()),
    };
    model.node_ids().map(count).collect()
}

/// The model's totals: every module that exists, called or not, and every parameter used as a tensor.
///
/// # Errors
/// If there are more elements than can be counted.
pub fn of_model(model: &Model) -> Result<Totals, Fault> {
    let mut calls = vec![0_usize; model.modules.len()];
    let mut totals = Totals {
        distinct_modules: model.modules.len(),
        ..Totals::default()
    };
    for node in &model.nodes {
        match &node.work {
            Work::Call(module) => {
                calls[module.0] += 1;
                totals.entries += 1;
            }
            Work::Parameter(shape) => {
                totals.held.trainable = sum(totals.held.trainable, shape.elements())?;
                totals.at_every_use = sum(totals.at_every_use, shape.elements())?;
            }
            _ => {}
        }
    }
    for (index, calls) in calls.into_iter().enumerate() {
        let held = of_module(model, ModuleId(index))?;
        let uses = calls.max(model.modules[index].paths.len()).max(1);
        totals.at_every_use = sum(totals.at_every_use, held.all().checked_mul(uses as u128))?;
        totals.held.trainable = sum(totals.held.trainable, Some(held.trainable))?;
        totals.held.frozen = sum(totals.held.frozen, Some(held.frozen))?;
        totals.held.tied = sum(totals.held.tied, Some(held.tied))?;
        totals.held.buffers = sum(totals.held.buffers, Some(held.buffers))?;
    }
    sum(totals.held.trainable, Some(totals.held.frozen))?;
    Ok(totals)
}

/// A checked sum; `None` is an amount that could not be counted.
fn sum(first: u128, second: Option<u128>) -> Result<u128, Fault> {
    second
        .and_then(|second| first.checked_add(second))
        // Reports count in signed integers.
        .filter(|&total| i128::try_from(total).is_ok())
        .ok_or_else(|| Fault::new("too-large", "the parameters are too many to count"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Tensors, of_layer};
    use crate::model::catalog::build;

    type TestResult = Result<(), Box<dyn std::error::Error>>;

    fn tensors(class: &str, arguments: &Value) -> Result<Tensors, Box<dyn std::error::Error>> {
        Ok(of_layer(&build(
            class,
            arguments.as_object().ok_or("an object")?,
        )?))
    }

    /// Counts that PyTorch's `sum(p.numel() for p in layer.parameters())` gives.
    #[test]
    fn counts_are_pytorchs() -> TestResult {
        let encoder_layer = json!({"class": "TransformerEncoderLayer", "d_model": 8, "nhead": 2, "dim_feedforward": 16});
        let cases = [
            (
                "Conv2d",
                json!({"in_channels": 8, "out_channels": 16, "kernel_size": [3, 5], "groups": 4}),
                16 * 2 * 15 + 16,
            ),
            (
                "ConvTranspose2d",
                json!({"in_channels": 8, "out_channels": 16, "kernel_size": 3, "groups": 4, "bias": false}),
                8 * 4 * 9,
            ),
            (
                "Bilinear",
                json!({"in1_features": 3, "in2_features": 4, "out_features": 5}),
                5 * 12 + 5,
            ),
            (
                "Embedding",
                json!({"num_embeddings": 42, "embedding_dim": 42000}),
                1_764_000,
            ),
            ("PReLU", json!({"num_parameters": 7}), 7),
            ("BatchNorm2d", json!({"num_features": 7}), 14),
            ("InstanceNorm2d", json!({"num_features": 7}), 0),
            (
                "LayerNorm",
                json!({"normalized_shape": [3, 4], "bias": false}),
                12,
            ),
            (
                "RNN",
                json!({"input_size": 5, "hidden_size": 4}),
                4 * 5 + 16 + 8,
            ),
            (
                "LSTM",
                json!({"input_size": 5, "hidden_size": 4, "num_layers": 2, "bidirectional": true}),
                2 * (16 * 5 + 16 * 4 + 32) + 2 * (16 * 8 + 16 * 4 + 32),
            ),
            (
                "LSTM",
                json!({"input_size": 5, "hidden_size": 4, "proj_size": 2, "bias": false}),
                16 * 5 + 16 * 2 + 2 * 4,
            ),
            (
                "GRU",
                json!({"input_size": 5, "hidden_size": 4}),
                12 * 5 + 12 * 4 + 24,
            ),
            (
                "MultiheadAttention",
                json!({"embed_dim": 8, "num_heads": 2}),
                4 * 64 + 4 * 8,
            ),
            (
                "MultiheadAttention",
                json!({"embed_dim": 8, "num_heads": 2, "kdim": 3, "vdim": 5, "add_bias_kv": true}),
                64 + 24 + 40 + 24 + 16 + 64 + 8,
            ),
            (
                "TransformerEncoder",
                json!({"encoder_layer": encoder_layer, "num_layers": 2}),
                2 * (288 + 8 * 16 + 16 + 16 * 8 + 8 + 32),
            ),
            ("ReLU", json!({}), 0),
        ];
        for (class, arguments, expected) in cases {
            let tensors = tensors(class, &arguments)?;
            let total: Option<u128> = tensors.parameters.iter().map(super::Tensor::elements).sum();
            assert_eq!(total, Some(expected), "{class} {arguments}");
        }
        Ok(())
    }

    #[test]
    fn tensors_have_pytorchs_names() -> TestResult {
        let names = |tensors: Vec<super::Tensor>| -> Vec<String> {
            tensors.into_iter().map(|tensor| tensor.name).collect()
        };
        let lstm = tensors(
            "GRU",
            &json!({"input_size": 2, "hidden_size": 3, "bidirectional": true, "bias": false}),
        )?;
        assert_eq!(
            names(lstm.parameters),
            [
                "weight_ih_l0",
                "weight_hh_l0",
                "weight_ih_l0_reverse",
                "weight_hh_l0_reverse"
            ]
        );
        let norm = tensors("BatchNorm1d", &json!({"num_features": 3}))?;
        assert_eq!(
            names(norm.buffers),
            ["running_mean", "running_var", "num_batches_tracked"]
        );
        Ok(())
    }
}
