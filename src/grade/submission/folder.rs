//! Folders: the files in one and in those below it; what is hidden is left out.

use std::path::{Path, PathBuf};

use super::group::{Files, submissions};
use super::{Submission, Wanted, bytes_of, failed, is_hidden};
use crate::model::Fault;

const DEEPEST_FOLDER: usize = 16;

/// The submissions in a folder.
pub(super) fn folder(path: &Path, wanted: &Wanted) -> Vec<Submission> {
    let mut walk = Walk::default();
    walk.folder(path, "", 0);
    let place = path.display().to_string();
    let files = Files {
        place: &place,
        paths: &walk.names,
        archived: false,
    };
    let mut found = submissions(&files, wanted, &mut |at| bytes_of(&walk.paths[at]));
    found.extend(walk.closed);
    found
}

/// The files that were found on the way through a folder.
#[derive(Default)]
struct Walk {
    paths: Vec<PathBuf>,
    /// Their paths below the folder, with forward slashes.
    names: Vec<String>,
    /// Folders that cannot be read.
    closed: Vec<Submission>,
}

impl Walk {
    fn folder(&mut self, path: &Path, name: &str, depth: usize) {
        let Ok(entries) = std::fs::read_dir(path) else {
            let fault = Fault::new("unreadable-file", "this folder cannot be read");
            self.closed.push(failed(path.display().to_string(), fault));
            return;
        };
        let mut entries: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        entries.sort();
        for path in entries {
            let Some(own) = path
                .file_name()
                .map(|own| own.to_string_lossy().into_owned())
            else {
                continue;
            };
            let name = if name.is_empty() {
                own.clone()
            } else {
                format!("{name}/{own}")
            };
            if is_hidden(&own) {
                continue;
            }
            if !path.is_dir() {
                self.paths.push(path);
                self.names.push(name);
            } else if depth < DEEPEST_FOLDER {
                self.folder(&path, &name, depth + 1);
            }
        }
    }
}
