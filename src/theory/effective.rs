//! Where a unit's gradient is expected to lie: one number a position, handed back layer by layer.
//!
//! With independent weights of mean 0 the gradients at two positions of a layer are uncorrelated, so that the expected
//! squares add up: a tap hands the same share of them to each position of its window. With equal positive weights the
//! gradients themselves add up in the same way. Either way a stack of n kernels is a sum of n uniform steps, whose variances
//! add: (k²−1)/12 each, times the square of the jump (Luo and others, *Understanding the effective receptive field in deep
//! convolutional neural networks*, 2016).

use crate::model::layer::{Activation, PoolKind};
use crate::model::operation::Binary;
use crate::model::{Layer, Model, NodeId, Operation, Port, Shape, Window, Work};

/// What is handed back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// Expected squares, for weights of mean 0 and variance 2/fan-in.
    Squares,
    /// The gradient itself, for weights that are all 1/fan-in and inputs that no ReLU cuts off.
    Sums,
}

/// The expected share at each position of the input, row by row; they add up to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// Positions along both axes; the first is 1 where the input has one.
    pub dims: [usize; 2],
    /// The shares.
    pub shares: Vec<f64>,
}

/// The expected shares for the unit at `unit` of a node; `axes` (1 or 2) is how many axes carry positions. `None` where a
/// layer on the way hands its gradient back by no simple rule.
pub fn expected<'a>(
    model: &Model,
    axes: usize,
    node: NodeId,
    shape: impl Fn(Port) -> &'a Shape,
    unit: [usize; 2],
    carried: Carried,
) -> Option<Expected> {
    let form = |node: NodeId| dims_of(shape(Port { node, output: 0 }), axes);
    let mut maps: Vec<Option<Vec<f64>>> = vec![None; node.0 + 1];
    let (_, dims) = form(node)?;
    let mut own = vec![0.0; dims[0] * dims[1]];
    *own.get_mut(unit[0] * dims[1] + unit[1])? = 1.0;
    maps[node.0] = Some(own);
    let mut input = None;
    for id in (0..=node.0).rev().map(NodeId) {
        let Some(map) = maps[id.0].take() else {
            continue;
        };
        let reads = &model.node(id).inputs;
        let (channels, dims) = form(id)?;
        if matches!(model.node(id).work, Work::Input(_)) {
            input = Some((dims, map));
            continue;
        }
        for port in reads {
            let (read_channels, read_dims) = form(port.node)?;
            let back = handed_back(model, id, axes, (&map, dims), read_dims, carried)?;
            // A join hands each part what belongs to its channels.
            let part = match &model.node(id).work {
                Work::Operation(Operation::Cat { .. }) => real(read_channels) / real(channels),
                _ => 1.0,
            };
            let slot = maps[port.node.0].get_or_insert_with(|| vec![0.0; back.len()]);
            for (sum, more) in slot.iter_mut().zip(back) {
                *sum += part * more;
            }
        }
    }
    let (dims, map) = input?;
    let total: f64 = map.iter().sum();
    Some(Expected {
        dims,
        shares: map.into_iter().map(|share| share / total).collect(),
    })
}

/// The variance along one axis that a chain of windows gives a gradient, borders aside: Σ (jump·dilation)²·(k²−1)/12.
pub fn variance_of_chain(windows: impl Iterator<Item = Window>) -> f64 {
    let mut jump = 1.0;
    let mut sum = 0.0;
    for window in windows {
        let step = jump * real(window.dilation);
        sum += step * step * (real(window.kernel).powi(2) - 1.0) / 12.0;
        jump *= real(window.stride);
    }
    sum
}

/// What a node hands back to one that it reads.
fn handed_back(
    model: &Model,
    id: NodeId,
    axes: usize,
    (map, dims): (&[f64], [usize; 2]),
    below: [usize; 2],
    carried: Carried,
) -> Option<Vec<f64>> {
    let scaled = |by: f64| Some(map.iter().map(|share| share * by).collect());
    let layer = match &model.node(id).work {
        Work::Call(module) => &model.modules[module.0].layer,
        Work::Operation(Operation::Binary(Binary::Add) | Operation::Cat { .. }) => {
            return scaled(1.0);
        }
        Work::Operation(Operation::Elementwise { name }) if name == "relu" => {
            return scaled(slope(&Activation::Relu, carried));
        }
        _ => return None,
    };
    match layer {
        Layer::Conv(conv) => {
            let windows = two(&conv.windows, axes)?;
            let taps = real(windows[0].kernel * windows[1].kernel);
            let each = match carried {
                Carried::Squares => 2.0 / taps,
                Carried::Sums => 1.0 / taps,
            };
            Some(spread((map, dims), below, windows, |_| each))
        }
        Layer::Pool(pool) => {
            let windows = two(&pool.windows, axes)?;
            let full = real(windows[0].kernel * windows[1].kernel);
            let each = move |inside: usize| match (pool.kind, carried) {
                (
                    PoolKind::Average {
                        count_include_pad,
                        divisor,
                    },
                    _,
                ) => {
                    let divisor = divisor.map_or(
                        if count_include_pad {
                            full
                        } else {
                            real(inside)
                        },
                        real,
                    );
                    match carried {
                        Carried::Squares => divisor.powi(-2),
                        Carried::Sums => divisor.recip(),
                    }
                }
                // Each position of the window is as likely to hold the maximum.
                _ => real(inside).recip(),
            };
            Some(spread((map, dims), below, windows, each))
        }
        Layer::Activation(activation) => scaled(slope(activation, carried)),
        Layer::BatchNorm { .. } | Layer::Dropout { .. } | Layer::Identity => scaled(1.0),
        _ => None,
    }
}

