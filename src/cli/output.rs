//! Standard output and standard error: what goes where, in colour or not.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;
use clap::ArgMatches;
use serde_json::Value as Json;

use super::exit::Exit;
use super::shared;
use crate::model::Fault;
use crate::render::{self, Format, Style, fault, json};

/// Columns where no terminal tells its width.
const WIDTH: usize = 100;
/// Below this nothing is laid out any more.
const LEAST_WIDTH: usize = 40;

/// Where and how this run writes.
#[derive(Debug, Clone)]
pub(super) struct Output {
    pub(super) format: Format,
    id: Option<String>,
    steps: bool,
    color: ColorChoice,
}

impl Output {
    /// As the arguments say; a command without an argument for a setting has its default.
    pub(super) fn new(arguments: &ArgMatches) -> Self {
        let format = arguments
            .try_get_one::<Format>(shared::FORMAT)
            .ok()
            .flatten();
        let json = matches!(arguments.try_get_one::<bool>(shared::JSON), Ok(Some(true)));
        let format = match (json, format) {
            (true, Some(Format::Ndjson)) => Format::Ndjson,
            (true, _) => Format::Json,
            (false, format) => format.copied().unwrap_or_default(),
        };
        let color = arguments
            .try_get_one::<clap::ColorChoice>(shared::COLOR)
            .ok()
            .flatten();
        Self {
            format,
            id: arguments
                .try_get_one::<String>(shared::ID)
                .ok()
                .flatten()
                .cloned(),
            steps: matches!(arguments.try_get_one::<bool>(shared::STEPS), Ok(Some(true))),
            color: match color {
                Some(clap::ColorChoice::Always) => ColorChoice::Always,
                Some(clap::ColorChoice::Never) => ColorChoice::Never,
                Some(clap::ColorChoice::Auto) | None => ColorChoice::Auto,
            },
        }
    }

    /// What the caller calls this run.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What the formats for people need to know.
    pub(super) fn style(&self) -> Style {
        Style {
            width: width(),
            color: self.colored(&io::stdout()),
            steps: self.steps,
        }
    }

    /// Writes to standard output. A reader that closed it has what it wanted.
    ///
    /// # Errors
    /// If the output cannot be written for another reason.
    #[expect(
        clippy::unused_self,
        reason = "whoever writes has an `Output`, which says where and how"
    )]
    pub(super) fn write(&self, text: &str) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.context("the answer cannot be written"),
        }
    }

    /// Writes one JSON object in the format's own layout.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn write_json(&self, object: &Json) -> anyhow::Result<()> {
        match self.format {
            Format::Ndjson => self.write(&json::line(object)),
            _ => self.write(&json::pretty(object)),
        }
    }

    /// What went wrong, on the way to an answer or on the way out.
    pub(super) fn failure(&self, error: anyhow::Error) -> Exit {
        match error.downcast::<Fault>() {
            Ok(fault) => self.fault(&fault),
            Err(other) => self.fault(&Fault::new("output", format!("{other:#}"))),
        }
    }

    /// A fault: as prose on standard error, and as an object on standard output where JSON was asked for.
    pub(super) fn fault(&self, fault: &Fault) -> Exit {
        self.complain(&fault::prose(fault, self.colored(&io::stderr())));
        if self.format.is_json() {
            // Both streams closed: there is nobody left to tell.
            let _ = self.write_json(&fault::json(fault, self.id()));
        }
        Exit::Usage
    }

    /// Prose on standard error.
    #[expect(
        clippy::unused_self,
        reason = "whoever writes has an `Output`, which says where and how"
    )]
    pub(super) fn complain(&self, text: &str) {
        // A closed standard error leaves the exit code to tell.
        let _ = io::stderr().write_all(text.as_bytes());
    }

    fn colored(&self, stream: &(impl IsTerminal + anstream::stream::RawStream)) -> bool {
        let choice = match self.color {
            ColorChoice::Auto => AutoStream::choice(stream),
            chosen => chosen,
        };
        choice != ColorChoice::Never
    }
}

/// The terminal's width, or what `COLUMNS` says it is.
fn width() -> usize {
    let said = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.trim().parse().ok());
    said.or_else(render::terminal_width)
        .unwrap_or(WIDTH)
        .max(LEAST_WIDTH)
}
