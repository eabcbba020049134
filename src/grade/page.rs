//! A submission as lines of plain text, each with its place, its label and the marker that it carries.

mod cells;

use std::collections::HashSet;

use super::label::{self, Label, Marker};
use super::markup::{self, Plain};
use crate::report::Spot;
pub use cells::{cells_of_text, code_blocks};

/// One cell of a notebook, or a whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its number in the notebook, from 1; `None` for a text without cells.
    pub number: Option<usize>,
    /// The line of the text that it begins on, from 1.
    pub first_line: usize,
    /// What it holds.
    pub kind: CellKind,
    /// Its text.
    pub text: String,
    /// What it printed.
    pub output: String,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Prose.
    Markdown,
    /// Code.
    Code,
}

/// One line that a person would read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub spot: Spot,
    /// Which cell it stands in, as an index into the page's cells.
    pub cell: usize,
    /// What it is.
    pub kind: Kind,
    /// How far it is indented, in spaces.
    pub indent: usize,
    /// The number or letter before it.
    pub label: Option<Label>,
    /// The marker before its text.
    pub marker: Option<Marker>,
    /// Its text without label, marker and markup.
    pub plain: Plain,
    /// Whether an empty line stands before it, or the beginning of its cell.
    pub opens: bool,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words, with whatever numbers and formulas.
    Prose,
    /// A heading of this level.
    Heading(usize),
    /// Code.
    Code,
    /// What code printed.
    Output,
}

impl Line {
    /// The text.
    pub fn text(&self) -> &str {
        &self.plain.text
    }

    /// The text with the label before it.
    pub fn whole(&self) -> String {
        match &self.label {
            Some(label) => format!("{}. {}", label.written, self.text())
                .trim()
                .to_owned(),
            None => self.text().to_owned(),
        }
    }

    /// The line with its label and its markup, without tags.
    pub fn as_written(&self) -> String {
        let text = &self.plain.source;
        match &self.label {
            Some(label) if label.number.is_empty() => format!("{} {text}", label.written),
            Some(label) => format!("{}. {text}", label.written),
            None => text.clone(),
        }
    }

    /// Whether an answer may be read from it: code may not. A lone `T.` looks like a label and is an answer.
    pub fn speaks(&self) -> bool {
        let truth = self
            .label
            .as_ref()
            .is_some_and(|label| matches!(&*label.written, "T" | "F" | "t" | "f"));
        self.kind != Kind::Code && (truth || !self.text().is_empty())
    }
}

/// The lines of a text, as one cell or, in the text form of a notebook, as several.
pub fn lines_of_text(text: &str) -> Vec<Line> {
    lines(&cells_of_text(text))
}

/// The lines of cells, in order; empty ones are left out.
pub fn lines(cells: &[Cell]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, cell) in cells.iter().enumerate() {
        match cell.kind {
            CellKind::Markdown => prose(cell, index, &mut lines),
            CellKind::Code => {
                verbatim(cell, index, &cell.text, Kind::Code, &mut lines);
                verbatim(cell, index, &cell.output, Kind::Output, &mut lines);
            }
        }
    }
    lines
}

fn prose(cell: &Cell, index: usize, lines: &mut Vec<Line>) {
    let text = markup::without_comments(&cell.text);
    let mut fenced = false;
    let mut opens = true;
    for (offset, raw) in text.lines().enumerate() {
        let spot = Spot {
            cell: cell.number,
            line: cell.first_line + offset,
        };
        let trimmed = raw.trim();
        if trimmed.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if trimmed.is_empty() || is_rule(trimmed) {
            opens = true;
            continue;
        }
        let indent = raw
            .chars()
            .take_while(|c| c.is_whitespace())
            .map(|c| if c == '\t' { 4 } else { 1 })
            .sum();
        let before = lines.len();
        if fenced {
            let plain = Plain {
                text: trimmed.to_owned(),
                source: trimmed.to_owned(),
                ..Plain::default()
            };
            lines.push(Line {
                spot,
                cell: index,
                kind: Kind::Code,
                indent,
                label: None,
                marker: None,
                plain,
                opens,
            });
        } else {
            lines.extend(read_line(trimmed, spot, index, indent, opens));
        }
        opens = opens && lines.len() == before;
    }
}

