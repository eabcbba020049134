//! The passes of training, held against reverse mode over values.

use candle_core::Device;

use super::super::drawn::chain;
use super::super::traced::{self, Leaves, Traced};
use super::super::{Data, Initial, measure};
use super::*;
use crate::lab::ops::Kind;
use crate::lab::random::Stream;
use crate::lab::value::{Order, Proven, gradients};
use crate::lab::{Array, Value};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The gradients of a part's weight and bias, where it has any.
type OfPart = Option<(Vec<f64>, Vec<f64>)>;

/// The gradients by part from the tape: those of a shared part summed.
fn by_tape(chain: &Chain, traced: &Traced, loss: &Value) -> Result<Vec<OfPart>, LabError> {
    let mut wanted = Vec::new();
    let mut owners = Vec::new();
    for (step, leaves) in chain.steps.iter().zip(&traced.leaves) {
        if let (Step::Apply(part), Some(leaves)) = (step, leaves) {
            wanted.push(leaves.weight.clone());
            owners.push((*part, false));
            if let Some(bias) = &leaves.bias {
                wanted.push(bias.clone());
                owners.push((*part, true));
            }
        }
    }
    let one = Tensor::new(1.0_f64, &Device::Cpu).map_err(engine("tensor"))?;
    let outputs = [(loss.clone(), Value::constant(one))];
    let found = gradients(&outputs, &wanted, Order::First, &Proven)?;
    let mut sums: Vec<OfPart> = vec![None; chain.parts.len()];
    for (gradient, (part, is_bias)) in found.into_iter().zip(owners) {
        let Some(gradient) = gradient else { continue };
        let numbers = Array::from_tensor(gradient.tensor())?.data;
        let (weight, bias) = sums[part].get_or_insert_default();
        let sum = if is_bias { bias } else { weight };
        sum.resize(numbers.len(), 0.0);
        for (sum, number) in sum.iter_mut().zip(numbers) {
            *sum += number;
        }
    }
    Ok(sums)
}

#[test]
fn gradients_are_those_of_reverse_mode_over_values() -> Outcome {
    for seed in 0..200 {
        let chain = chain(Stream::new(seed));
        let weights = Weights::draw(&chain, Initial::Pytorch, seed);
        let data = Data::draw(&chain, 5, Initial::Pytorch, seed);
        let dense = Dense::new::<f64>(&chain, &weights)?;
        let x = Tensor::from_slice(&data.x, (5, 3), &Device::Cpu)?;
        let kept = dense.forward::<f64>(&x)?;
        let off = (kept.output() - Tensor::from_slice(&data.y, (5, 2), &Device::Cpu)?)?;
        let loss: f64 = to_real(&off)?.iter().map(|x| x * x).sum::<f64>() / 10.0;
        let sums = dense.backward::<f64>(&kept, (off * 0.2)?)?;
        let here = crate::lab::Device::default();
        let parts = traced::leaves(&chain, &weights, Kind::F64, &here)?;
        let of_use = |part: usize| parts[part].as_ref().map(Leaves::again);
        let traced = Traced::new(&chain, x, &of_use)?;
        let mean = measure::loss(&traced, &data, Kind::F64, &here)?;
        let known = Array::from_tensor(mean.tensor())?.data[0];
        assert!(
            (loss - known).abs() <= 1e-12 * known,
            "seed {seed}: {loss}, {known}"
        );
        for (part, known) in by_tape(&chain, &traced, &mean)?.into_iter().enumerate() {
            let Some((weight, bias)) = known else {
                continue;
            };
            let sum = sums[part].as_ref().ok_or("a gradient")?;
            let mut found = to_real(&sum.weight)?;
            let mut known = weight;
            if let Some(of_bias) = &sum.bias {
                found.extend(to_real(of_bias)?);
                known.extend(bias);
            }
            assert_eq!(found.len(), known.len());
            let size = known.iter().fold(1e-3_f64, |size, x| size.max(x.abs()));
            for (found, known) in found.iter().zip(&known) {
                assert!(
                    (found - known).abs() <= 1e-10 * size,
                    "seed {seed}, part {part}: {found}, {known}\n{chain:?}"
                );
            }
        }
    }
    Ok(())
}
