//! The rooms and the arrows between them, as docs/design.md draws them: a `use` line against the table fails here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// What each room may use, besides itself.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("theory", &["model"]),
    ("lab", &["model"]),
    ("torch", &["model", "theory", "lab"]),
    ("report", &[]),
    ("read", &["model", "theory", "lab", "torch", "report"]),
    ("questions", &["model", "theory", "lab", "torch", "report"]),
    ("grade", &["model", "read", "questions", "report", "torch"]),
    ("render", &["report", "model", "grade"]),
    (
        "cli",
        &[
            "model",
            "theory",
            "lab",
            "torch",
            "report",
            "read",
            "questions",
            "grade",
            "render",
        ],
    ),
];

/// The rooms in which a crate may be named; others must not touch it.
const CONFINED: &[(&str, &[&str])] = &[
    ("candle_core", &["lab", "torch"]),
    ("candle_nn", &["lab", "torch"]),
    ("rustpython_vm", &["torch"]),
    ("anyhow", &["cli"]),
    ("comfy_table", &["render"]),
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The code of a file without its comment lines and its unit tests at the foot; lines keep their numbers.
fn code(text: &str) -> String {
    let lines = text
        .lines()
        .take_while(|line| line.trim() != "#[cfg(test)]");
    lines
        .map(|line| {
            if line.trim_start().starts_with("//") {
                ""
            } else {
                line
            }
        })
        .fold(String::new(), |mut code, line| {
            code.push_str(line);
            code.push('\n');
            code
        })
}

/// The rooms that code names with `crate::…`, also in `use crate::{a::{…}, b::…}`, each with its line.
fn rooms_named(code: &str) -> Vec<(usize, String)> {
    let mut rooms = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` and `my_crate::` are other things.
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        let names = match rest.strip_prefix('{') {
            Some(list) => heads_of_list(list),
            None => vec![word(rest)],
        };
        rooms.extend(names.into_iter().map(|name| (line, name)));
    }
    rooms
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

/// The first words of a list's entries, up to the brace that closes it: `a::{b, c}, d::e}` has `a` and `d`.
fn heads_of_list(list: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0_usize;
    let mut start = Some(0);
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = Some(at + 1),
            _ if start.is_some() && !character.is_whitespace() => {
                heads.push(word(list[at..].trim_start()));
                start = None;
            }
            _ => {}
        }
    }
    heads
}

#[test]
fn no_arrow_goes_against_the_table() -> Outcome {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut files = Vec::new();
    rust_files(&source, &mut files)?;
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&source)?;
        let room = inside
            .components()
            .next()
            .map(|c| c.as_os_str().to_string_lossy().into_owned());
        let room = room.unwrap_or_default();
        let Some(allowed) = arrows.get(room.as_str()) else {
            continue;
        };
        let text = code(&fs::read_to_string(&file)?);
        for (number, used) in rooms_named(&text) {
            let known = arrows.contains_key(used.as_str());
            if known && used != room && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}:{number}: {room} uses {used}", inside.display()));
            }
        }
        for (name, rooms) in CONFINED {
            if text.contains(&format!("{name}::")) && !rooms.contains(&room.as_str()) {
                wrong.push(format!("{}: {room} uses {name}", inside.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows against docs/design.md:\n{}",
        wrong.join("\n")
    );
    Ok(())
}

#[test]
fn the_reader_of_use_lines_sees_what_it_should() {
    let named = |text| -> Vec<String> {
        rooms_named(text)
            .into_iter()
            .map(|(_, room)| room)
            .collect()
    };
    assert_eq!(named("use crate::model::{Layer, Model};"), ["model"]);
    assert_eq!(
        named("use crate::{lab::forward, theory};"),
        ["lab", "theory"]
    );
    assert_eq!(
        named("use crate::{\n    lab::{self, support},\n    theory,\n};"),
        ["lab", "theory"]
    );
    assert_eq!(named("    let x = crate::render::table(r);"), ["render"]);
    assert!(named("$crate::model").is_empty());
    assert_eq!(code("a\n// crate::cli\nb\n#[cfg(test)]\nc"), "a\n\nb\n");
}

#[test]
fn every_room_is_in_the_table() -> Outcome {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        if entry.path().is_dir() {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(
                ARROWS.iter().any(|(room, _)| *room == name),
                "no arrows for {name}"
            );
        }
    }
    Ok(())
}
