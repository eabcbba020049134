//! Numbers fetched by number along an axis, and added up there.

use candle_core::{Layout, Result, Tensor, bail};

use super::{Axis, Number, for_kind, made, read_flat};

/// Slices of an axis by number: numbers of rank 1.
pub(in crate::lab::ops) fn index_select(
    x: &Tensor,
    numbers: &Tensor,
    axis: usize,
    dims: &[usize],
) -> Result<Tensor> {
    let along = Axis::of(x.dims(), axis);
    let numbers = places(numbers, along.places)?;
    for_kind!(x, T => selected::<T>(x, &numbers, along, dims))
}

fn selected<T: Number>(
    x: &Tensor,
    numbers: &[usize],
    along: Axis,
    dims: &[usize],
) -> Result<Tensor> {
    read_flat::<T, _>(x, |data| {
        let mut found = Vec::with_capacity(dims.iter().product());
        for block in along.blocks(data) {
            for &number in numbers {
                found.extend_from_slice(&block[number * along.inner..(number + 1) * along.inner]);
            }
        }
        made(found, dims)
    })
}

/// The adjoint of [`index_select`].
pub(in crate::lab::ops) fn index_add(
    x: &Tensor,
    numbers: &Tensor,
    axis: usize,
    dims: &[usize],
) -> Result<Tensor> {
    let (from, to) = (Axis::of(x.dims(), axis), Axis::of(dims, axis));
    let numbers = places(numbers, to.places)?;
    for_kind!(x, T => added::<T>(x, &numbers, from, to, dims))
}

fn added<T: Number>(
    x: &Tensor,
    numbers: &[usize],
    from: Axis,
    to: Axis,
    dims: &[usize],
) -> Result<Tensor> {
    read_flat::<T, _>(x, |data| {
        let mut total = vec![T::zero(); dims.iter().product()];
        let block = to.places * to.inner;
        for (outer, slices) in from.blocks(data).enumerate() {
            for (place, &number) in numbers.iter().enumerate() {
                let slice = &slices[place * from.inner..(place + 1) * from.inner];
                let start = outer * block + number * to.inner;
                for (total, &number) in total[start..start + to.inner].iter_mut().zip(slice) {
                    *total = total.plus(number);
                }
            }
        }
        made(total, dims)
    })
}

/// For every place of the index, the number that it names along the axis.
pub(in crate::lab::ops) fn gather(x: &Tensor, index: &Tensor, axis: usize) -> Result<Tensor> {
    let numbers = places(index, x.dims()[axis])?;
    let strides = strides(x.dims());
    let mut found = vec![0; numbers.len()];
    named(&numbers, index.dims(), &strides, axis, |place, at| {
        found[place] = at;
    });
    for_kind!(x, T => fetched::<T>(x, &found, index.dims()))
}

fn fetched<T: Number>(x: &Tensor, from: &[usize], dims: &[usize]) -> Result<Tensor> {
    read_flat::<T, _>(x, |data| {
        made(from.iter().map(|&at| data[at]).collect(), dims)
    })
}

/// The adjoint of [`gather`], on a tensor of this shape.
pub(in crate::lab::ops) fn scatter_add(
    x: &Tensor,
    index: &Tensor,
    axis: usize,
    dims: &[usize],
) -> Result<Tensor> {
    let numbers = places(index, dims[axis])?;
    let strides = strides(dims);
    let mut to = vec![0; numbers.len()];
    named(&numbers, index.dims(), &strides, axis, |place, at| {
        to[place] = at;
    });
    for_kind!(x, T => collected::<T>(x, &to, dims))
}

fn collected<T: Number>(x: &Tensor, to: &[usize], dims: &[usize]) -> Result<Tensor> {
    read_flat::<T, _>(x, |data| {
        let mut total = vec![T::zero(); dims.iter().product()];
        for (&at, &number) in to.iter().zip(data) {
            total[at] = total[at].plus(number);
        }
        made(total, dims)
    })
}

/// Visits each place of an index with the place that it names in a tensor with these strides.
fn named(
    numbers: &[usize],
    dims: &[usize],
    strides: &[usize],
    axis: usize,
    mut visit: impl FnMut(usize, usize),
) {
    let mut at = vec![0; dims.len()];
    for (place, &number) in numbers.iter().enumerate() {
        let others = at.iter().zip(strides).map(|(at, stride)| at * stride);
        let start: usize = others.sum::<usize>() - at[axis] * strides[axis];
        visit(place, start + number * strides[axis]);
        for (at, &n) in at.iter_mut().zip(dims).rev() {
            *at += 1;
            if *at < n {
                break;
            }
            *at = 0;
        }
    }
}

/// The strides of a tensor in row-major order.
fn strides(dims: &[usize]) -> Vec<usize> {
    Layout::contiguous(dims).stride().to_vec()
}

/// The numbers of an index, each inside an axis of this size.
fn places(index: &Tensor, size: usize) -> Result<Vec<usize>> {
    let place = |number: i64| match usize::try_from(number) {
        Ok(place) if place < size => Ok(place),
        _ => bail!("index {number} is out of range for an axis of {size}"),
    };
    read_flat::<i64, _>(index, |numbers| {
        numbers.iter().map(|&number| place(number)).collect()
    })
}
