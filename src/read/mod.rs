//! From text to a subject: PyTorch sources, notebooks, JSON models, and values as people write them.

pub mod json;
pub mod notebook;
pub mod values;
