//! Assignments: what a sheet asks, where its answers stand, and which question computes each.

mod rules;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::submission::Wanted;
use crate::model::{Fault, Source, Span};
use crate::report::{Certainty, Defence};

/// A sheet of questions with what is needed to grade it: the form of an assignment file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// What the report calls it.
    pub title: String,
    /// The blank sheet, a path beside this file: what equals it is question, and the rest is answer.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub template: Option<Spanned<String>>,
    /// The items, in the order of the report.
    #[serde(rename = "question", default)]
    pub items: Vec<Item>,
}

/// One thing that a sheet asks and that earns points.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// A short name, unique in the assignment; also the key in a JSON of answers.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What the report calls it.
    pub title: String,
    /// What a right answer earns.
    #[serde(default = "one_point")]
    #[schemars(with = "f64")]
    pub points: Spanned<f64>,
    /// The heading of the section that it stands in.
    #[serde(default)]
    pub heading: Option<String>,
    /// Its number in that section.
    #[serde(default)]
    pub number: Option<u32>,
    /// Which of the question's parts: 1 for `A`, `a)`, `i.` or `1.`, and so on.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub part: Option<Spanned<u32>>,
    /// Words of the question, or of the part, that stand nowhere else on the sheet.
    #[serde(default)]
    pub phrase: Option<String>,
    /// The variable that holds the answer where answers are strings in a `.py` file; the id where none is given.
    #[serde(default)]
    pub name: Option<String>,
    /// How the answer is written.
    pub written: Written,
    /// The file that a function stands in where a submission is a folder or an archive, with forward slashes:
    /// `hw4/answers.py`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub file: Option<Spanned<String>>,
    /// What a function is called.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub function: Option<Spanned<String>>,
    /// What an answer may call the quantity, such as `receptive field` or `RF`; the title where none is given.
    #[serde(default)]
    pub called: Vec<String>,
    /// The question to ask, as the subcommand is called; without one the item is read and left to a person.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub ask: Option<Spanned<String>>,
    /// The question's arguments, word by word as on the command line.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub arguments: Option<Spanned<Vec<String>>>,
    /// The model: a path beside this file, or `FILE:EXPRESSION`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub model: Option<Spanned<String>>,
    /// The model itself, as `-c` takes it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub source: Option<Spanned<String>>,
    /// The key of the quantity that is claimed; the question's headline where none is given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub key: Option<Spanned<String>>,
    /// The teacher's own answer; it is checked like any other.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub answer: Option<Spanned<String>>,
    /// How sure a key can be: only a `firm` item is failed by the machine.
    #[serde(default)]
    #[schemars(with = "Certainty")]
    pub certainty: Option<Spanned<Certainty>>,
    /// What an answer to an item that is not firm earns without a person.
    #[serde(default)]
    #[schemars(with = "Pays")]
    pub pays: Option<Spanned<Pays>>,
    /// The keys of the question's report that stand beside an answer in words.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub facts: Option<Spanned<Vec<String>>>,
    /// What the names in a formula stand for, where a number may be answered by one: `{ p1 = 0.1, p2 = 0.2 }`.
    #[serde(default)]
    pub given: BTreeMap<String, f64>,
    /// Whether some editions of the sheet do not have it: where it is not found it counts for nothing.
    #[serde(default)]
    pub optional: bool,
    /// The answers that can be defended where the key is not firm; those of the question's own statement where none
    /// are given.
    #[serde(default, rename = "reading")]
    pub readings: Vec<Defence>,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Written {
    /// An integer: `26,848`.
    Count,
    /// A length per axis, or one for all of them: `112`, `112x112`.
    Size,
    /// A shape: `(1, 32, 122, 122)`.
    Shape,
    /// A real number: `0.28`.
    Real,
    /// True or false.
    Truth,
    /// A function in code.
    Function,
    /// A formula as an expression in Python: `0.5 * G.T @ X`.
    Expression,
    /// Words, which a person judges.
    Text,
}

/// What an answer to an item that is arguable or ambiguous earns without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pays {
    /// Nothing: a person decides.
    #[default]
    Person,
    /// All points where it is explained, whatever it says.
    Explained,
    /// All points, whatever it says.
    Any,
}

