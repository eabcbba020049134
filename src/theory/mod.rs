//! The witness by formula: closed forms in exact or checked arithmetic, without tensors.

pub mod shape;
