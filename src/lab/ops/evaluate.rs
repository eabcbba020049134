//! Operations carried out on candle tensors.

use candle_core::{D, DType, Device, Result, Tensor};

use super::kernels::{self, View};
use super::{Binary, Comparison, Op, dims_of, elsewhere, linear_algebra};
use crate::lab::LabError;
use crate::lab::device::by_engine_alone;

/// The result of an operation.
///
/// # Errors
/// If the operands do not go together, or the engine fails.
pub(crate) fn evaluate(op: &Op, inputs: &[&Tensor]) -> std::result::Result<Tensor, LabError> {
    let dims: Vec<&[usize]> = inputs.iter().map(|input| input.dims()).collect();
    let dims = dims_of(op, &dims)?;
    compute(op, inputs, &dims).map_err(|error| LabError::engine(op.name(), &error))
}

fn compute(op: &Op, inputs: &[&Tensor], dims: &[usize]) -> Result<Tensor> {
    let device = inputs[0].device();
    if !by_engine_alone(device) {
        return on_cpu(op, inputs, dims);
    }
    // A card has no memory for no numbers, and starts no work on them.
    let empty = dims.contains(&0) || inputs.iter().any(|input| input.elem_count() == 0);
    if !empty && let Some(result) = on_device(op, inputs, dims) {
        return result;
    }
    let moved: Vec<Tensor> = inputs
        .iter()
        .map(|input| input.to_device(&Device::Cpu))
        .collect::<Result<_>>()?;
    on_cpu(op, &moved.iter().collect::<Vec<_>>(), dims)?.to_device(device)
}

fn on_cpu(op: &Op, inputs: &[&Tensor], dims: &[usize]) -> Result<Tensor> {
    by_engine(op, inputs, dims).unwrap_or_else(|| here(op, inputs, dims))
}

fn on_device(op: &Op, inputs: &[&Tensor], dims: &[usize]) -> Option<Result<Tensor>> {
    by_engine(op, inputs, dims).or_else(|| elsewhere::compute(op, inputs, dims))
}

/// Whether on another device it is computed on the CPU all the same, and moved.
///
/// # Errors
/// If the operands do not go together.
pub(crate) fn is_moved(op: &Op, inputs: &[&Tensor]) -> std::result::Result<bool, LabError> {
    let dims: Vec<&[usize]> = inputs.iter().map(|input| input.dims()).collect();
    let dims = dims_of(op, &dims)?;
    Ok(on_device(op, inputs, &dims).is_none())
}

/// What the engine does right, for every kind of number and on every device.
fn by_engine(op: &Op, inputs: &[&Tensor], dims: &[usize]) -> Option<Result<Tensor>> {
    let x = inputs[0];
    let float = x.dtype().is_float();
    Some(match op {
        Op::Affine { scale, shift } if float => x.affine(*scale, *shift),
        Op::Binary(Binary::Add) if x.dtype() != DType::U8 => x.broadcast_add(inputs[1]),
        Op::Binary(Binary::Sub) if x.dtype() != DType::U8 => x.broadcast_sub(inputs[1]),
        Op::Binary(Binary::Mul) if x.dtype() != DType::U8 => x.broadcast_mul(inputs[1]),
        Op::Binary(Binary::Div) if float => x.broadcast_div(inputs[1]),
        Op::Compare(comparison) => compare(*comparison, x, inputs[1]),
        Op::Where => choose(x, inputs[1], inputs[2], dims),
        Op::Cast(kind) => cast(x, kind.dtype()),
        Op::Detach => Ok(x.clone()),
        Op::Reshape(_) => x.reshape(dims),
        Op::Permute(order) => x.permute(order.as_slice()),
        Op::Broadcast(_) => x.broadcast_as(dims),
        Op::Slice {
            axis,
            start,
            step: 1,
            count,
        } if *count > 0 => x.narrow(*axis, *start, *count),
        Op::Cat(axis) => Tensor::cat(inputs, *axis),
        Op::MatMul => matmul(x, inputs[1], dims),
        _ => return None,
    })
}

/// What is computed in the machine's own memory.
fn here(op: &Op, inputs: &[&Tensor], dims: &[usize]) -> Result<Tensor> {
    let x = inputs[0];
    match op {
        Op::Unary(function) => kernels::unary(*function, x),
        Op::Power(exponent) => kernels::power(*exponent, x),
        Op::Affine { scale, shift } => kernels::affine(x, *scale, *shift),
        Op::Clamp { low, high } => kernels::clamp(x, *low, *high),
        Op::LeakyRelu(slope) => kernels::leaky_relu(x, *slope),
        Op::Elu(alpha) => kernels::elu(x, *alpha),
        Op::Binary(function) => {
            let (a, b) = (x.broadcast_as(dims)?, inputs[1].broadcast_as(dims)?);
            kernels::binary(*function, &a, &b)
        }
        Op::IndexSelect(axis) => kernels::index_select(x, inputs[1], *axis, dims),
        Op::IndexAdd { axis, .. } => kernels::index_add(x, inputs[1], *axis, dims),
        Op::Gather(axis) => kernels::gather(x, inputs[1], *axis),
        Op::ScatterAdd { axis, .. } => kernels::scatter_add(x, inputs[1], *axis, dims),
        Op::Sum { axes, .. } if axes.is_empty() => Ok(x.clone()),
        Op::Sum { axes, .. } => kernels::sum(x, axes)?.reshape(dims),
        Op::SumTo(_) => sum_to(x, dims),
        Op::CumSum { axis, reverse } => kernels::running_sum(x, *axis, *reverse),
        Op::ArgExtreme { axis, largest } => kernels::arg_extreme(x, *axis, *largest, dims),
        Op::ArgSort { axis, descending } => kernels::arg_sort(x, *axis, *descending),
        Op::Softmax(axis) => kernels::softmax(x, *axis, false),
        Op::LogSoftmax(axis) => kernels::softmax(x, *axis, true),
        Op::Inverse => linear_algebra::inverse(x),
        Op::Determinant => linear_algebra::determinant(x),
        _ => spaced(op, x, dims),
    }
}

