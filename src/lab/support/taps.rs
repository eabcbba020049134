//! What each output position of a node reads, looked up one by one.

use std::ops::Range;

use super::block::Block;
use super::{Budget, Unmeasured, too_long};
use crate::model::access::{Along, Resample};
use crate::model::axes::{Reads, Relation};
use crate::model::layer::UpsampleMode;
use crate::model::{Access, NodeId, PadMode, Window};

/// How a node's output block is computed from an input block, one axis after the other.
pub(super) struct Plan {
    /// For every place of the input.
    pub(super) places: Vec<Place>,
}

/// How one axis is computed.
pub(super) struct Place {
    /// Which place of the output it becomes; `None`: a single number that every output uses.
    pub(super) to: Option<usize>,
    /// The positions of the input that can matter.
    pub(super) range: Range<usize>,
    /// From the input to the output.
    pub(super) stages: Vec<Stage>,
}

/// One step along one axis.
pub(super) enum Stage {
    /// Each output is the sum of the inputs in its list, as indices into the input's range.
    Sums(Vec<Vec<usize>>),
    /// Each of this many outputs is the sum of all inputs.
    Total(usize),
    /// The running sums, from this index on.
    Running(usize),
}

/// Lists the taps of a node for the outputs in a block; `None` where it reads nothing.
pub(super) fn plan(
    relation: &Relation,
    block: &Block,
    own: &[Option<usize>],
    sizes: &[usize],
    at: NodeId,
    budget: &mut Budget,
) -> Result<Option<Plan>, Unmeasured> {
    let mut places = Vec::with_capacity(relation.len());
    for (reads, &n) in relation.iter().zip(sizes) {
        let place = match reads {
            Reads::Nothing => return Ok(None),
            Reads::Lost(reason) => {
                return Err(Unmeasured::Unknown {
                    at,
                    reason: reason.to_string(),
                });
            }
            Reads::Tangled { from } => {
                let complete = from
                    .is_some_and(|place| own[place].is_some_and(|size| block.covers(place, size)));
                if !complete {
                    return Err(Unmeasured::Unknown {
                        at,
                        reason: "it arranges positions in another order, which is not followed"
                            .to_owned(),
                    });
                }
                Some(Place {
                    to: None,
                    range: 0..n,
                    stages: vec![Stage::Total(1)],
                })
            }
            Reads::By { from, accesses } => {
                let outputs = from.map_or(0..1, |place| block.range(place));
                along(*from, outputs, accesses, n, budget)?
            }
        };
        match place {
            Some(place) => places.push(place),
            None => return Ok(None),
        }
    }
    Ok(Some(Plan { places }))
}

fn along(
    to: Option<usize>,
    outputs: Range<usize>,
    accesses: &[Access],
    n: usize,
    budget: &mut Budget,
) -> Result<Option<Place>, Unmeasured> {
    // The length of what each pattern reads, from the input forwards.
    let mut lengths = vec![n];
    for access in accesses.iter().skip(1).rev() {
        let length = Along::one(access.clone()).length(lengths[lengths.len() - 1]);
        lengths.push(length.ok_or_else(too_long)?);
    }
    let mut stages = Vec::with_capacity(accesses.len());
    let mut range = outputs;
    for (access, &n) in accesses.iter().zip(lengths.iter().rev()) {
        let (stage, read) = match access {
            Access::Same => continue,
            Access::All | Access::Adaptive { output: 1 } => (Stage::Total(range.len()), 0..n),
            Access::UpTo => (Stage::Running(range.start), 0..range.end.min(n)),
            _ => {
                let each = most_taps(access, n) as u64;
                budget.take((range.len() as u64).checked_mul(each))?;
                let lists: Vec<Vec<usize>> = range.map(|i| taps(access, i, n)).collect();
                let all = lists.iter().flatten();
                let (Some(first), Some(last)) = (all.clone().min(), all.max()) else {
                    return Ok(None);
                };
                let read = *first..*last + 1;
                let relative = lists
                    .iter()
                    .map(|list| list.iter().map(|position| position - read.start).collect());
                (Stage::Sums(relative.collect()), read.clone())
            }
        };
        if read.is_empty() {
            return Ok(None);
        }
        stages.push(stage);
        range = read;
    }
    stages.reverse();
    Ok(Some(Place { to, range, stages }))
}

/// No output reads more than this.
fn most_taps(access: &Access, n: usize) -> usize {
    match access {
        Access::Window(window) | Access::Transposed(window) => window.kernel,
        Access::Adaptive { output } => n / (*output).max(1) + 2,
        Access::Resample(_) => 4.max(n / 16),
        _ => 1,
    }
}

