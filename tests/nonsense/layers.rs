//! Layers that cannot be, and layers that do not fit each other.

use super::Nonsense;

/// A layer, and what the error says about it.
const IMPOSSIBLE: &[(&str, &str)] = &[
    (r#""Conv9d""#, "there is no layer `Conv9d`"),
    (r#""Conv2D""#, "did you mean `Conv2d`"),
    (r#""conv2d""#, "did you mean `Conv2d`"),
    (r#""Relu6""#, "did you mean `ReLU6`"),
    (r#""""#, "no layer"),
    (r#""../../etc/passwd""#, "no layer"),
    (r#""Conv2d\u0000""#, "has escapes"),
    (r#""🙂""#, "no layer"),
    ("7", "has to be a string"),
    ("null", "has to be a string"),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4"#,
        "needs `kernel_size`",
    ),
    (r#""Linear", "in_features": 3"#, "needs `out_features`"),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "strides": 2"#,
        "did you mean `stride`",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "stride": 0"#,
        "`stride` is 0",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "stride": -1"#,
        "`stride` is -1",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding": -1"#,
        "`padding` is -1",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "dilation": 0"#,
        "`dilation` is 0",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 0"#,
        "`kernel_size` is 0",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 2.5"#,
        "`kernel_size` is 2.5",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": "3""#,
        "`kernel_size` is",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": [3, 3, 3]"#,
        "`kernel_size` is",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": []"#,
        "`kernel_size` is",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": {"h": 3}"#,
        "`kernel_size` is",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": true"#,
        "`kernel_size` is",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 1e30"#,
        "`kernel_size` is",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 18446744073709551616"#,
        "`kernel_size` is",
    ),
    (
        r#""Conv2d", "in_channels": 1099511627776, "out_channels": 4, "kernel_size": 3"#,
        "`in_channels` is 1099511627776",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 1099511627776, "kernel_size": 3"#,
        "`out_channels` is 1099511627776",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "groups": 2"#,
        "groups",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "groups": 0"#,
        "`groups` is 0",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "groups": 3"#,
        "groups",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding": "sane""#,
        "`padding` is",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": "same""#,
        "same",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding_mode": "mirror""#,
        "`padding_mode` is",
    ),
    (
        r#""Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "bias": 3"#,
        "`bias` is 3",
    ),
    (
        r#""ConvTranspose2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "output_padding": 1"#,
        "output_padding",
    ),
    (r#""MaxPool2d", "kernel_size": 2, "padding": 2"#, "padding"),
    (r#""MaxPool2d", "kernel_size": -2"#, "`kernel_size` is -2"),
    (
        r#""AvgPool2d", "kernel_size": 2, "divisor_override": 0"#,
        "`divisor_override` is 0",
    ),
    (
        r#""AdaptiveAvgPool2d", "output_size": -1"#,
        "`output_size` is -1",
    ),
    (
        r#""Linear", "in_features": -1, "out_features": 2"#,
        "`in_features` is -1",
    ),
    (
        r#""Embedding", "num_embeddings": "many", "embedding_dim": 2"#,
        "`num_embeddings` is",
    ),
    (r#""Dropout", "p": 1.5"#, "`p` is 1.5"),
    (r#""Dropout", "p": -0.1"#, "`p` is -0.1"),
    (
        r#""MultiheadAttention", "embed_dim": 10, "num_heads": 3"#,
        "num_heads",
    ),
    (
        r#""LSTM", "input_size": 3, "hidden_size": 0"#,
        "`hidden_size` is 0",
    ),
    (
        r#""LSTM", "input_size": 3, "hidden_size": 4, "num_layers": 0"#,
        "`num_layers` is 0",
    ),
    (
        r#""GroupNorm", "num_groups": 3, "num_channels": 4"#,
        "num_groups",
    ),
    (
        r#""LayerNorm", "normalized_shape": []"#,
        "`normalized_shape` is",
    ),
    (r#""Upsample", "scale_factor": 2, "size": 8"#, "size"),
    (r#""Upsample", "scale_factor": 0"#, "scale_factor"),
    (
        r#""Upsample", "scale_factor": 2, "mode": "sharp""#,
        "`mode` is",
    ),
    (
        r#""PixelShuffle", "upscale_factor": 0"#,
        "`upscale_factor` is 0",
    ),
    (
        r#""Unflatten", "dim": 1, "unflattened_size": [-1, -1]"#,
        "unflattened_size",
    ),
    (
        r#""TransformerEncoder", "encoder_layer": "one", "num_layers": 2"#,
        "encoder_layer",
    ),
];

/// Shapes and layers that do not fit, and what the error says.
const MISFITS: &[(&str, &str, &str)] = &[
    (
        "[1, 3, 8, 8]",
        r#"{"type": "Conv2d", "in_channels": 4, "out_channels": 2, "kernel_size": 3}"#,
        "channels",
    ),
    (
        "[1, 3, 4, 4]",
        r#"{"type": "Conv2d", "in_channels": 3, "out_channels": 2, "kernel_size": 7}"#,
        "7",
    ),
    (
        "[1, 3, 4]",
        r#"{"type": "Conv2d", "in_channels": 3, "out_channels": 2, "kernel_size": 7}"#,
        "kernel",
    ),
    (
        "[1, 3]",
        r#"{"type": "Conv2d", "in_channels": 3, "out_channels": 2, "kernel_size": 3}"#,
        "axes",
    ),
    (
        "[1, 3, 4, 4, 4]",
        r#"{"type": "Conv2d", "in_channels": 3, "out_channels": 2, "kernel_size": 3}"#,
        "axes",
    ),
    (
        "[1, 1, 1, 1]",
        r#"{"type": "MaxPool2d", "kernel_size": 2}"#,
        "kernel",
    ),
    (
        "[1, 3, 9, 9]",
        r#"{"type": "Conv2d", "in_channels": 3, "out_channels": 2, "kernel_size": 3, "dilation": 5}"#,
        "11",
    ),
    (
        "[1, 3, 2, 2]",
        r#"{"type": "Conv2d", "in_channels": 3, "out_channels": 2, "kernel_size": 1, "padding_mode": "circular", "padding": 3}"#,
        "padding",
    ),
    (
        "[1, 3, 2, 2]",
        r#"{"type": "ReflectionPad2d", "padding": 2}"#,
        "pad",
    ),
    (
        "[1, 3, 2, 2]",
        r#"{"type": "ZeroPad2d", "padding": -2}"#,
        "size",
    ),
    (
        "[4, 10]",
        r#"{"type": "Linear", "in_features": 11, "out_features": 2}"#,
        "11",
    ),
    (
        "[4, 3, 8, 8]",
        r#"{"type": "BatchNorm2d", "num_features": 4}"#,
        "4",
    ),
    (
        "[4, 3]",
        r#"{"type": "BatchNorm2d", "num_features": 3}"#,
        "axes",
    ),
    (
        "[4, 3, 8]",
        r#"{"type": "LayerNorm", "normalized_shape": [9]}"#,
        "9",
    ),
    (
        "[4, 6, 8]",
        r#"{"type": "GroupNorm", "num_groups": 2, "num_channels": 4}"#,
        "4",
    ),
    ("[4, 3]", r#"{"type": "Flatten", "start_dim": 3}"#, "axis"),
    (
        "[4, 6]",
        r#"{"type": "Unflatten", "dim": 1, "unflattened_size": [4, 2]}"#,
        "6",
    ),
    ("[4, 3]", r#"{"type": "Softmax", "dim": 5}"#, "axis"),
    ("[4, 5]", r#"{"type": "GLU"}"#, "5"),
    (
        "[1, 3, 4, 4]",
        r#"{"type": "PixelShuffle", "upscale_factor": 2}"#,
        "channels",
    ),
    (
        "[1, 3, 5, 5]",
        r#"{"type": "PixelUnshuffle", "downscale_factor": 2}"#,
        "2",
    ),
    (
        "[2, 7, 5]",
        r#"{"type": "LSTM", "input_size": 6, "hidden_size": 3}"#,
        "6",
    ),
    ("[2, 3, 4]", r#"{"type": "reshape", "shape": [5, 5]}"#, "24"),
    (
        "[2, 3, 4]",
        r#"{"type": "reshape", "shape": [-1, -1]}"#,
        "-1",
    ),
    (
        "[2, 3, 4]",
        r#"{"type": "permute", "dims": [0, 0, 1]}"#,
        "axis",
    ),
    (
        "[2, 3, 4]",
        r#"{"type": "transpose", "dim0": 0, "dim1": 3}"#,
        "axis",
    ),
    (
        "[2, 3, 4]",
        r#"{"type": "select", "dim": 1, "index": 3}"#,
        "3",
    ),
    (
        "[2, 3, 4]",
        r#"{"type": "split", "split_size_or_sections": [1, 1], "dim": 1}"#,
        "3",
    ),
    ("[2, 3, 4]", r#"{"type": "expand", "size": [2, 5, 4]}"#, "5"),
    ("[2, 3, 4]", r#"{"type": "mean", "dim": 7}"#, "axis"),
    (
        "[9223372036854775807, 9223372036854775807, 3]",
        r#"{"type": "flatten"}"#,
        "large",
    ),
    (
        "[1, 2147483647, 2147483647]",
        r#"{"type": "Upsample", "scale_factor": 1e15}"#,
        "scale_factor",
    ),
    (
        "[1, 3, 8, 8]",
        r#"{"type": "exp"}, {"type": "Conv2d", "in_channels": 4, "out_channels": 2, "kernel_size": 3}"#,
        "layer `1`",
    ),
];

pub(super) fn cases() -> Vec<Nonsense> {
    let impossible = IMPOSSIBLE.iter().map(|(layer, says)| {
        let text = format!(r#"{{"input": [1, 3, 32, 32], "layers": [{{"type": {layer}}}]}}"#);
        Nonsense::file("layer.json", text, says)
    });
    let misfits = MISFITS.iter().map(|(input, layers, says)| {
        let text = format!(r#"{{"input": {input}, "layers": [{layers}]}}"#);
        Nonsense::file("misfit.json", text, says)
    });
    impossible.chain(misfits).collect()
}