/// One line of Markdown; two where a marker stands before a label (`**Answer:** A. True`).
fn read_line(trimmed: &str, spot: Spot, cell: usize, indent: usize, opens: bool) -> Vec<Line> {
    let untagged = markup::without_tags(trimmed);
    let behind: String;
    let mut rest = untagged.trim();
    let mut line = Line {
        spot,
        cell,
        kind: Kind::Prose,
        indent,
        label: None,
        marker: None,
        plain: Plain::default(),
        opens,
    };
    let level = rest.bytes().take_while(|&b| b == b'#').count();
    if (1..=6).contains(&level) && rest[level..].starts_with(' ') {
        rest = rest[level..].trim();
        line.kind = Kind::Heading(level);
    }
    if line.kind == Kind::Prose
        && let Some((label, left)) = label::label(rest)
    {
        rest = left.trim();
        line.label = Some(label);
    }
    if let Some((marker, left)) = label::marker(rest) {
        line.marker = Some(marker);
        line.kind = Kind::Prose;
        behind = left;
        rest = behind.trim();
        if line.label.is_none()
            && let Some((label, left)) = label::label(rest)
        {
            let plain = markup::plain(left);
            let labelled = Line {
                label: Some(label),
                plain,
                opens: false,
                ..line.clone()
            };
            return vec![
                line,
                Line {
                    marker: None,
                    ..labelled
                },
            ];
        }
    }
    line.plain = markup::plain(rest);
    let empty = line.plain.text.is_empty() && line.label.is_none() && line.marker.is_none();
    if empty { Vec::new() } else { vec![line] }
}

fn verbatim(cell: &Cell, index: usize, text: &str, kind: Kind, lines: &mut Vec<Line>) {
    for (offset, raw) in text.lines().enumerate() {
        if raw.trim().is_empty() {
            continue;
        }
        lines.push(Line {
            spot: Spot {
                cell: cell.number,
                line: cell.first_line + offset,
            },
            cell: index,
            kind,
            indent: 0,
            label: None,
            marker: None,
            plain: Plain {
                text: raw.trim().to_owned(),
                source: raw.trim().to_owned(),
                ..Plain::default()
            },
            opens: offset == 0,
        });
    }
}

fn is_rule(trimmed: &str) -> bool {
    trimmed.len() >= 3 && trimmed.chars().all(|c| matches!(c, '_' | '-' | '*' | '='))
}

/// The blank sheet: what is the same in it and in a submission is question.
#[derive(Debug, Clone, Default)]
pub struct Template {
    given: HashSet<String>,
}

impl Template {
    /// From the blank sheet's lines.
    pub fn new(lines: &[Line]) -> Self {
        Self {
            given: lines
                .iter()
                .filter(|line| line.is_telling())
                .map(|line| words(line.text()))
                .collect(),
        }
    }

    /// Whether this line stands in the blank sheet.
    pub fn gives(&self, line: &Line) -> bool {
        line.is_telling() && self.given.contains(&words(line.text()))
    }
}

impl Line {
    /// Whether it says enough to be told apart: a lone `A.` is structure, and may be anybody's.
    fn is_telling(&self) -> bool {
        matches!(self.kind, Kind::Code | Kind::Output)
            || self.text().split_whitespace().count() >= 3
    }
}

/// The words of a text in lower case, without anything else: how two texts are compared.
pub fn words(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_before_a_label_is_a_line_of_its_own() {
        let lines = lines_of_text("**Answer:** A. True, since\nB. False");
        assert_eq!(lines.len(), 3);
        assert!(lines[0].marker.is_some() && lines[0].text().is_empty());
        assert_eq!(lines[1].text(), "True, since");
        assert_eq!(
            lines[2].label.as_ref().map(|l| l.number.clone()),
            Some(vec![2])
        );
    }

    #[test]
    fn the_text_form_of_a_notebook_has_code_cells() {
        let text = "### CNNs\n\nIn [1]:\nimport torch\n\n# a comment\nnet = f(\n    3)\nnet(x).shape\n\ntorch.Size([1])\n\n\
                    What is it?\n\n**Answer:** 3";
        let lines = lines_of_text(text);
        let kinds: Vec<Kind> = lines.iter().map(|line| line.kind).collect();
        assert_eq!(kinds[0], Kind::Heading(3));
        assert!(
            kinds[1..kinds.len() - 2]
                .iter()
                .all(|&kind| kind == Kind::Code),
            "{kinds:?}"
        );
        assert_eq!(lines[lines.len() - 2].text(), "What is it?");
        assert_eq!(
            lines[lines.len() - 1].spot,
            Spot {
                cell: None,
                line: 15
            }
        );
    }

    #[test]
    fn the_blank_sheet_is_taken_away_and_labels_stay() {
        let template = Template::new(&lines_of_text(
            "1. What is the field?\n\n**Answer:**\n\nA.\n",
        ));
        let handed_in =
            lines_of_text("1. What is the field?\n\n**Answer:** 112\n\nA.\nso it is here");
        let given: Vec<bool> = handed_in.iter().map(|line| template.gives(line)).collect();
        assert_eq!(given, [true, false, false, false]);
    }
}
