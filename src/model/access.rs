//! Which input positions an output position of a layer reads, along one spatial axis.
//!
//! This is the meaning of a layer in space, and all that a receptive field depends on. `theory` composes these
//! patterns by formula, `lab` carries them out on tensors, and the tests hold both against the layers themselves.

use super::layer::{Upsample, UpsampleMode, UpsampleTarget};
use super::{Layer, NodeId, PadMode, Window};

/// A pattern along one axis. Positions before 0 or beyond the input's end are padding and read nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// Output `i` reads input `i`.
    Same,
    /// Output `i` reads `i·stride − before + t·dilation` for `t` in `0..kernel`.
    Window(Window),
    /// Output `i` reads every `m` with `m·stride − before + t·dilation = i` for some `t` in `0..kernel`.
    Transposed(Window),
    /// Output `i` reads `i − before`; outside, what the mode puts there (a constant reads nothing).
    Pad {
        /// Positions put before (negative: cropped).
        before: isize,
        /// Positions put after (negative: cropped).
        after: isize,
        /// What stands there.
        mode: PadMode,
    },
    /// Output `i` of `output` reads `⌊i·n/output⌋ .. ⌈(i+1)·n/output⌉` of an input of length `n`.
    Adaptive {
        /// The output's length.
        output: usize,
    },
    /// Interpolated.
    Resample(Resample),
    /// Output `i` reads `i / factor` (`PixelShuffle`, which takes the rest from the channels).
    Enlarge {
        /// The factor.
        factor: usize,
    },
    /// Output `i` reads `start + i·step`.
    Slice {
        /// First position.
        start: usize,
        /// Step.
        step: usize,
        /// The output's length.
        output: usize,
    },
    /// Output `i` reads the last position minus `i`.
    Flip,
    /// Output `i` reads `i − shift`, around the end.
    Roll {
        /// The shift.
        shift: isize,
    },
    /// Output `i` reads `0..=i`.
    UpTo,
    /// Every output reads every input.
    All,
}

/// An interpolation along one axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resample {
    /// How values between positions are found.
    pub mode: UpsampleMode,
    /// Input positions an output position: the inverse of the factor where one was given, else input over output.
    pub ratio: Option<(u64, u64)>,
    /// The output's length, where the size was given.
    pub output: Option<usize>,
    /// Whether the corner positions coincide.
    pub align_corners: bool,
}

/// What a layer does along one axis: its patterns, from the output back to the input, and its output's length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Along {
    /// The patterns: the first reads what the second makes of the input.
    pub accesses: Vec<Access>,
    /// Whether a window's output length is rounded up (pools).
    pub ceil_mode: bool,
    /// Positions added after the last one (transposed windows).
    pub output_padding: usize,
}

impl Along {
    /// One pattern.
    pub fn one(access: Access) -> Self {
        Self {
            accesses: vec![access],
            ..Self::default()
        }
    }

    /// The output's length for an input of length `n`; `None` where the layer does not fit.
    pub fn length(&self, n: usize) -> Option<usize> {
        self.accesses
            .iter()
            .rev()
            .try_fold(n, |n, access| self.step_length(access, n))
    }

    fn step_length(&self, access: &Access, n: usize) -> Option<usize> {
        match access {
            Access::Window(window) => window_length(window, n, self.ceil_mode),
            Access::Transposed(window) => n
                .checked_sub(1)?
                .checked_mul(window.stride)?
                .checked_add(window.effective_kernel()?)?
                .checked_add(self.output_padding)?
                .checked_sub(window.before.checked_add(window.after)?),
            Access::Pad { before, after, .. } => n.checked_add_signed(before.checked_add(*after)?),
            Access::Adaptive { output } | Access::Slice { output, .. } => Some(*output),
            Access::Resample(resample) => resample.length(n),
            Access::Enlarge { factor } => n.checked_mul(*factor),
            Access::Same | Access::Flip | Access::Roll { .. } | Access::UpTo | Access::All => {
                Some(n)
            }
        }
    }
}

/// `⌊(n + padding − k_eff) / stride⌋ + 1`; rounded up, a last window that would start beyond the input and the
/// padding before it is dropped.
fn window_length(window: &Window, n: usize, ceil_mode: bool) -> Option<usize> {
    let padded = n.checked_add(window.before)?.checked_add(window.after)?;
    let up = if ceil_mode {
        window.stride.checked_sub(1)?
    } else {
        0
    };
    let room = (padded.checked_add(up)?).checked_sub(window.effective_kernel()?)?;
    let steps = room.checked_div(window.stride)?;
    let last_start = steps.checked_mul(window.stride)?;
    if ceil_mode && last_start >= n.checked_add(window.before)? {
        Some(steps)
    } else {
        steps.checked_add(1)
    }
}

impl Resample {
    /// The output's length for an input of length `n`: the size given, or `⌊n · factor⌋`.
    pub fn length(&self, n: usize) -> Option<usize> {
        match (self.output, self.ratio) {
            (Some(output), _) => Some(output),
            (None, Some((inputs, outputs))) => {
                let length = (n as u128).checked_mul(u128::from(outputs))?;
                usize::try_from(length.checked_div(u128::from(inputs))?).ok()
            }
            (None, None) => None,
        }
    }
}

