//! A computation written down: inputs, constants, and operations each after what it reads.
//!
//! Running a function once on tracked values leaves a graph; a [`Program`] is that graph as data. It can be replayed on
//! other inputs, differentiated, changed at one step, and sent from one process to another, without the language that it
//! was written in.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::ops::{Kind, Op};
use super::value::Value;
use super::{Array, LabError};

/// A number in the one count of a program's inputs, constants and steps, in this order.
pub type Slot = usize;

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Program {
    /// What it is a function of.
    pub inputs: Vec<Input>,
    /// Tensors that do not depend on the inputs.
    pub constants: Vec<Array>,
    /// Operations, each after what it reads.
    pub steps: Vec<Step>,
    /// What it returns.
    pub outputs: Vec<Slot>,
}

/// A program as it was read: it may come from a sandbox, and is believed only once every slot has been looked at.
#[derive(Deserialize)]
struct Written {
    inputs: Vec<Input>,
    constants: Vec<Array>,
    steps: Vec<Step>,
    outputs: Vec<Slot>,
}

impl TryFrom<Written> for Program {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written {
            inputs,
            constants,
            steps,
            outputs,
        } = written;
        let program = Self {
            inputs,
            constants,
            steps,
            outputs,
        };
        let first = program.first_step();
        let mut reads = (first..).zip(&program.steps);
        let ahead = reads.any(|(own, step)| step.inputs.iter().any(|&slot| slot >= own));
        let end = first + program.steps.len();
        if ahead || program.outputs.iter().any(|&slot| slot >= end) {
            return Err("a program reads what it has not computed");
        }
        Ok(program)
    }
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub dims: Vec<usize>,
    /// The kind of its numbers.
    pub kind: Kind,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What is done.
    pub op: Op,
    /// With what.
    pub inputs: Vec<Slot>,
}

impl Program {
    /// Writes down how outputs were made from inputs. What does not depend on them is a constant.
    ///
    /// # Errors
    /// If a function with a backward of its own lies between, whose operations are not known.
    pub fn capture(inputs: &[(String, Value)], outputs: &[Value]) -> Result<Self, LabError> {
        let mut writer = Writer::default();
        let mut listed = Vec::with_capacity(inputs.len());
        for (name, value) in inputs {
            writer
                .known
                .insert(value.number(), Place::Input(listed.len()));
            listed.push(Input {
                name: name.clone(),
                dims: value.dims().to_vec(),
                kind: value.kind(),
            });
        }
        for value in Value::history(outputs) {
            if writer.known.contains_key(&value.number()) || !writer.depends(&value) {
                continue;
            }
            let Some((op, operands)) = value.made_by() else {
                return Err(LabError::NoGradient {
                    operation: "autograd.Function",
                    message: "it has a backward of its own, whose operations are not known"
                        .to_owned(),
                });
            };
            let mut places = Vec::with_capacity(operands.len());
            for operand in operands {
                places.push(writer.place(operand)?);
            }
            writer
                .known
                .insert(value.number(), Place::Step(writer.steps.len()));
            writer.steps.push((op.clone(), places));
        }
        let mut ends = Vec::with_capacity(outputs.len());
        for output in outputs {
            ends.push(writer.place(output)?);
        }
        let slot = |place: &Place| match place {
            Place::Input(number) => *number,
            Place::Constant(number) => listed.len() + number,
            Place::Step(number) => listed.len() + writer.constants.len() + number,
        };
        let steps = writer.steps.iter().map(|(op, places)| Step {
            op: op.clone(),
            inputs: places.iter().map(slot).collect(),
        });
        Ok(Self {
            steps: steps.collect(),
            outputs: ends.iter().map(slot).collect(),
            inputs: listed,
            constants: writer.constants,
        })
    }

    /// The number of slots before the first step.
    pub fn first_step(&self) -> usize {
        self.inputs.len() + self.constants.len()
    }

    /// The step in a slot, if there is one.
    pub fn step(&self, slot: Slot) -> Option<&Step> {
        self.steps.get(slot.checked_sub(self.first_step())?)
    }

    /// Carries it out: the value of every slot. Where an input is tracked, so is what depends on it.
    ///
    /// # Errors
    /// If the inputs do not fit, or the engine fails.
    pub fn replay(&self, inputs: &[Value]) -> Result<Vec<Value>, LabError> {
        if inputs.len() != self.inputs.len() {
            let (needed, given) = (self.inputs.len(), inputs.len());
            let message = format!("{needed} inputs are needed, not {given}");
            return Err(LabError::shape("replay", message));
        }
        let mut values: Vec<Value> = Vec::with_capacity(self.first_step() + self.steps.len());
        values.extend(inputs.iter().cloned());
        for constant in &self.constants {
            values.push(Value::constant(constant.to_tensor()?));
        }
        for step in &self.steps {
            let operands = step.inputs.iter().map(|&slot| {
                let missing = || LabError::shape("replay", format!("nothing is in slot {slot}"));
                values.get(slot).ok_or_else(missing)
            });
            let operands: Vec<&Value> = operands.collect::<Result<_, _>>()?;
            values.push(Value::apply(step.op.clone(), &operands)?);
        }
        Ok(values)
    }

    /// Which slots depend on the input with this number.
    pub fn dependents(&self, input: usize) -> Vec<bool> {
        let mut depends = vec![false; self.first_step()];
        depends[input] = true;
        for step in &self.steps {
            depends.push(step.inputs.iter().any(|&slot| depends[slot]));
        }
        depends
    }
}

#[derive(Clone, Copy)]
enum Place {
    Input(usize),
    Constant(usize),
    Step(usize),
}

#[derive(Default)]
struct Writer {
    known: HashMap<u64, Place>,
    constants: Vec<Array>,
    steps: Vec<(Op, Vec<Place>)>,
}

impl Writer {
    /// Whether a value was made from an input: its operands have been seen before it.
    fn depends(&self, value: &Value) -> bool {
        value.parents().iter().any(|parent| {
            matches!(
                self.known.get(&parent.number()),
                Some(Place::Input(_) | Place::Step(_))
            )
        })
    }

    fn place(&mut self, value: &Value) -> Result<Place, LabError> {
        if let Some(place) = self.known.get(&value.number()) {
            return Ok(*place);
        }
        let place = Place::Constant(self.constants.len());
        self.constants.push(Array::from_tensor(value.tensor())?);
        self.known.insert(value.number(), place);
        Ok(place)
    }
}
