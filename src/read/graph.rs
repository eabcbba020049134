//! Graphs as lists of edges: two numbers a line, whatever stands between them.
//!
//! What a graph here has not (weights, directions, loops, repeated edges) is left out and told; what cannot be meant is
//! refused at its line and column.

use std::path::Path;

use super::Origin;
use crate::model::graph::LeftOut;
use crate::model::{Fault, Graph, GraphFile, ReadingNote, Source, Span};

/// Bytes of a file that are read.
const LARGEST: u64 = 1 << 30;

/// The largest number of a node.
const MOST_NODES: u64 = 50_000_000;

/// The most edges.
const MOST_EDGES: usize = 50_000_000;

/// From which number the nodes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// From 1 where no node is called 0, else from 0.
    Detected,
    /// From 0.
    FromZero,
    /// From 1.
    FromOne,
}

/// Reads a graph.
///
/// # Errors
/// What is wrong with the file, at its place.
pub fn graph(origin: &Origin, numbering: Numbering) -> Result<GraphFile, Fault> {
    let (bytes, name) = match origin {
        Origin::Path { path, .. } => (read(path)?, path.display().to_string()),
        Origin::Stdin { text, .. } => (text.clone(), "<stdin>".to_owned()),
        Origin::Snippet(text) => (text.clone().into_bytes(), "<-c>".to_owned()),
    };
    let source = Source {
        text: super::text(bytes, &name).map_err(|mut fault| {
            fault.help = vec![
                "a graph is a text with an edge a line, such as `0 5`, saved as UTF-8".to_owned(),
            ];
            fault
        })?,
        name,
    };
    let list = List::of(&source)?;
    list.graph(&source, numbering)
}

fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let name = path.display();
    let unreadable = |error: std::io::Error| {
        Fault::new(
            "unreadable-file",
            format!("`{name}` cannot be read: {error}"),
        )
        .help("--graph wants a file with an edge a line, such as `0 5`, or `-` for standard input")
    };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > LARGEST {
        return Err(Fault::new(
            "too-large",
            format!("`{name}` has {size} bytes; at most {LARGEST} are read"),
        ));
    }
    std::fs::read(path).map_err(unreadable)
}

/// The edges as they are written, and what was met on the way.
#[derive(Default)]
struct List {
    edges: Vec<(u32, u32)>,
    form: Form,
    met: Met,
    largest: u32,
    smallest: Option<u32>,
}

/// What kind of list it is.
#[derive(Default, PartialEq)]
enum Form {
    #[default]
    Plain,
    /// Matrix Market, whose line of sizes is still to come.
    Headed,
    /// Matrix Market, with the number of nodes that it states.
    Sized(usize),
}

/// What has no meaning here.
#[derive(Default)]
struct Met {
    /// A first line of words.
    heading: bool,
    /// A third number.
    weights: bool,
    /// An arrow.
    arrows: bool,
}

/// What may stand between two numbers without a meaning.
fn is_gap(character: char) -> bool {
    character.is_whitespace() || matches!(character, ',' | ';')
}

/// One line with its number.
struct Line<'a> {
    source: &'a Source,
    number: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn words(&self) -> impl Iterator<Item = &'a str> {
        self.text.split(is_gap).filter(|word| !word.is_empty())
    }

    /// A fault at a word of this line.
    fn refused(&self, word: &str, message: String, label: &str) -> Fault {
        let column = self
            .text
            .char_indices()
            .zip(1..)
            .find(|((at, _), _)| self.text[*at..].as_ptr() == word.as_ptr())
            .map_or(1, |(_, column)| column);
        let span = Span {
            source: 0,
            line: self.number,
            column,
            length: word.chars().count().max(1),
        };
        Fault::new("edge-list", message).at(self.source, span, label).help(
            "a line is an edge: two nodes by number, such as `0 5`; a third number is its weight; `#` and `%` begin remarks",
        )
    }

    /// A node's number as it is written.
    fn node(&self, word: &str) -> Result<u32, Fault> {
        if let Ok(node) = word.parse::<u64>() {
            return u32::try_from(node)
                .ok()
                .filter(|node| u64::from(*node) <= MOST_NODES)
                .ok_or_else(|| {
                    let label = format!("numbers up to {MOST_NODES} are read");
                    let message = format!("node {word} has too large a number");
                    self.refused(word, message, &label)
                        .help("number the nodes from 0 without gaps")
                });
        }
        let number = word.parse::<f64>().ok();
        let label = match number {
            Some(number) if number < 0.0 => "a node's number is not negative",
            Some(number) if number.is_finite() => "a node's number is a whole number",
            Some(_) => "a node's number is finite",
            None => "a node's number is wanted here",
        };
        Err(self.refused(word, format!("`{word}` is not the number of a node"), label))
    }
}

impl List {
    fn of(source: &Source) -> Result<Self, Fault> {
        let mut list = Self::default();
        for (number, text) in (1..).zip(source.text.split('\n')) {
            let line = Line {
                source,
                number,
                text,
            };
            list.line(&line)?;
            if list.edges.len() > MOST_EDGES {
                return Err(Fault::new(
                    "too-large",
                    format!("`{}` has more than {MOST_EDGES} edges", source.name),
                ));
            }
        }
        Ok(list)
    }

