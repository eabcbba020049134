//! Archives: every file in one is a submission.

use std::io::{Cursor, Read};

use super::form::content;
use super::{
    LARGEST_ARCHIVE, LARGEST_FILE, Submission, failed, has_extension, is_a_submission, is_hidden,
    is_no_bystander,
};
use crate::model::Fault;

const MOST_ENTRIES: usize = 20_000;

/// Whether the bytes are an archive's.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The submissions in an archive.
pub(super) fn archive(name: &str, bytes: Vec<u8>) -> Vec<Submission> {
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
