//! What every operation does to axes and positions.

use super::joins::{attention, cat, matmul, stack};
use super::reshape::{expand, repeat, reshape};
use super::trace::{Misfit, Traced, axis_of, combine, plain};
use super::{Layout, Output};
use crate::model::access::Along;
use crate::model::operation::Pieces;
use crate::model::{Access, Operation, PadMode};

/// The outputs of an operation.
pub(super) fn outputs(operation: &Operation, inputs: &[&Layout]) -> Result<Vec<Output>, Misfit> {
    let traced: Vec<Traced> = inputs.iter().map(|layout| Traced::new(layout)).collect();
    match operation {
        Operation::Binary(_) | Operation::Elementwise { .. } => Ok(vec![combine(&traced)]),
        Operation::Cat { dim } => Ok(vec![cat(traced, *dim)?]),
        Operation::Stack { dim } => Ok(vec![stack(traced, *dim)?]),
        Operation::MatMul => Ok(vec![matmul(traced)?]),
        Operation::DotProductAttention { causal } => Ok(vec![attention(traced, *causal)?]),
        Operation::Split { pieces, dim } => split(inputs, pieces, *dim),
        _ => {
            let mut x = first(traced)?;
            unary(operation, &mut x)?;
            Ok(vec![x.output()])
        }
    }
}

fn first(traced: Vec<Traced>) -> Result<Traced, Misfit> {
    (traced.into_iter().next()).ok_or_else(|| Misfit("it has no input".to_owned()))
}

fn unary(operation: &Operation, x: &mut Traced) -> Result<(), Misfit> {
    match operation {
        Operation::Reduce { dims, keepdim, .. } => reduce(x, dims, *keepdim),
        Operation::Reshape { sizes } => reshape(x, sizes),
        Operation::Permute { dims } => {
            let order = dims.iter().map(|dim| x.axis(*dim));
            let order = order.collect::<Result<Vec<_>, _>>()?;
            let axes: Vec<_> = order.iter().map(|axis| x.axes[*axis].clone()).collect();
            if axes.len() != x.rank() {
                return Err(Misfit(format!("{} axes of {}", axes.len(), x.rank())));
            }
            x.axes = axes;
            Ok(())
        }
        Operation::Transpose { first, second } => {
            let (first, second) = (x.axis(*first)?, x.axis(*second)?);
            x.axes.swap(first, second);
            Ok(())
        }
        Operation::Squeeze { dims } => squeeze(x, dims),
        Operation::Unsqueeze { dim } => {
            let axis = axis_of(*dim, x.rank() + 1)?;
            x.axes.insert(axis, vec![plain(Some(1))]);
            Ok(())
        }
        Operation::Select { dim, index } => select(x, *dim, *index),
        Operation::Slice {
            dim,
            start,
            stop,
            step,
        } => slice(x, *dim, *start, *stop, *step),
        Operation::Expand { sizes } => expand(x, sizes),
        Operation::Repeat { times } => repeat(x, times),
        Operation::Flip { dims } => dims.iter().try_for_each(|dim| {
            let axis = x.axis(*dim)?;
            along(x, axis, Access::Flip)
        }),
        Operation::Roll { shifts, dims } => {
            if dims.is_empty() {
                (0..x.rank()).for_each(|axis| {
                    let size = x.size(axis);
                    x.tangle(axis, size);
                });
            }
            shifts.iter().zip(dims).try_for_each(|(shift, dim)| {
                let axis = x.axis(*dim)?;
                along(x, axis, Access::Roll { shift: *shift })
            })
        }
        Operation::Cumulative { dim } => {
            let axis = x.axis(*dim)?;
            along(x, axis, Access::UpTo)
        }
        _ => Ok(()),
    }
}

/// A pattern along an axis, if it carries positions.
pub(super) fn along(x: &mut Traced, axis: usize, access: Access) -> Result<(), Misfit> {
    if x.has_place(axis) {
        x.act(axis, &Along::one(access))
    } else {
        Ok(())
    }
}

/// The axes that are named, in order; all where none is.
fn sorted_axes(x: &Traced, dims: &[isize]) -> Result<Vec<usize>, Misfit> {
    if dims.is_empty() {
        return Ok((0..x.rank()).collect());
    }
    let mut axes = (dims.iter())
        .map(|dim| x.axis(*dim))
        .collect::<Result<Vec<_>, _>>()?;
    axes.sort_unstable();
    Ok(axes)
}

