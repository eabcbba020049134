//! Linear layers, reshaping layers, softmax, norms and dropout.

use serde_json::Value;

use super::CatalogError;
use super::arguments::{Arguments, signed};
use crate::model::Layer;
use crate::model::layer::{DropoutKind, SoftmaxKind};

pub(super) fn linear(arguments: &Arguments) -> Result<Layer, CatalogError> {
    Ok(Layer::Linear {
        in_features: arguments.size("in_features")?,
        out_features: arguments.size("out_features")?,
        bias: arguments.flag("bias", true)?,
    })
}

pub(super) fn bilinear(arguments: &Arguments) -> Result<Layer, CatalogError> {
    Ok(Layer::Bilinear {
        in1_features: arguments.size("in1_features")?,
        in2_features: arguments.size("in2_features")?,
        out_features: arguments.size("out_features")?,
        bias: arguments.flag("bias", true)?,
    })
}

pub(super) fn flatten(arguments: &Arguments) -> Result<Layer, CatalogError> {
    Ok(Layer::Flatten {
        start: arguments.integer("start_dim", 1)?,
        end: arguments.integer("end_dim", -1)?,
    })
}

pub(super) fn unflatten(arguments: &Arguments) -> Result<Layer, CatalogError> {
    let dim = match arguments.given("dim") {
        Some(Value::String(_)) | None => {
            return Err(arguments.invalid("dim", "the number of an axis"));
        }
        Some(_) => arguments.integer("dim", 0)?,
    };
    let sizes: Option<Vec<isize>> = match arguments.given("unflattened_size") {
        Some(Value::Array(entries)) if !entries.is_empty() => entries.iter().map(signed).collect(),
        _ => None,
    };
    let possible = |sizes: &Vec<isize>| {
        sizes.iter().all(|&size| size >= -1)
            && sizes.iter().filter(|&&size| size == -1).count() <= 1
    };
    match sizes.filter(possible) {
        Some(sizes) => Ok(Layer::Unflatten { dim, sizes }),
        None => Err(arguments.invalid(
            "unflattened_size",
            "a tuple of sizes, at most one of them -1",
        )),
    }
}

pub(super) fn embedding(arguments: &Arguments) -> Result<Layer, CatalogError> {
    let num_embeddings = arguments.size("num_embeddings")?;
    let rows = num_embeddings.cast_signed();
    let padding = arguments.integer("padding_idx", 0)?;
    if !(-rows..rows).contains(&padding) {
        return Err(arguments.invalid(
            "padding_idx",
            format!("a row of the table, from -{num_embeddings} to {}", rows - 1),
        ));
    }
    Ok(Layer::Embedding {
        num_embeddings,
        embedding_dim: arguments.size("embedding_dim")?,
    })
}

pub(super) fn softmax(arguments: &Arguments, kind: SoftmaxKind) -> Result<Layer, CatalogError> {
    let dim = match (kind, arguments.given("dim")) {
        (SoftmaxKind::Softmax2d, _) => Some(-3),
        (_, None) => None,
        (_, Some(_)) => Some(arguments.integer("dim", 0)?),
    };
    Ok(Layer::Softmax { kind, dim })
}

pub(super) fn batch_norm(arguments: &Arguments, spatial: usize) -> Result<Layer, CatalogError> {
    Ok(Layer::BatchNorm {
        spatial,
        num_features: arguments.size("num_features")?,
        affine: arguments.flag("affine", true)?,
        track_running_stats: arguments.flag("track_running_stats", true)?,
    })
}

pub(super) fn instance_norm(arguments: &Arguments, spatial: usize) -> Result<Layer, CatalogError> {
    Ok(Layer::InstanceNorm {
        spatial,
        num_features: arguments.size("num_features")?,
        affine: arguments.flag("affine", false)?,
        track_running_stats: arguments.flag("track_running_stats", false)?,
    })
}

pub(super) fn layer_norm(arguments: &Arguments) -> Result<Layer, CatalogError> {
    let affine = arguments.flag("elementwise_affine", true)?;
    Ok(Layer::LayerNorm {
        normalized_shape: arguments.sizes("normalized_shape")?,
        affine,
        bias: arguments.flag("bias", true)? && affine,
    })
}

pub(super) fn rms_norm(arguments: &Arguments) -> Result<Layer, CatalogError> {
    Ok(Layer::RmsNorm {
        normalized_shape: arguments.sizes("normalized_shape")?,
        affine: arguments.flag("elementwise_affine", true)?,
    })
}

pub(super) fn group_norm(arguments: &Arguments) -> Result<Layer, CatalogError> {
    let num_groups = arguments.size("num_groups")?;
    let num_channels = arguments.size("num_channels")?;
    if num_channels % num_groups != 0 {
        return Err(arguments.invalid(
            "num_groups",
            format!("a divisor of num_channels, which is {num_channels}"),
        ));
    }
    Ok(Layer::GroupNorm {
        num_groups,
        num_channels,
        affine: arguments.flag("affine", true)?,
    })
}

pub(super) fn local_response_norm(arguments: &Arguments) -> Result<Layer, CatalogError> {
    Ok(Layer::LocalResponseNorm {
        size: arguments.size("size")?,
    })
}

pub(super) fn dropout(arguments: &Arguments, kind: DropoutKind) -> Result<Layer, CatalogError> {
    Ok(Layer::Dropout {
        kind,
        p: arguments.probability("p", 0.5)?,
    })
}
