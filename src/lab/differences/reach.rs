//! Which box of a step's result can change when boxes of its operands do.

use super::base::Base;
use super::region::{Region, Span};
use crate::lab::ops::Op;

/// The box of the step's result that can change; `None` where nothing can.
pub(super) fn reach(base: &Base, step: usize, touched: &[Option<&Region>]) -> Option<Region> {
    let own = &base.steps[step];
    let dims = |place: usize| base.dims(own.inputs[place]);
    let out = base.dims(base.slot(step));
    if out.contains(&0) {
        return None;
    }
    let region = match &own.op {
        Op::Detach => return None,
        Op::Binary(_) | Op::Compare(_) | Op::Where => {
            let boxes = touched.iter().enumerate();
            let boxes = boxes.filter_map(|(place, region)| {
                region.map(|region| region.broadcast(dims(place), out))
            });
            return boxes.reduce(|a, b| a.hull(&b));
        }
        Op::Cat(axis) => {
            let mut start = 0;
            let mut boxes = Vec::new();
            for (place, region) in touched.iter().enumerate() {
                if let Some(region) = region {
                    let span = region.0[*axis];
                    let moved = Span::new(start + span.start, start + span.end());
                    boxes.push((*region).clone().with(*axis, moved));
                }
                start += dims(place)[*axis];
            }
            return boxes.into_iter().reduce(|a, b| a.hull(&b));
        }
        Op::MatMul => {
            let left = touched[0].map(|region| matrix_rows(region, dims(0), out));
            let right = touched[1].map(|region| matrix_columns(region, dims(1), out));
            return match (left, right) {
                (Some(left), Some(right)) => Some(left.hull(&right)),
                (left, right) => left.or(right),
            };
        }
        Op::IndexSelect(_) | Op::IndexAdd { .. } | Op::Gather(_) | Op::ScatterAdd { .. }
            if touched[1].is_some() =>
        {
            Region::whole(out)
        }
        op => of_one(base, step, op, touched[0]?, dims(0), out),
    };
    (region.count() > 0).then_some(region)
}

/// For operations of one operand, and for an index that stays as it is.
fn of_one(base: &Base, step: usize, op: &Op, x: &Region, dims: &[usize], out: &[usize]) -> Region {
    let all = |axis: usize| x.clone().with(axis, Span::new(0, out[axis]));
    match op {
        Op::Reshape(to) => x.reshaped(dims, to).1,
        Op::Permute(order) => Region(order.iter().map(|&axis| x.0[axis]).collect()),
        Op::Broadcast(_) => x.broadcast(dims, out),
        Op::SumTo(to) => x.unbroadcast(to),
        Op::Slice {
            axis,
            start,
            step,
            count,
        } => {
            let span = x.0[*axis];
            let first = span.start.saturating_sub(*start).div_ceil(*step);
            let end = span.end().saturating_sub(*start).div_ceil(*step);
            x.clone()
                .with(*axis, Span::new(first.min(*count), end.min(*count)))
        }
        Op::Unslice {
            axis, start, step, ..
        } => {
            let span = x.0[*axis];
            let first = start + span.start * step;
            let last = start + (span.end() - 1) * step;
            x.clone().with(*axis, Span::new(first, last + 1))
        }
        Op::Flip(axis) => {
            let (span, n) = (x.0[*axis], dims[*axis]);
            x.clone()
                .with(*axis, Span::new(n - span.end(), n - span.start))
        }
        Op::Window {
            axis,
            kernel,
            stride,
            dilation,
        } => {
            let windows = windows_reading(x.0[*axis], *kernel, *stride, *dilation, out[*axis]);
            let mut region = x.clone().with(*axis, windows);
            region.0.push(Span::new(0, *kernel));
            region
        }
        Op::Unwindow {
            axis,
            stride,
            dilation,
            ..
        } => {
            let kernel = dims[dims.len() - 1];
            let places = places_read(x.0[*axis], kernel, *stride, *dilation);
            let mut region = x.clone().with(*axis, places);
            region.0.pop();
            region
        }
        Op::IndexSelect(axis) => {
            let index = base.index(step);
            x.clone().with(*axis, places_naming(index, x.0[*axis]))
        }
        Op::IndexAdd { axis, .. } => {
            let span = x.0[*axis];
            let named = &base.index(step)[span.start..span.end()];
            x.clone().with(*axis, hull_of(named.iter().copied()))
        }
        Op::Gather(axis) => {
            // The index may be smaller than the tensor along the other axes.
            let region = x.common(&Region::whole(out));
            region.with(*axis, Span::new(0, out[*axis]))
        }
        Op::ScatterAdd { axis, .. }
        | Op::Softmax(axis)
        | Op::LogSoftmax(axis)
        | Op::ArgSort { axis, .. }
        | Op::ArgExtreme { axis, .. } => all(*axis),
        Op::Sum { axes, keep } => {
            let mut region = x.clone();
            for &axis in axes.iter().rev() {
                if *keep {
                    region.0[axis] = Span::new(0, 1);
                } else {
                    region.0.remove(axis);
                }
            }
            region
        }
        Op::CumSum { axis, reverse } => {
            let span = x.0[*axis];
            let reached = if *reverse {
                Span::new(0, span.end())
            } else {
                Span::new(span.start, out[*axis])
            };
            x.clone().with(*axis, reached)
        }
        Op::Inverse => {
            let rank = out.len();
            all(rank - 1).with(rank - 2, Span::new(0, out[rank - 2]))
        }
        Op::Determinant => Region(x.0[..out.len()].to_vec()),
        // Element by element.
        _ => x.clone(),
    }
}

