//! A program at the point of its inputs: every slot's value, and what the replay of a change reads of it.

use std::borrow::Cow;

use candle_core::{DType, Tensor};

use super::region::Region;
use crate::lab::ops::{self, Kind, Op};
use crate::lab::program::{Program, Slot, Step};
use crate::lab::{Array, LabError};

/// A program carried out once, in float64.
pub(super) struct Base {
    /// The number of slots before the first step.
    pub(super) first_step: usize,
    /// Its steps; 32-bit floats have become 64-bit ones.
    pub(super) steps: Vec<Step>,
    /// The value of every slot.
    values: Vec<Tensor>,
    /// The numbers that the step's index operand holds, where it has one.
    indices: Vec<Option<Vec<usize>>>,
    /// The last step that reads a slot.
    pub(super) last_reader: Vec<usize>,
    /// The outputs whose upstream gradient is given: where, and that.
    pub(super) ends: Vec<(Slot, Tensor)>,
}

impl Base {
    /// Carries the program out.
    pub(super) fn new(
        program: &Program,
        inputs: &[Array],
        upstream: &[Array],
    ) -> Result<Self, LabError> {
        let values = values(program, inputs)?;
        let mut base = Self {
            first_step: program.first_step(),
            steps: program.steps.iter().map(wide).collect(),
            indices: Vec::with_capacity(program.steps.len()),
            last_reader: vec![0; values.len()],
            ends: Vec::new(),
            values,
        };
        for (number, step) in base.steps.iter().enumerate() {
            for &slot in &step.inputs {
                base.last_reader[slot] = number;
            }
            let index = match step.op {
                Op::IndexSelect(_)
                | Op::IndexAdd { .. }
                | Op::Gather(_)
                | Op::ScatterAdd { .. } => Some(places(&base.values[step.inputs[1]])?),
                _ => None,
            };
            base.indices.push(index);
        }
        if upstream.len() != program.outputs.len() {
            return Err(LabError::shape(
                "differences",
                format!(
                    "{} outputs have {} upstream gradients",
                    program.outputs.len(),
                    upstream.len()
                ),
            ));
        }
        for (&slot, gradient) in program.outputs.iter().zip(upstream) {
            if !base.kind(slot).is_float() {
                continue;
            }
            if base.dims(slot) != gradient.dims {
                return Err(LabError::shape(
                    "differences",
                    format!(
                        "an output of shape {:?} has an upstream gradient of shape {:?}",
                        base.dims(slot),
                        gradient.dims
                    ),
                ));
            }
            // Read to the end.
            base.last_reader[slot] = usize::MAX;
            let gradient = Array::new(&gradient.dims, gradient.data.clone());
            base.ends.push((slot, gradient.to_tensor()?));
        }
        Ok(base)
    }

    pub(super) fn dims(&self, slot: Slot) -> &[usize] {
        self.values[slot].dims()
    }

    pub(super) fn kind(&self, slot: Slot) -> Kind {
        Kind::of(self.values[slot].dtype())
    }

    pub(super) fn value(&self, slot: Slot) -> &Tensor {
        &self.values[slot]
    }

    /// The slot of a step's result.
    pub(super) fn slot(&self, step: usize) -> Slot {
        self.first_step + step
    }

    /// The numbers that a step's index operand holds; none where it has no index.
    pub(super) fn index(&self, step: usize) -> &[usize] {
        self.indices[step].as_deref().unwrap_or_default()
    }

    /// The rounding of the function's value: 2ε of `Σ |upstream · output|`.
    pub(super) fn rounding(&self) -> f64 {
        let size = |(slot, upstream): &(Slot, Tensor)| {
            let product = (&self.values[*slot] * upstream)?;
            product.abs()?.sum_all()?.to_scalar::<f64>()
        };
        let sizes = self.ends.iter().map(size);
        let sizes = sizes.map(|size| size.unwrap_or(0.0));
        2.0 * f64::EPSILON * sizes.filter(|size| size.is_finite()).sum::<f64>()
    }

    /// A box of a slot's value, contiguous, with a first axis of size 1 that stands for all members of a batch.
    pub(super) fn part(&self, slot: Slot, region: &Region) -> candle_core::Result<Tensor> {
        let mut part = self.values[slot].clone();
        for (axis, span) in region.0.iter().enumerate() {
            part = part.narrow(axis, span.start, span.len)?;
        }
        part.contiguous()?.unsqueeze(0)
    }
}

/// The value of every slot, floats as float64.
pub(super) fn values(program: &Program, inputs: &[Array]) -> Result<Vec<Tensor>, LabError> {
    if inputs.len() != program.inputs.len() {
        return Err(LabError::shape(
            "differences",
            format!(
                "{} inputs are given, {} are needed",
                inputs.len(),
                program.inputs.len()
            ),
        ));
    }
    let mut values = Vec::with_capacity(program.first_step() + program.steps.len());
    for array in inputs.iter().chain(&program.constants) {
        values.push(widened(array).to_tensor()?);
    }
    for step in &program.steps {
        let operands: Vec<&Tensor> = step.inputs.iter().map(|&slot| &values[slot]).collect();
        values.push(ops::evaluate(&wide(step).op, &operands)?);
    }
    Ok(values)
}

fn widened(array: &Array) -> Cow<'_, Array> {
    if array.kind == Kind::F32 {
        Cow::Owned(Array::new(&array.dims, array.data.clone()))
    } else {
        Cow::Borrowed(array)
    }
}

fn wide(step: &Step) -> Step {
    let mut step = step.clone();
    if step.op == Op::Cast(Kind::F32) {
        step.op = Op::Cast(Kind::F64);
    }
    step
}

/// An index's numbers; the evaluation has refused those outside.
fn places(index: &Tensor) -> Result<Vec<usize>, LabError> {
    let numbers = index
        .to_dtype(DType::I64)
        .and_then(|index| index.flatten_all()?.to_vec1::<i64>())
        .map_err(|error| LabError::engine("index", &error))?;
    Ok(numbers
        .into_iter()
        .map(|number| usize::try_from(number).unwrap_or(0))
        .collect())
}
