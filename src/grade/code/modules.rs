//! The modules that a submission's files are to the sandbox.

use super::{MODULE, Program};
use crate::grade::assignment::Item;
use crate::model::Source;
use crate::read::python;

/// A function that stands in the file at `at`, with the other files beside it.
///
/// Each file is a module by its path. The assignment's file and [`MODULE`] lead to the function wherever it stands.
pub(super) fn of_file(item: &Item, function: &str, files: &[Source], at: usize) -> Program {
    let wanted = item.file().and_then(dotted);
    let mut modules: Vec<(String, Source)> = Vec::new();
    // A file by itself is what the assignment calls it.
    if files.len() > 1 || wanted.is_some() && files[at].name.contains('/') {
        let named = files
            .iter()
            .filter_map(|file| Some((dotted(&file.name)?, file.clone())));
        modules.extend(named.filter(|(name, _)| name != MODULE));
    }
    let own = dotted(&files[at].name).filter(|own| modules.iter().any(|(name, _)| name == own));
    let home = own
        .or_else(|| wanted.clone())
        .unwrap_or_else(|| MODULE.to_owned());
    if !modules.iter().any(|(name, _)| *name == home) {
        modules.push((home.clone(), files[at].clone()));
    }
    for target in wanted.into_iter().chain([MODULE.to_owned()]) {
        let binds = |source: &Source| {
            let statements = python::outline(&source.text);
            statements.iter().any(|statement| {
                statement
                    .binds
                    .iter()
                    .any(|name| name == function || name == "*")
            })
        };
        if target == home
            || modules
                .iter()
                .any(|(name, source)| *name == target && binds(source))
        {
            continue;
        }
        modules.retain(|(name, _)| *name != target);
        modules.push((target, leading_to(&home, function)));
    }
    Program {
        function: function.to_owned(),
        modules,
        lines: Vec::new(),
    }
}

/// A module that hands on what stands in another one.
pub(super) fn leading_to(home: &str, function: &str) -> Source {
    Source {
        name: format!("<{MODULE}>"),
        text: format!("from {home} import {function}\n"),
    }
}

/// The dotted name of the module that a file is: `hw4/answers.py` is `hw4.answers`. A file that would stand in the way
/// of PyTorch has none.
pub(super) fn dotted(path: &str) -> Option<String> {
    let stem = path.strip_suffix(".py")?;
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    let parts: Vec<&str> = stem.split('/').collect();
    let is_name = |part: &&str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let taken = parts[0] == "torch" || parts[0].trim_start_matches('_').starts_with("gradus");
    (parts.iter().all(is_name) && !taken && stem != "__init__").then(|| parts.join("."))
}
