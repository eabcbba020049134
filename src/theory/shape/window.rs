//! The sizes that windows give along one axis.

use super::{ShapeError, signed, size};
use crate::model::Window;

/// `⌊(n + before + after − dilation·(kernel−1) − 1) / stride⌋ + 1`, the size after a convolution.
///
/// # Errors
/// If the window is longer than the padded input.
pub fn conv(window: &Window, n: usize) -> Result<usize, ShapeError> {
    let padded = padded(window, n);
    let span = span(window)?;
    if padded < span {
        return Err(ShapeError::new(format!(
            "the window spans {span} positions, the padded input has {padded}"
        )));
    }
    size((padded - span) / signed(window.stride) + 1, 1)
}

/// As [`conv`], rounded up with `ceil`; then a last window that would start in the padding after is dropped.
///
/// # Errors
/// If no window fits.
pub fn pool(window: &Window, n: usize, ceil: bool) -> Result<usize, ShapeError> {
    let stride = signed(window.stride);
    let room = padded(window, n) - span(window)?;
    let extra = if ceil { stride - 1 } else { 0 };
    let mut windows = (room + extra).div_euclid(stride) + 1;
    if ceil && (windows - 1) * stride >= signed(n) + signed(window.before) {
        windows -= 1;
    }
    if windows < 1 {
        return Err(ShapeError::new(format!(
            "the window spans {} positions, the padded input has {}",
            span(window)?,
            padded(window, n)
        )));
    }
    size(windows, 1)
}

/// `(n−1)·stride − before − after + dilation·(kernel−1) + output_padding + 1`, the size after a transposed convolution.
///
/// # Errors
/// If nothing is left.
pub fn transposed(window: &Window, output_padding: usize, n: usize) -> Result<usize, ShapeError> {
    if n == 0 {
        return Err(ShapeError::expected("at least one position", "none"));
    }
    let full = (signed(n) - 1)
        .checked_mul(signed(window.stride))
        .ok_or_else(ShapeError::too_large)?;
    let cropped = signed(window.before) + signed(window.after);
    size(full + span(window)? + signed(output_padding) - cropped, 1)
}

fn padded(window: &Window, n: usize) -> i128 {
    signed(n) + signed(window.before) + signed(window.after)
}

fn span(window: &Window) -> Result<i128, ShapeError> {
    window
        .effective_kernel()
        .map(signed)
        .ok_or_else(ShapeError::too_large)
}
