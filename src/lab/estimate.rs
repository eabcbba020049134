//! A mean and how far it may be off.

/// A mean with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
    /// From how many numbers.
    pub count: u64,
}

impl Estimate {
    /// Mean and standard error of numbers; an error of 0 of a single one.
    #[expect(
        clippy::cast_precision_loss,
        reason = "far below 2⁵³ numbers fit into memory"
    )]
    pub fn of(numbers: &[f64]) -> Option<Self> {
        if numbers.is_empty() {
            return None;
        }
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let squares = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        let error = if numbers.len() > 1 {
            (squares / (count - 1.0) / count).sqrt()
        } else {
            0.0
        };
        Some(Self {
            mean,
            error: if error.is_finite() { error } else { 0.0 },
            count: numbers.len() as u64,
        })
    }
}
