//! Numbers copied from evenly spaced places, and added up on them: slices, windows, flips, transpositions.

use candle_core::{Layout, Result, Tensor};

use super::{Number, for_kind, made, read, read_flat};

/// Evenly spaced places in a tensor, axis by axis, in some order.
#[derive(Debug, Clone)]
pub(in crate::lab::ops) struct View {
    start: usize,
    /// Of each axis its size, and from one place to the next in memory. A step backwards wraps around.
    axes: Vec<(usize, usize)>,
}

impl View {
    /// All places, in order.
    fn of(layout: &Layout) -> Self {
        let axes = layout
            .dims()
            .iter()
            .copied()
            .zip(layout.stride().iter().copied());
        Self {
            start: layout.start_offset(),
            axes: axes.collect(),
        }
    }

    /// The sizes of its axes.
    fn dims(&self) -> Vec<usize> {
        self.axes.iter().map(|(n, _)| *n).collect()
    }

    /// Every `step`-th place of an axis from `start` on, `count` of them.
    pub(in crate::lab::ops) fn slice(
        axis: usize,
        start: usize,
        step: usize,
        count: usize,
    ) -> impl Fn(&mut Self) {
        move |view| {
            let (n, apart) = &mut view.axes[axis];
            view.start += if count > 0 { start * *apart } else { 0 };
            *n = count;
            *apart *= step;
        }
    }

    /// An axis backwards.
    pub(in crate::lab::ops) fn flip(axis: usize) -> impl Fn(&mut Self) {
        move |view| {
            let (n, apart) = &mut view.axes[axis];
            view.start += n.saturating_sub(1) * *apart;
            *apart = apart.wrapping_neg();
        }
    }

    /// `count` windows of an axis, and a last axis of the places in one.
    pub(in crate::lab::ops) fn windows(
        axis: usize,
        count: usize,
        kernel: usize,
        stride: usize,
        dilation: usize,
    ) -> impl Fn(&mut Self) {
        move |view| {
            let apart = view.axes[axis].1;
            view.axes[axis] = (count, apart * stride);
            view.axes.push((kernel, apart * dilation));
        }
    }

    /// The same places in the same order with as few axes as possible; none where there are no places.
    fn merged(&self) -> Option<Vec<(usize, usize)>> {
        let mut merged: Vec<(usize, usize)> = Vec::new();
        for &(n, apart) in &self.axes {
            match merged.last_mut() {
                _ if n == 0 => return None,
                _ if n == 1 => {}
                Some((outer, above)) if *above == apart.wrapping_mul(n) => {
                    *outer *= n;
                    *above = apart;
                }
                _ => merged.push((n, apart)),
            }
        }
        Some(merged)
    }

    /// Visits the rows of places: the last axis at once, as its start, its size and its step.
    fn rows(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let Some(mut outer) = self.merged() else {
            return;
        };
        let (n, apart) = outer.pop().unwrap_or((1, 1));
        let mut at = vec![0; outer.len()];
        let mut start = self.start;
        loop {
            visit(start, n, apart);
            let mut axis = outer.len();
            loop {
                let Some(next) = axis.checked_sub(1) else {
                    return;
                };
                axis = next;
                let (n, apart) = outer[axis];
                at[axis] += 1;
                start = start.wrapping_add(apart);
                if at[axis] < n {
                    break;
                }
                start = start.wrapping_sub(apart.wrapping_mul(n));
                at[axis] = 0;
            }
        }
    }
}

/// The numbers at the places of a view, as a tensor of its own.
pub(in crate::lab::ops) fn take(x: &Tensor, change: impl Fn(&mut View)) -> Result<Tensor> {
    for_kind!(x, T => taken::<T>(x, change))
}

fn taken<T: Number>(x: &Tensor, change: impl Fn(&mut View)) -> Result<Tensor> {
    read::<T, _>(x, |data, layout| {
        let mut view = View::of(layout);
        change(&mut view);
        let dims = view.dims();
        let mut found = Vec::with_capacity(dims.iter().product());
        view.rows(|start, n, apart| match apart {
            1 => found.extend_from_slice(&data[start..start + n]),
            _ => found.extend((0..n).map(|at| data[start.wrapping_add(at.wrapping_mul(apart))])),
        });
        made(found, &dims)
    })
}

/// The same numbers in row-major order.
pub(in crate::lab::ops) fn contiguous(x: &Tensor) -> Result<Tensor> {
    if x.is_contiguous() {
        Ok(x.clone())
    } else {
        take(x, |_| {})
    }
}

/// The adjoint of [`take`]: numbers added up at the places of a view of a tensor of this shape, zeros elsewhere.
pub(in crate::lab::ops) fn put_back(
    x: &Tensor,
    dims: &[usize],
    change: impl Fn(&mut View),
) -> Result<Tensor> {
    let mut view = View::of(&Layout::contiguous(dims));
    change(&mut view);
    for_kind!(x, T => added::<T>(x, &view, dims))
}

fn added<T: Number>(x: &Tensor, view: &View, dims: &[usize]) -> Result<Tensor> {
    read_flat::<T, _>(x, |mut data| {
        let mut total = vec![T::zero(); dims.iter().product()];
        view.rows(|start, n, apart| {
            let (row, rest) = data.split_at(n);
            data = rest;
            for (at, &number) in row.iter().enumerate() {
                let total = &mut total[start.wrapping_add(at.wrapping_mul(apart))];
                *total = total.plus(number);
            }
        });
        made(total, dims)
    })
}
