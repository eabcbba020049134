//! Submissions: notebooks, texts, answers as JSON, strings in Python, from files, folders and archives.
//!
//! Everything is read into memory under limits and nothing is written, so a path inside an archive leads nowhere. A
//! file that cannot be read is a submission with a fault; the others are read all the same.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value as Json;

use super::page::{self, Cell, CellKind, Line};
use crate::model::Fault;

/// One person's answers.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The file, with its place inside an archive where it came from one.
    pub name: String,
    /// What it holds, or why that cannot be read.
    pub content: Result<Content, Fault>,
}

/// What a submission holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// A sheet with the questions on it: lines in order.
    Page(Vec<Line>),
    /// Answers by name.
    Answers(Vec<(String, Vec<Line>)>),
}

/// Larger files are no hand-ins; neither are archives with more in them.
const LARGEST_FILE: u64 = 64 << 20;
const LARGEST_ARCHIVE: u64 = 512 << 20;
const MOST_ENTRIES: usize = 20_000;
const DEEPEST_FOLDER: usize = 16;

/// The submissions under a path, in the order of their names.
pub fn open(path: &Path) -> Vec<Submission> {
    let name = path.display().to_string();
    if path.is_dir() {
        let found = folder(path, 0);
        return if found.is_empty() {
            vec![failed(
                name,
                Fault::new("no-submission", "no submission is in this folder"),
            )]
        } else {
            found
        };
    }
    match bytes_of(path) {
        Ok(bytes) if is_archive(&bytes) => archive(&name, bytes),
        Ok(bytes) => vec![Submission {
            content: content(&name, &bytes),
            name,
        }],
        Err(fault) => vec![failed(name, fault)],
    }
}

/// The lines of a blank sheet.
///
/// # Errors
/// If it cannot be read, or is not a sheet.
pub fn sheet(path: &Path) -> Result<Vec<Line>, Fault> {
    match content(&path.display().to_string(), &bytes_of(path)?)? {
        Content::Page(lines) => Ok(lines),
        Content::Answers(_) => Err(Fault::new(
            "template",
            "this holds answers by name; a sheet was expected",
        )),
    }
}

