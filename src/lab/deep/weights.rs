//! How the weights of a chain start.

use crate::lab::random::Stream;
use crate::model::Chain;
use crate::model::chain::Part;

/// An initialisation of the linear layers; norms start with scale 1 and shift 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initial {
    /// PyTorch's own for `nn.Linear`: weights and biases uniform in ±1/√fan-in.
    Pytorch,
    /// `xavier_uniform_`: uniform in ±√(6/(fan-in + fan-out)); biases 0.
    Xavier,
    /// `kaiming_normal_` for ReLU: normal with variance 2/fan-in; biases 0.
    He,
    /// `orthogonal_`: orthonormal rows or columns; biases 0.
    Orthogonal,
    /// `normal_` with this standard deviation; biases 0.
    Normal(f64),
    /// Weights and biases uniform in ±gain/√fan-in, each the hash of its place, whatever the seed.
    Formula(f64),
}

/// The numbers of every part, in float64.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// One entry for each part of the chain.
    pub parts: Vec<PartWeights>,
}

/// The numbers of a part.
#[derive(Debug, Clone, PartialEq)]
pub struct PartWeights {
    /// The matrix (outputs × inputs, row by row) of a linear layer, the scale of a norm; empty where it has none.
    pub weight: Vec<f64>,
    /// The bias, or the shift; empty where there is none.
    pub bias: Vec<f64>,
}

/// The purposes of streams.
const WEIGHTS: u64 = 1 << 20;
const BIASES: u64 = 1 << 21;

/// The tags of the formula's streams.
const FORMULA_WEIGHTS: u64 = 10;
const FORMULA_BIASES: u64 = 500;

impl Weights {
    /// Draws the weights of a chain.
    pub fn draw(chain: &Chain, initial: Initial, seed: u64) -> Self {
        let linears = chain.linears();
        let parts = chain
            .parts
            .iter()
            .enumerate()
            .map(|(number, part)| match *part {
                Part::Linear {
                    inputs,
                    outputs,
                    bias,
                } => {
                    // The formula counts layers, not parts: a shared part has the number of its first use.
                    let layer = linears.iter().position(|linear| linear.part == number);
                    let layer = layer.unwrap_or(number) as u64;
                    let shape = (inputs, outputs, if bias { outputs } else { 0 });
                    linear(initial, seed, number as u64, layer, shape)
                }
                Part::Norm {
                    features, affine, ..
                } => {
                    let count = if affine { features } else { 0 };
                    PartWeights {
                        weight: vec![1.0; count],
                        bias: vec![0.0; count],
                    }
                }
            });
        Self {
            parts: parts.collect(),
        }
    }
}

/// The weights of a linear layer; the shape is fan-in, fan-out and biases.
fn linear(
    initial: Initial,
    seed: u64,
    part: u64,
    layer: u64,
    (inputs, outputs, biases): (usize, usize, usize),
) -> PartWeights {
    let (fan_in, fan_out) = (to_real(inputs), to_real(outputs));
    let stream = Stream::seeded(seed, WEIGHTS + part);
    let bias_stream = Stream::seeded(seed, BIASES + part);
    let count = inputs * outputs;
    let spread = |stream: Stream, count: usize, bound: f64| -> Vec<f64> {
        (0..count as u64)
            .map(|place| (2.0 * stream.uniform(place) - 1.0) * bound)
            .collect()
    };
    let normal = |deviation: f64| -> Vec<f64> {
        (0..count as u64)
            .map(|place| stream.normal(place) * deviation)
            .collect()
    };
    let zeros = vec![0.0; biases];
    let (weight, bias) = match initial {
        Initial::Pytorch => {
            let bound = 1.0 / fan_in.sqrt();
            (
                spread(stream, count, bound),
                spread(bias_stream, biases, bound),
            )
        }
        Initial::Formula(gain) => {
            let bound = gain / fan_in.sqrt();
            (
                spread(Stream::new(FORMULA_WEIGHTS + layer), count, bound),
                spread(Stream::new(FORMULA_BIASES + layer), biases, bound),
            )
        }
        Initial::Xavier => (
            spread(stream, count, (6.0 / (fan_in + fan_out)).sqrt()),
            zeros,
        ),
        Initial::He => (normal((2.0 / fan_in).sqrt()), zeros),
        Initial::Normal(deviation) => (normal(deviation), zeros),
        Initial::Orthogonal => (orthogonal(&normal(1.0), outputs, inputs), zeros),
    };
    PartWeights { weight, bias }
}

/// A matrix with orthonormal rows (or columns, where it has more rows), from one of normal numbers.
fn orthogonal(normal: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    let tall = rows > columns;
    let (count, length) = if tall {
        (columns, rows)
    } else {
        (rows, columns)
    };
    let mut vectors: Vec<Vec<f64>> = normal
        .chunks(length)
        .take(count)
        .map(<[f64]>::to_vec)
        .collect();
    for number in 0..count {
        let (done, rest) = vectors.split_at_mut(number);
        let vector = &mut rest[0];
        // Twice, since once loses digits where vectors are nearly parallel.
        for _ in 0..2 {
            for other in done.iter() {
                let along: f64 = other.iter().zip(vector.iter()).map(|(a, b)| a * b).sum();
                for (number, of_other) in vector.iter_mut().zip(other) {
                    *number -= along * of_other;
                }
            }
        }
        let norm = super::norms::norm(vector);
        for number in vector.iter_mut() {
            *number /= norm;
        }
    }
    if tall {
        (0..rows)
            .flat_map(|row| vectors.iter().map(move |vector| vector[row]))
            .collect()
    } else {
        vectors.concat()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a width is far below 2⁵³")]
fn to_real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_or_columns_are_orthonormal() {
        for (rows, columns) in [(5, 5), (3, 7), (7, 3), (1, 4), (4, 1)] {
            let stream = Stream::new(3);
            let normal: Vec<f64> = (0..rows * columns)
                .map(|place| stream.normal(place as u64))
                .collect();
            let matrix = orthogonal(&normal, rows, columns);
            let short = rows.min(columns);
            for a in 0..short {
                for b in 0..short {
                    let dot: f64 = if rows <= columns {
                        (0..columns)
                            .map(|k| matrix[a * columns + k] * matrix[b * columns + k])
                            .sum()
                    } else {
                        (0..rows)
                            .map(|k| matrix[k * columns + a] * matrix[k * columns + b])
                            .sum()
                    };
                    assert!((dot - f64::from(u8::from(a == b))).abs() < 1e-12);
                }
            }
        }
    }
}
