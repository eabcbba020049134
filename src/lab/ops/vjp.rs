//! Vector-Jacobian products: what an upstream gradient becomes at each operand, in operations of the same set.

use super::{Binary, Comparison, Kind, Op, Unary};
use crate::lab::LabError;
use crate::lab::value::Value;

type Outcome = Result<Value, LabError>;

/// The gradients of the operands that are wanted, given the gradient of the result.
///
/// `None` stands for an operand that is not wanted, or that no gradient can reach: numbers of an index, a condition, the
/// operand of a step function.
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
    let mut gradients = vec![None; inputs.len()];
    let wants = |place: usize| wanted.get(place).copied().unwrap_or(false);
    let x = &inputs[0];
    let g = upstream;
    match op {
        Op::Binary(function) => {
            for place in [0, 1].into_iter().filter(|&place| wants(place)) {
                let gradient = of_binary(*function, &inputs[0], &inputs[1], output, g, place)?;
                gradients[place] = gradient
                    .map(|gradient| gradient.sum_to(inputs[place].dims()))
                    .transpose()?;
            }
        }
        Op::Where => {
            let zeros = g.affine(0.0, 0.0)?;
            if wants(1) {
                let kept = Value::where_(x, g, &zeros)?;
                gradients[1] = Some(kept.sum_to(inputs[1].dims())?);
            }
            if wants(2) {
                let kept = Value::where_(x, &zeros, g)?;
                gradients[2] = Some(kept.sum_to(inputs[2].dims())?);
            }
        }
        Op::Cat(axis) => {
            let mut start = 0;
            for (place, input) in inputs.iter().enumerate() {
                let count = input.dims()[*axis];
                if wants(place) {
                    gradients[place] = Some(g.slice(*axis, start, 1, count)?);
                }
                start += count;
            }
        }
        Op::MatMul => {
            let (a, b) = (&inputs[0], &inputs[1]);
            if wants(0) {
                gradients[0] = Some(g.matmul(&b.transposed()?)?.sum_to(a.dims())?);
            }
            if wants(1) {
                // Rows of a batch against a single matrix: one product over all rows.
                gradients[1] = Some(if b.dims().len() == 2 && a.dims().len() > 2 {
                    let rows = |value: &Value| {
                        let last = value.dims()[value.dims().len() - 1];
                        let rows = value.dims()[..value.dims().len() - 1].iter().product();
                        value.reshape(&[rows, last])
                    };
                    rows(a)?.transposed()?.matmul(&rows(g)?)?
                } else {
                    a.transposed()?.matmul(g)?.sum_to(b.dims())?
                });
            }
        }
        _ if wants(0) => gradients[0] = of_one(op, inputs, output, g)?,
        _ => {}
    }
    Ok(gradients)
}