/// The windows that read a place of the range.
fn windows_reading(
    places: Span,
    kernel: usize,
    stride: usize,
    dilation: usize,
    count: usize,
) -> Span {
    let reach = (kernel - 1) * dilation;
    let first = places.start.saturating_sub(reach).div_ceil(stride);
    let last = (places.end() - 1) / stride;
    Span::new(first.min(count), (last + 1).min(count))
}

/// From the first place that the windows read to the last.
pub(super) fn places_read(windows: Span, kernel: usize, stride: usize, dilation: usize) -> Span {
    let first = windows.start * stride;
    let last = (windows.end() - 1) * stride + (kernel - 1) * dilation;
    Span::new(first, last + 1)
}

/// From the first place whose number lies in the range to the last.
fn places_naming(index: &[usize], range: Span) -> Span {
    let named = |number: &usize| (range.start..range.end()).contains(number);
    match (index.iter().position(named), index.iter().rposition(named)) {
        (Some(first), Some(last)) => Span::new(first, last + 1),
        _ => Span::new(0, 0),
    }
}

fn hull_of(numbers: impl Iterator<Item = usize> + Clone) -> Span {
    let first = numbers.clone().min().unwrap_or(0);
    Span::new(first, numbers.max().map_or(0, |last| last + 1))
}

/// The rows of a product that rows of its left operand change.
pub(super) fn matrix_rows(left: &Region, dims: &[usize], out: &[usize]) -> Region {
    matrix(left, dims, out, 2)
}

/// The columns of a product that columns of its right operand change.
pub(super) fn matrix_columns(right: &Region, dims: &[usize], out: &[usize]) -> Region {
    matrix(right, dims, out, 1)
}

/// The product's box: the operand's own span along the axis that is this far from the end, all of the other one.
fn matrix(operand: &Region, dims: &[usize], out: &[usize], kept: usize) -> Region {
    let (rank, own) = (out.len(), dims.len());
    let lead = Region(operand.0[..own - 2].to_vec());
    let mut region = lead.broadcast(&dims[..own - 2], &out[..rank - 2]);
    for back in [2, 1] {
        region.0.push(if back == kept {
            operand.0[own - back]
        } else {
            Span::new(0, out[rank - back])
        });
    }
    region
}
