//! What is computed along axes: sums, running sums, extremes, orders, softmax. Floats are added up in float64.

use std::cmp::Ordering;

use candle_core::{DType, Result, Tensor};

use super::{Axis, Number, for_kind, made, read_flat, undefined};

/// The sum over axes, which stay at size 1. The sum of truth values is an integer.
pub(in crate::lab::ops) fn sum(x: &Tensor, axes: &[usize]) -> Result<Tensor> {
    let mut total = x.clone();
    // Neighbouring axes are one.
    for run in axes.chunk_by(|a, b| a + 1 == *b).rev() {
        let mut dims = total.dims().to_vec();
        let places = &mut dims[run[0]..run[0] + run.len()];
        let along = Axis {
            places: places.iter().product(),
            blocks: total.dims()[..run[0]].iter().product(),
            inner: total.dims()[run[0] + run.len()..].iter().product(),
        };
        places.fill(1);
        total = for_kind!(total, T => summed::<T>(&total, along, &dims))?;
    }
    if x.dtype() == DType::F32 {
        total.to_dtype(DType::F32)
    } else {
        Ok(total)
    }
}

fn summed<T: Number>(x: &Tensor, along: Axis, dims: &[usize]) -> Result<Tensor> {
    read_flat::<T, _>(x, |data| made(line_sums(data, along), dims))
}

fn line_sums<T: Number>(data: &[T], along: Axis) -> Vec<T::Wide> {
    let mut sums = vec![T::zero().widened(); along.blocks * along.inner];
    if sums.is_empty() || along.places == 0 {
        return sums;
    }
    let blocks = along.blocks(data);
    if along.inner == 1 {
        for (sum, line) in sums.iter_mut().zip(blocks) {
            *sum = total(line);
        }
        return sums;
    }
    for (sums, block) in sums.chunks_exact_mut(along.inner).zip(blocks) {
        for row in block.chunks_exact(along.inner) {
            for (sum, &number) in sums.iter_mut().zip(row) {
                *sum = sum.plus(number.widened());
            }
        }
    }
    sums
}

/// The sum of a line. Eight partial sums do not wait for one another.
fn total<T: Number>(line: &[T]) -> T::Wide {
    let (eights, rest) = line.as_chunks::<8>();
    let mut partial = [T::zero().widened(); 8];
    for eight in eights {
        for (sum, number) in partial.iter_mut().zip(eight) {
            *sum = sum.plus(number.widened());
        }
    }
    let mut total = T::zero().widened();
    for number in rest {
        total = total.plus(number.widened());
    }
    for sum in partial {
        total = total.plus(sum);
    }
    total
}

/// The running sum along an axis, from the front or from the back. That of truth values is one of integers.
pub(in crate::lab::ops) fn running_sum(x: &Tensor, axis: usize, reverse: bool) -> Result<Tensor> {
    let along = Axis::of(x.dims(), axis);
    if x.dtype() == DType::U8 {
        return running_sum(&x.to_dtype(DType::I64)?, axis, reverse);
    }
    for_kind!(x, T => running::<T>(x, along, reverse))
}

fn running<T: Number>(x: &Tensor, along: Axis, reverse: bool) -> Result<Tensor> {
    read_flat::<T, _>(x, |data| {
        let mut sums = data.to_vec();
        for start in along.lines() {
            let mut total = T::zero().widened();
            for step in 0..along.places {
                let place = if reverse {
                    along.places - 1 - step
                } else {
                    step
                };
                let sum = &mut sums[start + place * along.inner];
                total = total.plus(sum.widened());
                *sum = T::narrowed(total);
            }
        }
        made(sums, x.dims())
    })
}

/// The place of the largest (or smallest) number along an axis, of equals the first. A NaN comes before any number.
pub(in crate::lab::ops) fn arg_extreme(
    x: &Tensor,
    axis: usize,
    largest: bool,
    dims: &[usize],
) -> Result<Tensor> {
    let along = Axis::of(x.dims(), axis);
    for_kind!(x, T => extremes::<T>(x, along, largest, dims))
}

fn extremes<T: Number>(x: &Tensor, along: Axis, largest: bool, dims: &[usize]) -> Result<Tensor> {
    let beats = |a: &T, b: &T| match a.order(b) {
        Ordering::Greater => largest || is_nan(a),
        Ordering::Less => !largest && !is_nan(b),
        Ordering::Equal => false,
    };
    read_flat::<T, _>(x, |data| {
        let extreme = |start: usize| {
            let at = |place: usize| &data[start + place * along.inner];
            (1..along.places).fold(0, |best, place| {
                if beats(at(place), at(best)) {
                    place
                } else {
                    best
                }
            })
        };
        made(along.lines().map(extreme).map(number).collect(), dims)
    })
}

/// The places of an axis's numbers in ascending (or descending) order; equals stay in theirs. A NaN is the largest.
pub(in crate::lab::ops) fn arg_sort(x: &Tensor, axis: usize, descending: bool) -> Result<Tensor> {
    let along = Axis::of(x.dims(), axis);
    for_kind!(x, T => orders::<T>(x, along, descending))
}

fn orders<T: Number>(x: &Tensor, along: Axis, descending: bool) -> Result<Tensor> {
    read_flat::<T, _>(x, |data| {
        let mut places = vec![0; data.len()];
        for start in along.lines() {
            let at = |place: usize| &data[start + place * along.inner];
            let mut order: Vec<usize> = (0..along.places).collect();
            if descending {
                order.sort_by(|&a, &b| at(b).order(at(a)));
            } else {
                order.sort_by(|&a, &b| at(a).order(at(b)));
            }
            for (place, from) in order.into_iter().enumerate() {
                places[start + place * along.inner] = number(from);
            }
        }
        made(places, x.dims())
    })
}

/// eˣ over its sum along an axis, or the logarithm of that.
pub(in crate::lab::ops) fn softmax(x: &Tensor, axis: usize, logarithm: bool) -> Result<Tensor> {
    let along = Axis::of(x.dims(), axis);
    match x.dtype() {
        DType::F64 => shared::<f64>(x, along, logarithm),
        DType::F32 => shared::<f32>(x, along, logarithm),
        kind => undefined("softmax", kind),
    }
}

fn shared<T: Number<Wide = f64>>(x: &Tensor, along: Axis, logarithm: bool) -> Result<Tensor> {
    read_flat::<T, _>(x, |data| made(shares(data, along, logarithm), x.dims()))
}

fn shares<T: Number<Wide = f64>>(data: &[T], along: Axis, logarithm: bool) -> Vec<T> {
    let mut shares = data.to_vec();
    let mut line = vec![0.0; along.places];
    for start in along.lines() {
        let places = || (0..along.places).map(|place| start + place * along.inner);
        for (to, place) in line.iter_mut().zip(places()) {
            *to = data[place].widened();
        }
        let largest = line.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = line.iter().map(|x| (x - largest).exp()).sum();
        let shift = largest + total.ln();
        for (&x, place) in line.iter().zip(places()) {
            let share = if logarithm {
                x - shift
            } else {
                (x - largest).exp() / total
            };
            shares[place] = T::narrowed(share);
        }
    }
    shares
}

#[expect(clippy::eq_op, reason = "only a NaN differs from itself")]
fn is_nan<T: Number>(x: &T) -> bool {
    x != x
}

#[expect(clippy::cast_possible_wrap, reason = "an axis is shorter than 2⁶³")]
fn number(place: usize) -> i64 {
    place as i64
}