/// The inputs that output `i` reads, each once.
fn taps(access: &Access, i: usize, n: usize) -> Vec<usize> {
    let inside = |position: i128| usize::try_from(position).ok().filter(|p| *p < n);
    let at = i as i128;
    let mut found: Vec<usize> = match access {
        Access::Same => inside(at).into_iter().collect(),
        Access::Window(window) => (0..window.kernel as i128)
            .filter_map(|t| {
                let start = at * window.stride as i128 - window.before as i128;
                inside(start + t * window.dilation as i128)
            })
            .collect(),
        Access::Transposed(window) => (0..window.kernel as i128)
            .filter_map(|t| writer(window, at, t).and_then(inside))
            .collect(),
        Access::Pad { before, mode, .. } => padded(at - *before as i128, n as i128, *mode)
            .and_then(inside)
            .into_iter()
            .collect(),
        Access::Adaptive { output } => {
            let (n, i, output) = (n as u128, i as u128, *output as u128);
            let (start, end) = (i * n / output, ((i + 1) * n).div_ceil(output));
            (start..end)
                .filter_map(|p| usize::try_from(p).ok())
                .collect()
        }
        Access::Resample(resample) => interpolated(resample, i, n),
        Access::Enlarge { factor } => vec![i / factor],
        Access::Slice { start, step, .. } => inside(*start as i128 + at * *step as i128)
            .into_iter()
            .collect(),
        Access::Flip => vec![n - 1 - i],
        Access::Roll { shift } => inside((at - *shift as i128).rem_euclid(n as i128))
            .into_iter()
            .collect(),
        Access::UpTo => (0..=i).collect(),
        Access::All => (0..n).collect(),
    };
    found.sort_unstable();
    found.dedup();
    found
}

/// The input that writes to output `i` through tap `t`, if that one falls on an input.
fn writer(window: &Window, i: i128, t: i128) -> Option<i128> {
    let scaled = i + window.before as i128 - t * window.dilation as i128;
    let stride = window.stride as i128;
    (scaled % stride == 0).then(|| scaled / stride)
}

/// Where position `at` of a padded axis takes its value.
fn padded(at: i128, n: i128, mode: PadMode) -> Option<i128> {
    if (0..n).contains(&at) {
        return Some(at);
    }
    match mode {
        PadMode::Constant(_) => None,
        PadMode::Replicate => Some(at.clamp(0, n - 1)),
        PadMode::Circular => Some(at.rem_euclid(n)),
        PadMode::Reflect if at < 0 => Some(-at),
        PadMode::Reflect => Some(2 * (n - 1) - at),
    }
}

/// The inputs that an interpolated output weights, found as the interpolation itself is computed: in floating point,
/// with weights below rounding errors taken as 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "positions of a tensor that fits memory, and what is cast back was made at least 0"
)]
fn interpolated(resample: &Resample, i: usize, n: usize) -> Vec<usize> {
    const ROUNDING: f64 = 1e-9;
    let output = resample.length(n).unwrap_or(n);
    let last = n - 1;
    let scale = match resample.ratio {
        Some((inputs, outputs)) => inputs as f64 / outputs as f64,
        None => n as f64 / output as f64,
    };
    let (i, at) = (i as f64, |position: f64| {
        (position.max(0.0) as usize).min(last)
    });
    match resample.mode {
        UpsampleMode::Nearest => vec![at((i * scale + ROUNDING).floor())],
        UpsampleMode::NearestExact => vec![at(((i + 0.5) * scale + ROUNDING).floor())],
        UpsampleMode::Area => {
            let cells = n as f64 / output as f64;
            let start = (i * cells + ROUNDING).floor() as usize;
            let end = ((i + 1.0) * cells - ROUNDING).ceil() as usize;
            (start..end).collect()
        }
        UpsampleMode::Linear | UpsampleMode::Cubic => {
            let place = match (resample.align_corners, output) {
                (true, 1) => 0.0,
                (true, _) => i * last as f64 / (output as f64 - 1.0),
                (false, _) => (i + 0.5) * scale - 0.5,
            };
            let floor = (place + ROUNDING).floor();
            if place - floor < ROUNDING {
                vec![at(floor)]
            } else if resample.mode == UpsampleMode::Linear {
                vec![at(floor), at(floor + 1.0)]
            } else {
                (-1..3).map(|tap| at(floor + f64::from(tap))).collect()
            }
        }
    }
}
