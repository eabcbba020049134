//! The closed set of operations that gradus computes and differentiates with.
//!
//! An [`Op`] is data. `evaluate` carries one out on candle tensors, `shape` says beforehand what shape comes out,
//! `vjp` gives its vector-Jacobian product **as operations of the same set**: so a gradient can be differentiated
//! again, written down as a program, and changed where somebody may have made a mistake. candle's own backward pass is
//! used nowhere here: in places it is wrong or missing. `lab::conformance` proves every rule against central differences.

mod elsewhere;
mod evaluate;
mod kernels;
mod linear_algebra;
mod number;
mod shape;
mod vjp;

use candle_core::DType;
use serde::{Deserialize, Serialize};

pub(crate) use evaluate::{evaluate, is_moved};
pub(crate) use shape::{broadcast, dims_of};
pub(crate) use vjp::vjp;

/// The kinds of numbers that a tensor may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Truth values, as bytes 0 and 1.
    Bool,
    /// 64-bit integers.
    I64,
    /// 32-bit floats.
    F32,
    /// 64-bit floats.
    F64,
}

impl Kind {
    /// Whether gradients flow through numbers of this kind.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// As the engine calls it.
    pub fn dtype(self) -> DType {
        match self {
            Self::Bool => DType::U8,
            Self::I64 => DType::I64,
            Self::F32 => DType::F32,
            Self::F64 => DType::F64,
        }
    }

    /// Of a tensor; other kinds of the engine never occur here.
    pub fn of(dtype: DType) -> Self {
        match dtype {
            DType::U8 => Self::Bool,
            DType::F64 => Self::F64,
            DType::F32 => Self::F32,
            _ => Self::I64,
        }
    }
}

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumIter)]
#[expect(missing_docs, reason = "the names are the functions' own")]
pub enum Unary {
    Neg,
    Abs,
    /// −1, 0 or 1; its derivative is 0.
    Sign,
    Exp,
    Expm1,
    Log,
    Log1p,
    Sqrt,
    Reciprocal,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Asinh,
    Acosh,
    Atanh,
    Tanh,
    Sigmoid,
    /// max(x, 0); its derivative at 0 is 0, as PyTorch has it.
    Relu,
    /// log(1 + eˣ), computed without overflow.
    Softplus,
    Erf,
    /// x·Φ(x) with the normal distribution function Φ.
    Gelu,
    /// x·σ(x).
    Silu,
    Floor,
    Ceil,
    /// To the nearest integer, halves to the even one.
    Round,
    Trunc,
    /// 1 for 0, 0 for anything else.
    Not,
    IsNan,
    IsFinite,
}

/// A function of two numbers; the operands are broadcast as PyTorch does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumIter)]
#[expect(missing_docs, reason = "the names are the functions' own")]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    /// The larger; at a tie half of the gradient goes to each, as PyTorch has it.
    Maximum,
    /// The smaller; at a tie half of the gradient goes to each.
    Minimum,
    /// a − b·⌊a/b⌋.
    Remainder,
    Atan2,
}

