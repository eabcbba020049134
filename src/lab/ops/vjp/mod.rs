//! Vector-Jacobian products: what an upstream gradient becomes at each operand, in operations of the same set.
//!
//! At kinks and at the borders of a domain they have PyTorch's conventions. A gradient that is 0 by the rule is 0 even
//! where the upstream gradient is infinite or no number: it is chosen, never a product with 0.

mod elementwise;
mod structure;

use super::{Comparison, Op};
use crate::lab::LabError;
use crate::lab::value::Value;

type Outcome = Result<Value, LabError>;
/// Of one operand; `None` where no gradient can reach it.
type Reached = Result<Option<Value>, LabError>;

/// The gradients of the operands that are wanted, given the gradient of the result.
///
/// `None` stands for an operand that is not wanted, or that no gradient can reach: numbers of an index, a condition,
/// integers, a detached value.
///
/// # Errors
/// If the engine fails.
pub(crate) fn vjp(
    op: &Op,
    inputs: &[Value],
    output: &Value,
    upstream: &Value,
    wanted: &[bool],
) -> Result<Vec<Option<Value>>, LabError> {
    let places = 0..inputs.len();
    places
        .map(|place| {
            if wanted.get(place) == Some(&true) {
                of_operand(op, inputs, output, upstream, place)
            } else {
                Ok(None)
            }
        })
        .collect()
}

fn of_operand(op: &Op, inputs: &[Value], output: &Value, g: &Value, place: usize) -> Reached {
    let x = &inputs[place];
    if !x.kind().is_float() {
        return Ok(None);
    }
    match op {
        Op::Unary(function) => elementwise::unary(*function, x, output, g),
        Op::Power(_) | Op::Affine { .. } | Op::Clamp { .. } | Op::LeakyRelu(_) | Op::Elu(_) => {
            elementwise::with_constants(op, x, output, g)
        }
        Op::Binary(function) => {
            let gradient =
                elementwise::binary(*function, [&inputs[0], &inputs[1]], output, g, place)?;
            gradient.sum_to(x.dims()).map(Some)
        }
        Op::Where => elementwise::choice(&inputs[0], g, place)?
            .map(|gradient| gradient.sum_to(x.dims()))
            .transpose(),
        Op::Cast(_) if g.kind().is_float() => g.cast(x.kind()).map(Some),
        Op::Compare(_) | Op::Cast(_) | Op::Detach | Op::ArgExtreme { .. } | Op::ArgSort { .. } => {
            Ok(None)
        }

        Op::Reshape(_) | Op::Permute(_) | Op::Broadcast(_) | Op::SumTo(_) => {
            structure::rearranged(op, x, g)
        }
        Op::Slice { .. } | Op::Unslice { .. } | Op::Flip(_) => structure::sliced(op, x, g),
        Op::Cat(axis) => structure::joined(*axis, inputs, g, place),
        Op::Window { .. } | Op::Unwindow { .. } => structure::windowed(op, x, g),
        Op::IndexSelect(_) | Op::IndexAdd { .. } | Op::Gather(_) | Op::ScatterAdd { .. } => {
            structure::indexed(op, &inputs[0], &inputs[1], g)
        }
        Op::Sum { .. } | Op::CumSum { .. } | Op::Softmax(_) | Op::LogSoftmax(_) => {
            structure::reduced(op, x, output, g)
        }
        Op::MatMul => structure::product(&inputs[0], &inputs[1], g, place),
        Op::Inverse | Op::Determinant => structure::matrix(op, x, output, g),
    }
}

/// Where a tensor compares so with a number. The number is a constant of rank 0, so that infinities do no harm.
fn against(x: &Value, comparison: Comparison, number: f64) -> Outcome {
    x.compare(comparison, &Value::number_like(x, number)?)
}

/// `g` where the condition does not hold, 0 where it does.
fn zero_where(condition: &Value, g: &Value) -> Outcome {
    Value::where_(condition, &Value::number_like(g, 0.0)?, g)
}

/// `g` where the condition holds, 0 elsewhere.
fn kept_where(condition: &Value, g: &Value) -> Outcome {
    Value::where_(condition, g, &Value::number_like(g, 0.0)?)
}
