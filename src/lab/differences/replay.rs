//! A change of an input, carried through every step that it touches.

use candle_core::{Device, Result, Tensor};

use super::base::Base;
use super::change::{Change, through};
use super::region::Region;
use crate::lab::LabError;

/// One place where the function is probed: an entry, and how far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probe {
    /// The entry's number in row-major order; of a direction its number.
    pub(super) entry: usize,
    /// The step h, a power of two.
    pub(super) step: f64,
}

/// The function's changes at x + h, x − h, x + h/2 and x − h/2.
pub(super) type Values = [f64; 4];

/// The members of a batch that one probe takes, in units of h.
pub(super) const MEMBERS: [f64; 4] = [1.0, -1.0, 0.5, -0.5];

/// Probes entries that lie in one box of the input.
pub(super) fn entries(
    base: &Base,
    input: usize,
    region: &Region,
    probes: &[Probe],
) -> std::result::Result<Vec<Values>, LabError> {
    let dims = base.dims(input);
    let count = region.count();
    let mut data = vec![0.0; probes.len() * MEMBERS.len() * count];
    for (number, probe) in probes.iter().enumerate() {
        let mut rest = probe.entry;
        let (mut place, mut inner) = (0, 1);
        for (span, &n) in region.0.iter().zip(dims).rev() {
            place += (rest % n - span.start) * inner;
            inner *= span.len;
            rest /= n;
        }
        for (member, factor) in MEMBERS.iter().enumerate() {
            data[(number * MEMBERS.len() + member) * count + place] = factor * probe.step;
        }
    }
    changes(base, input, region, data)
}

/// Probes along a direction: all entries of the input move.
pub(super) fn along(
    base: &Base,
    input: usize,
    direction: &[f64],
    step: f64,
) -> std::result::Result<Vec<Values>, LabError> {
    let mut data = Vec::with_capacity(direction.len() * MEMBERS.len());
    for factor in MEMBERS {
        data.extend(direction.iter().map(|x| factor * step * x));
    }
    changes(base, input, &Region::whole(base.dims(input)), data)
}

/// The change of `Σ ⟨upstream, output⟩` for every member of a batch of changes of the input.
fn changes(
    base: &Base,
    input: usize,
    region: &Region,
    data: Vec<f64>,
) -> std::result::Result<Vec<Values>, LabError> {
    let members = data.len() / region.count();
    let mut dims = vec![members];
    dims.extend(region.dims());
    let engine = |error: candle_core::Error| LabError::engine("differences", &error);
    let mut changes: Vec<Option<Change>> = vec![None; base.first_step + base.steps.len()];
    changes[input] = Some(Change {
        region: region.clone(),
        data: Tensor::from_vec(data, dims, &Device::Cpu).map_err(engine)?,
    });
    for (number, step) in base.steps.iter().enumerate() {
        let operands: Vec<Option<&Change>> = step
            .inputs
            .iter()
            .map(|&slot| changes[slot].as_ref())
            .collect();
        if operands.iter().all(Option::is_none) {
            continue;
        }
        let change = through(base, number, &operands)?;
        for &slot in &step.inputs {
            if base.last_reader[slot] == number {
                changes[slot] = None;
            }
        }
        changes[base.slot(number)] = change;
    }
    let totals = functional(base, &changes, members).map_err(engine)?;
    let (values, _) = totals.as_chunks::<4>();
    Ok(values.to_vec())
}

fn functional(base: &Base, changes: &[Option<Change>], members: usize) -> Result<Vec<f64>> {
    let mut totals = vec![0.0; members];
    for (slot, upstream) in &base.ends {
        let Some(change) = &changes[*slot] else {
            continue;
        };
        let mut weights = upstream.clone();
        for (axis, span) in change.region.0.iter().enumerate() {
            weights = weights.narrow(axis, span.start, span.len)?;
        }
        let count = change.region.count();
        let weights = weights.contiguous()?.reshape((count, 1))?;
        let data = change.data.contiguous()?.reshape((members, count))?;
        let sums = data.matmul(&weights)?.flatten_all()?.to_vec1::<f64>()?;
        for (total, sum) in totals.iter_mut().zip(sums) {
            *total += sum;
        }
    }
    Ok(totals)
}
