//! Layers that act on features, channels or single elements.

use super::{ShapeError, axis, product};
use crate::model::layer::{Activation, DropoutKind, SoftmaxKind};
use crate::model::{Layer, Shape};

type Outcome = Result<Shape, ShapeError>;

/// The output of a layer with one input and one output that is not about space or sequences.
pub(super) fn of_layer(layer: &Layer, input: &Shape) -> Outcome {
    match layer {
        Layer::Linear {
            in_features,
            out_features,
            ..
        } => linear(*in_features, *out_features, input),
        Layer::Flatten { start, end } => flatten(*start, *end, input),
        Layer::Unflatten { dim, sizes } => unflatten(*dim, sizes, input),
        Layer::Embedding { embedding_dim, .. } => {
            let mut dims = input.0.clone();
            dims.push(*embedding_dim);
            Ok(Shape(dims))
        }
        Layer::Activation(Activation::Glu { dim }) => glu(*dim, input),
        _ => check(layer, input).map(|()| input.clone()),
    }
}

/// Whether a layer that keeps the shape can take this one.
fn check(layer: &Layer, input: &Shape) -> Result<(), ShapeError> {
    match layer {
        Layer::Activation(Activation::PRelu { num_parameters }) if *num_parameters > 1 => {
            channels(input, 1, *num_parameters, "num_parameters")
        }
        Layer::Softmax {
            kind: SoftmaxKind::Softmax2d,
            ..
        } => ranks(input, &[3, 4]),
        Layer::Softmax { dim: Some(dim), .. } => axis(*dim, input.rank()).map(|_| ()),
        Layer::BatchNorm {
            spatial,
            num_features,
            ..
        } => {
            match spatial {
                1 => ranks(input, &[2, 3])?,
                _ => ranks(input, &[spatial + 2])?,
            }
            channels(input, 1, *num_features, "num_features")
        }
        Layer::InstanceNorm {
            spatial,
            num_features,
            affine,
            track_running_stats,
        } => {
            ranks(input, &[spatial + 1, spatial + 2])?;
            // Without weights or statistics the number of features is not used.
            if *affine || *track_running_stats {
                let axis = input.rank() - spatial - 1;
                channels(input, axis, *num_features, "num_features")?;
            }
            Ok(())
        }
        Layer::LayerNorm {
            normalized_shape, ..
        }
        | Layer::RmsNorm {
            normalized_shape, ..
        } => last_axes(input, normalized_shape),
        Layer::GroupNorm { num_channels, .. } => channels(input, 1, *num_channels, "num_channels"),
        Layer::LocalResponseNorm { .. } if input.rank() < 3 => {
            Err(ShapeError::expected("at least 3 axes", input))
        }
        Layer::Dropout {
            kind: DropoutKind::Channel(1),
            ..
        } => ranks(input, &[2, 3]),
        _ => Ok(()),
    }
}

fn linear(in_features: usize, out_features: usize, input: &Shape) -> Outcome {
    let Some((&last, before)) = input.0.split_last() else {
        return Err(ShapeError::expected(
            format!("a last axis of {in_features}"),
            "a scalar",
        ));
    };
    if last != in_features {
        let error = ShapeError::expected(
            format!("a last axis of {in_features}"),
            format!("{last} (input {input})"),
        );
        let flattened = product(input.0.get(1..).unwrap_or_default())?;
        return Err(if input.rank() > 2 && flattened == in_features {
            error.help(
                "a Flatten before it would fit: the axes after the batch hold that many features",
            )
        } else {
            error.help(format!("in_features={last} would fit"))
        });
    }
    let mut dims = before.to_vec();
    dims.push(out_features);
    Ok(Shape(dims))
}

/// `N×…×in1` and `N×…×in2` to `N×…×out`.
pub(super) fn bilinear(features: [usize; 2], out_features: usize, inputs: &[Shape]) -> Outcome {
    let [first, second, ..] = inputs else {
        return Err(ShapeError::expected("two inputs", inputs.len()));
    };
    for (input, expected) in [(first, features[0]), (second, features[1])] {
        if input.0.last() != Some(&expected) {
            return Err(ShapeError::expected(
                format!("a last axis of {expected}"),
                input,
            ));
        }
    }
    let leading = &first.0[..first.rank() - 1];
    if leading != &second.0[..second.rank() - 1] {
        return Err(ShapeError::expected(
            "two inputs that are alike but for the last axis",
            format!("{first} and {second}"),
        ));
    }
    let mut dims = leading.to_vec();
    dims.push(out_features);
    Ok(Shape(dims))
}

fn flatten(start: isize, end: isize, input: &Shape) -> Outcome {
    if input.rank() == 0 {
        return Ok(Shape(vec![1]));
    }
    let (first, last) = (axis(start, input.rank())?, axis(end, input.rank())?);
    if first > last {
        return Err(ShapeError::new(format!(
            "start_dim {start} stands after end_dim {end} in an input of {} axes",
            input.rank()
        )));
    }
    let mut dims = input.0[..first].to_vec();
    dims.push(product(&input.0[first..=last])?);
    dims.extend(&input.0[last + 1..]);
    Ok(Shape(dims))
}

fn unflatten(dim: isize, sizes: &[isize], input: &Shape) -> Outcome {
    let place = axis(dim, input.rank())?;
    let Some(&whole) = input.0.get(place) else {
        return Err(ShapeError::expected("at least 1 axis", "a scalar"));
    };
    let parts = super::operations::resolve_sizes(sizes, whole)?;
    let mut dims = input.0[..place].to_vec();
    dims.extend(parts);
    dims.extend(&input.0[place + 1..]);
    Ok(Shape(dims))
}

fn glu(dim: isize, input: &Shape) -> Outcome {
    let place = axis(dim, input.rank())?;
    match input.0.get(place) {
        Some(whole) if whole % 2 == 0 => {
            let mut output = input.clone();
            output.0[place] = whole / 2;
            Ok(output)
        }
        Some(whole) => Err(ShapeError::expected(
            format!("an even size (axis {place}) to halve"),
            whole,
        )),
        None => Err(ShapeError::expected("at least 1 axis", "a scalar")),
    }
}

fn ranks(input: &Shape, allowed: &[usize]) -> Result<(), ShapeError> {
    if allowed.contains(&input.rank()) {
        return Ok(());
    }
    let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
    Err(ShapeError::expected(
        format!("{} axes", allowed.join(" or ")),
        format!("{} ({input})", input.rank()),
    ))
}

fn channels(input: &Shape, axis: usize, expected: usize, argument: &str) -> Result<(), ShapeError> {
    match input.0.get(axis) {
        Some(&got) if got == expected => Ok(()),
        Some(got) => Err(ShapeError::expected(
            format!("{expected} channels (axis {axis})"),
            format!("{got} (input {input})"),
        )
        .help(format!("{argument}={got} would fit"))),
        None => Err(ShapeError::expected(
            format!("{expected} channels (axis {axis})"),
            format!("an input of {} axes ({input})", input.rank()),
        )),
    }
}

fn last_axes(input: &Shape, expected: &[usize]) -> Result<(), ShapeError> {
    if input.0.ends_with(expected) {
        return Ok(());
    }
    Err(ShapeError::expected(
        format!("last axes of {}", Shape(expected.to_vec())),
        format!("the input {input}"),
    ))
}
