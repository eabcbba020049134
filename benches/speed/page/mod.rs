//! What was measured last, as tables and a picture in `docs/`.

mod estimates;
mod floors;
mod growth;

use std::error::Error;
use std::fs;

use gradus::render::plot::{Picture, plot};

use crate::models::{ROOT, TEMPORARY};
use crate::processes::PROCESSES;
use estimates::Estimates;

/// Writes them.
///
/// # Errors
/// If nothing was measured, or a file cannot be written.
pub(crate) fn write() -> Result<(), Box<dyn Error>> {
    let estimates = Estimates::read()?;
    let page = format!("{ROOT}/docs/benchmarks.md");
    let mut text = fs::read_to_string(&page)?;
    let (table, report) = growth::growth(&estimates)?;
    text = placed(&text, "processes", &processes(&estimates)?)?;
    text = placed(&text, "growth", &table)?;
    text = placed(&text, "floors", &floors::floors(&estimates)?)?;
    fs::write(page, text)?;
    for (picture, path) in [
        (Picture::Svg, format!("{ROOT}/docs/benchmarks-growth.svg")),
        // To look at.
        (Picture::Png, format!("{TEMPORARY}/benchmarks-growth.png")),
    ] {
        let bytes = plot(&report, picture).map_err(|fault| fault.message)?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// A table of whole processes.
fn processes(estimates: &Estimates) -> Result<String, String> {
    let line = |line: &&str| {
        let seconds = estimates.seconds(&format!("process/{line}"))?;
        Ok(format!("| `gradus {line}` | {} |\n", time(seconds)))
    };
    let lines: Result<String, String> = PROCESSES.iter().map(line).collect();
    Ok(format!("| process | median |\n|---|---|\n{}", lines?))
}

/// A page with a text between the markers of this name.
fn placed(page: &str, name: &str, text: &str) -> Result<String, String> {
    let missing = || format!("docs/benchmarks.md has no place for `{name}`");
    let (begin, end) = (
        format!("<!-- begin: {name} -->\n"),
        format!("<!-- end: {name} -->"),
    );
    let (before, rest) = page.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}\n{}\n\n{end}{after}", text.trim()))
}

/// Seconds in words, to three digits.
fn time(seconds: f64) -> String {
    let (scaled, unit) = match seconds {
        s if s >= 1.0 => (s, "s"),
        s if s >= 1e-3 => (s * 1e3, "ms"),
        s if s >= 1e-6 => (s * 1e6, "µs"),
        s => (s * 1e9, "ns"),
    };
    format!("{} {unit}", digits(scaled))
}

/// A number to three digits.
fn digits(number: f64) -> String {
    match number {
        n if n >= 100.0 => format!("{n:.0}"),
        n if n >= 10.0 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    }
}
