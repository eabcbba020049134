//! Boxes of a tensor: a range along every axis.

/// A range along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) len: usize,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            len: end.saturating_sub(start),
        }
    }

    pub(super) fn end(self) -> usize {
        self.start + self.len
    }

    fn hull(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end().max(other.end()))
    }

    fn common(self, other: Self) -> Self {
        Self::new(self.start.max(other.start), self.end().min(other.end()))
    }
}

/// A range along every axis of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Region(pub(super) Vec<Span>);

impl Region {
    /// All of a tensor.
    pub(super) fn whole(dims: &[usize]) -> Self {
        Self(dims.iter().map(|&n| Span::new(0, n)).collect())
    }

    pub(super) fn dims(&self) -> Vec<usize> {
        self.0.iter().map(|span| span.len).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|span| span.len).product()
    }

    pub(super) fn rank(&self) -> usize {
        self.0.len()
    }

    /// The smallest box around both; they have one rank.
    pub(super) fn hull(&self, other: &Self) -> Self {
        let pairs = self.0.iter().zip(&other.0);
        Self(pairs.map(|(&a, &b)| a.hull(b)).collect())
    }

    /// What both have; empty where they do not meet.
    pub(super) fn common(&self, other: &Self) -> Self {
        let pairs = self.0.iter().zip(&other.0);
        Self(pairs.map(|(&a, &b)| a.common(b)).collect())
    }

    /// With all of one axis.
    pub(super) fn with(mut self, axis: usize, span: Span) -> Self {
        self.0[axis] = span;
        self
    }

    /// What a box of an operand becomes when the operand is broadcast: sizes of 1 are spread over the whole axis.
    pub(super) fn broadcast(&self, from: &[usize], to: &[usize]) -> Self {
        let lead = to.len() - from.len();
        let spans = to.iter().enumerate().map(|(axis, &n)| {
            match axis.checked_sub(lead) {
                Some(own) if from[own] == n => self.0[own],
                // Also where the operand has no such axis.
                _ => Span::new(0, n),
            }
        });
        Self(spans.collect())
    }

    /// The box of an operand that a box of the broadcast result reads.
    pub(super) fn unbroadcast(&self, from: &[usize]) -> Self {
        let lead = self.rank() - from.len();
        let spans = from.iter().enumerate().map(|(axis, &n)| {
            if n == 1 {
                Span::new(0, 1)
            } else {
                self.0[axis + lead]
            }
        });
        Self(spans.collect())
    }

    /// The flat places from its first element to its last.
    fn flat(&self, dims: &[usize]) -> Span {
        let (mut first, mut last) = (0, 0);
        for (span, &n) in self.0.iter().zip(dims) {
            first = first * n + span.start;
            last = last * n + span.end() - 1;
        }
        Span::new(first, last + 1)
    }

    /// The smallest box around a range of flat places.
    fn around(flat: Span, dims: &[usize]) -> Self {
        let (mut first, mut last) = (flat.start, flat.end() - 1);
        let mut inner: usize = dims.iter().product();
        let mut spans = Vec::with_capacity(dims.len());
        let mut same = true;
        for &n in dims {
            inner /= n;
            // From the first axis on that differs, everything below may occur.
            if same {
                let (a, b) = (first / inner, last / inner);
                spans.push(Span::new(a, b + 1));
                same = a == b;
                first %= inner;
                last %= inner;
            } else {
                spans.push(Span::new(0, n));
            }
        }
        Self(spans)
    }

    /// The boxes before and after a reshape, around this box of the operand, that hold the same elements in the same
    /// order.
    ///
    /// Both shapes are split into the shortest pieces of equal product. Within a piece a box that is a range of flat places
    /// on both sides is found by widening it until neither side widens it further.
    pub(super) fn reshaped(&self, from: &[usize], to: &[usize]) -> (Self, Self) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let (mut i, mut j) = (0, 0);
        while i < from.len() || j < to.len() {
            let (first, second) = (i, j);
            let (mut a, mut b) = (1, 1);
            // A piece starts with one axis of each side, where there is one, and the smaller side grows.
            if i < from.len() {
                a *= from[i];
                i += 1;
            }
            if j < to.len() {
                b *= to[j];
                j += 1;
            }
            while a != b {
                if (a < b && i < from.len()) || j == to.len() {
                    a *= from[i];
                    i += 1;
                } else {
                    b *= to[j];
                    j += 1;
                }
            }
            let (source, target) = (&from[first..i], &to[second..j]);
            let mut here = Self(self.0[first..i].to_vec());
            if source == target {
                before.extend(here.0.iter().copied());
                after.extend(here.0);
                continue;
            }
            let there = loop {
                let there = Self::around(here.flat(source), target);
                let wider = Self::around(there.flat(target), source);
                if wider == here {
                    break there;
                }
                here = here.hull(&wider);
            };
            before.extend(here.0);
            after.extend(there.0);
        }
        (Self(before), Self(after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(spans: &[(usize, usize)]) -> Region {
        Region(spans.iter().map(|&(a, b)| Span::new(a, b)).collect())
    }

    #[test]
    fn a_box_goes_through_a_reshape() {
        let one = region(&[(1, 2), (2, 3), (0, 4)]);
        let (before, after) = one.reshaped(&[2, 3, 4], &[6, 4]);
        assert_eq!(before, one);
        assert_eq!(after, region(&[(5, 6), (0, 4)]));
        let (before, after) = one.reshaped(&[2, 3, 4], &[2, 12]);
        assert_eq!(before, one);
        assert_eq!(after, region(&[(1, 2), (8, 12)]));
        let (before, after) = one.reshaped(&[2, 3, 4], &[2, 3, 1, 2, 2]);
        assert_eq!(before, one);
        assert_eq!(after, region(&[(1, 2), (2, 3), (0, 1), (0, 2), (0, 2)]));
    }

    #[test]
    fn a_box_that_is_no_range_is_widened() {
        let (before, after) = region(&[(0, 2), (1, 2)]).reshaped(&[3, 4], &[12]);
        assert_eq!(before, region(&[(0, 2), (0, 4)]));
        assert_eq!(after, region(&[(0, 8)]));
        let (before, after) = region(&[(5, 6)]).reshaped(&[12], &[1, 3, 1, 4]);
        assert_eq!(before, region(&[(5, 6)]));
        assert_eq!(after, region(&[(0, 1), (1, 2), (0, 1), (1, 2)]));
        let (before, after) = Region(Vec::new()).reshaped(&[], &[1, 1]);
        assert_eq!(before, Region(Vec::new()));
        assert_eq!(after, region(&[(0, 1), (0, 1)]));
    }
}
