//! Where a function's gradients are asked about: its sources, and what they may import.

use std::path::Path;

use super::{Form, Origin, code_cells, extension_form, notebook, read_file, sniffed, text};
use crate::model::{Fault, Source};

/// Files beside the input that are served to its imports, and their bytes in all.
const MOST_MODULES: usize = 200;
const LARGEST_MODULES: u64 = 8 << 20;
/// Folders below the input's own in which they are looked for.
const DEEPEST: usize = 4;

/// A function's sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSources {
    /// The texts, run in order in one scope.
    pub sources: Vec<Source>,
    /// Which function.
    pub expression: Option<String>,
    /// Whether the value of the last expression is the function.
    pub snippet: bool,
    /// What the sources may import: dotted names and texts.
    pub modules: Vec<(String, Source)>,
}

/// Reads where a function stands: a `.py` file, the code cells of a notebook, or a snippet.
///
/// # Errors
/// If the text cannot be read, or is no Python.
pub fn function(origin: &Origin) -> Result<FunctionSources, Fault> {
    match origin {
        Origin::Path { path, expression } => {
            let name = path.display().to_string();
            let text = text(read_file(path, &name)?, &name)?;
            Ok(FunctionSources {
                sources: sources(name, text, extension_form(path))?,
                expression: expression.clone(),
                snippet: false,
                modules: modules(path),
            })
        }
        Origin::Stdin {
            text: bytes,
            expression,
        } => {
            let name = "<stdin>".to_owned();
            let text = text(bytes.clone(), &name)?;
            Ok(FunctionSources {
                sources: sources(name, text, None)?,
                expression: expression.clone(),
                snippet: false,
                modules: Vec::new(),
            })
        }
        Origin::Snippet(text) => Ok(FunctionSources {
            sources: vec![Source {
                name: "<-c>".to_owned(),
                text: text.clone(),
            }],
            expression: None,
            snippet: true,
            modules: Vec::new(),
        }),
    }
}

fn sources(name: String, text: String, form: Option<Form>) -> Result<Vec<Source>, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new("no-function", format!("`{name}` is empty")));
    }
    match form.unwrap_or_else(|| sniffed(&text)) {
        Form::Notebook => code_cells(&name, &text),
        Form::JsonModel if notebook::looks_like_one(&text) => code_cells(&name, &text),
        Form::JsonModel => Err(Fault::new(
            "no-function",
            format!("`{name}` is JSON: a function is Python, in a file or a notebook"),
        )),
        Form::Python => Ok(vec![Source { name, text }]),
    }
}

/// The `.py` files beside and below a file, by dotted name; what cannot be read is left out.
fn modules(file: &Path) -> Vec<(String, Source)> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut found = Vec::new();
    let mut left = LARGEST_MODULES;
    collect(folder, &mut Vec::new(), &mut left, &mut found);
    found
}

fn collect(
    folder: &Path,
    above: &mut Vec<String>,
    left: &mut u64,
    found: &mut Vec<(String, Source)>,
) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let hidden = name.starts_with('.') || name == "__pycache__" || name == "site-packages";
        if hidden || found.len() >= MOST_MODULES {
            continue;
        }
        if path.is_dir() {
            if above.len() < DEEPEST && !path.join("pyvenv.cfg").exists() {
                above.push(name.to_owned());
                collect(&path, above, left, found);
                above.pop();
            }
            continue;
        }
        let Some(stem) = name.strip_suffix(".py") else {
            continue;
        };
        let size = path.metadata().map_or(u64::MAX, |metadata| metadata.len());
        if size > *left {
            continue;
        }
        let shown = path.display().to_string();
        let read = std::fs::read(&path).ok();
        if let Some(Ok(text)) = read.map(|bytes| text(bytes, &shown)) {
            *left -= size;
            let mut dotted = above.clone();
            if stem != "__init__" {
                dotted.push(stem.to_owned());
            }
            found.push((dotted.join("."), Source { name: shown, text }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beside_and_below_are_modules_by_dotted_name() -> Result<(), Box<dyn std::error::Error>>
    {
        let folder = tempfile::tempdir()?;
        let write = |name: &str| std::fs::write(folder.path().join(name), "x = 1\n");
        std::fs::create_dir_all(folder.path().join("hw4"))?;
        std::fs::create_dir_all(folder.path().join(".git"))?;
        for name in [
            "a.py",
            "b.txt",
            "hw4/__init__.py",
            "hw4/answers.py",
            ".git/c.py",
        ] {
            write(name)?;
        }
        let origin = Origin::Path {
            path: folder.path().join("a.py"),
            expression: None,
        };
        let names: Vec<String> = (function(&origin)?.modules.into_iter())
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["a", "hw4", "hw4.answers"]);
        Ok(())
    }
}
