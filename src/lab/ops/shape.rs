//! The shape that comes out of an operation, known before anything is computed: the engine below checks too little.

use super::{Binary, Op};
use crate::lab::LabError;

/// The shape of the result for operands of these shapes.
///
/// # Errors
/// If they do not go together: both shapes, and where they differ.
pub(crate) fn dims_of(op: &Op, inputs: &[&[usize]]) -> Result<Vec<usize>, LabError> {
    let refused = |message: String| Err(LabError::shape(op.name(), message));
    let expected = match op {
        Op::Where => 3,
        Op::Binary(_) | Op::Compare(_) | Op::MatMul => 2,
        Op::IndexSelect(_) | Op::IndexAdd { .. } | Op::Gather(_) | Op::ScatterAdd { .. } => 2,
        Op::Cat(_) => inputs.len().max(1),
        _ => 1,
    };
    if inputs.len() != expected {
        return refused(format!(
            "{expected} tensors are needed, not {}",
            inputs.len()
        ));
    }
    let x = inputs[0];
    let axis_of = |axis: usize| match x.get(axis) {
        Some(&n) => Ok(n),
        None => Err(LabError::shape(
            op.name(),
            format!(
                "there is no axis {axis} in a tensor of shape {}",
                written(x)
            ),
        )),
    };
    let mut dims = x.to_vec();
    match op {
        Op::Unary(_) | Op::Power(_) | Op::Affine { .. } | Op::Clamp { .. } | Op::LeakyRelu(_) => {}
        Op::Elu(_) | Op::Cast(_) | Op::Detach => {}
        Op::Binary(_) | Op::Compare(_) => return broadcast(op.name(), x, inputs[1]),
        Op::Where => {
            let both = broadcast(op.name(), inputs[1], inputs[2])?;
            return broadcast(op.name(), x, &both);
        }
        Op::Reshape(to) => {
            if count(op, x)? != count(op, to)? {
                return refused(format!(
                    "shape {} is invalid for a tensor of shape {}",
                    written(to),
                    written(x)
                ));
            }
            dims.clone_from(to);
        }
        Op::Permute(order) => {
            let mut seen = order.clone();
            seen.sort_unstable();
            if !seen.iter().copied().eq(0..x.len()) {
                return refused(format!("{order:?} is no order of {} axes", x.len()));
            }
            dims = order.iter().map(|&axis| x[axis]).collect();
        }
        Op::Broadcast(to) => {
            if broadcast(op.name(), x, to)? != *to {
                return refused(format!(
                    "{} cannot be expanded to {}",
                    written(x),
                    written(to)
                ));
            }
            dims.clone_from(to);
        }
        Op::SumTo(to) => {
            if broadcast(op.name(), to, x)? != x {
                return refused(format!(
                    "{} cannot be summed to {}",
                    written(x),
                    written(to)
                ));
            }
            dims.clone_from(to);
        }
        Op::Slice {
            axis,
            start,
            step,
            count,
        } => {
            let n = axis_of(*axis)?;
            let last = (count.max(&1) - 1)
                .checked_mul(*step)
                .and_then(|far| far.checked_add(*start));
            if *step == 0 || (*count > 0 && last.is_none_or(|last| last >= n)) {
                return refused(format!(
                    "{start} and on, every {step}, {count} times, is outside an axis of {n}"
                ));
            }
            dims[*axis] = *count;
        }
        Op::Unslice {
            axis,
            start,
            step,
            length,
        } => {
            let n = axis_of(*axis)?;
            let last = (n.max(1) - 1)
                .checked_mul(*step)
                .and_then(|far| far.checked_add(*start));
            if *step == 0 || (n > 0 && last.is_none_or(|last| last >= *length)) {
                return refused(format!(
                    "{n} places from {start}, every {step}, are outside an axis of {length}"
                ));
            }
            dims[*axis] = *length;
        }
        Op::Flip(axis) | Op::CumSum { axis, .. } | Op::Softmax(axis) | Op::LogSoftmax(axis) => {
            axis_of(*axis)?;
        }
        Op::ArgSort { axis, .. } => {
            axis_of(*axis)?;
        }
        Op::Cat(axis) => {
            axis_of(*axis)?;
            let mut total = 0_usize;
            for other in inputs {
                let fits = other.len() == x.len()
                    && (0..x.len()).all(|place| place == *axis || other[place] == x[place]);
                if !fits {
                    return refused(format!(
                        "{} and {} differ elsewhere than along axis {axis}",
                        written(x),
                        written(other)
                    ));
                }
                total = total.saturating_add(other[*axis]);
            }
            dims[*axis] = total;
        }
        Op::Window {
            axis,
            kernel,
            stride,
            dilation,
        } => {
            let n = axis_of(*axis)?;
            dims[*axis] = windows(op, n, *kernel, *stride, *dilation)?;
            dims.push(*kernel);
        }
        Op::Unwindow {
            axis,
            length,
            stride,
            dilation,
        } => {
            let Some(kernel) = dims.pop().filter(|_| *axis < x.len().saturating_sub(1)) else {
                return refused(format!("there is no axis {axis} before the windows' own"));
            };
            if windows(op, *length, kernel, *stride, *dilation)? != dims[*axis] {
                return refused(format!(
                    "{} windows do not fit on an axis of {length}",
                    dims[*axis]
                ));
            }
            dims[*axis] = *length;
        }
        Op::IndexSelect(axis) => {
            axis_of(*axis)?;
            dims[*axis] = vector(op, inputs[1])?;
        }
        Op::IndexAdd { axis, length } => {
            if axis_of(*axis)? != vector(op, inputs[1])? {
                return refused("there is not one number for each slice".to_owned());
            }
            dims[*axis] = *length;
        }
        Op::Gather(axis) => {
            axis_of(*axis)?;
            same_rank(op, x, inputs[1])?;
            dims = inputs[1].to_vec();
            if (0..x.len()).any(|place| place != *axis && dims[place] > x[place]) {
                return refused(format!(
                    "Size does not match at dimension other than {axis}: index {} in input {}",
                    written(&dims),
                    written(x)
                ));
            }
        }
        Op::ScatterAdd { axis, length } => {
            axis_of(*axis)?;
            if x != inputs[1] {
                return refused("there is not one number for each element".to_owned());
            }
            dims[*axis] = *length;
        }
        Op::Sum { axes, keep } => {
            for &axis in axes.iter().rev() {
                axis_of(axis)?;
                if *keep {
                    dims[axis] = 1;
                } else {
                    dims.remove(axis);
                }
            }
        }
        Op::ArgExtreme { axis, .. } => {
            if axis_of(*axis)? == 0 {
                return refused("an axis without elements has no extreme one".to_owned());
            }
            dims[*axis] = 1;
        }
        Op::MatMul => return product(x, inputs[1]),
        Op::Inverse | Op::Determinant => {
            let [.., rows, columns] = x else {
                return refused(format!(
                    "a matrix is needed, not a tensor of shape {}",
                    written(x)
                ));
            };
            if rows != columns {
                return refused(format!("a square matrix is needed, not {rows}×{columns}"));
            }
            if matches!(op, Op::Determinant) {
                dims.truncate(x.len() - 2);
            }
        }
    }
    count(op, &dims)?;
    Ok(dims)
}

