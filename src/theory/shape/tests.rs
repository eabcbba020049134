//! The rules, held against sizes that PyTorch gives.

use serde_json::{Value, json};

use super::{ShapeError, of_layer, of_model, of_operation};
use crate::model::catalog::build;
use crate::model::operation::{Binary, Pieces, Reduction};
use crate::model::{Layer, Model, Module, Node, Operation, Shape, Source, Span, Weights, Work};

fn layer(class: &str, arguments: &Value) -> Result<Layer, Box<dyn std::error::Error>> {
    Ok(build(class, arguments.as_object().ok_or("an object")?)?)
}

fn shape(dims: &[usize]) -> Shape {
    Shape(dims.to_vec())
}

type OperationCase<'a> = (Operation, &'a [&'a [usize]], &'a [&'a [usize]]);

type Case<'a> = (&'a str, Value, &'a [&'a [usize]], &'a [&'a [usize]]);

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn layers_give_pytorchs_shapes() -> Result<(), Box<dyn std::error::Error>> {
    let conv = |extra: Value| {
        let mut arguments = json!({"in_channels": 3, "out_channels": 8, "kernel_size": 3});
        for (key, value) in extra.as_object().into_iter().flatten() {
            arguments[key] = value.clone();
        }
        arguments
    };
    let cases: Vec<Case> = vec![
        (
            "Conv2d",
            conv(json!({"padding": 1})),
            &[&[1, 3, 9, 8]],
            &[&[1, 8, 9, 8]],
        ),
        (
            "Conv2d",
            conv(json!({"stride": 2})),
            &[&[3, 9, 8]],
            &[&[8, 4, 3]],
        ),
        (
            "Conv1d",
            conv(json!({"dilation": 2, "padding": "same"})),
            &[&[2, 3, 7]],
            &[&[2, 8, 7]],
        ),
        (
            "Conv3d",
            conv(json!({"padding": [0, 1, 2]})),
            &[&[2, 3, 5, 5, 5]],
            &[&[2, 8, 3, 5, 7]],
        ),
        (
            "ConvTranspose2d",
            conv(json!({"stride": 2, "padding": 1, "output_padding": 1})),
            &[&[1, 3, 15, 15]],
            &[&[1, 8, 30, 30]],
        ),
        (
            "MaxPool2d",
            json!({"kernel_size": 3, "stride": 2, "ceil_mode": true}),
            &[&[1, 1, 37, 50]],
            &[&[1, 1, 18, 25]],
        ),
        (
            "AvgPool1d",
            json!({"kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": true}),
            &[&[1, 1, 6]],
            &[&[1, 1, 4]],
        ),
        // A third window would start after the input: it is dropped.
        (
            "MaxPool1d",
            json!({"kernel_size": 2, "stride": 3, "ceil_mode": true}),
            &[&[1, 1, 6]],
            &[&[1, 1, 2]],
        ),
        // Rounded up, a window may be longer than the input.
        (
            "MaxPool1d",
            json!({"kernel_size": 3, "stride": 3, "ceil_mode": true}),
            &[&[1, 1, 2]],
            &[&[1, 1, 1]],
        ),
        (
            "AdaptiveAvgPool2d",
            json!({"output_size": [1, null]}),
            &[&[1, 4, 9, 7]],
            &[&[1, 4, 1, 7]],
        ),
        (
            "Linear",
            json!({"in_features": 4, "out_features": 2}),
            &[&[5, 6, 4]],
            &[&[5, 6, 2]],
        ),
        (
            "Linear",
            json!({"in_features": 4, "out_features": 2}),
            &[&[4]],
            &[&[2]],
        ),
        (
            "Bilinear",
            json!({"in1_features": 4, "in2_features": 3, "out_features": 2}),
            &[&[7, 4], &[7, 3]],
            &[&[7, 2]],
        ),
        ("Flatten", json!({}), &[&[2, 3, 4, 5]], &[&[2, 60]]),
        (
            "Flatten",
            json!({"start_dim": 0, "end_dim": -2}),
            &[&[2, 3, 4, 5]],
            &[&[24, 5]],
        ),
        (
            "Unflatten",
            json!({"dim": 1, "unflattened_size": [3, -1]}),
            &[&[2, 12]],
            &[&[2, 3, 4]],
        ),
        (
            "Embedding",
            json!({"num_embeddings": 42, "embedding_dim": 42000}),
            &[&[5, 6, 7, 8]],
            &[&[5, 6, 7, 8, 42000]],
        ),
        ("GLU", json!({"dim": 1}), &[&[2, 6, 3]], &[&[2, 3, 3]]),
        (
            "LSTM",
            json!({"input_size": 5, "hidden_size": 4, "num_layers": 2, "bidirectional": true, "batch_first": true}),
            &[&[3, 7, 5]],
            &[&[3, 7, 8], &[4, 3, 4], &[4, 3, 4]],
        ),
        (
            "LSTM",
            json!({"input_size": 5, "hidden_size": 4, "proj_size": 2}),
            &[&[7, 3, 5]],
            &[&[7, 3, 2], &[1, 3, 2], &[1, 3, 4]],
        ),
        (
            "GRU",
            json!({"input_size": 5, "hidden_size": 4}),
            &[&[7, 5]],
            &[&[7, 4], &[1, 4]],
        ),
        (
            "MultiheadAttention",
            json!({"embed_dim": 8, "num_heads": 2, "add_zero_attn": true}),
            &[&[5, 2, 8], &[6, 2, 8], &[6, 2, 8]],
            &[&[5, 2, 8], &[2, 5, 7]],
        ),
        (
            "MultiheadAttention",
            json!({"embed_dim": 8, "num_heads": 2, "kdim": 3, "vdim": 4, "batch_first": true}),
            &[&[2, 5, 8], &[2, 6, 3], &[2, 6, 4]],
            &[&[2, 5, 8], &[2, 5, 6]],
        ),
        (
            "Upsample",
            json!({"scale_factor": 1.5}),
            &[&[1, 2, 5, 7]],
            &[&[1, 2, 7, 10]],
        ),
        (
            "Upsample",
            json!({"size": [3, 9]}),
            &[&[1, 2, 5, 7]],
            &[&[1, 2, 3, 9]],
        ),
        (
            "ZeroPad2d",
            json!({"padding": [1, 2, -1, 0]}),
            &[&[1, 2, 5, 7]],
            &[&[1, 2, 4, 10]],
        ),
        (
            "PixelShuffle",
            json!({"upscale_factor": 2}),
            &[&[1, 8, 3, 5]],
            &[&[1, 2, 6, 10]],
        ),
        (
            "PixelUnshuffle",
            json!({"downscale_factor": 2}),
            &[&[1, 2, 6, 10]],
            &[&[1, 8, 3, 5]],
        ),
        (
            "Unfold",
            json!({"kernel_size": [2, 3]}),
            &[&[2, 5, 3, 4]],
            &[&[2, 30, 4]],
        ),
        (
            "Fold",
            json!({"output_size": [4, 5], "kernel_size": 2}),
            &[&[1, 12, 12]],
            &[&[1, 3, 4, 5]],
        ),
    ];
    for (class, arguments, inputs, expected) in cases {
        let inputs: Vec<Shape> = inputs.iter().map(|dims| shape(dims)).collect();
        let expected: Vec<Shape> = expected.iter().map(|dims| shape(dims)).collect();
        let got = of_layer(&layer(class, &arguments)?, &inputs);
        assert_eq!(got, Ok(expected), "{class} {arguments}");
    }
    Ok(())
}

