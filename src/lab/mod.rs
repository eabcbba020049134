//! The witness by measurement: candle tensors.
