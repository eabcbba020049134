//! A module from the cells of a notebook: the function, and of the rest only what it needs.
//!
//! A notebook trains, plots and prints; none of that is carried out. The function is taken with the imports,
//! definitions and assignments that it depends on, directly or through others.

use std::collections::BTreeSet;

use super::modules::{dotted, leading_to};
use super::{MODULE, Program, quoted};
use crate::grade::assignment::Item;
use crate::grade::reading::{Found, Work};
use crate::grade::submission::Code;
use crate::model::Source;
use crate::read::python::{self, Statement, StatementKind};
use crate::report::{Reading, Spot};

/// The answer that the cell at `at` defines.
pub(super) fn answer(
    item: &Item,
    name: &str,
    code: &Code,
    at: usize,
    definition: &Statement,
) -> Found {
    let cell = &code.cells[at];
    let place = |line: usize| Spot {
        line: cell.spot.line + line - 1,
        ..cell.spot
    };
    let reading = Reading {
        file: cell.file.clone(),
        ..quoted(&cell.text[definition.range.clone()], place(definition.line))
    };
    // The cells of one notebook share their names; those of another do not.
    let cells: Vec<(Spot, &str)> = code
        .cells
        .iter()
        .filter(|other| other.file == cell.file)
        .map(|other| (other.spot, other.text.as_str()))
        .collect();
    let statements: Vec<Vec<Statement>> = cells
        .iter()
        .map(|(_, text)| python::outline(text))
        .collect();
    let (kept, left_out) = needed(name, &statements);
    if let Some(left_out) = left_out {
        let reason = format!("it needs `{left_out}`, which the notebook only makes in a loop");
        return Found::Unreadable(Reading { reason, ..reading });
    }
    let mut text = String::new();
    let mut lines = Vec::new();
    for (cell, statement) in kept {
        let (spot, source) = cells[cell];
        let statement = &statements[cell][statement];
        for (offset, line) in source[statement.range.clone()].lines().enumerate() {
            text.push_str(line);
            text.push('\n');
            lines.push(Spot {
                line: spot.line + statement.line - 1 + offset,
                ..spot
            });
        }
    }
    Found::Work(
        reading,
        Work::Function(Box::new(program(item, name, text, lines))),
    )
}

fn program(item: &Item, name: &str, text: String, lines: Vec<Spot>) -> Program {
    let home = item
        .file()
        .and_then(dotted)
        .unwrap_or_else(|| MODULE.to_owned());
    let source = Source {
        name: "<cells>".to_owned(),
        text,
    };
    let mut modules = vec![(home.clone(), source)];
    if home != MODULE {
        modules.push((MODULE.to_owned(), leading_to(&home, name)));
    }
    Program {
        function: name.to_owned(),
        modules,
        lines,
    }
}

/// The statements that a name depends on, in order, as pairs of cell and statement; and a name that is needed and made
/// by nothing that may be carried out.
fn needed(name: &str, cells: &[Vec<Statement>]) -> (Vec<(usize, usize)>, Option<String>) {
    let all = || {
        let numbered = cells.iter().enumerate();
        numbered.flat_map(|(cell, statements)| {
            statements
                .iter()
                .enumerate()
                .map(move |(at, statement)| ((cell, at), statement))
        })
    };
    let may_run = |statement: &Statement| statement.kind != StatementKind::Other;
    let mut wanted: BTreeSet<String> = BTreeSet::from([name.to_owned()]);
    let mut kept: BTreeSet<(usize, usize)> = BTreeSet::new();
    loop {
        let before = kept.len();
        for (at, statement) in all().filter(|(_, statement)| may_run(statement)) {
            let binds_wanted = statement
                .binds
                .iter()
                .any(|bound| bound == "*" || wanted.contains(bound));
            // A function that is only imported is what is to be handed in, not where it comes from.
            let imports_it = statement.kind == StatementKind::Import
                && statement.binds.iter().any(|bound| bound == name);
            if binds_wanted && !imports_it && kept.insert(at) {
                wanted.extend(statement.uses.iter().cloned());
            }
        }
        if kept.len() == before {
            break;
        }
    }
    let made = |name: &String| {
        let mut statements = all().filter(|(at, _)| kept.contains(at));
        statements.any(|(_, statement)| statement.binds.contains(name))
    };
    let left_out = all()
        .filter(|(_, statement)| !may_run(statement))
        .flat_map(|(_, statement)| &statement.binds)
        .find(|bound| wanted.contains(*bound) && !made(bound));
    (kept.into_iter().collect(), left_out.cloned())
}
