//! What a submission's file holds, by its form.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value as Json;

use super::{Body, Code, CodeCell, Content, Document, LARGEST_FILE, NO_ANSWERS, has_extension};
use crate::grade::page::{self, Cell, CellKind, Line};
use crate::model::{Fault, Source};
use crate::read::notebook;

/// What a file holds, by its name and its first characters. `code_counts` says that Python without answers in it is a
/// submission too.
pub(super) fn content(name: &str, bytes: &[u8], code_counts: bool) -> Result<Content, Fault> {
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(Fault::new(
            "too-large",
            format!("this file is larger than {} MiB", LARGEST_FILE >> 20),
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Fault::new(
            "not-text",
            format!(
                "byte {} of this file is no text (UTF-8)",
                error.valid_up_to() + 1
            ),
        )
    })?;
    let text = text.trim_start_matches('\u{feff}');
    if has_extension(name, &["ipynb"]) {
        return notebook(text);
    }
    if has_extension(name, &["json"]) {
        return match serde_json::from_str::<Json>(text) {
            Ok(Json::Object(object)) if object.contains_key("cells") => notebook(text),
            Ok(json) => answers(&json),
            Err(error) => Err(Fault::new("bad-json", format!("this is no JSON: {error}"))),
        };
    }
    if has_extension(name, &["py"]) {
        return python(name, text, code_counts);
    }
    Ok(page(&page::cells_of_text(text)))
}

fn page(cells: &[Cell]) -> Content {
    Content {
        documents: vec![Document {
            file: None,
            body: Body::Page(page::lines(cells)),
        }],
        code: Code {
            files: Vec::new(),
            cells: code_cells(cells),
        },
        notes: Vec::new(),
    }
}

fn code_cells(cells: &[Cell]) -> Vec<CodeCell> {
    let blocks = page::code_blocks(cells).into_iter();
    blocks
        .map(|(spot, text)| CodeCell {
            file: None,
            spot,
            text: notebook::python(&text),
        })
        .collect()
}

fn list(answers: Vec<(String, Vec<Line>)>) -> Vec<Document> {
    let body = Body::Answers(answers);
    vec![Document { file: None, body }]
}

/// `{"id": "answer"}`.
fn answers(json: &Json) -> Result<Content, Fault> {
    let none = || {
        Fault::new(NO_ANSWERS, "this JSON holds no answers").help("write {\"id\": \"answer\", …}")
    };
    let Json::Object(object) = json else {
        return Err(none());
    };
    let mut content = Content::default();
    let mut answers = Vec::new();
    for (id, answer) in object {
        let text = match answer {
            Json::String(text) => text.clone(),
            Json::Null => String::new(),
            Json::Object(_) => continue,
            other => other.to_string(),
        };
        let cells = page::cells_of_text(&text);
        let mut blocks = code_cells(&cells);
        if blocks.is_empty() {
            // Code may stand there as it is.
            blocks = code_cells(&[Cell {
                number: None,
                first_line: 1,
                kind: CellKind::Code,
                text,
                output: String::new(),
            }]);
        }
        content.code.cells.append(&mut blocks);
        answers.push((id.clone(), page::lines(&cells)));
    }
    if answers.is_empty() {
        return Err(none());
    }
    content.documents = list(answers);
    Ok(content)
}

/// A file of Python: `part1_q1 = r"""**Your answer:** …"""`, each string under its name, and its code.
fn python(name: &str, text: &str, code_counts: bool) -> Result<Content, Fault> {
    static STRING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?ms)^(?P<name>[A-Za-z_]\w*)\s*=\s*[rRbBuU]{0,2}(?:"""(?P<double>.*?)"""|'''(?P<single>.*?)''')"#)
            .expect("a fixed expression")
    });
    let answers: Vec<(String, Vec<Line>)> = STRING
        .captures_iter(text)
        .filter_map(|found| {
            let body = found.name("double").or_else(|| found.name("single"))?;
            let before = text[..body.start()].matches('\n').count();
            let mut lines = page::lines_of_text(body.as_str());
            for line in &mut lines {
                line.spot.line += before;
            }
            Some((found["name"].to_owned(), lines))
        })
        .collect();
    if answers.is_empty() && !code_counts {
        return Err(Fault::new(NO_ANSWERS, "this Python file holds no answers")
            .help("an answer is a string in triple quotes under a name of its own"));
    }
    let module = Source {
        name: name.to_owned(),
        text: text.replace("\r\n", "\n").replace('\r', "\n"),
    };
    Ok(Content {
        documents: if answers.is_empty() {
            Vec::new()
        } else {
            list(answers)
        },
        code: Code {
            files: vec![module],
            cells: Vec::new(),
        },
        notes: Vec::new(),
    })
}

fn notebook(text: &str) -> Result<Content, Fault> {
    let cells = notebook::parse(text)?
        .cells
        .into_iter()
        .enumerate()
        .map(|(index, cell)| Cell {
            number: Some(index + 1),
            first_line: 1,
            kind: if cell.kind == notebook::CellKind::Code {
                CellKind::Code
            } else {
                CellKind::Markdown
            },
            output: cell.printed,
            text: cell.source,
        });
    Ok(page(&cells.collect::<Vec<_>>()))
}
