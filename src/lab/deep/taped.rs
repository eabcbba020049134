//! Training in the lab's operations, which run on every device: what the CPU's fused kernels do, out of place.
//!
//! The batch is whole: a card gains nothing by parts.

use candle_core::Tensor;

use super::traced::{self, Leaves, Traced};
use super::train::{Network, to_count};
use super::{Data, Weights};
use crate::lab::ops::Kind;
use crate::lab::value::{Order, Proven, gradients};
use crate::lab::{Array, Device, LabError, Value};
use crate::model::Chain;

/// See the module.
pub(super) struct Taped<'a> {
    chain: &'a Chain,
    /// The weights of each part that has any.
    parts: Vec<Option<Leaves>>,
    x: Tensor,
    y: Value,
}

impl<'a> Taped<'a> {
    pub(super) fn new(
        chain: &'a Chain,
        weights: &Weights,
        data: &Data,
        device: &Device,
    ) -> Result<Self, LabError> {
        let held = |numbers: &[f64], columns: usize| {
            traced::tensor(numbers, &[data.rows, columns], Kind::F32, device)
        };
        Ok(Self {
            chain,
            parts: traced::leaves(chain, weights, Kind::F32, device)?,
            x: held(&data.x, data.inputs)?,
            y: Value::constant(held(&data.y, data.outputs)?),
        })
    }

    /// The output, from leaves that a shared part's uses have in common: its gradient is the sum over them.
    fn output(&self) -> Result<Value, LabError> {
        let of_part = |part: usize| self.parts[part].clone();
        let traced = Traced::new(self.chain, self.x.clone(), &of_part)?;
        Ok(traced.output().clone())
    }
}

impl Network for Taped<'_> {
    fn step(&mut self, rate: f64) -> Result<f64, LabError> {
        let output = self.output()?;
        let off = output.untracked().sub(&self.y)?;
        let numbers = off.numbers()?;
        let count = to_count(numbers.len());
        let loss = numbers.iter().map(|x| x * x).sum::<f64>() / count;
        if !loss.is_finite() {
            return Ok(loss);
        }
        let upstream = off.affine(2.0 / count, 0.0)?;
        let parts = self.parts.iter().flatten();
        let leaves = parts.flat_map(|part| std::iter::once(&part.weight).chain(&part.bias));
        let leaves: Vec<Value> = leaves.cloned().collect();
        let found = gradients(&[(output, upstream)], &leaves, Order::First, &Proven)?;
        let parts = self.parts.iter_mut().flatten();
        let leaves = parts.flat_map(|part| std::iter::once(&mut part.weight).chain(&mut part.bias));
        for (leaf, gradient) in leaves.zip(found) {
            // Nothing leads to a part that no step applies.
            let Some(gradient) = gradient else { continue };
            let moved = leaf.untracked().add(&gradient.affine(-rate, 0.0)?)?;
            *leaf = Value::leaf(moved.tensor().clone());
        }
        Ok(loss)
    }

    fn predictions(&self) -> Result<Vec<f64>, LabError> {
        self.output()?.numbers()
    }

    fn weight(&self, part: usize) -> Result<Vec<f64>, LabError> {
        match &self.parts[part] {
            Some(leaves) => Ok(Array::from_tensor(leaves.weight.tensor())?.data),
            None => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Initial, Plan, Trained, drawn, measure, train};
    use super::*;
    use crate::lab::device::as_on_a_card;
    use crate::lab::random::Stream;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn near(there: f64, here: f64, tolerance: f64) -> bool {
        there.to_bits() == here.to_bits() || (there - here).abs() <= tolerance * here.abs()
    }

    #[test]
    fn it_trains_as_the_fused_kernels_do() -> Outcome {
        let plan = Plan {
            steps: 3,
            rate: 0.05,
        };
        for seed in 0..100 {
            let chain = drawn::chain(Stream::new(seed));
            let weights = Weights::draw(&chain, Initial::Pytorch, seed);
            let data = Data::draw(&chain, 20, Initial::Pytorch, seed);
            let device = Device::default();
            let trained = || train(&chain, &weights, &data, plan, &device, &mut |_| {});
            let here: Trained = trained()?;
            let there: Trained = as_on_a_card(trained)?;
            let pairs = |trained: &Trained| {
                let mut numbers = trained.losses.clone();
                numbers.extend(&trained.moved);
                numbers.push(trained.prediction_deviation);
                numbers
            };
            let (here, there) = (pairs(&here), pairs(&there));
            assert_eq!(here.len(), there.len());
            // float32 is good to 6e-8, and norms over few numbers multiply that.
            let same = here
                .iter()
                .zip(&there)
                .all(|(here, there)| near(*there, *here, 1e-3) || (there - here).abs() <= 1e-6);
            assert!(same, "seed {seed}: {there:?}, not {here:?}\n{chain:?}");
        }
        Ok(())
    }

    #[test]
    fn gradients_by_layer_are_the_same_as_on_the_cpu() -> Outcome {
        for seed in 0..50 {
            let chain = drawn::chain(Stream::new(seed));
            let weights = Weights::draw(&chain, Initial::Pytorch, seed);
            let data = Data::draw(&chain, 5, Initial::Pytorch, seed);
            let device = Device::default();
            let measured = || measure(&chain, &weights, &data, &device);
            let (here, there) = (measured()?, as_on_a_card(measured)?);
            assert!(near(there.loss, here.loss, 1e-12), "seed {seed}");
            for (here, there) in here.layers.iter().zip(&there.layers) {
                let same = near(there.weight, here.weight, 1e-10)
                    && near(there.output, here.output, 1e-10)
                    && near(there.in_float32, here.in_float32, 1e-3);
                assert!(same, "seed {seed}: {there:?}, not {here:?}");
            }
        }
        Ok(())
    }
}
