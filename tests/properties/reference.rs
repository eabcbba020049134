//! Receptive fields of nets whose figures were computed by another implementation: by formula and by measurement.

use gradus::lab::support::{Limit, measure};
use gradus::model::build::sequential;
use gradus::model::{Model, NodeId};
use gradus::theory::field::{self, AxisField};
use num_rational::Ratio;
use serde_json::{Value, json};

/// A net and what is known about it.
struct Net {
    input: &'static [usize],
    layers: Vec<(&'static str, Value)>,
    /// Per layer: size, jump and start, one an axis; empty where they differ by position.
    layer: Vec<(&'static [u128], &'static [i128], &'static [i128])>,
    /// Some units.
    units: Vec<Unit>,
}

/// Position, first and last position seen an axis, how many positions in all.
type Unit = (&'static [usize], &'static [(u128, u128)], u128);

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn memory() -> Limit {
    Limit::of_bytes(1 << 30)
}

fn last(model: &Model) -> NodeId {
    NodeId(model.nodes.len() - 1)
}

/// Holds both witnesses against the known figures.
fn check(net: &Net) -> Outcome {
    let model = sequential(Some(net.input), &net.layers)?;
    let unsized_model = sequential(None, &net.layers)?;
    for model in [&model, &unsized_model] {
        let fields = field::of_model(model)?;
        for (at, (size, jump, start)) in net.layer.iter().enumerate() {
            for axis in 0..size.len() {
                let Some(AxisField::Regular(found)) = fields.at(NodeId(at + 1), axis) else {
                    return Err(format!("layer {at} is not regular").into());
                };
                assert_eq!(found.size, size[axis], "size of layer {at}");
                assert_eq!(
                    found.jump,
                    Ratio::from_integer(jump[axis]),
                    "jump of layer {at}"
                );
                assert_eq!(found.start, start[axis], "start of layer {at}");
            }
        }
    }
    for (position, boxes, count) in &net.units {
        let theory = field::unit(&model, last(&model), position)?.inputs;
        let lab = measure(&model, last(&model), position, memory())?;
        assert_eq!(theory, lab, "unit {position:?}");
        let seen = &theory[0].seen;
        let found: Vec<(u128, u128)> = seen.axes.iter().map(|a| (a.first, a.last)).collect();
        assert_eq!(&found[..], *boxes, "unit {position:?}");
        assert_eq!(seen.count, Some(*count), "unit {position:?}");
    }
    Ok(())
}

fn sheet_1024() -> Net {
    Net {
        input: &[1, 3, 1024, 1024],
        layers: vec![
            (
                "Conv2d",
                json!({"in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding": 1}),
            ),
            ("MaxPool2d", json!({"kernel_size": 2})),
            (
                "Conv2d",
                json!({"in_channels": 4, "out_channels": 16, "kernel_size": 5, "stride": 2, "padding": 2}),
            ),
            ("MaxPool2d", json!({"kernel_size": 2})),
            (
                "Conv2d",
                json!({"in_channels": 16, "out_channels": 32, "kernel_size": 7, "padding": 3, "dilation": 2}),
            ),
        ],
        layer: vec![
            (&[3, 3], &[1, 1], &[-1, -1]),
            (&[4, 4], &[2, 2], &[-1, -1]),
            (&[12, 12], &[4, 4], &[-5, -5]),
            (&[16, 16], &[8, 8], &[-5, -5]),
            (&[112, 112], &[8, 8], &[-29, -29]),
        ],
        units: vec![
            (&[61, 61], &[(459, 570), (459, 570)], 12544),
            (&[0, 0], &[(3, 82), (3, 82)], 6400),
            (&[121, 121], &[(939, 1018), (939, 1018)], 6400),
        ],
    }
}

fn sheet_224() -> Net {
    Net {
        input: &[1, 3, 224, 224],
        layers: vec![
            (
                "Conv2d",
                json!({"in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding": 1}),
            ),
            ("MaxPool2d", json!({"kernel_size": 2})),
            (
                "Conv2d",
                json!({"in_channels": 4, "out_channels": 16, "kernel_size": 5, "stride": 2, "padding": 2}),
            ),
            ("MaxPool2d", json!({"kernel_size": 2})),
            (
                "Conv2d",
                json!({"in_channels": 16, "out_channels": 32, "kernel_size": 7, "padding": 3, "dilation": 2}),
            ),
        ],
        layer: vec![
            (&[3, 3], &[1, 1], &[-1, -1]),
            (&[4, 4], &[2, 2], &[-1, -1]),
            (&[12, 12], &[4, 4], &[-5, -5]),
            (&[16, 16], &[8, 8], &[-5, -5]),
            (&[112, 112], &[8, 8], &[-29, -29]),
        ],
        units: vec![
            (&[11, 11], &[(59, 170), (59, 170)], 12544),
            (&[0, 0], &[(3, 82), (3, 82)], 6400),
            (&[21, 21], &[(139, 218), (139, 218)], 6400),
        ],
    }
}

fn alexnet_features() -> Net {
    Net {
        input: &[1, 3, 224, 224],
        layers: vec![
            (
                "Conv2d",
                json!({"in_channels": 3, "out_channels": 8, "kernel_size": 11, "stride": 4, "padding": 2}),
            ),
            ("MaxPool2d", json!({"kernel_size": 3, "stride": 2})),
            (
                "Conv2d",
                json!({"in_channels": 8, "out_channels": 8, "kernel_size": 5, "padding": 2}),
            ),
            ("MaxPool2d", json!({"kernel_size": 3, "stride": 2})),
            (
                "Conv2d",
                json!({"in_channels": 8, "out_channels": 8, "kernel_size": 3, "padding": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 8, "out_channels": 8, "kernel_size": 3, "padding": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 8, "out_channels": 8, "kernel_size": 3, "padding": 1}),
            ),
            ("MaxPool2d", json!({"kernel_size": 3, "stride": 2})),
        ],
        layer: vec![
            (&[11, 11], &[4, 4], &[-2, -2]),
            (&[19, 19], &[8, 8], &[-2, -2]),
            (&[51, 51], &[8, 8], &[-18, -18]),
            (&[67, 67], &[16, 16], &[-18, -18]),
            (&[99, 99], &[16, 16], &[-34, -34]),
            (&[131, 131], &[16, 16], &[-50, -50]),
            (&[163, 163], &[16, 16], &[-66, -66]),
            (&[195, 195], &[32, 32], &[-66, -66]),
        ],
        units: vec![
            (&[3, 3], &[(30, 223), (30, 223)], 37636),
            (&[0, 0], &[(0, 128), (0, 128)], 16641),
            (&[5, 5], &[(94, 223), (94, 223)], 16900),
        ],
    }
}

fn vgg16_features() -> Net {
    Net {
        input: &[1, 3, 256, 256],
        layers: vec![
            (
                "Conv2d",
                json!({"in_channels": 3, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            ("MaxPool2d", json!({"kernel_size": 2})),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            ("MaxPool2d", json!({"kernel_size": 2})),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            ("MaxPool2d", json!({"kernel_size": 2})),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            ("MaxPool2d", json!({"kernel_size": 2})),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1}),
            ),
            ("MaxPool2d", json!({"kernel_size": 2})),
        ],
        layer: vec![
            (&[3, 3], &[1, 1], &[-1, -1]),
            (&[5, 5], &[1, 1], &[-2, -2]),
            (&[6, 6], &[2, 2], &[-2, -2]),
            (&[10, 10], &[2, 2], &[-4, -4]),
            (&[14, 14], &[2, 2], &[-6, -6]),
            (&[16, 16], &[4, 4], &[-6, -6]),
            (&[24, 24], &[4, 4], &[-10, -10]),
            (&[32, 32], &[4, 4], &[-14, -14]),
            (&[40, 40], &[4, 4], &[-18, -18]),
            (&[44, 44], &[8, 8], &[-18, -18]),
            (&[60, 60], &[8, 8], &[-26, -26]),
            (&[76, 76], &[8, 8], &[-34, -34]),
            (&[92, 92], &[8, 8], &[-42, -42]),
            (&[100, 100], &[16, 16], &[-42, -42]),
            (&[132, 132], &[16, 16], &[-58, -58]),
            (&[164, 164], &[16, 16], &[-74, -74]),
            (&[196, 196], &[16, 16], &[-90, -90]),
            (&[212, 212], &[32, 32], &[-90, -90]),
        ],
        units: vec![
            (&[4, 4], &[(38, 249), (38, 249)], 44944),
            (&[0, 0], &[(0, 121), (0, 121)], 14884),
            (&[7, 7], &[(134, 255), (134, 255)], 14884),
        ],
    }
}

fn wavenet_1d() -> Net {
    Net {
        input: &[1, 1, 2048],
        layers: vec![
            (
                "Conv1d",
                json!({"in_channels": 1, "out_channels": 4, "kernel_size": 2, "dilation": 1}),
            ),
            (
                "Conv1d",
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": 2, "dilation": 2}),
            ),
            (
                "Conv1d",
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": 2, "dilation": 4}),
            ),
            (
                "Conv1d",
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": 2, "dilation": 8}),
            ),
            (
                "Conv1d",
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": 2, "dilation": 16}),
            ),
            (
                "Conv1d",
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": 2, "dilation": 32}),
            ),
            (
                "Conv1d",
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": 2, "dilation": 64}),
            ),
            (
                "Conv1d",
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": 2, "dilation": 128}),
            ),
            (
                "Conv1d",
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": 2, "dilation": 256}),
            ),
            (
                "Conv1d",
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": 2, "dilation": 512}),
            ),
        ],
        layer: vec![
            (&[2], &[1], &[0]),
            (&[4], &[1], &[0]),
            (&[8], &[1], &[0]),
            (&[16], &[1], &[0]),
            (&[32], &[1], &[0]),
            (&[64], &[1], &[0]),
            (&[128], &[1], &[0]),
            (&[256], &[1], &[0]),
            (&[512], &[1], &[0]),
            (&[1024], &[1], &[0]),
        ],
        units: vec![
            (&[512], &[(512, 1535)], 1024),
            (&[0], &[(0, 1023)], 1024),
            (&[1024], &[(1024, 2047)], 1024),
        ],
    }
}

fn rectangular() -> Net {
    Net {
        input: &[1, 2, 64, 96],
        layers: vec![
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 4, "kernel_size": [3, 7], "stride": [1, 2], "padding": [0, 3], "dilation": [2, 1]}),
            ),
            (
                "MaxPool2d",
                json!({"kernel_size": [2, 3], "stride": [2, 1]}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 4, "out_channels": 4, "kernel_size": [5, 1], "stride": [1, 3], "padding": [1, 0]}),
            ),
        ],
        layer: vec![
            (&[5, 7], &[1, 2], &[0, -3]),
            (&[6, 11], &[2, 2], &[0, -3]),
            (&[14, 11], &[2, 6], &[-2, -3]),
        ],
        units: vec![
            (&[14, 8], &[(26, 39), (45, 55)], 154),
            (&[0, 0], &[(0, 11), (0, 7)], 96),
            (&[27, 15], &[(52, 63), (87, 95)], 108),
        ],
    }
}

