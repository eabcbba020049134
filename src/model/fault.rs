//! A failure as data: what, where, what was expected, and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Source, Span};

/// Why there is no answer. Every room's failures become one of these before they reach a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// A stable code, such as `shape-mismatch`.
    pub code: String,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where, if it stands anywhere.
    pub place: Option<Box<Place>>,
    /// What to do about it; each a sentence.
    pub help: Vec<String>,
}

/// A place in a text, with what to say under it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The text.
    pub source: Source,
    /// The place in it (`span.source` is not used).
    pub span: Span,
    /// What stands under the caret: what was expected or got here.
    pub label: String,
}

impl Fault {
    /// A fault without a place.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            place: None,
            help: Vec::new(),
        }
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(mut self, source: &Source, span: Span, label: impl Into<String>) -> Self {
        self.place = Some(Box::new(Place {
            source: source.clone(),
            span,
            label: label.into(),
        }));
        self
    }

    /// The same, with advice.
    #[must_use]
    pub fn help(mut self, advice: impl Into<String>) -> Self {
        self.help.push(advice.into());
        self
    }

    /// The same, with the known name that is most like the written one, where it is more alike than `least`
    /// (0: nothing in common, 1: the same; Jaro–Winkler).
    #[must_use]
    pub fn did_you_mean<'a>(
        self,
        written: &str,
        known: impl IntoIterator<Item = &'a str>,
        least: f64,
    ) -> Self {
        let nearest = (known.into_iter())
            .map(|name| (strsim::jaro_winkler(name, written), name))
            .filter(|(likeness, _)| *likeness > least)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((_, name)) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
