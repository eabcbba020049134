//! `--plot`: a report's pictures, written to a file.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, value_parser};

use crate::model::Fault;
use crate::render::plot::{Picture, plot};
use crate::report::Report;

const PLOT: &str = "plot";

/// The argument.
pub(super) fn argument() -> Arg {
    Arg::new(PLOT)
        .long(PLOT)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Draw the answer's pictures too, as FILE.svg or FILE.png")
}

/// Where a picture was asked for, and in which format.
///
/// # Errors
/// If the file's name does not say which.
pub(super) fn wanted(arguments: &ArgMatches) -> Result<Option<(PathBuf, Picture)>, Fault> {
    let path = arguments.get_one::<PathBuf>(PLOT);
    path.map(|path| Ok((path.clone(), Picture::of_path(path)?)))
        .transpose()
}

/// Draws and writes it.
///
/// # Errors
/// If the answer has no picture, or the file cannot be written.
pub(super) fn write(report: &Report, wanted: &(PathBuf, Picture)) -> Result<(), Fault> {
    let (path, picture) = wanted;
    let bytes = plot(report, *picture)?;
    std::fs::write(path, bytes).map_err(|error| {
        Fault::new(
            "unwritable-file",
            format!("`{}` cannot be written: {error}", path.display()),
        )
        .help("give --plot a file in a folder that exists and can be written to")
    })
}
