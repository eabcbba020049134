//! Derivatives by measurement: central differences of a program, for every entry of an input.
//!
//! This is the second witness of a gradient. It carries the program out at x + h and x − h and uses no rule of
//! differentiation at all:
//!
//! ```text
//! D(h) = (f(x+h) − f(x−h)) / 2h            central difference, error O(h²)
//! R    = (4·D(h/2) − D(h)) / 3             Richardson's extrapolation, error O(h⁴)
//! |R − f′(x)| ≤ |D(h) − D(h/2)| + rounding  what is stated as the error
//! ```
//!
//! f is `Σ ⟨upstream, output⟩` over the outputs. Where the error comes out too large, other steps h are tried and the best
//! is kept. At a kink the one-sided derivatives differ at every step; such entries are listed, and the error stated
//! for them is not less than the jump.
//!
//! A change of one entry touches little of a network: one column of a layer, say. Only that is computed (see `reach` for
//! which boxes, `change` for what is computed of them), for a batch of entries at once (see `tiles`).

mod base;
mod change;
mod domain;
mod extrapolation;
mod product;
mod reach;
mod region;
mod replay;
#[cfg(test)]
mod tests;
mod tiles;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use base::Base;
pub use domain::{Departure, Point};
use extrapolation::{Estimate, GOOD, ROUNDS, common_noise, first_step, root_mean_square, typical};
use region::{Region, Span};
use replay::{MEMBERS, Probe};
use tiles::Tiling;

use super::random::Stream;
use super::{Array, LabError, Program};

/// Which derivatives are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entries {
    /// With respect to every entry.
    All,
    /// Along this many random directions, see [`direction`]: each moves all entries at once, and names none.
    Directions(usize),
    /// With respect to this many entries, drawn without repetition.
    Sample(usize),
}

/// What is asked for, and within which limits.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Which derivatives.
    pub entries: Entries,
    /// The bytes that the replay may take besides the values of the program itself.
    pub max_memory: u64,
    /// For directions and samples.
    pub seed: u64,
    /// How many threads work; the results do not depend on it. 0: as many as there are cores.
    pub threads: usize,
}

impl Default for Options {
    /// Every entry, within 1 GiB.
    fn default() -> Self {
        Self {
            entries: Entries::All,
            max_memory: 1 << 30,
            seed: 0,
            threads: 0,
        }
    }
}

/// What the numbers of a [`Difference`] belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covered {
    /// Every entry of the input; the arrays have its shape.
    All,
    /// These entries, ascending; the arrays are vectors of as many numbers.
    Entries(Vec<usize>),
    /// Directions 0 to, without it, this one; the arrays are vectors of as many numbers.
    Directions(usize),
}

/// Derivatives as measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// What the numbers belong to.
    pub covered: Covered,
    /// The derivatives; NaN where the function is undefined on a side.
    pub gradient: Array,
    /// The estimated absolute error of each; infinite where there is no derivative.
    pub error: Array,
    /// The places in `gradient` where the function has a kink, or is not defined around the point.
    pub kinks: Vec<usize>,
    /// How often the function was evaluated.
    pub evaluations: u64,
}

/// What derivatives would take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Evaluations of the function, each as far as the change reaches.
    pub evaluations: u64,
    /// Bytes at once, besides the values of the program itself.
    pub bytes: u64,
    /// A rough time on one thread, in seconds.
    pub seconds: f64,
}

/// The derivative of `Σ ⟨upstream, output⟩` over the outputs with respect to one input.
///
/// # Errors
/// If the arrays do not fit the program, the replay does not fit into the memory allowed, or the engine fails.
pub fn differences(
    program: &Program,
    inputs: &[Array],
    upstream: &[Array],
    input: usize,
    options: &Options,
) -> Result<Difference, LabError> {
    Differences::new(program, inputs, upstream)?.of(input, options)
}

/// The entries of a random direction: normal numbers, the same for the same seed.
pub fn direction(seed: u64, number: usize, count: usize) -> Vec<f64> {
    let stream = Stream::seeded(seed, 0xd1f + number as u64);
    (0..count as u64)
        .map(|place| stream.normal(place))
        .collect()
}

/// A program carried out once, ready to be probed around its inputs.
pub struct Differences {
    base: Base,
    inputs: Vec<Array>,
}

impl Differences {
    /// Carries the program out.
    ///
    /// # Errors
    /// If the arrays do not fit the program, or the engine fails.
    pub fn new(program: &Program, inputs: &[Array], upstream: &[Array]) -> Result<Self, LabError> {
        Ok(Self {
            base: Base::new(program, inputs, upstream)?,
            inputs: inputs.to_vec(),
        })
    }

