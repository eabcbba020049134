//! What every operation does to axes and positions.

use super::trace::{Misfit, Traced, axis_of, combine, plain};
use super::{Layout, Output};
use crate::model::access::{Along, cells};
use crate::model::operation::Pieces;
use crate::model::{Access, Operation, PadMode};

/// The outputs of an operation.
pub(super) fn outputs(operation: &Operation, inputs: &[&Layout]) -> Result<Vec<Output>, Misfit> {
    let traced: Vec<Traced> = inputs.iter().map(|layout| Traced::new(layout)).collect();
    match operation {
        Operation::Binary(_) | Operation::Elementwise { .. } => Ok(vec![combine(traced)]),
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
fn along(x: &mut Traced, axis: usize, access: Access) -> Result<(), Misfit> {
    if x.has_place(axis) {
        x.act(axis, &Along::one(access))
    } else {
        Ok(())
    }
}

fn reduce(x: &mut Traced, dims: &[isize], keepdim: bool) -> Result<(), Misfit> {
    let mut axes = dims
        .iter()
        .map(|dim| x.axis(*dim))
        .collect::<Result<Vec<_>, _>>()?;
    if dims.is_empty() {
        axes = (0..x.rank()).collect();
    }
    axes.sort_unstable();
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
    let mut axes = dims
        .iter()
        .map(|dim| x.axis(*dim))
        .collect::<Result<Vec<_>, _>>()?;
    if dims.is_empty() {
        axes = (0..x.rank()).collect();
    }
    axes.sort_unstable();
    for axis in axes.into_iter().rev() {
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
    match (index, x.axes[axis].len()) {
        (Some(start), 1) => {
            let by = Access::Slice {
                start,
                step: 1,
                output: 1,
            };
            x.remove(axis, vec![by]);
        }
        _ => {
            x.tangle(axis, Some(1));
            x.remove(axis, Vec::new());
        }
    }
    Ok(())
}

fn slice(
    x: &mut Traced,
    dim: isize,
    start: Option<isize>,
    stop: Option<isize>,
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
    let (start, stop) = (bound(start, 0), bound(stop, size));
    let output = stop.saturating_sub(start).div_ceil(step);
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

/// Along an axis with positions every input stands at its own place; elsewhere only the sizes add up.
fn cat(mut inputs: Vec<Traced>, dim: isize) -> Result<Output, Misfit> {
    let rank = inputs.first().map_or(0, Traced::rank);
    let axis = axis_of(dim, rank)?;
    if inputs.iter().any(|input| input.rank() != rank) {
        return Err(Misfit(
            "the inputs differ in their number of axes".to_owned(),
        ));
    }
    let sizes: Vec<Option<usize>> = inputs.iter().map(|input| input.size(axis)).collect();
    let total = (sizes.iter()).try_fold(0_usize, |sum, size| sum.checked_add((*size)?));
    let spatial = inputs.iter().any(|input| input.has_place(axis));
    let mut offset = Some(0_usize);
    for (input, size) in inputs.iter_mut().zip(&sizes) {
        if !spatial {
            input.mix(axis, total);
        } else if !input.has_place(axis) {
            input.axes[axis] = vec![plain(total)];
        } else if let (Some(before), Some(total), Some(size), 1) =
            (offset, total, *size, input.axes[axis].len())
        {
            let after = total.saturating_sub(before).saturating_sub(size);
            let pad = |amount| isize::try_from(amount).unwrap_or(isize::MAX);
            input.act(
                axis,
                &Along::one(Access::Pad {
                    before: pad(before),
                    after: pad(after),
                    mode: PadMode::Constant(0.0),
                }),
            )?;
        } else {
            input.tangle(axis, total);
        }
        offset = offset
            .zip(*size)
            .and_then(|(offset, size)| offset.checked_add(size));
    }
    Ok(combine(inputs))
}

fn stack(mut inputs: Vec<Traced>, dim: isize) -> Result<Output, Misfit> {
    let axis = axis_of(dim, inputs.first().map_or(0, Traced::rank) + 1)?;
    let count = inputs.len();
    for input in &mut inputs {
        if axis > input.rank() {
            return Err(Misfit(
                "the inputs differ in their number of axes".to_owned(),
            ));
        }
        input.axes.insert(axis, vec![plain(Some(count))]);
    }
    Ok(combine(inputs))
}

/// Rows from the first, columns from the second, the axis between them mixed.
fn matmul(inputs: Vec<Traced>) -> Result<Output, Misfit> {
    let Ok([mut left, mut right]) = <[Traced; 2]>::try_from(inputs) else {
        return Err(Misfit("it needs two inputs".to_owned()));
    };
    let (vector, column) = (left.rank() == 1, right.rank() == 1);
    if vector {
        left.axes.insert(0, vec![plain(Some(1))]);
    }
    if column {
        right.axes.push(vec![plain(Some(1))]);
    }
    let (inner_left, rows) = (left.from_end(1)?, left.from_end(2)?);
    let (inner_right, columns) = (right.from_end(2)?, right.from_end(1)?);
    left.axes[inner_left] = vec![plain(Some(1))];
    right.axes[inner_right] = vec![plain(Some(1))];
    // A size that only one operand has is broadcast.
    let widths = (left.size(rows), right.size(columns));
    let mut output = combine(vec![left, right]);
    if vector && widths.0 == Some(1) {
        let axis = output.layout.axes.len() - 2;
        output.layout.axes.remove(axis);
    }
    if column && widths.1 == Some(1) {
        output.layout.axes.pop();
    }
    Ok(output)
}

/// Every query reads its own row, and of keys and values all, or those up to its own place.
fn attention(mut inputs: Vec<Traced>, causal: bool) -> Result<Output, Misfit> {
    if inputs.len() < 3 {
        return Err(Misfit("it needs query, key and value".to_owned()));
    }
    let mut values = None;
    for (at, input) in inputs.iter_mut().enumerate() {
        let (rows, last) = (input.from_end(2)?, input.from_end(1)?);
        if at == 2 {
            values = input.size(last);
        }
        input.mix(last, None);
        match at {
            0 => {}
            _ if causal && input.axes[rows].len() == 1 => along(input, rows, Access::UpTo)?,
            _ => input.axes[rows] = vec![plain(Some(1))],
        }
    }
    let mut output = combine(inputs);
    if let Some(last) = output.layout.axes.last_mut() {
        last[0].size = values;
    }
    Ok(output)
}

fn expand(x: &mut Traced, sizes: &[isize]) -> Result<(), Misfit> {
    let Some(added) = sizes.len().checked_sub(x.rank()) else {
        return Err(Misfit(format!(
            "{} sizes for {} axes",
            sizes.len(),
            x.rank()
        )));
    };
    for _ in 0..added {
        x.axes.insert(0, vec![plain(Some(1))]);
    }
    for (axis, size) in sizes.iter().enumerate() {
        if let (Some(1), Ok(size)) = (x.size(axis), usize::try_from(*size)) {
            x.mix(axis, Some(size));
        }
    }
    Ok(())
}

fn repeat(x: &mut Traced, times: &[usize]) -> Result<(), Misfit> {
    let Some(added) = times.len().checked_sub(x.rank()) else {
        return Err(Misfit(format!(
            "{} entries for {} axes",
            times.len(),
            x.rank()
        )));
    };
    for _ in 0..added {
        x.axes.insert(0, vec![plain(Some(1))]);
    }
    for (axis, times) in times.iter().enumerate().filter(|(_, times)| **times != 1) {
        let size = x.size(axis).and_then(|size| size.checked_mul(*times));
        match (x.size(axis), size, x.has_place(axis)) {
            (Some(before), Some(size), true) => {
                let after = isize::try_from(size - before.min(size)).unwrap_or(isize::MAX);
                let mode = PadMode::Circular;
                let before = 0;
                x.act(
                    axis,
                    &Along::one(Access::Pad {
                        before,
                        after,
                        mode,
                    }),
                )?;
            }
            (_, size, true) => x.tangle(axis, size),
            (_, size, false) => x.mix(axis, size),
        }
    }
    Ok(())
}

/// One axis split into several.
pub(super) fn split_axis(x: &mut Traced, axis: usize, sizes: &[isize]) -> Result<(), Misfit> {
    let total = x.size(axis);
    let atoms = x.axes.remove(axis);
    let sizes = resolved(sizes, total);
    let Some(sizes) = sizes else {
        return Err(Misfit("an axis of unknown size is split".to_owned()));
    };
    let parts = regroup(atoms, &sizes)?;
    x.axes.splice(axis..axis, parts);
    x.tangle_dropped();
    Ok(())
}

fn reshape(x: &mut Traced, sizes: &[isize]) -> Result<(), Misfit> {
    let total = (0..x.rank()).try_fold(1_usize, |product, axis| product.checked_mul(x.size(axis)?));
    let Some(sizes) = resolved(sizes, total) else {
        return Err(Misfit(
            "the sizes of the input have to be known to follow a reshape".to_owned(),
        ));
    };
    let atoms = std::mem::take(&mut x.axes).into_iter().flatten().collect();
    x.axes = regroup(atoms, &sizes)?;
    x.tangle_dropped();
    Ok(())
}

/// The sizes with −1 put in.
fn resolved(sizes: &[isize], total: Option<usize>) -> Option<Vec<usize>> {
    let known = sizes
        .iter()
        .filter_map(|size| usize::try_from(*size).ok())
        .try_fold(1_usize, usize::checked_mul)?;
    sizes
        .iter()
        .map(|size| match usize::try_from(*size) {
            Ok(size) => Some(size),
            Err(_) => total?.checked_div(known),
        })
        .collect()
}

type Atoms = Vec<super::trace::Tagged>;

/// The atoms, in order, in axes of these sizes. An atom that is cut becomes two: the outer one keeps its place and
/// reads as many positions as the inner one has, which is not followed, as channels are not.
fn regroup(atoms: Atoms, sizes: &[usize]) -> Result<Vec<Atoms>, Misfit> {
    let mut rest: std::collections::VecDeque<_> = atoms.into();
    let mut axes = Vec::with_capacity(sizes.len());
    for &size in sizes {
        let mut axis: Atoms = Vec::new();
        let mut have = 1_usize;
        while have < size {
            let Some(next) = rest.pop_front() else {
                return Err(Misfit("the number of elements differs".to_owned()));
            };
            let Some(n) = next.atom.size else {
                return Err(Misfit("an axis of unknown size is reshaped".to_owned()));
            };
            let want = size / have;
            if n <= want && size % (have * n.max(1)) == 0 {
                have *= n.max(1);
                axis.push(next);
            } else if n % want == 0 && have * want == size {
                let (outer, inner) = cut(next, want, n / want)?;
                axis.push(outer);
                rest.push_front(inner);
                have = size;
            } else {
                return Ok(tangled(axis, next, rest, axes, sizes));
            }
        }
        if axis.is_empty() {
            axis.push(match rest.front() {
                Some(next) if next.atom.size == Some(1) => {
                    rest.pop_front().unwrap_or_else(|| plain(Some(1)))
                }
                _ => plain(Some(size)),
            });
        }
        axes.push(axis);
    }
    // What is left has size 1: it goes to the last axis, so that no place is dropped.
    if let Some(last) = axes.last_mut() {
        last.extend(rest.into_iter().filter(|tagged| tagged.atom.place));
    }
    Ok(axes)
}

/// The axes of a reshape that cuts across atoms: from the first such axis on nothing is followed.
fn tangled(
    axis: Atoms,
    next: super::trace::Tagged,
    rest: impl IntoIterator<Item = super::trace::Tagged>,
    mut axes: Vec<Atoms>,
    sizes: &[usize],
) -> Vec<Atoms> {
    let place = (axis.iter().chain([&next])).any(|tagged| tagged.atom.place)
        || rest.into_iter().any(|tagged| tagged.atom.place);
    for &size in &sizes[axes.len()..] {
        let mut atom = plain(Some(size));
        atom.atom.place = place;
        axes.push(vec![atom]);
    }
    axes
}

fn cut(
    tagged: super::trace::Tagged,
    outer: usize,
    inner: usize,
) -> Result<(super::trace::Tagged, super::trace::Tagged), Misfit> {
    let mut first = tagged;
    first.atom.size = Some(outer);
    if first.atom.place {
        first.by.insert(0, Access::Window(cells(inner)));
    }
    Ok((first, plain(Some(inner))))
}
