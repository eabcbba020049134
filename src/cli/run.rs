//! `gradus run`: a program or a notebook, run in the sandbox with tensors that have values.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::{Value as Json, json};

use super::exit::Exit;
use super::output::Output;
use super::{shared, subject};
use crate::model::{Fault, Source};
use crate::read::{self, Origin, modules};
use crate::render::fault;
use crate::torch::run::{Event, Failure, RunRequest};

const STOP: &str = "stop";
const MODULE: &str = "module";
const SEED: &str = "seed";

const EXITS: &str = "\
Exit codes:
  0  everything ran
  1  a cell failed
  2  usage, an input that cannot be read, or a limit of time or memory
  4  a fault of gradus";

/// The subcommand.
pub(super) fn command() -> Command {
    Command::new("run")
        .about("Run a program or a notebook in the sandbox: PyTorch's API with values and gradients, without PyTorch")
        .args([
            Arg::new(shared::MODEL)
                .value_name("INPUT")
                .help("A .py or .ipynb file, or - for standard input; .py files beside it can be imported")
                .required_unless_present(shared::CODE)
                .conflicts_with(shared::CODE),
            Arg::new(shared::CODE)
                .short('c')
                .long(shared::CODE)
                .value_name("CODE")
                .help("The program itself; torch, nn and F are known"),
            Arg::new(STOP)
                .long(STOP)
                .action(ArgAction::SetTrue)
                .help("End with the first cell that fails"),
            Arg::new(MODULE)
                .long(MODULE)
                .value_name("NAME=FILE")
                .action(ArgAction::Append)
                .help("A module that the program may import, such as hw4.answers=answers.py"),
            Arg::new(SEED)
                .long(SEED)
                .value_name("N")
                .value_parser(value_parser!(u64))
                .help("The seed until the program sets one [default: 0]"),
            Arg::new(shared::TIME_LIMIT)
                .long(shared::TIME_LIMIT)
                .value_name("SECONDS")
                .value_parser(value_parser!(u64).range(1..=3600))
                .help("CPU time [default: 60]"),
            Arg::new(shared::MEMORY_LIMIT)
                .long(shared::MEMORY_LIMIT)
                .value_name("MIB")
                .value_parser(value_parser!(u64).range(64..=1 << 20))
                .help("Memory [default: 2048]"),
        ])
        .args(shared::plain_format())
        .after_help(format!(
            "Examples:\n  gradus run hand-in.ipynb\n  gradus run train.py --time-limit 300\n  \
             gradus run -c 'x = torch.ones(2, requires_grad=True); (x**2).sum().backward(); print(x.grad)'\n  \
             gradus run sheet.ipynb --module hw4.answers=answers.py\n\n{EXITS}"
        ))
}

/// `gradus run INPUT`.
///
/// # Errors
/// If the input cannot be read.
pub(super) fn run(arguments: &ArgMatches, output: &Output) -> anyhow::Result<Exit> {
    let origin = subject::origin(arguments)?;
    let sources = read::program(&origin)?;
    let mut interpreter = subject::interpreter(arguments)?;
    // Programs that train take longer, and hold more, than definitions that are read.
    if arguments.get_one::<u64>(shared::TIME_LIMIT).is_none() {
        interpreter.time_limit = std::time::Duration::from_secs(60);
    }
    if arguments.get_one::<u64>(shared::MEMORY_LIMIT).is_none() {
        interpreter.memory_limit = 2048 * shared::MEBIBYTE;
    }
    let request = RunRequest {
        modules: modules_of(arguments, &origin, &sources)?,
        stop: arguments.get_flag(STOP),
        echo: true,
        known: matches!(origin, Origin::Snippet(_)),
        seed: arguments.get_one::<u64>(SEED).copied().unwrap_or_default(),
        sources,
    };
    let mut told = Told::new(output, &request);
    let ended = interpreter.run(&request, &mut |event| told.tell(event));
    told.end(ended.err())
}

/// The files beside the input, and those of `--module`, which take their places.
fn modules_of(
    arguments: &ArgMatches,
    origin: &Origin,
    sources: &[Source],
) -> Result<Vec<(String, Source)>, Fault> {
    let folder = match origin {
        Origin::Path { path, .. } => match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        },
        Origin::Stdin { .. } | Origin::Snippet(_) => PathBuf::from("."),
    };
    let folder: &Path = &folder;
    let mut found = modules::beside(folder, sources);
    for argument in arguments.get_many::<String>(MODULE).into_iter().flatten() {
        let (name, source) = modules::given(argument)?;
        found.retain(|(known, _)| *known != name);
        found.push((name, source));
    }
    Ok(found)
}