    /// What the derivatives with respect to one input would take.
    ///
    /// # Errors
    /// If it is an input of integers.
    pub fn cost(&self, input: usize, options: &Options) -> Result<Cost, LabError> {
        self.differentiable(input)?;
        let count = self.inputs[input].data.len();
        if count == 0 {
            return Ok(Cost {
                evaluations: 0,
                bytes: 0,
                seconds: 0.0,
            });
        }
        let (tiling, probes) = match options.entries {
            Entries::All => (self.tiling(input, options), count),
            Entries::Sample(n) => (self.tiling(input, options), n.min(count)),
            Entries::Directions(n) => (tiles::whole(&self.base, input), n),
        };
        let per_probe = match options.entries {
            Entries::All => tiling.time / to_f64(count),
            Entries::Sample(_) => {
                let ones = vec![1; self.inputs[input].dims.len()];
                tiles::of(&self.base, input, ones).time / to_f64(count)
            }
            Entries::Directions(_) => tiling.time,
        };
        Ok(Cost {
            evaluations: (probes * MEMBERS.len()) as u64,
            bytes: tiling.bytes.saturating_mul(threads(options) as u64),
            seconds: 1e-9 * per_probe * to_f64(probes),
        })
    }

    /// The derivatives with respect to one input.
    ///
    /// # Errors
    /// If it is an input of integers, the replay does not fit into the memory allowed, or the engine fails.
    pub fn of(&self, input: usize, options: &Options) -> Result<Difference, LabError> {
        let bytes = self.cost(input, options)?.bytes;
        if bytes > options.max_memory {
            return Err(LabError::TooLarge {
                operation: "differences",
                bytes,
                limit: options.max_memory,
            });
        }
        let array = &self.inputs[input];
        let count = array.data.len();
        let typical = typical(&array.data);
        let threads = threads(options);
        match options.entries {
            Entries::Directions(n) => {
                let run = |group: &Group| {
                    let mut found = Vec::new();
                    for probe in &group.probes {
                        let direction = direction(options.seed, probe.entry, count);
                        found.extend(replay::along(&self.base, input, &direction, probe.step)?);
                    }
                    Ok(found)
                };
                let steps = vec![first_step(0.0, typical); n];
                let group = |probes: &[Probe]| {
                    let alone = |probe: &Probe| Group {
                        region: Region(Vec::new()),
                        probes: vec![*probe],
                    };
                    probes.iter().map(alone).collect()
                };
                let numbers: Vec<usize> = (0..if count == 0 { 0 } else { n }).collect();
                let found = rounds(&numbers, &steps, group, run, threads, self.base.rounding())?;
                Ok(found.into_difference(Covered::Directions(n), &[n]))
            }
            Entries::All | Entries::Sample(_) => {
                let (entries, covered, dims, extents) = match options.entries {
                    Entries::Sample(n) if n < count => {
                        let entries = sample(options.seed, n, count);
                        let extents = vec![1; array.dims.len()];
                        (entries.clone(), Covered::Entries(entries), vec![n], extents)
                    }
                    _ => {
                        let extents = self.tiling(input, options).extents;
                        (
                            (0..count).collect(),
                            Covered::All,
                            array.dims.clone(),
                            extents,
                        )
                    }
                };
                let steps: Vec<f64> = entries
                    .iter()
                    .map(|&entry| first_step(array.data[entry], typical))
                    .collect();
                let run = |group: &Group| {
                    replay::entries(&self.base, input, &group.region, &group.probes)
                };
                let group = |probes: &[Probe]| grouped(probes, &array.dims, &extents);
                let found = rounds(&entries, &steps, group, run, threads, self.base.rounding())?;
                Ok(found.into_difference(covered, &dims))
            }
        }
    }

    fn tiling(&self, input: usize, options: &Options) -> Tiling {
        if self.inputs[input].data.is_empty() {
            return Tiling::default();
        }
        let each = options.max_memory / threads(options) as u64;
        tiles::best(&self.base, input, each)
    }

