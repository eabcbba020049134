//! Of operations that move, add up and multiply numbers: mostly each other's adjoints.

use super::super::{Op, Unary};
use super::{Outcome, Reached};
use crate::lab::value::Value;

/// Of reshapes, permutations and broadcasts.
pub(super) fn rearranged(op: &Op, x: &Value, g: &Value) -> Reached {
    let gradient = match op {
        Op::Reshape(_) => g.reshape(x.dims()),
        Op::Permute(order) => {
            let mut back = vec![0; order.len()];
            for (to, &from) in order.iter().enumerate() {
                back[from] = to;
            }
            g.permute(&back)
        }
        Op::Broadcast(_) => g.sum_to(x.dims()),
        Op::SumTo(_) => g.broadcast(x.dims()),
        _ => return Ok(None),
    };
    gradient.map(Some)
}

/// Of slices along an axis.
pub(super) fn sliced(op: &Op, x: &Value, g: &Value) -> Reached {
    let gradient = match *op {
        Op::Slice {
            axis, start, step, ..
        } => {
            let length = x.dims()[axis];
            let back = Op::Unslice {
                axis,
                start,
                step,
                length,
            };
            Value::apply(back, &[g])
        }
        Op::Unslice {
            axis, start, step, ..
        } => g.slice(axis, start, step, x.dims()[axis]),
        Op::Flip(axis) => Value::apply(Op::Flip(axis), &[g]),
        _ => return Ok(None),
    };
    gradient.map(Some)
}

/// Of tensors joined along an axis, for the one at a place.
pub(super) fn joined(axis: usize, inputs: &[Value], g: &Value, place: usize) -> Reached {
    let before = inputs[..place].iter().map(|input| input.dims()[axis]);
    let count = inputs[place].dims()[axis];
    g.slice(axis, before.sum(), 1, count).map(Some)
}

/// Of windows along an axis.
pub(super) fn windowed(op: &Op, x: &Value, g: &Value) -> Reached {
    let back = match *op {
        Op::Window {
            axis,
            stride,
            dilation,
            ..
        } => Op::Unwindow {
            axis,
            length: x.dims()[axis],
            stride,
            dilation,
        },
        Op::Unwindow {
            axis,
            stride,
            dilation,
            ..
        } => Op::Window {
            axis,
            kernel: x.dims()[x.dims().len() - 1],
            stride,
            dilation,
        },
        _ => return Ok(None),
    };
    Value::apply(back, &[g]).map(Some)
}

/// Of what is fetched by number, and of what is added up by number.
pub(super) fn indexed(op: &Op, x: &Value, index: &Value, g: &Value) -> Reached {
    let back = match *op {
        Op::IndexSelect(axis) => Op::IndexAdd {
            axis,
            length: x.dims()[axis],
        },
        Op::IndexAdd { axis, .. } => Op::IndexSelect(axis),
        Op::Gather(axis) => return gathered(axis, x, index, g).map(Some),
        Op::ScatterAdd { axis, .. } => Op::Gather(axis),
        _ => return Ok(None),
    };
    Value::apply(back, &[g, index]).map(Some)
}

/// The index of a gather may be smaller than the tensor along the other axes.
fn gathered(axis: usize, x: &Value, index: &Value, g: &Value) -> Outcome {
    let scatter = Op::ScatterAdd {
        axis,
        length: x.dims()[axis],
    };
    let mut gradient = Value::apply(scatter, &[g, index])?;
    for (axis, &length) in x.dims().iter().enumerate() {
        if gradient.dims()[axis] != length {
            let back = Op::Unslice {
                axis,
                start: 0,
                step: 1,
                length,
            };
            gradient = Value::apply(back, &[&gradient])?;
        }
    }
    Ok(gradient)
}

/// Of sums and of softmax; y is the result.
pub(super) fn reduced(op: &Op, x: &Value, y: &Value, g: &Value) -> Reached {
    let gradient = match op {
        Op::Sum { axes, .. } => {
            let mut kept = x.dims().to_vec();
            for &axis in axes {
                kept[axis] = 1;
            }
            g.reshape(&kept)?.broadcast(x.dims())
        }
        Op::CumSum { axis, reverse } => {
            let back = Op::CumSum {
                axis: *axis,
                reverse: !reverse,
            };
            Value::apply(back, &[g])
        }
        // y·(g − Σ g·y)
        Op::Softmax(axis) => y.mul(&g.sub(&g.mul(y)?.sum(&[*axis], true)?)?),
        // g − eʸ·Σ g
        Op::LogSoftmax(axis) => {
            let total = g.sum(&[*axis], true)?;
            g.sub(&y.unary(Unary::Exp)?.mul(&total)?)
        }
        _ => return Ok(None),
    };
    gradient.map(Some)
}

/// Of a matrix product, for the factor at a place.
pub(super) fn product(a: &Value, b: &Value, g: &Value, place: usize) -> Reached {
    let gradient = if place == 0 {
        g.matmul(&b.transposed()?)?.sum_to(a.dims())
    } else if b.dims().len() == 2 && a.dims().len() > 2 {
        // Rows of a batch against a single matrix: one product over all rows.
        rows(a)?.transposed()?.matmul(&rows(g)?)
    } else {
        a.transposed()?.matmul(g)?.sum_to(b.dims())
    };
    gradient.map(Some)
}

/// All rows of a batch of matrices.
fn rows(x: &Value) -> Outcome {
    let (last, lead) = x.dims().split_last().unwrap_or((&1, &[]));
    x.reshape(&[lead.iter().product(), *last])
}

/// Of functions of a square matrix; y is the result.
pub(super) fn matrix(op: &Op, x: &Value, y: &Value, g: &Value) -> Reached {
    let gradient = match op {
        // d(X⁻¹) = −X⁻¹ dX X⁻¹
        Op::Inverse => {
            let turned = y.transposed()?;
            turned.matmul(g)?.matmul(&turned)?.affine(-1.0, 0.0)
        }
        // d det X = det X · tr(X⁻¹ dX)
        Op::Determinant => {
            let scale = g.mul(y)?;
            let mut dims = scale.dims().to_vec();
            dims.extend([1, 1]);
            let inverse = Value::apply(Op::Inverse, &[x])?;
            inverse.transposed()?.mul(&scale.reshape(&dims)?)
        }
        _ => return Ok(None),
    };
    gradient.map(Some)
}