fn failed(name: String, fault: Fault) -> Submission {
    Submission {
        name,
        content: Err(fault),
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, Fault> {
    let unread = |error: std::io::Error| {
        Fault::new(
            "unreadable-file",
            format!("this file cannot be read: {error}"),
        )
    };
    let file = std::fs::File::open(path).map_err(unread)?;
    let mut bytes = Vec::new();
    file.take(LARGEST_ARCHIVE + 1)
        .read_to_end(&mut bytes)
        .map_err(unread)?;
    if bytes.len() as u64 > LARGEST_ARCHIVE {
        return Err(Fault::new(
            "too-large",
            format!("this file is larger than {} MiB", LARGEST_ARCHIVE >> 20),
        ));
    }
    Ok(bytes)
}

/// The submissions in a folder and those below it; what is hidden is left out.
fn folder(path: &Path, depth: usize) -> Vec<Submission> {
    let Ok(entries) = std::fs::read_dir(path) else {
        return vec![failed(
            path.display().to_string(),
            Fault::new("unreadable-file", "this folder cannot be read"),
        )];
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths.iter().filter(|path| {
        !path
            .file_name()
            .is_none_or(|name| is_hidden(&name.to_string_lossy()))
    }) {
        if path.is_dir() {
            if depth < DEEPEST_FOLDER {
                found.extend(folder(path, depth + 1));
            }
        } else if is_a_submission(&path.display().to_string()) {
            found.extend(open(path).into_iter().filter(is_no_bystander));
        }
    }
    found
}

fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The submissions in an archive.
fn archive(name: &str, bytes: Vec<u8>) -> Vec<Submission> {
    let broken = |error: &dyn std::fmt::Display| {
        vec![failed(
            name.to_owned(),
            Fault::new(
                "bad-archive",
                format!("this archive cannot be read: {error}"),
            ),
        )]
    };
    let mut archive = match zip::ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return broken(&error),
    };
    if archive.len() > MOST_ENTRIES {
        return broken(&format!("it has more than {MOST_ENTRIES} entries"));
    }
    let mut left = LARGEST_ARCHIVE;
    let mut found: Vec<Submission> = (0..archive.len())
        .filter_map(|index| entry(&mut archive, index, name, &mut left))
        .filter(is_no_bystander)
        .collect();
    if found.is_empty() {
        found.push(failed(
            name.to_owned(),
            Fault::new("no-submission", "no submission is in this archive"),
        ));
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// One file of an archive; `None` for folders and for what is no submission.
fn entry(
    archive: &mut zip::ZipArchive<Cursor<Vec<u8>>>,
    index: usize,
    archive_name: &str,
    left: &mut u64,
) -> Option<Submission> {
    let inner = match archive.name_for_index(index) {
        Some(Ok(inner)) => inner.into_owned(),
        _ => format!("entry {}", index + 1),
    };
    let name = format!("{archive_name}/{inner}");
    if inner.ends_with('/') || is_hidden(&inner) {
        return None;
    }
    if has_extension(&inner, &["zip"]) {
        let fault = Fault::new("archive-in-archive", "this is an archive inside an archive")
            .help("unpack the outer one and name the folder");
        return Some(failed(name, fault));
    }
    if !is_a_submission(&inner) {
        return None;
    }
    let mut bytes = Vec::new();
    let limit = (*left).min(LARGEST_FILE);
    let read = match archive.by_index(index) {
        Ok(file) => file
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let content = match read {
        Err(error) => Err(Fault::new(
            "bad-archive",
            format!("this entry cannot be read: {error}"),
        )),
        Ok(size) if size as u64 > limit => Err(Fault::new(
            "too-large",
            "this entry is larger than the limit",
        )),
        Ok(size) => {
            *left -= size as u64;
            content(&inner, &bytes)
        }
    };
    Some(Submission { name, content })
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    Path::new(name)
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| {
            extensions
                .iter()
                .any(|one| extension.eq_ignore_ascii_case(one))
        })
}

fn is_a_submission(name: &str) -> bool {
    has_extension(
        name,
        &["ipynb", "md", "markdown", "txt", "json", "py", "zip"],
    )
}

fn is_hidden(name: &str) -> bool {
    Path::new(name).components().any(|part| {
        let part = part.as_os_str().to_string_lossy();
        (part.starts_with('.') && !matches!(&*part, "." | ".."))
            || part == "__MACOSX"
            || part == "__pycache__"
    })
}

/// In a folder, Python and JSON files without answers belong to somebody's project.
fn is_no_bystander(submission: &Submission) -> bool {
    let by_name = has_extension(&submission.name, &["py", "json"]);
    !(by_name
        && submission
            .content
            .as_ref()
            .is_err_and(|fault| fault.code == NO_ANSWERS))
}

const NO_ANSWERS: &str = "no-answers";

/// What a file holds, by its name and its first characters.
fn content(name: &str, bytes: &[u8]) -> Result<Content, Fault> {
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
        return notebook(text).map(|cells| Content::Page(page::lines(&cells)));
    }
    if has_extension(name, &["json"]) {
        return match serde_json::from_str::<Json>(text) {
            Ok(Json::Object(object)) if object.contains_key("cells") => {
                notebook(text).map(|cells| Content::Page(page::lines(&cells)))
            }
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

/// What grading needs of a notebook: its cells, and what they printed.
#[derive(Deserialize)]
struct Notebook {
    cells: Vec<NotebookCell>,
}

#[derive(Deserialize)]
struct NotebookCell {
    cell_type: String,
    #[serde(default)]
    source: Text,
    #[serde(default)]
    outputs: Vec<Json>,
}

/// A text, or its lines.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Text {
    #[default]
    None,
    Whole(String),
    Lines(Vec<String>),
}

impl Text {
    fn joined(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Whole(text) => text,
            Self::Lines(lines) => lines.concat(),
        }
    }
}

fn notebook(text: &str) -> Result<Vec<Cell>, Fault> {
    let notebook: Notebook = serde_json::from_str(text).map_err(|error| {
        Fault::new(
            "notebook",
            format!("this is not a notebook that can be read: {error}"),
        )
        .help("a notebook is a JSON object with a list of `cells`")
    })?;
    let cells = notebook
        .cells
        .into_iter()
        .enumerate()
        .map(|(index, cell)| Cell {
            number: Some(index + 1),
            first_line: 1,
            kind: if cell.cell_type == "code" {
                CellKind::Code
            } else {
                CellKind::Markdown
            },
            output: cell
                .outputs
                .into_iter()
                .filter_map(printed)
                .collect::<Vec<_>>()
                .join("\n"),
            text: cell.source.joined(),
        });
    Ok(cells.collect())
}

/// The text of one output.
fn printed(output: Json) -> Option<String> {
    let text = match output.get("text") {
        Some(text) => text.clone(),
        None => output.get("data")?.get("text/plain")?.clone(),
    };
    serde_json::from_value::<Text>(text).ok().map(Text::joined)
}
