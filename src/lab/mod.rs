//! The witness by measurement: candle tensors.

pub mod forward;
pub mod support;