/// The shape that two shapes broadcast to: axes are paired from the last, and sizes are equal or one of them is 1.
///
/// # Errors
/// PyTorch's: which sizes differ, and where.
pub(crate) fn broadcast(
    operation: &'static str,
    a: &[usize],
    b: &[usize],
) -> Result<Vec<usize>, LabError> {
    let rank = a.len().max(b.len());
    let at = |dims: &[usize], place: usize| match (place + dims.len()).checked_sub(rank) {
        Some(place) => dims[place],
        None => 1,
    };
    (0..rank)
        .map(|place| match (at(a, place), at(b, place)) {
            (n, m) if n == m => Ok(n),
            (1, m) => Ok(m),
            (n, 1) => Ok(n),
            (n, m) => Err(LabError::shape(
                operation,
                format!(
                    "The size of tensor a ({n}) must match the size of tensor b ({m}) at non-singleton dimension {place}"
                ),
            )),
        })
        .collect()
}

fn product(a: &[usize], b: &[usize]) -> Result<Vec<usize>, LabError> {
    let (([a_lead @ .., rows, inner], [b_lead @ .., other, columns]), true) = ((a, b), true) else {
        return Err(LabError::shape(Binary::Mul.name(), "matrices are needed"));
    };
    if inner != other {
        return Err(LabError::shape(
            "matmul",
            format!(
                "mat1 and mat2 shapes cannot be multiplied ({rows}x{inner} and {other}x{columns})"
            ),
        ));
    }
    let mut dims = broadcast("matmul", a_lead, b_lead)?;
    dims.extend([*rows, *columns]);
    Ok(dims)
}

/// How many windows an axis of n places holds.
fn windows(
    op: &Op,
    n: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
) -> Result<usize, LabError> {
    let span = kernel
        .checked_sub(1)
        .and_then(|gaps| gaps.checked_mul(dilation))
        .and_then(|gaps| gaps.checked_add(1));
    match span {
        Some(span) if stride > 0 && dilation > 0 && span <= n => Ok((n - span) / stride + 1),
        _ => Err(LabError::shape(
            op.name(),
            format!(
                "a window of {kernel} places, {dilation} apart, every {stride}, does not fit on an axis of {n}"
            ),
        )),
    }
}

fn vector(op: &Op, dims: &[usize]) -> Result<usize, LabError> {
    match dims {
        [n] => Ok(*n),
        _ => Err(LabError::shape(
            op.name(),
            format!(
                "Index is supposed to be a vector, not of shape {}",
                written(dims)
            ),
        )),
    }
}

fn same_rank(op: &Op, a: &[usize], b: &[usize]) -> Result<(), LabError> {
    if a.len() == b.len() {
        return Ok(());
    }
    Err(LabError::shape(
        op.name(),
        "Index tensor must have the same number of dimensions as input tensor",
    ))
}

/// The number of elements: what the engine multiplies unchecked.
fn count(op: &Op, dims: &[usize]) -> Result<usize, LabError> {
    dims.iter()
        .try_fold(1_usize, |product, &n| product.checked_mul(n))
        .filter(|&count| isize::try_from(count).is_ok())
        .ok_or_else(|| LabError::shape(op.name(), format!("{} is too large", written(dims))))
}

/// A shape as PyTorch writes it: `[2, 3]`.
fn written(dims: &[usize]) -> String {
    format!("{dims:?}")
}
