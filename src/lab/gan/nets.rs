//! A step of the discriminator with what was generated detached from the generator, and without.

use super::{constant, slopes, softplus, total};
use crate::lab::ops::{Op, Unary};
use crate::lab::random::Stream;
use crate::lab::{Array, LabError, Value};

/// Units of either net's hidden layer, and rows of a batch.
const WIDTH: usize = 8;
const ROWS: usize = 64;

/// The mean of the data.
const TARGET: f64 = 2.0;

/// What a discriminator's step does to gradients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detached {
    /// The largest difference of the discriminator's gradient, detached and not.
    pub difference: f64,
    /// The size of the discriminator's gradient.
    pub size: f64,
    /// The size of what arrives at the generator, detached and not.
    pub generator: [f64; 2],
    /// The cosine of what arrives there undetached with the gradient of the generator's own loss.
    pub cosine: f64,
}

/// A net of one hidden layer with tanh: four leaves.
struct Net([Value; 4]);

impl Net {
    fn drawn(stream: Stream) -> Result<Self, LabError> {
        let mut place = 0;
        let mut part = |rows: usize, columns: usize, size: f64| {
            let count = (rows * columns) as u64;
            let numbers = (place..place + count)
                .map(|at| size * stream.normal(at))
                .collect();
            place += count;
            Array::new(&[rows, columns], numbers)
                .to_tensor()
                .map(Value::leaf)
        };
        Ok(Self([
            part(1, WIDTH, 1.0)?,
            part(1, WIDTH, 0.3)?,
            part(WIDTH, 1, 0.2)?,
            part(1, 1, 0.3)?,
        ]))
    }

    fn of(&self, x: &Value) -> Result<Value, LabError> {
        let [first, shift, second, last] = &self.0;
        let hidden = x.matmul(first)?.add(shift)?.unary(Unary::Tanh)?;
        hidden.matmul(second)?.add(last)
    }
}

fn flat(parts: Vec<Vec<f64>>) -> Vec<f64> {
    parts.into_iter().flatten().collect()
}

fn norm(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// One step's gradients; with `shared` the two nets have the same first layer.
///
/// # Errors
/// If the engine fails.
pub fn detached(seed: u64, shared: bool) -> Result<Detached, LabError> {
    let rows = |purpose: u64, shift: f64| {
        let stream = Stream::seeded(seed, purpose);
        let numbers = (0..ROWS as u64)
            .map(|place| shift + stream.normal(place))
            .collect();
        constant(&[ROWS, 1], numbers)
    };
    let generator = Net::drawn(Stream::seeded(seed, 0x80))?;
    let mut discriminator = Net::drawn(Stream::seeded(seed, 0x81))?;
    if shared {
        for place in 0..2 {
            discriminator.0[place] = generator.0[place].clone();
        }
    }
    let (data, latent) = (rows(0x82, TARGET)?, rows(0x83, 0.0)?);
    let fake = generator.of(&latent)?;
    let share = 1.0 / f64::from(u32::try_from(ROWS).unwrap_or(u32::MAX));
    let loss = |fake: &Value| {
        let real = softplus(&discriminator.of(&data)?.affine(-1.0, 0.0)?)?;
        total(&real.add(&softplus(&discriminator.of(fake)?)?)?)?.affine(share, 0.0)
    };
    let cut = loss(&Value::apply(Op::Detach, &[&fake])?)?;
    let whole = loss(&fake)?;
    let [cut_own, whole_own] = [
        flat(slopes(&cut, &discriminator.0)?),
        flat(slopes(&whole, &discriminator.0)?),
    ];
    let [cut_other, whole_other] = [
        flat(slopes(&cut, &generator.0)?),
        flat(slopes(&whole, &generator.0)?),
    ];
    let own_loss =
        total(&softplus(&discriminator.of(&fake)?.affine(-1.0, 0.0)?)?)?.affine(share, 0.0)?;
    let own = flat(slopes(&own_loss, &generator.0)?);
    let inner: f64 = own.iter().zip(&whole_other).map(|(a, b)| a * b).sum();
    let apart = cut_own.iter().zip(&whole_own).map(|(a, b)| (a - b).abs());
    Ok(Detached {
        difference: apart.fold(0.0, f64::max),
        size: norm(&whole_own),
        generator: [norm(&cut_other), norm(&whole_other)],
        cosine: inner / (norm(&own) * norm(&whole_other)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_discriminator_needs_nothing_from_the_generator_s_side() -> Result<(), LabError> {
        for seed in 0..5 {
            let found = detached(seed, false)?;
            assert!(found.difference <= 1e-15 && found.size > 1e-3, "{found:?}");
            assert!(found.generator[0] <= 0.0 && found.generator[1] > 1e-3);
            assert!(found.cosine < -0.9, "{found:?}");
            assert!(detached(seed, true)?.difference > 1e-3);
        }
        Ok(())
    }
}
