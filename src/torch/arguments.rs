//! A constructor's arguments by name, and the parameters of the layer that it makes.

use serde_json::{Map, Value};

use crate::model::{Fault, Layer, Shape, catalog};
use crate::theory::parameters;

/// The arguments of a call by the names of the constructor's parameters.
///
/// # Errors
/// More arguments than parameters, or one given twice. What the names and values may be is the catalog's matter.
pub(super) fn bind(
    class: &str,
    positional: Vec<Value>,
    named: Map<String, Value>,
) -> Result<Map<String, Value>, Fault> {
    let parameters = catalog::signature(class).map_or(&[][..], |signature| signature.parameters);
    // `Identity` takes anything.
    if positional.len() > parameters.len() && class != "Identity" {
        return Err(Fault::new(
            "unknown-argument",
            format!(
                "{class} takes at most {} arguments, but {} were given",
                parameters.len(),
                positional.len()
            ),
        ));
    }
    let mut bound: Map<_, _> = parameters
        .iter()
        .zip(positional)
        .map(|(parameter, value)| (parameter.name.to_owned(), value))
        .collect();
    for (name, value) in named {
        if bound.contains_key(&name) {
            return Err(Fault::new(
                "unknown-argument",
                format!("{class} got two values for `{name}`"),
            ));
        }
        bound.insert(name, value);
    }
    Ok(bound)
}

/// The parameters and buffers of a layer: name, shape, whether it trains.
pub(super) fn parameters(layer: &Layer) -> Vec<(String, Shape, bool)> {
    let tensors = parameters::of_layer(layer);
    let trains = tensors.parameters.into_iter().map(|tensor| (tensor, true));
    let kept = tensors.buffers.into_iter().map(|tensor| (tensor, false));
    trains
        .chain(kept)
        .map(|(tensor, trains)| (tensor.name, tensor.shape, trains))
        .collect()
}
