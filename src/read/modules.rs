//! The files beside a program that it may import: `hw4/answers.py` for `from hw4.answers import …`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::model::{Fault, Source};

/// Bytes of one file.
const LARGEST_FILE: u64 = 1 << 20;
/// Files that are taken in all, and bytes of them.
const MOST_FILES: usize = 256;
const MOST_BYTES: usize = 8 << 20;
/// Folders within folders.
const DEEPEST: usize = 6;

static IMPORTED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(?:from|import)\s+([A-Za-z_]\w*)").ok());

/// The modules beside a program that its texts name, and those that these name: dotted names and texts, by name.
///
/// What cannot be read, is no Python name, or is more than the limits is left out: an import of it then fails by name.
pub fn beside(folder: &Path, sources: &[Source]) -> Vec<(String, Source)> {
    let mut found = Found {
        modules: BTreeMap::new(),
        bytes: 0,
    };
    let mut wanted: Vec<String> = sources
        .iter()
        .flat_map(|source| imported(&source.text))
        .collect();
    let mut seen: Vec<String> = Vec::new();
    while let Some(name) = wanted.pop() {
        if seen.contains(&name) {
            continue;
        }
        let before = found.modules.len();
        found.file(&folder.join(format!("{name}.py")), &name);
        found.folder(&folder.join(&name), &name, 0);
        if found.modules.len() > before {
            let texts = found.modules.values();
            wanted.extend(texts.flat_map(|source| imported(&source.text)));
        }
        seen.push(name);
    }
    found.modules.into_iter().collect()
}

/// A module given by hand: `NAME=FILE`.
///
/// # Errors
/// If the argument has no `=`, the name is no dotted name, or the file cannot be read.
pub fn given(argument: &str) -> Result<(String, Source), Fault> {
    let usage = |what: &str| {
        Fault::new("usage", format!("`--module {argument}` {what}"))
            .help("write NAME=FILE, such as --module hw4.answers=answers.py")
    };
    let (name, file) = argument
        .split_once('=')
        .ok_or_else(|| usage("has no `=`"))?;
    if !name.split('.').all(is_name) {
        return Err(usage("does not begin with a module's name"));
    }
    let bytes = super::read_file(Path::new(file), file)?;
    let text = super::text(bytes, file)?;
    let source = Source {
        name: file.to_owned(),
        text,
    };
    Ok((name.to_owned(), source))
}

struct Found {
    modules: BTreeMap<String, Source>,
    bytes: usize,
}

impl Found {
    fn file(&mut self, path: &Path, name: &str) {
        let small =
            std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= LARGEST_FILE);
        if !small || self.modules.len() >= MOST_FILES {
            return;
        }
        let shown = path.display().to_string();
        let text = std::fs::read(path)
            .ok()
            .and_then(|bytes| super::text(bytes, &shown).ok());
        if let Some(text) = text
            && self.bytes + text.len() <= MOST_BYTES
        {
            self.bytes += text.len();
            let source = Source { name: shown, text };
            self.modules.entry(name.to_owned()).or_insert(source);
        }
    }

    fn folder(&mut self, path: &Path, name: &str, depth: usize) {
        let Ok(entries) = std::fs::read_dir(path) else {
            return;
        };
        if depth >= DEEPEST {
            return;
        }
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else {
                continue;
            };
            if !is_name(stem) {
                continue;
            }
            if path.is_dir() {
                self.folder(&path, &format!("{name}.{stem}"), depth + 1);
            } else if path.extension().is_some_and(|extension| extension == "py") {
                match stem {
                    "__init__" => self.file(&path, name),
                    stem => self.file(&path, &format!("{name}.{stem}")),
                }
            }
        }
    }
}

fn imported(text: &str) -> Vec<String> {
    let Some(pattern) = IMPORTED.as_ref() else {
        return Vec::new();
    };
    pattern
        .captures_iter(text)
        .map(|captures| captures[1].to_owned())
        .collect()
}

fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
}
