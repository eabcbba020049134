//! The witness by formula: closed forms in exact or checked arithmetic, without tensors.

pub mod attention;
pub mod batch_size;
pub mod cost;
pub mod descent;
pub mod dropout;
pub mod effective;
pub mod embedding;
pub mod field;
pub mod gan;
pub mod gcn;
pub mod implicit;
pub mod linear;
pub mod losses;
pub mod mean_field;
pub mod parameters;
pub mod ravine;
pub mod relu;
pub mod residual;
pub mod shape;
pub mod tbptt;
pub mod vae;
