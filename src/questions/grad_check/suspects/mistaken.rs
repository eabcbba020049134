//! Reverse mode with a slip in one rule, at one step or wherever the operation occurs.

use std::collections::HashMap;

use super::slips::Slip;
use crate::lab::ops::{Binary, Comparison, Op, Unary, vjp};
use crate::lab::program::Slot;
use crate::lab::value::Rules;
use crate::lab::{Array, LabError, Value};
use crate::questions::grad_check::case::Case;

type Outcome = Result<Value, LabError>;
type Gradients = Result<Vec<Option<Value>>, LabError>;

/// Reverse mode with a slip wherever `at` says.
pub(super) struct Mistaken<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) at: &'a dyn Fn(Slot) -> bool,
    pub(super) slip: &'a Slip,
    /// The inputs' true gradients, where a slip reads them.
    pub(super) gradients: &'a HashMap<usize, Array>,
}

impl Rules for Mistaken<'_> {
    fn vjp(
        &self,
        made: &Value,
        op: &Op,
        inputs: &[Value],
        upstream: &Value,
        wanted: &[bool],
    ) -> Gradients {
        let slot = self.case.slot(made).filter(|slot| (self.at)(*slot));
        let Some(slot) = slot else {
            return vjp(op, inputs, made, upstream, wanted);
        };
        let found = self.slipped(op, inputs, made, upstream, wanted)?;
        // A gradient of a wrong shape can only be meant where nothing computes with it any more.
        let operands = &self
            .case
            .program
            .step(slot)
            .map(|step| step.inputs.clone())
            .unwrap_or_default();
        for ((gradient, input), operand) in found.iter().zip(inputs).zip(operands) {
            let is_input = *operand < self.case.program.inputs.len();
            if gradient
                .as_ref()
                .is_some_and(|g| !is_input && g.dims() != input.dims())
            {
                return Err(LabError::shape(
                    op.name(),
                    "the slip's gradient fits nothing",
                ));
            }
        }
        Ok(found)
    }
}

