//! For every operation a family of random configurations, well inside its domain and away from its kinks.

use candle_core::{DType, Result, Tensor};
use strum::IntoEnumIterator as _;

use super::draw::Draw;
use super::structures;
use crate::lab::ops::{Binary, Comparison, Kind, Op, Operation, Unary};

/// An operation with operands.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) op: Op,
    pub(super) inputs: Vec<Tensor>,
}

impl Case {
    pub(super) fn new(op: Op, inputs: impl Into<Vec<Tensor>>) -> Self {
        Self {
            op,
            inputs: inputs.into(),
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Unary(Unary),
    Binary(Binary),
    Compare(Comparison),
    Other(Operation),
}

impl Family {
    /// Every operation, once for each function that it can be.
    pub(super) fn all() -> Vec<Self> {
        let each = |operation| match operation {
            Operation::Unary => Unary::iter().map(Self::Unary).collect(),
            Operation::Binary => Binary::iter().map(Self::Binary).collect(),
            Operation::Compare => Comparison::iter().map(Self::Compare).collect(),
            other => vec![Self::Other(other)],
        };
        Operation::iter().flat_map(each).collect()
    }

    /// As PyTorch calls it.
    pub(super) fn name(self, op: &Op) -> &'static str {
        match self {
            Self::Compare(Comparison::Eq) => "eq",
            Self::Compare(Comparison::Ne) => "ne",
            Self::Compare(Comparison::Lt) => "lt",
            Self::Compare(Comparison::Le) => "le",
            Self::Compare(Comparison::Gt) => "gt",
            Self::Compare(Comparison::Ge) => "ge",
            _ => op.name(),
        }
    }

    /// A configuration of it.
    pub(super) fn draw(self, draw: &mut Draw) -> Result<Case> {
        match self {
            Self::Unary(function) => unary(function, draw),
            Self::Binary(function) => binary(function, draw),
            Self::Compare(comparison) => {
                let (a, b) = operands(draw);
                let inputs = [draw.uniform(&a, -1.0, 1.0)?, draw.uniform(&b, -1.0, 1.0)?];
                Ok(Case::new(Op::Compare(comparison), inputs))
            }
            Self::Other(operation) => other(operation, draw),
        }
    }
}

fn other(operation: Operation, draw: &mut Draw) -> Result<Case> {
    match operation {
        Operation::Power
        | Operation::Affine
        | Operation::Clamp
        | Operation::LeakyRelu
        | Operation::Elu => with_constants(operation, draw),
        Operation::Where => {
            let (a, b) = operands(draw);
            let condition = draw.narrower(&a);
            let condition = draw.places(&condition, 2)?.to_dtype(DType::U8)?;
            let inputs = [draw.uniform(&a, -1.0, 1.0)?, draw.uniform(&b, -1.0, 1.0)?];
            let [a, b] = inputs;
            Ok(Case::new(Op::Where, [condition, a, b]))
        }
        Operation::Cast => {
            // From float32, in numbers that it holds exactly.
            let dims = draw.any_dims(0);
            let x = draw.dyadic(&dims)?.to_dtype(DType::F32)?;
            Ok(Case::new(Op::Cast(Kind::F64), [x]))
        }
        Operation::Detach => {
            let dims = draw.any_dims(0);
            Ok(Case::new(Op::Detach, [draw.uniform(&dims, -1.0, 1.0)?]))
        }
        _ => structures::draw(operation, draw),
    }
}

/// Numbers between two, but not near these: lattice points would do, but then nothing is random.
fn away(draw: &mut Draw, dims: &[usize], low: f64, high: f64, from: &[f64]) -> Result<Tensor> {
    draw.tensor(dims, |draw| {
        loop {
            let x = draw.between(low, high);
            if from.iter().all(|kink| (x - kink).abs() > 0.05) {
                return x;
            }
        }
    })
}

fn unary(function: Unary, draw: &mut Draw) -> Result<Case> {
    let dims = draw.any_dims(0);
    let whole = [-2.0, -1.0, 0.0, 1.0, 2.0];
    let x = match function {
        Unary::Log | Unary::Sqrt => draw.uniform(&dims, 0.2, 3.0),
        Unary::Log1p => draw.uniform(&dims, -0.8, 3.0),
        Unary::Reciprocal => {
            let sign = if draw.chance(0.5) { 1.0 } else { -1.0 };
            draw.tensor(&dims, |draw| sign * draw.between(0.4, 2.0))
        }
        Unary::Tan => draw.uniform(&dims, -1.2, 1.2),
        Unary::Asin | Unary::Acos | Unary::Atanh => draw.uniform(&dims, -0.8, 0.8),
        Unary::Acosh => draw.uniform(&dims, 1.3, 4.0),
        Unary::Abs | Unary::Sign | Unary::Relu => away(draw, &dims, -2.0, 2.0, &[0.0]),
        Unary::Floor | Unary::Ceil | Unary::Trunc => away(draw, &dims, -2.0, 2.0, &whole),
        Unary::Round => away(draw, &dims, -2.0, 2.0, &[-1.5, -0.5, 0.5, 1.5]),
        Unary::Neg
        | Unary::Exp
        | Unary::Expm1
        | Unary::Sin
        | Unary::Cos
        | Unary::Atan
        | Unary::Sinh
        | Unary::Cosh
        | Unary::Asinh
        | Unary::Tanh
        | Unary::Sigmoid
        | Unary::Softplus
        | Unary::Erf
        | Unary::Gelu
        | Unary::Silu
        | Unary::Not
        | Unary::IsNan
        | Unary::IsFinite => draw.uniform(&dims, -2.5, 2.5),
    }?;
    Ok(Case::new(Op::Unary(function), [x]))
}

/// Two shapes, either of which broadcasts in some axes.
fn operands(draw: &mut Draw) -> (Vec<usize>, Vec<usize>) {
    let both = draw.any_dims(0);
    let other = draw.narrower(&both);
    match draw.below(3) {
        0 => (both, other),
        1 => (other, both),
        _ => {
            // Each is narrower than the other in some axis.
            let ones: Vec<usize> = other
                .iter()
                .map(|&n| if n > 1 && draw.chance(0.5) { 1 } else { n })
                .collect();
            let lead = both.len() - other.len();
            let wide = both.iter().enumerate().map(|(axis, &n)| {
                let kept = axis < lead || ones[axis - lead] != 1 || draw.chance(0.5);
                if kept { n } else { 1 }
            });
            (wide.collect(), ones)
        }
    }
}

fn binary(function: Binary, draw: &mut Draw) -> Result<Case> {
    let (a, b) = operands(draw);
    let fifth = |draw: &mut Draw| (draw.between(-2.0, 2.0) * 5.0).round() / 5.0;
    let signed = |draw: &mut Draw| {
        let sign = if draw.chance(0.5) { 1.0 } else { -1.0 };
        sign * draw.between(0.4, 2.0)
    };
    let inputs = match function {
        Binary::Add | Binary::Sub | Binary::Mul => {
            [draw.uniform(&a, -2.0, 2.0)?, draw.uniform(&b, -2.0, 2.0)?]
        }
        Binary::Div => [draw.uniform(&a, -2.0, 2.0)?, draw.tensor(&b, signed)?],
        Binary::Pow => [draw.uniform(&a, 0.3, 2.0)?, draw.uniform(&b, -2.0, 2.0)?],
        Binary::Atan2 => [draw.tensor(&a, signed)?, draw.tensor(&b, signed)?],
        // No two of them are nearer than a tenth.
        Binary::Maximum | Binary::Minimum => {
            let shifted = |draw: &mut Draw| fifth(draw) + 0.1;
            [draw.tensor(&a, fifth)?, draw.tensor(&b, shifted)?]
        }
        // The quotients of (k + ½)·0.3 by ±0.3 or ±0.9 are a sixth from any integer, at least.
        Binary::Remainder => {
            let middle = |draw: &mut Draw| ((draw.between(-5.0, 5.0)).floor() + 0.5) * 0.3;
            let divisor = |draw: &mut Draw| [0.3, -0.3, 0.9, -0.9][draw.below(4)];
            [draw.tensor(&a, middle)?, draw.tensor(&b, divisor)?]
        }
    };
    Ok(Case::new(Op::Binary(function), inputs))
}

fn with_constants(operation: Operation, draw: &mut Draw) -> Result<Case> {
    let dims = draw.any_dims(0);
    let (op, x) = match operation {
        Operation::Power => {
            let whole = [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 5.0];
            let (exponent, low) = if draw.chance(0.6) {
                (whole[draw.below(whole.len())], -2.0)
            } else {
                (draw.between(-2.5, 2.5), 0.3)
            };
            let x = away(draw, &dims, low, 2.0, &[-0.2, -0.1, 0.0, 0.1, 0.2])?;
            (Op::Power(exponent), x)
        }
        Operation::Affine => {
            let (scale, shift) = (draw.between(-2.0, 2.0), draw.between(-2.0, 2.0));
            (Op::Affine { scale, shift }, draw.uniform(&dims, -2.0, 2.0)?)
        }
        Operation::Clamp => {
            let bounds = [(-0.5, 0.7), (0.2, 0.2), (0.7, -0.5)][draw.below(3)];
            let low = draw.chance(0.7).then_some(bounds.0);
            let high = draw.chance(0.7).then_some(bounds.1);
            let x = away(draw, &dims, -2.0, 2.0, &[-0.5, 0.2, 0.7])?;
            (Op::Clamp { low, high }, x)
        }
        Operation::Elu => {
            let alpha = draw.between(0.3, 2.0);
            (Op::Elu(alpha), away(draw, &dims, -2.0, 2.0, &[0.0])?)
        }
        _ => {
            let slope = draw.between(-0.3, 0.6);
            (Op::LeakyRelu(slope), away(draw, &dims, -2.0, 2.0, &[0.0])?)
        }
    };
    Ok(Case::new(op, [x]))
}
