//! Reverse mode with one wrong rule: which one gives the claim?

use std::collections::HashMap;

use super::slips::{Mistaken, Slip, mistakable, of_step, predictions};
use super::{Search, Suspect};
use crate::lab::Array;
use crate::lab::ops::{Op, Unary};
use crate::lab::program::Slot;
use crate::questions::grad_check::case::Case;
use crate::questions::grad_check::numbers::near;
use crate::questions::grad_check::wording::Words;

/// Steps up to which every value of the same shape is tried in place of an operand.
const MOST_STEPS: usize = 120;

/// The wrong rules that give the claim.
pub(super) fn wrong_rules(search: &Search) -> Vec<Suspect> {
    let case = &search.cases[0];
    let program = &case.program;
    let depends = program.dependents(search.input);
    let on_path: Vec<Slot> = (program.first_step()..case.slots.len())
        .filter(|slot| depends[*slot])
        .collect();
    let mut found = Vec::new();
    for slot in predictions(case) {
        if slot < program.inputs.len() {
            found.extend(shortcut_at_input(search, slot));
        } else if depends[slot] {
            found.extend(tried(search, &[slot], &Slip::Shortcut));
        }
    }
    let mut everywhere: Vec<(Slip, Vec<Slot>)> = Vec::new();
    for &slot in &on_path {
        for slip in of_step(case, slot) {
            found.extend(tried(search, &[slot], &slip));
            match everywhere
                .iter_mut()
                .find(|(known, slots)| *known == slip && same_operation(case, slots[0], slot))
            {
                Some((_, slots)) => slots.push(slot),
                None => everywhere.push((slip, vec![slot])),
            }
        }
    }
    for (slip, slots) in everywhere.iter().filter(|(_, slots)| slots.len() > 1) {
        found.extend(tried(search, slots, slip));
    }
    if found.is_empty() && program.steps.len() <= MOST_STEPS {
        for &slot in &on_path {
            for slip in mistakable(case, slot) {
                found.extend(tried(search, &[slot], &slip));
            }
        }
    }
    found
}

fn same_operation(case: &Case, a: Slot, b: Slot) -> bool {
    let name = |slot| case.program.step(slot).map(|step| step.op.name());
    name(a) == name(b)
}

/// Reverse mode with this slip at these steps: a suspect where it gives the claim on every draw.
fn tried(search: &Search, slots: &[Slot], slip: &Slip) -> Option<Suspect> {
    if !search.afford() {
        return None;
    }
    let gives = |draw: usize| {
        let case = &search.cases[draw];
        let at = |slot: Slot| slots.contains(&slot);
        let gradients = match slip {
            Slip::Gradient(_, input) => {
                HashMap::from([(*input, search.truths[*input].arrays[draw].clone())])
            }
            _ => HashMap::new(),
        };
        let rules = Mistaken {
            case,
            at: &at,
            slip,
            gradients: &gradients,
        };
        Ok(case
            .gradients(&[search.input], &rules, false)?
            .pop()
            .flatten())
    };
    if !search.explains(gives) {
        return None;
    }
    let truth = search.truth();
    let is_right = (0..search.cases.len()).all(|draw| {
        near(
            &search.given[draw],
            &truth.arrays[draw],
            search.allowed[draw],
        )
    });
    if is_right {
        return None;
    }
    let (code, title) = named(&search.cases[0], slots, slip)?;
    Some(Suspect::new(code, title))
}

/// ŷ − y for a prediction that is itself an input.
fn shortcut_at_input(search: &Search, slot: Slot) -> Option<Suspect> {
    if slot != search.input {
        return None;
    }
    let gives = |draw: usize| {
        let p = &search.cases[draw].draw.inputs[slot];
        let slopes = search.truth().arrays[draw].data.iter().zip(&p.data);
        let data = slopes.map(|(g, p)| g * p * (1.0 - p)).collect();
        Ok(Some(Array::new(&p.dims, data)))
    };
    search
        .explains(gives)
        .then(|| shortcut(&Words::of(&search.cases[0]).slot(slot)))
}

fn shortcut(prediction: &str) -> Suspect {
    Suspect::new(
        "logits-shortcut",
        format!(
            "the shortcut ŷ − y of a sigmoid with cross-entropy, where `{prediction}` has no sigmoid,"
        ),
    )
}

