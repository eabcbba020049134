//! Networks whose branches, reshapes and attention decide what is seen.

use gradus::lab::support::{Limit, Unmeasured, measure};
use gradus::model::build::{Builder, sequential};
use gradus::model::operation::{Binary, Reduction};
use gradus::model::{Model, NodeId, Operation, Port};
use gradus::theory::field::{self, AxisField, Blocked, Family, NodeField};
use num_rational::Ratio;
use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const ADD: Operation = Operation::Binary(Binary::Add);
const MUL: Operation = Operation::Binary(Binary::Mul);

fn conv(inputs: usize, outputs: usize, kernel: usize, stride: usize) -> Value {
    json!({"in_channels": inputs, "out_channels": outputs, "kernel_size": kernel, "stride": stride, "padding": kernel / 2})
}

/// The field of the last node along an axis.
fn last_field(model: &Model, axis: usize) -> Result<AxisField, Box<dyn std::error::Error>> {
    let fields = field::of_model(model)?;
    let last = NodeId(model.nodes.len() - 1);
    Ok(fields
        .at(last, axis)
        .ok_or("it depends on the input")?
        .clone())
}

fn size(model: &Model) -> Result<u128, Box<dyn std::error::Error>> {
    match last_field(model, 0)? {
        AxisField::Regular(regular) => Ok(regular.size),
        other => Err(format!("{other:?}").into()),
    }
}

/// Both witnesses at a unit.
fn count(model: &Model, unit: &[usize]) -> Result<u128, Box<dyn std::error::Error>> {
    let last = NodeId(model.nodes.len() - 1);
    let theory = field::unit(model, last, unit)?.inputs;
    let lab = measure(model, last, unit, Limit::of_bytes(1 << 30))?;
    assert_eq!(theory, lab);
    Ok(theory[0].seen.count.ok_or("counted")?)
}

/// ResNet-50's body: a stem, then bottlenecks with the stride in the 3×3 or in the first 1×1.
fn resnet50(
    shape: Option<&[usize]>,
    stride_in_first: bool,
) -> Result<Model, Box<dyn std::error::Error>> {
    let mut net = Builder::new("resnet50");
    let mut x = net.input(shape);
    x = net.layer("Conv2d", conv(3, 64, 7, 2), x)?;
    x = net.layer(
        "MaxPool2d",
        json!({"kernel_size": 3, "stride": 2, "padding": 1}),
        x,
    )?;
    let mut channels = 64;
    for (blocks, width, stride) in [(3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2)] {
        for block in 0..blocks {
            let stride = if block == 0 { stride } else { 1 };
            let (first, second) = if stride_in_first {
                (stride, 1)
            } else {
                (1, stride)
            };
            let mut y = net.layer("Conv2d", conv(channels, width, 1, first), x)?;
            y = net.layer("Conv2d", conv(width, width, 3, second), y)?;
            y = net.layer("Conv2d", conv(width, 4 * width, 1, 1), y)?;
            if block == 0 {
                x = net.layer("Conv2d", conv(channels, 4 * width, 1, stride), x)?;
            }
            x = net.operation(ADD, &[y, x]);
            channels = 4 * width;
        }
    }
    Ok(net.finish(&[x]))
}

#[test]
fn resnet50_sees_427_or_483() -> Outcome {
    assert_eq!(size(&resnet50(None, false)?)?, 427);
    assert_eq!(size(&resnet50(None, true)?)?, 483);
    let real = resnet50(Some(&[1, 3, 224, 224]), false)?;
    assert_eq!(count(&real, &[3, 3])?, 224 * 224);
    let path = field::chain(&real, NodeId(real.nodes.len() - 1), 0)?;
    // The longest way goes through all 16 blocks' three convolutions, the stem and the pool.
    assert_eq!(path.len(), 16 * 3 + 2);
    Ok(())
}

#[test]
fn a_squeeze_and_excite_block_sees_the_whole_input() -> Outcome {
    for shape in [None, Some(&[1, 4, 12, 10][..])] {
        let mut net = Builder::new("se");
        let x = net.input(shape);
        let x = net.layer("Conv2d", conv(4, 4, 3, 1), x)?;
        let s = net.layer("AdaptiveAvgPool2d", json!({"output_size": 1}), x)?;
        let s = net.layer("Conv2d", conv(4, 4, 1, 1), s)?;
        let y = net.operation(MUL, &[x, s]);
        let model = net.finish(&[y]);
        assert_eq!(last_field(&model, 0)?, AxisField::Whole { causal: false });
        if shape.is_some() {
            assert_eq!(count(&model, &[2, 3])?, 120);
        }
    }
    // The same by mean over the axes and two new axes.
    let mut net = Builder::new("se");
    let x = net.input(Some(&[1, 4, 12, 10]));
    let x = net.layer("Conv2d", conv(4, 4, 3, 1), x)?;
    let mean = Operation::Reduce {
        kind: Reduction::Mean,
        dims: vec![2, 3],
        keepdim: false,
    };
    let s = net.operation(mean, &[x]);
    let s = net.layer("Linear", json!({"in_features": 4, "out_features": 4}), s)?;
    let s = net.operation(Operation::Unsqueeze { dim: -1 }, &[s]);
    let s = net.operation(Operation::Unsqueeze { dim: -1 }, &[s]);
    let y = net.operation(MUL, &[x, s]);
    assert_eq!(count(&net.finish(&[y]), &[2, 3])?, 120);
    Ok(())
}

