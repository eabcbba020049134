//! Layers out of the lab's operations, for the comparison with the engine's own.

use crate::lab::LabError;
use crate::lab::ops::{Comparison, Op, Unary};
use crate::lab::value::Value;

type Outcome = Result<Value, LabError>;

/// A convolution of images (batch, channels, height, width) with a kernel (out, in, height, width).
pub(super) fn conv2d(x: &Value, kernel: &Value, stride: usize, padding: usize) -> Outcome {
    let [out, channels, height, width] = four(kernel)?;
    let padded = padded(&padded(x, 2, padding)?, 3, padding)?;
    let windows = windows(&windows(&padded, 2, height, stride)?, 3, width, stride)?;
    let [batch, _, rows, columns] = four(&windows)?;
    let size = channels * height * width;
    let columned = windows
        .permute(&[0, 2, 3, 1, 4, 5])?
        .reshape(&[batch * rows * columns, size])?;
    columned
        .matmul(&kernel.reshape(&[out, size])?.transposed()?)?
        .reshape(&[batch, rows, columns, out])?
        .permute(&[0, 3, 1, 2])
}

/// A convolution of sequences (batch, channels, length) with a kernel (out, in, length).
pub(super) fn conv1d(x: &Value, kernel: &Value) -> Outcome {
    let flat = |x: &Value| x.reshape(&[x.dims()[0], x.dims()[1], 1, x.dims()[2]]);
    let y = conv2d(&flat(x)?, &flat(kernel)?, 1, 0)?;
    let dims = [y.dims()[0], y.dims()[1], y.dims()[3]];
    y.reshape(&dims)
}

/// A transposed convolution of sequences with a kernel (in, out, length).
pub(super) fn conv_transpose1d(x: &Value, kernel: &Value, stride: usize) -> Outcome {
    let (batch, channels, length) = (x.dims()[0], x.dims()[1], x.dims()[2]);
    let (out, size) = (kernel.dims()[1], kernel.dims()[2]);
    let windows = x
        .transposed()?
        .matmul(&kernel.reshape(&[channels, out * size])?)?
        .reshape(&[batch, length, out, size])?
        .permute(&[0, 2, 1, 3])?;
    let unwindow = Op::Unwindow {
        axis: 2,
        length: (length - 1) * stride + size,
        stride,
        dilation: 1,
    };
    Value::apply(unwindow, &[&windows])
}

/// The largest of each window of k × k.
pub(super) fn max_pool2d(x: &Value, k: usize, stride: usize) -> Outcome {
    let flat = pool_windows(x, k, stride)?;
    let largest = Op::ArgExtreme {
        axis: 4,
        largest: true,
    };
    let places = Value::apply(largest, &[&flat])?;
    let largest = Value::apply(Op::Gather(4), &[&flat, &places])?;
    let dims = largest.dims()[..4].to_vec();
    largest.reshape(&dims)
}

/// The mean of each window of k × k.
pub(super) fn avg_pool2d(x: &Value, k: usize, stride: usize) -> Outcome {
    let flat = pool_windows(x, k, stride)?;
    mean(&flat, 4)?.reshape(&flat.dims()[..4])
}

fn pool_windows(x: &Value, k: usize, stride: usize) -> Outcome {
    let windows = windows(&windows(x, 2, k, stride)?, 3, k, stride)?;
    let mut dims = windows.dims()[..4].to_vec();
    dims.push(k * k);
    windows.reshape(&dims)
}

/// Every row and every column twice.
pub(super) fn upsample_nearest2d(x: &Value) -> Outcome {
    let [batch, channels, rows, columns] = four(x)?;
    x.reshape(&[batch, channels, rows, 1, columns, 1])?
        .broadcast(&[batch, channels, rows, 2, columns, 2])?
        .reshape(&[batch, channels, 2 * rows, 2 * columns])
}

/// Linear interpolation along both axes; `weights` are those of one axis: (to, from).
pub(super) fn upsample_bilinear2d(x: &Value, weights: &Value) -> Outcome {
    weights.matmul(x)?.matmul(&weights.transposed()?)
}

/// Normalised over the last axis, scaled and shifted.
pub(super) fn layer_norm(x: &Value, scale: &Value, shift: &Value, eps: f64) -> Outcome {
    let last = x.dims().len() - 1;
    let centred = x.sub(&mean(x, last)?)?;
    rms_norm(&centred, scale, eps)?.add(shift)
}

/// Over the root of the mean square of the last axis, scaled.
pub(super) fn rms_norm(x: &Value, scale: &Value, eps: f64) -> Outcome {
    let square = mean(&x.mul(x)?, x.dims().len() - 1)?.affine(1.0, eps)?;
    x.div(&square.unary(Unary::Sqrt)?)?.mul(scale)
}

/// The largest along an axis; at a tie the gradient is shared, as by PyTorch's `amax`.
pub(super) fn amax(x: &Value, axis: usize) -> Outcome {
    let largest = Op::ArgExtreme {
        axis,
        largest: true,
    };
    let largest = Value::apply(Op::Gather(axis), &[x, &Value::apply(largest, &[x])?])?;
    let ties = x.compare(Comparison::Eq, &largest)?.cast(x.kind())?;
    let shares = ties.div(&ties.sum(&[axis], true)?)?.untracked();
    // A NaN equals nothing: it is passed on as it is.
    let same = largest.untracked();
    let moved = x.sub(&same)?.mul(&shares)?.sum(&[axis], true)?;
    let nothing = same.compare(Comparison::Ne, &same)?;
    Value::where_(&nothing, &same, &same.add(&moved)?)
}

/// GELU by the hyperbolic tangent.
pub(super) fn gelu_tanh(x: &Value) -> Outcome {
    let root = (2.0 / std::f64::consts::PI).sqrt();
    let inner = x
        .power(3.0)?
        .affine(0.044_715, 0.0)?
        .add(x)?
        .affine(root, 0.0)?;
    let gate = inner.unary(Unary::Tanh)?.affine(0.5, 0.5)?;
    x.mul(&gate)
}

/// The mean along an axis, which stays.
fn mean(x: &Value, axis: usize) -> Outcome {
    let count = super::draw::small(x.dims()[axis]);
    x.sum(&[axis], true)?.affine(1.0 / count, 0.0)
}

/// Zeros on both ends of an axis.
fn padded(x: &Value, axis: usize, padding: usize) -> Outcome {
    let pad = Op::Unslice {
        axis,
        start: padding,
        step: 1,
        length: x.dims()[axis] + 2 * padding,
    };
    Value::apply(pad, &[x])
}

fn windows(x: &Value, axis: usize, kernel: usize, stride: usize) -> Outcome {
    let window = Op::Window {
        axis,
        kernel,
        stride,
        dilation: 1,
    };
    Value::apply(window, &[x])
}

/// The first four sizes.
fn four(x: &Value) -> Result<[usize; 4], LabError> {
    match x.dims() {
        [batch, channels, rows, columns, ..] => Ok([*batch, *channels, *rows, *columns]),
        dims => Err(LabError::shape(
            "conv2d",
            format!("an image is needed, not a tensor of shape {dims:?}"),
        )),
    }
}
