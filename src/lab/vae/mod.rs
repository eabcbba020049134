//! An autoencoder with variation on tensors: its loss by quadrature, its draws, and its training.

mod train;

pub use train::{Run, Setting, train};

use super::random::Stream;
use super::{Array, LabError, Value};
use crate::lab::ops::Unary;

/// Points of a grid along an axis, and how far they reach and lie apart, in standard deviations. The trapezoid rule is
/// exact to the last digits for a normal density times a polynomial.
const POINTS: u32 = 69;
const REACH: f64 = 8.5;
const STEP: f64 = 0.25;

/// x given z ~ N(Wz + m, noise·I).
#[derive(Debug, Clone, Copy)]
pub struct Decoder {
    /// W.
    pub weights: [[f64; 2]; 3],
    /// m.
    pub mean: [f64; 3],
    /// The variance of each visible number.
    pub noise: f64,
}

/// z given x ~ N(mean, L·Lᵀ).
#[derive(Debug, Clone, Copy)]
pub struct Encoder {
    /// The mean.
    pub mean: [f64; 2],
    /// L, a lower triangle.
    pub root: [[f64; 2]; 2],
}

/// The loss by quadrature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// E_q[−log p(x|z)].
    pub reconstruction: f64,
    /// E_q[log q(z) − log p(z)].
    pub to_prior: f64,
    /// −log ∫ p(x|z) p(z) dz on the same points: right where q covers the integrand.
    pub surprise: f64,
}

/// What a number of encodings of one image come back as.
#[derive(Debug, Clone, PartialEq)]
pub struct Encodings {
    /// How many different reconstructions there are.
    pub distinct: usize,
    /// The standard deviation of each visible number.
    pub deviations: Vec<f64>,
    /// Means and variances of the latent numbers.
    pub latent: [(f64, f64); 2],
    /// The first reconstructions' first two numbers.
    pub first: Vec<(f64, f64)>,
}

fn constant(dims: &[usize], data: Vec<f64>) -> Result<Value, LabError> {
    Array::new(dims, data).to_tensor().map(Value::constant)
}

fn flat<const N: usize, const M: usize>(rows: &[[f64; M]; N]) -> Vec<f64> {
    rows.iter().flatten().copied().collect()
}

/// −½|row|².
fn half_square(x: &Value) -> Result<Value, LabError> {
    x.mul(x)?.sum(&[1], false)?.affine(-0.5, 0.0)
}

fn total(x: &Value) -> Result<f64, LabError> {
    Ok(Array::from_tensor(x.sum(&[0], false)?.tensor())?.data[0])
}

impl Encoder {
    /// mean + L·u for rows u.
    fn latent(&self, standard: &Value) -> Result<Value, LabError> {
        let root = constant(&[2, 2], flat(&self.root))?.transposed()?;
        standard
            .matmul(&root)?
            .add(&constant(&[1, 2], self.mean.to_vec())?)
    }
}

impl Decoder {
    /// Wz + m for rows z.
    fn images(&self, latent: &Value) -> Result<Value, LabError> {
        let weights = constant(&[3, 2], flat(&self.weights))?.transposed()?;
        latent
            .matmul(&weights)?
            .add(&constant(&[1, 3], self.mean.to_vec())?)
    }

