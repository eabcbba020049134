//! What may be wrong with a backward rule, and where.

use crate::lab::ops::{Binary, Op, Unary};
use crate::lab::program::Slot;
use crate::questions::grad_check::case::Case;

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::questions::grad_check) enum Slip {
    /// No gradient passes the step at all: its result is taken as a constant.
    Detached,
    /// None reaches this operand: the use is not counted.
    Without(usize),
    /// φ′ left out.
    DerivativeMissing,
    /// φ′ at the result: φ′(h) for φ′(z).
    AtOutput,
    /// The formula in terms of the result, with the argument in it: 1 − z² for 1 − h².
    AtInput,
    /// φ in place of φ′.
    Function,
    /// c·xᶜ for c·xᶜ⁻¹.
    PowerKept,
    /// The derivative upside down: x for 1/x.
    Inverted,
    /// A quotient's denominator not squared.
    DenominatorKept,
    /// The factor at this operand left out.
    FactorMissing(usize),
    /// The operand itself in place of the other one.
    OwnOperand(usize),
    /// An element-wise product where a matrix product belongs.
    Elementwise(usize),
    /// A matrix product where an element-wise one belongs.
    MatMul(usize),
    /// The other operand not transposed.
    NotTransposed(usize),
    /// The upstream gradient not transposed, and the result turned.
    Turned(usize),
    /// Another value in place of the other operand.
    Other(usize, Slot),
    /// The gradient of an input in place of the input.
    Gradient(usize, usize),
    /// Only the diagonal of a softmax's derivative.
    Diagonal,
    /// A softmax's own product without the sum.
    SumMissing,
    /// A softmax's sum over another axis.
    SumAxis(usize),
    /// A mask left out: everything passes.
    MaskMissing,
    /// A mask the wrong way round.
    MaskInverted,
    /// The gradient not summed over what was broadcast.
    NotSummed,
    /// A window's places in the opposite order.
    KernelFlipped,
    /// Windows put back one place apart.
    StrideIgnored,
    /// A window's places put back next to one another.
    DilationIgnored,
    /// An order that is not undone.
    NotReversed,
    /// Pieces put back in the wrong order, or from the first place on.
    Misplaced,
    /// Rows that are read several times keep the last gradient alone.
    Overwritten,
    /// The gradient at p multiplied by p·(1 − p), as if a sigmoid stood before it.
    Shortcut,
}

/// The slips that are possible at a step.
pub(super) fn of_step(case: &Case, slot: Slot) -> Vec<Slip> {
    let Some(step) = case.program.step(slot) else {
        return Vec::new();
    };
    let dims = |place: usize| case.slots[step.inputs[place]].dims();
    let mut slips = Vec::new();
    match &step.op {
        Op::Unary(Unary::Neg) => {}
        Op::Unary(Unary::Relu | Unary::Abs) | Op::LeakyRelu(_) => {
            slips.extend([Slip::MaskMissing, Slip::MaskInverted, Slip::Function]);
        }
        Op::Clamp { .. } => slips.push(Slip::MaskMissing),
        Op::Elu(_) | Op::Unary(_) => {
            slips.extend([Slip::DerivativeMissing, Slip::AtOutput, Slip::AtInput]);
            slips.extend([Slip::Function, Slip::Inverted]);
        }
        Op::Power(_) => slips.extend([Slip::DerivativeMissing, Slip::PowerKept]),
        Op::Binary(Binary::Mul) => {
            for place in [0, 1] {
                slips.extend([
                    Slip::FactorMissing(place),
                    Slip::OwnOperand(place),
                    Slip::MatMul(place),
                ]);
            }
        }
        Op::Binary(Binary::Div) => {
            slips.extend([
                Slip::FactorMissing(0),
                Slip::DenominatorKept,
                Slip::FactorMissing(1),
            ]);
        }
        Op::Binary(Binary::Maximum | Binary::Minimum) | Op::Where => {
            slips.extend([Slip::MaskMissing, Slip::MaskInverted]);
        }
        Op::MatMul => {
            for place in [0, 1] {
                slips.extend([
                    Slip::Elementwise(place),
                    Slip::NotTransposed(place),
                    Slip::Turned(place),
                ]);
                slips.push(Slip::OwnOperand(place));
            }
        }
        Op::Softmax(axis) | Op::LogSoftmax(axis) => {
            slips.extend([Slip::DerivativeMissing, Slip::Diagonal, Slip::SumMissing]);
            slips.extend(
                (0..dims(0).len())
                    .filter(|other| other != axis)
                    .map(Slip::SumAxis),
            );
        }
        Op::Window {
            stride, dilation, ..
        } => {
            slips.push(Slip::KernelFlipped);
            slips.extend((*stride > 1).then_some(Slip::StrideIgnored));
            slips.extend((*dilation > 1).then_some(Slip::DilationIgnored));
        }
        Op::Flip(_) | Op::CumSum { .. } | Op::Permute(_) => slips.push(Slip::NotReversed),
        Op::Slice { start, .. } if *start > 0 => slips.push(Slip::Misplaced),
        Op::Cat(_) => slips.push(Slip::Misplaced),
        Op::IndexSelect(_) | Op::Gather(_) => slips.push(Slip::Overwritten),
        Op::Inverse | Op::Determinant => {
            slips.extend([Slip::NotTransposed(0), Slip::DerivativeMissing]);
        }
        _ => {}
    }
    if matches!(&step.op, Op::Binary(_) | Op::MatMul | Op::Broadcast(_)) {
        slips.push(Slip::NotSummed);
    }
    slips
}

/// Operands that may be mistaken for another value of the same shape: (operand, the value's slot).
pub(super) fn mistakable(case: &Case, slot: Slot) -> Vec<Slip> {
    let Some(step) = case.program.step(slot) else {
        return Vec::new();
    };
    if !matches!(&step.op, Op::MatMul | Op::Binary(Binary::Mul | Binary::Div)) {
        return Vec::new();
    }
    let mut slips = Vec::new();
    for place in [0, 1] {
        let wrong = &case.slots[step.inputs[1 - place]];
        if wrong.dims().is_empty() {
            continue;
        }
        for (other, value) in case.slots.iter().enumerate() {
            if other != step.inputs[1 - place]
                && value.dims() == wrong.dims()
                && value.kind() == wrong.kind()
            {
                slips.push(Slip::Other(place, other));
                if other < case.program.inputs.len() {
                    slips.push(Slip::Gradient(place, other));
                }
            }
        }
        if let Some(input) = case.program.inputs.get(step.inputs[1 - place])
            && case.slots.len() > step.inputs[1 - place]
            && input.dims == wrong.dims()
        {
            slips.push(Slip::Gradient(place, step.inputs[1 - place]));
        }
        // A weight used transposed: its gradient, transposed as it is.
        if let Some(turned) = turned_input(case, step.inputs[1 - place]) {
            slips.push(Slip::Gradient(place, turned));
        }
    }
    slips
}

/// The input that a slot is the transposed of.
fn turned_input(case: &Case, slot: Slot) -> Option<usize> {
    let step = case.program.step(slot)?;
    let transposes = matches!(&step.op, Op::Permute(order) if order.len() == 2);
    (transposes && step.inputs[0] < case.program.inputs.len()).then(|| step.inputs[0])
}
