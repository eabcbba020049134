//! The window of a convolution or a pool, along one axis.

use serde::{Deserialize, Serialize};

/// A window along one axis: output `i` reads the inputs `i·stride − before + t·dilation`, for `t` in `0..kernel`.
///
/// A transposed convolution has the same window with the roles exchanged: input `m` writes to the outputs
/// `m·stride − before + t·dilation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// Taps.
    pub kernel: usize,
    /// Positions between two outputs.
    pub stride: usize,
    /// Positions between two taps.
    pub dilation: usize,
    /// Padding before the first position.
    pub before: usize,
    /// Padding after the last position.
    pub after: usize,
}

impl Window {
    /// A window without padding, stride or dilation.
    pub fn new(kernel: usize) -> Self {
        Self {
            kernel,
            stride: 1,
            dilation: 1,
            before: 0,
            after: 0,
        }
    }

    /// The span of the taps, `dilation·(kernel−1) + 1`; `None` where it does not fit an integer.
    pub fn effective_kernel(&self) -> Option<usize> {
        self.dilation
            .checked_mul(self.kernel.checked_sub(1)?)?
            .checked_add(1)
    }
}
