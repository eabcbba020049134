//! A claim held against a computed value.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Defence, Value};

/// What somebody asserts about a quantity.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Claim {
    /// The quantity's key; the question's headline where the claim came from `--expect`.
    pub key: String,
    /// The claim as it was written.
    pub written: String,
    /// The value that was read from it; `None` where it could not be read.
    pub expected: Option<Value>,
    /// A second meaning of what was written: `64,128` is a number with a thousands separator, and two sizes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<Value>,
    /// How exactly it is to hold.
    pub tolerance: Tolerance,
    /// The sizes that were written on the way to it (`--working 3,5,21,29,125`); empty where none were.
    pub working: Vec<Value>,
}

/// How exactly a claim is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tolerance {
    /// The same integer, shape, flag or name.
    Exact,
    /// The computed real rounds to the claimed one at this many decimals.
    Digits(u32),
    /// Within this distance.
    Absolute(f64),
    /// Within this share of the computed value.
    Relative(f64),
    /// Within this many standard errors of a measurement.
    Sigmas(f64),
}

/// What became of a claim. The order is the order of gravity: the verdict over several claims is their maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The claim holds.
    Right,
    /// It cannot be decided here; the check says why.
    Undecided,
    /// The claim could not be read as a value.
    Unreadable,
    /// The claim does not hold.
    Wrong,
}

/// A claim, what was computed, and the verdict.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Check {
    /// The claim.
    pub claim: Claim,
    /// The computed value; `None` where it could not be computed.
    pub computed: Option<Value>,
    /// The verdict.
    pub verdict: Verdict,
    /// The rule by which it was reached, or why none was: one sentence.
    pub reason: String,
    /// The mistakes that give the claimed number, the commonest first, at most three.
    pub diagnoses: Vec<Diagnosis>,
    /// What came of the written working, where there was one.
    pub working: Option<Working>,
    /// The answers that can be defended, each with the evidence for it, where the claim is about an arguable statement.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Defence>,
}

/// A named mistake that gives the claimed number on this very subject.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// The stable code, such as `own-stride`.
    pub code: String,
    /// What the mistake is: "this is the number that … gives".
    pub title: String,
    /// The sum as the mistake has it, with this model's numbers, beside the right one.
    pub steps: Vec<Step>,
}

/// One line of a sum, as the mistake has it and as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// The layer or stage.
    pub at: String,
    /// The line with the mistake.
    pub mistaken: String,
    /// The line as it should be.
    pub right: String,
}

/// A written chain of sizes, held against the true one.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Working {
    /// The first step that differs, counted from 1; `None` where all agree.
    pub first_wrong: Option<usize>,
    /// The layer at that step.
    pub at: String,
    /// What was written there and what is true.
    pub written: Option<Value>,
    /// The true value at that step.
    pub truth: Option<Value>,
    /// Whether the rest follows from the first wrong step by right arithmetic.
    pub rest_follows: Option<bool>,
    /// The mistakes that turn the step before into the written one.
    pub diagnoses: Vec<Diagnosis>,
}