    fn line(&mut self, line: &Line) -> Result<(), Fault> {
        let mut words = line.words();
        let Some(first) = words.next() else {
            return Ok(());
        };
        if line.number == 1 && first.eq_ignore_ascii_case("%%MatrixMarket") {
            self.form = Form::Headed;
            return match line.words().find(|word| word.eq_ignore_ascii_case("array")) {
                Some(word) => Err(line.refused(
                    word,
                    "a dense matrix is no list of edges".to_owned(),
                    "`coordinate` is wanted",
                )),
                None => Ok(()),
            };
        }
        if first.starts_with(['#', '%']) || first.starts_with("//") {
            return Ok(());
        }
        if self.form == Form::Headed {
            return self.sizes(line);
        }
        let is_name = |word: &str| word.starts_with(|c: char| c.is_alphabetic() || c == '"');
        if self.edges.is_empty() && !self.met.heading && line.words().all(is_name) {
            self.met.heading = true;
            return Ok(());
        }
        self.edge(line)
    }

    /// The line of sizes in a Matrix Market file.
    fn sizes(&mut self, line: &Line) -> Result<(), Fault> {
        let words: Vec<&str> = line.words().collect();
        let [rows, columns, _] = words[..] else {
            let message = "the line of sizes has not three numbers".to_owned();
            return Err(line.refused(words[0], message, "rows, columns and entries are wanted"));
        };
        if line.node(rows)? != line.node(columns)? {
            let message = format!("a matrix of {rows}×{columns} is not that of a graph");
            return Err(line.refused(columns, message, "as many columns as rows are wanted"));
        }
        self.form = Form::Sized(line.node(rows)? as usize);
        Ok(())
    }

    fn edge(&mut self, line: &Line) -> Result<(), Fault> {
        let mut ends = [0; 2];
        let mut found = 0;
        for word in line.words() {
            match (word, found) {
                ("->" | "→" | "=>", _) => self.met.arrows = true,
                ("--" | "-", _) => {}
                (_, 0 | 1) => {
                    ends[found] = line.node(word)?;
                    found += 1;
                }
                (_, 2) => {
                    let weight = word.parse::<f64>();
                    if !weight.is_ok_and(f64::is_finite) {
                        let message = format!("`{word}` is not the weight of an edge");
                        return Err(line.refused(word, message, "a finite number is wanted here"));
                    }
                    self.met.weights = true;
                    found += 1;
                }
                _ => {
                    let message = "a line with more than three numbers is no edge".to_owned();
                    return Err(line.refused(word, message, "nothing is expected here"));
                }
            }
        }
        if found < 2 {
            let last = line.words().last().unwrap_or_default();
            let message = "an edge has two ends".to_owned();
            return Err(line.refused(last, message, "a second number is wanted after this"));
        }
        let [a, b] = ends;
        self.largest = self.largest.max(a).max(b);
        self.smallest = Some(self.smallest.map_or(a.min(b), |least| least.min(a).min(b)));
        self.edges.push((a, b));
        Ok(())
    }

    /// The graph, with what was left out said.
    fn graph(mut self, source: &Source, numbering: Numbering) -> Result<GraphFile, Fault> {
        let name = source.name.clone();
        let Some(smallest) = self.smallest else {
            return Err(Fault::new("no-edges", format!("`{name}` has no edge"))
                .help("a line is an edge: two nodes by number, such as `0 5`"));
        };
        let first = match (&self.form, numbering) {
            (Form::Plain, Numbering::FromZero) => 0,
            (Form::Plain, Numbering::Detected) => usize::from(smallest >= 1),
            _ => 1,
        };
        if first == 1 && smallest == 0 {
            let message = format!("`{name}` has a node 0, so it is not counted from 1");
            return Err(Fault::new("edge-list", message)
                .help("leave --one-based out; in a Matrix Market file the first node is 1"));
        }
        if first == 1 {
            for (a, b) in &mut self.edges {
                *a -= 1;
                *b -= 1;
            }
            self.largest -= 1;
        }
        let stated = match self.form {
            Form::Sized(nodes) => nodes,
            _ => 0,
        };
        let (graph, left_out) = Graph::of_edges(stated.max(self.largest as usize + 1), &self.edges);
        if graph.edges() == 0 {
            let message = format!("`{name}` has loops alone and no edge between two nodes");
            return Err(Fault::new("no-edges", message));
        }
        let detected = first == 1 && numbering == Numbering::Detected && self.form == Form::Plain;
        Ok(GraphFile {
            name,
            graph,
            first,
            notes: self.met.notes(detected, left_out),
        })
    }
}

impl Met {
    /// What was left out, in sentences.
    fn notes(&self, from_one: bool, left_out: LeftOut) -> Vec<ReadingNote> {
        let arrows = if self.arrows {
            "the arrows are ignored: "
        } else {
            ""
        };
        let LeftOut { loops, repeated } = left_out;
        let notes = [
            (
                from_one,
                "one-based",
                "no node is called 0, so the nodes are counted from 1; --zero-based says that they are not".to_owned(),
            ),
            (
                self.heading,
                "heading",
                "the first line is words and was taken for a heading".to_owned(),
            ),
            (
                self.weights,
                "weights-ignored",
                "the weights are ignored: every line is an edge, whatever its third number".to_owned(),
            ),
            (
                true,
                "undirected",
                format!("{arrows}every edge counts in both directions"),
            ),
            (
                loops > 0,
                "loops",
                format!("edges from a node to itself are left out: {loops}"),
            ),
            (
                repeated > 0,
                "repeated",
                format!("edges that stand there again, in one direction or the other, count once: {repeated} are left out"),
            ),
        ];
        let met = notes.into_iter().filter(|(met, _, _)| *met);
        met.map(|(_, code, text)| ReadingNote {
            code: code.to_owned(),
            text,
        })
        .collect()
    }
}

#[cfg(test)]
mod tests;