    /// The loss of an encoder for an image, by quadrature over its latent numbers.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn measure(&self, image: [f64; 3], encoder: &Encoder) -> Result<Measured, LabError> {
        let points: Vec<f64> = (0..POINTS)
            .map(|point| STEP * f64::from(point) - REACH)
            .collect();
        let grid: Vec<f64> = points
            .iter()
            .flat_map(|a| points.iter().flat_map(move |b| [*a, *b]))
            .collect();
        let standard = constant(&[grid.len() / 2, 2], grid)?;
        let latent = encoder.latent(&standard)?;
        let two_pi = 2.0 * std::f64::consts::PI;
        let height = encoder.root[0][0] * encoder.root[1][1];
        let density = half_square(&standard)?;
        let log_q = density.affine(1.0, -height.ln() - two_pi.ln())?;
        let log_prior = half_square(&latent)?.affine(1.0, -two_pi.ln())?;
        let apart = self
            .images(&latent)?
            .sub(&constant(&[1, 3], image.to_vec())?)?;
        let log_image =
            half_square(&apart)?.affine(1.0 / self.noise, -1.5 * (two_pi * self.noise).ln())?;
        let weights = density
            .unary(Unary::Exp)?
            .affine(STEP * STEP / two_pi, 0.0)?;
        let joint = log_image.add(&log_prior)?;
        // The largest exponent is taken out, so that nothing underflows.
        let exponents = joint.sub(&log_q)?;
        let largest = Array::from_tensor(exponents.tensor())?
            .data
            .into_iter()
            .fold(f64::NEG_INFINITY, f64::max);
        let evidence = weights.mul(&exponents.affine(1.0, -largest)?.unary(Unary::Exp)?)?;
        Ok(Measured {
            reconstruction: -total(&weights.mul(&log_image)?)?,
            to_prior: total(&weights.mul(&log_q.sub(&log_prior)?)?)?,
            surprise: -total(&evidence)?.ln() - largest,
        })
    }

    /// Encodes and decodes one image again and again.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn encodings(
        &self,
        encoder: &Encoder,
        count: usize,
        stream: Stream,
    ) -> Result<Encodings, LabError> {
        let drawn = (0..2 * count as u64)
            .map(|place| stream.normal(place))
            .collect();
        let latent = encoder.latent(&constant(&[count, 2], drawn)?)?;
        let images = Array::from_tensor(self.images(&latent)?.tensor())?;
        let latent = Array::from_tensor(latent.tensor())?;
        let mut rows: Vec<Vec<u64>> = images
            .data
            .chunks_exact(3)
            .map(|row| row.iter().map(|x| x.to_bits()).collect())
            .collect();
        rows.sort_unstable();
        rows.dedup();
        let moments = |array: &Array, column: usize, width: usize| {
            moments(array.data.chunks_exact(width).map(|row| row[column]))
        };
        Ok(Encodings {
            distinct: rows.len(),
            deviations: (0..3)
                .map(|column| moments(&images, column, 3).1.sqrt())
                .collect(),
            latent: [0, 1].map(|column| moments(&latent, column, 2)),
            first: images
                .data
                .chunks_exact(3)
                .take(200)
                .map(|row| (row[0], row[1]))
                .collect(),
        })
    }
}

/// Mean and variance of numbers, about the first so that equal numbers have none.
fn moments(numbers: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let first = numbers.clone().next().unwrap_or(0.0);
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for number in numbers {
        count += 1.0;
        sum += number - first;
        squares += (number - first).powi(2);
    }
    let mean = sum / count;
    let variance = (squares - count * mean * mean) / (count - 1.0_f64).max(1.0);
    (first + mean, variance.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECODER: Decoder = Decoder {
        weights: [[0.0; 2]; 3],
        mean: [0.0, 1.0, 2.0],
        noise: 1.0,
    };

    #[test]
    fn a_decoder_that_ignores_z_has_a_normal_loss() -> Result<(), LabError> {
        let encoder = Encoder {
            mean: [0.5, 0.0],
            root: [[1.0, 0.0], [0.0, 2.0]],
        };
        let found = DECODER.measure([0.0, 1.0, 3.0], &encoder)?;
        let two_pi = 2.0 * std::f64::consts::PI;
        assert!((found.reconstruction - (1.5 * two_pi.ln() + 0.5)).abs() < 1e-12);
        // ½(1 + 4 + ¼ − 2 − ln 4).
        assert!((found.to_prior - 0.5 * (3.25 - 4.0_f64.ln())).abs() < 1e-12);
        let wide = Encoder {
            mean: [0.0; 2],
            root: [[1.0, 0.0], [0.0, 1.0]],
        };
        let found = DECODER.measure([0.0, 1.0, 3.0], &wide)?;
        assert!((found.surprise - (1.5 * two_pi.ln() + 0.5)).abs() < 1e-12);
        Ok(())
    }

    #[test]
    fn an_encoder_without_spread_gives_one_image() -> Result<(), LabError> {
        let decoder = Decoder {
            weights: [[1.0, 0.2], [-0.5, 0.8], [0.3, -0.4]],
            ..DECODER
        };
        let mut encoder = Encoder {
            mean: [0.5, 0.1],
            root: [[0.0; 2]; 2],
        };
        let one = decoder.encodings(&encoder, 50, Stream::new(1))?;
        assert_eq!((one.distinct, one.deviations), (1, vec![0.0; 3]));
        encoder.root[0][0] = 0.1;
        assert_eq!(
            decoder.encodings(&encoder, 50, Stream::new(1))?.distinct,
            50
        );
        Ok(())
    }
}
