//! The shape that comes out of an operation, known before anything is computed: the engine below checks too little.

use super::Op;
use crate::lab::LabError;

type Dims = Result<Vec<usize>, LabError>;

/// The shape of the result for operands of these shapes.
///
/// # Errors
/// If they do not go together: both shapes, and where they differ.
pub(crate) fn dims_of(op: &Op, inputs: &[&[usize]]) -> Dims {
    let expected = operands(op).unwrap_or(inputs.len().max(1));
    if inputs.len() != expected {
        let given = inputs.len();
        return refused(op, format!("{expected} tensors are needed, not {given}"));
    }
    let x = inputs[0];
    let dims = match op {
        Op::Binary(_) | Op::Compare(_) => broadcast(op.name(), x, inputs[1]),
        Op::Where => broadcast(op.name(), inputs[1], inputs[2])
            .and_then(|both| broadcast(op.name(), x, &both)),
        Op::Reshape(_) | Op::Permute(_) | Op::Broadcast(_) | Op::SumTo(_) => rearranged(op, x),
        Op::Slice { .. } | Op::Unslice { .. } => sliced(op, x),
        Op::Cat(axis) => joined(op, *axis, inputs),
        Op::Window { .. } | Op::Unwindow { .. } => windowed(op, x),
        Op::IndexSelect(_) | Op::IndexAdd { .. } | Op::Gather(_) | Op::ScatterAdd { .. } => {
            indexed(op, x, inputs[1])
        }
        Op::Sum { axes, keep } => summed(op, axes, *keep, x),
        Op::MatMul => product(op, x, inputs[1]),
        Op::Inverse | Op::Determinant => square(op, x),
        Op::ArgExtreme { axis, .. } => extreme(op, *axis, x),
        Op::Flip(axis)
        | Op::CumSum { axis, .. }
        | Op::Softmax(axis)
        | Op::LogSoftmax(axis)
        | Op::ArgSort { axis, .. } => size(op, x, *axis).map(|_| x.to_vec()),
        Op::Unary(_)
        | Op::Power(_)
        | Op::Affine { .. }
        | Op::Clamp { .. }
        | Op::LeakyRelu(_)
        | Op::Elu(_)
        | Op::Cast(_)
        | Op::Detach => Ok(x.to_vec()),
    }?;
    count(op, &dims)?;
    Ok(dims)
}

/// How many operands there are; `None` where any number will do.
fn operands(op: &Op) -> Option<usize> {
    match op {
        Op::Where => Some(3),
        Op::Binary(_)
        | Op::Compare(_)
        | Op::MatMul
        | Op::IndexSelect(_)
        | Op::IndexAdd { .. }
        | Op::Gather(_)
        | Op::ScatterAdd { .. } => Some(2),
        Op::Cat(_) => None,
        _ => Some(1),
    }
}

fn rearranged(op: &Op, x: &[usize]) -> Dims {
    match op {
        Op::Reshape(to) if count(op, x)? != count(op, to)? => refused(
            op,
            format!("shape {to:?} is invalid for a tensor of shape {x:?}"),
        ),
        Op::Permute(order) => {
            let mut seen = order.clone();
            seen.sort_unstable();
            if seen.into_iter().eq(0..x.len()) {
                Ok(order.iter().map(|&axis| x[axis]).collect())
            } else {
                refused(op, format!("{order:?} is no order of {} axes", x.len()))
            }
        }
        Op::Broadcast(to) if broadcast(op.name(), x, to)? != *to => {
            refused(op, format!("{x:?} cannot be expanded to {to:?}"))
        }
        Op::SumTo(to) if broadcast(op.name(), to, x)? != x => {
            refused(op, format!("{x:?} cannot be summed to {to:?}"))
        }
        Op::Reshape(to) | Op::Broadcast(to) | Op::SumTo(to) => Ok(to.clone()),
        _ => Ok(x.to_vec()),
    }
}

/// Places of an axis taken, or put back.
fn sliced(op: &Op, x: &[usize]) -> Dims {
    let mut dims = x.to_vec();
    let (axis, start, step, taken, length) = match *op {
        Op::Slice {
            axis,
            start,
            step,
            count,
        } => {
            let length = size(op, x, axis)?;
            dims[axis] = count;
            (axis, start, step, count, length)
        }
        Op::Unslice {
            axis,
            start,
            step,
            length,
        } => {
            let taken = size(op, x, axis)?;
            dims[axis] = length;
            (axis, start, step, taken, length)
        }
        _ => return Ok(dims),
    };
    let last = (taken.max(1) - 1)
        .checked_mul(step)
        .and_then(|far| far.checked_add(start));
    let inside = taken == 0 || last.is_some_and(|last| last < length);
    if step == 0 || !inside {
        return refused(
            op,
            format!(
                "{taken} places from {start}, every {step}, are outside axis {axis} of size {length}"
            ),
        );
    }
    Ok(dims)
}

fn joined(op: &Op, axis: usize, inputs: &[&[usize]]) -> Dims {
    let x = inputs[0];
    size(op, x, axis)?;
    let mut dims = x.to_vec();
    dims[axis] = 0;
    for other in inputs {
        let fits = other.len() == x.len()
            && (0..x.len()).all(|place| place == axis || other[place] == x[place]);
        if !fits {
            return refused(
                op,
                format!("{x:?} and {other:?} differ elsewhere than along axis {axis}"),
            );
        }
        dims[axis] = dims[axis].saturating_add(other[axis]);
    }
    Ok(dims)
}

