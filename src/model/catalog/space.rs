//! Layers that change the spatial size without weights: upsampling, padding, shuffling.

use serde_json::Value;

use super::CatalogError;
use super::arguments::{Arguments, LARGEST_SIZE, count, signed};
use crate::model::layer::{Upsample, UpsampleMode, UpsampleTarget};
use crate::model::{Layer, PadMode};

/// `Upsample`, where the mode is an argument.
pub(super) fn upsample(arguments: &Arguments) -> Result<Layer, CatalogError> {
    let mode = arguments.choice(
        "mode",
        &[
            ("nearest", UpsampleMode::Nearest),
            ("nearest-exact", UpsampleMode::NearestExact),
            ("linear", UpsampleMode::Linear),
            ("bilinear", UpsampleMode::Linear),
            ("trilinear", UpsampleMode::Linear),
            ("bicubic", UpsampleMode::Cubic),
            ("area", UpsampleMode::Area),
        ],
    )?;
    let align_corners = arguments.flag("align_corners", false)?;
    let interpolates = matches!(mode, UpsampleMode::Linear | UpsampleMode::Cubic);
    if arguments.given("align_corners").is_some() && !interpolates {
        return Err(arguments.invalid(
            "align_corners",
            "None unless the mode is linear, bilinear, bicubic or trilinear",
        ));
    }
    let layer = upsample_by(arguments, mode, align_corners)?;
    if let UpsampleTarget::Factor(factors) = &layer.target
        && factors.iter().any(|factor| factor.fract() != 0.0)
        && arguments.flag("recompute_scale_factor", false)?
    {
        return Err(arguments.invalid(
            "recompute_scale_factor",
            "False where the factor is not whole; give `size` instead",
        ));
    }
    Ok(Layer::Upsample(layer))
}

/// `UpsamplingNearest2d` and `UpsamplingBilinear2d`; the latter lets the corners coincide.
pub(super) fn upsampling_2d(
    arguments: &Arguments,
    mode: UpsampleMode,
) -> Result<Layer, CatalogError> {
    upsample_by(arguments, mode, mode == UpsampleMode::Linear).map(Layer::Upsample)
}

fn upsample_by(
    arguments: &Arguments,
    mode: UpsampleMode,
    align_corners: bool,
) -> Result<Upsample, CatalogError> {
    let target = match (arguments.given("size"), arguments.given("scale_factor")) {
        (Some(_), None) => UpsampleTarget::Size(one_to_three(
            arguments,
            "size",
            "sizes of at least 1, one an axis",
            |entry| count(entry, 1),
        )?),
        (None, Some(_)) => UpsampleTarget::Factor(one_to_three(
            arguments,
            "scale_factor",
            "factors above 0, one an axis",
            factor,
        )?),
        _ => return Err(arguments.invalid("size", "given, or `scale_factor` is: one of them")),
    };
    Ok(Upsample {
        mode,
        target,
        align_corners,
    })
}

fn factor(entry: &Value) -> Option<f64> {
    entry
        .as_f64()
        .filter(|&factor| factor > 0.0 && factor <= count_to_real(LARGEST_SIZE))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "2³¹−1 is below 2⁵³ and so exact"
)]
fn count_to_real(count: usize) -> f64 {
    count as f64
}

/// One entry for all axes, or one each of one to three axes.
fn one_to_three<T>(
    arguments: &Arguments,
    name: &'static str,
    expected: &str,
    entry: impl Fn(&Value) -> Option<T>,
) -> Result<Vec<T>, CatalogError> {
    let entries: Option<Vec<T>> = match arguments.given(name) {
        Some(Value::Array(entries)) if (1..=3).contains(&entries.len()) => {
            entries.iter().map(entry).collect()
        }
        Some(Value::Array(_)) | None => None,
        Some(single) => entry(single).map(|single| vec![single]),
    };
    entries.ok_or_else(|| arguments.invalid(name, expected))
}

/// The padding layers. PyTorch names the last axis first; here the outermost axis stands first.
pub(super) fn pad(
    arguments: &Arguments,
    mode: PadMode,
    rank: usize,
) -> Result<Layer, CatalogError> {
    let sides: Option<Vec<isize>> = match arguments.given("padding") {
        Some(Value::Array(entries)) if entries.len() == 2 * rank => {
            entries.iter().map(signed).collect()
        }
        Some(Value::Array(_)) | None => None,
        Some(single) => signed(single).map(|amount| vec![amount; 2 * rank]),
    };
    let sides = sides.ok_or_else(|| {
        arguments.invalid(
            "padding",
            format!(
                "a whole number or a tuple of {}: before and after, the last axis first",
                2 * rank
            ),
        )
    })?;
    let mode = match mode {
        PadMode::Constant(_) => PadMode::Constant(arguments.real("value", 0.0)?),
        other => other,
    };
    Ok(Layer::Pad {
        mode,
        amounts: sides
            .chunks_exact(2)
            .rev()
            .map(|pair| (pair[0], pair[1]))
            .collect(),
    })
}
