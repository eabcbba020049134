//! A slip in words.

use super::Suspect;
use super::slips::Slip;
use crate::lab::ops::{Op, Unary};
use crate::lab::program::Slot;
use crate::questions::grad_check::case::Case;
use crate::questions::grad_check::wording::Words;

/// A code, and what completes "this is the gradient that … gives".
type Named = (&'static str, String);

/// ŷ − y for this prediction.
pub(super) fn shortcut(prediction: &str) -> Suspect {
    Suspect::new(
        "logits-shortcut",
        format!(
            "the shortcut ŷ − y of a sigmoid with cross-entropy, where `{prediction}` has no sigmoid,"
        ),
    )
}

/// The code of a slip at a step, and what it is there.
pub(super) fn named(case: &Case, slots: &[Slot], slip: &Slip) -> Option<Named> {
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
        _ => return of_product(case, slots, slip).or_else(|| of_layer(case, slots, slip)),
    })
}

/// What is wrong in a product.
fn of_product(case: &Case, slots: &[Slot], slip: &Slip) -> Option<Named> {
    let words = Words::of(case);
    let slot = slots[0];
    let step = case.program.step(slot)?;
    let here = words.slot(slot);
    let operand = |place: usize| words.slot(step.inputs[place]);
    let all = if slots.len() > 1 { " everywhere" } else { "" };
    Some(match slip {
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
        _ => return None,
    })
}

/// What is wrong in a softmax, a mask, a convolution, an order.
fn of_layer(case: &Case, slots: &[Slot], slip: &Slip) -> Option<Named> {
    let words = Words::of(case);
    let slot = slots[0];
    let step = case.program.step(slot)?;
    let here = words.slot(slot);
    let all = if slots.len() > 1 { " everywhere" } else { "" };
    let function = step.op.name();
    Some(match slip {
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
        _ => return None,
    })
}