impl Written {
    /// Whether an answer is no value, and has to be asked about by itself.
    pub fn is_work(self) -> bool {
        matches!(self, Self::Function | Self::Expression)
    }
}

impl Assignment {
    /// The code that it asks for.
    pub fn wanted(&self) -> Wanted {
        let all = |of: fn(&Item) -> Option<&str>| {
            self.items
                .iter()
                .filter_map(of)
                .map(str::to_owned)
                .collect()
        };
        Wanted {
            files: all(Item::file),
            functions: all(Item::function),
        }
    }

    /// Reads an assignment and checks what can be checked without the files that it names.
    ///
    /// # Errors
    /// If it is not an assignment: with the place in the file.
    pub fn parse(source: &Source) -> Result<Self, Fault> {
        let assignment: Self = toml::from_str(&source.text).map_err(|error| {
            let fault = Fault::new("assignment", "the assignment cannot be read");
            let message = error.message().lines().collect::<Vec<_>>().join("; ");
            match error.span() {
                Some(span) => fault.at(source, place(&source.text, span), message),
                None => Fault::new("assignment", format!("the assignment cannot be read: {message}")),
            }
            .help("`gradus schema assignment` prints the form, `gradus assignment draft NOTEBOOK` a skeleton")
        })?;
        if assignment.items.is_empty() {
            return Err(Fault::new("assignment", "the assignment has no question")
                .help("every question of the sheet is a table `[[question]]`"));
        }
        assignment.unique_ids(source)?;
        for item in &assignment.items {
            item.check(source)?;
        }
        Ok(assignment)
    }

    fn unique_ids(&self, source: &Source) -> Result<(), Fault> {
        let mut seen: HashMap<&str, Range<usize>> = HashMap::new();
        for item in &self.items {
            if let Some(first) = seen.insert(item.id.as_ref(), item.id.span()) {
                let line = place(&source.text, first).line;
                return Err(Fault::new(
                    "assignment",
                    format!("the id `{}` stands twice", item.id()),
                )
                .at(
                    source,
                    place(&source.text, item.id.span()),
                    format!("first on line {line}"),
                )
                .help("give every question an id of its own"));
            }
        }
        Ok(())
    }
}

impl Item {
    /// The id.
    pub fn id(&self) -> &str {
        self.id.as_ref()
    }

    /// How sure a key can be.
    pub fn certainty(&self) -> Certainty {
        self.certainty
            .as_ref()
            .map_or(Certainty::Firm, |certainty| *certainty.as_ref())
    }

    /// What an answer earns without a person where the key is not firm.
    pub fn pays(&self) -> Pays {
        self.pays
            .as_ref()
            .map_or(Pays::Person, |pays| *pays.as_ref())
    }

    /// The keys that stand beside an answer in words.
    pub fn facts(&self) -> &[String] {
        self.facts.as_ref().map_or(&[], |facts| facts.as_ref())
    }

    /// Which of the question's parts, from 1.
    pub fn part(&self) -> Option<u32> {
        self.part.as_ref().map(|part| *part.as_ref())
    }

    /// What an answer may call the quantity.
    pub fn names(&self) -> Vec<String> {
        if self.called.is_empty() {
            vec![self.title.clone()]
        } else {
            self.called.clone()
        }
    }

    /// What the function is called.
    pub fn function(&self) -> Option<&str> {
        self.function.as_ref().map(|name| name.as_ref().as_str())
    }

    /// The file that the function stands in.
    pub fn file(&self) -> Option<&str> {
        self.file.as_ref().map(|file| file.as_ref().as_str())
    }
}

/// The JSON Schema of an assignment.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Assignment)
}

/// Lines and columns of a range of bytes.
pub fn place(text: &str, range: Range<usize>) -> Span {
    let start = range.start.min(text.len());
    let before = text.get(..start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let marked = text.get(start..range.end.min(text.len())).unwrap_or("");
    Span {
        source: 0,
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        length: marked
            .lines()
            .next()
            .map_or(0, |first| first.chars().count()),
    }
}

fn one_point() -> Spanned<f64> {
    Spanned::new(0..0, 1.0)
}
