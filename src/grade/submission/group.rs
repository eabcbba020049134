//! Which of many files belong together.
//!
//! A folder that holds a file in which code is expected is one submission; so are the folders beside it, whose people
//! left that file out or called it something else. Every other file is a submission of its own.

use super::archive::{archive, is_archive};
use super::form::content;
use super::{
    Code, Content, Document, NO_ANSWERS, Submission, Wanted, alone, failed, has_extension,
    is_a_submission,
};
use crate::model::Fault;
use crate::read::python;

/// Bytes of Python that are kept of one file, and of one submission.
const LARGEST_MODULE: usize = 1 << 20;
const LARGEST_PROGRAM: usize = 8 << 20;

/// Files, by their paths below a place, in any order.
pub(super) struct Files<'a> {
    /// What the place is called.
    pub(super) place: &'a str,
    /// The paths, with forward slashes.
    pub(super) paths: &'a [String],
    /// Whether they stand in an archive.
    pub(super) archived: bool,
}

/// The submissions among files; `read` gives the bytes of one.
pub(super) fn submissions(
    files: &Files,
    wanted: &Wanted,
    read: &mut dyn FnMut(usize) -> Result<Vec<u8>, Fault>,
) -> Vec<Submission> {
    let Files { place, paths, .. } = *files;
    let roots = roots(paths, &wanted.files);
    let mut order: Vec<usize> = (0..paths.len())
        .filter(|&at| is_a_submission(&paths[at]))
        .collect();
    order.sort_by(|&one, &other| paths[one].cmp(&paths[other]));
    let mut found: Vec<(&str, Submission)> = Vec::new();
    for at in order {
        let path = &paths[at];
        let Some(root) = roots.iter().find(|root| below(path, root).is_some()) else {
            let loose = loose(joined(place, path), read(at), files.archived, wanted);
            found.extend(
                loose
                    .into_iter()
                    .map(|submission| (path.as_str(), submission)),
            );
            continue;
        };
        if found.last().is_none_or(|(last, _)| last != root) {
            let submission = Submission {
                name: joined(place, root),
                content: Ok(Content::default()),
            };
            found.push((root, submission));
        }
        if let (Some((_, submission)), Some(inner)) = (found.last_mut(), below(path, root))
            && let Ok(project) = &mut submission.content
        {
            project.take(inner, read(at));
        }
    }
    found
        .into_iter()
        .map(|(_, submission)| submission)
        .collect()
}

/// The submissions that a file is by itself: one, or those of an archive, or none.
fn loose(
    name: String,
    bytes: Result<Vec<u8>, Fault>,
    archived: bool,
    wanted: &Wanted,
) -> Vec<Submission> {
    match bytes {
        Ok(bytes) if is_archive(&bytes) && !archived => archive(&name, bytes, wanted),
        Ok(bytes) if is_archive(&bytes) => {
            let fault = Fault::new("archive-in-archive", "this is an archive inside an archive")
                .help("unpack the outer one and name the folder");
            vec![failed(name, fault)]
        }
        bytes => {
            let submission = match bytes {
                Ok(bytes) => alone(name, &bytes, !wanted.is_empty()),
                Err(fault) => failed(name, fault),
            };
            let mut one = vec![submission];
            one.retain(|submission| !is_bystander(submission, wanted));
            one
        }
    }
}

impl Content {
    /// Takes in what a file of the folder holds.
    fn take(&mut self, file: &str, bytes: Result<Vec<u8>, Fault>) {
        if has_extension(file, &["zip"]) {
            return;
        }
        let read = bytes.and_then(|bytes| content(file, &bytes, true));
        let mut read = match read {
            Ok(read) => read,
            Err(fault) if fault.code == NO_ANSWERS => return,
            Err(fault) => {
                self.notes.push(format!("`{file}` was left out: {fault}"));
                return;
            }
        };
        let bodies = read.documents.drain(..).map(|document| Document {
            file: Some(file.to_owned()),
            ..document
        });
        self.documents.extend(bodies);
        for mut cell in read.code.cells {
            cell.file = Some(file.to_owned());
            self.code.cells.push(cell);
        }
        for module in read.code.files {
            let held: usize = self.code.files.iter().map(|module| module.text.len()).sum();
            if module.text.len() > LARGEST_MODULE || held + module.text.len() > LARGEST_PROGRAM {
                self.notes
                    .push(format!("`{file}` was left out: it is too much Python"));
            } else {
                self.code.files.push(module);
            }
        }
    }
}

