//! Archives: what is in one, as if it were a folder.

use std::io::{Cursor, Read};

use super::group::{Files, submissions};
use super::{LARGEST_ARCHIVE, LARGEST_FILE, Submission, Wanted, failed, is_hidden};
use crate::model::Fault;

const MOST_ENTRIES: usize = 20_000;

type Zip = zip::ZipArchive<Cursor<Vec<u8>>>;

/// Whether the bytes are an archive's.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The submissions in an archive.
pub(super) fn archive(name: &str, bytes: Vec<u8>, wanted: &Wanted) -> Vec<Submission> {
    let broken = |error: &dyn std::fmt::Display| {
        vec![failed(
            name.to_owned(),
            Fault::new(
                "bad-archive",
                format!("this archive cannot be read: {error}"),
            ),
        )]
    };
    let mut archive: Zip = match zip::ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return broken(&error),
    };
    if archive.len() > MOST_ENTRIES {
        return broken(&format!("it has more than {MOST_ENTRIES} entries"));
    }
    let paths: Vec<String> = (0..archive.len())
        .map(|index| path_of(&archive, index))
        .collect();
    let shown: Vec<usize> = (0..archive.len())
        .filter(|&index| !paths[index].ends_with('/') && !is_hidden(&paths[index]))
        .collect();
    let names: Vec<String> = shown.iter().map(|&index| paths[index].clone()).collect();
    let files = Files {
        place: name,
        paths: &names,
        archived: true,
    };
    let mut left = LARGEST_ARCHIVE;
    let mut read = |at: usize| bytes_of_entry(&mut archive, shown[at], &mut left);
    let mut found = submissions(&files, wanted, &mut read);
    if found.is_empty() {
        found.push(failed(
            name.to_owned(),
            Fault::new("no-submission", "no submission is in this archive"),
        ));
    }
    found
}

fn path_of(archive: &Zip, index: usize) -> String {
    match archive.name_for_index(index) {
        Some(Ok(path)) => path.replace('\\', "/"),
        _ => format!("entry {}", index + 1),
    }
}

/// The bytes of one file of an archive; `left` is what may be read of the whole.
fn bytes_of_entry(archive: &mut Zip, index: usize, left: &mut u64) -> Result<Vec<u8>, Fault> {
    let broken = |error: &dyn std::fmt::Display| {
        Fault::new("bad-archive", format!("this entry cannot be read: {error}"))
    };
    let mut bytes = Vec::new();
    let limit = (*left).min(LARGEST_FILE);
    let file = archive.by_index(index).map_err(|error| broken(&error))?;
    let size = file
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| broken(&error))?;
    if size as u64 > limit {
        return Err(Fault::new(
            "too-large",
            "this entry is larger than the limit",
        ));
    }
    *left -= size as u64;
    Ok(bytes)
}
