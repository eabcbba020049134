//! The same elements in other axes: reshaped, split, expanded, repeated.

use std::collections::VecDeque;

use super::trace::{Misfit, Tagged, Traced, plain};
use crate::model::access::{Along, cells};
use crate::model::{Access, PadMode};

pub(super) fn expand(x: &mut Traced, sizes: &[isize]) -> Result<(), Misfit> {
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

pub(super) fn repeat(x: &mut Traced, times: &[usize]) -> Result<(), Misfit> {
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
    for (axis, count) in times.iter().enumerate().filter(|(_, count)| **count != 1) {
        let size = x.size(axis).and_then(|size| size.checked_mul(*count));
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
    let Some(sizes) = resolved(sizes, total) else {
        return Err(Misfit("an axis of unknown size is split".to_owned()));
    };
    let parts = regroup(atoms, &sizes)?;
    x.axes.splice(axis..axis, parts);
    x.tidy();
    x.tangle_dropped();
    Ok(())
}

pub(super) fn reshape(x: &mut Traced, sizes: &[isize]) -> Result<(), Misfit> {
    let total = (0..x.rank()).try_fold(1_usize, |product, axis| product.checked_mul(x.size(axis)?));
    let Some(sizes) = resolved(sizes, total) else {
        return Err(Misfit(
            "the sizes of the input have to be known to follow a reshape".to_owned(),
        ));
    };
    let atoms = std::mem::take(&mut x.axes).into_iter().flatten().collect();
    x.axes = regroup(atoms, &sizes)?;
    x.tidy();
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

/// An axis.
type Atoms = Vec<Tagged>;

/// The atoms, in order, in axes of these sizes. An atom that is cut becomes two: the outer one keeps its place and
/// reads as many positions as the inner one has, which is not followed, as channels are not.
fn regroup(atoms: Atoms, sizes: &[usize]) -> Result<Vec<Atoms>, Misfit> {
    let mut rest: VecDeque<_> = atoms.into();
    let mut done = Vec::with_capacity(sizes.len());
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
                let (outer, inner) = cut(next, want, n / want);
                axis.push(outer);
                rest.push_front(inner);
                have = size;
            } else {
                axis.push(next);
                axis.extend(rest);
                return Ok(tangled(&axis, done, sizes));
            }
        }
        if axis.is_empty() {
            let single = rest.front().is_some_and(|next| next.atom.size == Some(1));
            let next = if single { rest.pop_front() } else { None };
            axis.push(next.unwrap_or_else(|| plain(Some(size))));
        }
        done.push(axis);
    }
    // What is left has size 1.
    if let Some(last) = done.last_mut() {
        last.extend(rest);
    }
    Ok(done)
}

/// The axes of a reshape that cuts across atoms: from the first such axis on nothing is followed.
fn tangled(rest: &[Tagged], mut axes: Vec<Atoms>, sizes: &[usize]) -> Vec<Atoms> {
    let place = rest.iter().any(|tagged| tagged.atom.place);
    for &size in &sizes[axes.len()..] {
        let mut atom = plain(Some(size));
        atom.atom.place = place;
        axes.push(vec![atom]);
    }
    axes
}

/// The outer and the inner part of an atom.
fn cut(tagged: Tagged, outer: usize, inner: usize) -> (Tagged, Tagged) {
    let mut first = tagged;
    first.atom.size = Some(outer);
    if first.atom.place {
        first.by.insert(0, Access::Window(cells(inner)));
    }
    (first, plain(Some(inner)))
}
