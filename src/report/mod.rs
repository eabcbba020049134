//! What a question answers: data, never text.
//!
//! A [`Report`] holds every number as a [`Quantity`] or a cell of a [`Table`]; a picture is a [`Series`] before it
//! is drawn. Formats are made from it in `render`, and nothing else computes or words a number.

mod check;
mod grade;
mod series;
mod statement;
mod value;

pub use check::{Check, Claim, Diagnosis, Step, Tolerance, Verdict, Working};
pub use grade::{
    Certainty, Defence, Explained, Fact, GradeReport, Item, Mark, Outcome, ReadAnswer, ReadSheet,
    Reading, ReadingReport, Sheet, Spot, Total,
};
pub use series::{Axis, Curve, Series, Shape};
pub use statement::{Finding, Statement};
pub use value::{Extent, Value};

use schemars::JsonSchema;
use serde::Serialize;

/// The answer to one question, with its working and the claims that were held against it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// The question's name, as the subcommand is called.
    pub question: String,
    /// What the caller calls this question (`--id`), echoed.
    pub id: Option<String>,
    /// What was asked: argument names and values, in the order they matter to a reader.
    pub asked: Vec<(String, String)>,
    /// The key of the headline quantity.
    pub headline: String,
    /// Whether everything that was asked could be answered.
    pub status: Status,
    /// The parts of the answer, in reading order.
    pub sections: Vec<Section>,
    /// The pairs of independent computations and whether they agree.
    pub witnesses: Vec<Witness>,
    /// The claims and their verdicts.
    pub checks: Vec<Check>,
}

/// Whether a report answers everything that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Everything was answered.
    Complete,
    /// Something could not be answered, and the reasons are given.
    Partial(Vec<String>),
}

/// One part of a report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// A titled list of quantities.
    Quantities(Quantities),
    /// A table: one row per layer, position, or whatever is compared.
    Table(Table),
    /// A picture as data.
    Series(Series),
    /// Sentences that the numbers decide.
    Statements(Vec<Statement>),
    /// A sentence that belongs to the answer.
    Note(Note),
}

/// A titled list of quantities.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Quantities {
    /// The heading; empty for the headline list.
    pub title: String,
    /// The quantities.
    pub quantities: Vec<Quantity>,
}

/// One keyed number, shape, flag or name.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Quantity {
    /// The key that a claim names, such as `size` or `parameters`.
    pub key: String,
    /// The words a reader sees.
    pub label: String,
    /// The value itself.
    pub value: Value,
    /// The unit, such as `pixels` or `bytes`; empty where there is none.
    pub unit: String,
    /// How the value is known.
    pub basis: Basis,
    /// The working, a line a step, with the numbers at hand.
    pub steps: Vec<String>,
}

/// How a quantity is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Integer or symbolic arithmetic: no rounding anywhere.
    Exact,
    /// Floating-point arithmetic on a closed form.
    Rounded,
    /// A measurement.
    Measured {
        /// How many draws or positions were measured.
        n: u64,
        /// The standard error; zero where the measurement is deterministic.
        standard_error: f64,
    },
}

/// A table of values under named columns.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Table {
    /// The key in JSON.
    pub key: String,
    /// The heading.
    pub title: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows; each has one cell per column, `None` where a column does not apply.
    pub rows: Vec<Vec<Option<Value>>>,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Column {
    /// The key in JSON.
    pub key: String,
    /// The heading a reader sees.
    pub label: String,
    /// The unit; empty where there is none.
    pub unit: String,
}

/// A sentence that belongs to the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Note {
    /// A stable code, such as `input-assumed`.
    pub code: String,
    /// The sentence.
    pub text: String,
}

/// Two independent computations of one quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Witness {
    /// What was computed twice.
    pub quantity: String,
    /// How the formula got it.
    pub theory: String,
    /// How the measurement got it, or why none was made.
    pub lab: String,
    /// Whether they agree.
    pub agreement: Agreement,
}

/// Whether two witnesses agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Agreement {
    /// Both were computed and say the same.
    Agree,
    /// Both were computed and differ: a fault of gradus.
    Disagree,
    /// Only one was computed; the report says why.
    Alone,
}

impl Report {
    /// An empty, complete report.
    pub fn new(question: &str, headline: &str) -> Self {
        Self {
            question: question.to_owned(),
            id: None,
            asked: Vec::new(),
            headline: headline.to_owned(),
            status: Status::Complete,
            sections: Vec::new(),
            witnesses: Vec::new(),
            checks: Vec::new(),
        }
    }

