//! What a submission's file holds, by its form.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value as Json;

use super::{Content, LARGEST_FILE, NO_ANSWERS, has_extension};
use crate::grade::page::{self, Cell, CellKind, Line};
use crate::model::Fault;
use crate::read::notebook;

/// What a file holds, by its name and its first characters.
pub(super) fn content(name: &str, bytes: &[u8]) -> Result<Content, Fault> {
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
        return strings(text);
    }
    Ok(Content::Page(page::lines_of_text(text)))
}

/// `{"id": "answer"}`.
fn answers(json: &Json) -> Result<Content, Fault> {
    let none = || {
        Fault::new(NO_ANSWERS, "this JSON holds no answers").help("write {\"id\": \"answer\", …}")
    };
    let Json::Object(object) = json else {
        return Err(none());
    };
    let answers: Vec<(String, Vec<Line>)> = object
        .iter()
        .filter_map(|(id, answer)| {
            let text = match answer {
                Json::String(text) => text.clone(),
                Json::Null => String::new(),
                Json::Object(_) => return None,
                other => other.to_string(),
            };
            Some((id.clone(), page::lines_of_text(&text)))
        })
        .collect();
    if answers.is_empty() {
        Err(none())
    } else {
        Ok(Content::Answers(answers))
    }
}

/// `part1_q1 = r"""**Your answer:** …"""`, each string under its name.
fn strings(text: &str) -> Result<Content, Fault> {
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
    if answers.is_empty() {
        return Err(Fault::new(NO_ANSWERS, "this Python file holds no answers")
            .help("an answer is a string in triple quotes under a name of its own"));
    }
    Ok(Content::Answers(answers))
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
    Ok(Content::Page(page::lines(&cells.collect::<Vec<_>>())))
}
