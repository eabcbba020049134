//! Operations on another device, in the engine's own, where it has the same conventions there.

use candle_core::{D, DType, Device, Result, Tensor};

use super::evaluate::summed_axes;
use super::{Op, Unary};

/// The result; `None` for what is better computed on the CPU and moved.
pub(super) fn compute(op: &Op, inputs: &[&Tensor], dims: &[usize]) -> Option<Result<Tensor>> {
    let x = inputs[0];
    Some(match *op {
        Op::Unary(function) => return unary(function, x),
        Op::LeakyRelu(slope) if x.dtype().is_float() => split_at_zero(x, |x| x.affine(slope, 0.0)),
        Op::Elu(alpha) if x.dtype().is_float() => {
            split_at_zero(x, |x| x.exp()?.affine(alpha, -alpha))
        }
        Op::Sum { ref axes, .. } if axes.is_empty() => Ok(x.clone()),
        Op::Sum { ref axes, .. } => sum(x, axes).and_then(|sum| sum.reshape(dims)),
        Op::SumTo(_) => sum(x, &summed_axes(x, dims)).and_then(|sum| sum.reshape(dims)),
        Op::Slice {
            axis,
            start,
            step,
            count,
        } => pick(x, axis, (0..count).map(|place| start + place * step)),
        Op::Unslice {
            axis, start, step, ..
        } => {
            let places = (0..x.dims()[axis]).map(|place| start + place * step);
            put_back(x, axis, places, dims)
        }
        Op::Flip(axis) => pick(x, axis, (0..x.dims()[axis]).rev()),
        Op::Window {
            axis,
            kernel,
            stride,
            dilation,
        } => window(x, axis, spread(dims[axis], kernel, stride, dilation), dims),
        Op::Unwindow {
            axis,
            stride,
            dilation,
            ..
        } => unwindow(x, axis, stride, dilation, dims),
        Op::Softmax(axis) => shifted(x, axis).and_then(|shifted| {
            let exp = shifted.exp()?;
            exp.broadcast_div(&sum(&exp, &[axis])?)
        }),
        Op::LogSoftmax(axis) => shifted(x, axis)
            .and_then(|shifted| shifted.broadcast_sub(&sum(&shifted.exp()?, &[axis])?.log()?)),
        _ => return None,
    })
}

fn unary(function: Unary, x: &Tensor) -> Option<Result<Tensor>> {
    if !x.dtype().is_float() {
        return None;
    }
    Some(match function {
        Unary::Neg => x.neg(),
        Unary::Abs => x.abs(),
        // A NaN stays one; the engine's own makes it 0.
        Unary::Sign => x.eq(x).and_then(|number| number.where_cond(&x.sign()?, x)),
        Unary::Exp => x.exp(),
        Unary::Log => x.log(),
        Unary::Sqrt => x.sqrt(),
        Unary::Reciprocal => x.recip(),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Tanh => x.tanh(),
        Unary::Erf => x.erf(),
        // The engine's own makes a NaN 0.
        Unary::Relu => split_at_zero(x, |_| x.zeros_like()),
        Unary::Sigmoid => sigmoid(x),
        // x (1 + erf(x/√2)) / 2.
        Unary::Gelu => x
            .affine(std::f64::consts::FRAC_1_SQRT_2, 0.0)
            .and_then(|scaled| x * scaled.erf()?.affine(0.5, 0.5)?),
        Unary::Silu => sigmoid(x).and_then(|sigmoid| x * sigmoid),
        _ => return None,
    })
}

/// 1 / (1 + e^−x): where e^−x overflows, the quotient is 0 as it should be.
fn sigmoid(x: &Tensor) -> Result<Tensor> {
    x.neg()?.exp()?.affine(1.0, 1.0)?.recip()
}

/// x itself above 0, and something else below it; a NaN stays one.
fn split_at_zero(x: &Tensor, below: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    x.le(0.0)?.where_cond(&below(x)?, x)
}

/// Reductions of floats are made in float64.
fn sum(x: &Tensor, axes: &[usize]) -> Result<Tensor> {
    match x.dtype() {
        DType::F32 => x
            .to_dtype(DType::F64)?
            .sum_keepdim(axes)?
            .to_dtype(DType::F32),
        DType::U8 => x.to_dtype(DType::I64)?.sum_keepdim(axes),
        _ => x.sum_keepdim(axes),
    }
}

/// Less the largest along an axis.
fn shifted(x: &Tensor, axis: usize) -> Result<Tensor> {
    x.broadcast_sub(&x.max_keepdim(axis)?)
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
    from: impl Iterator<Item = usize>,
    dims: &[usize],
) -> Result<Tensor> {
    let mut apart = dims.to_vec();
    let kernel = apart.remove(x.rank());
    apart.insert(axis + 1, kernel);
    let order: Vec<usize> = (0..=x.rank())
        .filter(|&place| place != axis + 1)
        .chain([axis + 1])
        .collect();
    pick(x, axis, from)?
        .reshape(apart)?
        .permute(order)?
        .contiguous()
}

fn unwindow(
    x: &Tensor,
    axis: usize,
    stride: usize,
    dilation: usize,
    dims: &[usize],
) -> Result<Tensor> {
    let last = x.rank() - 1;
    let (count, kernel) = (x.dims()[axis], x.dim(D::Minus1)?);
    let order: Vec<usize> = (0..=axis).chain([last]).chain(axis + 1..last).collect();
    let mut together = x.dims()[..last].to_vec();
    together[axis] = count * kernel;
    let together = x.permute(order)?.reshape(together)?;
    let to = spread(count, kernel, stride, dilation);
    put_back(&together, axis, to, dims)
}
