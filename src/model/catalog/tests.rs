//! What the catalog makes and what it refuses.

use serde_json::{Value, json};

use super::{CatalogError, build, classes};
use crate::model::layer::{Activation, Conv};
use crate::model::{Fault, Layer, PadMode, Window};

fn make(class: &str, arguments: Value) -> Result<Layer, CatalogError> {
    match arguments {
        Value::Object(map) => build(class, &map),
        _ => build(class, &serde_json::Map::new()),
    }
}

fn refusal(class: &str, arguments: Value) -> String {
    match make(class, arguments) {
        Ok(layer) => format!("accepted: {layer:?}"),
        Err(error) => error.to_string(),
    }
}

/// Enough arguments for any class: the required ones of all of them.
fn enough(class: &str) -> Value {
    let all = json!({
        "in_channels": 4, "out_channels": 4, "kernel_size": 3, "norm_type": 2, "output_size": 4, "in_features": 3,
        "out_features": 3, "in1_features": 2, "in2_features": 2, "dim": 1, "unflattened_size": [2, 2],
        "num_embeddings": 5, "embedding_dim": 2, "threshold": 0.5, "value": 1, "num_features": 4,
        "normalized_shape": 4, "num_groups": 2, "num_channels": 4, "size": 5, "input_size": 3, "hidden_size": 4,
        "embed_dim": 8, "num_heads": 2, "d_model": 8, "nhead": 2, "num_layers": 2, "padding": 1, "groups": 2,
        "encoder_layer": {"class": "TransformerEncoderLayer", "d_model": 8, "nhead": 2},
        "upscale_factor": 2, "downscale_factor": 2,
    });
    let required = super::signature(class)
        .into_iter()
        .flat_map(|signature| signature.parameters)
        .filter(|parameter| parameter.required)
        .map(|parameter| (parameter.name.to_owned(), all[parameter.name].clone()));
    let mut arguments: serde_json::Map<String, Value> = required.collect();
    if class.starts_with("Upsampl") {
        arguments.insert("scale_factor".to_owned(), json!(2));
    }
    Value::Object(arguments)
}

#[test]
fn every_class_of_the_table_is_built_under_its_own_name() -> Result<(), CatalogError> {
    for class in classes() {
        let built = make(class, enough(class))?.class();
        let renamed = class.starts_with("Upsampling");
        assert!(built == class || renamed, "{class} became {built}");
    }
    Ok(())
}

#[test]
fn an_argument_is_one_number_or_one_an_axis() -> Result<(), CatalogError> {
    let layer = make(
        "Conv2d",
        json!({"in_channels": 2, "out_channels": 4, "kernel_size": [3, 7], "stride": [1, 2], "dilation": 2,
               "padding": [0, 3]}),
    )?;
    let window = |kernel, stride, padding| Window {
        kernel,
        stride,
        dilation: 2,
        before: padding,
        after: padding,
    };
    assert_eq!(
        layer,
        Layer::Conv(Conv {
            in_channels: 2,
            out_channels: 4,
            windows: vec![window(3, 1, 0), window(7, 2, 3)],
            groups: 1,
            bias: true,
            padding_mode: PadMode::Constant(0.0),
        })
    );
    Ok(())
}

#[test]
fn same_padding_puts_the_odd_position_after() -> Result<(), CatalogError> {
    let layer = make(
        "Conv1d",
        json!({"in_channels": 1, "out_channels": 1, "kernel_size": 4, "dilation": 3, "padding": "same"}),
    )?;
    let Layer::Conv(conv) = layer else {
        panic!("a convolution")
    };
    assert_eq!((conv.windows[0].before, conv.windows[0].after), (4, 5));
    Ok(())
}

#[test]
fn padding_layers_name_the_last_axis_first() -> Result<(), CatalogError> {
    let layer = make("ZeroPad2d", json!({"padding": [1, 2, 3, -4]}))?;
    assert_eq!(
        layer,
        Layer::Pad {
            mode: PadMode::Constant(0.0),
            amounts: vec![(3, -4), (1, 2)],
        }
    );
    Ok(())
}

