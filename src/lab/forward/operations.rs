//! Operations on tensors.

use candle_core::{D, DType, Result, Tensor};

use super::sequences::attend;
use super::windows::pick;
use crate::model::Operation;
use crate::model::operation::{Binary, Pieces, Reduction};

pub(super) fn of_operation(operation: &Operation, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
    let input = &inputs[0];
    let rank = input.rank();
    let single = match operation {
        Operation::Split { pieces, dim } => return split(pieces, axis(*dim, rank)?, input),
        Operation::Binary(kind) => binary(*kind, inputs),
        Operation::Elementwise { name } => elementwise(name, inputs),
        Operation::Cat { dim } => {
            let full: Vec<&Tensor> = inputs.iter().filter(|t| t.dims() != [0]).collect();
            match full.first() {
                Some(first) => Tensor::cat(&full, axis(*dim, first.rank())?),
                None => Ok(input.clone()),
            }
        }
        Operation::Stack { dim } => Tensor::stack(inputs, axis(*dim, rank + 1)?),
        Operation::MatMul => matmul(input, &inputs[1]),
        Operation::Reduce {
            kind,
            dims,
            keepdim,
        } => reduce(*kind, &axes(dims, rank)?, *keepdim, input),
        Operation::DotProductAttention { .. } => {
            attend(input, &inputs[1], &inputs[2]).map(|(seen, _)| seen)
        }
        Operation::Reshape { sizes } => reshape(input, sizes),
        Operation::Permute { dims } => input.permute(axes(dims, rank)?),
        Operation::Transpose { .. } if rank == 0 => Ok(input.clone()),
        Operation::Transpose { first, second } => {
            input.transpose(axis(*first, rank)?, axis(*second, rank)?)
        }
        Operation::Squeeze { dims } => {
            let mut gone = axes(dims, rank)?;
            gone.retain(|&axis| input.dims()[axis] == 1);
            remove_axes(input, gone)
        }
        Operation::Unsqueeze { dim } => input.unsqueeze(axis(*dim, rank + 1)?),
        Operation::Select { dim, index } => {
            let axis = axis(*dim, rank)?;
            let index = from_end(*index, input.dims()[axis]);
            input.narrow(axis, index, 1)?.squeeze(axis)
        }
        Operation::Slice {
            dim,
            start,
            stop,
            step,
        } => {
            let axis = axis(*dim, rank)?;
            let n = input.dims()[axis];
            let start = start.map_or(0, |start| from_end(start, n));
            let stop = stop.map_or(n, |stop| from_end(stop, n));
            pick(input, axis, (start..stop).step_by(*step))
        }
        Operation::Expand { sizes } => {
            let new = sizes.len() - rank;
            let size = |(index, &size): (usize, &isize)| {
                usize::try_from(size).unwrap_or_else(|_| input.dims()[index - new])
            };
            input.broadcast_as(sizes.iter().enumerate().map(size).collect::<Vec<_>>())
        }
        Operation::Repeat { times } => input.repeat(times.as_slice()),
        Operation::Flip { dims } => {
            axes(dims, rank)?
                .into_iter()
                .try_fold(input.clone(), |value, axis| {
                    let n = value.dims()[axis];
                    pick(&value, axis, (0..n).rev())
                })
        }
        Operation::Roll { shifts, dims } => roll(shifts, dims, input),
        Operation::Cumulative { dim } if rank > 0 => cumulate(axis(*dim, rank)?, input),
        Operation::Cumulative { .. } => Ok(input.clone()),
    }?;
    Ok(vec![single])
}

/// The axis that a dimension names.
pub(super) fn axis(dim: isize, rank: usize) -> Result<usize> {
    let rank = rank.max(1);
    let axis = if dim < 0 {
        rank.checked_sub(dim.unsigned_abs())
    } else {
        Some(dim.unsigned_abs())
    };
    axis.filter(|axis| *axis < rank)
        .ok_or_else(|| candle_core::Error::msg(format!("no axis {dim} of {rank}")))
}

