//! What came of an assignment: for every submission its answers as they were read, the verdicts and the points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Check, Diagnosis, Finding, Value, Working};

/// An assignment's items as they were computed, and every submission that was held against them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GradeReport {
    /// The assignment's title.
    pub assignment: String,
    /// What was computed, an entry per item of the assignment.
    pub items: Vec<Item>,
    /// The submissions, in the order they were named.
    pub submissions: Vec<Sheet>,
}

/// One item of an assignment: what was asked and what is true.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Item {
    /// The item's id in the assignment.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What a right answer earns.
    pub points: f64,
    /// How sure a key can be.
    pub certainty: Certainty,
    /// The question that computes it; `None` where there is none yet.
    pub question: Option<String>,
    /// The key of the quantity.
    pub key: Option<String>,
    /// The computed value; `None` where it could not be computed, and `reason` says why.
    pub computed: Option<Value>,
    /// Why nothing was computed; empty where something was.
    pub reason: String,
    /// The assignment's own answer, checked like anybody's.
    pub own_answer: Option<Check>,
    /// Whether gradus's two witnesses contradict each other on it: a fault of gradus.
    pub disagree: bool,
    /// The defensible answers to an item that has no firm key, each with its ground.
    pub readings: Vec<Defence>,
    /// What was computed beside an answer in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// How the quantity comes about, a line a step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// The command that asks the same with an answer in the place of `VALUE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// A computed fact that bears on an answer in words: a quantity, or a sentence that the numbers decide.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Fact {
    /// The key in the question's report.
    pub key: String,
    /// The words a reader sees: the quantity's name, or the sentence.
    pub label: String,
    /// The quantity's value; `None` for a sentence.
    pub value: Option<Value>,
    /// Its unit; empty where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// What the numbers say of a sentence; `None` for a quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// The numbers that say it, in a sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub because: String,
}

/// How sure the key to an item can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// One answer is right.
    #[default]
    Firm,
    /// Experts differ: the machine fails nobody.
    Arguable,
    /// The wording allows two readings: the machine fails nobody.
    Ambiguous,
}

/// An answer that can be defended, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defence {
    /// The answer.
    pub answer: String,
    /// Its ground: one or two sentences.
    pub because: String,
}

/// One submission, graded.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Sheet {
    /// The file, with its place inside an archive where it came from one.
    pub name: String,
    /// Why it could not be opened; `None` where it could.
    pub failure: Option<String>,
    /// A mark per item of the assignment, in its order; empty where the submission could not be opened.
    pub marks: Vec<Mark>,
    /// What it earns.
    pub total: Total,
    /// What a reader should know, such as answers to items that the assignment does not have.
    pub notes: Vec<String>,
}

/// What an assignment's items were read as, before anything is held against them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReadingReport {
    /// The assignment's title.
    pub assignment: String,
    /// The submissions, in the order they were named.
    pub submissions: Vec<ReadSheet>,
}

/// One submission, read.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReadSheet {
    /// The file, with its place inside an archive where it came from one.
    pub name: String,
    /// Why it could not be opened; `None` where it could.
    pub failure: Option<String>,
    /// What was read, an entry per item.
    pub answers: Vec<ReadAnswer>,
}

/// One answer, as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReadAnswer {
    /// The item's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `None` where a value was read; else `unreadable` or `blank`.
    pub outcome: Option<Outcome>,
    /// What was taken as the answer.
    pub reading: Reading,
}

/// One answer of one submission.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Mark {
    /// The item's id.
    pub id: String,
    /// The item's title.
    pub title: String,
    /// What was taken as the answer.
    pub reading: Reading,
    /// The computed value it was held against.
    pub computed: Option<Value>,
    /// What became of it.
    pub outcome: Outcome,
    /// The rule by which it was reached, or why none was: one sentence.
    pub reason: String,
    /// The mistakes that give the number that was answered.
    pub diagnoses: Vec<Diagnosis>,
    /// What came of the sizes that were written on the way.
    pub working: Option<Working>,
    /// The answers that can be defended, where the item has no firm key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Defence>,
    /// What was computed beside an answer in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// The points; `None` where a person has to decide.
    pub points: Option<f64>,
    /// What a right answer earns.
    pub of: f64,
}

