//! The shape of a tensor.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The sizes of a tensor's axes, outermost first, as PyTorch counts them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Shape(pub Vec<usize>);

impl Shape {
    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The sizes.
    pub fn dims(&self) -> &[usize] {
        &self.0
    }

    /// The number of elements; `None` above 2¹²⁸.
    pub fn elements(&self) -> Option<u128> {
        self.0
            .iter()
            .try_fold(1_u128, |product, &dim| product.checked_mul(dim as u128))
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Self {
        Self(dims.to_vec())
    }
}

/// As people write it: `1×3×224×224`; a scalar is `()`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("()");
        }
        for (axis, dim) in self.0.iter().enumerate() {
            if axis > 0 {
                f.write_str("×")?;
            }
            write!(f, "{dim}")?;
        }
        Ok(())
    }
}
