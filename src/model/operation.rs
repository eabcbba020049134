//! The operations on tensors that need no module.

use serde::{Deserialize, Serialize};

/// An operation. Axes may be negative and then count from the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Operation {
    /// Two tensors, broadcast against each other, combined element by element.
    Binary(Binary),
    /// A tensor and a number, or a function of one tensor, element by element (`exp`, `x * 2`).
    Elementwise {
        /// As PyTorch calls it.
        name: String,
    },
    /// Joined along an axis.
    Cat {
        /// The axis.
        dim: isize,
    },
    /// Joined along a new axis.
    Stack {
        /// The new axis.
        dim: isize,
    },
    /// Matrix product, batched as `torch.matmul` does.
    MatMul,
    /// Axes reduced to one number each.
    Reduce {
        /// How.
        kind: Reduction,
        /// The axes; empty for all.
        dims: Vec<isize>,
        /// Whether they stay with size 1.
        keepdim: bool,
    },
    /// Scaled dot-product attention of query, key and value (`F.scaled_dot_product_attention`).
    DotProductAttention {
        /// Whether a position sees only itself and those before.
        causal: bool,
    },
    /// Another shape for the same elements; at most one size is −1.
    Reshape {
        /// The sizes.
        sizes: Vec<isize>,
    },
    /// Axes in another order.
    Permute {
        /// Which input axis stands at each place.
        dims: Vec<isize>,
    },
    /// Two axes exchanged.
    Transpose {
        /// One.
        first: isize,
        /// The other.
        second: isize,
    },
    /// Axes of size 1 removed.
    Squeeze {
        /// The axes; empty for all of size 1.
        dims: Vec<isize>,
    },
    /// An axis of size 1 added.
    Unsqueeze {
        /// Its place.
        dim: isize,
    },
    /// Cut into pieces along an axis: one output each.
    Split {
        /// How.
        pieces: Pieces,
        /// The axis.
        dim: isize,
    },
    /// One position of an axis, the axis removed (`x[:, 0]`).
    Select {
        /// The axis.
        dim: isize,
        /// The position.
        index: isize,
    },
    /// A range of an axis (`x[:, 2:10:2]`).
    Slice {
        /// The axis.
        dim: isize,
        /// First position.
        start: Option<isize>,
        /// One past the last.
        stop: Option<isize>,
        /// Step, at least 1.
        step: usize,
    },
    /// Axes of size 1 repeated without copying; −1 keeps an axis.
    Expand {
        /// The sizes.
        sizes: Vec<isize>,
    },
    /// Repeated along the axes.
    Repeat {
        /// How often, an axis.
        times: Vec<usize>,
    },
    /// Positions reversed along the axes.
    Flip {
        /// The axes.
        dims: Vec<isize>,
    },
    /// Positions shifted around along the axes.
    Roll {
        /// By how much, an entry an axis in `dims`.
        shifts: Vec<isize>,
        /// The axes.
        dims: Vec<isize>,
    },
    /// Running sum (or product) along an axis.
    Cumulative {
        /// The axis.
        dim: isize,
    },
}

/// How two tensors are combined element by element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Binary {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `**`
    Pow,
    /// `torch.maximum`
    Maximum,
    /// `torch.minimum`
    Minimum,
}

/// How axes are reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reduction {
    /// Mean.
    Mean,
    /// Sum.
    Sum,
    /// Maximum.
    Max,
    /// Minimum.
    Min,
    /// Product.
    Prod,
    /// Euclidean norm.
    Norm,
    /// Variance.
    Var,
    /// Standard deviation.
    Std,
    /// Position of the maximum.
    ArgMax,
    /// Position of the minimum.
    ArgMin,
    /// ln Σ eˣ.
    LogSumExp,
}

/// How an axis is cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pieces {
    /// Into this many, the last perhaps smaller (`chunk`).
    Count(usize),
    /// Each of this size, the last perhaps smaller (`split` with a number).
    Each(usize),
    /// These sizes (`split` with a list).
    Sizes(Vec<usize>),
    /// One position each, the axis removed (`unbind`).
    Unbind,
}

impl Operation {
    /// As PyTorch calls it.
    pub fn name(&self) -> &str {
        match self {
            Self::Binary(binary) => match binary {
                Binary::Add => "add",
                Binary::Sub => "sub",
                Binary::Mul => "mul",
                Binary::Div => "div",
                Binary::Pow => "pow",
                Binary::Maximum => "maximum",
                Binary::Minimum => "minimum",
            },
            Self::Elementwise { name } => name,
            Self::Cat { .. } => "cat",
            Self::Stack { .. } => "stack",
            Self::MatMul => "matmul",
            Self::Reduce { kind, .. } => match kind {
                Reduction::Mean => "mean",
                Reduction::Sum => "sum",
                Reduction::Max => "max",
                Reduction::Min => "min",
                Reduction::Prod => "prod",
                Reduction::Norm => "norm",
                Reduction::Var => "var",
                Reduction::Std => "std",
                Reduction::ArgMax => "argmax",
                Reduction::ArgMin => "argmin",
                Reduction::LogSumExp => "logsumexp",
            },
            Self::DotProductAttention { .. } => "scaled_dot_product_attention",
            Self::Reshape { .. } => "reshape",
            Self::Permute { .. } => "permute",
            Self::Transpose { .. } => "transpose",
            Self::Squeeze { .. } => "squeeze",
            Self::Unsqueeze { .. } => "unsqueeze",
            Self::Split {
                pieces: Pieces::Count(_),
                ..
            } => "chunk",
            Self::Split {
                pieces: Pieces::Unbind,
                ..
            } => "unbind",
            Self::Split { .. } => "split",
            Self::Select { .. } => "select",
            Self::Slice { .. } => "slice",
            Self::Expand { .. } => "expand",
            Self::Repeat { .. } => "repeat",
            Self::Flip { .. } => "flip",
            Self::Roll { .. } => "roll",
            Self::Cumulative { .. } => "cumsum",
        }
    }
}