#[test]
fn a_linear_layer_over_space_sees_all_of_it() -> Outcome {
    let layers = [
        ("Conv2d", conv(1, 2, 3, 1)),
        ("MaxPool2d", json!({"kernel_size": 2})),
        ("Flatten", json!({})),
        ("Linear", json!({"in_features": 72, "out_features": 5})),
    ];
    let model = sequential(Some(&[1, 1, 12, 12]), &layers)?;
    assert_eq!(last_field(&model, 1)?, AxisField::Whole { causal: false });
    assert_eq!(count(&model, &[])?, 144);
    Ok(())
}

/// Patches, one token a patch, perhaps a class token, positions added, self-attention.
fn transformer(
    class_token: bool,
    attention: bool,
) -> Result<(Model, Port), Box<dyn std::error::Error>> {
    let mut net = Builder::new("vit");
    let x = net.input(Some(&[1, 3, 32, 24]));
    let patches = json!({"in_channels": 3, "out_channels": 8, "kernel_size": 8, "stride": 8});
    let x = net.layer("Conv2d", patches, x)?;
    let x = net.layer("Flatten", json!({"start_dim": 2}), x)?;
    let mut x = net.operation(
        Operation::Transpose {
            first: 1,
            second: 2,
        },
        &[x],
    );
    let mut tokens = 12;
    if class_token {
        let token = net.parameter(&[1, 1, 8]);
        x = net.operation(Operation::Cat { dim: 1 }, &[token, x]);
        tokens += 1;
    }
    let positions = net.parameter(&[1, tokens, 8]);
    x = net.operation(ADD, &[x, positions]);
    if attention {
        let layer = json!({"d_model": 8, "nhead": 2, "dim_feedforward": 16, "batch_first": true});
        x = net.layer("TransformerEncoderLayer", layer, x)?;
    }
    if class_token {
        x = net.operation(Operation::Select { dim: 1, index: 0 }, &[x]);
    }
    Ok((net.finish(&[x]), x))
}

#[test]
fn attention_over_patches_sees_everything() -> Outcome {
    let (model, _) = transformer(false, true)?;
    assert_eq!(last_field(&model, 0)?, AxisField::Whole { causal: false });
    assert_eq!(count(&model, &[1, 2])?, 32 * 24);
    let (model, _) = transformer(true, true)?;
    assert_eq!(last_field(&model, 1)?, AxisField::Whole { causal: false });
    assert_eq!(count(&model, &[])?, 32 * 24);
    // Before attention a token sees its patch.
    let (model, _) = transformer(false, false)?;
    assert_eq!(count(&model, &[1, 2])?, 64);
    Ok(())
}

#[test]
fn what_cannot_be_followed_is_said() -> Outcome {
    // The class token alone, without attention: which patch it reads (none) is not followed.
    let (model, port) = transformer(true, false)?;
    let fields = field::of_model(&model)?;
    assert!(fields.lost(port.node).is_some());
    let blocked = field::unit(&model, port.node, &[]);
    assert!(matches!(blocked, Err(Blocked::Lost { .. })), "{blocked:?}");
    let blocked = measure(&model, port.node, &[], Limit::of_bytes(1 << 20));
    assert!(
        matches!(blocked, Err(Unmeasured::Unknown { .. })),
        "{blocked:?}"
    );
    // An unknown layer.
    let mut net = Builder::new("unknown");
    let x = net.input(Some(&[1, 1, 9]));
    let x = net.layer("Conv1d", conv(1, 1, 3, 1), x)?;
    let unknown = net.known(gradus::model::Layer::Unknown {
        class: "Mamba".to_owned(),
    });
    let y = net.call(unknown, &[x]);
    let model = net.finish(&[y]);
    let fields = field::of_model(&model)?;
    assert_eq!(fields.lost(x.node), None);
    assert_eq!(fields.lost(y.node).map(|(at, _)| at), Some(y.node));
    Ok(())
}