/// What takes numbers from evenly spaced places, or puts them back there.
fn spaced(op: &Op, x: &Tensor, dims: &[usize]) -> Result<Tensor> {
    match *op {
        Op::Slice {
            axis,
            start,
            step,
            count,
        } => kernels::take(x, View::slice(axis, start, step, count)),
        Op::Unslice {
            axis, start, step, ..
        } => kernels::put_back(x, dims, View::slice(axis, start, step, x.dims()[axis])),
        Op::Flip(axis) => kernels::take(x, View::flip(axis)),
        Op::Window {
            axis,
            kernel,
            stride,
            dilation,
        } => kernels::take(x, View::windows(axis, dims[axis], kernel, stride, dilation)),
        Op::Unwindow {
            axis,
            stride,
            dilation,
            ..
        } => {
            let kernel = x.dim(D::Minus1)?;
            let count = x.dims()[axis];
            kernels::put_back(
                x,
                dims,
                View::windows(axis, count, kernel, stride, dilation),
            )
        }
        _ => candle_core::bail!("nobody computes {}", op.name()),
    }
}

fn compare(comparison: Comparison, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    match comparison {
        Comparison::Eq => a.broadcast_eq(b),
        Comparison::Ne => a.broadcast_ne(b),
        Comparison::Lt => a.broadcast_lt(b),
        Comparison::Le => a.broadcast_le(b),
        Comparison::Gt => a.broadcast_gt(b),
        Comparison::Ge => a.broadcast_ge(b),
    }
}

fn choose(condition: &Tensor, a: &Tensor, b: &Tensor, dims: &[usize]) -> Result<Tensor> {
    let spread = |x: &Tensor| x.broadcast_as(dims);
    spread(condition)?.where_cond(&spread(a)?, &spread(b)?)
}

/// Numbers of another kind; truth values are 0 and 1 whatever they were.
fn cast(x: &Tensor, to: DType) -> Result<Tensor> {
    if to == DType::U8 && x.dtype() != DType::U8 {
        return x.ne(&x.zeros_like()?);
    }
    x.to_dtype(to)
}

fn sum_to(x: &Tensor, dims: &[usize]) -> Result<Tensor> {
    let axes = summed_axes(x, dims);
    if axes.is_empty() {
        return x.reshape(dims);
    }
    kernels::sum(x, &axes)?.reshape(dims)
}

/// The axes that are summed on the way to a shape.
pub(super) fn summed_axes(x: &Tensor, dims: &[usize]) -> Vec<usize> {
    let lead = x.rank() - dims.len();
    (0..x.rank())
        .filter(|&axis| axis < lead || (dims[axis - lead] == 1 && x.dims()[axis] != 1))
        .collect()
}

/// The matrix product. Integers are multiplied as float64, which is exact below 2⁵³.
fn matmul(a: &Tensor, b: &Tensor, dims: &[usize]) -> Result<Tensor> {
    if !a.dtype().is_float() && a.dtype() == b.dtype() {
        let wide = (a.to_dtype(DType::F64)?, b.to_dtype(DType::F64)?);
        return matmul(&wide.0, &wide.1, dims)?.to_dtype(DType::I64);
    }
    let inner = a.dim(D::Minus1)?;
    if inner == 0 || dims.contains(&0) {
        return Tensor::zeros(dims, a.dtype(), a.device());
    }
    if b.rank() == 2 && a.rank() > 2 {
        let rows = a.elem_count() / inner;
        return a
            .reshape((rows, inner))?
            .matmul(&matrices(b)?)?
            .reshape(dims);
    }
    if a.dims()[..a.rank() - 2] == b.dims()[..b.rank() - 2] {
        return matrices(a)?.matmul(&matrices(b)?);
    }
    let lead = &dims[..dims.len() - 2];
    let spread = |x: &Tensor| {
        let mut dims = lead.to_vec();
        dims.extend(&x.dims()[x.rank() - 2..]);
        x.broadcast_as(dims)?.contiguous()
    };
    spread(a)?.matmul(&spread(b)?)
}

/// With matrices that the engine's product takes: contiguous, or contiguous but for a transposition.
fn matrices(x: &Tensor) -> Result<Tensor> {
    let plain = x.is_contiguous() || x.t()?.is_contiguous();
    if plain { Ok(x.clone()) } else { x.contiguous() }
}