#[test]
fn what_does_not_fit_is_said_with_the_axis() -> Result<(), Box<dyn std::error::Error>> {
    let cases: Vec<(&str, Value, &[usize], &str)> = vec![
        (
            "Conv2d",
            json!({"in_channels": 4, "out_channels": 2, "kernel_size": 3}),
            &[1, 3, 8, 8],
            "expected 4 channels (axis 1), got 3 (input 1×3×8×8)",
        ),
        (
            "Conv2d",
            json!({"in_channels": 3, "out_channels": 2, "kernel_size": [3, 7]}),
            &[1, 3, 8, 4],
            "axis 3: the window spans 7 positions, the padded input has 4",
        ),
        (
            "Conv2d",
            json!({"in_channels": 3, "out_channels": 2, "kernel_size": 3}),
            &[8, 8],
            "expected 4 axes (N×C×H×W) or 3 (C×H×W), got 2 (8×8)",
        ),
        (
            "Conv1d",
            json!({"in_channels": 1, "out_channels": 1, "kernel_size": 7, "padding": 3, "padding_mode": "reflect"}),
            &[1, 1, 3],
            "axis 2: expected reflection padding of at most 2 for a size of 3, got 3",
        ),
        (
            "MaxPool2d",
            json!({"kernel_size": 2}),
            &[1, 1, 1, 4],
            "axis 2: the window spans 2 positions, the padded input has 1",
        ),
        (
            "Linear",
            json!({"in_features": 512, "out_features": 2}),
            &[1, 2048],
            "expected a last axis of 512, got 2048 (input 1×2048)",
        ),
        (
            "ReflectionPad1d",
            json!({"padding": 4}),
            &[1, 2, 4],
            "axis 2: expected reflection padding of at most 3 for a size of 4, got 4",
        ),
        (
            "BatchNorm2d",
            json!({"num_features": 3}),
            &[1, 4, 5, 5],
            "expected 3 channels (axis 1), got 4 (input 1×4×5×5)",
        ),
        (
            "BatchNorm2d",
            json!({"num_features": 3}),
            &[3, 5, 5],
            "expected 4 axes, got 3 (3×5×5)",
        ),
        (
            "LayerNorm",
            json!({"normalized_shape": [5, 6]}),
            &[2, 6, 5],
            "expected last axes of 5×6, got the input 2×6×5",
        ),
        (
            "PixelShuffle",
            json!({"upscale_factor": 2}),
            &[1, 6, 2, 2],
            "expected channels (axis 1) divisible by 2² = 4, got 6",
        ),
        (
            "GRU",
            json!({"input_size": 5, "hidden_size": 4}),
            &[7, 3, 4],
            "expected a last axis of 5, got 4 (input 7×3×4)",
        ),
        (
            "Flatten",
            json!({"start_dim": 3}),
            &[2, 3, 4],
            "there is no axis 3: the input has 3 axes",
        ),
    ];
    for (class, arguments, input, expected) in cases {
        let error =
            of_layer(&layer(class, &arguments)?, &[shape(input)]).map_err(|error| error.message);
        assert_eq!(error, Err(expected.to_owned()), "{class} {arguments}");
    }
    Ok(())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn operations_give_pytorchs_shapes() {
    let cases: Vec<OperationCase> = vec![
        (
            Operation::Binary(Binary::Add),
            &[&[2, 1, 4], &[3, 1]],
            &[&[2, 3, 4]],
        ),
        (
            Operation::Cat { dim: -1 },
            &[&[2, 3], &[2, 4], &[0]],
            &[&[2, 7]],
        ),
        (
            Operation::Stack { dim: -1 },
            &[&[2, 3], &[2, 3]],
            &[&[2, 3, 2]],
        ),
        (
            Operation::MatMul,
            &[&[7, 1, 2, 3], &[5, 3, 4]],
            &[&[7, 5, 2, 4]],
        ),
        (Operation::MatMul, &[&[3], &[5, 3, 4]], &[&[5, 4]]),
        (Operation::MatMul, &[&[3], &[3]], &[&[]]),
        (
            Operation::Reduce {
                kind: Reduction::Mean,
                dims: vec![-1, 1],
                keepdim: false,
            },
            &[&[2, 3, 4, 5]],
            &[&[2, 4]],
        ),
        (
            Operation::Reduce {
                kind: Reduction::Sum,
                dims: vec![],
                keepdim: true,
            },
            &[&[2, 3]],
            &[&[1, 1]],
        ),
        (
            Operation::DotProductAttention { causal: true },
            &[&[2, 4, 5, 8], &[2, 4, 6, 8], &[2, 4, 6, 3]],
            &[&[2, 4, 5, 3]],
        ),
        (
            Operation::Reshape { sizes: vec![2, -1] },
            &[&[3, 4]],
            &[&[2, 6]],
        ),
        (
            Operation::Permute {
                dims: vec![0, -1, 1],
            },
            &[&[2, 3, 4]],
            &[&[2, 4, 3]],
        ),
        (Operation::Squeeze { dims: vec![] }, &[&[1, 3, 1]], &[&[3]]),
        (
            Operation::Squeeze { dims: vec![1] },
            &[&[1, 3, 1]],
            &[&[1, 3, 1]],
        ),
        (Operation::Unsqueeze { dim: -1 }, &[&[2, 3]], &[&[2, 3, 1]]),
        (
            Operation::Split {
                pieces: Pieces::Count(4),
                dim: 0,
            },
            &[&[6, 2]],
            &[&[2, 2], &[2, 2], &[2, 2]],
        ),
        (
            Operation::Split {
                pieces: Pieces::Each(4),
                dim: 0,
            },
            &[&[6, 2]],
            &[&[4, 2], &[2, 2]],
        ),
        (
            Operation::Split {
                pieces: Pieces::Unbind,
                dim: 1,
            },
            &[&[6, 2]],
            &[&[6], &[6]],
        ),
        (
            Operation::Select { dim: 1, index: -2 },
            &[&[6, 2, 3]],
            &[&[6, 3]],
        ),
        (
            Operation::Slice {
                dim: 0,
                start: Some(-4),
                stop: Some(99),
                step: 3,
            },
            &[&[10]],
            &[&[2]],
        ),
        (
            Operation::Slice {
                dim: 0,
                start: Some(8),
                stop: Some(-5),
                step: 1,
            },
            &[&[10]],
            &[&[0]],
        ),
        (
            Operation::Expand {
                sizes: vec![4, -1, 5],
            },
            &[&[3, 1]],
            &[&[4, 3, 5]],
        ),
        (Operation::Repeat { times: vec![4, 2] }, &[&[3]], &[&[4, 6]]),
    ];
    for (operation, inputs, expected) in cases {
        let inputs: Vec<Shape> = inputs.iter().map(|dims| shape(dims)).collect();
        let expected: Vec<Shape> = expected.iter().map(|dims| shape(dims)).collect();
        assert_eq!(
            of_operation(&operation, &inputs),
            Ok(expected),
            "{operation:?}"
        );
    }
}

#[test]
fn operations_refuse_what_does_not_fit() {
    let cases: Vec<(Operation, &[&[usize]], &str)> = vec![
        (
            Operation::Binary(Binary::Mul),
            &[&[2, 3], &[2, 4]],
            "expected sizes that are equal or 1 at axis 1, got 3 and 4 (2×3 and 2×4)",
        ),
        (
            Operation::Cat { dim: 1 },
            &[&[1, 2, 8], &[1, 3, 9]],
            "expected inputs that are alike but for axis 1, got 1×2×8 and 1×3×9",
        ),
        (
            Operation::MatMul,
            &[&[2, 3], &[4, 5]],
            "expected the last axis of the first to be the last but one of the second, got 3 and 4 (2×3 and 4×5)",
        ),
        (
            Operation::Reshape { sizes: vec![5, -1] },
            &[&[3, 4]],
            "expected sizes whose product is 12, got 5×-1",
        ),
        (
            Operation::Select { dim: 0, index: 3 },
            &[&[3]],
            "expected a position within the 3 of axis 0, got 3",
        ),
        (
            Operation::Split {
                pieces: Pieces::Each(1),
                dim: 0,
            },
            &[&[1 << 40]],
            "expected at most 65536 pieces, got 1099511627776",
        ),
        (
            Operation::Repeat {
                times: vec![usize::MAX, 3],
            },
            &[&[3, 3]],
            "the output would be larger than any machine can hold",
        ),
    ];
    for (operation, inputs, expected) in cases {
        let inputs: Vec<Shape> = inputs.iter().map(|dims| shape(dims)).collect();
        let error = of_operation(&operation, &inputs).map_err(|ShapeError { message, .. }| message);
        assert_eq!(error, Err(expected.to_owned()), "{operation:?}");
    }
}

#[test]
fn a_models_fault_names_the_layer_and_points_at_its_line() -> Result<(), Box<dyn std::error::Error>>
{
    let mut model = Model::new("net");
    model.sources.push(Source {
        name: "net.py".to_owned(),
        text: "nn.Linear(512, 10)".to_owned(),
    });
    let span = Span {
        source: 0,
        line: 1,
        column: 1,
        length: 18,
    };
    let input = model.push(Node {
        name: "x".to_owned(),
        work: Work::Input(Some(shape(&[1, 512, 2, 2]))),
        inputs: Vec::new(),
        span: None,
    });
    let module = model.add_module(Module {
        paths: vec!["classifier.0".to_owned()],
        layer: layer("Linear", &json!({"in_features": 2048, "out_features": 10}))?,
        weights: Weights::Own,
        frozen: Vec::new(),
        span: Some(span),
    });
    model.push(Node {
        name: "classifier.0".to_owned(),
        work: Work::Call(module),
        inputs: vec![input],
        span: Some(span),
    });
    let Err(fault) = of_model(&model) else {
        return Err("accepted".into());
    };
    assert_eq!(
        fault.message,
        "layer `classifier.0` (Linear): expected a last axis of 2048, got 2 (input 1×512×2×2)"
    );
    assert_eq!(fault.place.map(|place| place.span), Some(span));
    assert_eq!(
        fault.help,
        ["a Flatten before it would fit: the axes after the batch hold that many features"]
    );
    Ok(())
}
