//! A change that makes a claim right, in words.

use super::edits::{Edit, Source};
use super::factors::same;
use super::{Search, Suspect};
use crate::lab::Program;
use crate::lab::ops::{Binary, Op, Unary};
use crate::lab::program::Step;
use crate::questions::grad_check::wording::{Words, rounded};

/// What is wrong where this change makes the claim right.
pub(super) fn named(search: &Search, program: &Program, number: usize, edit: &Edit) -> Suspect {
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
        Edit::Op(other) => return of_operation(step, other, &here),
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

/// Another operation, or another setting of the same one.
fn of_operation(step: &Step, right: &Op, here: &str) -> Suspect {
    let (code, title) = match right {
        Op::MatMul => (
            "elementwise-for-matmul",
            format!("an element-wise product `{here}` where a matrix product belongs"),
        ),
        Op::Binary(Binary::Mul) if step.op == Op::MatMul => (
            "matmul-for-elementwise",
            format!("a matrix product `{here}` where an element-wise one belongs"),
        ),
        Op::Binary(other) => (
            "wrong-operation",
            format!(
                "`{here}` with {} where {} belongs",
                step.op.name(),
                other.name()
            ),
        ),
        Op::Sum { axes, keep } => {
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
        Op::Affine { scale, shift } => {
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
        Op::Softmax(axis) | Op::CumSum { axis, .. } => (
            "wrong-axis",
            format!("`{here}` along the wrong axis: it is {axis}"),
        ),
        other => (
            "wrong-operation",
            format!("`{here}` where {} belongs", other.name()),
        ),
    };
    Suspect::new(code, title)
}
