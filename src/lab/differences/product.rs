//! Matrix products of which an operand changes: (A + δ)(B + ε) − AB = δB + Aε + δε.

use candle_core::{DType, Result, Tensor};

use super::change::{Change, Operands};
use super::reach::{matrix_columns, matrix_rows};
use super::region::Region;

/// The change of a product.
pub(super) fn changed(operands: &Operands) -> Result<Tensor> {
    let (a, b) = (operands.changes[0], operands.changes[1]);
    let out = operands.base.dims(operands.base.slot(operands.step));
    let left = a.map(|a| {
        let region = matrix_rows(&a.region, operands.dims(0), out);
        let data = by_kept(operands, a, &region, 1)?;
        Ok::<_, candle_core::Error>(Change { region, data })
    });
    let right = b.map(|b| {
        let region = matrix_columns(&b.region, operands.dims(1), out);
        let data = by_kept(operands, b, &region, 0)?;
        Ok::<_, candle_core::Error>(Change { region, data })
    });
    match (left.transpose()?, right.transpose()?, a, b) {
        (Some(left), Some(right), Some(a), Some(b)) => {
            let sum = (left.within(&operands.out)? + right.within(&operands.out)?)?;
            match both(operands, a, b, &left.region, &right.region)? {
                Some(third) => sum + third.within(&operands.out)?,
                None => Ok(sum),
            }
        }
        (Some(one), ..) | (None, Some(one), ..) => Ok(one.data),
        _ => Err(candle_core::Error::msg("nothing changes")),
    }
}

/// δB (`kept` = 1), or Aε as (εᵀAᵀ)ᵀ (`kept` = 0): the batch joins the rows, so that one product serves all members.
fn by_kept(operands: &Operands, change: &Change, out: &Region, kept: usize) -> Result<Tensor> {
    let rank = out.rank();
    let (own, other) = (operands.dims(1 - kept), operands.dims(kept));
    // The box of the other operand: the inner axis where the change has it, the leading axes where the result has them.
    let lead = Region(out.0[..rank - 2].to_vec());
    let mut region = lead.unbroadcast(&other[..other.len() - 2]);
    let (inner, all) = if kept == 1 {
        (change.region.0[own.len() - 1], out.0[rank - 1])
    } else {
        (change.region.0[own.len() - 2], out.0[rank - 2])
    };
    region.0.extend(if kept == 1 {
        [inner, all]
    } else {
        [all, inner]
    });
    let matrix = operands
        .base
        .part(operands.slot(kept), &region)?
        .to_dtype(DType::F64)?
        .squeeze(0)?;
    let (delta, matrix) = if kept == 1 {
        (change.data.clone(), matrix)
    } else {
        (change.data.t()?, matrix.t()?)
    };
    let product = rows_by(&delta, &matrix, &lead.dims())?;
    if kept == 1 { Ok(product) } else { product.t() }
}

/// `delta[member, lead…, row, k] · matrix[lead…, k, column]`; leading axes are broadcast to `lead`.
fn rows_by(delta: &Tensor, matrix: &Tensor, lead: &[usize]) -> Result<Tensor> {
    let members = delta.dims()[0];
    let (rows, inner) = (delta.dim(delta.rank() - 2)?, delta.dim(delta.rank() - 1)?);
    let columns = matrix.dim(matrix.rank() - 1)?;
    let mut dims = vec![members];
    dims.extend(lead);
    dims.extend([rows, columns]);
    let groups: usize = matrix.dims()[..matrix.rank() - 2].iter().product();
    if groups == 1 {
        // The change has all of the leading axes: only its own can be longer than 1.
        let flat = delta
            .contiguous()?
            .reshape((delta.elem_count() / inner.max(1), inner))?;
        return flat
            .matmul(&matrix.reshape((inner, columns))?)?
            .reshape(dims);
    }
    // [member, lead…, row, k] → [lead…, member·row, k]
    let mut full = vec![members];
    full.extend(lead);
    full.extend([rows, inner]);
    let axes = lead.len();
    let mut raised = vec![members];
    raised.extend(std::iter::repeat_n(1, axes + 3 - delta.rank()));
    raised.extend(&delta.dims()[1..]);
    let order: Vec<usize> = (1..=axes).chain([0, axes + 1, axes + 2]).collect();
    let groups: usize = lead.iter().product();
    let joined = delta
        .contiguous()?
        .reshape(raised)?
        .broadcast_as(full)?
        .permute(order)?
        .reshape((groups, members * rows, inner))?;
    let mut spread = lead.to_vec();
    spread.extend([inner, columns]);
    let matrix = matrix
        .broadcast_as(spread)?
        .reshape((groups, inner, columns))?;
    let mut apart = lead.to_vec();
    apart.extend([members, rows, columns]);
    let back: Vec<usize> = std::iter::once(axes)
        .chain(0..axes)
        .chain([axes + 1, axes + 2])
        .collect();
    joined.matmul(&matrix)?.reshape(apart)?.permute(back)
}

/// δε, where the changed columns of the left operand meet the changed rows of the right one.
fn both(
    operands: &Operands,
    a: &Change,
    b: &Change,
    left: &Region,
    right: &Region,
) -> Result<Option<Change>> {
    let region = left.common(right);
    let (rank, of_a, of_b) = (region.rank(), a.region.rank(), b.region.rank());
    let inner = Region(vec![a.region.0[of_a - 1]]).common(&Region(vec![b.region.0[of_b - 2]]));
    if region.count() == 0 || inner.count() == 0 {
        return Ok(None);
    }
    let inner = inner.0[0];
    let lead = Region(region.0[..rank - 2].to_vec());
    let part = |place: usize, change: &Change| {
        let own = operands.dims(place);
        let axes = own.len() - 2;
        let wanted = lead.unbroadcast(&own[..axes]);
        let mut data = change.data.clone();
        for (axis, span) in wanted.0.iter().enumerate() {
            let start = span.start - change.region.0[axis].start;
            data = data.narrow(axis + 1, start, span.len)?;
        }
        let along = if place == 0 { axes + 1 } else { axes };
        let start = inner.start - change.region.0[along].start;
        data = data.narrow(along + 1, start, inner.len)?;
        let mut raised = vec![operands.members];
        raised.extend(std::iter::repeat_n(1, rank - own.len()));
        raised.extend(&data.dims()[1..]);
        let mut full = vec![operands.members];
        full.extend(lead.dims());
        full.extend(&data.dims()[data.rank() - 2..]);
        // The engine's product takes one leading axis in any case, several not always.
        let matrices = &full[full.len() - 2..];
        let groups: usize = full[..full.len() - 2].iter().product();
        let flat = (groups, matrices[0], matrices[1]);
        data.contiguous()?
            .reshape(raised)?
            .broadcast_as(full.as_slice())?
            .reshape(flat)?
            .contiguous()
    };
    let mut dims = vec![operands.members];
    dims.extend(region.dims());
    let data = part(0, a)?.matmul(&part(1, b)?)?.reshape(dims)?;
    Ok(Some(Change { region, data }))
}
