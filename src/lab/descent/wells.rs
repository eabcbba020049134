//! Descent with the noise of batches on a function of one number.

use crate::lab::landscape::Landscape;
use crate::lab::random::Stream;

/// Samples whose functions differ from the mean by a slope each: `f_i(x) = f(x) + s_i·x`, the slopes s_i with mean 0 and
/// this standard deviation.
#[derive(Debug, Clone, PartialEq)]
pub struct Noise {
    slopes: Vec<f64>,
    batch: usize,
}

impl Noise {
    /// The slopes of `samples` samples, of which a batch is drawn without putting back.
    #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³ samples")]
    pub fn new(samples: usize, batch: usize, deviation: f64, stream: Stream) -> Self {
        let count = samples as f64;
        let normal: Vec<f64> = (0..samples as u64)
            .map(|place| stream.normal(place))
            .collect();
        let mean = normal.iter().sum::<f64>() / count;
        let square: f64 = normal.iter().map(|x| (x - mean).powi(2)).sum();
        let spread = (square / count).sqrt();
        let scale = if spread > 0.0 {
            deviation / spread
        } else {
            0.0
        };
        Self {
            slopes: normal.iter().map(|x| (x - mean) * scale).collect(),
            batch,
        }
    }

    /// The mean slope of a batch: the first places of a shuffle, as many as the batch has.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "places below the number of samples"
    )]
    fn draw(&self, order: &mut [usize], stream: Stream, place: u64) -> f64 {
        let count = self.slopes.len();
        if self.batch == count {
            // The slopes add up to 0, but for rounding.
            return 0.0;
        }
        let mut sum = 0.0;
        for at in 0..self.batch {
            let uniform = stream.uniform(place + at as u64);
            let other = at + (uniform * (count - at) as f64) as usize;
            order.swap(at, other);
            sum += self.slopes[order[at]];
        }
        sum / self.batch as f64
    }
}

/// One run of stochastic gradient descent.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// What it goes down on, a function of one number.
    pub landscape: Landscape,
    /// Where it starts.
    pub start: f64,
    /// How many steps it takes.
    pub steps: u64,
    /// The learning rate of each step.
    pub rate: &'a dyn Fn(u64) -> f64,
}

impl Run<'_> {
    /// Where it ends; not finite where it runs away. `step` tells of every point on the way.
    pub fn end(&self, noise: &Noise, stream: Stream, mut step: impl FnMut(u64, f64)) -> f64 {
        let mut order: Vec<usize> = (0..noise.slopes.len()).collect();
        let mut x = self.start;
        for number in 0..self.steps {
            step(number, x);
            let [slope, _] = self.landscape.gradient([x, 0.0]);
            let place = number * noise.batch as u64;
            let drawn = noise.draw(&mut order, stream, place);
            x -= (self.rate)(number) * (slope + drawn);
        }
        step(self.steps, x);
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batchs_noise_has_the_variance_of_the_formula() {
        let (samples, size) = (10, 3);
        let noise = Noise::new(samples, size, 2.0, Stream::new(5));
        let mut order: Vec<usize> = (0..samples).collect();
        let draws = 40_000_u64;
        let mut square = 0.0;
        for draw in 0..draws {
            square += noise.draw(&mut order, Stream::new(6), draw * 3).powi(2) / 40_000.0;
        }
        let known = 4.0 / 3.0 * 7.0 / 9.0;
        assert!((square / known - 1.0).abs() < 0.05, "{square} {known}");
    }

    #[test]
    fn all_samples_make_no_noise() {
        let noise = Noise::new(8, 8, 3.0, Stream::new(5));
        let run = Run {
            landscape: Landscape::DoubleWell { tilt: 0.2 },
            start: 1.5,
            steps: 2000,
            rate: &|_| 0.05,
        };
        let end = run.end(&noise, Stream::new(6), |_, _| {});
        assert!((end - 0.878_885_066_249_973_4).abs() < 1e-12);
    }
}
