//! The question: which part of the input can an output unit depend on?

pub mod mistakes;
pub mod recurrence;
pub mod suspects;
pub mod working;