/// For operations whose first operand alone has a gradient.
fn of_one(op: &Op, inputs: &[Value], output: &Value, g: &Value) -> Result<Option<Value>, LabError> {
    let x = &inputs[0];
    Ok(Some(match op {
        Op::Unary(function) => match of_unary(*function, x, output, g)? {
            Some(gradient) => gradient,
            None => return Ok(None),
        },
        Op::Power(exponent) if *exponent == 0.0 => g.affine(0.0, 0.0)?,
        Op::Power(exponent) if *exponent == 1.0 => g.clone(),
        Op::Power(exponent) => g.mul(&x.power(exponent - 1.0)?.affine(*exponent, 0.0)?)?,
        Op::Affine { scale, .. } => g.affine(*scale, 0.0)?,
        Op::Clamp { low, high } => {
            let mut inside = g.clone();
            let zeros = g.affine(0.0, 0.0)?;
            if let Some(low) = low {
                let bound = x.affine(0.0, *low)?;
                inside = Value::where_(&x.compare(Comparison::Ge, &bound)?, &inside, &zeros)?;
            }
            if let Some(high) = high {
                let bound = x.affine(0.0, *high)?;
                inside = Value::where_(&x.compare(Comparison::Le, &bound)?, &inside, &zeros)?;
            }
            inside
        }
        Op::LeakyRelu(slope) => Value::where_(&positive(x)?, g, &g.affine(*slope, 0.0)?)?,
        Op::Elu(alpha) => {
            let below = g.mul(&output.affine(1.0, *alpha)?)?;
            Value::where_(&positive(x)?, g, &below)?
        }
        Op::Cast(_) if x.kind().is_float() => g.cast(x.kind())?,
        Op::Compare(_) | Op::Cast(_) | Op::Detach | Op::ArgExtreme { .. } | Op::ArgSort { .. } => {
            return Ok(None);
        }

        Op::Reshape(_) => g.reshape(x.dims())?,
        Op::Permute(order) => {
            let mut back = vec![0; order.len()];
            for (to, &from) in order.iter().enumerate() {
                back[from] = to;
            }
            g.permute(&back)?
        }
        Op::Broadcast(_) => g.sum_to(x.dims())?,
        Op::SumTo(_) => g.broadcast(x.dims())?,
        Op::Slice {
            axis, start, step, ..
        } => Value::apply(
            Op::Unslice {
                axis: *axis,
                start: *start,
                step: *step,
                length: x.dims()[*axis],
            },
            &[g],
        )?,
        Op::Unslice {
            axis, start, step, ..
        } => g.slice(*axis, *start, *step, x.dims()[*axis])?,
        Op::Flip(axis) => Value::apply(Op::Flip(*axis), &[g])?,
        Op::Window {
            axis,
            stride,
            dilation,
            ..
        } => Value::apply(
            Op::Unwindow {
                axis: *axis,
                length: x.dims()[*axis],
                stride: *stride,
                dilation: *dilation,
            },
            &[g],
        )?,
        Op::Unwindow {
            axis,
            stride,
            dilation,
            ..
        } => Value::apply(
            Op::Window {
                axis: *axis,
                kernel: x.dims()[x.dims().len() - 1],
                stride: *stride,
                dilation: *dilation,
            },
            &[g],
        )?,

        Op::IndexSelect(axis) => Value::apply(
            Op::IndexAdd {
                axis: *axis,
                length: x.dims()[*axis],
            },
            &[g, &inputs[1]],
        )?,
        Op::IndexAdd { axis, .. } => Value::apply(Op::IndexSelect(*axis), &[g, &inputs[1]])?,
        Op::Gather(axis) => gathered_back(*axis, x, &inputs[1], g)?,
        Op::ScatterAdd { axis, .. } => Value::apply(Op::Gather(*axis), &[g, &inputs[1]])?,

        Op::Sum { axes, keep } => {
            let mut kept = x.dims().to_vec();
            for &axis in axes {
                kept[axis] = 1;
            }
            let g = if *keep { g.clone() } else { g.reshape(&kept)? };
            g.broadcast(x.dims())?
        }
        Op::CumSum { axis, reverse } => Value::apply(
            Op::CumSum {
                axis: *axis,
                reverse: !reverse,
            },
            &[g],
        )?,
        Op::Softmax(axis) => {
            // ∂L/∂x = y·(g − Σ g·y)
            let mean = g.mul(output)?.sum(&[*axis], true)?;
            output.mul(&g.sub(&mean)?)?
        }
        Op::LogSoftmax(axis) => {
            // ∂L/∂x = g − eʸ·Σ g
            let total = g.sum(&[*axis], true)?;
            g.sub(&output.unary(Unary::Exp)?.mul(&total)?)?
        }
        Op::Inverse => {
            // d(X⁻¹) = −X⁻¹ dX X⁻¹
            let turned = output.transposed()?;
            turned.matmul(g)?.matmul(&turned)?.affine(-1.0, 0.0)?
        }
        Op::Determinant => {
            // d det X = det X · tr(X⁻¹ dX)
            let scale = g.mul(output)?;
            let mut dims = scale.dims().to_vec();
            dims.extend([1, 1]);
            let inverse = Value::apply(Op::Inverse, &[x])?;
            inverse.transposed()?.mul(&scale.reshape(&dims)?)?
        }
        Op::Binary(_) | Op::Where | Op::Cat(_) | Op::MatMul => return Ok(None),
    }))
}

