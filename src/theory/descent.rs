//! Gradient descent, by mini-batches and by single samples, in closed form: steps, variance, memory.

/// Numbers of the linear model whose gradients are enumerated.
pub const WIDTH: usize = 3;

/// Steps of an epoch: every sample is used once, the last batch may be smaller.
pub fn steps_per_epoch(samples: u64, batch: u64) -> u64 {
    samples.div_ceil(batch)
}

/// Bytes that a chain of `depth` times `Linear(width, width)` and `ReLU` keeps for its backward pass, in float32: its input
/// and every ReLU's output, which is the next layer's input and tells the ReLU's slope.
pub fn saved_bytes(depth: u64, width: u64, batch: u64) -> u64 {
    (depth + 1)
        .saturating_mul(width)
        .saturating_mul(batch)
        .saturating_mul(4)
}

/// The gradient of ½(w·x − y)² after w, for every sample: (w·x − y)·x.
pub fn gradients(
    inputs: &[[f64; WIDTH]],
    targets: &[f64],
    weights: &[f64; WIDTH],
) -> Vec<[f64; WIDTH]> {
    let pairs = inputs.iter().zip(targets);
    pairs
        .map(|(x, y)| {
            let residual: f64 = weights.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() - y;
            x.map(|x| residual * x)
        })
        .collect()
}

/// The mean of vectors, and the variance of one of them: the mean squared distance to it.
pub fn spread(vectors: &[[f64; WIDTH]]) -> ([f64; WIDTH], f64) {
    #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³ samples")]
    let count = vectors.len() as f64;
    let mut mean = [0.0; WIDTH];
    for vector in vectors {
        for (sum, x) in mean.iter_mut().zip(vector) {
            *sum += x / count;
        }
    }
    let distance = |vector: &[f64; WIDTH]| -> f64 {
        let pairs = vector.iter().zip(&mean);
        pairs.map(|(x, m)| (x - m).powi(2)).sum()
    };
    (mean, vectors.iter().map(distance).sum::<f64>() / count)
}

/// The variance of a batch's mean gradient, σ²/B · (n − B)/(n − 1), where a batch is drawn without putting back and
/// σ² is the variance of a single sample's gradient.
#[expect(clippy::cast_precision_loss, reason = "far below 2⁵³ samples")]
pub fn batch_variance(single: f64, samples: u64, batch: u64) -> f64 {
    let (n, size) = (samples as f64, batch as f64);
    if samples == batch {
        return 0.0;
    }
    single / size * (n - size) / (n - 1.0)
}

/// The learning rate of a step: constant for the first half, then falling as 1/k, so that the rates add up without
/// end and their squares do not (Robbins and Monro, *A stochastic approximation method*, 1951).
#[expect(clippy::cast_precision_loss, reason = "at most 1e7 steps")]
pub fn rate(first: f64, step: u64, steps: u64) -> f64 {
    let half = steps / 2;
    let slow = (steps as f64 / 200.0).max(1.0);
    first / (1.0 + step.saturating_sub(half) as f64 / slow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_uses_every_sample_once() {
        for (samples, batch, steps) in [(12, 1, 12), (12, 4, 3), (12, 5, 3), (12, 12, 1)] {
            assert_eq!(steps_per_epoch(samples, batch), steps);
        }
    }

    #[test]
    fn a_full_batch_does_not_vary() {
        assert!(batch_variance(5.0, 12, 12).abs() < f64::EPSILON);
        assert!((batch_variance(5.0, 12, 1) - 5.0).abs() < 1e-15);
        assert!(batch_variance(5.0, 1, 1).abs() < f64::EPSILON);
    }

    #[test]
    fn rates_stay_and_then_fall() {
        assert!((rate(0.1, 0, 1000) - rate(0.1, 500, 1000)).abs() < 1e-15);
        assert!(rate(0.1, 999, 1000) < 0.002);
        assert!(rate(0.1, 0, 1) > 0.0);
    }
}
