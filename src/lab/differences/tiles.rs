//! Which entries are probed together: boxes of the input, all of one size, chosen by what the replay costs.

use super::base::Base;
use super::reach::reach;
use super::region::{Region, Span};
use super::replay::MEMBERS;
use crate::lab::ops::{Binary, Op};

/// Nanoseconds that a step takes however small its tensors are.
const STEP: f64 = 3000.0;

/// Nanoseconds for one multiply-add of a matrix product.
const PRODUCT: f64 = 0.15;

/// Elements of one tensor that the processor keeps near; from there on each takes longer.
const NEAR: f64 = 32_000.0;

/// The threads that the choice reckons with. It must not depend on the machine: nor may the results.
const THREADS: f64 = 2.0;

/// What a tile's replay takes.
#[derive(Debug, Clone, Copy, Default)]
struct Load {
    steps: usize,
    /// Nanoseconds for each member.
    work: f64,
    /// Elements of each member that exist at once, and those of the largest tensor.
    peak: usize,
    largest: usize,
}

/// The size of a tile, and what all of them cost.
#[derive(Debug, Clone, Default)]
pub(super) struct Tiling {
    pub(super) extents: Vec<usize>,
    /// Nanoseconds, on one thread.
    pub(super) time: f64,
    /// For one tile.
    pub(super) bytes: u64,
}

/// The cheapest tile whose replay needs no more bytes than these, or the smallest one.
pub(super) fn best(base: &Base, input: usize, bytes: u64) -> Tiling {
    let dims = base.dims(input).to_vec();
    let mut best = of(base, input, vec![1; dims.len()]);
    loop {
        let mut next = None;
        for axis in 0..dims.len() {
            for extent in sizes(dims[axis]) {
                let mut extents = best.extents.clone();
                if extents[axis] == extent {
                    continue;
                }
                extents[axis] = extent;
                let other = of(base, input, extents);
                let least = next.as_ref().unwrap_or(&best).time;
                if other.bytes <= bytes && other.time < 0.99 * least {
                    next = Some(other);
                }
            }
        }
        match next {
            Some(next) => best = next,
            None => return best,
        }
    }
}

/// 1, 2, 4 … and all.
fn sizes(n: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(1_usize), |size| size.checked_mul(2))
        .take_while(move |&size| size < n)
        .chain([n])
}

/// What one direction costs: all of the input at once.
pub(super) fn whole(base: &Base, input: usize) -> Tiling {
    let dims = base.dims(input).to_vec();
    let load = load(base, input, &Region::whole(&dims));
    let members = real(MEMBERS.len());
    Tiling {
        extents: dims,
        time: real(load.steps) * STEP + members * load.work,
        bytes: bytes(MEMBERS.len(), load.peak),
    }
}

/// What tiles of these extents cost.
pub(super) fn of(base: &Base, input: usize, extents: Vec<usize>) -> Tiling {
    let dims = base.dims(input);
    let tiles: usize = dims
        .iter()
        .zip(&extents)
        .map(|(n, extent)| n.div_ceil(*extent))
        .product();
    // One in the middle stands for all.
    let middle = dims.iter().zip(&extents).map(|(&n, &extent)| {
        let start = (n.div_ceil(extent) / 2).min((n - 1) / extent) * extent;
        Span::new(start, (start + extent).min(n))
    });
    let load = load(base, input, &Region(middle.collect()));
    let entries: usize = extents.iter().product();
    let members = entries * MEMBERS.len();
    let far = real(members.saturating_mul(load.largest)) / NEAR;
    let slower = 1.0 + 0.5 * (far - 1.0).clamp(0.0, 2.0);
    let each = real(load.steps) * STEP + real(members) * load.work * slower;
    // An odd one out keeps one thread waiting.
    let rounds = (real(tiles) / THREADS).ceil() * THREADS;
    Tiling {
        extents,
        time: rounds * each,
        bytes: bytes(members, load.peak),
    }
}

/// An operation holds its operand, its result and what lies between.
fn bytes(members: usize, elements: usize) -> u64 {
    let bytes = members.saturating_mul(elements).saturating_mul(3 * 8);
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an estimate of time needs no more than 53 bits"
)]
fn real(count: usize) -> f64 {
    count as f64
}

/// Walks a box of the input through the steps.
fn load(base: &Base, input: usize, region: &Region) -> Load {
    let mut regions: Vec<Option<Region>> = vec![None; base.first_step + base.steps.len()];
    let mut live = region.count();
    let mut load = Load {
        work: real(live),
        peak: live,
        largest: live,
        ..Load::default()
    };
    regions[input] = Some(region.clone());
    for (number, step) in base.steps.iter().enumerate() {
        let operands: Vec<Option<&Region>> = step
            .inputs
            .iter()
            .map(|&slot| regions[slot].as_ref())
            .collect();
        if operands.iter().all(Option::is_none) {
            continue;
        }
        let Some(out) = reach(base, number, &operands) else {
            continue;
        };
        let count = out.count();
        let read: usize = operands.iter().flatten().map(|region| region.count()).sum();
        load.steps += 1;
        load.work += real(count.max(read)) * weight(&step.op, operands.len())
            + PRODUCT * multiplications(base, number, &operands, &out);
        load.largest = load.largest.max(count);
        live += count;
        load.peak = load.peak.max(live);
        for &slot in &step.inputs {
            if base.last_reader[slot] == number
                && let Some(done) = regions[slot].take()
            {
                live -= done.count();
            }
        }
        regions[base.slot(number)] = Some(out);
    }
    load
}

/// Nanoseconds for an element.
fn weight(op: &Op, operands: usize) -> f64 {
    match op {
        Op::Permute(_) | Op::Reshape(_) | Op::Broadcast(_) | Op::Detach => 0.5,
        Op::Unary(_) => 15.0,
        Op::Power(_) | Op::Elu(_) | Op::Softmax(_) | Op::LogSoftmax(_) | Op::ArgSort { .. } => 30.0,
        Op::Binary(Binary::Pow | Binary::Atan2) => 40.0,
        Op::Binary(_) if operands == 2 => 3.0,
        Op::Window { .. } | Op::Unwindow { .. } | Op::Gather(_) | Op::ScatterAdd { .. } => 5.0,
        _ => 3.0,
    }
}

/// The multiply-adds of a step, for one member.
fn multiplications(base: &Base, step: usize, operands: &[Option<&Region>], out: &Region) -> f64 {
    let count = real(out.count());
    let last = |region: &Region, back: usize| region.0[region.rank() - back].len;
    match base.steps[step].op {
        Op::MatMul => {
            let left = operands[0].map_or(0, |a| last(a, 1));
            let right = operands[1].map_or(0, |b| last(b, 2));
            count * real(left + right)
        }
        Op::Inverse => 20.0 * count * real(last(out, 1)),
        Op::Determinant => operands[0].map_or(0.0, |x| 10.0 * real(x.count() * last(x, 1))),
        _ => 0.0,
    }
}
