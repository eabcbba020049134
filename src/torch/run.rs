//! What a run of a program asks of the sandbox, and what comes back.

use serde::{Deserialize, Serialize};

use crate::model::{Place, ReadingNote, Source};

/// A program to run with tensors that have values.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RunRequest {
    /// The texts, run in order in one scope: a file, or the code cells of a notebook.
    pub sources: Vec<Source>,
    /// Files that the sources may import: their dotted names (`hw4.answers`) and texts.
    pub modules: Vec<(String, Source)>,
    /// Whether the first text that fails ends the run.
    pub stop: bool,
    /// Whether the value of a text's last expression is shown, as a notebook does it.
    pub echo: bool,
    /// Whether `torch`, `nn` and `F` are known without an import (`-c`).
    pub known: bool,
    /// The seed of everything random until the program sets its own.
    pub seed: u64,
}

/// Something that happened in a run, in the order of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A text begins: its index.
    Started(usize),
    /// It printed something.
    Printed(String),
    /// The value of its last expression.
    Shown(String),
    /// It failed.
    Failed(Failure),
    /// It ran to its end.
    Finished,
    /// The program asked to end: `exit()`.
    Exited,
    /// What there is to know about how the program was run.
    Noted(ReadingNote),
}

/// An exception that nobody caught.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Its class.
    pub class: String,
    /// What it says.
    pub message: String,
    /// As Python shows it: the frames of the program's own texts, then the exception.
    pub traceback: String,
    /// The innermost place in the program's own texts.
    pub place: Option<Box<Place>>,
}
