//! Small networks, and the law of stacked kernels.

use std::error::Error;

use serde_json::json;

use super::{Initial, Mass, Network, Plan, measure};
use crate::lab::{Device, forward};
use crate::model::build::{Builder, sequential};
use crate::model::operation::Binary;
use crate::model::{Model, Operation, Port, Shape};

type Outcome = Result<(), Box<dyn Error>>;

/// The network up to its output; the shapes are those that a forward pass has.
pub(super) fn network(
    model: &Model,
    input: &[usize],
    axes: usize,
) -> Result<Network, Box<dyn Error>> {
    let inputs = [Shape::from(input)];
    let shapes: Vec<Vec<Shape>> = forward::measure(model, &inputs, model.nodes.len(), 1)?;
    let shape = |port: Port| &shapes[port.node.0][port.output];
    Ok(Network::new(model, axes, model.outputs[0].node, shape)?)
}

/// Convolutions with strides, dilation, groups and padding, and both pools.
pub(super) fn chain() -> Result<Network, Box<dyn Error>> {
    let layers = [
        (
            "Conv2d",
            json!({"in_channels": 2, "out_channels": 6, "kernel_size": [3, 2], "padding": [1, 0], "stride": [1, 2]}),
        ),
        ("ReLU", json!({})),
        (
            "MaxPool2d",
            json!({"kernel_size": 3, "stride": 2, "padding": 1}),
        ),
        (
            "Conv2d",
            json!({"in_channels": 6, "out_channels": 4, "kernel_size": 3, "padding": 2, "dilation": 2, "groups": 2}),
        ),
        ("BatchNorm2d", json!({"num_features": 4})),
        ("Tanh", json!({})),
        (
            "AvgPool2d",
            json!({"kernel_size": 2, "stride": 1, "padding": 1}),
        ),
        (
            "Conv2d",
            json!({"in_channels": 4, "out_channels": 4, "kernel_size": 1}),
        ),
    ];
    network(
        &sequential(Some(&[1, 2, 11, 14]), &layers)?,
        &[1, 2, 11, 14],
        2,
    )
}

/// A sum and a join.
pub(super) fn branches() -> Result<Network, Box<dyn Error>> {
    let mut model = Builder::new("branches");
    let x = model.input(Some(&[1, 3, 7, 8]));
    let conv = json!({"in_channels": 3, "out_channels": 3, "kernel_size": 3, "padding": 1});
    let first = model.module("Conv2d", conv)?;
    let bent = model.module("LeakyReLU", json!({"negative_slope": 0.2}))?;
    let one = model.call(first, &[x]);
    let one = model.call(bent, &[one]);
    let two = model.call(first, &[one]);
    let sum = model.operation(Operation::Binary(Binary::Add), &[x, two]);
    let joined = model.operation(Operation::Cat { dim: 1 }, &[sum, one]);
    let last = json!({"in_channels": 6, "out_channels": 2, "kernel_size": 3, "stride": 2});
    let last = model.module("Conv2d", last)?;
    let end = model.call(last, &[joined]);
    network(&model.finish(&[end]), &[1, 3, 7, 8], 2)
}

/// Stacked 3×3 convolutions with ReLUs between them.
pub(super) fn stacked(
    layers: usize,
    size: usize,
    channels: usize,
) -> Result<Network, Box<dyn Error>> {
    let conv =
        json!({"in_channels": channels, "out_channels": channels, "kernel_size": 3, "padding": 1});
    let each = [("Conv2d", conv), ("ReLU", json!({}))];
    let layers: Vec<_> = each.iter().cloned().cycle().take(2 * layers).collect();
    let input = [1, channels, size, size];
    network(&sequential(Some(&input), &layers)?, &input, 2)
}

fn measured(
    network: &Network,
    unit: [usize; 2],
    inputs: usize,
    initial: Initial,
    threads: usize,
) -> Result<Mass, Box<dyn Error>> {
    let plan = Plan {
        inputs,
        each: 4,
        initial,
        seed: 0,
    };
    Ok(measure(
        network,
        unit,
        plan,
        (&Device::default(), threads),
        &|_| {},
    )?)
}

/// The standard deviation along the second axis.
fn deviation(mass: &Mass) -> f64 {
    let columns = mass.dims[1];
    let place = |at: usize| f64::from(u32::try_from(at % columns).unwrap_or(0));
    let mean: f64 = mass
        .shares
        .iter()
        .enumerate()
        .map(|(at, share)| share * place(at))
        .sum();
    let square = |(at, share): (usize, &f64)| share * (place(at) - mean).powi(2);
    mass.shares
        .iter()
        .enumerate()
        .map(square)
        .sum::<f64>()
        .sqrt()
}

/// √(n(k²−1)/12): n uniform steps of variance (k²−1)/12 each (Luo and others, 2016).
#[test]
fn equal_kernels_spread_as_the_root_of_their_number() -> Outcome {
    for layers in [1_u32, 5, 10, 20] {
        let n = usize::try_from(layers)?;
        let size = 2 * n + 1;
        let mass = measured(&stacked(n, size, 2)?, [n, n], 2, Initial::Ones, 2)?;
        let law = (f64::from(layers) * 8.0 / 12.0).sqrt();
        let found = deviation(&mass);
        assert!(
            (found / law - 1.0).abs() < 1e-5,
            "{layers}: {found} for {law}"
        );
        assert!(mass.moments.iter().all(Option::is_some));
    }
    Ok(())
}

#[test]
fn random_weights_spread_their_squares_alike() -> Outcome {
    let mass = measured(&stacked(6, 13, 2)?, [6, 6], 200, Initial::Random, 2)?;
    let law = (6.0_f64 * 8.0 / 12.0).sqrt();
    assert!(
        (deviation(&mass) / law - 1.0).abs() < 0.1,
        "{}",
        deviation(&mass)
    );
    assert!((mass.shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    Ok(())
}

#[test]
fn any_number_of_threads_gives_the_same_bits() -> Outcome {
    let network = chain()?;
    let one = measured(&network, [1, 1], 21, Initial::Random, 1)?;
    assert_eq!(one, measured(&network, [1, 1], 21, Initial::Random, 2)?);
    assert_eq!(one, measured(&network, [1, 1], 21, Initial::Random, 5)?);
    Ok(())
}

#[test]
fn what_is_not_carried_out_is_named() -> Outcome {
    let layers = [
        (
            "Conv2d",
            json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3}),
        ),
        ("Flatten", json!({})),
    ];
    let input = [1, 2, 5, 5];
    let error = network(&sequential(Some(&input), &layers)?, &input, 2).expect_err("a flatten");
    assert!(error.to_string().contains("Flatten"), "{error}");
    Ok(())
}
