//! A program at a point: the value of every slot, and where it leaves what its operations are defined for.

use candle_core::{DType, Tensor};

use super::base::values;
use crate::lab::ops::Op;
use crate::lab::program::{Program, Slot};
use crate::lab::{Array, LabError};

/// How many places are named.
const EXAMPLES: usize = 3;

/// The value of every slot of a program, in float64.
pub struct Point {
    values: Vec<Tensor>,
}

/// Where a program first makes a number that is not finite out of finite ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Departure {
    /// The slot of the result.
    pub slot: Slot,
    /// The operation, as PyTorch calls it.
    pub operation: &'static str,
    /// The share of the result's elements that are not finite.
    pub share: f64,
    /// The first of them.
    pub examples: Vec<Offence>,
    /// Whether an output of the program is not finite either.
    pub reaches_output: bool,
}

/// One element that is not finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Offence {
    /// Where it stands, axis by axis.
    pub place: Vec<usize>,
    /// What it is.
    pub result: f64,
    /// The operands' elements that it was made from, where the operation goes element by element.
    pub operands: Vec<f64>,
}

impl Point {
    /// Carries a program out.
    ///
    /// # Errors
    /// If the arrays do not fit the program, or the engine fails.
    pub fn new(program: &Program, inputs: &[Array]) -> Result<Self, LabError> {
        Ok(Self {
            values: values(program, inputs)?,
        })
    }

    /// The value of a slot.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn value(&self, slot: Slot) -> Result<Array, LabError> {
        Array::from_tensor(&self.values[slot])
    }

    /// The first step whose result is not finite although its operands are, or is NaN although they are not: the
    /// logarithm of a negative number, say. A mask of −∞ that is added on purpose is none.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn departure(&self, program: &Program) -> Result<Option<Departure>, LabError> {
        for (number, step) in program.steps.iter().enumerate() {
            let slot = program.first_step() + number;
            let result = Strangers::of(&self.values[slot])?;
            let mut operands = Strangers::default();
            for &operand in &step.inputs {
                let other = Strangers::of(&self.values[operand])?;
                operands.infinite |= other.infinite;
                operands.undefined |= other.undefined;
            }
            let known = operands.undefined || (operands.infinite && !result.undefined);
            if known || !(result.infinite || result.undefined) {
                continue;
            }
            let mut reaches_output = false;
            for &output in &program.outputs {
                let output = Strangers::of(&self.values[output])?;
                reaches_output |= output.infinite || output.undefined;
            }
            let (share, examples) = self.offences(slot, &step.op, &step.inputs)?;
            return Ok(Some(Departure {
                slot,
                operation: step.op.name(),
                share,
                examples,
                reaches_output,
            }));
        }
        Ok(None)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of elements is far below 2⁵³"
    )]
    fn offences(
        &self,
        slot: Slot,
        op: &Op,
        inputs: &[Slot],
    ) -> Result<(f64, Vec<Offence>), LabError> {
        let result = self.value(slot)?;
        let strange: Vec<usize> = (0..result.data.len())
            .filter(|&place| !result.data[place].is_finite())
            .collect();
        let share = strange.len() as f64 / result.data.len().max(1) as f64;
        let mut operands = Vec::new();
        if element_by_element(op) {
            for &input in inputs {
                let spread = self.values[input]
                    .broadcast_as(result.dims.as_slice())
                    .map_err(|error| LabError::engine(op.name(), &error))?;
                operands.push(Array::from_tensor(&spread)?);
            }
        }
        let offence = |&place: &usize| Offence {
            place: result.place(place),
            result: result.data[place],
            operands: operands.iter().map(|operand| operand.data[place]).collect(),
        };
        Ok((share, strange.iter().take(EXAMPLES).map(offence).collect()))
    }
}

fn element_by_element(op: &Op) -> bool {
    matches!(
        op,
        Op::Unary(_)
            | Op::Power(_)
            | Op::Affine { .. }
            | Op::Clamp { .. }
            | Op::LeakyRelu(_)
            | Op::Elu(_)
            | Op::Binary(_)
            | Op::Where
            | Op::Cast(_)
    )
}

/// Whether a tensor holds numbers that are not finite.
#[derive(Debug, Clone, Copy, Default)]
struct Strangers {
    infinite: bool,
    undefined: bool,
}

impl Strangers {
    fn of(tensor: &Tensor) -> Result<Self, LabError> {
        if !tensor.dtype().is_float() {
            return Ok(Self::default());
        }
        let engine = |error: candle_core::Error| LabError::engine("domain", &error);
        // What is finite everywhere is told by one pass: x − x is 0 or NaN.
        let sum = tensor
            .sub(tensor)
            .and_then(|zero| zero.sum_all()?.to_dtype(DType::F64)?.to_scalar::<f64>())
            .map_err(engine)?;
        if sum == 0.0 {
            return Ok(Self::default());
        }
        let data = Array::from_tensor(tensor)?.data;
        Ok(Self {
            infinite: data.iter().any(|x| x.is_infinite()),
            undefined: data.iter().any(|x| x.is_nan()),
        })
    }
}
