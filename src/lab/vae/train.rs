//! The autoencoder of one number, trained: several runs side by side as one tensor.

use super::constant;
use crate::lab::ops::Unary;
use crate::lab::value::{Order, Proven, gradients};
use crate::lab::{Array, LabError, Value};

/// One run: where it starts, and the weight of its KL term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// a: the encoder's mean is a·x.
    pub encoder: f64,
    /// w: the decoder's mean is w·z.
    pub decoder: f64,
    /// s: the encoder's standard deviation.
    pub deviation: f64,
    /// The weight of the KL term.
    pub beta: f64,
}

/// What all runs share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// The variance of the data.
    pub variance: f64,
    /// The decoder's variance.
    pub noise: f64,
    /// How many steps.
    pub steps: usize,
    /// The learning rate of Adam.
    pub rate: f64,
}

/// Adam's decays.
const FIRST: f64 = 0.9;
const SECOND: f64 = 0.999;

/// Trains every run by Adam on the loss averaged over all data, from gradients on tensors; `told` hears of each step.
/// With it comes the largest gradient that was left at the end, a run each.
///
/// # Errors
/// If the engine fails.
pub fn train(
    runs: &[Run],
    setting: &Setting,
    mut told: impl FnMut(),
) -> Result<Vec<(Run, f64)>, LabError> {
    let count = runs.len();
    // a, w and log s: their order in all that follows.
    let mut at: Vec<f64> = [
        |run: &Run| run.encoder,
        |run: &Run| run.decoder,
        |run: &Run| run.deviation.ln(),
    ]
    .iter()
    .flat_map(|of| runs.iter().map(of))
    .collect();
    let beta = constant(&[count], runs.iter().map(|run| run.beta).collect())?;
    let (mut mean, mut square) = (vec![0.0; at.len()], vec![0.0; at.len()]);
    let (mut first, mut second) = (1.0, 1.0);
    for _ in 0..setting.steps {
        let slope = slope(&at, &beta, setting)?;
        first *= FIRST;
        second *= SECOND;
        for (place, slope) in slope.iter().enumerate() {
            mean[place] = FIRST * mean[place] + (1.0 - FIRST) * slope;
            square[place] = SECOND * square[place] + (1.0 - SECOND) * slope * slope;
            let size = (square[place] / (1.0 - second)).sqrt() + 1e-8;
            at[place] -= setting.rate * mean[place] / (1.0 - first) / size;
        }
        told();
    }
    let left = slope(&at, &beta, setting)?;
    let ends = runs.iter().enumerate().map(|(run, start)| {
        let end = Run {
            encoder: at[run],
            decoder: at[count + run],
            deviation: at[2 * count + run].exp(),
            ..*start
        };
        let left = (0..3)
            .map(|kind| left[kind * count + run].abs())
            .fold(0.0, f64::max);
        (end, left)
    });
    Ok(ends.collect())
}

/// The gradient of every run's loss after a, w and log s.
fn slope(at: &[f64], beta: &Value, setting: &Setting) -> Result<Vec<f64>, LabError> {
    let count = at.len() / 3;
    let leaves = (at.chunks_exact(count))
        .map(|part| {
            Ok(Value::leaf(
                Array::new(&[count], part.to_vec()).to_tensor()?,
            ))
        })
        .collect::<Result<Vec<_>, LabError>>()?;
    let [a, w, log] = &leaves[..] else {
        return Err(LabError::shape("train", "three parameters are wanted"));
    };
    let own = log.affine(2.0, 0.0)?.unary(Unary::Exp)?;
    let kept = w.mul(a)?.affine(-1.0, 1.0)?;
    let missed = kept.mul(&kept)?.affine(setting.variance, 0.0)?;
    let error = missed
        .add(&w.mul(w)?.mul(&own)?)?
        .affine(0.5 / setting.noise, 0.0)?;
    let spread = a.mul(a)?.affine(setting.variance, -1.0)?.add(&own)?;
    let to_prior = spread.sub(&log.affine(2.0, 0.0)?)?.affine(0.5, 0.0)?;
    let loss = error.add(&to_prior.mul(beta)?)?.sum(&[0], false)?;
    let outputs = [(loss.clone(), Value::number_like(&loss, 1.0)?)];
    let found = gradients(&outputs, &leaves, Order::First, &Proven)?;
    let mut slopes = Vec::with_capacity(at.len());
    for gradient in found {
        let gradient = gradient.ok_or_else(|| LabError::NoGradient {
            operation: "train",
            message: "a parameter does not matter".to_owned(),
        })?;
        slopes.extend(Array::from_tensor(gradient.tensor())?.data);
    }
    Ok(slopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_formula() -> Result<(), LabError> {
        let setting = Setting {
            variance: 4.0,
            noise: 0.5,
            steps: 0,
            rate: 0.0,
        };
        let (a, w, s) = (0.3_f64, 1.2_f64, 0.7_f64);
        let beta = constant(&[1], vec![2.0])?;
        let found = slope(&[a, w, s.ln()], &beta, &setting)?;
        let kept = 1.0 - w * a;
        let expected = [
            (-kept * w * 4.0) / 0.5 + 2.0 * 4.0 * a,
            (-kept * a * 4.0 + w * s * s) / 0.5,
            w * w * s * s / 0.5 + 2.0 * (s * s - 1.0),
        ];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        Ok(())
    }

    #[test]
    fn with_a_kl_term_every_start_ends_at_the_best() -> Result<(), LabError> {
        let setting = Setting {
            variance: 4.0,
            noise: 0.5,
            steps: 1000,
            rate: 0.05,
        };
        let start = |encoder, decoder| Run {
            encoder,
            decoder,
            deviation: 1.0,
            beta: 1.0,
        };
        for (end, left) in train(&[start(3.0, 0.2), start(0.2, 3.0)], &setting, || ())? {
            assert!(left < 1e-3, "{left}");
            assert!((end.decoder - 3.5_f64.sqrt()).abs() < 1e-4, "{end:?}");
            assert!((end.deviation - 0.125_f64.sqrt()).abs() < 1e-4);
        }
        Ok(())
    }
}
