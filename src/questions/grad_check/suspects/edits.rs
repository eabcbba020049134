//! One change of the claim's own formula that makes it right: what to change, where no wrong rule is known.

use super::factors::same;
use super::{Search, Suspect};
use crate::lab::ops::{Binary, Op, Unary};
use crate::lab::program::{Slot, Step};
use crate::lab::{Array, LabError, Program, Value};
use crate::questions::grad_check::numbers::near;
use crate::questions::grad_check::wording::{Words, rounded};
use crate::torch::study::Given;

/// Steps of a claim up to which its edits are tried.
const MOST_STEPS: usize = 150;

/// A change at one step.
#[derive(Debug, Clone, PartialEq)]
enum Edit {
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
enum Source {
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
        for edit in of_step(search, first, &values, number) {
            if !search.afford() {
                return found;
            }
            let makes_right = programs.iter().enumerate().all(|(draw, program)| {
                let changed = changed(search, draw, program, number, &edit);
                let truth = &search.truth().arrays[draw];
                matches!(changed, Ok(array) if near(&array, truth, search.allowed[draw]))
            });
            if makes_right {
                let suspect = named(search, first, number, &edit);
                if found.iter().all(|known| known.code != suspect.code) {
                    found.push(suspect);
                }
            }
        }
    }
    found
}

