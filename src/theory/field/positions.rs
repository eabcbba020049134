//! Sets of positions along one axis: sorted, disjoint intervals.

use std::cmp::{max, min};

/// Above this many intervals a set is replaced by its hull and no longer counts its positions.
const MOST_INTERVALS: usize = 2048;

/// A set of positions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Positions {
    /// First and last, both included; sorted, and neither overlapping nor adjacent.
    intervals: Vec<(i128, i128)>,
    /// Whether the intervals stand for more positions than are in the set (it had too many patches).
    hull_only: bool,
}

impl Positions {
    pub(super) fn one(position: i128) -> Self {
        Self::interval(position, position)
    }

    /// From `first` to `last`, both included; empty if `last` is less.
    pub(super) fn interval(first: i128, last: i128) -> Self {
        let intervals = if first <= last {
            vec![(first, last)]
        } else {
            Vec::new()
        };
        Self {
            intervals,
            hull_only: false,
        }
    }

    /// All positions of an axis.
    pub(super) fn whole(n: usize) -> Self {
        Self::interval(0, n as i128 - 1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// The first and the last position.
    pub(super) fn hull(&self) -> Option<(i128, i128)> {
        Some((self.intervals.first()?.0, self.intervals.last()?.1))
    }

    pub(super) fn intervals(&self) -> &[(i128, i128)] {
        &self.intervals
    }

    /// Whether the intervals are the set and not only its hull.
    pub(super) fn is_exact(&self) -> bool {
        !self.hull_only
    }

    /// How many positions; `None` where only the hull is known.
    pub(super) fn count(&self) -> Option<u128> {
        if self.hull_only {
            return None;
        }
        (self.intervals.iter()).try_fold(0_u128, |sum, (first, last)| {
            sum.checked_add(last.abs_diff(*first).checked_add(1)?)
        })
    }

    /// Moved; `None` where a position does not fit an integer.
    pub(super) fn shift(mut self, by: i128) -> Option<Self> {
        if by != 0 {
            for (first, last) in &mut self.intervals {
                *first = first.checked_add(by)?;
                *last = last.checked_add(by)?;
            }
        }
        Some(self)
    }

    pub(super) fn contains(&self, other: &Self) -> bool {
        if self.hull_only || other.hull_only {
            return self == other;
        }
        (other.intervals.iter()).all(|(first, last)| {
            let at = self.intervals.partition_point(|own| own.1 < *first);
            self.intervals
                .get(at)
                .is_some_and(|own| own.0 <= *first && *last <= own.1)
        })
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        let (mut left, mut right) = (&self.intervals[..], &other.intervals[..]);
        let mut merged: Vec<(i128, i128)> = Vec::with_capacity(left.len() + right.len());
        while let Some(next) = smaller(&mut left, &mut right) {
            match merged.last_mut() {
                Some(last) if next.0 <= last.1.saturating_add(1) => last.1 = max(last.1, next.1),
                _ => merged.push(next),
            }
        }
        Self {
            intervals: merged,
            hull_only: self.hull_only || other.hull_only,
        }
        .capped()
    }

    /// The union of sets in any order.
    pub(super) fn union_all(sets: impl IntoIterator<Item = Self>) -> Self {
        let mut hull_only = false;
        let mut all: Vec<(i128, i128)> = Vec::new();
        for set in sets {
            hull_only |= set.hull_only;
            all.extend(set.intervals);
        }
        all.sort_unstable();
        let mut intervals: Vec<(i128, i128)> = Vec::with_capacity(all.len());
        for next in all {
            match intervals.last_mut() {
                Some(last) if next.0 <= last.1.saturating_add(1) => last.1 = max(last.1, next.1),
                _ => intervals.push(next),
            }
        }
        Self {
            intervals,
            hull_only,
        }
        .capped()
    }

    /// The union of `count` copies, each `step` further than the one before; none for a count of 0.
    pub(super) fn copies(self, count: u128, step: i128) -> Option<Self> {
        if count == 0 || self.is_empty() {
            return Some(Self::default());
        }
        let reach = i128::try_from(count - 1).ok()?.checked_mul(step)?;
        if reach < 0 {
            return self.shift(reach)?.copies(count, step.checked_neg()?);
        }
        let mut set = self;
        let mut have = 1_u128;
        while have < count && step != 0 {
            if set.closes(step) {
                // The next copies only lengthen the last interval.
                let rest = i128::try_from(count - have).ok()?.checked_mul(step)?;
                if let Some(last) = set.intervals.last_mut() {
                    last.1 = last.1.checked_add(rest)?;
                }
                return Some(set);
            }
            let more = min(have, count - have);
            let by = i128::try_from(more).ok()?.checked_mul(step)?;
            set = set.union(&set.clone().shift(by)?);
            have += more;
        }
        Some(set)
    }

    /// Whether a copy `step` further leaves no gap and adds only positions after the last.
    fn closes(&self, step: i128) -> bool {
        match self.intervals[..] {
            [(first, last)] => self.hull_only || last - first + 1 >= step,
            _ => false,
        }
    }

    /// What lies between, both included.
    pub(super) fn clip(mut self, first: i128, last: i128) -> Self {
        self.intervals.retain_mut(|interval| {
            *interval = (max(interval.0, first), min(interval.1, last));
            interval.0 <= interval.1
        });
        self
    }

    /// The parts before 0, within `0..n` and after.
    pub(super) fn parts(&self, n: usize) -> [Self; 3] {
        let n = n as i128;
        [
            self.clone().clip(i128::MIN, -1),
            self.clone().clip(0, n - 1),
            self.clone().clip(n, i128::MAX),
        ]
    }

    /// Each position `p` at `about − p`.
    pub(super) fn mirror(&self, about: i128) -> Option<Self> {
        let turned = self.intervals.iter().rev();
        let turned = turned
            .map(|(first, last)| Some((about.checked_sub(*last)?, about.checked_sub(*first)?)));
        Some(Self {
            intervals: turned.collect::<Option<_>>()?,
            hull_only: self.hull_only,
        })
    }

    /// The same positions, taken as more than are in the set.
    pub(super) fn loosened(mut self) -> Self {
        self.hull_only = true;
        self.capped()
    }

    fn capped(mut self) -> Self {
        if self.hull_only || self.intervals.len() > MOST_INTERVALS {
            self.hull_only = true;
            self.intervals = self.hull().into_iter().collect();
        }
        self
    }
}

/// The next interval of two sorted lists.
fn smaller<'a>(
    left: &mut &'a [(i128, i128)],
    right: &mut &'a [(i128, i128)],
) -> Option<(i128, i128)> {
    let from_left = match (left.first(), right.first()) {
        (Some(l), Some(r)) => l.0 <= r.0,
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => return None,
    };
    let list = if from_left { left } else { right };
    let (first, rest) = list.split_first()?;
    *list = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::Positions;

    #[test]
    fn copies_are_the_union_of_shifted_sets() {
        let sets = [
            Positions::one(3),
            Positions::interval(-2, 4),
            Positions::one(0).union(&Positions::interval(5, 6)),
        ];
        for set in sets {
            for count in 0..9_i128 {
                for step in -7..8 {
                    let by_hand = Positions::union_all(
                        (0..count).map(|k| set.clone().shift(k * step).expect("small numbers")),
                    );
                    let count = count.unsigned_abs();
                    assert_eq!(set.clone().copies(count, step), Some(by_hand));
                }
            }
        }
    }

    #[test]
    fn a_billion_taps_are_one_interval_or_a_hull() {
        let dense = Positions::one(0).copies(1_000_000_000, 1);
        assert_eq!(dense.and_then(|set| set.count()), Some(1_000_000_000));
        let holes = Positions::one(0).copies(1_000_000_000, 2);
        let holes = holes.expect("fits an integer");
        assert_eq!(holes.hull(), Some((0, 1_999_999_998)));
        assert_eq!(holes.count(), None);
    }
}
