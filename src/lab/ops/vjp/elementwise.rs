//! Of functions element by element: the upstream gradient times a derivative.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::super::{Binary, Comparison, Op, Unary};
use super::{Outcome, Reached, against, kept_where, zero_where};
use crate::lab::LabError;
use crate::lab::value::Value;

/// Of `f(x)` = y.
pub(super) fn unary(function: Unary, x: &Value, y: &Value, g: &Value) -> Reached {
    let gradient = match function {
        Unary::Neg => g.affine(-1.0, 0.0),
        Unary::Abs => g.mul(&x.unary(Unary::Sign)?),
        Unary::Exp => g.mul(y),
        Unary::Expm1 => g.mul(&y.affine(1.0, 1.0)?),
        Unary::Log => g.div(x),
        Unary::Log1p => g.div(&x.affine(1.0, 1.0)?),
        Unary::Sqrt => g.div(&y.affine(2.0, 0.0)?),
        Unary::Reciprocal => g.mul(&square(y)?.affine(-1.0, 0.0)?),
        Unary::Sigmoid => g.mul(&y.mul(&y.affine(-1.0, 1.0)?)?),
        Unary::Softplus => g.mul(&x.unary(Unary::Sigmoid)?),
        Unary::Relu => zero_where(&against(x, Comparison::Le, 0.0)?, g),
        Unary::Erf => g.mul(&normal_density(x, FRAC_2_SQRT_PI, 1.0)?),
        Unary::Gelu => g.mul(&gelu_slope(x)?),
        Unary::Silu => g.mul(&silu_slope(x)?),
        // Steps: 0 wherever there is a derivative.
        Unary::Sign | Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc => zeros_like(g),
        Unary::Not | Unary::IsNan | Unary::IsFinite => return Ok(None),
        _ => return circular(function, x, y, g).map(Some),
    };
    gradient.map(Some)
}

/// The circular and the hyperbolic functions.
fn circular(function: Unary, x: &Value, y: &Value, g: &Value) -> Outcome {
    // √(a·x² + b)
    let root = |a: f64, b: f64| square(x)?.affine(a, b)?.unary(Unary::Sqrt);
    match function {
        Unary::Sin => g.mul(&x.unary(Unary::Cos)?),
        Unary::Cos => g.mul(&x.unary(Unary::Sin)?.affine(-1.0, 0.0)?),
        Unary::Tan => g.mul(&square(y)?.affine(1.0, 1.0)?),
        Unary::Asin => g.div(&root(-1.0, 1.0)?),
        Unary::Acos => g.div(&root(-1.0, 1.0)?.affine(-1.0, 0.0)?),
        Unary::Atan => g.div(&square(x)?.affine(1.0, 1.0)?),
        Unary::Sinh => g.mul(&x.unary(Unary::Cosh)?),
        Unary::Cosh => g.mul(&x.unary(Unary::Sinh)?),
        Unary::Tanh => g.mul(&square(y)?.affine(-1.0, 1.0)?),
        Unary::Asinh => g.div(&root(1.0, 1.0)?),
        Unary::Acosh => g.div(&root(1.0, -1.0)?),
        Unary::Atanh => g.div(&square(x)?.affine(-1.0, 1.0)?),
        other => Err(LabError::NoGradient {
            operation: other.name(),
            message: "it is no circular function".to_owned(),
        }),
    }
}

/// Of functions of one operand and fixed numbers.
pub(super) fn with_constants(op: &Op, x: &Value, y: &Value, g: &Value) -> Reached {
    let gradient = match op {
        Op::Power(exponent) => fixed_power(*exponent, x, g),
        Op::Affine { scale, .. } => g.affine(*scale, 0.0),
        Op::Clamp { low, high } => {
            let mut inside = g.clone();
            for (bound, comparison) in [(low, Comparison::Ge), (high, Comparison::Le)] {
                if let Some(bound) = bound {
                    inside = kept_where(&against(x, comparison, *bound)?, &inside)?;
                }
            }
            Ok(inside)
        }
        Op::LeakyRelu(slope) => {
            let above = against(x, Comparison::Gt, 0.0)?;
            Value::where_(&above, g, &g.affine(*slope, 0.0)?)
        }
        Op::Elu(alpha) => {
            // α·eˣ = y + α
            let below = g.mul(&y.affine(1.0, *alpha)?)?;
            Value::where_(&against(x, Comparison::Gt, 0.0)?, g, &below)
        }
        _ => return Ok(None),
    };
    gradient.map(Some)
}

