//! Submissions: notebooks, texts, answers as JSON, Python, from files, folders and archives.
//!
//! Everything is read into memory under limits and nothing is written, so a path inside an archive leads nowhere. A
//! file that cannot be read is a submission with a fault; the others are read all the same. A folder that holds a file
//! in which the assignment expects code is one submission, with all that is in it.

mod archive;
mod folder;
mod form;
mod group;

use std::io::Read;
use std::path::Path;

use super::page::Line;
use crate::model::{Fault, Source};
use crate::report::Spot;
use archive::{archive, is_archive};
use form::content;

/// One person's answers.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The file or folder, with its place inside an archive where it came from one.
    pub name: String,
    /// What it holds, or why that cannot be read.
    pub content: Result<Content, Fault>,
}

/// What a submission holds.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Its sheets and lists of answers: one, or any number where it is a folder.
    pub documents: Vec<Document>,
    /// Its Python.
    pub code: Code,
    /// What a reader should know, such as files that could not be read.
    pub notes: Vec<String>,
}

/// A sheet, or a list of answers.
#[derive(Debug, Clone)]
pub struct Document {
    /// Which file of the submission it is; `None` where the submission is a file itself.
    pub file: Option<String>,
    /// What it says.
    pub body: Body,
}

/// What a document says.
#[derive(Debug, Clone)]
pub enum Body {
    /// A sheet with the questions on it: lines in order.
    Page(Vec<Line>),
    /// Answers by name.
    Answers(Vec<(String, Vec<Line>)>),
}

/// The Python of a submission.
#[derive(Debug, Clone, Default)]
pub struct Code {
    /// Its `.py` files, called by their paths in it, with forward slashes.
    pub files: Vec<Source>,
    /// The code cells of its notebooks, and the code blocks of its texts.
    pub cells: Vec<CodeCell>,
}

/// A cell or a block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeCell {
    /// Which file of the submission it stands in; `None` where the submission is a file itself.
    pub file: Option<String>,
    /// Where its first line stands.
    pub spot: Spot,
    /// Its text, without what is meant for the notebook itself.
    pub text: String,
}

/// The code that an assignment asks for: it tells which files and folders are submissions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Files, by their paths in a submission.
    pub files: Vec<String>,
    /// Functions.
    pub functions: Vec<String>,
}

/// Larger files are no hand-ins; neither are archives with more in them.
const LARGEST_FILE: u64 = 64 << 20;
const LARGEST_ARCHIVE: u64 = 512 << 20;

/// The submissions under a path, in the order of their names.
pub fn open(path: &Path, wanted: &Wanted) -> Vec<Submission> {
    let name = path.display().to_string();
    let code_counts = !wanted.functions.is_empty();
    if path.is_dir() {
        let found = folder::folder(path, wanted);
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
        Ok(bytes) if is_archive(&bytes) => archive(&name, bytes, wanted),
        Ok(bytes) => vec![alone(name, &bytes, code_counts)],
        Err(fault) => vec![failed(name, fault)],
    }
}

/// The lines of a blank sheet.
///
/// # Errors
/// If it cannot be read, or is not a sheet.
pub fn sheet(path: &Path) -> Result<Vec<Line>, Fault> {
    let content = content(&path.display().to_string(), &bytes_of(path)?, false)?;
    match content
        .documents
        .into_iter()
        .next()
        .map(|document| document.body)
    {
        Some(Body::Page(lines)) => Ok(lines),
        _ => Err(Fault::new(
            "template",
            "this holds answers by name; a sheet was expected",
        )),
    }
}

/// The Python of a file, as if it had been handed in.
///
/// # Errors
/// If it cannot be read.
pub fn python(path: &Path) -> Result<Code, Fault> {
    let name = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(content(&name, &bytes_of(path)?, true)?.code)
}

/// A file that is a submission by itself: its Python is called by the file's name alone.
fn alone(name: String, bytes: &[u8], code_counts: bool) -> Submission {
    let mut content = content(&name, bytes, code_counts);
    if let Ok(content) = &mut content {
        for file in &mut content.code.files {
            name.rsplit('/')
                .next()
                .unwrap_or(&name)
                .clone_into(&mut file.name);
        }
    }
    Submission { name, content }
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

const NO_ANSWERS: &str = "no-answers";