/// What an activation lets through of a square, where half of the numbers are positive. Of those without a kink it only scales the
/// whole, which the shares do not see in a chain.
fn slope(activation: &Activation, carried: Carried) -> f64 {
    let bent = |below: f64| f64::midpoint(1.0, below * below);
    match (carried, activation) {
        (Carried::Squares, Activation::Relu | Activation::Relu6) => bent(0.0),
        (Carried::Squares, Activation::LeakyRelu { negative_slope }) => bent(*negative_slope),
        (Carried::Squares, Activation::PRelu { .. }) => bent(0.25),
        _ => 1.0,
    }
}

/// Every output hands the same to each position of the input that its window reads; `each` is told how many those are.
fn spread(
    (map, dims): (&[f64], [usize; 2]),
    below: [usize; 2],
    windows: [Window; 2],
    each: impl Fn(usize) -> f64,
) -> Vec<f64> {
    let mut sums = vec![0.0; below[0] * below[1]];
    for (place, share) in map.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let rows: Vec<usize> = read(windows[0], place / dims[1], below[0]).collect();
        let columns: Vec<usize> = read(windows[1], place % dims[1], below[1]).collect();
        let given = share * each(rows.len() * columns.len());
        for row in &rows {
            for column in &columns {
                sums[row * below[1] + column] += given;
            }
        }
    }
    sums
}

/// The positions of an input of this length that an output reads.
fn read(window: Window, output: usize, length: usize) -> impl Iterator<Item = usize> {
    (0..window.kernel)
        .filter_map(move |tap| {
            (output * window.stride + tap * window.dilation).checked_sub(window.before)
        })
        .filter(move |place| *place < length)
}

fn two(windows: &[Window], axes: usize) -> Option<[Window; 2]> {
    match (windows, axes) {
        ([only], 1) => Some([Window::new(1), *only]),
        ([first, second], 2) => Some([*first, *second]),
        _ => None,
    }
}

/// Channels and positions of a tensor.
fn dims_of(shape: &Shape, axes: usize) -> Option<(usize, [usize; 2])> {
    let dims = shape.dims();
    let places = dims.len().checked_sub(axes)?;
    let channels = *dims.get(places.checked_sub(1)?)?;
    Some((
        channels,
        match dims[places..] {
            [only] => [1, only],
            [first, second] => [first, second],
            _ => return None,
        },
    ))
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2⁵³")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::build::sequential;
    use crate::theory::shape;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn of(
        layers: &[(&str, serde_json::Value)],
        input: &[usize],
        unit: [usize; 2],
        carried: Carried,
    ) -> Result<Expected, Box<dyn std::error::Error>> {
        let model = sequential(Some(input), layers)?;
        let shapes = shape::of_model(&model)?;
        let shape = |port: Port| shapes.at(port);
        let node = model.outputs[0].node;
        Ok(expected(&model, 2, node, shape, unit, carried).ok_or("expected")?)
    }

    fn variance(expected: &Expected) -> f64 {
        let place = |at: usize| real(at % expected.dims[1]);
        let moment = |power: i32| -> f64 {
            let shares = expected.shares.iter().enumerate();
            shares
                .map(|(at, share)| share * place(at).powi(power))
                .sum()
        };
        moment(2) - moment(1).powi(2)
    }

    #[test]
    fn a_chain_s_variances_add_up() -> Outcome {
        let layers = [
            (
                "Conv2d",
                json!({"in_channels": 1, "out_channels": 1, "kernel_size": 3, "padding": 1}),
            ),
            ("ReLU", json!({})),
            ("MaxPool2d", json!({"kernel_size": 2})),
            (
                "Conv2d",
                json!({"in_channels": 1, "out_channels": 1, "kernel_size": 5, "padding": 2, "dilation": 1, "stride": 2}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 1, "out_channels": 1, "kernel_size": 3, "padding": 2, "dilation": 2}),
            ),
        ];
        let windows =
            [(3, 1, 1), (2, 2, 1), (5, 2, 1), (3, 1, 2)].map(|(kernel, stride, dilation)| Window {
                stride,
                dilation,
                ..Window::new(kernel)
            });
        let law = variance_of_chain(windows.into_iter());
        // 8/12 + 3/12 + 4·24/12 + 16·4·8/12.
        assert!(
            (law - (0.666_666_666_666_666_6 + 0.25 + 8.0 + 42.666_666_666_666_664)).abs() < 1e-12
        );
        for carried in [Carried::Squares, Carried::Sums] {
            let found = of(&layers, &[1, 1, 64, 64], [8, 8], carried)?;
            assert!(
                (variance(&found) - law).abs() < 1e-9,
                "{carried:?}: {}",
                variance(&found)
            );
            assert!((found.shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        Ok(())
    }

    #[test]
    fn the_border_cuts_off() -> Outcome {
        let layers = [(
            "Conv2d",
            json!({"in_channels": 1, "out_channels": 1, "kernel_size": 3, "padding": 1}),
        )];
        let corner = of(&layers, &[1, 1, 5, 5], [0, 0], Carried::Squares)?;
        let seen = corner.shares.iter().filter(|share| **share > 0.0).count();
        assert_eq!(seen, 4);
        Ok(())
    }
}
