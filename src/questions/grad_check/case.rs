//! One draw of a function, carried out on tracked values: what truth and mistakes are computed from.

use std::collections::HashMap;

use super::names::input_of;
use crate::lab::ops::{Kind, Op, vjp};
use crate::lab::program::{Slot, Step};
use crate::lab::random::Stream;
use crate::lab::value::{Order, Proven, Rules, gradients};
use crate::lab::{Array, LabError, Program, Value};
use crate::torch::study::{Claimed, Draw, Given};

/// How much the noise changes a gradient, to see how much of it cancels.
const NOISE: f64 = 1e-6;

/// See the module.
pub(super) struct Case<'a> {
    pub(super) draw: &'a Draw,
    /// The function with detached values as the constants that they are to a gradient.
    pub(super) program: Program,
    /// The value of every slot.
    pub(super) slots: Vec<Value>,
    /// The slot of every value's number.
    numbers: HashMap<u64, Slot>,
}

impl<'a> Case<'a> {
    /// Carries the function out.
    ///
    /// # Errors
    /// If the program and its inputs do not go together.
    pub(super) fn new(draw: &'a Draw) -> Result<Self, LabError> {
        Self::of(draw, frozen(&draw.forward, &draw.inputs)?)
    }

    /// The same draw with another program over the same inputs.
    pub(super) fn of(draw: &'a Draw, program: Program) -> Result<Self, LabError> {
        let mut leaves = Vec::with_capacity(draw.inputs.len());
        for input in &draw.inputs {
            leaves.push(Value::leaf(input.to_tensor()?));
        }
        let slots = program.replay(&leaves)?;
        let numbers = slots
            .iter()
            .enumerate()
            .map(|(slot, value)| (value.number(), slot));
        Ok(Self {
            draw,
            numbers: numbers.collect(),
            slots,
            program,
        })
    }

    /// What is claimed of an input, however its gradient is called.
    pub(super) fn claim(&self, input: usize) -> Option<&'a Claimed> {
        let names = input_names(self.draw);
        let mut claims = self.draw.claims.iter();
        claims.find(|claim| input_of(&claim.input, &names) == Some(input))
    }

    /// The slot that a value was made for.
    pub(super) fn slot(&self, value: &Value) -> Option<Slot> {
        self.numbers.get(&value.number()).copied()
    }

    /// The numbers in a slot.
    pub(super) fn array(&self, slot: Slot) -> Result<Array, LabError> {
        Array::from_tensor(self.slots[slot].tensor())
    }

    /// The gradients of the inputs with these numbers, by these rules, from the draw's upstream gradient or from ones.
    pub(super) fn gradients(
        &self,
        inputs: &[usize],
        rules: &dyn Rules,
        ones: bool,
    ) -> Result<Vec<Option<Array>>, LabError> {
        let leaves: Vec<Value> = inputs
            .iter()
            .map(|&input| self.slots[input].clone())
            .collect();
        let mut ends = Vec::with_capacity(self.program.outputs.len());
        for (&output, upstream) in self.program.outputs.iter().zip(self.upstream(ones)) {
            let kind = self.slots[output].kind();
            if kind.is_float() {
                let upstream = Value::constant(upstream.to_tensor()?).cast(kind)?;
                ends.push((self.slots[output].clone(), upstream));
            }
        }
        gradients(&ends, &leaves, Order::First, rules)?
            .into_iter()
            .map(|gradient| {
                gradient
                    .map(|value| Array::from_tensor(value.tensor()))
                    .transpose()
            })
            .collect()
    }

    /// The gradient of one input; zeros where nothing leads to it.
    pub(super) fn truth(&self, input: usize, ones: bool) -> Result<Array, LabError> {
        let gradient = self.gradients(&[input], &Proven, ones)?.pop().flatten();
        Ok(gradient.unwrap_or_else(|| zeros(&self.draw.inputs[input].dims)))
    }

    /// The size of what adds up to a gradient's entries: far above the gradient where almost all of it cancels.
    pub(super) fn magnitude(&self, input: usize, truth: &Array) -> Result<f64, LabError> {
        let noisy = self
            .gradients(&[input], &Noisy(self), false)?
            .pop()
            .flatten();
        let distance = noisy.and_then(|noisy| super::numbers::worst(&noisy, truth));
        Ok(distance.map_or(0.0, |(_, distance)| distance / NOISE))
    }

    /// The draw's upstream gradients, or ones in their place.
    pub(super) fn upstream(&self, ones: bool) -> Vec<Array> {
        let upstream = self.draw.upstream.iter();
        upstream
            .map(|array| {
                if ones {
                    Array::new(&array.dims, vec![1.0; array.data.len()])
                } else {
                    array.clone()
                }
            })
            .collect()
    }

    /// What a claim of this draw comes to; `None` where it is no tensor.
    pub(super) fn given(&self, claim: &Given, ones: bool) -> Result<Option<Array>, LabError> {
        let Given::Gradient(program) = claim else {
            return Ok(None);
        };
        let values = program.replay(&self.claim_inputs(program, ones)?)?;
        let output = program
            .outputs
            .first()
            .map(|&slot| Array::from_tensor(values[slot].tensor()));
        output.transpose()
    }

    /// What a claim's program is carried out on: the function's inputs, then the upstream gradients.
    pub(super) fn claim_inputs(
        &self,
        program: &Program,
        ones: bool,
    ) -> Result<Vec<Value>, LabError> {
        let upstream = self.upstream(ones);
        let arrays = self.draw.inputs.iter().chain(&upstream);
        let values = arrays.zip(&program.inputs).map(|(array, input)| {
            Value::constant(array.to_tensor()?).cast(match input.kind {
                Kind::F32 => Kind::F32,
                _ => Kind::F64,
            })
        });
        values.collect()
    }
}

