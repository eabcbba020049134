//! The changes that are possible at a step of a claim.

use super::Search;
use super::edits::{Edit, Source};
use crate::lab::ops::{Binary, Op, Unary};
use crate::lab::program::{Slot, Step};
use crate::lab::{Program, Value};
use crate::questions::grad_check::numbers::choices;

/// The changes that are possible at a step.
pub(super) fn of_step(
    search: &Search,
    program: &Program,
    values: &[Value],
    number: usize,
) -> Vec<Edit> {
    let step = &program.steps[number];
    let before = program.first_step() + number;
    let dims = |slot: Slot| values[slot].dims();
    let mut edits = of_operation(step, dims(step.inputs[0]).len());
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

/// Other operations, and other settings of the same one; `rank` is the number of the first operand's axes.
fn of_operation(step: &Step, rank: usize) -> Vec<Edit> {
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
            for over in choices(rank) {
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
            for other in (0..rank).filter(|other| other != axis) {
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
    edits
}
