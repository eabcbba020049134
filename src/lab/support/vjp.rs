//! One node's vector-Jacobian product, by candle's backward pass on the node's forward operation.
//!
//! The forward operation is built from `pad_with_zeros`, `index_select`, `reshape`, `sum`, `cumsum` and `permute`
//! alone: candle's gradients of these are right in float64, while those of its own pools and of some convolutions
//! are not.

use candle_core::{DType, Device, Tensor, Var};

use super::block::Block;
use super::taps::{Plan, Stage};
use super::{Budget, Unmeasured};

/// The support of the gradient with respect to the input block; `None` if it is empty.
pub(super) fn pull_back(
    upstream: &Block,
    plan: &Plan,
    budget: &mut Budget,
) -> Result<Option<Block>, Unmeasured> {
    let dims: Vec<usize> = plan.places.iter().map(|place| place.range.len()).collect();
    budget.take(elements(&dims))?;
    let x = Var::ones(dims, DType::F64, &Device::Cpu)?;
    let y = forward(x.as_tensor(), upstream.tensor.rank(), plan, budget)?;
    let gradients = y.broadcast_mul(&upstream.tensor)?.sum_all()?.backward()?;
    let gradient = gradients.get(x.as_tensor()).ok_or_else(|| {
        Unmeasured::Engine("candle returned no gradient for an input that is read".to_owned())
    })?;
    let offset = plan.places.iter().map(|place| place.range.start).collect();
    Block::support(offset, gradient)
}

/// The node's output on a block, axis by axis, its axes in the output's order; those of size 1 broadcast.
fn forward(
    x: &Tensor,
    rank: usize,
    plan: &Plan,
    budget: &mut Budget,
) -> Result<Tensor, Unmeasured> {
    let mut y = x.clone();
    for (axis, place) in plan.places.iter().enumerate() {
        for stage in &place.stages {
            y = step(&y, axis, stage, budget)?;
        }
    }
    // The input's axes that the output decides, in the output's order, between axes of size 1.
    let mut order: Vec<usize> = Vec::new();
    let mut dims = vec![1; rank];
    for (to, dim) in dims.iter_mut().enumerate() {
        let mut here = (0..plan.places.len()).filter(|axis| plan.places[*axis].to == Some(to));
        if let Some(axis) = here.next() {
            order.push(axis);
            *dim = y.dims()[axis];
        }
        if here.next().is_some() {
            return Err(Unmeasured::Skipped {
                reason: "two axes of one tensor move together".to_owned(),
            });
        }
    }
    order.extend((0..plan.places.len()).filter(|axis| plan.places[*axis].to.is_none()));
    let y = if order.is_empty() {
        y
    } else {
        y.permute(order)?
    };
    Ok(y.contiguous()?.reshape(dims)?)
}

/// One step along one axis.
fn step(x: &Tensor, axis: usize, stage: &Stage, budget: &mut Budget) -> Result<Tensor, Unmeasured> {
    let dims = x.dims();
    let before: usize = dims[..axis].iter().product();
    let after: usize = dims[axis + 1..].iter().product();
    let n = dims[axis];
    let flat = x.reshape((before, n, after))?;
    let (flat, length) = match stage {
        Stage::Sums(lists) => {
            let columns = lists.iter().map(Vec::len).max().unwrap_or(0).max(1);
            budget.take(elements(&[before, columns, lists.len(), after]))?;
            (sums(&flat, lists, columns)?, lists.len())
        }
        Stage::Total(outputs) => {
            budget.take(elements(&[before, n.max(*outputs), after]))?;
            let total = flat.sum_keepdim(1)?;
            (total.broadcast_as((before, *outputs, after))?, *outputs)
        }
        Stage::Running(first) => {
            budget.take(elements(&[before.max(1), n, n.max(after)]))?;
            let outputs = n - first;
            (flat.cumsum(1)?.narrow(1, *first, outputs)?, outputs)
        }
    };
    let mut dims = dims.to_vec();
    dims[axis] = length;
    Ok(flat.contiguous()?.reshape(dims)?)
}

/// Output `i` is the sum of the inputs in list `i`: the lists' first entries selected, then the second ones, and so
/// on, and added; a shorter list selects a row of zeros.
fn sums(flat: &Tensor, lists: &[Vec<usize>], columns: usize) -> Result<Tensor, Unmeasured> {
    let (before, n, after) = flat.dims3()?;
    let ragged = lists.iter().any(|list| list.len() < columns);
    let source = if ragged {
        flat.pad_with_zeros(1, 0, 1)?
    } else {
        flat.clone()
    };
    let index = (0..columns).flat_map(|column| {
        let entry = move |list: &Vec<usize>| list.get(column).copied().unwrap_or(n);
        lists.iter().map(entry).map(i64::try_from)
    });
    let index: Result<Vec<i64>, _> = index.collect();
    let index = index.map_err(|error| Unmeasured::Engine(error.to_string()))?;
    let index = Tensor::from_vec(index, columns * lists.len(), &Device::Cpu)?;
    let selected = source.contiguous()?.index_select(&index, 1)?;
    Ok((selected.reshape((before, columns, lists.len(), after))?).sum(1)?)
}

fn elements(dims: &[usize]) -> Option<u64> {
    dims.iter()
        .try_fold(1_u64, |product, dim| product.checked_mul(*dim as u64))
}