/// `None` for the step functions, whose derivative is 0 wherever they have one.
fn of_unary(function: Unary, x: &Value, y: &Value, g: &Value) -> Result<Option<Value>, LabError> {
    let square = |value: &Value| value.mul(value);
    let times = |derivative: Outcome| Ok(Some(g.mul(&derivative?)?));
    let over = |derivative: Outcome| Ok(Some(g.div(&derivative?)?));
    match function {
        Unary::Neg => Ok(Some(g.affine(-1.0, 0.0)?)),
        Unary::Abs => times(x.unary(Unary::Sign)),
        Unary::Exp => times(Ok(y.clone())),
        Unary::Expm1 => times(y.affine(1.0, 1.0)),
        Unary::Log => over(Ok(x.clone())),
        Unary::Log1p => over(x.affine(1.0, 1.0)),
        Unary::Sqrt => over(y.affine(2.0, 0.0)),
        Unary::Reciprocal => times(square(y)?.affine(-1.0, 0.0)),
        Unary::Sin => times(x.unary(Unary::Cos)),
        Unary::Cos => times(x.unary(Unary::Sin)?.affine(-1.0, 0.0)),
        Unary::Tan => times(square(y)?.affine(1.0, 1.0)),
        Unary::Asin => over(square(x)?.affine(-1.0, 1.0)?.unary(Unary::Sqrt)),
        Unary::Acos => over(
            square(x)?
                .affine(-1.0, 1.0)?
                .unary(Unary::Sqrt)?
                .affine(-1.0, 0.0),
        ),
        Unary::Atan => over(square(x)?.affine(1.0, 1.0)),
        Unary::Sinh => times(x.unary(Unary::Cosh)),
        Unary::Cosh => times(x.unary(Unary::Sinh)),
        Unary::Asinh => over(square(x)?.affine(1.0, 1.0)?.unary(Unary::Sqrt)),
        Unary::Acosh => over(square(x)?.affine(1.0, -1.0)?.unary(Unary::Sqrt)),
        Unary::Atanh => over(square(x)?.affine(-1.0, 1.0)),
        Unary::Tanh => times(square(y)?.affine(-1.0, 1.0)),
        Unary::Sigmoid => times(y.mul(&y.affine(-1.0, 1.0)?)),
        Unary::Relu => Ok(Some(Value::where_(&positive(x)?, g, &g.affine(0.0, 0.0)?)?)),
        Unary::Softplus => times(x.unary(Unary::Sigmoid)),
        // 2/√π · exp(−x²)
        Unary::Erf => times(
            square(x)?
                .affine(-1.0, 0.0)?
                .unary(Unary::Exp)?
                .affine(std::f64::consts::FRAC_2_SQRT_PI, 0.0),
        ),
        // Φ(x) + x·φ(x)
        Unary::Gelu => {
            let below = x
                .affine(std::f64::consts::FRAC_1_SQRT_2, 0.0)?
                .unary(Unary::Erf)?
                .affine(0.5, 0.5)?;
            let density = square(x)?.affine(-0.5, 0.0)?.unary(Unary::Exp)?.affine(
                0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2,
                0.0,
            )?;
            times(below.add(&x.mul(&density)?))
        }
        // σ(x)·(1 + x·(1 − σ(x)))
        Unary::Silu => {
            let gate = x.unary(Unary::Sigmoid)?;
            let rest = x.mul(&gate.affine(-1.0, 1.0)?)?.affine(1.0, 1.0)?;
            times(gate.mul(&rest))
        }
        Unary::Sign | Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc => {
            Ok(Some(g.affine(0.0, 0.0)?))
        }
        Unary::Not | Unary::IsNan | Unary::IsFinite => Ok(None),
    }
}

/// The gradient of one operand, before it is summed over what was broadcast.
fn of_binary(
    function: Binary,
    a: &Value,
    b: &Value,
    output: &Value,
    g: &Value,
    place: usize,
) -> Result<Option<Value>, LabError> {
    let first = place == 0;
    Ok(Some(match function {
        Binary::Add => g.clone(),
        Binary::Sub if first => g.clone(),
        Binary::Sub => g.affine(-1.0, 0.0)?,
        Binary::Mul => g.mul(if first { b } else { a })?,
        Binary::Div if first => g.div(b)?,
        Binary::Div => g.mul(output)?.div(b)?.affine(-1.0, 0.0)?,
        Binary::Pow if first => {
            // b·a^(b−1)
            let slope = b.mul(&a.binary(Binary::Pow, &b.affine(1.0, -1.0)?)?)?;
            g.mul(&slope)?
        }
        Binary::Pow => g.mul(&output.mul(&a.unary(Unary::Log)?)?)?,
        Binary::Maximum => g.mul(&share(Comparison::Gt, a, b, first, g.kind())?)?,
        Binary::Minimum => g.mul(&share(Comparison::Lt, a, b, first, g.kind())?)?,
        Binary::Remainder if first => g.clone(),
        Binary::Remainder => {
            let quotient = a.div(b)?.unary(Unary::Floor)?.affine(-1.0, 0.0)?;
            g.mul(&quotient)?
        }
        Binary::Atan2 => {
            // ∂atan2(a, b) = (b·da − a·db) / (a² + b²)
            let square = a.mul(a)?.add(&b.mul(b)?)?;
            let other = if first {
                b.clone()
            } else {
                a.affine(-1.0, 0.0)?
            };
            g.mul(&other.div(&square)?)?
        }
    }))
}

/// 1 where this operand is chosen, ½ at a tie, 0 elsewhere.
fn share(chosen: Comparison, a: &Value, b: &Value, first: bool, kind: Kind) -> Outcome {
    let (this, other) = if first { (a, b) } else { (b, a) };
    let wins = this.compare(chosen, other)?.cast(kind)?;
    let ties = this.compare(Comparison::Eq, other)?.cast(kind)?;
    wins.add(&ties.affine(0.5, 0.0)?)
}

/// Where a tensor is above 0.
fn positive(x: &Value) -> Outcome {
    x.compare(Comparison::Gt, &x.affine(0.0, 0.0)?)
}

/// The adjoint of a gather whose index may be smaller than the tensor along the other axes.
fn gathered_back(axis: usize, x: &Value, index: &Value, g: &Value) -> Outcome {
    let scatter = Op::ScatterAdd {
        axis,
        length: x.dims()[axis],
    };
    let mut gradient = Value::apply(scatter, &[g, index])?;
    for other in 0..x.dims().len() {
        if gradient.dims()[other] != x.dims()[other] {
            let back = Op::Unslice {
                axis: other,
                start: 0,
                step: 1,
                length: x.dims()[other],
            };
            gradient = Value::apply(back, &[&gradient])?;
        }
    }
    Ok(gradient)
}