fn ceil_mode() -> Net {
    Net {
        input: &[1, 1, 37, 50],
        layers: vec![
            (
                "MaxPool2d",
                json!({"kernel_size": 3, "stride": 2, "ceil_mode": true}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 1, "out_channels": 2, "kernel_size": 3}),
            ),
            (
                "MaxPool2d",
                json!({"kernel_size": 2, "stride": 3, "ceil_mode": true}),
            ),
            (
                "AvgPool2d",
                json!({"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": true}),
            ),
        ],
        layer: vec![
            (&[3, 3], &[2, 2], &[0, 0]),
            (&[7, 7], &[2, 2], &[0, 0]),
            (&[9, 9], &[6, 6], &[0, 0]),
            (&[21, 21], &[12, 12], &[-6, -6]),
        ],
        units: vec![
            (&[2, 2], &[(18, 36), (18, 38)], 399),
            (&[0, 0], &[(0, 14), (0, 14)], 225),
            (&[3, 4], &[(30, 36), (42, 49)], 56),
        ],
    }
}

fn grouped() -> Net {
    Net {
        input: &[1, 8, 33, 33],
        layers: vec![
            (
                "Conv2d",
                json!({"in_channels": 8, "out_channels": 8, "kernel_size": 3, "groups": 4}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 8, "out_channels": 16, "kernel_size": 3, "stride": 2, "groups": 2}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 16, "out_channels": 4, "kernel_size": 1}),
            ),
        ],
        layer: vec![
            (&[3, 3], &[1, 1], &[0, 0]),
            (&[5, 5], &[2, 2], &[0, 0]),
            (&[5, 5], &[2, 2], &[0, 0]),
        ],
        units: vec![
            (&[7, 7], &[(14, 18), (14, 18)], 25),
            (&[0, 0], &[(0, 4), (0, 4)], 25),
            (&[14, 14], &[(28, 32), (28, 32)], 25),
        ],
    }
}