#[test]
fn a_layer_inside_a_layer_is_an_object_with_its_class() -> Result<(), CatalogError> {
    let layer = make(
        "TransformerEncoder",
        json!({
            "encoder_layer": {"class": "TransformerEncoderLayer", "d_model": 8, "nhead": 2,
                              "activation": {"class": "LeakyReLU", "negative_slope": 0.2}},
            "num_layers": 3, "norm": {"class": "LayerNorm", "normalized_shape": 8},
        }),
    )?;
    let Layer::TransformerEncoder {
        layer,
        num_layers,
        norm,
    } = layer
    else {
        panic!("an encoder")
    };
    assert_eq!((num_layers, norm), (3, true));
    assert_eq!(
        layer.activation,
        Activation::LeakyRelu {
            negative_slope: 0.2
        }
    );
    Ok(())
}

#[test]
fn what_a_layer_cannot_have_is_refused_by_name() {
    let conv = |extra: Value| {
        let mut arguments = json!({"in_channels": 4, "out_channels": 6, "kernel_size": 3});
        for (key, value) in extra.as_object().into_iter().flatten() {
            arguments[key] = value.clone();
        }
        refusal("Conv2d", arguments)
    };
    let cases = [
        (
            conv(json!({"groups": 3})),
            "`groups` is 3, but has to be a divisor of in_channels, which is 4",
        ),
        (
            conv(json!({"groups": 4})),
            "`groups` is 4, but has to be a divisor of out_channels, which is 6",
        ),
        (conv(json!({"stride": 0})), "`stride` is 0"),
        (conv(json!({"padding": -1})), "`padding` is -1"),
        (
            conv(json!({"kernel_size": [3, 3, 3]})),
            "`kernel_size` is (3, 3, 3)",
        ),
        (conv(json!({"kernel_size": 0})), "`kernel_size` is 0"),
        (conv(json!({"kernel_size": 2.5})), "`kernel_size` is 2.5"),
        (conv(json!({"dilation": "x"})), "`dilation` is 'x'"),
        (
            conv(json!({"out_channels": 1_u64 << 40})),
            "`out_channels` is 1099511627776, but has to be a whole number from 1 to 2147483647",
        ),
        (
            conv(json!({"padding": "same", "stride": 2})),
            "`stride` is 2, but has to be 1 where padding='same'",
        ),
        (
            conv(json!({"padding_mode": "mirror"})),
            "`padding_mode` is 'mirror', but has to be one of 'zeros', 'reflect', 'replicate', 'circular'",
        ),
        (
            refusal("MaxPool2d", json!({"kernel_size": 2, "padding": 2})),
            "`padding` is 2, but has to be at most 1, half of the window's span of 2",
        ),
        (
            refusal(
                "MaxPool2d",
                json!({"kernel_size": 2, "return_indices": true}),
            ),
            "`return_indices` is True",
        ),
        (
            refusal("Dropout", json!({"p": 1.5})),
            "`p` is 1.5, but has to be a probability from 0 to 1",
        ),
        (
            refusal(
                "MultiheadAttention",
                json!({"embed_dim": 10, "num_heads": 3}),
            ),
            "`num_heads` is 3, but has to be a divisor of embed_dim, which is 10",
        ),
        (
            refusal("GroupNorm", json!({"num_groups": 3, "num_channels": 8})),
            "`num_groups` is 3",
        ),
        (
            refusal(
                "ConvTranspose1d",
                json!({"in_channels": 1, "out_channels": 1, "kernel_size": 3, "stride": 2, "output_padding": 2}),
            ),
            "`output_padding` is 2",
        ),
        (
            refusal("Upsample", json!({})),
            "`size` is its default, but has to be given, or `scale_factor` is: one of them",
        ),
        (
            refusal("Linear", json!({"in_features": 3})),
            "Linear needs `out_features`",
        ),
        (
            refusal("Sigmoid", json!({"inplace": true})),
            "Sigmoid has no argument `inplace`",
        ),
    ];
    for (message, part) in cases {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
}

#[test]
fn a_misspelt_name_gets_the_nearest_one() {
    let advice = |class: &str, arguments: Value| match make(class, arguments) {
        Ok(_) => Vec::new(),
        Err(error) => Fault::from(error).help,
    };
    assert_eq!(advice("conv2D", json!({})), ["did you mean `Conv2d`?"]);
    assert_eq!(advice("MaxPol2d", json!({})), ["did you mean `MaxPool2d`?"]);
    assert!(advice("Frobnicate", json!({})).is_empty());
    assert_eq!(
        advice("Linear", json!({"in_feature": 3, "out_features": 4})),
        ["did you mean `in_features`?"]
    );
}
