//! Which function of a submission's Python answers an item, and what the sandbox is given to import it.
//!
//! Where the assignment's file defines the function, that counts; else the one other file that does; else the one
//! definition in the cells of a notebook or the code blocks of a text. Two that differ are not chosen between.

mod cells;
mod modules;

use super::assignment::Item;
use super::reading::{Found, Work};
use super::submission::Code;
use crate::model::Source;
use crate::read::python::{self, Statement, StatementKind};
use crate::report::{Reading, Spot};

/// The name under which a submission's function can always be imported.
pub const MODULE: &str = "submission";

/// A function as the sandbox is given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// What it is called.
    pub function: String,
    /// The modules that can be imported: dotted names and texts. The function is in [`MODULE`].
    pub modules: Vec<(String, Source)>,
    /// Where the lines of a module that was put together from cells stand, in order; empty for files.
    pub lines: Vec<Spot>,
}

impl Program {
    /// A function that returns nothing: what is asked about it tells whether the question can be asked at all.
    pub fn silent(item: &Item) -> Option<Self> {
        let function = item.function()?;
        let text = format!("def {function}(*arguments, **named):\n    return None\n");
        let file = Source {
            name: "nothing.py".to_owned(),
            text,
        };
        Some(modules::of_file(
            item,
            function,
            std::slice::from_ref(&file),
            0,
        ))
    }
}

/// A definition of the function.
struct Definition<'a> {
    /// Which file or cell it stands in, as an index.
    at: usize,
    text: &'a str,
    statement: Statement,
}

impl Definition<'_> {
    fn source(&self) -> &str {
        &self.text[self.statement.range.clone()]
    }

    /// Whether it says something.
    fn speaks(&self) -> bool {
        !self.statement.is_stub(self.text)
    }
}

/// The last definition of a name in each of several texts.
fn definitions<'a>(texts: impl Iterator<Item = &'a str>, name: &str) -> Vec<Definition<'a>> {
    let last = |(at, text): (usize, &'a str)| {
        let statement = python::outline(text)
            .into_iter()
            .rev()
            .find(|statement| statement.defines(name))?;
        Some(Definition {
            at,
            text,
            statement,
        })
    };
    texts.enumerate().filter_map(last).collect()
}

/// The function that answers an item.
pub fn read(item: &Item, code: &Code) -> Found {
    let Some(name) = item.function() else {
        let reason = "the assignment does not say what the function is called".to_owned();
        return Found::Unreadable(Reading {
            reason,
            ..Reading::default()
        });
    };
    let in_files = definitions(code.files.iter().map(|file| file.text.as_str()), name);
    let in_cells = definitions(code.cells.iter().map(|cell| cell.text.as_str()), name);
    let own = item
        .file()
        .and_then(|own| code.files.iter().position(|file| file.name == own));
    let files: Vec<&Definition> = in_files.iter().filter(|found| found.speaks()).collect();
    let cells: Vec<&Definition> = in_cells.iter().filter(|found| found.speaks()).collect();
    if let Some(found) = files.iter().find(|found| Some(found.at) == own) {
        return file_answer(item, name, code, found);
    }
    match (agreed(&files), agreed(&cells)) {
        (Agreed::One(found), _) => file_answer(item, name, code, found),
        (Agreed::Several, _) => several(
            name,
            files.iter().map(|found| code.files[found.at].name.clone()),
        ),
        (Agreed::None, Agreed::One(found)) => {
            cells::answer(item, name, code, found.at, &found.statement)
        }
        (Agreed::None, Agreed::Several) => several(
            name,
            cells.iter().map(|found| place_of_cell(code, found.at)),
        ),
        (Agreed::None, Agreed::None) => match in_files.first() {
            Some(stub) => blank(stub, Some(code.files[stub.at].name.clone()), None),
            None => match in_cells.first() {
                Some(stub) => blank(
                    stub,
                    code.cells[stub.at].file.clone(),
                    Some(code.cells[stub.at].spot),
                ),
                None => missing(item, name, code, own.is_some()),
            },
        },
    }
}

/// Whether definitions say the same.
enum Agreed<'d, 'a> {
    None,
    One(&'d Definition<'a>),
    Several,
}

fn agreed<'d, 'a>(found: &[&'d Definition<'a>]) -> Agreed<'d, 'a> {
    match found {
        [] => Agreed::None,
        [.., last] if found.iter().all(|one| one.source() == last.source()) => Agreed::One(last),
        _ => Agreed::Several,
    }
}