/// The changes that are possible at a step.
fn of_step(search: &Search, program: &Program, values: &[Value], number: usize) -> Vec<Edit> {
    let step = &program.steps[number];
    let before = program.first_step() + number;
    let dims = |slot: Slot| values[slot].dims();
    let mut edits = Vec::new();
    match &step.op {
        Op::MatMul => {
            edits.extend([Edit::Op(Op::Binary(Binary::Mul)), Edit::Swapped]);
            edits.extend([Edit::Transposed(0), Edit::Transposed(1)]);
        }
        Op::Binary(function) => {
            edits.extend([
                Edit::Op(Op::MatMul),
                Edit::Swapped,
                Edit::Transposed(0),
                Edit::Transposed(1),
            ]);
            let others = [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div];
            edits.extend(
                others
                    .into_iter()
                    .filter(|other| other != function)
                    .map(|other| Edit::Op(Op::Binary(other))),
            );
        }
        Op::Sum { axes, keep } => {
            let rank = dims(step.inputs[0]).len();
            for over in crate::questions::grad_check::numbers::choices(rank) {
                let other: Vec<usize> = (0..rank).filter(|axis| over[*axis]).collect();
                for keep in [*keep, !*keep] {
                    if other != *axes || keep != matches!(step.op, Op::Sum { keep: true, .. }) {
                        edits.push(Edit::Op(Op::Sum {
                            axes: other.clone(),
                            keep,
                        }));
                    }
                }
            }
        }
        Op::Affine { scale, shift } => {
            for (scale, shift) in [
                (-scale, *shift),
                (*scale, -shift),
                (-scale, -shift),
                (*scale, 0.0),
                (*scale, 1.0),
                (1.0, *shift),
            ] {
                edits.push(Edit::Op(Op::Affine { scale, shift }));
            }
        }
        Op::Unary(function) => {
            for other in [
                Unary::Tanh,
                Unary::Sigmoid,
                Unary::Exp,
                Unary::Log,
                Unary::Sin,
                Unary::Cos,
                Unary::Sqrt,
            ] {
                if other != *function {
                    edits.push(Edit::Op(Op::Unary(other)));
                }
            }
        }
        Op::Power(exponent) => {
            edits.extend([1.0, -1.0, 2.0, -2.0].map(|more| Edit::Op(Op::Power(exponent + more))));
        }
        Op::Softmax(axis) | Op::CumSum { axis, .. } => {
            for other in (0..dims(step.inputs[0]).len()).filter(|other| other != axis) {
                edits.push(Edit::Op(match &step.op {
                    Op::CumSum { reverse, .. } => Op::CumSum {
                        axis: other,
                        reverse: *reverse,
                    },
                    _ => Op::Softmax(other),
                }));
            }
        }
        _ => {}
    }
    for place in 0..step.inputs.len() {
        edits.push(Edit::Through(place));
    }
    edits.extend([Unary::Neg, Unary::Reciprocal, Unary::Exp].map(Edit::Then));
    let case = &search.cases[0];
    let sources = |dims: &[usize]| -> Vec<Source> {
        let of_claim = (0..before)
            .filter(|slot| values[*slot].dims() == dims && values[*slot].kind().is_float());
        let of_function = (case.program.first_step()..case.slots.len())
            .filter(|slot| case.slots[*slot].dims() == dims && case.slots[*slot].kind().is_float());
        of_claim
            .map(Source::Claim)
            .chain(of_function.map(Source::Function))
            .collect()
    };
    for (place, &operand) in step.inputs.iter().enumerate() {
        if !dims(operand).is_empty() {
            let others = sources(dims(operand))
                .into_iter()
                .filter(|source| *source != Source::Claim(operand));
            edits.extend(others.map(|source| Edit::Operand(place, source)));
        }
    }
    if !dims(before).is_empty() {
        edits.extend(sources(dims(before)).into_iter().map(Edit::Times));
    }
    edits
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

fn named(search: &Search, program: &Program, number: usize, edit: &Edit) -> Suspect {
    let words = Words::new(program);
    let function = Words::of(&search.cases[0]);
    let step = &program.steps[number];
    let here = words.slot(program.first_step() + number);
    let operand = |place: usize| words.slot(step.inputs[place]);
    let read = |source: &Source| match source {
        Source::Claim(slot) => words.slot(*slot),
        Source::Function(slot) => function.slot(*slot),
    };
    let (code, title) = match edit {
        Edit::Op(Op::MatMul) => (
            "elementwise-for-matmul",
            format!("an element-wise product `{here}` where a matrix product belongs"),
        ),
        Edit::Op(Op::Binary(Binary::Mul)) if step.op == Op::MatMul => (
            "matmul-for-elementwise",
            format!("a matrix product `{here}` where an element-wise one belongs"),
        ),
        Edit::Op(Op::Binary(other)) => (
            "wrong-operation",
            format!(
                "`{here}` with {} where {} belongs",
                step.op.name(),
                other.name()
            ),
        ),
        Edit::Op(Op::Sum { axes, keep }) => {
            let Op::Sum { axes: given, .. } = &step.op else {
                return Suspect::new("wrong-operation", format!("a sum in place of `{here}`"));
            };
            let list = |axes: &[usize]| {
                axes.iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            if axes == given {
                let text = if *keep { "dropping" } else { "keeping" };
                (
                    "reshaped",
                    format!("{text} the axes that `{here}` sums over"),
                )
            } else {
                (
                    "wrong-axis",
                    format!(
                        "`{here}` summed over axis {}, where it is {}",
                        list(given),
                        list(axes)
                    ),
                )
            }
        }
        Edit::Op(Op::Affine { scale, shift }) => {
            let Op::Affine {
                scale: given,
                shift: added,
            } = &step.op
            else {
                return Suspect::new("wrong-operation", format!("`{here}`"));
            };
            if same(*scale, -given, 1e-12) || same(*shift, -added, 1e-12) && *added != 0.0 {
                ("sign", format!("a wrong sign in `{here}`"))
            } else if same(*shift, *added, 1e-12) {
                (
                    "constant-factor",
                    format!("the factor {} in `{here}`", rounded(*given)),
                )
            } else {
                (
                    "wrong-operation",
                    format!(
                        "`{here}` with {} added where {} is",
                        rounded(*added),
                        rounded(*shift)
                    ),
                )
            }
        }
        Edit::Op(Op::Softmax(axis) | Op::CumSum { axis, .. }) => (
            "wrong-axis",
            format!("`{here}` along the wrong axis: it is {axis}"),
        ),
        Edit::Op(other) => (
            "wrong-operation",
            format!("`{here}` where {} belongs", other.name()),
        ),
        Edit::Swapped => (
            "wrong-operand",
            format!("the operands of `{here}` exchanged"),
        ),
        Edit::Transposed(place) => (
            "not-transposed",
            format!("`{}` where its transpose belongs", operand(*place)),
        ),
        Edit::Operand(place, source) => (
            "wrong-operand",
            format!(
                "reading `{}` where `{}` belongs",
                operand(*place),
                read(source)
            ),
        ),
        Edit::Through(place) => match &step.op {
            Op::Binary(Binary::Add | Binary::Sub) => {
                let extra = step
                    .inputs
                    .get(1 - place)
                    .map(|slot| words.slot(*slot))
                    .unwrap_or_default();
                ("extra-term", format!("the extra term `{extra}`"))
            }
            Op::Permute(_) => (
                "not-transposed",
                format!("`{here}` where `{}` itself belongs", operand(*place)),
            ),
            _ => (
                "extra-factor",
                format!("`{here}` where `{}` alone belongs", operand(*place)),
            ),
        },
        Edit::Times(source) => (
            "operand-missing",
            format!("leaving the factor `{}` out of `{here}`", read(source)),
        ),
        Edit::Then(Unary::Neg) => ("sign", format!("the opposite sign of `{here}`")),
        Edit::Then(function) => (
            "wrong-operation",
            format!("`{here}` without {}", function.name()),
        ),
    };
    Suspect::new(code, title)
}
