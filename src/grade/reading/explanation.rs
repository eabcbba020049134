//! How much is said beside a truth value.

use crate::grade::assignment::Item;
use crate::grade::page::{Line, words};
use crate::report::Explained;

/// Words that say which, and not why.
const VERDICTS: &[&str] = &[
    "true",
    "false",
    "t",
    "f",
    "correct",
    "incorrect",
    "right",
    "wrong",
    "yes",
    "no",
    "not",
    "answer",
    "statement",
    "the",
    "this",
    "it",
    "is",
    "depends",
];

/// How much the lines say, by the words that are neither a verdict nor words of the question: to repeat the statement
/// explains nothing.
pub(super) fn explained<'a>(lines: impl Iterator<Item = &'a Line>, item: &Item) -> Explained {
    let question = words(item.phrase.as_deref().unwrap_or(""));
    let known: Vec<&str> = question.split(' ').collect();
    let says = |word: &&str| {
        // `can't` is one word.
        let word = word
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        !word.is_empty() && !known.contains(&word.as_str()) && !VERDICTS.contains(&word.as_str())
    };
    let lines = lines.filter(|line| line.speaks());
    Explained::by(
        lines
            .flat_map(|line| line.text().split_whitespace())
            .filter(says)
            .count(),
    )
}
