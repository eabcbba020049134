//! The synthetic data that a chain is measured and trained on.

use super::weights::Initial;
use crate::lab::random::Stream;
use crate::model::Chain;

/// Inputs and targets, in float64: `y = sin(x·v/√n)` of normal x and v, n numbers a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// Rows.
    pub rows: usize,
    /// Numbers in a row of the inputs.
    pub inputs: usize,
    /// Numbers in a row of the targets.
    pub outputs: usize,
    /// The inputs, row by row.
    pub x: Vec<f64>,
    /// The targets, row by row.
    pub y: Vec<f64>,
}

/// The purpose of the inputs' stream, and of the directions'.
const INPUTS: u64 = 1 << 22;
const DIRECTIONS: u64 = 1 << 23;

/// The tags of the formula's streams.
const FORMULA_INPUTS: u64 = 900;
const FORMULA_DIRECTIONS: u64 = 901;

impl Data {
    /// Data for a chain; with the formula's weights they are a formula too.
    #[expect(clippy::cast_precision_loss, reason = "a width is far below 2⁵³")]
    pub fn draw(chain: &Chain, rows: usize, initial: Initial, seed: u64) -> Self {
        let (of_inputs, of_directions) = match initial {
            Initial::Formula(_) => (Stream::new(FORMULA_INPUTS), Stream::new(FORMULA_DIRECTIONS)),
            _ => (
                Stream::seeded(seed, INPUTS),
                Stream::seeded(seed, DIRECTIONS),
            ),
        };
        let inputs = chain.inputs;
        let outputs = chain.widths().last().copied().unwrap_or(1);
        let x: Vec<f64> = (0..(rows * inputs) as u64)
            .map(|place| of_inputs.normal(place))
            .collect();
        let v: Vec<f64> = (0..(outputs * inputs) as u64)
            .map(|place| of_directions.normal(place))
            .collect();
        let root = (inputs as f64).sqrt();
        let y = x.chunks(inputs).flat_map(|row| {
            v.chunks(inputs).map(move |v| {
                let along: f64 = row.iter().zip(v).map(|(x, v)| x * v).sum();
                (along / root).sin()
            })
        });
        let y = y.collect();
        Self {
            rows,
            inputs,
            outputs,
            x,
            y,
        }
    }

    /// The mean square of the inputs.
    pub fn input_moment(&self) -> f64 {
        mean(&self.x.iter().map(|x| x * x).collect::<Vec<_>>())
    }

    /// The least mean squared error of a constant: for each output its variance, averaged over the outputs.
    pub fn constant_loss(&self) -> f64 {
        let of_output = |output: usize| {
            let y: Vec<f64> = self
                .y
                .iter()
                .skip(output)
                .step_by(self.outputs)
                .copied()
                .collect();
            let centre = mean(&y);
            mean(&y.iter().map(|y| (y - centre).powi(2)).collect::<Vec<_>>())
        };
        mean(&(0..self.outputs).map(of_output).collect::<Vec<_>>())
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of numbers is far below 2⁵³"
)]
fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}
