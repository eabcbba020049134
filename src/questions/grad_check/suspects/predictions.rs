//! Predictions of a cross-entropy: what both log p and log(1 − p) are taken of.

use crate::lab::ops::{Binary, Op, Unary};
use crate::lab::program::Slot;
use crate::questions::grad_check::case::Case;
use crate::questions::grad_check::wording::Words;

/// Predictions that both log p and log(1 − p) are taken of: where a sigmoid may be missing before a cross-entropy.
pub(in crate::questions::grad_check) fn predictions(case: &Case) -> Vec<Slot> {
    let program = &case.program;
    let is = |a: f64, b: f64| (a - b).abs() < 1e-12;
    let steps = || (program.first_step()..).zip(&program.steps);
    let logs = steps().filter(|(_, step)| matches!(step.op, Op::Unary(Unary::Log)));
    let mut of_p = Vec::new();
    let mut of_rest = Vec::new();
    for (_, step) in logs {
        match program
            .step(step.inputs[0])
            .map(|before| (&before.op, &before.inputs))
        {
            Some((Op::Affine { scale, shift }, inputs)) if is(*scale, -1.0) && is(*shift, 1.0) => {
                of_rest.push(inputs[0]);
            }
            Some((Op::Binary(Binary::Sub), inputs))
                if Words::of(case).number(inputs[0]) == Some(1.0) =>
            {
                of_rest.push(inputs[1]);
            }
            _ => of_p.push(step.inputs[0]),
        }
    }
    for (_, step) in steps().filter(|(_, step)| matches!(step.op, Op::Unary(Unary::Log1p))) {
        match program
            .step(step.inputs[0])
            .map(|before| (&before.op, &before.inputs))
        {
            Some((Op::Unary(Unary::Neg), inputs)) => of_rest.push(inputs[0]),
            Some((Op::Affine { scale, shift }, inputs)) if is(*scale, -1.0) && *shift == 0.0 => {
                of_rest.push(inputs[0]);
            }
            _ => {}
        }
    }
    // A clamp or a change of shape may stand between.
    let root = |mut slot: Slot| {
        while let Some(step) = program.step(slot) {
            match step.op {
                Op::Reshape(_) | Op::Clamp { .. } | Op::Cast(_) => slot = step.inputs[0],
                _ => break,
            }
        }
        slot
    };
    let rest: Vec<Slot> = of_rest.into_iter().map(root).collect();
    let mut found: Vec<Slot> = of_p
        .into_iter()
        .map(root)
        .filter(|slot| rest.contains(slot))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}
