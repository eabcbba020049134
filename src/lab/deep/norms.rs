//! Sizes of lists of numbers, without under- or overflow on the way.

/// The Euclidean norm in float64: squares of numbers around 10⁻²⁰⁰ do not become 0.
pub(super) fn norm(numbers: &[f64]) -> f64 {
    let largest = numbers.iter().fold(
        0.0_f64,
        |largest, x| if x.is_nan() { *x } else { largest.max(x.abs()) },
    );
    if largest == 0.0 || !largest.is_finite() {
        // A NaN anywhere, or an infinity, is the norm; a NaN may have been passed over by `max`.
        return if numbers.iter().any(|x| x.is_nan()) {
            f64::NAN
        } else {
            largest
        };
    }
    // Divided and not multiplied: the reciprocal of a subnormal number overflows.
    let sum: f64 = numbers.iter().map(|x| (x / largest).powi(2)).sum();
    largest * sum.sqrt()
}

/// The norm as a program would have it that squares and adds in float32.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the loss of digits is what is asked for"
)]
pub(super) fn norm_in_float32(numbers: &[f64]) -> f64 {
    let sum: f32 = numbers.iter().map(|x| (*x as f32) * (*x as f32)).sum();
    f64::from(sum.sqrt())
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn a_norm_neither_under_nor_overflows() {
        assert!((norm(&[3e-200, 4e-200]) / 5e-200 - 1.0).abs() < 1e-15);
        assert!((norm(&[3e200, 4e200]) / 5e200 - 1.0).abs() < 1e-15);
        assert!((norm(&[3e-320, 4e-320]) / 5e-320 - 1.0).abs() < 1e-3);
        assert_eq!(norm(&[]), 0.0);
        assert!(norm(&[1.0, f64::NAN, 2.0]).is_nan());
        assert_eq!(norm(&[1.0, f64::INFINITY]), f64::INFINITY);
        assert_eq!(norm_in_float32(&[3e-30, 4e-30]), 0.0);
    }
}