/// What a layer does along each of the last axes of its input: an entry an axis, outermost first. `None` for a layer
/// that does not act on positions in this way.
pub fn of_layer(layer: &Layer, rank: usize) -> Option<Vec<Along>> {
    let along: Vec<Along> = match layer {
        Layer::Conv(conv) => conv
            .windows
            .iter()
            .map(|window| padded_window(*window, conv.padding_mode))
            .collect(),
        Layer::ConvTranspose(conv) => (conv.windows.iter().enumerate())
            .map(|(axis, window)| Along {
                accesses: vec![Access::Transposed(*window)],
                output_padding: conv.output_padding.get(axis).copied().unwrap_or(0),
                ..Along::default()
            })
            .collect(),
        Layer::Pool(pool) => (pool.windows.iter())
            .map(|window| Along {
                accesses: vec![Access::Window(*window)],
                ceil_mode: pool.ceil_mode,
                ..Along::default()
            })
            .collect(),
        Layer::AdaptivePool { output, .. } => output.iter().map(|o| adaptive(*o)).collect(),
        Layer::Pad { mode, amounts } => (amounts.iter())
            .map(|&(before, after)| {
                Along::one(Access::Pad {
                    before,
                    after,
                    mode: *mode,
                })
            })
            .collect(),
        Layer::Upsample(upsample) => upsampled(upsample, rank.saturating_sub(2)),
        Layer::PixelShuffle { factor } => {
            vec![Along::one(Access::Enlarge { factor: *factor }); 2]
        }
        Layer::PixelUnshuffle { factor } => vec![Along::one(Access::Window(cells(*factor))); 2],
        Layer::Unfold { windows } => (windows.iter())
            .map(|window| Along::one(Access::Window(*window)))
            .collect(),
        _ => return None,
    };
    Some(along)
}

/// Windows side by side.
pub(super) fn cells(factor: usize) -> Window {
    Window {
        stride: factor,
        ..Window::new(factor)
    }
}

fn padded_window(window: Window, mode: PadMode) -> Along {
    if matches!(mode, PadMode::Constant(_)) || (window.before == 0 && window.after == 0) {
        return Along::one(Access::Window(window));
    }
    let bare = Window {
        before: 0,
        after: 0,
        ..window
    };
    // A padding beyond isize cannot fit any tensor: saturating keeps it impossible.
    let pad = |amount: usize| isize::try_from(amount).unwrap_or(isize::MAX);
    Along {
        accesses: vec![
            Access::Window(bare),
            Access::Pad {
                before: pad(window.before),
                after: pad(window.after),
                mode,
            },
        ],
        ..Along::default()
    }
}

fn adaptive(output: Option<usize>) -> Along {
    Along::one(match output {
        None => Access::Same,
        Some(output) => Access::Adaptive { output },
    })
}

fn upsampled(upsample: &Upsample, axes: usize) -> Vec<Along> {
    let pick = |given: usize, axis: usize| if given == 1 { 0 } else { axis };
    (0..axes)
        .map(|axis| {
            let (ratio, output) = match &upsample.target {
                UpsampleTarget::Size(sizes) => (None, sizes.get(pick(sizes.len(), axis)).copied()),
                UpsampleTarget::Factor(factors) => {
                    let factor = factors.get(pick(factors.len(), axis));
                    (factor.and_then(|factor| inverse(*factor)), None)
                }
            };
            match (upsample.mode, output) {
                (UpsampleMode::Area, Some(output)) => Along::one(Access::Adaptive { output }),
                _ => Along::one(Access::Resample(Resample {
                    mode: upsample.mode,
                    ratio,
                    output,
                    align_corners: upsample.align_corners,
                })),
            }
        })
        .collect()
}

/// The inverse of a factor as a fraction: the simplest one that is the factor to twelve digits, since people mean
/// 1/3 when they write 0.3333333333333333. `None` where the factor is not a positive number of moderate size.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "digits of a number that is positive and below a billion, compared with a tolerance"
)]
fn inverse(factor: f64) -> Option<(u64, u64)> {
    const LARGEST: f64 = 1e9;
    if !(factor > 0.0 && factor < LARGEST) {
        return None;
    }
    // Continued fraction: (numerator, denominator) of the last two convergents.
    let mut rest = factor;
    let (mut before, mut now) = ((0_u64, 1_u64), (1_u64, 0_u64));
    for _ in 0..40 {
        let digit = rest.floor() as u64;
        let next = (
            digit.checked_mul(now.0)?.checked_add(before.0)?,
            digit.checked_mul(now.1)?.checked_add(before.1)?,
        );
        (before, now) = (now, next);
        if (now.0 as f64 / now.1 as f64 - factor).abs() <= factor * 1e-12 {
            return (now.0 > 0).then_some((now.1, now.0));
        }
        rest = 1.0 / (rest - rest.floor());
        if !(rest.is_finite() && rest < LARGEST) {
            return None;
        }
    }
    None
}

/// What an output position reads of an input: by formula or by measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Along each spatial axis of the input; empty extents where nothing is read.
    pub axes: Vec<SeenAxis>,
    /// How many positions, over all axes together; `None` where there are too many patches to count.
    pub count: Option<u128>,
}

/// What is read of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputSeen {
    /// The input.
    pub input: NodeId,
    /// What is read, along the axes that carry positions.
    pub seen: Seen,
}

/// What is read along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenAxis {
    /// First position.
    pub first: u128,
    /// Last position.
    pub last: u128,
    /// Distinct positions between them that are read; `None` where there are too many patches to count.
    pub taps: Option<u128>,
}

impl SeenAxis {
    /// From the first position to the last, both included.
    pub fn size(&self) -> u128 {
        self.last - self.first + 1
    }
}
