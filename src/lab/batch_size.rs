//! Stochastic gradient descent on a linear regression, until its loss is near the least.
//!
//! The gradient of a batch is a few dot products, written out here, since thousands of small steps are made; it is held
//! against reverse mode.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::ops::Op;
use super::random::Stream;
use super::value::{Order, Proven, gradients};
use super::{Array, LabError, Value};

/// A linear regression: rows of inputs, a target each, and what is known of its least loss ½·mean (w·x − y)².
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    rows: usize,
    dims: usize,
    inputs: Vec<f64>,
    targets: Vec<f64>,
    /// XᵀX/n, row by row.
    pub hessian: Vec<f64>,
    /// The best weights.
    pub best: Vec<f64>,
    /// The least loss.
    pub least: f64,
}

/// What the data are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Data {
    /// Samples.
    pub rows: usize,
    /// Inputs of each.
    pub dims: usize,
    /// The largest variance of an input over the smallest; the largest is 1.
    pub condition: f64,
    /// The standard deviation of what no weights explain.
    pub noise: f64,
    /// Where inputs come from.
    pub inputs: Stream,
    /// Where noise and true weights come from.
    pub targets: Stream,
}

impl Data {
    /// The standard deviation of an input: variances fall geometrically from 1 to 1/condition.
    #[expect(clippy::cast_precision_loss, reason = "a thousand inputs at most")]
    fn scale(&self, input: usize) -> f64 {
        if self.dims == 1 {
            return 1.0;
        }
        let share = input as f64 / (self.dims - 1) as f64;
        self.condition.powf(-share / 2.0)
    }
}

