//! Unions of patches: a patch is a product of one set of positions an axis.

use std::collections::BTreeMap;

use super::positions::Positions;
use crate::model::{Seen, SeenAxis};

/// More patches than this at one tensor are replaced by their hull, whose taps are not counted (at most 128, the bits
/// of a mask).
const MOST_PATCHES: usize = 120;

/// More cells than this are not counted one by one.
const MOST_CELLS: usize = 1 << 22;

/// A product of one set for each place.
pub(super) type Patch = Vec<Positions>;

/// Adds a patch, unless it lies in another.
pub(super) fn add(patches: &mut Vec<Patch>, new: Patch) {
    let within = |inner: &Patch, outer: &Patch| {
        inner
            .iter()
            .zip(outer)
            .all(|(inner, outer)| outer.contains(inner))
    };
    if patches.iter().any(|patch| within(&new, patch)) {
        return;
    }
    patches.retain(|patch| !within(patch, &new));
    // Two patches that differ along one axis alone are one.
    for patch in &mut *patches {
        let mut differing = (0..new.len()).filter(|axis| patch[*axis] != new[*axis]);
        if let (Some(axis), None) = (differing.next(), differing.next()) {
            patch[axis] = patch[axis].union(&new[axis]);
            return;
        }
    }
    patches.push(new);
    if patches.len() > MOST_PATCHES {
        let hull = |axis: usize| {
            Positions::union_all(patches.iter().map(|patch| patch[axis].clone())).loosened()
        };
        *patches = vec![(0..patches[0].len()).map(hull).collect()];
    }
}

/// The union of patches as boxes, taps and a count.
pub(super) fn seen(patches: &[Patch]) -> Seen {
    let Some(first) = patches.first() else {
        return Seen {
            axes: Vec::new(),
            count: Some(0),
        };
    };
    let axes = (0..first.len()).map(|axis| {
        let union = Positions::union_all(patches.iter().map(|patch| patch[axis].clone()));
        let (first, last) = union.hull().unwrap_or((0, 0));
        SeenAxis {
            first: first.unsigned_abs(),
            last: last.unsigned_abs(),
            taps: union.count(),
        }
    });
    Seen {
        axes: axes.collect(),
        count: count(patches),
    }
}

/// How many positions the union of the patches has. Along each axis the positions are grouped by the patches that
/// contain them; a cell of groups belongs to the union if one patch contains all its groups.
fn count(patches: &[Patch]) -> Option<u128> {
    if let [patch] = patches {
        let factors = patch.iter().map(Positions::count);
        return factors
            .reduce(|product, n| product?.checked_mul(n?))
            .unwrap_or(Some(1));
    }
    let mut cells: BTreeMap<u128, u128> = BTreeMap::from([(u128::MAX, 1)]);
    for axis in 0..patches.first()?.len() {
        let groups = groups(patches, axis)?;
        if cells.len().checked_mul(groups.len())? > MOST_CELLS {
            return None;
        }
        let mut next: BTreeMap<u128, u128> = BTreeMap::new();
        for (mask, positions) in &cells {
            for (group, length) in &groups {
                let both = mask & group;
                if both != 0 {
                    let here = next.entry(both).or_default();
                    *here = here.checked_add(positions.checked_mul(*length)?)?;
                }
            }
        }
        cells = next;
    }
    cells
        .values()
        .try_fold(0_u128, |sum, n| sum.checked_add(*n))
}

/// The positions of an axis by the patches that contain them: how many for each set of patches.
fn groups(patches: &[Patch], axis: usize) -> Option<BTreeMap<u128, u128>> {
    // Where a patch begins or ends to contain positions.
    let mut events: Vec<(i128, u128)> = Vec::new();
    for (number, patch) in patches.iter().enumerate() {
        let set = &patch[axis];
        if !set.is_exact() {
            return None;
        }
        for (first, last) in set.intervals() {
            events.push((*first, 1 << number));
            events.push((*last + 1, 1 << number));
        }
    }
    events.sort_unstable();
    let mut groups = BTreeMap::new();
    let (mut mask, mut at) = (0_u128, 0_i128);
    for (position, patch) in events {
        if mask != 0 && position > at {
            *groups.entry(mask).or_insert(0) += position.abs_diff(at);
        }
        mask ^= patch;
        at = position;
    }
    Some(groups)
}