fn reduce(x: &mut Traced, dims: &[isize], keepdim: bool) -> Result<(), Misfit> {
    let mut axes = sorted_axes(x, dims)?;
    axes.dedup();
    for axis in axes.into_iter().rev() {
        if keepdim {
            x.mix(axis, Some(1));
        } else {
            x.remove(axis, vec![Access::All]);
        }
    }
    Ok(())
}

fn squeeze(x: &mut Traced, dims: &[isize]) -> Result<(), Misfit> {
    for axis in sorted_axes(x, dims)?.into_iter().rev() {
        if x.size(axis) == Some(1) {
            x.remove(axis, vec![Access::All]);
        }
    }
    Ok(())
}

fn select(x: &mut Traced, dim: isize, index: isize) -> Result<(), Misfit> {
    let axis = x.axis(dim)?;
    let index = match x.size(axis) {
        _ if index >= 0 => usize::try_from(index).ok(),
        Some(size) => size.checked_add_signed(index),
        None => None,
    };
    if let (Some(start), 1) = (index, x.axes[axis].len()) {
        let (step, output) = (1, 1);
        x.remove(
            axis,
            vec![Access::Slice {
                start,
                step,
                output,
            }],
        );
    } else {
        x.tangle(axis, Some(1));
        x.remove(axis, Vec::new());
    }
    Ok(())
}

fn slice(
    x: &mut Traced,
    dim: isize,
    start: Option<isize>,
    end: Option<isize>,
    step: usize,
) -> Result<(), Misfit> {
    let axis = x.axis(dim)?;
    let step = step.max(1);
    let Some(size) = x.size(axis) else {
        // Without the size, only a cut at the front can be placed.
        if let (true, Some(start @ 0..)) = (x.axes[axis].len() == 1, start) {
            let before = -start;
            let window = crate::model::Window {
                stride: step,
                ..crate::model::Window::new(1)
            };
            x.axes[axis][0].by = vec![
                Access::Window(window),
                Access::Pad {
                    before,
                    after: 0,
                    mode: PadMode::Constant(0.0),
                },
            ];
        } else if start.is_some_and(|start| start != 0) || step != 1 {
            x.tangle(axis, None);
        }
        return Ok(());
    };
    let bound = |at: Option<isize>, default: usize| match at {
        None => default,
        Some(at @ 0..) => usize::try_from(at).map_or(size, |at| at.min(size)),
        Some(at) => size.saturating_add_signed(at),
    };
    let (start, end) = (bound(start, 0), bound(end, size));
    let output = end.saturating_sub(start).div_ceil(step);
    if x.has_place(axis) {
        x.act(
            axis,
            &Along::one(Access::Slice {
                start,
                step,
                output,
            }),
        )
    } else {
        x.mix(axis, Some(output));
        Ok(())
    }
}

fn split(inputs: &[&Layout], pieces: &Pieces, dim: isize) -> Result<Vec<Output>, Misfit> {
    let layout = inputs
        .first()
        .ok_or_else(|| Misfit("it has no input".to_owned()))?;
    let whole = Traced::new(layout);
    let axis = whole.axis(dim)?;
    let Some(size) = whole.size(axis) else {
        return Err(Misfit(format!("the size of axis {axis} is not known")));
    };
    let sizes: Vec<usize> = match pieces {
        Pieces::Sizes(sizes) => sizes.clone(),
        Pieces::Each(each) => in_steps(size, *each),
        Pieces::Count(count) => in_steps(size, size.div_ceil((*count).max(1))),
        Pieces::Unbind => {
            let piece = |index: usize| {
                let mut x = whole.clone();
                select(&mut x, dim, isize::try_from(index).unwrap_or(isize::MAX))?;
                Ok(x.output())
            };
            return (0..size).map(piece).collect();
        }
    };
    let mut start = 0_usize;
    let mut outputs = Vec::new();
    for length in sizes {
        let mut x = whole.clone();
        if x.has_place(axis) {
            let output = length;
            let step = 1;
            let access = Access::Slice {
                start,
                step,
                output,
            };
            x.act(axis, &Along::one(access))?;
        } else {
            x.mix(axis, Some(length));
        }
        start = start.saturating_add(length);
        outputs.push(x.output());
    }
    Ok(outputs)
}

fn in_steps(size: usize, each: usize) -> Vec<usize> {
    let each = each.max(1);
    (0..size)
        .step_by(each)
        .map(|start| each.min(size - start))
        .collect()
}
