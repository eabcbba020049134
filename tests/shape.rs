//! The formula's shapes against those of a forward pass, on random layers and chains; counts of known networks.

use gradus::lab::forward::measure;
use gradus::model::build::sequential;
use gradus::model::operation::{Binary, Operation, Pieces, Reduction};
use gradus::model::{Model, Shape};
use gradus::theory::shape::{as_far_as_fits, of_model};
use proptest::prelude::*;
use serde_json::{Value, json};

/// One of a few numbers an axis.
fn axes(rank: usize, choices: std::ops::RangeInclusive<usize>) -> BoxedStrategy<Vec<usize>> {
    prop::collection::vec(choices, rank).boxed()
}

/// Kind, kernel, stride, padding, dilation, a flag, groups, padding mode.
type Parts = (
    usize,
    Vec<usize>,
    Vec<usize>,
    Vec<usize>,
    Vec<usize>,
    bool,
    usize,
    usize,
);

/// A layer with windows over `rank` axes for inputs of 4 channels, perhaps one that does not fit.
fn window_layer(rank: usize) -> BoxedStrategy<(String, Value)> {
    let parts = (
        0..6_usize,
        axes(rank, 1..=4),
        axes(rank, 1..=3),
        axes(rank, 0..=2),
        axes(rank, 1..=2),
        any::<bool>(),
        prop::sample::select(vec![1, 2, 4]),
        0..4_usize,
    );
    let layer = move |(kind, kernel, stride, padding, dilation, flag, groups, mode): Parts| {
        let modes = ["zeros", "reflect", "replicate", "circular"];
        let name = |family: &str| format!("{family}{rank}d");
        let half: Vec<usize> = std::iter::zip(&padding, &kernel)
            .map(|(padding, kernel)| (*padding).min(kernel / 2))
            .collect();
        match kind {
            0 => (
                name("Conv"),
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": kernel, "stride": stride, "padding": padding,
                       "dilation": dilation, "groups": groups, "padding_mode": modes[mode]}),
            ),
            1 => (
                name("ConvTranspose"),
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": kernel, "stride": stride, "padding": padding,
                       "dilation": dilation, "groups": groups,
                       "output_padding": stride.iter().map(|s| s - 1).collect::<Vec<_>>()}),
            ),
            2 => (
                name("MaxPool"),
                json!({"kernel_size": kernel, "stride": stride, "padding": half, "dilation": dilation, "ceil_mode": flag}),
            ),
            3 => (
                name("AvgPool"),
                json!({"kernel_size": kernel, "stride": stride, "padding": half, "ceil_mode": flag,
                       "count_include_pad": groups == 1}),
            ),
            4 => (
                name("LPPool"),
                json!({"norm_type": 2, "kernel_size": kernel, "stride": stride, "ceil_mode": flag}),
            ),
            _ => (
                name(["ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"][mode]),
                json!({"padding": padding.iter().flat_map(|&p| [p, p / 2]).collect::<Vec<_>>()}),
            ),
        }
    };
    parts.prop_map(layer).boxed()
}

/// A layer that is not about windows, for inputs with 4 channels and `rank` axes of space.
fn other_layer(rank: usize) -> BoxedStrategy<(String, Value)> {
    let mut layers = vec![
        (format!("BatchNorm{rank}d"), json!({"num_features": 4})),
        (format!("InstanceNorm{rank}d"), json!({"num_features": 4})),
        (
            "GroupNorm".to_owned(),
            json!({"num_groups": 2, "num_channels": 4}),
        ),
        ("LocalResponseNorm".to_owned(), json!({"size": 3})),
        (format!("AdaptiveAvgPool{rank}d"), json!({"output_size": 3})),
        (format!("AdaptiveMaxPool{rank}d"), json!({"output_size": 5})),
        ("Upsample".to_owned(), json!({"scale_factor": 1.7})),
        (
            "Upsample".to_owned(),
            json!({"scale_factor": 2, "mode": "linear"}),
        ),
        ("Upsample".to_owned(), json!({"size": 4, "mode": "area"})),
        ("ChannelShuffle".to_owned(), json!({"groups": 2})),
        ("Softmax".to_owned(), json!({"dim": 1})),
        ("Identity".to_owned(), json!({})),
    ];
    layers.extend(
        [
            "ReLU",
            "GELU",
            "Mish",
            "SELU",
            "CELU",
            "PReLU",
            "Softplus",
            "LogSigmoid",
            "Hardtanh",
            "RReLU",
            "Dropout",
        ]
        .map(|class| (class.to_owned(), json!({}))),
    );
    if rank == 2 {
        layers.push((
            "Upsample".to_owned(),
            json!({"size": [3, 7], "mode": "bicubic"}),
        ));
    }
    prop::sample::select(layers).boxed()
}

/// An input's shape and the layers after it.
type Chain = (Vec<usize>, Vec<(String, Value)>);

