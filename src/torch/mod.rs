//! PyTorch sources, run in a sandboxed interpreter and traced into models.
//!
//! A source is a program, so it is run, but never here: [`Interpreter`] starts this same binary again as a child
//! process with limits on time and memory. In the child there is an interpreter without files, network, processes or
//! clock, and in it a package `torch` (`pylib/`) whose tensors have shapes but no values. Calling a module then
//! writes down what it does, and that is the [`crate::model::Model`].
//!
//! | file | holds |
//! |---|---|
//! | `parent` | starting the child, and its end as a fault where it did not answer |
//! | `protocol` | what parent and child say to each other |
//! | `child` | the limits, the interpreter's thread, the answer |
//! | `nesting` | refusing what is nested too deeply before it is parsed |
//! | `interpreter` | building the interpreter with the package |
//! | `session` | running sources statement by statement, reading the model |
//! | `code` | a text as statements that are run one by one |
//! | `statements` | what a statement binds or may leave half done |
//! | `choose` | which of a source's modules is meant |
//! | `recorder`, `trace` | the model as it is written down |
//! | `native` | the functions that `pylib` writes it with |
//! | `arguments`, `guess` | a constructor's arguments by name; input shapes worth trying |
//! | `study` | what a study of gradients asks, and what comes back |
//! | `values` | values between Python and JSON |
//! | `tensor` | the native class of tensors with values |
//! | `run`, `running` | a program with values: what is asked and comes back; its texts run one after the other |
//! | `errors`, `traceback` | Python's exceptions as faults, and as Python shows them |

mod arguments;
pub mod child;
mod choose;
mod code;
mod errors;
mod guess;
mod interpreter;
mod native;
mod nesting;
mod parent;
mod protocol;
mod recorder;
pub mod run;
mod running;
mod session;
mod statements;
pub mod study;
mod tensor;
mod trace;
mod traceback;
mod values;

pub use parent::Interpreter;
pub use protocol::Request;
