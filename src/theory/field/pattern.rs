//! Access patterns as periodic maps: the one form in which both formulas compute.
//!
//! Every pattern but "all" and "up to" repeats: output `φ + q·period` reads what output `φ` reads, moved by
//! `q·advance` inputs, and what output `φ` reads are arithmetic progressions.

use num_integer::{Integer, div_ceil, div_floor};

use crate::model::access::{Along, Resample};
use crate::model::layer::UpsampleMode;
use crate::model::{Access, PadMode, Window};

/// Input positions `first, first + step, …`, `count` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progression {
    pub(super) first: i128,
    pub(super) step: i128,
    pub(super) count: u128,
}

/// A periodic pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern {
    /// What each of the outputs `0..period` reads.
    pub(super) phases: Vec<Option<Progression>>,
    /// Inputs from one period to the next.
    pub(super) advance: i128,
    /// What a read outside the input finds.
    pub(super) border: Border,
}

/// What a read outside the input finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Border {
    /// Nothing.
    Nothing,
    /// The mirrored position.
    Reflect,
    /// The border.
    Replicate,
    /// The other end.
    Circular,
}

/// A pattern, sorted by how it is computed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Same,
    Periodic(Pattern),
    UpTo,
    All,
}

/// Why a pattern has no form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoForm {
    /// It depends on the input's length, which is not known.
    NeedsLength,
    /// Its numbers do not fit.
    TooLarge,
}

/// More phases than this are not followed.
pub(super) const MOST_PHASES: i128 = 4096;

impl Kind {
    /// The form of a pattern on an input of length `n`.
    pub(super) fn of(access: &Access, n: Option<usize>) -> Result<Self, NoForm> {
        let n = n.map(|n| n as i128);
        let length = n.ok_or(NoForm::NeedsLength);
        Ok(Self::Periodic(match access {
            Access::Same => return Ok(Self::Same),
            Access::UpTo => return Ok(Self::UpTo),
            Access::Window(window) => Pattern::window(window),
            Access::Transposed(window) => return transposed(window).map(Self::Periodic),
            Access::Pad { before, mode, .. } => Pattern {
                border: match mode {
                    PadMode::Constant(_) => Border::Nothing,
                    PadMode::Reflect => Border::Reflect,
                    PadMode::Replicate => Border::Replicate,
                    PadMode::Circular => Border::Circular,
                },
                ..Pattern::shifted(-(*before as i128), 1)
            },
            Access::All | Access::Adaptive { output: 1 } => return Ok(Self::All),
            Access::Adaptive { output } => {
                return cells(length?, *output as i128).map(Self::Periodic);
            }
            Access::Resample(resample) => return resampled(resample, n).map(Self::Periodic),
            Access::Enlarge { factor } => Pattern {
                phases: phases(*factor as i128, |_| Some(Progression::one(0)))?,
                advance: 1,
                border: Border::Nothing,
            },
            Access::Slice { start, step, .. } => Pattern::shifted(*start as i128, *step as i128),
            Access::Flip => Pattern::shifted(length? - 1, -1),
            Access::Roll { shift } => Pattern {
                border: Border::Circular,
                ..Pattern::shifted(-(*shift as i128), 1)
            },
        }))
    }
}

impl Progression {
    fn one(first: i128) -> Self {
        Self {
            first,
            step: 1,
            count: 1,
        }
    }

    fn range(first: i128, end: i128) -> Self {
        Self {
            first,
            step: 1,
            count: u128::try_from(end - first).unwrap_or(0),
        }
    }
}

impl Pattern {
    fn shifted(start: i128, advance: i128) -> Self {
        Self {
            phases: vec![Some(Progression::one(start))],
            advance,
            border: Border::Nothing,
        }
    }

    fn window(window: &Window) -> Self {
        let taps = Progression {
            first: -(window.before as i128),
            step: window.dilation as i128,
            count: window.kernel as u128,
        };
        Self {
            phases: vec![Some(taps)],
            advance: window.stride as i128,
            border: Border::Nothing,
        }
    }

    /// The number of phases.
    pub(super) fn period(&self) -> i128 {
        self.phases.len() as i128
    }
}