#[test]
fn a_unet_has_phases() -> Outcome {
    let mut net = Builder::new("unet");
    let x = net.input(Some(&[1, 1, 64, 64]));
    let skip = net.layer("Conv2d", conv(1, 4, 3, 1), x)?;
    let down = net.layer("MaxPool2d", json!({"kernel_size": 2}), skip)?;
    let down = net.layer("Conv2d", conv(4, 8, 3, 1), down)?;
    let up = json!({"in_channels": 8, "out_channels": 4, "kernel_size": 2, "stride": 2});
    let up = net.layer("ConvTranspose2d", up, down)?;
    let joined = net.operation(Operation::Cat { dim: 1 }, &[skip, up]);
    let y = net.layer("Conv2d", conv(8, 1, 3, 1), joined)?;
    let model = net.finish(&[y]);
    let AxisField::Regular(found) = last_field(&model, 0)? else {
        return Err("regular".into());
    };
    // Each cell of two pixels sees 8: its own three cells and a pixel more on both sides. A 3×3 reads one more cell
    // on one side, which one depends on the position.
    assert_eq!((found.size, found.jump), (10, Ratio::from_integer(1)));
    assert_eq!(found.phases.len(), 2);
    for unit in [[30, 31], [0, 0], [63, 1]] {
        count(&model, &unit)?;
    }
    assert_eq!(count(&model, &[30, 31])?, 100);
    Ok(())
}

#[test]
fn branches_that_advance_differently_have_no_single_field() -> Outcome {
    let mut net = Builder::new("misaligned");
    let x = net.input(Some(&[1, 1, 40]));
    let whole = net.layer("Conv1d", conv(1, 1, 3, 2), x)?;
    let part = Operation::Slice {
        dim: 2,
        start: Some(0),
        stop: Some(20),
        step: 1,
    };
    let part = net.operation(part, &[x]);
    let y = net.operation(ADD, &[whole, part]);
    let model = net.finish(&[y]);
    assert_eq!(last_field(&model, 0)?, AxisField::Misaligned { at: y.node });
    assert_eq!(count(&model, &[10])?, 4);
    Ok(())
}

#[test]
fn sequences_see_what_came_before() -> Outcome {
    let gru = |bidirectional| {
        let arguments = json!({"input_size": 3, "hidden_size": 4, "batch_first": true, "bidirectional": bidirectional});
        sequential(Some(&[1, 9, 3]), &[("GRU", arguments)])
    };
    assert_eq!(
        last_field(&gru(false)?, 0)?,
        AxisField::Whole { causal: true }
    );
    assert_eq!(
        last_field(&gru(true)?, 0)?,
        AxisField::Whole { causal: false }
    );
    assert_eq!(count(&gru(false)?, &[4])?, 5);
    assert_eq!(count(&gru(true)?, &[4])?, 9);
    let words = [
        (
            "Embedding",
            json!({"num_embeddings": 10, "embedding_dim": 3}),
        ),
        ("Linear", json!({"in_features": 3, "out_features": 2})),
    ];
    assert_eq!(count(&sequential(Some(&[2, 7]), &words)?, &[3])?, 1);
    Ok(())
}

#[test]
fn normalisation_over_space_sees_all_of_it() -> Outcome {
    for (class, arguments, whole) in [
        ("BatchNorm2d", json!({"num_features": 4}), false),
        ("InstanceNorm2d", json!({"num_features": 4}), true),
        (
            "GroupNorm",
            json!({"num_groups": 2, "num_channels": 4}),
            true,
        ),
        ("LayerNorm", json!({"normalized_shape": [6, 5]}), true),
    ] {
        let layers = [("Conv2d", conv(1, 4, 3, 1)), (class, arguments)];
        let model = sequential(Some(&[1, 1, 6, 5]), &layers)?;
        let found = last_field(&model, 0)?;
        assert_eq!(matches!(found, AxisField::Whole { .. }), whole, "{class}");
        assert_eq!(
            count(&model, &[0, 0])?,
            if whole { 30 } else { 4 },
            "{class}"
        );
    }
    Ok(())
}