/// The folders that are submissions: what stands before a wanted file, the outermost where they are nested, and their
/// neighbours. The empty path is the whole place.
fn roots<'a>(paths: &'a [String], files: &[String]) -> Vec<&'a str> {
    let root_of = |path: &'a String| {
        files.iter().find_map(|file| {
            let front = path.strip_suffix(file.as_str())?;
            (front.is_empty() || front.ends_with('/')).then(|| front.trim_end_matches('/'))
        })
    };
    let mut found: Vec<&str> = paths.iter().filter_map(root_of).collect();
    found.sort_unstable();
    found.dedup();
    let mut roots: Vec<&str> = Vec::new();
    for root in found {
        if !roots.iter().any(|outer| is_in(root, outer)) {
            roots.push(root);
        }
    }
    let parents: Vec<Option<&str>> = roots
        .iter()
        .filter(|root| !root.is_empty())
        .map(|root| root.rfind('/').map(|end| &root[..end]))
        .collect();
    let mut neighbours: Vec<&str> = paths
        .iter()
        .flat_map(|path| parents.iter().filter_map(|parent| child(path, *parent)))
        .filter(|folder| {
            !roots
                .iter()
                .any(|root| is_in(folder, root) || is_in(root, folder))
        })
        .collect();
    neighbours.sort_unstable();
    neighbours.dedup();
    roots.extend(neighbours);
    roots
}

/// The folder directly under `parent` that a path goes through; the whole place has no parent.
fn child<'a>(path: &'a str, parent: Option<&str>) -> Option<&'a str> {
    let start = match parent {
        None => 0,
        Some(parent) => path
            .strip_prefix(parent)?
            .starts_with('/')
            .then_some(parent.len() + 1)?,
    };
    path[start..].find('/').map(|end| &path[..start + end])
}

fn is_in(path: &str, folder: &str) -> bool {
    path == folder || below(path, folder).is_some()
}

/// A path as it is below a folder.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

fn joined(place: &str, path: &str) -> String {
    let place = place.trim_end_matches('/');
    match (place, path) {
        (place, "") => place.to_owned(),
        ("", path) => path.to_owned(),
        (place, path) => format!("{place}/{path}"),
    }
}

/// Among other files, Python and JSON without answers belong to somebody's project.
fn is_bystander(submission: &Submission, wanted: &Wanted) -> bool {
    has_extension(&submission.name, &["py", "json"])
        && match &submission.content {
            Ok(content) => content.documents.is_empty() && !wanted.is_defined(&content.code),
            Err(fault) => fault.code == NO_ANSWERS,
        }
}

impl Wanted {
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.functions.is_empty()
    }

    /// Whether code defines one of the functions.
    fn is_defined(&self, code: &Code) -> bool {
        let statements = code
            .files
            .iter()
            .flat_map(|file| python::outline(&file.text));
        statements
            .into_iter()
            .any(|statement| self.functions.iter().any(|name| statement.defines(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(paths: &[&str]) -> Vec<String> {
        let wanted = Wanted {
            files: vec!["hw4/answers.py".to_owned()],
            functions: vec!["f".to_owned()],
        };
        let paths: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
        let files = Files {
            place: "class",
            paths: &paths,
            archived: false,
        };
        let mut read = |at: usize| -> Result<Vec<u8>, Fault> {
            let text = if paths[at].ends_with("helper.py") {
                "g = 1"
            } else {
                "def f(): return 1"
            };
            Ok(text.as_bytes().to_vec())
        };
        let found = submissions(&files, &wanted, &mut read);
        found
            .into_iter()
            .map(|submission| submission.name)
            .collect()
    }

    #[test]
    fn a_folder_with_the_wanted_file_is_one_submission() {
        let files = ["hw4/answers.py", "hw4/helper.py", "sheet.md", "data/a.txt"];
        assert_eq!(named(&files), ["class"]);
        assert_eq!(
            named(&[
                "ann/hw4/answers.py",
                "ann/sheet.md",
                "ann/old/hw4/answers.py"
            ]),
            ["class/ann"]
        );
    }

    #[test]
    fn its_neighbours_are_submissions_too() {
        let files = [
            "ann/hw4/answers.py",
            "ann-marie/hw4/answers.py",
            "bob/hw4/answer.py",
            "bob/sheet.md",
            "cyd.py",
            "helper.py",
            "dan/photo.png",
        ];
        assert_eq!(
            named(&files),
            ["class/ann-marie", "class/ann", "class/bob", "class/cyd.py"]
        );
        let deeper = ["one/ann/hw4/answers.py", "one/bob/x.md", "two/cyd/x.md"];
        assert_eq!(
            named(&deeper),
            ["class/one/ann", "class/one/bob", "class/two/cyd/x.md"]
        );
    }

    #[test]
    fn a_path_is_taken_apart_at_its_slashes() {
        assert_eq!(named(&["myhw4/answers.py", "x-hw4/answers.py"]).len(), 2);
        assert_eq!(below("ann/a", "an"), None);
        assert_eq!(child("a/b/c", Some("a")), Some("a/b"));
        assert_eq!(child("a/b", Some("a")), None);
        assert_eq!(child("ab/c/d", Some("a")), None);
    }
}
