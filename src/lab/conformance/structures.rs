//! Random configurations of operations that move, add up and multiply numbers.

use candle_core::{DType, Result, Tensor};

use super::cases::Case;
use super::draw::Draw;
use crate::lab::ops::{Op, Operation};

/// A configuration of an operation that is no function element by element.
pub(super) fn draw(operation: Operation, draw: &mut Draw) -> Result<Case> {
    match operation {
        Operation::MatMul | Operation::Inverse | Operation::Determinant => {
            matrices(operation, draw)
        }
        Operation::IndexSelect
        | Operation::IndexAdd
        | Operation::Gather
        | Operation::ScatterAdd => indexed(operation, draw),
        Operation::Window | Operation::Unwindow => windows(operation, draw),
        Operation::Slice | Operation::Unslice => slices(operation, draw),
        Operation::Cat => joined(draw),
        Operation::Reshape | Operation::Permute | Operation::Broadcast | Operation::SumTo => {
            rearranged(operation, draw)
        }
        _ => along(operation, draw),
    }
}

fn rearranged(operation: Operation, draw: &mut Draw) -> Result<Case> {
    let dims = draw.any_dims(0);
    let narrow = draw.narrower(&dims);
    let (op, from) = match operation {
        Operation::Reshape => {
            let order = draw.order(dims.len());
            let mut to: Vec<usize> = order.iter().map(|&axis| dims[axis]).collect();
            to.insert(draw.below(to.len() + 1), 1);
            if draw.chance(0.4) {
                to = vec![dims.iter().product()];
            }
            (Op::Reshape(to), dims)
        }
        Operation::Permute => (Op::Permute(draw.order(dims.len())), dims),
        Operation::Broadcast => (Op::Broadcast(dims), narrow),
        _ => (Op::SumTo(narrow), dims),
    };
    Ok(Case::new(op, [draw.uniform(&from, -2.0, 2.0)?]))
}

/// Along one axis, or over several.
fn along(operation: Operation, draw: &mut Draw) -> Result<Case> {
    let dims = draw.any_dims(1);
    let axis = draw.axis(&dims);
    let op = match operation {
        Operation::Sum => Op::Sum {
            axes: draw.axes(dims.len()),
            keep: draw.chance(0.5),
        },
        Operation::CumSum => Op::CumSum {
            axis,
            reverse: draw.chance(0.5),
        },
        Operation::Flip => Op::Flip(axis),
        Operation::Softmax => Op::Softmax(axis),
        Operation::LogSoftmax => Op::LogSoftmax(axis),
        Operation::ArgSort => Op::ArgSort {
            axis,
            descending: draw.chance(0.5),
        },
        _ => {
            let full: Vec<usize> = dims.iter().map(|&n| n.max(1)).collect();
            let largest = draw.chance(0.5);
            let x = draw.uniform(&full, -2.0, 2.0)?;
            return Ok(Case::new(Op::ArgExtreme { axis, largest }, [x]));
        }
    };
    Ok(Case::new(op, [draw.uniform(&dims, -2.0, 2.0)?]))
}

fn slices(operation: Operation, draw: &mut Draw) -> Result<Case> {
    let mut dims = draw.any_dims(1);
    let axis = draw.axis(&dims);
    let (start, step, count) = (draw.below(3), draw.count(1, 3), draw.below(4));
    let length = start + count.max(1) * step - step + 1 + draw.below(3);
    let op = if operation == Operation::Slice {
        dims[axis] = length;
        Op::Slice {
            axis,
            start,
            step,
            count,
        }
    } else {
        dims[axis] = count;
        Op::Unslice {
            axis,
            start,
            step,
            length,
        }
    };
    Ok(Case::new(op, [draw.uniform(&dims, -2.0, 2.0)?]))
}

fn joined(draw: &mut Draw) -> Result<Case> {
    let mut dims = draw.any_dims(1);
    let axis = draw.axis(&dims);
    let inputs = (0..draw.count(1, 3)).map(|_| {
        dims[axis] = draw.below(4);
        draw.uniform(&dims, -2.0, 2.0)
    });
    let inputs: Vec<Tensor> = inputs.collect::<Result<_>>()?;
    Ok(Case::new(Op::Cat(axis), inputs))
}

fn windows(operation: Operation, draw: &mut Draw) -> Result<Case> {
    let rank = draw.count(1, 3);
    let mut dims = draw.dims(rank);
    let axis = draw.axis(&dims);
    let (kernel, stride, dilation) = (draw.count(1, 3), draw.count(1, 3), draw.count(1, 2));
    let count = draw.count(1, 3);
    // Places behind the last window, too few for another one.
    let length = (count - 1) * stride + (kernel - 1) * dilation + 1 + draw.below(stride);
    let op = if operation == Operation::Window {
        dims[axis] = length;
        Op::Window {
            axis,
            kernel,
            stride,
            dilation,
        }
    } else {
        dims[axis] = count;
        dims.push(kernel);
        Op::Unwindow {
            axis,
            length,
            stride,
            dilation,
        }
    };
    Ok(Case::new(op, [draw.uniform(&dims, -2.0, 2.0)?]))
}

fn indexed(operation: Operation, draw: &mut Draw) -> Result<Case> {
    let dims = draw.full_dims(1);
    let axis = draw.axis(&dims);
    let length = draw.count(1, 4);
    let (op, numbers) = match operation {
        Operation::IndexSelect => {
            let count = draw.below(5);
            (Op::IndexSelect(axis), draw.places(&[count], dims[axis])?)
        }
        Operation::IndexAdd => {
            let numbers = draw.places(&[dims[axis]], length)?;
            (Op::IndexAdd { axis, length }, numbers)
        }
        Operation::Gather => {
            let mut index: Vec<usize> = dims.iter().map(|&n| draw.count(1, n)).collect();
            index[axis] = draw.below(4);
            (Op::Gather(axis), draw.places(&index, dims[axis])?)
        }
        _ => {
            let numbers = draw.places(&dims, length)?;
            (Op::ScatterAdd { axis, length }, numbers)
        }
    };
    Ok(Case::new(op, [draw.uniform(&dims, -2.0, 2.0)?, numbers]))
}

fn matrices(operation: Operation, draw: &mut Draw) -> Result<Case> {
    let batch = draw.below(3);
    let lead = draw.dims(batch);
    let (rows, inner, n) = (draw.count(1, 3), draw.below(4), draw.count(1, 3));
    let shape = |lead: &[usize], rows, columns| [lead, &[rows, columns]].concat();
    if operation == Operation::MatMul {
        let other = draw.narrower(&lead);
        let (a, b) = if draw.chance(0.5) {
            (lead, other)
        } else {
            (other, lead)
        };
        let a = draw.uniform(&shape(&a, rows, inner), -2.0, 2.0)?;
        let b = draw.uniform(&shape(&b, inner, n), -2.0, 2.0)?;
        return Ok(Case::new(Op::MatMul, [a, b]));
    }
    // Far from singular: the diagonal outweighs the rest.
    let near = draw.uniform(&shape(&lead, n, n), -0.5, 0.5)?;
    let diagonal = Tensor::eye(n, DType::F64, near.device())?.affine(2.0, 0.0)?;
    let x = near.broadcast_add(&diagonal)?;
    let op = if operation == Operation::Inverse {
        Op::Inverse
    } else {
        Op::Determinant
    };
    Ok(Case::new(op, [x]))
}