fn file_answer(item: &Item, name: &str, code: &Code, found: &Definition) -> Found {
    let file = &code.files[found.at];
    let reading = Reading {
        file: Some(file.name.clone()),
        ..quoted(
            found.source(),
            Spot {
                cell: None,
                line: found.statement.line,
            },
        )
    };
    let program = modules::of_file(item, name, &code.files, found.at);
    Found::Work(reading, Work::Function(Box::new(program)))
}

/// What is shown of a definition: its head as the answer, its text as the quotation.
fn quoted(source: &str, place: Spot) -> Reading {
    let head = source
        .lines()
        .find(|line| !line.starts_with('@'))
        .unwrap_or(source);
    Reading {
        written: head.trim_end().trim_end_matches(':').to_owned(),
        quote: shortened(source),
        place: Some(place),
        ..Reading::default()
    }
}

/// The first lines of a function.
fn shortened(source: &str) -> String {
    const LINES: usize = 16;
    const CHARACTERS: usize = 800;
    let mut short: String = source.lines().take(LINES).collect::<Vec<_>>().join("\n");
    let mut cut = source.lines().count() > LINES;
    if let Some((end, _)) = short.char_indices().nth(CHARACTERS) {
        short.truncate(end);
        cut = true;
    }
    if cut {
        short.push('…');
    }
    short
}

fn several(name: &str, places: impl Iterator<Item = String>) -> Found {
    let places: Vec<String> = places.collect();
    let reason = format!(
        "`{name}` is defined more than once, and not alike: in {}",
        places.join(", ")
    );
    Found::Unreadable(Reading {
        reason,
        ..Reading::default()
    })
}

fn place_of_cell(code: &Code, at: usize) -> String {
    let cell = &code.cells[at];
    let place = match cell.spot.cell {
        Some(number) => format!("cell {number}"),
        None => format!("line {}", cell.spot.line),
    };
    match &cell.file {
        Some(file) => format!("{file} ({place})"),
        None => place,
    }
}

/// The function is there, and nothing in it.
fn blank(stub: &Definition, file: Option<String>, first: Option<Spot>) -> Found {
    let line = stub.statement.line;
    let place = first.map_or(Spot { cell: None, line }, |first| Spot {
        line: first.line + line - 1,
        ..first
    });
    Found::Blank(Reading {
        quote: shortened(stub.source()),
        place: Some(place),
        file,
        reason: "the function is there, and nothing stands in it".to_owned(),
        ..Reading::default()
    })
}

/// The function is nowhere: where it was looked for. Where the file for it is there, or the only file, nothing was
/// answered; else a person has to look.
fn missing(item: &Item, name: &str, code: &Code, own_file_is_there: bool) -> Found {
    let outlines: Vec<Statement> = texts(code).flat_map(python::outline).collect();
    let near = outlines
        .iter()
        .filter(|statement| statement.kind == StatementKind::Function)
        .flat_map(|statement| &statement.binds)
        .find(|other| is_near(other, name));
    if let Some(near) = near {
        let reason = format!("`{name}` is not there, but `{near}` is");
        return Found::Unreadable(Reading {
            reason,
            ..Reading::default()
        });
    }
    let mut looked = Vec::new();
    match item.file() {
        Some(file) if own_file_is_there => looked.push(format!("in {file}")),
        Some(file) => looked.push(format!("in {file}, which is not there")),
        None => {}
    }
    let only_file = code.files.len() == 1 && code.cells.is_empty();
    let others = code.files.len() - usize::from(own_file_is_there);
    if only_file && others == 1 {
        looked = vec![format!("in {}", code.files[0].name)];
    } else if others > 0 {
        looked.push(format!(
            "in {others} other Python file{}",
            if others == 1 { "" } else { "s" }
        ));
    }
    if !code.cells.is_empty() {
        let count = code.cells.len();
        looked.push(format!(
            "in {count} cell{} of code",
            if count == 1 { "" } else { "s" }
        ));
    }
    if looked.is_empty() {
        looked.push("and there is no code".to_owned());
    }
    let reading = Reading {
        reason: format!("`{name}` was not found: looked {}", looked.join(", ")),
        ..Reading::default()
    };
    if own_file_is_there || only_file {
        Found::Blank(reading)
    } else {
        Found::Unreadable(reading)
    }
}

/// Whether a function may be the one that was asked for, under another name.
fn is_near(other: &str, name: &str) -> bool {
    let within = other.len() >= 6 && (name.contains(other) || other.contains(name));
    within || strsim::jaro_winkler(other, name) > 0.93
}

fn texts(code: &Code) -> impl Iterator<Item = &str> {
    let files = code.files.iter().map(|file| file.text.as_str());
    files.chain(code.cells.iter().map(|cell| cell.text.as_str()))
}

#[cfg(test)]
mod tests;
