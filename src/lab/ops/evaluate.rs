//! Operations carried out on candle tensors.

use candle_core::{D, DType, Device, Result, Tensor};

use super::{Binary, Comparison, Op, dims_of, kernels, linear_algebra};
use crate::lab::LabError;

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
    let x = inputs[0];
    match op {
        Op::Unary(function) => kernels::unary(*function, x),
        Op::Power(exponent) => kernels::power(*exponent, x),
        Op::Affine { scale, shift } => x.affine(*scale, *shift),
        Op::Clamp { low, high } => clamp(x, *low, *high),
        Op::LeakyRelu(slope) => {
            let below = x.affine(*slope, 0.0)?;
            x.gt(&x.zeros_like()?)?.where_cond(x, &below)
        }
        Op::Elu(alpha) => {
            let below = kernels::unary(super::Unary::Expm1, x)?.affine(*alpha, 0.0)?;
            x.gt(&x.zeros_like()?)?.where_cond(x, &below)
        }
        Op::Binary(function) => binary(*function, x, inputs[1], dims),
        Op::Compare(comparison) => compare(*comparison, x, inputs[1]),
        Op::Where => {
            let condition = x.broadcast_as(dims)?.contiguous()?;
            let a = inputs[1].broadcast_as(dims)?.contiguous()?;
            let b = inputs[2].broadcast_as(dims)?.contiguous()?;
            condition.where_cond(&a, &b)
        }
        Op::Cast(kind) => cast(x, kind.dtype()),
        Op::Detach => Ok(x.clone()),

        Op::Reshape(dims) => x.reshape(dims.as_slice()),
        Op::Permute(order) => x.permute(order.as_slice()),
        Op::Broadcast(dims) => x.broadcast_as(dims.as_slice()),
        Op::SumTo(dims) => sum_to(x, dims),
        Op::Slice {
            axis,
            start,
            step: 1,
            count,
        } => x.narrow(*axis, *start, *count),
        Op::Slice {
            axis,
            start,
            step,
            count,
        } => pick(x, *axis, (0..*count).map(|place| start + place * step)),
        Op::Unslice {
            axis,
            start,
            step: 1,
            length,
        } => x.pad_with_zeros(*axis, *start, length - start - x.dims()[*axis]),
        Op::Unslice {
            axis, start, step, ..
        } => {
            let places = (0..x.dims()[*axis]).map(|place| start + place * step);
            put_back(x, *axis, places, dims)
        }
        Op::Flip(axis) => pick(x, *axis, (0..x.dims()[*axis]).rev()),
        Op::Cat(axis) => Tensor::cat(inputs, *axis),
        Op::Window {
            axis,
            kernel,
            stride,
            dilation,
        } => window(x, *axis, *kernel, *stride, *dilation, dims),
        Op::Unwindow {
            axis,
            stride,
            dilation,
            ..
        } => unwindow(x, *axis, *stride, *dilation, dims),

        Op::IndexSelect(axis) => x
            .contiguous()?
            .index_select(&inputs[1].contiguous()?, *axis),
        Op::IndexAdd { axis, .. } => Tensor::zeros(dims, x.dtype(), x.device())?.index_add(
            &inputs[1].contiguous()?,
            &x.contiguous()?,
            *axis,
        ),
        Op::Gather(axis) => x.contiguous()?.gather(&inputs[1].contiguous()?, *axis),
        Op::ScatterAdd { axis, .. } => Tensor::zeros(dims, x.dtype(), x.device())?.scatter_add(
            &inputs[1].contiguous()?,
            &x.contiguous()?,
            *axis,
        ),

        Op::Sum { axes, keep } => sum(x, axes, *keep),
        Op::CumSum { axis, reverse } => kernels::running_sum(*axis, *reverse, x),
        Op::ArgExtreme { axis, largest } => {
            let x = x.contiguous()?;
            let places = if *largest {
                x.argmax_keepdim(*axis)
            } else {
                x.argmin_keepdim(*axis)
            };
            places?.to_dtype(DType::I64)
        }
        Op::ArgSort { axis, descending } => {
            let last = x.rank() - 1;
            let turned = x.transpose(*axis, last)?.contiguous()?;
            let order = turned.arg_sort_last_dim(!descending)?;
            order
                .to_dtype(DType::I64)?
                .transpose(*axis, last)?
                .contiguous()
        }
        Op::Softmax(axis) => {
            let shifted = x.broadcast_sub(&x.max_keepdim(*axis)?)?;
            let exp = shifted.exp()?;
            exp.broadcast_div(&sum(&exp, &[*axis], true)?)
        }
        Op::LogSoftmax(axis) => {
            let shifted = x.broadcast_sub(&x.max_keepdim(*axis)?)?;
            let total = sum(&shifted.exp()?, &[*axis], true)?;
            shifted.broadcast_sub(&total.log()?)
        }

        Op::MatMul => matmul(x, inputs[1], dims),
        Op::Inverse => linear_algebra::inverse(x),
        Op::Determinant => linear_algebra::determinant(x),
    }
}

