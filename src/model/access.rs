//! Which input positions an output position of a layer reads, along one spatial axis.
//!
//! This is the meaning of a layer in space, and all that a receptive field depends on. `theory` composes these
//! patterns by formula, `lab` carries them out on tensors, and the tests hold both against the layers themselves.

use super::layer::UpsampleMode;
use super::{PadMode, Window};

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
