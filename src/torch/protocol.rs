//! What parent and child say to each other: one JSON text to the child, and back one, or one a line.

use serde::{Deserialize, Serialize};

use super::run::{Event, RunRequest};
use super::study::{Study, StudyRequest};
use crate::model::{Fault, Model, Shape, Source};

/// The child's name on the command line.
pub(super) const ARGUMENT: &str = "__interpret";

/// A model to read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Request {
    /// The texts, run in order in one scope: a file, or the code cells of a notebook.
    pub sources: Vec<Source>,
    /// Which model: an expression over the names that the sources bind. Without one the sources must leave no doubt.
    pub expression: Option<String>,
    /// Whether the value of the last expression is the model (`-c`).
    pub snippet: bool,
    /// The shapes to call the model with; without them the sources' own calls say, or a guess.
    pub inputs: Option<Vec<Shape>>,
    /// Layers that gradus does not know, by class name, to take as element-wise.
    pub assume: Vec<String>,
}

/// What the child is given.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) work: Work,
    /// CPU seconds.
    pub(super) seconds: u64,
    /// Bytes of address space.
    pub(super) memory: u64,
}

/// What the child is to do.
#[derive(Serialize, Deserialize)]
pub(super) enum Work {
    /// Read a model: the answer is an [`Answer`].
    Read(Request),
    /// Study a function: the answer is a [`Studied`].
    Study(StudyRequest),
    /// Run a program: the answer is one [`Line`] after the other.
    Run(RunRequest),
}

/// What the child answers to [`Work::Read`].
pub(super) type Answer = Result<Model, Fault>;

/// What the child answers to [`Work::Study`].
pub(super) type Studied = Result<Study, Fault>;

/// A line of what the child answers to [`Work::Run`], written as it happens: what came before a limit is not lost.
#[derive(Serialize, Deserialize)]
pub(super) enum Line {
    /// Something happened.
    Event(Event),
    /// Nothing could be run.
    Fault(Fault),
    /// All is done.
    End,
}