/// Between bounds; a NaN stays one.
fn clamp(x: &Tensor, low: Option<f64>, high: Option<f64>) -> Result<Tensor> {
    let mut clamped = x.clone();
    if let Some(low) = low {
        let bound = (x.ones_like()? * low)?;
        clamped = clamped.lt(&bound)?.where_cond(&bound, &clamped)?;
    }
    if let Some(high) = high {
        let bound = (x.ones_like()? * high)?;
        clamped = clamped.gt(&bound)?.where_cond(&bound, &clamped)?;
    }
    Ok(clamped)
}

fn binary(function: Binary, a: &Tensor, b: &Tensor, dims: &[usize]) -> Result<Tensor> {
    let float = a.dtype().is_float();
    match function {
        Binary::Add => a.broadcast_add(b),
        Binary::Sub => a.broadcast_sub(b),
        Binary::Mul => a.broadcast_mul(b),
        Binary::Div if float => a.broadcast_div(b),
        _ => kernels::binary(function, &a.broadcast_as(dims)?, &b.broadcast_as(dims)?),
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

/// Numbers of another kind; truth values are 0 and 1 whatever they were.
fn cast(x: &Tensor, to: DType) -> Result<Tensor> {
    if to == DType::U8 && x.dtype() != DType::U8 {
        return x.ne(&x.zeros_like()?);
    }
    x.to_dtype(to)
}

/// Reductions of floats are made in float64.
fn sum(x: &Tensor, axes: &[usize], keep: bool) -> Result<Tensor> {
    if axes.is_empty() {
        return Ok(x.clone());
    }
    let kind = x.dtype();
    let wide = match kind {
        DType::F32 => x.to_dtype(DType::F64)?,
        DType::U8 => x.to_dtype(DType::I64)?,
        _ => x.clone(),
    };
    let total = if keep {
        wide.sum_keepdim(axes)
    } else {
        wide.sum(axes)
    }?;
    if kind == DType::F32 {
        total.to_dtype(kind)
    } else {
        Ok(total)
    }
}

fn sum_to(x: &Tensor, dims: &[usize]) -> Result<Tensor> {
    let lead = x.rank() - dims.len();
    let axes: Vec<usize> = (0..x.rank())
        .filter(|&axis| axis < lead || (dims[axis - lead] == 1 && x.dims()[axis] != 1))
        .collect();
    sum(x, &axes, true)?.reshape(dims)
}

/// Places as the engine counts them.
fn places(places: impl Iterator<Item = usize>, device: &Device) -> Result<Tensor> {
    let places: Vec<u32> = places
        .map(|place| u32::try_from(place).map_err(candle_core::Error::wrap))
        .collect::<Result<_>>()?;
    let count = places.len();
    Tensor::from_vec(places, count, device)
}

fn pick(x: &Tensor, axis: usize, from: impl Iterator<Item = usize>) -> Result<Tensor> {
    x.contiguous()?
        .index_select(&places(from, x.device())?, axis)
}

fn put_back(
    x: &Tensor,
    axis: usize,
    to: impl Iterator<Item = usize>,
    dims: &[usize],
) -> Result<Tensor> {
    Tensor::zeros(dims, x.dtype(), x.device())?.index_add(
        &places(to, x.device())?,
        &x.contiguous()?,
        axis,
    )
}

/// Where every place of every window stands.
fn spread(
    count: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
) -> impl Iterator<Item = usize> {
    (0..count)
        .flat_map(move |window| (0..kernel).map(move |place| window * stride + place * dilation))
}

fn window(
    x: &Tensor,
    axis: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    dims: &[usize],
) -> Result<Tensor> {
    let count = dims[axis];
    let picked = pick(x, axis, spread(count, kernel, stride, dilation))?;
    let mut apart = x.dims().to_vec();
    apart[axis] = count;
    apart.insert(axis + 1, kernel);
    let order: Vec<usize> = (0..=x.rank())
        .filter(|&place| place != axis + 1)
        .chain([axis + 1])
        .collect();
    picked.reshape(apart)?.permute(order)?.contiguous()
}

fn unwindow(
    x: &Tensor,
    axis: usize,
    stride: usize,
    dilation: usize,
    dims: &[usize],
) -> Result<Tensor> {
    let last = x.rank() - 1;
    let (count, kernel) = (x.dims()[axis], x.dims()[last]);
    let order: Vec<usize> = (0..=axis).chain([last]).chain(axis + 1..last).collect();
    let mut together = x.dims()[..last].to_vec();
    together[axis] = count * kernel;
    let together = x.permute(order)?.reshape(together)?;
    put_back(
        &together,
        axis,
        spread(count, kernel, stride, dilation),
        dims,
    )
}

/// The matrix product. Integers are multiplied as float64, which is exact below 2⁵³.
fn matmul(a: &Tensor, b: &Tensor, dims: &[usize]) -> Result<Tensor> {
    if !a.dtype().is_float() {
        let wide = (a.to_dtype(DType::F64)?, b.to_dtype(DType::F64)?);
        return matmul(&wide.0, &wide.1, dims)?.to_dtype(DType::I64);
    }
    let inner = a.dim(D::Minus1)?;
    if inner == 0 || dims.contains(&0) {
        return Tensor::zeros(dims, a.dtype(), a.device());
    }
    if b.rank() == 2 && a.rank() > 2 {
        let rows = a.elem_count() / inner;
        return a.reshape((rows, inner))?.matmul(b)?.reshape(dims);
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
