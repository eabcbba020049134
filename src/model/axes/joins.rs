//! Operations on several tensors: joined along an axis, multiplied, attended to.

use super::Output;
use super::operations::along;
use super::trace::{Misfit, Traced, axis_of, combine, plain};
use crate::model::access::Along;
use crate::model::{Access, PadMode};

/// Along an axis with positions every input stands at its own place; elsewhere only the sizes add up.
pub(super) fn cat(mut inputs: Vec<Traced>, dim: isize) -> Result<Output, Misfit> {
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
    Ok(combine(&inputs))
}

pub(super) fn stack(mut inputs: Vec<Traced>, dim: isize) -> Result<Output, Misfit> {
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
    Ok(combine(&inputs))
}

/// Rows from the first, columns from the second, the axis between them mixed.
pub(super) fn matmul(inputs: Vec<Traced>) -> Result<Output, Misfit> {
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
    let (inner_left, rows) = (left.last(1)?, left.last(2)?);
    let (inner_right, columns) = (right.last(2)?, right.last(1)?);
    left.axes[inner_left] = vec![plain(Some(1))];
    right.axes[inner_right] = vec![plain(Some(1))];
    // A size that only one operand has is broadcast.
    let widths = (left.size(rows), right.size(columns));
    let mut output = combine(&[left, right]);
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
pub(super) fn attention(mut inputs: Vec<Traced>, causal: bool) -> Result<Output, Misfit> {
    if inputs.len() < 3 {
        return Err(Misfit("it needs query, key and value".to_owned()));
    }
    let mut values = None;
    for (at, input) in inputs.iter_mut().enumerate() {
        let (rows, last) = (input.last(2)?, input.last(1)?);
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
    let mut output = combine(&inputs);
    if let Some(last) = output.layout.axes.last_mut() {
        last[0].size = values;
    }
    Ok(output)
}