    /// The quantity with this key.
    pub fn quantity(&self, key: &str) -> Option<&Quantity> {
        self.quantities().find(|q| q.key == key)
    }

    /// Every quantity, in reading order.
    pub fn quantities(&self) -> impl Iterator<Item = &Quantity> {
        self.sections.iter().flat_map(|section| match section {
            Section::Quantities(list) => list.quantities.as_slice(),
            _ => &[],
        })
    }

    /// Every statement, in reading order.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.sections.iter().flat_map(|section| match section {
            Section::Statements(list) => list.as_slice(),
            _ => &[],
        })
    }

    /// The statement with this key.
    pub fn statement(&self, key: &str) -> Option<&Statement> {
        self.statements().find(|statement| statement.key == key)
    }

    /// The value under this key, of a quantity or of a statement that is decided.
    pub fn value(&self, key: &str) -> Option<Value> {
        let quantity = self.quantity(key).map(|quantity| quantity.value.clone());
        let decided = || self.statement(key)?.finding.answer().map(Value::Flag);
        quantity.or_else(decided)
    }

    /// The headline value.
    pub fn answer(&self) -> Option<Value> {
        self.value(&self.headline)
    }

    /// Adds a sentence.
    pub fn note(&mut self, code: &str, text: impl Into<String>) {
        self.sections.push(Section::Note(Note {
            code: code.to_owned(),
            text: text.into(),
        }));
    }

    /// Records that something could not be answered.
    pub fn partial(&mut self, reason: impl Into<String>) {
        match &mut self.status {
            Status::Complete => self.status = Status::Partial(vec![reason.into()]),
            Status::Partial(reasons) => reasons.push(reason.into()),
        }
    }

    /// The verdict over all claims: wrong before unreadable before undecided before right; `None` without claims.
    pub fn verdict(&self) -> Option<Verdict> {
        self.checks.iter().map(|check| check.verdict).max()
    }

    /// Whether two witnesses contradict each other.
    pub fn disagrees(&self) -> bool {
        self.witnesses
            .iter()
            .any(|w| w.agreement == Agreement::Disagree)
    }
}

impl Quantity {
    /// An exact quantity without unit or steps.
    pub fn exact(key: &str, label: &str, value: Value) -> Self {
        Self {
            key: key.to_owned(),
            label: label.to_owned(),
            value,
            unit: String::new(),
            basis: Basis::Exact,
            steps: Vec::new(),
        }
    }

    /// A real number from a closed form, rounded as float64 rounds.
    pub fn rounded(key: &str, label: &str, number: f64) -> Self {
        Self {
            basis: Basis::Rounded,
            ..Self::exact(key, label, Value::Real(number))
        }
    }

    /// A real number that was measured `n` times; the standard error is 0 where nothing in it is random.
    pub fn measured(key: &str, label: &str, number: f64, n: u64, standard_error: f64) -> Self {
        Self {
            basis: Basis::Measured { n, standard_error },
            ..Self::exact(key, label, Value::Real(number))
        }
    }

    /// The same with a unit.
    #[must_use]
    pub fn unit(mut self, unit: &str) -> Self {
        unit.clone_into(&mut self.unit);
        self
    }

    /// The same with its working.
    #[must_use]
    pub fn steps(mut self, steps: Vec<String>) -> Self {
        self.steps = steps;
        self
    }
}

impl Witness {
    /// Two computations of one quantity, in words, and whether they say the same.
    pub fn both(
        quantity: &str,
        theory: impl Into<String>,
        lab: impl Into<String>,
        agree: bool,
    ) -> Self {
        Self {
            quantity: quantity.to_owned(),
            theory: theory.into(),
            lab: lab.into(),
            agreement: if agree {
                Agreement::Agree
            } else {
                Agreement::Disagree
            },
        }
    }
}

impl Table {
    /// A table without rows and units, from the keys and headings of its columns.
    pub fn new(key: &str, title: &str, columns: &[(&str, &str)]) -> Self {
        let columns = columns.iter();
        Self {
            key: key.to_owned(),
            title: title.to_owned(),
            columns: columns
                .map(|(key, label)| Column::new(key, label, ""))
                .collect(),
            rows: Vec::new(),
        }
    }
}

impl Column {
    /// A column; `unit` is empty where there is none.
    pub fn new(key: &str, label: &str, unit: &str) -> Self {
        Self {
            key: key.to_owned(),
            label: label.to_owned(),
            unit: unit.to_owned(),
        }
    }
}
