//! What a chain of layers keeps for its backward pass, counted.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};

use crate::lab::ops::{Op, Unary};
use crate::lab::{LabError, Value};

/// The bytes that `depth` times `Linear(width, width)` and `ReLU` keep of a batch, in float32.
///
/// Kept are the operands of matrix products whose other operand has a gradient, and the outputs of ReLUs, from which their
/// slopes can be told; weights are there anyway and do not count.
///
/// # Errors
/// If the engine fails.
pub fn saved_bytes(depth: usize, width: usize, batch: usize) -> Result<u64, LabError> {
    let engine = |error: candle_core::Error| LabError::engine("full", &error);
    let full = |dims: &[usize]| {
        // What the numbers are changes nothing here.
        let tensor = Tensor::full(0.0_f32, dims, &Device::Cpu)?;
        // Not a broadcast number, but memory of its own.
        tensor.contiguous()?.to_dtype(DType::F32)
    };
    let mut value = Value::constant(full(&[batch, width]).map_err(engine)?);
    for _ in 0..depth {
        let weights = Value::leaf(full(&[width, width]).map_err(engine)?);
        let bias = Value::leaf(full(&[width]).map_err(engine)?);
        value = value.matmul(&weights)?.add(&bias)?.unary(Unary::Relu)?;
    }
    let mut kept: BTreeMap<u64, u64> = BTreeMap::new();
    let mut keep = |value: &Value| {
        let tensor = value.tensor();
        let bytes = tensor.elem_count() * tensor.dtype().size_in_bytes();
        kept.insert(value.number(), bytes as u64);
    };
    for made in Value::history(&[value]) {
        match made.made_by() {
            Some((Op::MatMul, [left, right])) => {
                for (operand, other) in [(left, right), (right, left)] {
                    if other.tracked() && !operand.is_leaf() {
                        keep(operand);
                    }
                }
            }
            Some((Op::Unary(Unary::Relu), _)) => keep(&made),
            _ => {}
        }
    }
    Ok(kept.values().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_and_every_output_are_kept() -> Result<(), LabError> {
        assert_eq!(saved_bytes(1, 4, 2)?, 2 * 4 * 2 * 4);
        assert_eq!(saved_bytes(8, 256, 1)?, 9216);
        assert_eq!(saved_bytes(8, 256, 32)?, 294_912);
        Ok(())
    }
}