fn windowed(op: &Op, x: &[usize]) -> Dims {
    let mut dims = x.to_vec();
    match *op {
        Op::Window {
            axis,
            kernel,
            stride,
            dilation,
        } => {
            dims[axis] = windows(op, size(op, x, axis)?, kernel, stride, dilation)?;
            dims.push(kernel);
        }
        Op::Unwindow {
            axis,
            length,
            stride,
            dilation,
        } => {
            let Some(kernel) = dims.pop().filter(|_| axis < dims.len()) else {
                return refused(
                    op,
                    format!("there is no axis {axis} before the windows' own"),
                );
            };
            let fitting = windows(op, length, kernel, stride, dilation)?;
            if fitting != dims[axis] {
                return refused(
                    op,
                    format!("an axis of {length} has {fitting} windows, not {}", x[axis]),
                );
            }
            dims[axis] = length;
        }
        _ => {}
    }
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

fn indexed(op: &Op, x: &[usize], index: &[usize]) -> Dims {
    let mut dims = x.to_vec();
    match op {
        Op::IndexSelect(axis) => {
            size(op, x, *axis)?;
            dims[*axis] = vector(op, index)?;
        }
        Op::IndexAdd { axis, length } => {
            if size(op, x, *axis)? != vector(op, index)? {
                return refused(op, "there is not one number for each slice");
            }
            dims[*axis] = *length;
        }
        Op::Gather(axis) => {
            size(op, x, *axis)?;
            if x.len() != index.len() {
                return refused(
                    op,
                    "Index tensor must have the same number of dimensions as input tensor",
                );
            }
            if (0..x.len()).any(|place| place != *axis && index[place] > x[place]) {
                return refused(
                    op,
                    format!(
                        "Size does not match at dimension other than {axis}: index {index:?} in input {x:?}"
                    ),
                );
            }
            dims = index.to_vec();
        }
        Op::ScatterAdd { axis, length } => {
            size(op, x, *axis)?;
            if x != index {
                return refused(op, "there is not one number for each element");
            }
            dims[*axis] = *length;
        }
        _ => {}
    }
    Ok(dims)
}

fn vector(op: &Op, dims: &[usize]) -> Result<usize, LabError> {
    match dims {
        [n] => Ok(*n),
        _ => Err(LabError::shape(
            op.name(),
            format!("Index is supposed to be a vector, not of shape {dims:?}"),
        )),
    }
}

fn summed(op: &Op, axes: &[usize], keep: bool, x: &[usize]) -> Dims {
    if !axes.is_sorted_by(|a, b| a < b) {
        return refused(op, format!("the axes {axes:?} are not in ascending order"));
    }
    let mut dims = x.to_vec();
    for &axis in axes.iter().rev() {
        size(op, x, axis)?;
        if keep {
            dims[axis] = 1;
        } else {
            dims.remove(axis);
        }
    }
    Ok(dims)
}

fn extreme(op: &Op, axis: usize, x: &[usize]) -> Dims {
    if size(op, x, axis)? == 0 {
        return refused(op, "an axis without elements has no extreme one");
    }
    let mut dims = x.to_vec();
    dims[axis] = 1;
    Ok(dims)
}

fn product(op: &Op, a: &[usize], b: &[usize]) -> Dims {
    let ([a_lead @ .., rows, inner], [b_lead @ .., other, columns]) = (a, b) else {
        return refused(
            op,
            format!("matrices are needed, not tensors of shapes {a:?} and {b:?}"),
        );
    };
    if inner != other {
        return refused(
            op,
            format!(
                "mat1 and mat2 shapes cannot be multiplied ({rows}x{inner} and {other}x{columns})"
            ),
        );
    }
    let mut dims = broadcast(op.name(), a_lead, b_lead)?;
    dims.extend([*rows, *columns]);
    Ok(dims)
}

fn square(op: &Op, x: &[usize]) -> Dims {
    let [lead @ .., rows, columns] = x else {
        return refused(
            op,
            format!("a matrix is needed, not a tensor of shape {x:?}"),
        );
    };
    if rows != columns {
        return refused(
            op,
            format!("a square matrix is needed, not {rows}x{columns}"),
        );
    }
    let whole = !matches!(op, Op::Determinant);
    Ok(if whole { x.to_vec() } else { lead.to_vec() })
}

/// The shape that two shapes broadcast to: axes are paired from the last, and sizes are equal or one of them is 1.
pub(crate) fn broadcast(operation: &'static str, a: &[usize], b: &[usize]) -> Dims {
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

/// The size of an axis.
fn size(op: &Op, x: &[usize], axis: usize) -> Result<usize, LabError> {
    x.get(axis).copied().ok_or_else(|| {
        let message = format!("there is no axis {axis} in a tensor of shape {x:?}");
        LabError::shape(op.name(), message)
    })
}

/// The number of elements: what the engine multiplies unchecked.
fn count(op: &Op, dims: &[usize]) -> Result<usize, LabError> {
    // An empty tensor may have large axes, but strides are products of them.
    let product = |dims: &[usize]| {
        dims.iter()
            .try_fold(1_usize, |product, &n| product.checked_mul(n.max(1)))
            .filter(|&count| isize::try_from(count).is_ok())
    };
    match product(dims) {
        Some(_) if dims.contains(&0) => Ok(0),
        Some(count) => Ok(count),
        None => Err(LabError::shape(op.name(), format!("{dims:?} is too large"))),
    }
}

fn refused<T>(op: &Op, message: impl Into<String>) -> Result<T, LabError> {
    Err(LabError::shape(op.name(), message))
}
