//! One change of the claim's own formula that makes it right: what to change, where no wrong rule is known.

use super::{Search, Suspect, edit_steps, edit_words};
use crate::lab::ops::{Op, Unary};
use crate::lab::program::{Slot, Step};
use crate::lab::{Array, LabError, Program, Value};
use crate::questions::grad_check::numbers::near;
use crate::torch::study::Given;

/// Steps of a claim up to which its edits are tried.
const MOST_STEPS: usize = 150;

/// A change at one step.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Edit {
    /// Another operation on the same operands.
    Op(Op),
    /// The operands exchanged.
    Swapped,
    /// An operand transposed.
    Transposed(usize),
    /// Another value of the claim, or of the function, as an operand.
    Operand(usize, Source),
    /// The step left out: its operand in place of its result.
    Through(usize),
    /// The result multiplied by a value of the claim or the function.
    Times(Source),
    /// A function applied to the result.
    Then(Unary),
}

/// A value that a claim might read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Source {
    /// Of the claim, before the step.
    Claim(Slot),
    /// Of the function.
    Function(Slot),
}

/// The single changes that make the claim right on every draw; the first of each kind.
pub(super) fn edits(search: &Search, claims: &[Option<&Given>]) -> Vec<Suspect> {
    let programs: Option<Vec<&Program>> = claims
        .iter()
        .map(|claim| match claim {
            Some(Given::Gradient(program)) => Some(program),
            _ => None,
        })
        .collect();
    let Some(programs) = programs.filter(|programs| !programs.is_empty()) else {
        return Vec::new();
    };
    let first = programs[0];
    let alike = programs
        .iter()
        .all(|program| program.steps.len() == first.steps.len());
    if !alike || first.steps.is_empty() || first.steps.len() > MOST_STEPS {
        return Vec::new();
    }
    let Ok(values) = search.cases[0]
        .claim_inputs(first, false)
        .and_then(|inputs| first.replay(&inputs))
    else {
        return Vec::new();
    };
    let mut found: Vec<Suspect> = Vec::new();
    for number in 0..first.steps.len() {
        for edit in edit_steps::of_step(search, first, &values, number) {
            if !search.afford() {
                return found;
            }
            let makes_right = programs.iter().enumerate().all(|(draw, program)| {
                let changed = changed(search, draw, program, number, &edit);
                let truth = &search.truth().arrays[draw];
                matches!(changed, Ok(array) if near(&array, truth, search.allowed[draw]))
            });
            if makes_right {
                let suspect = edit_words::named(search, first, number, &edit);
                if found.iter().all(|known| known.code != suspect.code) {
                    found.push(suspect);
                }
            }
        }
    }
    found
}

/// What the claim comes to with a change.
fn changed(
    search: &Search,
    draw: usize,
    program: &Program,
    number: usize,
    edit: &Edit,
) -> Result<Array, LabError> {
    let case = &search.cases[draw];
    let mut values = Vec::with_capacity(program.first_step() + program.steps.len());
    values.extend(case.claim_inputs(program, false)?);
    for constant in &program.constants {
        values.push(Value::constant(constant.to_tensor()?));
    }
    for (at, step) in program.steps.iter().enumerate() {
        let value = if at == number {
            edited(search, draw, step, &values, edit)?
        } else {
            let operands: Vec<&Value> = step.inputs.iter().map(|&slot| &values[slot]).collect();
            Value::apply(step.op.clone(), &operands)?
        };
        values.push(value);
    }
    let output = *program.outputs.first().unwrap_or(&0);
    Array::from_tensor(values[output].tensor())
}

fn edited(
    search: &Search,
    draw: usize,
    step: &Step,
    values: &[Value],
    edit: &Edit,
) -> Result<Value, LabError> {
    let read = |source: Source| match source {
        Source::Claim(slot) => values[slot].clone(),
        Source::Function(slot) => search.cases[draw].slots[slot].untracked(),
    };
    let mut operands: Vec<Value> = step
        .inputs
        .iter()
        .map(|&slot| values[slot].clone())
        .collect();
    let mut op = step.op.clone();
    match edit {
        Edit::Op(other) => op = other.clone(),
        Edit::Swapped => operands.reverse(),
        Edit::Transposed(place) => operands[*place] = operands[*place].transposed()?,
        Edit::Operand(place, source) => operands[*place] = read(*source),
        Edit::Through(place) => return Ok(operands.swap_remove(*place)),
        Edit::Times(_) | Edit::Then(_) => {}
    }
    let operands: Vec<&Value> = operands.iter().collect();
    let value = Value::apply(op, &operands)?;
    match edit {
        Edit::Times(source) => value.mul(&read(*source)),
        Edit::Then(function) => value.unary(*function),
        _ => Ok(value),
    }
}