/// The names of a draw's inputs.
pub(super) fn input_names(draw: &Draw) -> Vec<&str> {
    let inputs = draw.forward.inputs.iter();
    inputs.map(|input| input.name.as_str()).collect()
}

pub(super) fn zeros(dims: &[usize]) -> Array {
    Array::new(dims, vec![0.0; dims.iter().product()])
}

/// Every entry of every intermediate gradient changed a little, each by a share of its own.
struct Noisy<'a>(&'a Case<'a>);

impl Rules for Noisy<'_> {
    fn vjp(
        &self,
        made: &Value,
        op: &Op,
        inputs: &[Value],
        upstream: &Value,
        wanted: &[bool],
    ) -> Result<Vec<Option<Value>>, LabError> {
        let slot = self.0.slot(made).unwrap_or_default() as u64;
        let count = upstream.dims().iter().product::<usize>() as u64;
        let stream = Stream::seeded(slot, 0x006e_6f69_7365);
        let factors = (0..count).map(|place| 1.0 + NOISE * (2.0 * stream.uniform(place) - 1.0));
        let factors = Array::new(upstream.dims(), factors.collect());
        let factors = Value::constant(factors.to_tensor()?).cast(upstream.kind())?;
        vjp(op, inputs, made, &upstream.mul(&factors)?, wanted)
    }
}

/// A program whose detached values are constants, as they are to a gradient.
fn frozen(program: &Program, inputs: &[Array]) -> Result<Program, LabError> {
    let stops = |step: &Step| matches!(step.op, Op::Detach);
    if !program.steps.iter().any(stops) {
        return Ok(program.clone());
    }
    let values: Result<Vec<Value>, LabError> = inputs
        .iter()
        .map(|input| Ok(Value::constant(input.to_tensor()?)))
        .collect();
    let values = program.replay(&values?)?;
    let mut frozen = program.clone();
    frozen.steps.clear();
    let first = program.first_step();
    for (number, step) in program.steps.iter().enumerate() {
        if stops(step) {
            frozen
                .constants
                .push(Array::from_tensor(values[first + number].tensor())?);
        }
    }
    let mut places: Vec<Slot> = (0..first).collect();
    let mut constants = first;
    for step in &program.steps {
        if stops(step) {
            places.push(constants);
            constants += 1;
        } else {
            places.push(frozen.first_step() + frozen.steps.len());
            let inputs = step.inputs.iter().map(|&slot| places[slot]).collect();
            frozen.steps.push(Step {
                op: step.op.clone(),
                inputs,
            });
        }
    }
    frozen.outputs = program.outputs.iter().map(|&slot| places[slot]).collect();
    Ok(frozen)
}
