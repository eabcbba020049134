//! Values by hand; that the shapes are the formula's is shown beside the formula.

use candle_core::{Device, Result, Tensor};
use serde_json::{Value, json};

use super::of_layer;
use super::random::Random;
use crate::model::catalog::build;

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

fn run(
    class: &str,
    arguments: &Value,
    input: &Tensor,
) -> std::result::Result<Tensor, Box<dyn std::error::Error>> {
    let layer = build(class, arguments.as_object().ok_or("an object")?)?;
    let outputs = of_layer(&layer, std::slice::from_ref(input), &mut Random::new(0, 0));
    let outputs = outputs.map_err(|obstacle| format!("{obstacle:?}"))?;
    Ok(outputs.into_iter().next().ok_or("an output")?)
}

fn row(values: &[f32]) -> Result<Tensor> {
    Tensor::from_slice(values, (1, 1, values.len()), &Device::Cpu)
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn layers_without_weights_give_values_by_hand() -> TestResult {
    let cases: Vec<(&str, Value, &[f32], &[f32])> = vec![
        (
            "MaxPool1d",
            json!({"kernel_size": 2, "stride": 2, "padding": 1}),
            &[1.0, -2.0, 3.0],
            &[1.0, 3.0],
        ),
        (
            "MaxPool1d",
            json!({"kernel_size": 2, "stride": 1, "dilation": 2}),
            &[5.0, 1.0, 2.0, 4.0],
            &[5.0, 4.0],
        ),
        (
            "AvgPool1d",
            json!({"kernel_size": 2, "stride": 2, "padding": 1}),
            &[1.0, 2.0, 4.0],
            &[0.5, 3.0],
        ),
        (
            "AvgPool1d",
            json!({"kernel_size": 2, "stride": 2, "padding": 1, "count_include_pad": false}),
            &[1.0, 2.0, 4.0],
            &[1.0, 3.0],
        ),
        // The last window hangs over the end: the divisor counts what is there.
        (
            "AvgPool1d",
            json!({"kernel_size": 2, "ceil_mode": true}),
            &[1.0, 3.0, 4.0],
            &[2.0, 4.0],
        ),
        (
            "LPPool1d",
            json!({"norm_type": 2, "kernel_size": 2}),
            &[3.0, 4.0],
            &[5.0],
        ),
        (
            "AdaptiveAvgPool1d",
            json!({"output_size": 2}),
            &[1.0, 2.0, 3.0],
            &[1.5, 2.5],
        ),
        (
            "ReflectionPad1d",
            json!({"padding": [2, 1]}),
            &[1.0, 2.0, 3.0],
            &[3.0, 2.0, 1.0, 2.0, 3.0, 2.0],
        ),
        (
            "ReplicationPad1d",
            json!({"padding": 1}),
            &[1.0, 2.0],
            &[1.0, 1.0, 2.0, 2.0],
        ),
        (
            "CircularPad1d",
            json!({"padding": 1}),
            &[1.0, 2.0, 3.0],
            &[3.0, 1.0, 2.0, 3.0, 1.0],
        ),
        (
            "ConstantPad1d",
            json!({"padding": [-1, 1], "value": 7}),
            &[1.0, 2.0],
            &[2.0, 7.0],
        ),
        (
            "Upsample",
            json!({"scale_factor": 2}),
            &[1.0, 2.0],
            &[1.0, 1.0, 2.0, 2.0],
        ),
        (
            "Upsample",
            json!({"scale_factor": 2, "mode": "linear"}),
            &[0.0, 4.0],
            &[0.0, 1.0, 3.0, 4.0],
        ),
        (
            "Upsample",
            json!({"size": 3, "mode": "linear", "align_corners": true}),
            &[0.0, 4.0],
            &[0.0, 2.0, 4.0],
        ),
        ("Hardshrink", json!({}), &[-0.25, 2.0], &[0.0, 2.0]),
        ("Softshrink", json!({}), &[-0.25, 2.0], &[0.0, 1.5]),
        (
            "Threshold",
            json!({"threshold": 1, "value": 9}),
            &[0.0, 2.0],
            &[9.0, 2.0],
        ),
        ("Hardswish", json!({}), &[-4.0, 0.0, 4.0], &[0.0, 0.0, 4.0]),
    ];
    for (class, arguments, input, expected) in cases {
        let got = run(class, &arguments, &row(input)?)?
            .flatten_all()?
            .to_vec1::<f32>()?;
        let close = got.len() == expected.len()
            && got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close, "{class} {arguments}: {got:?}, not {expected:?}");
    }
    Ok(())
}

#[test]
fn shuffled_pixels_come_back() -> TestResult {
    let image = Random::new(1, 1).tensor(&[2, 3, 4, 6], 1.0)?;
    let small = run("PixelUnshuffle", &json!({"downscale_factor": 2}), &image)?;
    let back = run("PixelShuffle", &json!({"upscale_factor": 2}), &small)?;
    assert_eq!(back.dims(), image.dims());
    assert_eq!(
        back.flatten_all()?.to_vec1::<f32>()?,
        image.flatten_all()?.to_vec1::<f32>()?
    );
    Ok(())
}

/// Windows that do not overlap put every value back where it was.
#[test]
fn unfolded_images_fold_back() -> TestResult {
    let image = Random::new(1, 1).tensor(&[1, 2, 4, 6], 1.0)?;
    let columns = run("Unfold", &json!({"kernel_size": 2, "stride": 2}), &image)?;
    let fold = json!({"output_size": [4, 6], "kernel_size": 2, "stride": 2});
    let back = run("Fold", &fold, &columns)?;
    assert_eq!(
        back.flatten_all()?.to_vec1::<f32>()?,
        image.flatten_all()?.to_vec1::<f32>()?
    );
    Ok(())
}

#[test]
fn softmax_sums_to_one_and_norms_have_mean_zero() -> TestResult {
    let input = Random::new(2, 0).tensor(&[3, 4, 5], 2.0)?;
    let softmax = run("Softmax", &json!({"dim": 1}), &input)?
        .sum(1)?
        .flatten_all()?;
    assert!(
        softmax
            .to_vec1::<f32>()?
            .iter()
            .all(|sum| (sum - 1.0).abs() < 1e-5)
    );
    let norm = run("LayerNorm", &json!({"normalized_shape": [4, 5]}), &input)?;
    let means = norm.flatten_from(1)?.mean(1)?.to_vec1::<f32>()?;
    assert!(means.iter().all(|mean| mean.abs() < 1e-5), "{means:?}");
    Ok(())
}
