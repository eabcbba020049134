//! The question: which part of the input can an output unit depend on?

mod mistakes;
mod recurrence;