impl Mistaken<'_> {
    fn slipped(
        &self,
        op: &Op,
        inputs: &[Value],
        y: &Value,
        g: &Value,
        wanted: &[bool],
    ) -> Gradients {
        let right = || vjp(op, inputs, y, g, wanted);
        let only = |place: usize, gradient: Value| -> Gradients {
            let mut gradients = right()?;
            gradients[place] = wanted[place].then_some(gradient);
            Ok(gradients)
        };
        let x = &inputs[0];
        match self.slip {
            Slip::Detached => Ok(vec![None; inputs.len()]),
            Slip::Without(place) => {
                let mut gradients = right()?;
                gradients[*place] = None;
                Ok(gradients)
            }
            Slip::DerivativeMissing => only(0, g.clone()),
            Slip::AtOutput => {
                // What φ′ reads is replaced by the result: the operand is h, and the result φ(h).
                let beyond = Value::apply(op.clone(), &[y])?;
                vjp(op, std::slice::from_ref(y), &beyond, g, wanted)
            }
            Slip::AtInput => vjp(op, inputs, x, g, wanted),
            Slip::Function => only(0, g.mul(y)?),
            Slip::PowerKept => only(
                0,
                match op {
                    Op::Power(exponent) => g.mul(&y.affine(*exponent, 0.0)?)?,
                    _ => g.clone(),
                },
            ),
            Slip::Inverted => {
                let slope = vjp(op, inputs, y, &g.affine(0.0, 1.0)?, wanted)?.swap_remove(0);
                match slope {
                    Some(slope) => only(0, g.div(&slope)?),
                    None => right(),
                }
            }
            Slip::DenominatorKept => {
                only(1, g.mul(y)?.affine(-1.0, 0.0)?.sum_to(inputs[1].dims())?)
            }
            Slip::FactorMissing(place) => {
                let plain = match op {
                    Op::Binary(Binary::Div) if *place == 1 => {
                        g.div(&inputs[1])?.affine(-1.0, 0.0)?
                    }
                    _ => g.clone(),
                };
                only(*place, plain.sum_to(inputs[*place].dims())?)
            }
            Slip::Shortcut => {
                let slope = y.mul(&y.affine(-1.0, 1.0)?)?;
                vjp(op, inputs, y, &g.mul(&slope)?, wanted)
            }
            _ => self.product_slip(op, inputs, y, g, wanted),
        }
    }

    fn product_slip(
        &self,
        op: &Op,
        inputs: &[Value],
        y: &Value,
        g: &Value,
        wanted: &[bool],
    ) -> Gradients {
        let right = || vjp(op, inputs, y, g, wanted);
        let only = |place: usize, gradient: Outcome| -> Gradients {
            if !wanted[place] {
                return Err(LabError::shape(op.name(), "not on the way"));
            }
            let mut gradients = right()?;
            gradients[place] = Some(gradient?);
            Ok(gradients)
        };
        let with = |place: usize, other: &Value| -> Gradients {
            let mut read = inputs.to_vec();
            read[1 - place] = other.clone();
            let mut gradients = right()?;
            let mut wants = vec![false; 2];
            wants[place] = wanted[place];
            gradients[place] = vjp(op, &read, y, g, &wants)?.swap_remove(place);
            Ok(gradients)
        };
        let product = |place: usize, other: &Value| match place {
            0 => g.matmul(other),
            _ => other.matmul(g),
        };
        match self.slip {
            Slip::OwnOperand(place) => match op {
                Op::MatMul if *place == 0 => only(0, g.matmul(&inputs[0].transposed()?)),
                Op::MatMul => only(1, inputs[1].transposed()?.matmul(g)),
                _ => only(
                    *place,
                    g.mul(&inputs[*place])?.sum_to(inputs[*place].dims()),
                ),
            },
            Slip::Elementwise(place) => only(
                *place,
                elementwise(g, &inputs[1 - place], inputs[*place].dims()),
            ),
            Slip::MatMul(place) => {
                let other = &inputs[1 - place];
                only(
                    *place,
                    product(*place, other).or_else(|_| product(*place, &other.transposed()?)),
                )
            }
            Slip::NotTransposed(place) => match op {
                Op::Inverse => only(0, y.matmul(g)?.matmul(y)?.affine(-1.0, 0.0)),
                Op::Determinant => {
                    let scale = g.mul(y)?;
                    let mut dims = scale.dims().to_vec();
                    dims.extend([1, 1]);
                    let inverse = Value::apply(Op::Inverse, &[&inputs[0]])?;
                    only(0, inverse.mul(&scale.reshape(&dims)?))
                }
                _ => only(*place, product(*place, &inputs[1 - place])),
            },
            Slip::Turned(place) => {
                let right = right()?.swap_remove(*place);
                let right = right.ok_or_else(|| LabError::shape(op.name(), "not on the way"))?;
                only(*place, right.transposed())
            }
            Slip::Other(place, slot) => with(*place, &self.case.slots[*slot].untracked()),
            Slip::Gradient(place, input) => {
                let gradient = self.gradients.get(input);
                let gradient = gradient.ok_or_else(|| LabError::shape(op.name(), "not known"))?;
                let mut gradient = Value::constant(gradient.to_tensor()?).cast(g.kind())?;
                if gradient.dims() != inputs[1 - place].dims() {
                    gradient = gradient.transposed()?;
                }
                with(*place, &gradient)
            }
            _ => self.other_slip(op, inputs, y, g, wanted),
        }
    }

    fn other_slip(
        &self,
        op: &Op,
        inputs: &[Value],
        y: &Value,
        g: &Value,
        wanted: &[bool],
    ) -> Gradients {
        let right = || vjp(op, inputs, y, g, wanted);
        let one = |gradient: Outcome| Ok(vec![Some(gradient?)]);
        let x = &inputs[0];
        match (self.slip, op) {
            (Slip::Diagonal, Op::Softmax(_)) => one(g.mul(&y.mul(&y.affine(-1.0, 1.0)?)?)),
            (Slip::Diagonal, _) => one(g.mul(&y.unary(Unary::Exp)?.affine(-1.0, 1.0)?)),
            (Slip::SumMissing, Op::Softmax(_)) => one(g.mul(y)),
            (Slip::SumMissing, _) => one(g.sub(&y.unary(Unary::Exp)?)),
            (Slip::SumAxis(axis), Op::Softmax(_)) => {
                one(y.mul(&g.sub(&g.mul(y)?.sum(&[*axis], true)?)?))
            }
            (Slip::SumAxis(axis), _) => {
                one(g.sub(&y.unary(Unary::Exp)?.mul(&g.sum(&[*axis], true)?)?))
            }
            (Slip::MaskMissing | Slip::MaskInverted, _) => self.masked(op, inputs, g, wanted),
            (Slip::NotSummed, Op::Binary(function)) => {
                // The rule as it is on operands that have been broadcast beforehand.
                let mut wide = inputs.to_vec();
                for input in &mut wide {
                    *input = input.broadcast(y.dims())?;
                }
                vjp(&Op::Binary(*function), &wide, y, g, wanted)
            }
            (Slip::NotSummed, Op::MatMul) => {
                let mut gradients = right()?;
                if wanted[0] && inputs[0].dims().len() < g.dims().len() {
                    gradients[0] = Some(g.matmul(&inputs[1].transposed()?)?);
                }
                if wanted[1] && inputs[1].dims().len() < g.dims().len() {
                    gradients[1] = Some(inputs[0].transposed()?.matmul(g)?);
                }
                Ok(gradients)
            }
            (Slip::KernelFlipped, _) => {
                let flipped = Value::apply(Op::Flip(g.dims().len() - 1), &[g])?;
                vjp(op, inputs, y, &flipped, wanted)
            }
            (
                Slip::StrideIgnored | Slip::DilationIgnored,
                Op::Window {
                    axis,
                    stride,
                    dilation,
                    ..
                },
            ) => {
                let ignored = *self.slip == Slip::StrideIgnored;
                let stride = if ignored { 1 } else { *stride };
                let dilation = if ignored { *dilation } else { 1 };
                let (windows, kernel) = (g.dims()[*axis], g.dims()[g.dims().len() - 1]);
                let length = (windows - 1) * stride + (kernel - 1) * dilation + 1;
                let fold = Op::Unwindow {
                    axis: *axis,
                    length,
                    stride,
                    dilation,
                };
                let back = Op::Unslice {
                    axis: *axis,
                    start: 0,
                    step: 1,
                    length: x.dims()[*axis],
                };
                one(Value::apply(back, &[&Value::apply(fold, &[g])?]))
            }
            (Slip::NotReversed, Op::CumSum { axis, reverse }) => one(Value::apply(
                Op::CumSum {
                    axis: *axis,
                    reverse: *reverse,
                },
                &[g],
            )),
            (Slip::NotSummed | Slip::NotReversed, _) => one(Ok(g.clone())),
            (Slip::Misplaced, Op::Slice { axis, step, .. }) => {
                let back = Op::Unslice {
                    axis: *axis,
                    start: 0,
                    step: *step,
                    length: x.dims()[*axis],
                };
                one(Value::apply(back, &[g]))
            }
            (Slip::Misplaced, _) => {
                let mut gradients = vjp(op, inputs, y, g, &vec![true; inputs.len()])?;
                gradients.reverse();
                Ok(gradients)
            }
            (Slip::Overwritten, _) => overwritten(op, inputs, y, g, wanted),
            _ => right(),
        }
    }

    fn masked(&self, op: &Op, inputs: &[Value], g: &Value, wanted: &[bool]) -> Gradients {
        if *self.slip == Slip::MaskMissing {
            let places = if matches!(op, Op::Where) { 1.. } else { 0.. };
            let mut gradients = vec![None; inputs.len()];
            for place in places.take_while(|place| *place < inputs.len()) {
                gradients[place] = Some(g.sum_to(inputs[place].dims())?);
            }
            return Ok(gradients);
        }
        let x = &inputs[0];
        let positive = |x: &Value| x.compare(Comparison::Gt, &x.affine(0.0, 0.0)?);
        let zeros = g.affine(0.0, 0.0)?;
        Ok(match op {
            Op::Unary(Unary::Relu) => vec![Some(Value::where_(&positive(x)?, &zeros, g)?)],
            Op::LeakyRelu(slope) => {
                vec![Some(Value::where_(
                    &positive(x)?,
                    &g.affine(*slope, 0.0)?,
                    g,
                )?)]
            }
            Op::Where => {
                let read = [x.clone(), inputs[2].clone(), inputs[1].clone()];
                let mut turned = vjp(op, &read, x, g, &[false, wanted[2], wanted[1]])?;
                turned.swap(1, 2);
                turned
            }
            Op::Binary(Binary::Maximum | Binary::Minimum) => {
                let other = match op {
                    Op::Binary(Binary::Maximum) => Binary::Minimum,
                    _ => Binary::Maximum,
                };
                let y = x.binary(other, &inputs[1])?;
                vjp(&Op::Binary(other), inputs, &y, g, wanted)?
            }
            _ => vec![Some(g.affine(-1.0, 0.0)?)],
        })
    }
}

/// `g ⊙ other`, transposed either way where only that fits.
fn elementwise(g: &Value, other: &Value, wanted: &[usize]) -> Outcome {
    let turned = other.transposed()?;
    for product in [g.mul(other), g.mul(&turned)] {
        if let Ok(product) = product
            && product.dims() == wanted
        {
            return Ok(product);
        }
    }
    g.transposed()?.mul(other)
}

/// The gradient with only the last of the rows that an index reads several times.
fn overwritten(op: &Op, inputs: &[Value], y: &Value, g: &Value, wanted: &[bool]) -> Gradients {
    let Op::IndexSelect(axis) = op else {
        return vjp(op, inputs, y, g, wanted);
    };
    let index = Array::from_tensor(inputs[1].tensor())?.data;
    let is_last = |(at, row): (usize, &f64)| {
        let later = index[at + 1..].contains(row);
        if later { 0.0 } else { 1.0 }
    };
    let mask: Vec<f64> = index.iter().enumerate().map(is_last).collect();
    let mut dims = vec![1; g.dims().len()];
    dims[*axis] = mask.len();
    let mask = Value::constant(Array::new(&dims, mask).to_tensor()?).cast(g.kind())?;
    vjp(op, inputs, y, &g.mul(&mask)?, wanted)
}