    fn differentiable(&self, input: usize) -> Result<(), LabError> {
        match self.inputs.get(input) {
            Some(array) if array.kind.is_float() => Ok(()),
            Some(array) => Err(LabError::NoGradient {
                operation: "differences",
                message: format!("its numbers are of kind {:?}", array.kind),
            }),
            None => Err(LabError::shape(
                "differences",
                format!("there is no input {input}"),
            )),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of elements is far below 2⁵³"
)]
fn to_f64(count: usize) -> f64 {
    count as f64
}

fn threads(options: &Options) -> usize {
    if options.threads > 0 {
        return options.threads;
    }
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Different numbers below `count`, ascending.
fn sample(seed: u64, n: usize, count: usize) -> Vec<usize> {
    let stream = Stream::seeded(seed, 0x5a);
    let mut drawn = BTreeSet::new();
    // Floyd's: each of the last n numbers, or, where an earlier one was drawn twice, itself.
    for (place, last) in (count - n..count).enumerate() {
        let below = last as u64 + 1;
        let number = usize::try_from(stream.bits(place as u64) % below).unwrap_or(last);
        if !drawn.insert(number) {
            drawn.insert(last);
        }
    }
    drawn.into_iter().collect()
}

/// Probes that are carried out as one batch.
struct Group {
    region: Region,
    probes: Vec<Probe>,
}

/// Probes by the tile that they lie in.
fn grouped(probes: &[Probe], dims: &[usize], extents: &[usize]) -> Vec<Group> {
    let mut groups: BTreeMap<Vec<usize>, Vec<Probe>> = BTreeMap::new();
    for probe in probes {
        let mut tile = vec![0; dims.len()];
        let mut rest = probe.entry;
        for (axis, &n) in dims.iter().enumerate().rev() {
            tile[axis] = rest % n / extents[axis];
            rest /= n;
        }
        groups.entry(tile).or_default().push(*probe);
    }
    let region = |tile: Vec<usize>| {
        let spans = tile.iter().zip(extents).zip(dims);
        Region(
            spans
                .map(|((&tile, &extent), &n)| {
                    Span::new(tile * extent, ((tile + 1) * extent).min(n))
                })
                .collect(),
        )
    };
    groups
        .into_iter()
        .map(|(tile, probes)| Group {
            region: region(tile),
            probes,
        })
        .collect()
}

/// The best estimate of each derivative.
struct Found {
    estimates: Vec<Estimate>,
    noise: f64,
    scale: f64,
    evaluations: u64,
}

impl Found {
    fn into_difference(self, covered: Covered, dims: &[usize]) -> Difference {
        let kinks = self.estimates.iter().enumerate();
        let kinks = kinks.filter(|(_, estimate)| estimate.is_kink(self.scale));
        let kinks = kinks.map(|(place, _)| place).collect();
        let derivatives = self.estimates.iter().map(|estimate| estimate.derivative);
        let errors = self
            .estimates
            .iter()
            .map(|estimate| estimate.error(self.noise));
        Difference {
            gradient: Array::new(dims, derivatives.collect()),
            error: Array::new(dims, errors.collect()),
            covered,
            kinks,
            evaluations: self.evaluations,
        }
    }
}

/// So few entries do not show how their values are rounded.
const FEW: usize = 32;

/// Probes every entry with its first step, and those whose error comes out too large with others.
fn rounds(
    entries: &[usize],
    steps: &[f64],
    group: impl Fn(&[Probe]) -> Vec<Group>,
    run: impl Fn(&Group) -> Result<Vec<replay::Values>, LabError> + Sync,
    threads: usize,
    least_noise: f64,
) -> Result<Found, LabError> {
    let mut found = Found {
        estimates: Vec::new(),
        noise: 0.0,
        scale: 0.0,
        evaluations: 0,
    };
    let places: BTreeMap<usize, usize> = entries.iter().copied().zip(0..).collect();
    let mut open: Vec<usize> = (0..entries.len()).collect();
    for (round, power) in ROUNDS.into_iter().enumerate() {
        let probe = |&place: &usize| Probe {
            entry: entries[place],
            step: steps[place] * 2.0_f64.powi(power),
        };
        let probes: Vec<Probe> = open.iter().map(probe).collect();
        found.evaluations += (probes.len() * MEMBERS.len()) as u64;
        let mut results: Vec<(usize, Estimate)> = measured(&group(&probes), &run, threads)?
            .into_iter()
            .map(|(probe, values)| {
                let place = places[&probe.entry];
                (place, Estimate::new(values, probe.step, steps[place]))
            })
            .collect();
        results.sort_by_key(|(place, _)| *place);
        if round == 0 {
            found.estimates = results.iter().map(|(_, estimate)| *estimate).collect();
            let derivatives = found.estimates.iter().map(|estimate| estimate.derivative);
            found.scale = root_mean_square(derivatives);
            // A few entries may all hide their rounding: then that of the function itself counts.
            found.noise = if entries.len() < FEW {
                common_noise(&found.estimates, found.scale).max(least_noise)
            } else {
                common_noise(&found.estimates, found.scale)
            };
        }
        for (place, estimate) in results {
            if estimate.error(found.noise) < found.estimates[place].error(found.noise) {
                found.estimates[place] = estimate;
            }
        }
        open.retain(|&place| {
            let best = &found.estimates[place];
            let good = GOOD * best.derivative.abs().max(found.scale);
            // Also where that is NaN.
            !matches!(
                best.error(found.noise).partial_cmp(&good),
                Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal)
            )
        });
        if open.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// What every probe of a group gives.
type Values = Vec<(Probe, replay::Values)>;

/// Carries the groups out on several threads. Which thread takes which does not show in the results.
fn measured(
    groups: &[Group],
    run: &(impl Fn(&Group) -> Result<Vec<replay::Values>, LabError> + Sync),
    threads: usize,
) -> Result<Values, LabError> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
            let values = run(group)?;
            done.extend(group.probes.iter().copied().zip(values));
        }
        Ok(done)
    };
    let threads = threads.min(groups.len()).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| alone(work))).collect();
        let mut all = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(done) => all.extend(done??),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(all)
    })
}

/// Works in a pool of one thread. The engine's matrix products would otherwise share each small product among all cores,
/// which takes longer than the product does, and waits for threads that are busy here.
fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, LabError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(|error| LabError::Engine {
        operation: "differences",
        message: error.to_string(),
    })?;
    Ok(pool.install(work))
}
