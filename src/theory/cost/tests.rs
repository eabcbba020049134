//! Figures of common counters and sums by hand.

use serde_json::{Value, json};

use super::{Cost, of_nodes, totals};
use crate::model::catalog::build;
use crate::model::{Model, Module, Node, NodeId, Shape, Weights, Work};
use crate::theory::shape::of_model;

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// The cost of one layer called with tensors of these shapes.
fn cost(
    class: &str,
    arguments: &Value,
    inputs: &[&[usize]],
) -> Result<Cost, Box<dyn std::error::Error>> {
    let mut model = Model::new(class);
    for (index, dims) in inputs.iter().enumerate() {
        model.push(Node {
            name: format!("x{index}"),
            work: Work::Input(Some(Shape(dims.to_vec()))),
            inputs: Vec::new(),
            span: None,
        });
    }
    let module = model.add_module(Module {
        paths: vec!["0".to_owned()],
        layer: build(class, arguments.as_object().ok_or("an object")?)?,
        weights: Weights::Own,
        frozen: Vec::new(),
        span: None,
    });
    model.push(Node {
        name: "0".to_owned(),
        work: Work::Call(module),
        inputs: (0..inputs.len())
            .map(|index| NodeId(index).port())
            .collect(),
        span: None,
    });
    let costs = of_nodes(&model, &of_model(&model)?).ok_or("countable")?;
    Ok(*costs.last().ok_or("a node")?)
}

#[test]
fn products_are_counted_as_sums_by_hand() -> TestResult {
    let cases: Vec<(&str, Value, &[&[usize]], u128)> = vec![
        (
            "Conv2d",
            json!({"in_channels": 8, "out_channels": 16, "kernel_size": 3, "groups": 2, "stride": 2}),
            &[&[1, 8, 31, 31]],
            16 * 225 * 9 * 4,
        ),
        (
            "ConvTranspose2d",
            json!({"in_channels": 1, "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}),
            &[&[1, 1, 15, 15]],
            4050,
        ),
        (
            "Linear",
            json!({"in_features": 4, "out_features": 6}),
            &[&[2, 3, 4]],
            6 * 4 * 6,
        ),
        (
            "Bilinear",
            json!({"in1_features": 4, "in2_features": 3, "out_features": 2}),
            &[&[7, 4], &[7, 3]],
            7 * 2 * (4 * 3 + 4),
        ),
        (
            "LSTM",
            json!({"input_size": 5, "hidden_size": 4}),
            &[&[7, 3, 5]],
            21 * (16 * 5 + 16 * 4),
        ),
        (
            "MultiheadAttention",
            json!({"embed_dim": 8, "num_heads": 2}),
            &[&[5, 2, 8], &[6, 2, 8], &[6, 2, 8]],
            2 * 10 * 64 + 2 * 12 * 64 + 2 * (2 * 5 * 6 * 8),
        ),
        (
            "TransformerEncoderLayer",
            json!({"d_model": 8, "nhead": 2, "dim_feedforward": 16}),
            &[&[5, 2, 8]],
            4 * 10 * 64 + 2 * (2 * 25 * 8) + 2 * 10 * 8 * 16,
        ),
    ];
    for (class, arguments, inputs, expected) in cases {
        let cost = cost(class, &arguments, inputs)?;
        assert_eq!(cost.multiply_adds, Some(expected), "{class} {arguments}");
        assert_eq!(cost.flops, Some(2 * expected), "{class} {arguments}");
    }
    Ok(())
}

#[test]
fn work_that_is_not_counted_is_not_called_zero() -> TestResult {
    let relu = cost("ReLU", &json!({}), &[&[2, 3]])?;
    assert_eq!(
        (relu.multiply_adds, relu.flops, relu.bytes),
        (Some(0), None, 24)
    );
    let flatten = cost("Flatten", &json!({}), &[&[2, 3, 4]])?;
    assert_eq!(
        (flatten.multiply_adds, flatten.flops, flatten.bytes),
        (Some(0), Some(0), 0)
    );
    Ok(())
}

#[test]
fn an_embeddings_memory_is_told_without_allocating_it() -> TestResult {
    let arguments = json!({"num_embeddings": 42, "embedding_dim": 42000});
    let embedding = cost("Embedding", &arguments, &[&[5, 6, 7, 8]])?;
    assert_eq!(embedding.bytes, 282_240_000);
    Ok(())
}

#[test]
fn what_is_unknown_makes_the_sum_a_lower_bound() -> Result<(), &'static str> {
    let known = Cost {
        multiply_adds: Some(5),
        flops: Some(10),
        bytes: 4,
    };
    let unknown = Cost {
        multiply_adds: None,
        flops: None,
        bytes: 4,
    };
    let sum = totals(&[known, unknown]).ok_or("countable")?;
    assert_eq!((sum.multiply_adds, sum.bytes, sum.complete), (5, 8, false));
    Ok(())
}