/// What was taken as an answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Reading {
    /// The value as it was written, such as `122x122`; empty where none was read.
    pub written: String,
    /// The value.
    pub value: Option<Value>,
    /// The sentence or line it was taken from.
    pub quote: String,
    /// The whole answer, where it is in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where that stands; `None` where nothing was found.
    pub place: Option<Spot>,
    /// Which file of the submission that is in, where it has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The sizes that were written on the way to it.
    pub working: Vec<Value>,
    /// Whether something is said beside a truth value; `None` for other answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explained: Option<Explained>,
    /// Why nothing could be read; empty where something was.
    pub reason: String,
}

/// How much is said beside a truth value, by the number of words that are neither the value nor the question's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Explained {
    /// Nothing: at most one word.
    None,
    /// Two to four words.
    Short,
    /// Five words or more.
    Given,
}

impl Explained {
    /// By the number of words that say something.
    pub fn by(words: usize) -> Self {
        match words {
            0 | 1 => Self::None,
            2..=4 => Self::Short,
            _ => Self::Given,
        }
    }

    /// Its word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "not explained",
            Self::Short => "explained in short",
            Self::Given => "explained",
        }
    }
}

/// A place in a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Spot {
    /// The cell, counted from 1 over all cells of the notebook; `None` in a text without cells.
    pub cell: Option<usize>,
    /// The line in the cell or the text, counted from 1.
    pub line: usize,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It holds.
    Right,
    /// It does not hold.
    Wrong,
    /// It cannot be decided by the machine.
    Undecided,
    /// Something stands there, and what it claims is not certain.
    Unreadable,
    /// The question is there and nothing was answered.
    Blank,
    /// The submission's edition of the sheet does not have the question: it counts for nothing.
    Absent,
}

/// A sum of points, some of which may not be decided yet.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
pub struct Total {
    /// If nothing that is undecided earns anything.
    pub least: f64,
    /// If all of it earns full points.
    pub most: f64,
    /// What can be earned at all.
    pub of: f64,
}

impl Total {
    /// The sum over marks: a mark without points may still earn all or nothing.
    pub fn over(marks: &[Mark]) -> Self {
        marks.iter().fold(Self::default(), |total, mark| Self {
            least: total.least + mark.points.unwrap_or(0.0),
            most: total.most + mark.points.unwrap_or(mark.of),
            of: total.of + mark.of,
        })
    }
}

impl Sheet {
    /// A submission that could not be opened.
    pub fn unopened(name: impl Into<String>, failure: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            failure: Some(failure.into()),
            marks: Vec::new(),
            total: Total::default(),
            notes: Vec::new(),
        }
    }

    /// The marks that a person has to look at.
    pub fn for_a_person(&self) -> impl Iterator<Item = &Mark> {
        self.marks.iter().filter(|mark| mark.points.is_none())
    }
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.cell {
            Some(cell) => write!(f, "cell {cell}, line {}", self.line),
            None => write!(f, "line {}", self.line),
        }
    }
}

impl Reading {
    /// Where it stands, in words: `hw4/answers.py, line 3`.
    pub fn place(&self) -> Option<String> {
        match (&self.file, self.place) {
            (Some(file), Some(place)) => Some(format!("{file}, {place}")),
            (Some(file), None) => Some(file.clone()),
            (None, place) => place.map(|place| place.to_string()),
        }
    }
}

impl Outcome {
    /// Its word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Undecided => "undecided",
            Self::Unreadable => "unreadable",
            Self::Blank => "blank",
            Self::Absent => "absent",
        }
    }
}