/// The code of a slip at a step, and what it is there.
fn named(case: &Case, slots: &[Slot], slip: &Slip) -> Option<(&'static str, String)> {
    let words = Words::of(case);
    let slot = slots[0];
    let step = case.program.step(slot)?;
    let here = words.slot(slot);
    let operand = |place: usize| words.slot(step.inputs[place]);
    let all = if slots.len() > 1 { " everywhere" } else { "" };
    let function = step.op.name();
    Some(match slip {
        Slip::Detached | Slip::Without(_) => return None,
        Slip::DerivativeMissing => match &step.op {
            Op::Softmax(_) | Op::LogSoftmax(_) => (
                "derivative-missing",
                format!("leaving the derivative of {function} out{all}"),
            ),
            _ => (
                "derivative-missing",
                format!("leaving φ′ out at `{here}`{all}"),
            ),
        },
        Slip::AtOutput => (
            "derivative-at-output",
            format!("φ′(h) for φ′(z): the derivative of {function} at its result `{here}`{all}"),
        ),
        Slip::AtInput => (
            "derivative-at-input",
            format!(
                "the formula of {function}′ in terms of its result, with the argument `{}` in it{all}",
                operand(0)
            ),
        ),
        Slip::Function => (
            "function-for-derivative",
            format!("φ in place of φ′ at `{here}`{all}"),
        ),
        Slip::Inverted if matches!(step.op, Op::Unary(Unary::Log)) => (
            "derivative-inverted",
            format!(
                "multiplying by `{}` where log′ divides by it{all}",
                operand(0)
            ),
        ),
        Slip::Inverted => (
            "derivative-inverted",
            format!("dividing by {function}′ instead of multiplying{all}"),
        ),
        Slip::PowerKept => (
            "power-kept",
            format!("not lowering the exponent at `{here}`{all}"),
        ),
        Slip::DenominatorKept => (
            "quotient-rule",
            format!("not squaring the denominator of `{here}`{all}"),
        ),
        Slip::FactorMissing(place) if function == "div" && *place == 1 => (
            "quotient-rule",
            format!("leaving the numerator of `{here}` out{all}"),
        ),
        Slip::FactorMissing(place) => (
            "operand-missing",
            format!(
                "leaving the other operand `{}` of `{here}` out{all}",
                operand(1 - place)
            ),
        ),
        Slip::OwnOperand(place) => (
            "own-operand",
            format!(
                "`{}` itself in its gradient, where `{}` belongs{all}",
                operand(*place),
                operand(1 - place)
            ),
        ),
        Slip::Elementwise(_) => (
            "elementwise-for-matmul",
            format!("an element-wise product for the matrix product of `{here}`{all}"),
        ),
        Slip::MatMul(_) => (
            "matmul-for-elementwise",
            format!("a matrix product for the element-wise product `{here}`{all}"),
        ),
        Slip::NotTransposed(_) if matches!(step.op, Op::Inverse | Op::Determinant) => (
            "not-transposed",
            format!("not transposing the inverse at `{here}`{all}"),
        ),
        Slip::NotTransposed(place) => (
            "not-transposed",
            format!("`{}` where its transpose belongs{all}", operand(1 - place)),
        ),
        Slip::Turned(place) => (
            "transposed",
            format!("the gradient of `{}` transposed{all}", operand(*place)),
        ),
        Slip::Other(place, other) => (
            "wrong-operand",
            format!(
                "reading `{}` where `{}` belongs",
                words.slot(*other),
                operand(1 - place)
            ),
        ),
        Slip::Gradient(place, input) => (
            "wrong-operand",
            format!(
                "reading the gradient of {} where `{}` belongs",
                case.program.inputs[*input].name,
                operand(1 - place)
            ),
        ),
        Slip::Diagonal => (
            "softmax-diagonal",
            format!(
                "only the diagonal of the derivative of {function}: the off-diagonal terms are missing"
            ),
        ),
        Slip::SumMissing => (
            "softmax-sum-missing",
            format!("leaving the sum over the classes out of the derivative of {function}"),
        ),
        Slip::SumAxis(axis) => (
            "wrong-axis",
            format!("the sum inside the derivative of {function} over axis {axis}"),
        ),
        Slip::MaskMissing => (
            "mask-missing",
            format!("letting the gradient pass where `{here}` stops it{all}"),
        ),
        Slip::MaskInverted => (
            "mask-inverted",
            format!("the mask of `{here}` the wrong way round{all}"),
        ),
        Slip::NotSummed => (
            "unsummed",
            format!("not summing over what `{here}` broadcasts{all}"),
        ),
        Slip::KernelFlipped => (
            "kernel-flipped",
            "the kernel's places in the opposite order".to_owned(),
        ),
        Slip::StrideIgnored => ("stride-ignored", format!("ignoring the stride of `{here}`")),
        Slip::DilationIgnored => (
            "stride-ignored",
            format!("ignoring the dilation of `{here}`"),
        ),
        Slip::NotReversed if matches!(step.op, Op::Permute(_)) => (
            "transposed",
            format!("not turning the gradient of `{here}` back{all}"),
        ),
        Slip::NotReversed => (
            "order-kept",
            format!("not reversing the order of `{here}`{all}"),
        ),
        Slip::Misplaced => (
            "order-kept",
            format!("the pieces of `{here}` put back at the wrong places{all}"),
        ),
        Slip::Overwritten => (
            "repeats-overwritten",
            "keeping only the last gradient of a row that is read several times".to_owned(),
        ),
        Slip::Shortcut => {
            let Suspect { code, title } = shortcut(&here);
            (code, title)
        }
    })
}