/// c·xᶜ⁻¹, and 0 for c = 0 even at x = 0.
fn fixed_power(exponent: f64, x: &Value, g: &Value) -> Outcome {
    if exponent == 0.0 {
        zeros_like(g)
    } else {
        g.mul(&x.power(exponent - 1.0)?.affine(exponent, 0.0)?)
    }
}

/// Of `f(a, b)` = y for the operand at a place, before it is summed over what was broadcast.
pub(super) fn binary(
    function: Binary,
    [a, b]: [&Value; 2],
    y: &Value,
    g: &Value,
    place: usize,
) -> Outcome {
    let first = place == 0;
    let (this, other) = if first { (a, b) } else { (b, a) };
    match function {
        Binary::Sub if !first => g.affine(-1.0, 0.0),
        Binary::Add | Binary::Sub => Ok(g.clone()),
        Binary::Mul => g.mul(other),
        Binary::Div if first => g.div(b),
        Binary::Div => g.mul(&y.div(b)?)?.affine(-1.0, 0.0),
        Binary::Pow if first => {
            // b·aᵇ⁻¹, and 0 for b = 0
            let slope = b.mul(&a.binary(Binary::Pow, &b.affine(1.0, -1.0)?)?)?;
            zero_where(&against(b, Comparison::Eq, 0.0)?, &g.mul(&slope)?)
        }
        Binary::Pow => power_of_exponent(a, b, y, g),
        Binary::Maximum => chosen(Comparison::Lt, this, other, g),
        Binary::Minimum => chosen(Comparison::Gt, this, other, g),
        Binary::Remainder if first => Ok(g.clone()),
        // −⌊a/b⌋ = (y − a)/b, which is whole but for rounding
        Binary::Remainder => {
            let quotient = a.sub(y)?.div(b)?.unary(Unary::Round)?;
            g.mul(&quotient.affine(-1.0, 0.0)?)
        }
        Binary::Atan2 => {
            // ∂atan2(a, b) = (b·da − a·db) / (a² + b²)
            let slope = other.div(&square(a)?.add(&square(b)?)?)?;
            g.mul(&slope)?.affine(if first { 1.0 } else { -1.0 }, 0.0)
        }
    }
}

/// aᵇ·log a, and 0 for a = 0 and b ≥ 0.
fn power_of_exponent(a: &Value, b: &Value, y: &Value, g: &Value) -> Outcome {
    let zero_base = against(a, Comparison::Eq, 0.0)?;
    let flat = zero_base.binary(Binary::Mul, &against(b, Comparison::Ge, 0.0)?)?;
    let gradient = g.mul(&y.mul(&a.unary(Unary::Log)?)?)?;
    zero_where(&flat, &gradient)
}

/// The gradient for the operand that is chosen, half of it at a tie, 0 for the one that loses.
fn chosen(loses: Comparison, this: &Value, other: &Value, g: &Value) -> Outcome {
    let ties = this.compare(Comparison::Eq, other)?;
    let shared = Value::where_(&ties, &g.affine(0.5, 0.0)?, g)?;
    zero_where(&this.compare(loses, other)?, &shared)
}

/// Of a choice by condition for the operand at a place.
pub(super) fn choice(condition: &Value, g: &Value, place: usize) -> Reached {
    match place {
        1 => kept_where(condition, g).map(Some),
        2 => zero_where(condition, g).map(Some),
        _ => Ok(None),
    }
}

/// Φ(x) + x·φ(x)
fn gelu_slope(x: &Value) -> Outcome {
    let below = x.affine(FRAC_1_SQRT_2, 0.0)?.unary(Unary::Erf)?;
    let density = normal_density(x, 0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2, 0.5)?;
    below.affine(0.5, 0.5)?.add(&x.mul(&density)?)
}

/// σ(x)·(1 + x·(1 − σ(x)))
fn silu_slope(x: &Value) -> Outcome {
    let gate = x.unary(Unary::Sigmoid)?;
    let rest = x.mul(&gate.affine(-1.0, 1.0)?)?.affine(1.0, 1.0)?;
    gate.mul(&rest)
}

/// height·exp(−rate·x²)
fn normal_density(x: &Value, height: f64, rate: f64) -> Outcome {
    square(x)?
        .affine(-rate, 0.0)?
        .unary(Unary::Exp)?
        .affine(height, 0.0)
}

fn square(x: &Value) -> Outcome {
    x.mul(x)
}

fn zeros_like(g: &Value) -> Outcome {
    Value::number_like(g, 0.0)?.broadcast(g.dims())
}
