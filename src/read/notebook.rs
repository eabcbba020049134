//! Notebooks: their cells, as code and as text.
//!
//! Only what a reader needs of a notebook is deserialized: the kind and the text of each cell. A library that holds a
//! notebook to the whole of its schema refuses many that people hand in (a missing `id`, an output of an odd type, a
//! cell without `metadata`), and nothing of that matters here.

use serde::Deserialize;

use crate::model::Fault;

/// A notebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notebook {
    /// Its cells, in order.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Cell {
    /// What it holds.
    #[serde(rename = "cell_type")]
    pub kind: CellKind,
    /// Its text.
    #[serde(default, deserialize_with = "joined")]
    pub source: String,
    /// What it printed and displayed, as text.
    #[serde(default, rename = "outputs", deserialize_with = "printed")]
    pub printed: String,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellKind {
    /// A program.
    Code,
    /// Text.
    Markdown,
    /// Anything else (a raw cell, or a kind that a later format brings).
    #[serde(other)]
    Raw,
}

#[derive(Deserialize)]
struct File {
    nbformat: Option<u64>,
    cells: Option<Vec<Cell>>,
}

/// The notebook in a text (nbformat 4, any minor version).
///
/// # Errors
/// `notebook` if the text is no JSON or no notebook.
pub fn parse(text: &str) -> Result<Notebook, Fault> {
    let text = text.trim_start_matches('\u{feff}');
    let file: File = serde_json::from_str(text).map_err(|error| {
        Fault::new(
            "notebook",
            format!("this is not a notebook that can be read: {error}"),
        )
        .help("A notebook is a JSON object with a list of cells, as Jupyter saves it.")
    })?;
    match (file.cells, file.nbformat) {
        (Some(cells), None | Some(4)) => Ok(Notebook { cells }),
        (_, Some(version)) if version != 4 => Err(Fault::new(
            "notebook",
            format!("this notebook has format {version}; format 4 is read"),
        )
        .help("Open it in Jupyter and save it again.")),
        _ => Err(
            Fault::new("notebook", "this JSON is not a notebook: it has no `cells`")
                .help("A notebook is a JSON object with a list of cells, as Jupyter saves it."),
        ),
    }
}

/// Whether a text looks like a notebook: a JSON object with `cells`.
pub fn looks_like_one(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Sniffed {
        #[serde(default)]
        cells: Option<serde::de::IgnoredAny>,
        #[serde(default)]
        nbformat: Option<serde::de::IgnoredAny>,
    }
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str::<Sniffed>(text)
        .is_ok_and(|sniffed| sniffed.cells.is_some() || sniffed.nbformat.is_some())
}

/// The Python of a code cell: lines that are meant for the notebook itself (`%magic`, `!shell`, `help?`) become
/// blank, so that all other lines keep their numbers. A cell that is given to another program (`%%bash`) is blank.
pub fn python(code: &str) -> String {
    let first = code.lines().find(|line| !line.trim().is_empty());
    if let Some(magic) = first.and_then(|line| line.trim_start().strip_prefix("%%")) {
        let name = magic.split_whitespace().next().unwrap_or_default();
        if !matches!(name, "time" | "timeit" | "capture" | "prun") {
            return "\n".repeat(code.matches('\n').count());
        }
    }
    let mut lines = Vec::new();
    let mut text = TripleQuotes::default();
    for line in code.split('\n') {
        let blank = text.open.is_none() && is_for_the_notebook(line);
        if blank {
            let indent = line.len() - line.trim_start().len();
            lines.push(if indent > 0 {
                format!("{}pass", &line[..indent])
            } else {
                String::new()
            });
        } else {
            text.read(line);
            lines.push(line.to_owned());
        }
    }
    lines.join("\n")
}

fn is_for_the_notebook(line: &str) -> bool {
    let line = line.trim();
    let name = line.trim_matches('?');
    line.starts_with(['%', '!', '?'])
        || (line.ends_with('?')
            && !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.')))
}

/// Whether a line stands inside a triple-quoted string, where nothing is a magic.
#[derive(Default)]
struct TripleQuotes {
    open: Option<&'static str>,
}

impl TripleQuotes {
    fn read(&mut self, line: &str) {
        let mut rest = line;
        loop {
            if let Some(quote) = self.open {
                let Some(end) = rest.find(quote) else { return };
                rest = &rest[end + 3..];
                self.open = None;
            } else {
                let double = rest.find("\"\"\"").map(|at| (at, "\"\"\""));
                let single = rest.find("'''").map(|at| (at, "'''"));
                let first = double.into_iter().chain(single).min();
                let Some((at, quote)) = first else { return };
                rest = &rest[at + 3..];
                self.open = Some(quote);
            }
        }
    }
}

/// A text, or its lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Whole(String),
    Lines(Vec<String>),
}

impl Text {
    fn joined(self) -> String {
        match self {
            Self::Whole(text) => text,
            Self::Lines(lines) => lines.concat(),
        }
    }
}

fn joined<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<Text>::deserialize(deserializer)?.map_or_else(String::new, Text::joined))
}

/// The text of a cell's outputs: streams, and results in their plain form. Whatever else stands there is left out.
fn printed<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let outputs = serde_json::Value::deserialize(deserializer)?;
    let text = |output: &serde_json::Value| {
        let text = output
            .get("text")
            .or_else(|| output.get("data")?.get("text/plain"))?;
        serde_json::from_value::<Text>(text.clone())
            .ok()
            .map(Text::joined)
    };
    let outputs = outputs.as_array().into_iter().flatten();
    Ok(outputs.filter_map(text).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_whatever_else_is_missing() -> Result<(), Fault> {
        let notebook = parse(
            r#"{"nbformat": 4, "nbformat_minor": 5, "cells": [
                {"cell_type": "markdown", "source": ["a\n", "b"]},
                {"cell_type": "code", "metadata": 3, "outputs": "?", "source": "x = 1"},
                {"cell_type": "heading"}]}"#,
        )?;
        let cells: Vec<_> = notebook
            .cells
            .iter()
            .map(|cell| (cell.kind, cell.source.as_str()))
            .collect();
        assert_eq!(
            cells,
            [
                (CellKind::Markdown, "a\nb"),
                (CellKind::Code, "x = 1"),
                (CellKind::Raw, "")
            ]
        );
        Ok(())
    }

    #[test]
    fn what_is_no_notebook_is_refused() {
        for text in ["", "{", "[]", "{}", r#"{"nbformat": 3, "worksheets": []}"#] {
            assert_eq!(
                parse(text).map_err(|fault| fault.code),
                Err("notebook".to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn lines_for_the_notebook_become_blank() {
        assert_eq!(
            python("%load_ext x\nx = 5 % 3\n!ls\nx?\n"),
            "\nx = 5 % 3\n\n\n"
        );
        assert_eq!(python("if a:\n    !ls\n"), "if a:\n    pass\n");
        assert_eq!(python("%%bash\nls\n"), "\n\n");
        assert_eq!(python("t = '''\n%a\n'''\n"), "t = '''\n%a\n'''\n");
        assert_eq!(python("%%time\nx = 1"), "\nx = 1");
    }
}
