//! The question: what shapes, parameters and costs do the layers have?