fn depthwise_separable() -> Net {
    Net {
        input: &[1, 6, 40, 40],
        layers: vec![
            (
                "Conv2d",
                json!({"in_channels": 6, "out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1, "groups": 6}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 6, "out_channels": 12, "kernel_size": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 12, "out_channels": 12, "kernel_size": 5, "padding": 2, "groups": 12}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 12, "out_channels": 4, "kernel_size": 1}),
            ),
        ],
        layer: vec![
            (&[3, 3], &[2, 2], &[-1, -1]),
            (&[3, 3], &[2, 2], &[-1, -1]),
            (&[11, 11], &[2, 2], &[-5, -5]),
            (&[11, 11], &[2, 2], &[-5, -5]),
        ],
        units: vec![
            (&[10, 10], &[(15, 25), (15, 25)], 121),
            (&[0, 0], &[(0, 5), (0, 5)], 36),
            (&[19, 19], &[(33, 39), (33, 39)], 49),
        ],
    }
}

fn gridding_d2x3() -> Net {
    Net {
        input: &[1, 1, 31, 31],
        layers: vec![
            (
                "Conv2d",
                json!({"in_channels": 1, "out_channels": 2, "kernel_size": 3, "dilation": 2}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "dilation": 2}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "dilation": 2}),
            ),
        ],
        layer: vec![
            (&[5, 5], &[1, 1], &[0, 0]),
            (&[9, 9], &[1, 1], &[0, 0]),
            (&[13, 13], &[1, 1], &[0, 0]),
        ],
        units: vec![
            (&[9, 9], &[(9, 21), (9, 21)], 49),
            (&[0, 0], &[(0, 12), (0, 12)], 49),
            (&[18, 18], &[(18, 30), (18, 30)], 49),
        ],
    }
}

