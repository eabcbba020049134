//! The gradient of every batch there is.

use crate::lab::random::Stream;
use crate::lab::value::{Order, Proven, gradients};
use crate::lab::{Array, LabError, Value};

/// Numbers of the linear model.
const WIDTH: usize = 3;

/// Samples of a linear model without noise-free answers: no weights fit them all.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// A row of inputs a sample.
    pub inputs: Vec<[f64; WIDTH]>,
    /// Its target.
    pub targets: Vec<f64>,
    /// The weights at which gradients are taken.
    pub weights: [f64; WIDTH],
}

impl Samples {
    /// Normal inputs and targets.
    pub fn drawn(count: usize, inputs: Stream, targets: Stream) -> Self {
        let row = |sample: usize| {
            let place = (sample * WIDTH) as u64;
            [0, 1, 2].map(|axis| inputs.normal(place + axis))
        };
        Self {
            inputs: (0..count).map(row).collect(),
            targets: (0..count as u64)
                .map(|place| 3.0 * targets.normal(place))
                .collect(),
            weights: [1.0, -1.0, 0.5],
        }
    }

    /// The gradient of the mean of ½(w·x − y)² over these samples, by reverse mode.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn gradient(&self, of: std::ops::Range<usize>) -> Result<[f64; WIDTH], LabError> {
        let rows = of.len();
        let x = Array::new(
            &[rows, WIDTH],
            self.inputs[of.clone()].as_flattened().to_vec(),
        );
        let y = Array::new(&[rows, 1], self.targets[of].to_vec());
        let weights = Array::new(&[WIDTH, 1], self.weights.to_vec());
        let weights = Value::leaf(weights.to_tensor()?);
        let residual = Value::constant(x.to_tensor()?)
            .matmul(&weights)?
            .sub(&Value::constant(y.to_tensor()?))?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³ samples")]
        let mean = residual
            .mul(&residual)?
            .sum(&[0, 1], false)?
            .affine(0.5 / rows as f64, 0.0)?;
        let one = Value::number_like(&mean, 1.0)?;
        let wrt = std::slice::from_ref(&weights);
        let found = gradients(&[(mean, one)], wrt, Order::First, &Proven)?;
        let gradient = found
            .into_iter()
            .next()
            .flatten()
            .ok_or_else(|| LabError::NoGradient {
                operation: "matmul",
                message: "nothing leads back".to_owned(),
            })?;
        let data = Array::from_tensor(gradient.tensor())?.data;
        Ok([data[0], data[1], data[2]])
    }

    /// The gradient of each sample by itself.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn gradients(&self) -> Result<Vec<[f64; WIDTH]>, LabError> {
        (0..self.inputs.len())
            .map(|sample| self.gradient(sample..sample + 1))
            .collect()
    }
}

/// What the mean gradients of all batches of one size are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// How many batches there are.
    pub batches: u64,
    /// The mean of their gradients.
    pub mean: [f64; WIDTH],
    /// Their mean squared distance to it.
    pub variance: f64,
}

/// Goes through every batch of this size; `None` where there are more than `most`.
pub fn enumerate(gradients: &[[f64; WIDTH]], batch: usize, most: u64) -> Option<Spread> {
    let batches = binomial(gradients.len(), batch, most)?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³ batches")]
    let (count, size) = (batches as f64, batch as f64);
    let mean_of = |chosen: &[usize]| {
        let mut mean = [0.0; WIDTH];
        for sample in chosen {
            for (sum, x) in mean.iter_mut().zip(&gradients[*sample]) {
                *sum += x / size;
            }
        }
        mean
    };
    let mut mean = [0.0; WIDTH];
    each_batch(gradients.len(), batch, |chosen| {
        for (sum, x) in mean.iter_mut().zip(mean_of(chosen)) {
            *sum += x / count;
        }
    });
    let mut variance = 0.0;
    each_batch(gradients.len(), batch, |chosen| {
        let pairs = mean_of(chosen).into_iter().zip(mean);
        variance += pairs.map(|(x, m)| (x - m).powi(2)).sum::<f64>() / count;
    });
    Some(Spread {
        batches,
        mean,
        variance,
    })
}

/// n over k; `None` above `most`.
fn binomial(n: usize, k: usize, most: u64) -> Option<u64> {
    let mut count = 1_u64;
    for i in 0..k.min(n - k) as u64 {
        // Every intermediate quotient is a binomial coefficient itself.
        count = count.checked_mul(n as u64 - i)? / (i + 1);
        if count > most {
            return None;
        }
    }
    Some(count)
}

/// Every choice of `k` of `n`, in lexical order.
fn each_batch(n: usize, k: usize, mut told: impl FnMut(&[usize])) {
    let mut chosen: Vec<usize> = (0..k).collect();
    loop {
        told(&chosen);
        let Some(place) = (0..k).rev().find(|&place| chosen[place] < n - k + place) else {
            return;
        };
        chosen[place] += 1;
        for later in place + 1..k {
            chosen[later] = chosen[later - 1] + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_comes_once() {
        for (n, k, count) in [(4, 2, 6), (5, 5, 1), (5, 1, 5), (12, 6, 924)] {
            let mut seen = std::collections::BTreeSet::new();
            each_batch(n, k, |chosen| {
                seen.insert(chosen.to_vec());
            });
            assert_eq!(seen.len(), count);
            assert_eq!(binomial(n, k, u64::MAX), Some(count as u64));
        }
        assert_eq!(binomial(1000, 500, 1_000_000), None);
    }

    #[test]
    fn the_gradient_of_a_batch_is_the_mean_of_its_samples() -> Result<(), LabError> {
        let samples = Samples::drawn(7, Stream::new(1), Stream::new(2));
        let all = samples.gradient(0..7)?;
        let each = samples.gradients()?;
        for axis in 0..WIDTH {
            let mean: f64 = each.iter().map(|gradient| gradient[axis] / 7.0).sum();
            assert!((mean - all[axis]).abs() < 1e-12);
        }
        let whole = enumerate(&each, 7, 10).map(|spread| spread.variance);
        assert_eq!(whole, Some(0.0));
        Ok(())
    }
}
