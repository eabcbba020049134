//! A cross-entropy whose predictions may leave (0, 1): which share does, and the answer with a sigmoid before it.

use super::case::Case;
use super::numbers::is_finite;
use super::suspects::predictions::predictions;
use crate::lab::ops::{Op, Unary};
use crate::lab::program::{Slot, Step};
use crate::lab::random::Stream;
use crate::lab::{Array, LabError, Program, Value};

/// Draws of normal numbers for the share of predictions outside.
const DRAWS: u64 = 20;

/// What there is to say about predictions that no sigmoid keeps inside (0, 1).
#[derive(Debug, Clone)]
pub(super) struct Outside {
    /// The prediction's slot.
    pub(super) slot: Slot,
    /// The share outside on the draws themselves.
    pub(super) here: f64,
    /// The share outside where every input is normal.
    pub(super) normal: f64,
}

/// Looks for such predictions: log p and log(1 − p) are taken of a value that can be anything.
///
/// # Errors
/// If the program cannot be carried out.
pub(super) fn outside(cases: &[Case], seed: u64) -> Result<Option<Outside>, LabError> {
    let case = &cases[0];
    let Some(&slot) = predictions(case)
        .iter()
        .find(|slot| !bounded(&case.program, **slot))
    else {
        return Ok(None);
    };
    let mut here = Share::default();
    for case in cases {
        here.count(&case.array(slot)?);
    }
    let mut normal = Share::default();
    for draw in 0..DRAWS {
        let mut inputs = Vec::with_capacity(case.draw.inputs.len());
        for (number, input) in (0..).zip(&case.draw.inputs) {
            let stream = Stream::seeded(seed, (draw << 16) + number);
            let data = (0..input.data.len() as u64).map(|place| stream.normal(place));
            inputs.push(Value::constant(
                Array::new(&input.dims, data.collect()).to_tensor()?,
            ));
        }
        let values = case.program.replay(&inputs)?;
        normal.count(&Array::from_tensor(values[slot].tensor())?);
    }
    let (here, normal) = (here.of_all(), normal.of_all());
    Ok((normal > 0.0 || here > 0.0).then_some(Outside { slot, here, normal }))
}

/// Whether the operation that makes a slot keeps it inside (0, 1).
fn bounded(program: &Program, slot: Slot) -> bool {
    program.step(slot).is_some_and(|step| {
        matches!(
            step.op,
            Op::Unary(Unary::Sigmoid)
                | Op::Softmax(_)
                | Op::Clamp {
                    low: Some(_),
                    high: Some(_)
                }
        )
    })
}

#[derive(Default)]
struct Share {
    outside: f64,
    all: f64,
}

impl Share {
    fn count(&mut self, predictions: &Array) {
        for p in &predictions.data {
            self.all += 1.0;
            if !(*p > 0.0 && *p < 1.0) {
                self.outside += 1.0;
            }
        }
    }

    fn of_all(&self) -> f64 {
        if self.all > 0.0 {
            self.outside / self.all
        } else {
            0.0
        }
    }
}

/// The program with a sigmoid on a slot, for all that read it.
pub(super) fn with_sigmoid(program: &Program, slot: Slot) -> Program {
    let first = program.first_step();
    let after = (slot + 1).max(first);
    let place = |other: Slot| if other >= after { other + 1 } else { other };
    let mut headed = program.clone();
    headed.steps.clear();
    for (number, step) in (first..).zip(&program.steps) {
        if number == after {
            headed.steps.push(Step {
                op: Op::Unary(Unary::Sigmoid),
                inputs: vec![slot],
            });
        }
        let reads = |other: &Slot| {
            if *other == slot && number >= after {
                after
            } else {
                place(*other)
            }
        };
        headed.steps.push(Step {
            op: step.op.clone(),
            inputs: step.inputs.iter().map(reads).collect(),
        });
    }
    headed.outputs = program
        .outputs
        .iter()
        .map(|output| place(*output))
        .collect();
    headed
}

/// The function on every draw with a sigmoid on its predictions, where it is then a number.
///
/// # Errors
/// If the program cannot be carried out.
pub(super) fn headed<'a>(
    cases: &[Case<'a>],
    slot: Slot,
) -> Result<Option<Vec<Case<'a>>>, LabError> {
    let mut headed = Vec::with_capacity(cases.len());
    for case in cases {
        let case = Case::of(case.draw, with_sigmoid(&case.program, slot))?;
        for &output in &case.program.outputs {
            if !is_finite(&case.array(output)?) {
                return Ok(None);
            }
        }
        headed.push(case);
    }
    Ok(Some(headed))
}