fn phases(
    period: i128,
    of: impl Fn(i128) -> Option<Progression>,
) -> Result<Vec<Option<Progression>>, NoForm> {
    if !(1..=MOST_PHASES).contains(&period) {
        return Err(NoForm::TooLarge);
    }
    Ok((0..period).map(of).collect())
}

/// Output `i` is written by input `m` through tap `t` where `m·s − before + t·d = i`. With `g = gcd(s, d)` the taps
/// that reach `i` are every `s/g`-th, each `d/g` inputs before the last.
fn transposed(window: &Window) -> Result<Pattern, NoForm> {
    let (s, d) = (window.stride as i128, window.dilation as i128);
    let (k, before) = (window.kernel as i128, window.before as i128);
    if s == 0 {
        return Err(NoForm::TooLarge);
    }
    let every = s / s.gcd(&d);
    let phase = |phase: i128| {
        // `d·t ≡ phase + before (mod s)` has at most one solution below `s/g`.
        let tap = (0..every.min(k)).find(|t| (phase + before - t * d).rem_euclid(s) == 0)?;
        Some(Progression {
            first: (phase + before - tap * d).div_euclid(s),
            step: -(every * d / s),
            count: ((k - tap - 1) / every + 1).unsigned_abs(),
        })
    };
    Ok(Pattern {
        phases: phases(s, phase)?,
        advance: 1,
        border: Border::Nothing,
    })
}

/// Output `i` of `output` reads `⌊i·n/output⌋ .. ⌈(i+1)·n/output⌉`.
fn cells(n: i128, output: i128) -> Result<Pattern, NoForm> {
    if output == 0 {
        return Err(NoForm::TooLarge);
    }
    let g = n.gcd(&output).max(1);
    let (inputs, outputs) = (n / g, output / g);
    let range = |i: i128| {
        let end = div_ceil((i + 1) * inputs, outputs);
        Some(Progression::range(div_floor(i * inputs, outputs), end))
    };
    Ok(Pattern {
        phases: phases(outputs, range)?,
        advance: inputs,
        border: Border::Nothing,
    })
}

fn resampled(resample: &Resample, n: Option<i128>) -> Result<Pattern, NoForm> {
    let length = |n: i128| {
        let n = usize::try_from(n).ok()?;
        let along = Along::one(Access::Resample(*resample));
        along.length(n).map(|length| length as i128)
    };
    let linear = matches!(resample.mode, UpsampleMode::Linear | UpsampleMode::Cubic);
    let (inputs, outputs) = if linear && resample.align_corners {
        let n = n.ok_or(NoForm::NeedsLength)?;
        match length(n).ok_or(NoForm::TooLarge)? {
            1 => (0, 1),
            output => (n - 1, output - 1),
        }
    } else if let Some((inputs, outputs)) = resample.ratio {
        (i128::from(inputs), i128::from(outputs))
    } else {
        let n = n.ok_or(NoForm::NeedsLength)?;
        (n, length(n).ok_or(NoForm::TooLarge)?)
    };
    if resample.mode == UpsampleMode::Area {
        return match n {
            Some(n) => cells(n, length(n).ok_or(NoForm::TooLarge)?),
            None => cells(inputs, outputs),
        };
    }
    let g = inputs.gcd(&outputs).max(1);
    let (inputs, outputs) = (inputs / g, outputs / g);
    let taps = |i: i128| {
        Some(match resample.mode {
            UpsampleMode::Nearest => Progression::one(div_floor(i * inputs, outputs)),
            UpsampleMode::NearestExact => {
                Progression::one(div_floor((2 * i + 1) * inputs, 2 * outputs))
            }
            _ => {
                // The place between the positions, in units of 1/(2·outputs).
                let place = if resample.align_corners {
                    2 * i * inputs
                } else {
                    (2 * i + 1) * inputs - outputs
                };
                let (floor, rest) = place.div_mod_floor(&(2 * outputs));
                match (rest, resample.mode) {
                    (0, _) => Progression::one(floor),
                    (_, UpsampleMode::Cubic) => Progression::range(floor - 1, floor + 3),
                    _ => Progression::range(floor, floor + 2),
                }
            }
        })
    };
    Ok(Pattern {
        phases: phases(outputs, taps)?,
        advance: inputs,
        border: Border::Replicate,
    })
}