#[test]
fn the_path_names_each_window() -> Outcome {
    let layers = [
        ("Conv2d", conv(3, 4, 3, 1)),
        ("MaxPool2d", json!({"kernel_size": 2})),
        ("ReLU", json!({})),
        (
            "Conv2d",
            json!({"in_channels": 4, "out_channels": 16, "kernel_size": 5, "stride": 2, "padding": 2}),
        ),
        ("MaxPool2d", json!({"kernel_size": 2})),
        (
            "Conv2d",
            json!({"in_channels": 16, "out_channels": 32, "kernel_size": 7, "dilation": 2, "padding": 3}),
        ),
    ];
    let model = sequential(None, &layers)?;
    let path = field::chain(&model, NodeId(6), 1)?;
    let families: Vec<Family> = path.iter().map(|link| link.family).collect();
    let (conv, pool) = (Family::Conv, Family::Pool);
    assert_eq!(families, [conv, pool, conv, pool, conv]);
    let sizes: Vec<Option<u128>> = (path.iter())
        .map(|link| match &link.after {
            AxisField::Regular(regular) => Some(regular.size),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, [3, 4, 12, 16, 112].map(Some));
    let jumps: Vec<_> = path.iter().filter_map(|link| link.jump_before).collect();
    assert_eq!(jumps, [1, 1, 2, 4, 8].map(Ratio::from_integer));
    Ok(())
}

#[test]
fn a_hundred_thousand_layers_are_answered_by_formula_alone() -> Outcome {
    for dilation in [1, 2] {
        let mut net = Builder::new("deep");
        let module = net.module(
            "Conv1d",
            json!({"in_channels": 1, "out_channels": 1, "kernel_size": 3, "dilation": dilation, "padding": dilation}),
        )?;
        let mut x = net.input(Some(&[1, 1, 64]));
        for _ in 0..100_000 {
            x = net.call(module, &[x]);
        }
        let model = net.finish(&[x]);
        let started = std::time::Instant::now();
        let fields = field::of_model(&model)?;
        let taken = started.elapsed();
        assert!(taken.as_secs_f64() < 2.0, "{taken:?}");
        let NodeField::Axes(axes) = &fields.nodes[x.node.0] else {
            return Err("it depends on the input".into());
        };
        let AxisField::Regular(found) = &axes[0].field else {
            return Err("it is regular".into());
        };
        assert_eq!(found.size, 200_000 * dilation + 1);
        let skipped = measure(&model, x.node, &[7], Limit::of_bytes(1 << 30));
        assert!(matches!(skipped, Err(Unmeasured::Skipped { .. })));
        let exact = field::unit(&model, x.node, &[7])?;
        assert_eq!(exact.inputs[0].seen.count, Some(64 / dilation));
    }
    Ok(())
}

#[test]
fn a_huge_kernel_is_not_walked_through() -> Outcome {
    let huge = json!({"in_channels": 1, "out_channels": 1, "kernel_size": 1_000_000_000, "padding": 500_000_000});
    let model = sequential(Some(&[1, 1, 50]), &[("Conv1d", huge)])?;
    assert_eq!(size(&model)?, 1_000_000_000);
    let skipped = measure(&model, NodeId(1), &[7], Limit::of_bytes(1 << 30));
    assert!(
        matches!(skipped, Err(Unmeasured::Skipped { .. })),
        "{skipped:?}"
    );
    let exact = field::unit(&model, NodeId(1), &[7])?;
    assert_eq!(exact.inputs[0].seen.count, Some(50));
    Ok(())
}

#[test]
fn reshapes_that_only_drop_an_axis_of_size_one_are_followed() -> Outcome {
    let mut net = Builder::new("view");
    let x = net.input(Some(&[2, 1, 3, 30]));
    let sizes = vec![2, 3, -1];
    let y = net.operation(Operation::Reshape { sizes }, &[x]);
    let y = net.layer("Conv1d", conv(3, 2, 5, 1), y)?;
    assert_eq!(count(&net.finish(&[y]), &[9])?, 5 * 3);
    // Patches cut by a reshape, then mixed: a unit sees its patch.
    let mut net = Builder::new("patches");
    let x = net.input(Some(&[1, 2, 8, 12]));
    let first = net.layer("Conv2d", conv(2, 2, 1, 1), x)?;
    let sizes = vec![1, 2, 2, 4, 3, 4];
    let y = net.operation(Operation::Reshape { sizes }, &[first]);
    let dims = vec![0, 2, 4, 1, 3, 5];
    let y = net.operation(Operation::Permute { dims }, &[y]);
    let sizes = vec![1, 6, 32];
    let y = net.operation(Operation::Reshape { sizes }, &[y]);
    let y = net.layer("Linear", json!({"in_features": 32, "out_features": 7}), y)?;
    assert_eq!(count(&net.finish(&[y]), &[1, 2])?, 16);
    Ok(())
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
        let lab = measure(&model, NodeId(3), &[4, 5], Limit::of_bytes(1 << 30))?;
        assert_eq!(field::unit(&model, NodeId(3), &[4, 5])?.inputs, lab);
        assert_eq!(lab[0].seen.count, Some(taps * taps));
        assert_eq!(lab[0].seen.axes[0].size(), span);
    }
    Ok(())
}