/// What came of one text.
#[derive(Default)]
struct Cell {
    printed: String,
    shown: Option<String>,
    failure: Option<Failure>,
    finished: bool,
}

/// Writes what happens as it happens, or keeps it for JSON.
struct Told<'a> {
    output: &'a Output,
    sources: &'a [Source],
    cells: Vec<Cell>,
    notes: Vec<(String, String)>,
    error: Option<anyhow::Error>,
}

impl<'a> Told<'a> {
    fn new(output: &'a Output, request: &'a RunRequest) -> Self {
        Self {
            output,
            sources: &request.sources,
            cells: Vec::new(),
            notes: Vec::new(),
            error: None,
        }
    }

    fn write(&mut self, text: &str) {
        if !self.output.format.is_json()
            && let Err(error) = self.output.write(text)
        {
            self.error.get_or_insert(error);
        }
    }

    fn tell(&mut self, event: Event) {
        match event {
            Event::Started(_) => self.cells.push(Cell::default()),
            Event::Printed(text) => {
                self.write(&text);
                self.last(|cell| cell.printed.push_str(&text));
            }
            Event::Shown(text) => {
                self.write(&format!("Out: {text}\n"));
                self.last(|cell| cell.shown = Some(text));
            }
            Event::Failed(failure) => {
                self.write(&failure.traceback);
                self.last(|cell| cell.failure = Some(failure));
            }
            Event::Finished | Event::Exited => self.last(|cell| cell.finished = true),
            Event::Noted(note) => self.notes.push((note.code, note.text)),
        }
    }

    fn last(&mut self, change: impl FnOnce(&mut Cell)) {
        if let Some(cell) = self.cells.last_mut() {
            change(cell);
        }
    }

    fn end(self, fault: Option<Fault>) -> anyhow::Result<Exit> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let failed = self.cells.iter().any(|cell| cell.failure.is_some());
        if self.output.format.is_json() {
            self.output.write_json(&self.json(fault.as_ref()))?;
        } else {
            let mut notes = self.notes.iter();
            if let Some((_, text)) = notes.next() {
                let rest: String = notes.map(|(_, text)| format!("note: {text}\n")).collect();
                self.output.complain(&format!("note: {text}\n{rest}"));
            }
            if let Some(fault) = &fault {
                let running = self.cells.len().saturating_sub(1);
                if let (Some(source), true) = (self.sources.get(running), self.sources.len() > 1) {
                    self.output.complain(&format!("in {}:\n", source.name));
                }
                self.output.complain(&fault::prose(fault, false));
            }
        }
        Ok(match (fault, failed) {
            (Some(fault), _) if fault.code == "interpreter-fault" => Exit::OwnFault,
            (Some(_), _) => Exit::Usage,
            (None, true) => Exit::Wrong,
            (None, false) => Exit::Success,
        })
    }

    fn json(&self, fault: Option<&Fault>) -> Json {
        let cells: Vec<Json> = self
            .sources
            .iter()
            .enumerate()
            .map(|(place, source)| {
                let cell = self.cells.get(place);
                let failure = cell.and_then(|cell| cell.failure.as_ref());
                let status = match cell {
                    None => "not-run",
                    Some(Cell {
                        failure: Some(_), ..
                    }) => "failed",
                    Some(Cell { finished: true, .. }) => "ran",
                    Some(_) => "interrupted",
                };
                json!({
                    "name": source.name,
                    "status": status,
                    "printed": cell.map_or("", |cell| cell.printed.as_str()),
                    "shown": cell.and_then(|cell| cell.shown.as_deref()),
                    "failure": failure.map(|failure| json!({
                        "class": failure.class,
                        "message": failure.message,
                        "traceback": failure.traceback,
                        "source": failure.place.as_ref().map(|place| place.source.name.as_str()),
                        "line": failure.place.as_ref().map(|place| place.span.line),
                    })),
                })
            })
            .collect();
        let notes: Vec<Json> = self
            .notes
            .iter()
            .map(|(code, text)| json!({"code": code, "text": text}))
            .collect();
        json!({
            "kind": "run",
            "cells": cells,
            "notes": notes,
            "fault": fault.map(|fault| json!({"code": fault.code, "message": fault.message, "help": fault.help})),
        })
    }
}