/// The axes that these dimensions name; all where none is named.
fn axes(dims: &[isize], rank: usize) -> Result<Vec<usize>> {
    match dims {
        [] => Ok((0..rank).collect()),
        _ => dims.iter().map(|&dim| axis(dim, rank)).collect(),
    }
}

/// A position that counts from the end where it is negative, cut to the axis.
fn from_end(position: isize, n: usize) -> usize {
    match usize::try_from(position) {
        Ok(position) => position.min(n),
        Err(_) => n.saturating_sub(position.unsigned_abs()),
    }
}

/// Other sizes for the same elements; −1 is what the others leave.
pub(super) fn reshape(input: &Tensor, sizes: &[isize]) -> Result<Tensor> {
    let known: usize = sizes
        .iter()
        .filter_map(|&size| usize::try_from(size).ok())
        .product();
    let rest = input.elem_count() / known.max(1);
    let dims: Vec<usize> = sizes
        .iter()
        .map(|&size| usize::try_from(size).unwrap_or(rest))
        .collect();
    input.contiguous()?.reshape(dims)
}

fn binary(kind: Binary, inputs: &[Tensor]) -> Result<Tensor> {
    let [first, second, ..] = inputs else {
        return inputs[0].affine(1.0, 1.0);
    };
    match kind {
        Binary::Add => first.broadcast_add(second),
        Binary::Sub => first.broadcast_sub(second),
        Binary::Mul => first.broadcast_mul(second),
        Binary::Div => first.broadcast_div(second),
        Binary::Pow => first.broadcast_pow(second),
        Binary::Maximum => first.broadcast_maximum(second),
        Binary::Minimum => first.broadcast_minimum(second),
    }
}

/// The commonest functions by name; any other stands for a function of each element alone.
fn elementwise(name: &str, inputs: &[Tensor]) -> Result<Tensor> {
    let [x] = inputs else {
        return inputs[1..]
            .iter()
            .try_fold(inputs[0].clone(), |sum, input| sum.broadcast_add(input));
    };
    match name {
        "exp" => x.exp(),
        "abs" => x.abs(),
        "neg" => x.neg(),
        "sin" => x.sin(),
        "cos" => x.cos(),
        "tanh" => x.tanh(),
        "sqrt" => x.abs()?.sqrt(),
        "log" => x.abs()?.log(),
        _ => x.affine(0.5, 0.25),
    }
}

/// A vector on the left is a row, one on the right a column, and neither axis is kept.
fn matmul(first: &Tensor, second: &Tensor) -> Result<Tensor> {
    let (row, column) = (first.rank() == 1, second.rank() == 1);
    let left = if row {
        first.unsqueeze(0)?
    } else {
        first.clone()
    };
    let right = if column {
        second.unsqueeze(1)?
    } else {
        second.clone()
    };
    let mut product = left.contiguous()?.broadcast_matmul(&right.contiguous()?)?;
    if column {
        product = product.squeeze(D::Minus1)?;
    }
    if row {
        let axis = product.rank() - if column { 1 } else { 2 };
        product = product.squeeze(axis)?;
    }
    Ok(product)
}

fn reduce(kind: Reduction, axes: &[usize], keepdim: bool, input: &Tensor) -> Result<Tensor> {
    let mut value = match kind {
        Reduction::Norm | Reduction::Var | Reduction::Std => input.sqr()?,
        Reduction::LogSumExp => input.exp()?,
        // Positions over several axes count along all of them together.
        Reduction::ArgMax | Reduction::ArgMin if axes.len() > 1 || input.rank() == 0 => {
            return positions_of_all(keepdim, input);
        }
        _ => input.clone(),
    };
    for &axis in axes {
        value = match kind {
            Reduction::Mean => value.mean_keepdim(axis)?,
            Reduction::Max => value.max_keepdim(axis)?,
            Reduction::Min => value.min_keepdim(axis)?,
            Reduction::ArgMax => value.argmax_keepdim(axis)?.to_dtype(DType::F32)?,
            Reduction::ArgMin => value.argmin_keepdim(axis)?.to_dtype(DType::F32)?,
            Reduction::Prod => product(&value, axis)?,
            _ => value.sum_keepdim(axis)?,
        };
    }
    value = match kind {
        Reduction::Norm | Reduction::Std => value.sqrt()?,
        Reduction::LogSumExp => value.log()?,
        _ => value,
    };
    if keepdim {
        Ok(value)
    } else {
        remove_axes(&value, axes.to_vec())
    }
}