fn stride_gt_kernel() -> Net {
    Net {
        input: &[1, 1, 60, 60],
        layers: vec![
            (
                "Conv2d",
                json!({"in_channels": 1, "out_channels": 2, "kernel_size": 1, "stride": 2}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "stride": 4}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 2, "kernel_size": 2}),
            ),
        ],
        layer: vec![
            (&[1, 1], &[2, 2], &[0, 0]),
            (&[5, 5], &[8, 8], &[0, 0]),
            (&[13, 13], &[8, 8], &[0, 0]),
        ],
        units: vec![
            (&[3, 3], &[(24, 36), (24, 36)], 36),
            (&[0, 0], &[(0, 12), (0, 12)], 36),
            (&[5, 5], &[(40, 52), (40, 52)], 36),
        ],
    }
}

fn tconv_k3s2_op1() -> Net {
    Net {
        input: &[1, 1, 15, 15],
        layers: vec![
            (
                "ConvTranspose2d",
                json!({"in_channels": 1, "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}),
            ),
            (
                "Conv2d",
                json!({"in_channels": 2, "out_channels": 1, "kernel_size": 3, "padding": 1}),
            ),
        ],
        layer: vec![],
        units: vec![
            (&[15, 15], &[(7, 8), (7, 8)], 4),
            (&[16, 16], &[(7, 9), (7, 9)], 9),
            (&[17, 17], &[(8, 9), (8, 9)], 4),
            (&[18, 18], &[(8, 10), (8, 10)], 9),
            (&[0, 0], &[(0, 1), (0, 1)], 4),
        ],
    }
}
#[test]
fn sheet_1024_agrees() -> Outcome {
    check(&sheet_1024())
}

#[test]
fn sheet_224_agrees() -> Outcome {
    check(&sheet_224())
}

#[test]
fn alexnet_features_agrees() -> Outcome {
    check(&alexnet_features())
}

#[test]
fn vgg16_features_agrees() -> Outcome {
    check(&vgg16_features())
}

#[test]
fn wavenet_1d_agrees() -> Outcome {
    check(&wavenet_1d())
}

#[test]
fn rectangular_agrees() -> Outcome {
    check(&rectangular())
}

#[test]
fn ceil_mode_agrees() -> Outcome {
    check(&ceil_mode())
}

#[test]
fn grouped_agrees() -> Outcome {
    check(&grouped())
}

#[test]
fn depthwise_separable_agrees() -> Outcome {
    check(&depthwise_separable())
}

#[test]
fn gridding_d2x3_agrees() -> Outcome {
    check(&gridding_d2x3())
}

#[test]
fn stride_gt_kernel_agrees() -> Outcome {
    check(&stride_gt_kernel())
}

#[test]
fn tconv_k3s2_op1_agrees() -> Outcome {
    check(&tconv_k3s2_op1())
}

#[test]
fn dilations_leave_holes() -> Outcome {
    for (dilations, span, taps) in [([2, 4, 8], 29, 15), ([2, 2, 2], 13, 7)] {
        let layers = dilations.map(|d| {
            let arguments =
                json!({"in_channels": 1, "out_channels": 1, "kernel_size": 3, "dilation": d});
            ("Conv2d", arguments)
        });
        let model = sequential(Some(&[1, 1, 64, 64]), &layers)?;
        let fields = field::of_model(&model)?;
        for axis in 0..2 {
            let Some(AxisField::Regular(found)) = fields.at(NodeId(3), axis) else {
                return Err("not regular".into());
            };
            assert_eq!((found.size, found.taps), (span, Some(taps)));
        }
        let lab = measure(&model, NodeId(3), &[4, 5], memory())?;
        assert_eq!(field::unit(&model, NodeId(3), &[4, 5])?.inputs, lab);
        assert_eq!(lab[0].seen.count, Some(taps * taps));
        assert_eq!(lab[0].seen.axes[0].size(), span);
    }
    Ok(())
}
