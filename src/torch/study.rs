//! What a study of gradients asks of the sandbox, and what comes back: programs and numbers, no Python.

mod native;
mod run;

use serde::{Deserialize, Serialize};

use crate::lab::{Array, Program};
use crate::model::{Fault, ReadingNote, Source};
pub(super) use native::_study;
pub(super) use run::study;

/// A function whose gradients are asked about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StudyRequest {
    /// The texts, run in order in one scope: a file, or the code cells of a notebook.
    pub sources: Vec<Source>,
    /// Files that the sources may import: their dotted names (`hw4.answers`) and texts.
    pub modules: Vec<(String, Source)>,
    /// Which function: a name, or any expression over the sources' names. Without one the sources must leave no doubt.
    pub expression: Option<String>,
    /// Whether the value of the last expression is the function (`-c`).
    pub snippet: bool,
    /// Arguments that are drawn: `--arg X=100x11`.
    pub arguments: Vec<Argument>,
    /// Claimed gradients as expressions over the function's arguments, the sources' names and `G`: input, expression.
    pub claims: Vec<(String, String)>,
    /// Numbers from elsewhere (`--claim-file`), which take the place of draws.
    pub numbers: Option<Numbers>,
    /// How often the arguments are drawn.
    pub draws: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// Whether the upstream gradient is ones, as a weak test has it; else it is random.
    pub ones: bool,
    /// Another function to hold this one against: a name or an expression over its own sources.
    pub reference: Option<Reference>,
}

/// The function that another one is held against.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reference {
    /// Its texts; empty where it stands in the same sources.
    pub sources: Vec<Source>,
    /// Which function.
    pub expression: Option<String>,
}

/// An argument that is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// The name of the function's parameter.
    pub name: String,
    /// Its shape.
    pub dims: Vec<usize>,
    /// From which numbers.
    pub from: Distribution,
}

/// What an argument's numbers are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Distribution {
    /// Normal numbers; where the function is not defined there, others are tried: see [`Draw::domain`].
    Anything,
    /// Evenly from an interval.
    Between(f64, f64),
    /// Integers from 0 up to, and without, this one: labels, indices.
    Below(u64),
}

/// Numbers from elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// The function's arguments by name.
    pub inputs: Vec<(String, Array)>,
    /// The upstream gradient; ones for a scalar where it is not given.
    pub upstream: Option<Array>,
    /// The claimed gradients by input.
    pub gradients: Vec<(String, Array)>,
}

/// What the sandbox found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// What the function is called.
    pub name: String,
    /// What kind of thing it is, in words: "an autograd.Function", "a function and its backward".
    pub kind: String,
    /// The function, drawn anew each time. Never empty.
    pub draws: Vec<Draw>,
    /// What else there is to say: `random`, `mutates-input`, `depends-on-values` and others, with a sentence each.
    pub notes: Vec<ReadingNote>,
    /// The texts, for places.
    pub sources: Vec<Source>,
}

/// One run of the function, with the claims about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// The function as operations in float64. Its inputs are the float tensors among the arguments, by name.
    pub forward: Program,
    /// Their numbers, in the order of the program's inputs.
    pub inputs: Vec<Array>,
    /// The upstream gradient of each output.
    pub upstream: Vec<Array>,
    /// What the arguments were drawn from, in words.
    pub domain: String,
    /// Claimed gradients, at most one an input. With a backward there is one for every input.
    pub claims: Vec<Claimed>,
    /// The reference's outputs and gradients, where one was asked for.
    pub reference: Option<Program>,
}

/// A claimed gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claimed {
    /// Of which input.
    pub input: String,
    /// As it was written: an expression, or where it comes from ("what `backward` returns for W").
    pub written: String,
    /// What it is.
    pub given: Given,
}

/// What a claim comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Given {
    /// A tensor, by operations on the forward program's inputs and, after them, the upstream gradients (`G`). Its one
    /// output is the claim, in the shape that it was given in.
    Gradient(Program),
    /// None, or nothing.
    Absent,
    /// Something that is no tensor, or an exception.
    Failed(Fault),
}