impl Regression {
    /// Draws it: normal inputs, targets Σ ±x plus noise.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn drawn(data: &Data) -> Result<Self, LabError> {
        let Data { rows, dims, .. } = *data;
        let scales: Vec<f64> = (0..dims).map(|input| data.scale(input)).collect();
        let inputs: Vec<f64> = (0..rows * dims)
            .map(|place| data.inputs.normal(place as u64) * scales[place % dims])
            .collect();
        let truth: Vec<f64> = (0..dims)
            .map(|input| if input % 2 == 0 { 1.0 } else { -1.0 })
            .collect();
        let targets: Vec<f64> = inputs
            .chunks(dims)
            .zip(0..)
            .map(|(row, place)| dot(row, &truth) + data.noise * data.targets.normal(place))
            .collect();
        let x = Value::constant(Array::new(&[rows, dims], inputs.clone()).to_tensor()?);
        let y = Value::constant(Array::new(&[rows, 1], targets.clone()).to_tensor()?);
        let across = x.transposed()?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³ rows")]
        let share = 1.0 / rows as f64;
        let hessian = across.matmul(&x)?.affine(share, 0.0)?;
        let moment = across.matmul(&y)?.affine(share, 0.0)?;
        let best = Value::apply(Op::Inverse, &[&hessian])?.matmul(&moment)?;
        let numbers = |value: &Value| Array::from_tensor(value.tensor()).map(|array| array.data);
        let mut found = Self {
            rows,
            dims,
            inputs,
            targets,
            hessian: numbers(&hessian)?,
            best: numbers(&best)?,
            least: 0.0,
        };
        found.least = found.loss(&found.best);
        Ok(found)
    }

    /// ½·mean (w·x − y)², over all rows.
    pub fn loss(&self, weights: &[f64]) -> f64 {
        let rows = self.inputs.chunks(self.dims).zip(&self.targets);
        let squares = rows.map(|(row, target)| (dot(row, weights) - target).powi(2));
        #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³ rows")]
        let mean = squares.sum::<f64>() / self.rows as f64;
        mean / 2.0
    }

    /// How far the loss lies above the least, by the Hessian: ½(w − w*)ᵀH(w − w*).
    fn above(&self, weights: &[f64], off: &mut [f64]) -> f64 {
        for ((off, weight), best) in off.iter_mut().zip(weights).zip(&self.best) {
            *off = weight - best;
        }
        let rows = self.hessian.chunks(self.dims).zip(off.iter());
        rows.map(|(row, off_row)| off_row * dot(row, off))
            .sum::<f64>()
            / 2.0
    }

    /// The gradient of the mean loss of some rows.
    fn gradient(&self, rows: impl Iterator<Item = usize>, weights: &[f64], gradient: &mut [f64]) {
        gradient.fill(0.0);
        let mut count = 0.0;
        for row in rows {
            let inputs = &self.inputs[row * self.dims..(row + 1) * self.dims];
            let residual = dot(inputs, weights) - self.targets[row];
            for (sum, x) in gradient.iter_mut().zip(inputs) {
                *sum += residual * x;
            }
            count += 1.0;
        }
        for sum in gradient {
            *sum /= count;
        }
    }

    /// The largest difference between the gradient as it is used here and reverse mode, as a share: the first rows, at weights 0.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn disagreement(&self, rows: usize) -> Result<f64, LabError> {
        let rows = rows.min(self.rows);
        let mut own = vec![0.0; self.dims];
        self.gradient(0..rows, &vec![0.0; self.dims], &mut own);
        let part = self.inputs[..rows * self.dims].to_vec();
        let x = Value::constant(Array::new(&[rows, self.dims], part).to_tensor()?);
        let y = Array::new(&[rows, 1], self.targets[..rows].to_vec());
        let weights = Value::leaf(Array::new(&[self.dims, 1], vec![0.0; self.dims]).to_tensor()?);
        let residual = x.matmul(&weights)?.sub(&Value::constant(y.to_tensor()?))?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³ rows")]
        let share = 0.5 / rows as f64;
        let loss = residual
            .mul(&residual)?
            .sum(&[0, 1], false)?
            .affine(share, 0.0)?;
        let one = Value::number_like(&loss, 1.0)?;
        let found = gradients(
            &[(loss, one)],
            std::slice::from_ref(&weights),
            Order::First,
            &Proven,
        )?;
        let found = found.into_iter().next().flatten();
        let found = found.ok_or_else(|| LabError::NoGradient {
            operation: "matmul",
            message: "nothing leads back".to_owned(),
        })?;
        let tape = Array::from_tensor(found.tensor())?.data;
        let size = own.iter().fold(1e-300_f64, |size, x| size.max(x.abs()));
        let pairs = own.iter().zip(&tape);
        Ok(pairs.fold(0.0, |worst, (a, b)| f64::max(worst, (a - b).abs() / size)))
    }

    /// The iterations of one run from weights 0 until its loss is within `target` of the least; `None` where that takes more
    /// than `limit`. Without a batch, every step uses all rows.
    pub fn iterations(&self, run: &Run, target: f64, limit: u64) -> Option<u64> {
        let mut weights = vec![0.0; self.dims];
        let mut gradient = vec![0.0; self.dims];
        let mut off = vec![0.0; self.dims];
        for step in 0..=limit {
            let above = self.above(&weights, &mut off);
            if above <= target {
                return Some(step);
            }
            if !above.is_finite() {
                return None;
            }
            match run.batch {
                Some(batch) => {
                    let first = step * batch as u64;
                    let places = first..first + batch as u64;
                    let rows = places.map(|place| self.row(run.stream, place));
                    self.gradient(rows, &weights, &mut gradient);
                }
                None => {
                    for (sum, row) in gradient.iter_mut().zip(self.hessian.chunks(self.dims)) {
                        *sum = dot(row, &off);
                    }
                }
            }
            for (weight, slope) in weights.iter_mut().zip(&gradient) {
                *weight -= run.rate * slope;
            }
        }
        None
    }

    /// A row at random.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "below the number of rows"
    )]
    fn row(&self, stream: Stream, place: u64) -> usize {
        (stream.uniform(place) * self.rows as f64) as usize
    }

    /// The iterations of many runs, in their order whatever the number of threads. `done` is told after each.
    pub fn all(
        &self,
        runs: &[Run],
        (target, limit): (f64, u64),
        threads: usize,
        done: &(dyn Fn() + Sync),
    ) -> Vec<Option<u64>> {
        let next = AtomicUsize::new(0);
        let found = Mutex::new(vec![None; runs.len()]);
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(run) = runs.get(number) else {
                    return;
                };
                let steps = self.iterations(run, target, limit);
                if let Ok(mut found) = found.lock() {
                    found[number] = steps;
                }
                done();
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(runs.len()) {
                scope.spawn(work);
            }
            work();
        });
        found.into_inner().unwrap_or_default()
    }
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// Samples of a step, drawn with putting back; all of them without.
    pub batch: Option<usize>,
    /// The learning rate.
    pub rate: f64,
    /// Which samples it draws.
    pub stream: Stream,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regression() -> Result<Regression, LabError> {
        Regression::drawn(&Data {
            rows: 200,
            dims: 4,
            condition: 4.0,
            noise: 0.5,
            inputs: Stream::new(1),
            targets: Stream::new(2),
        })
    }

    #[test]
    fn the_quadratic_form_is_the_loss_above_the_least() -> Result<(), LabError> {
        let regression = regression()?;
        let weights = [0.3, -2.0, 1.0, 0.1];
        let above = regression.above(&weights, &mut [0.0; 4]);
        let loss = regression.loss(&weights) - regression.least;
        assert!((above - loss).abs() < 1e-12 * loss);
        assert!(regression.disagreement(50)? < 1e-13);
        Ok(())
    }

    #[test]
    fn any_number_of_threads_gives_the_same() -> Result<(), LabError> {
        let regression = regression()?;
        let runs: Vec<Run> = (0..6)
            .map(|seed| Run {
                batch: Some(4),
                rate: 0.05,
                stream: Stream::seeded(seed, 3),
            })
            .collect();
        let target = 0.1 * regression.least;
        let one = regression.all(&runs, (target, 5000), 1, &|| {});
        let three = regression.all(&runs, (target, 5000), 3, &|| {});
        assert_eq!(one, three);
        assert!(one.iter().all(Option::is_some));
        Ok(())
    }
}
