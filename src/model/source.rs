//! Where in a text something stands.

use serde::{Deserialize, Serialize};

/// A text that a model was read from: a file, a cell of a notebook, the argument of `-c`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What a message calls it: a path, `<stdin>`, `<-c>`, or a path with its cell.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A place in a source: lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Which source, as an index into the list that goes with it.
    pub source: usize,
    /// The line.
    pub line: usize,
    /// The first column.
    pub column: usize,
    /// How many characters; 0 where only the start is known: then the rest of the line is meant.
    pub length: usize,
}