fn chain() -> BoxedStrategy<Chain> {
    let of_rank = |rank: usize| {
        let layer = prop_oneof![3 => window_layer(rank), 1 => other_layer(rank)];
        let sizes = axes(rank, 1..=if rank == 3 { 7 } else { 12 });
        (1..=2_usize, sizes, prop::collection::vec(layer, 1..=4))
    };
    let any_rank = prop_oneof![of_rank(1), of_rank(2), of_rank(3)];
    let with_input = |(batch, sizes, layers): (usize, Vec<usize>, Vec<(String, Value)>)| {
        let mut shape = vec![batch, 4];
        shape.extend(sizes);
        (shape, layers)
    };
    any_rank.prop_map(with_input).boxed()
}

fn build(shape: &[usize], layers: &[(String, Value)]) -> Result<Model, TestCaseError> {
    let layers: Vec<(&str, Value)> = layers
        .iter()
        .map(|(class, arguments)| (class.as_str(), arguments.clone()))
        .collect();
    sequential(Some(shape), &layers).map_err(|error| TestCaseError::reject(error.to_string()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Whatever the formula lets pass is carried out and has the formula's shapes.
    #[test]
    fn formula_and_forward_pass_agree_on_chains((shape, layers) in chain()) {
        let model = build(&shape, &layers)?;
        let formula = as_far_as_fits(&model, &[Shape(shape.clone())]);
        let measured = measure(&model, &[Shape(shape)], formula.0.len(), 0);
        prop_assert_eq!(measured, Ok(formula.0));
    }
}

/// A model of one layer called with these inputs.
fn call(
    class: &str,
    arguments: Value,
    inputs: &[&[usize]],
) -> Result<Model, Box<dyn std::error::Error>> {
    let mut builder = gradus::model::build::Builder::new(class);
    let ports: Vec<_> = inputs
        .iter()
        .map(|dims| builder.input(Some(dims)))
        .collect();
    let module = builder.module(class, arguments)?;
    let port = builder.call(module, &ports);
    Ok(builder.finish(&[port]))
}

fn agrees(model: &Model) -> Result<(), Box<dyn std::error::Error>> {
    let formula = of_model(model)?;
    let inputs: Vec<Shape> = model
        .inputs()
        .map(|id| formula.at(id.port()).clone())
        .collect();
    assert_eq!(
        measure(model, &inputs, model.nodes.len(), 0)?,
        formula.0,
        "{}",
        model.name
    );
    Ok(())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn formula_and_forward_pass_agree_on_layers_of_features_and_sequences()
-> Result<(), Box<dyn std::error::Error>> {
    let lstm = |extra: Value| {
        let mut arguments = json!({"input_size": 5, "hidden_size": 4, "num_layers": 2});
        for (key, value) in extra.as_object().into_iter().flatten() {
            arguments[key] = value.clone();
        }
        arguments
    };
    let attention =
        json!({"embed_dim": 8, "num_heads": 2, "kdim": 3, "vdim": 5, "add_bias_kv": true});
    let layer =
        json!({"class": "TransformerEncoderLayer", "d_model": 8, "nhead": 4, "norm_first": true});
    let cases: Vec<(&str, Value, &[&[usize]])> = vec![
        (
            "Linear",
            json!({"in_features": 3, "out_features": 5}),
            &[&[2, 4, 3]],
        ),
        (
            "Linear",
            json!({"in_features": 3, "out_features": 5}),
            &[&[3]],
        ),
        (
            "Bilinear",
            json!({"in1_features": 3, "in2_features": 2, "out_features": 5}),
            &[&[2, 4, 3], &[2, 4, 2]],
        ),
        (
            "Embedding",
            json!({"num_embeddings": 10, "embedding_dim": 3}),
            &[&[2, 4]],
        ),
        (
            "Flatten",
            json!({"start_dim": 1, "end_dim": 2}),
            &[&[2, 3, 4, 5]],
        ),
        (
            "Unflatten",
            json!({"dim": 1, "unflattened_size": [2, -1]}),
            &[&[2, 6, 5]],
        ),
        ("GLU", json!({"dim": 1}), &[&[2, 6, 5]]),
        (
            "LayerNorm",
            json!({"normalized_shape": [4, 3]}),
            &[&[2, 4, 3]],
        ),
        ("RMSNorm", json!({"normalized_shape": 3}), &[&[2, 4, 3]]),
        ("Softmax2d", json!({}), &[&[4, 3, 2]]),
        ("LogSoftmax", json!({}), &[&[4, 3]]),
        (
            "PixelShuffle",
            json!({"upscale_factor": 2}),
            &[&[1, 8, 3, 2]],
        ),
        (
            "Unfold",
            json!({"kernel_size": [2, 3], "padding": 1, "stride": 2, "dilation": [1, 2]}),
            &[&[2, 3, 6, 7]],
        ),
        (
            "Fold",
            json!({"output_size": [5, 6], "kernel_size": 2, "padding": 1}),
            &[&[1, 8, 42]],
        ),
        (
            "RNN",
            json!({"input_size": 5, "hidden_size": 4, "nonlinearity": "relu"}),
            &[&[7, 3, 5]],
        ),
        (
            "LSTM",
            lstm(json!({"bidirectional": true, "batch_first": true})),
            &[&[3, 7, 5]],
        ),
        ("LSTM", lstm(json!({"proj_size": 2})), &[&[7, 5]]),
        ("GRU", lstm(json!({"bidirectional": true})), &[&[7, 3, 5]]),
        (
            "MultiheadAttention",
            attention,
            &[&[5, 2, 8], &[6, 2, 3], &[6, 2, 5]],
        ),
        (
            "MultiheadAttention",
            json!({"embed_dim": 8, "num_heads": 2}),
            &[&[5, 8], &[6, 8], &[6, 8]],
        ),
        (
            "TransformerEncoder",
            json!({"encoder_layer": layer, "num_layers": 2}),
            &[&[5, 2, 8]],
        ),
        (
            "Conv2d",
            json!({"in_channels": 4, "out_channels": 6, "kernel_size": 3}),
            &[&[4, 5, 6]],
        ),
        ("MaxPool1d", json!({"kernel_size": 2}), &[&[4, 5]]),
    ];
    for (class, arguments, inputs) in cases {
        agrees(&call(class, arguments, inputs)?)?;
    }
    Ok(())
}

#[test]
fn formula_and_forward_pass_agree_on_operations() -> Result<(), Box<dyn std::error::Error>> {
    let reduce = |kind, dims, keepdim| Operation::Reduce {
        kind,
        dims,
        keepdim,
    };
    let split = |pieces, dim| Operation::Split { pieces, dim };
    let cases: Vec<(Operation, &[&[usize]])> = vec![
        (Operation::Binary(Binary::Maximum), &[&[2, 1, 4], &[3, 1]]),
        (
            Operation::Elementwise {
                name: "exp".to_owned(),
            },
            &[&[2, 3]],
        ),
        (Operation::Cat { dim: -1 }, &[&[2, 3], &[2, 4], &[0]]),
        (Operation::Stack { dim: -1 }, &[&[2, 3], &[2, 3]]),
        (Operation::MatMul, &[&[7, 1, 2, 3], &[5, 3, 4]]),
        (Operation::MatMul, &[&[3], &[5, 3, 4]]),
        (Operation::MatMul, &[&[2, 3], &[3]]),
        (Operation::MatMul, &[&[3], &[3]]),
        (reduce(Reduction::Std, vec![-1, 1], false), &[&[2, 3, 4, 5]]),
        (reduce(Reduction::ArgMax, vec![1], true), &[&[2, 3]]),
        (reduce(Reduction::ArgMax, vec![], false), &[&[2, 3]]),
        (reduce(Reduction::Prod, vec![], true), &[&[2, 3]]),
        (
            Operation::DotProductAttention { causal: false },
            &[&[2, 4, 5, 8], &[2, 4, 6, 8], &[2, 4, 6, 3]],
        ),
        (Operation::Reshape { sizes: vec![2, -1] }, &[&[3, 4]]),
        (
            Operation::Permute {
                dims: vec![0, -1, 1],
            },
            &[&[2, 3, 4]],
        ),
        (
            Operation::Transpose {
                first: 0,
                second: -1,
            },
            &[&[2, 3, 4]],
        ),
        (Operation::Squeeze { dims: vec![] }, &[&[1, 3, 1]]),
        (Operation::Squeeze { dims: vec![1] }, &[&[1, 3, 1]]),
        (Operation::Unsqueeze { dim: -1 }, &[&[2, 3]]),
        (split(Pieces::Count(4), 0), &[&[6, 2]]),
        (split(Pieces::Each(4), 0), &[&[6, 2]]),
        (split(Pieces::Sizes(vec![1, 5]), 0), &[&[6, 2]]),
        (split(Pieces::Unbind, 1), &[&[6, 2]]),
        (Operation::Select { dim: 1, index: -2 }, &[&[6, 2, 3]]),
        (
            Operation::Slice {
                dim: 0,
                start: Some(-4),
                stop: Some(99),
                step: 3,
            },
            &[&[10, 2]],
        ),
        (
            Operation::Expand {
                sizes: vec![4, -1, 5],
            },
            &[&[3, 1]],
        ),
        (Operation::Repeat { times: vec![4, 2] }, &[&[3]]),
        (Operation::Flip { dims: vec![0, 1] }, &[&[3, 2]]),
        (
            Operation::Roll {
                shifts: vec![-5],
                dims: vec![1],
            },
            &[&[3, 2]],
        ),
        (Operation::Cumulative { dim: 1 }, &[&[3, 2]]),
    ];
    for (operation, inputs) in cases {
        let mut builder = gradus::model::build::Builder::new(&format!("{operation:?}"));
        let ports: Vec<_> = inputs
            .iter()
            .map(|dims| builder.input(Some(dims)))
            .collect();
        let port = builder.operation(operation, &ports);
        agrees(&builder.finish(&[port]))?;
    }
    Ok(())
}
