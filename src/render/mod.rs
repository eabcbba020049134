//! One file a format, each from the same [`Report`]: a pure function from data to text.
//!
//! A number is worded in [`words`] for the formats that people read, and serialised as it is in [`json`]; no format
//! computes one.

pub mod fault;
pub mod grades;
pub mod json;
mod markdown;
pub mod paint;
pub mod plot;
mod table;
mod words;

use crate::report::Report;

/// How a report is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For a terminal.
    #[default]
    Table,
    /// One JSON object, indented.
    Json,
    /// One JSON object on one line.
    Ndjson,
    /// For comments and pages.
    Markdown,
}

/// What the formats for people need to know about the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to colour.
    pub color: bool,
    /// Whether to show the working of each quantity.
    pub steps: bool,
}

/// Where nothing is known about the reader: 100 columns, no colour.
impl Default for Style {
    fn default() -> Self {
        Self {
            width: 100,
            color: false,
            steps: false,
        }
    }
}

impl Format {
    /// Whether a program reads it.
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }
}

/// The report in a format, with a line's end at its end.
pub fn render(report: &Report, format: Format, style: Style) -> String {
    match format {
        Format::Table => table::render(report, style),
        Format::Json => json::pretty(&json::report(report)),
        Format::Ndjson => json::line(&json::report(report)),
        Format::Markdown => markdown::render(report, style),
    }
}

/// The columns of the terminal that standard output is; `None` where it is none.
pub fn terminal_width() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from)
}
