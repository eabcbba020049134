//! Submissions: notebooks, texts, answers as JSON, strings in Python, from files, folders and archives.
//!
//! Everything is read into memory under limits and nothing is written, so a path inside an archive leads nowhere. A
//! file that cannot be read is a submission with a fault; the others are read all the same.

mod archive;
mod form;

use std::io::Read;
use std::path::{Path, PathBuf};

use super::page::Line;
use crate::model::Fault;
use archive::{archive, is_archive};
use form::content;

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