/// A comparison; the result is a truth value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumIter)]
#[expect(missing_docs, reason = "the names are the comparisons' own")]
pub enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// An operation on tensors: one result each. Axes are counted from 0; n is the number of elements along one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, strum::EnumDiscriminants)]
#[strum_discriminants(
    name(Operation),
    vis(pub(crate)),
    derive(strum::EnumIter),
    doc = "An operation without its details, so that there can be a list of all."
)]
pub enum Op {
    /// `f(x)`, element by element.
    Unary(Unary),
    /// `xᶜ` with a fixed exponent.
    Power(#[serde(with = "number")] f64),
    /// `scale·x + shift`.
    Affine {
        /// The factor.
        #[serde(with = "number")]
        scale: f64,
        /// What is added.
        #[serde(with = "number")]
        shift: f64,
    },
    /// `x` between two bounds; the derivative is 1 inside and on them, 0 outside.
    Clamp {
        /// The lower bound.
        #[serde(with = "number::optional")]
        low: Option<f64>,
        /// The upper bound.
        #[serde(with = "number::optional")]
        high: Option<f64>,
    },
    /// `x` above 0, `slope·x` elsewhere.
    LeakyRelu(#[serde(with = "number")] f64),
    /// `x` above 0, `alpha·(eˣ − 1)` elsewhere.
    Elu(#[serde(with = "number")] f64),
    /// `f(a, b)`, element by element.
    Binary(Binary),
    /// `a < b` and the like, element by element.
    Compare(Comparison),
    /// `condition ? a : b`, element by element; the condition comes first.
    Where,
    /// The same numbers as another kind.
    Cast(Kind),
    /// The same numbers, with no gradient through them.
    Detach,

    /// The same numbers in another shape, in the same order.
    Reshape(Vec<usize>),
    /// The axes in another order.
    Permute(Vec<usize>),
    /// Axes of size 1, and new ones in front, repeated up to a shape.
    Broadcast(Vec<usize>),
    /// The adjoint of [`Op::Broadcast`]: summed down to a shape.
    SumTo(Vec<usize>),
    /// Every `step`-th place of an axis from `start` on, `count` of them.
    Slice {
        /// The axis.
        axis: usize,
        /// The first place.
        start: usize,
        /// From one place to the next.
        step: usize,
        /// How many.
        count: usize,
    },
    /// The adjoint of [`Op::Slice`]: put back at their places of an axis of `length`, zeros elsewhere.
    Unslice {
        /// The axis.
        axis: usize,
        /// The first place.
        start: usize,
        /// From one place to the next.
        step: usize,
        /// The size of the axis.
        length: usize,
    },
    /// An axis backwards.
    Flip(usize),
    /// Several tensors one after the other along an axis.
    Cat(usize),
    /// Windows of an axis: `kernel` places, `dilation` apart, one window every `stride`. The axis then counts windows, and
    /// a last axis of size `kernel` is new. A convolution is this, a reshape and a matrix product.
    Window {
        /// The axis.
        axis: usize,
        /// Places in a window.
        kernel: usize,
        /// From one window to the next.
        stride: usize,
        /// From one place in a window to the next.
        dilation: usize,
    },
    /// The adjoint of [`Op::Window`]: every window's places added up on an axis of `length`.
    Unwindow {
        /// The axis.
        axis: usize,
        /// The size of the axis that the windows were taken from.
        length: usize,
        /// From one window to the next.
        stride: usize,
        /// From one place in a window to the next.
        dilation: usize,
    },

    /// Rows (or other slices along an axis) by number: (x, numbers of rank 1).
    IndexSelect(usize),
    /// The adjoint of [`Op::IndexSelect`]: (rows, numbers), added up on an axis of `length`.
    IndexAdd {
        /// The axis.
        axis: usize,
        /// Its size.
        length: usize,
    },
    /// For every place of the index, the element with that number along the axis: (x, numbers of x's rank).
    Gather(usize),
    /// The adjoint of [`Op::Gather`]: (elements, numbers), added up on an axis of `length`.
    ScatterAdd {
        /// The axis.
        axis: usize,
        /// Its size; the others are the elements'.
        length: usize,
    },

    /// The sum over axes; `keep` leaves them at size 1.
    Sum {
        /// The axes, ascending.
        axes: Vec<usize>,
        /// Whether they stay.
        keep: bool,
    },
    /// The running sum along an axis, from the front or from the back.
    CumSum {
        /// The axis.
        axis: usize,
        /// From the back.
        reverse: bool,
    },
    /// Where along an axis the largest (or smallest) element stands; of equals the first. The axis stays, at size 1.
    ArgExtreme {
        /// The axis.
        axis: usize,
        /// The largest; else the smallest.
        largest: bool,
    },
    /// The numbers of an axis's elements in ascending (or descending) order.
    ArgSort {
        /// The axis.
        axis: usize,
        /// The largest first.
        descending: bool,
    },
    /// eˣ over its sum along an axis.
    Softmax(usize),
    /// The logarithm of that.
    LogSoftmax(usize),

    /// The matrix product over the last two axes; the others are broadcast.
    MatMul,
    /// The inverse of square matrices, the last two axes.
    Inverse,
    /// The determinant of square matrices, the last two axes.
    Determinant,
}

impl Op {
    /// What PyTorch calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unary(unary) => unary.name(),
            Self::Power(_) => "pow",
            Self::Affine { .. } => "affine",
            Self::Clamp { .. } => "clamp",
            Self::LeakyRelu(_) => "leaky_relu",
            Self::Elu(_) => "elu",
            Self::Binary(binary) => binary.name(),
            Self::Compare(_) => "compare",
            Self::Where => "where",
            Self::Cast(_) => "to",
            Self::Detach => "detach",
            Self::Reshape(_) => "reshape",
            Self::Permute(_) => "permute",
            Self::Broadcast(_) => "expand",
            Self::SumTo(_) => "sum_to_size",
            Self::Slice { .. } => "slice",
            Self::Unslice { .. } => "slice_backward",
            Self::Flip(_) => "flip",
            Self::Cat(_) => "cat",
            Self::Window { .. } => "unfold",
            Self::Unwindow { .. } => "fold",
            Self::IndexSelect(_) => "index_select",
            Self::IndexAdd { .. } => "index_add",
            Self::Gather(_) => "gather",
            Self::ScatterAdd { .. } => "scatter_add",
            Self::Sum { .. } => "sum",
            Self::CumSum { .. } => "cumsum",
            Self::ArgExtreme { .. } => "argmax",
            Self::ArgSort { .. } => "argsort",
            Self::Softmax(_) => "softmax",
            Self::LogSoftmax(_) => "log_softmax",
            Self::MatMul => "matmul",
            Self::Inverse => "inverse",
            Self::Determinant => "det",
        }
    }
}

impl Unary {
    /// What PyTorch calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Neg => "neg",
            Self::Abs => "abs",
            Self::Sign => "sign",
            Self::Exp => "exp",
            Self::Expm1 => "expm1",
            Self::Log => "log",
            Self::Log1p => "log1p",
            Self::Sqrt => "sqrt",
            Self::Reciprocal => "reciprocal",
            Self::Sin => "sin",
            Self::Cos => "cos",
            Self::Tan => "tan",
            Self::Asin => "asin",
            Self::Acos => "acos",
            Self::Atan => "atan",
            Self::Sinh => "sinh",
            Self::Cosh => "cosh",
            Self::Asinh => "asinh",
            Self::Acosh => "acosh",
            Self::Atanh => "atanh",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Relu => "relu",
            Self::Softplus => "softplus",
            Self::Erf => "erf",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Floor => "floor",
            Self::Ceil => "ceil",
            Self::Round => "round",
            Self::Trunc => "trunc",
            Self::Not => "logical_not",
            Self::IsNan => "isnan",
            Self::IsFinite => "isfinite",
        }
    }
}

impl Binary {
    /// What PyTorch calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Sub => "sub",
            Self::Mul => "mul",
            Self::Div => "div",
            Self::Pow => "pow",
            Self::Maximum => "maximum",
            Self::Minimum => "minimum",
            Self::Remainder => "remainder",
            Self::Atan2 => "atan2",
        }
    }
}
