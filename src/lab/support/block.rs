//! The part of a tensor that matters: a dense block at an offset.

use std::ops::Range;

use candle_core::{DType, Device, Tensor};

use super::{Budget, Unmeasured};
use crate::model::{Seen, SeenAxis};

/// A block of zeros and ones, one axis a place.
#[derive(Debug, Clone)]
pub(super) struct Block {
    offset: Vec<usize>,
    pub(super) tensor: Tensor,
}

impl Block {
    /// The one-hot gradient at a unit.
    pub(super) fn unit(position: &[usize]) -> Result<Self, Unmeasured> {
        let dims = vec![1; position.len()];
        Ok(Self {
            offset: position.to_vec(),
            tensor: Tensor::ones(dims, DType::F64, &Device::Cpu)?,
        })
    }

    /// The support of a gradient at an offset; `None` if it is empty.
    pub(super) fn support(
        offset: Vec<usize>,
        gradient: &Tensor,
    ) -> Result<Option<Self>, Unmeasured> {
        let tensor = gradient.gt(0.0)?.to_dtype(DType::F64)?;
        let any = tensor.sum_all()?.to_scalar::<f64>()? > 0.0;
        Ok(any.then_some(Self { offset, tensor }))
    }

    /// The positions along a place.
    pub(super) fn range(&self, place: usize) -> Range<usize> {
        let start = self.offset[place];
        start..start + self.tensor.dims()[place]
    }

    /// Whether all of an axis of this length is read, along this place.
    pub(super) fn covers(&self, place: usize, size: usize) -> bool {
        self.range(place) == (0..size)
            && self
                .axis(place)
                .is_ok_and(|touched| touched.iter().all(|t| *t))
    }

    /// Which positions along a place have any gradient.
    fn axis(&self, place: usize) -> Result<Vec<bool>, Unmeasured> {
        let dims = self.tensor.dims();
        let before: usize = dims[..place].iter().product();
        let after: usize = dims[place + 1..].iter().product();
        let folded = self.tensor.reshape((before, dims[place], after))?;
        let sums = folded.sum(2)?.sum(0)?.to_vec1::<f64>()?;
        Ok(sums.into_iter().map(|sum| sum > 0.0).collect())
    }

    /// The union with another block.
    pub(super) fn merge(&self, other: &Self, budget: &mut Budget) -> Result<Self, Unmeasured> {
        let ranges = (0..self.offset.len()).map(|place| {
            let (own, others) = (self.range(place), other.range(place));
            own.start.min(others.start)..own.end.max(others.end)
        });
        let ranges: Vec<Range<usize>> = ranges.collect();
        let elements = ranges.iter().try_fold(1_u64, |product, range| {
            product.checked_mul(range.len() as u64)
        });
        budget.take(elements)?;
        let sum = (self.within(&ranges)? + other.within(&ranges)?)?;
        Ok(Self {
            offset: ranges.iter().map(|range| range.start).collect(),
            tensor: sum.gt(0.0)?.to_dtype(DType::F64)?,
        })
    }

    /// The block with zeros around it.
    fn within(&self, ranges: &[Range<usize>]) -> Result<Tensor, Unmeasured> {
        let mut tensor = self.tensor.clone();
        for (place, range) in ranges.iter().enumerate() {
            let own = self.range(place);
            let (before, after) = (own.start - range.start, range.end - own.end);
            if before + after > 0 {
                tensor = tensor.pad_with_zeros(place, before, after)?;
            }
        }
        Ok(tensor)
    }

    /// What is read, in numbers.
    pub(super) fn seen(&self) -> Result<Seen, Unmeasured> {
        let mut axes = Vec::new();
        for place in 0..self.offset.len() {
            let touched = self.axis(place)?;
            let first = touched.iter().position(|t| *t).unwrap_or(0);
            let last = touched.iter().rposition(|t| *t).unwrap_or(0);
            let offset = self.offset[place];
            axes.push(SeenAxis {
                first: (offset + first) as u128,
                last: (offset + last) as u128,
                taps: Some(touched.iter().filter(|t| **t).count() as u128),
            });
        }
        let count = self.tensor.sum_all()?.to_scalar::<f64>()?;
        Ok(Seen {
            axes,
            count: Some(whole(count)),
        })
    }
}

/// A sum of ones: an integer, exact below 2⁵³.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a sum of ones is an integer and not negative"
)]
fn whole(sum: f64) -> u128 {
    sum as u128
}