fn positions_of_all(keepdim: bool, input: &Tensor) -> Result<Tensor> {
    let flat = input.flatten_all()?.argmax(0)?.to_dtype(DType::F32)?;
    if keepdim {
        flat.reshape(vec![1; input.rank()])
    } else {
        Ok(flat)
    }
}

fn product(value: &Tensor, axis: usize) -> Result<Tensor> {
    let slices = value.chunk(value.dims()[axis].max(1), axis)?;
    let mut slices = slices.into_iter();
    let first = slices
        .next()
        .ok_or_else(|| candle_core::Error::msg("nothing to multiply"))?;
    slices.try_fold(first, |product, slice| product * slice)
}

/// Axes of size 1 removed, the last first.
fn remove_axes(value: &Tensor, mut axes: Vec<usize>) -> Result<Tensor> {
    axes.sort_unstable();
    axes.iter()
        .rev()
        .try_fold(value.clone(), |value, &axis| value.squeeze(axis))
}

fn split(pieces: &Pieces, axis: usize, input: &Tensor) -> Result<Vec<Tensor>> {
    let n = input.dims()[axis];
    let sizes: Vec<usize> = match pieces {
        Pieces::Sizes(sizes) => sizes.clone(),
        Pieces::Count(count) => cut(n, n.div_ceil(*count)),
        Pieces::Each(each) => cut(n, *each),
        Pieces::Unbind => {
            return (0..n)
                .map(|index| input.narrow(axis, index, 1)?.squeeze(axis))
                .collect();
        }
    };
    let mut start = 0;
    let piece = |size: usize| {
        let piece = input.narrow(axis, start, size)?;
        start += size;
        Ok(piece)
    };
    sizes.into_iter().map(piece).collect()
}

/// Pieces of one size until nothing is left.
fn cut(mut left: usize, each: usize) -> Vec<usize> {
    if left == 0 {
        return vec![0];
    }
    let mut sizes = Vec::new();
    while left > 0 {
        sizes.push(each.min(left));
        left -= each.min(left);
    }
    sizes
}

fn roll(shifts: &[isize], dims: &[isize], input: &Tensor) -> Result<Tensor> {
    // Without axes the elements are shifted in their flat order.
    if dims.is_empty() {
        let flat = input.flatten_all()?;
        return rolled(&flat, 0, shifts.first().copied().unwrap_or(0))?.reshape(input.dims());
    }
    dims.iter()
        .zip(shifts)
        .try_fold(input.clone(), |value, (&dim, &shift)| {
            rolled(&value, axis(dim, value.rank())?, shift)
        })
}

fn rolled(value: &Tensor, axis: usize, shift: isize) -> Result<Tensor> {
    let n = value.dims()[axis].cast_signed();
    let from = |index: isize| (index - shift).rem_euclid(n.max(1)).cast_unsigned();
    pick(value, axis, (0..n).map(from))
}

/// The running sum along an axis.
fn cumulate(axis: usize, input: &Tensor) -> Result<Tensor> {
    let slices = input.chunk(input.dims()[axis].max(1), axis)?;
    let mut sums: Vec<Tensor> = Vec::with_capacity(slices.len());
    for slice in slices {
        let sum = match sums.last() {
            Some(before) => (before + slice)?,
            None => slice,
        };
        sums.push(sum);
    }
    Tensor::cat(&sums, axis)
}
