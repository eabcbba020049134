//! What came of an assignment, in every format.

mod feedback;
mod json;
mod markdown;
mod table;

use std::fmt::Write;

use super::{Format, Style, words};
use crate::report::{
    Diagnosis, Fact, GradeReport, Item, Mark, Outcome, ReadAnswer, Reading, ReadingReport, Total,
    Value, Verdict,
};

pub use feedback::Reveal;
pub use json::{SCHEMA, schema};

/// The grades in a format, with a line's end at its end; `id` is the caller's name for this run.
pub fn render(report: &GradeReport, format: Format, style: Style, id: Option<&str>) -> String {
    match format {
        Format::Table => table::grades(report, style),
        Format::Json => super::json::pretty(&json::grades(report, id)),
        Format::Ndjson => json::lines(report, id),
        Format::Markdown => markdown::grades(report),
    }
}

/// What the authors of the submissions are told, for a terminal or as Markdown.
pub fn render_feedback(
    report: &GradeReport,
    reveal: Reveal,
    format: Format,
    style: Style,
) -> String {
    feedback::feedback(report, reveal, format, style)
}

/// What was read as the answers, in a format.
pub fn render_readings(
    report: &ReadingReport,
    format: Format,
    style: Style,
    id: Option<&str>,
) -> String {
    match format {
        Format::Table => table::readings(report, style),
        Format::Json => super::json::pretty(&json::readings(report, id)),
        Format::Ndjson => super::json::line(&json::readings(report, id)),
        Format::Markdown => markdown::readings(report),
    }
}

/// Points without needless digits: `5`, `2.5`.
fn points(points: f64) -> String {
    format!("{points}")
}

/// `7 of 10 points`, or a range where a person has to decide something.
fn total(total: &Total) -> String {
    let (least, most, of) = (points(total.least), points(total.most), points(total.of));
    if least == most {
        format!("{least} of {of} points")
    } else {
        format!("{least} to {most} of {of} points")
    }
}

/// What a mark earns; a dash where that is open.
fn earned(mark: &Mark) -> String {
    let earned = mark.points.map_or_else(|| "?".to_owned(), points);
    format!("{earned} of {}", points(mark.of))
}

/// The answer as it was read.
fn answered(mark: &Mark) -> String {
    match mark.outcome {
        Outcome::Blank | Outcome::Absent => "—".to_owned(),
        _ if mark.reading.text.is_some() => "in words".to_owned(),
        _ if mark.reading.written.is_empty() => "?".to_owned(),
        _ => mark.reading.written.clone(),
    }
}

fn computed(value: Option<&crate::report::Value>) -> String {
    value.map_or_else(|| "—".to_owned(), words::value)
}

/// Why a mark is as it is: the mistakes that give the number, else the reason; then the working.
fn because(mark: &Mark) -> String {
    let mut text = match mark.diagnoses.as_slice() {
        // Of work the reason names the mistakes, for each input.
        _ if mark.reading.value.is_none() => mark.reason.clone(),
        [] => mark.reason.clone(),
        [first, others @ ..] => {
            let mut text = mistake(mark, first);
            for other in others {
                let _ = write!(text, ", and {}", other.title);
            }
            if let Some((_, tail)) = mark.reason.split_once("; the sizes written") {
                let _ = write!(text, "; the sizes written{tail}");
            }
            text
        }
    };
    if let Some(working) = &mark.working
        && working
            .first_wrong
            .is_some_and(|step| step <= mark.reading.working.len())
    {
        let _ = write!(text, "; {}", words::working(working));
    }
    text
}

/// A mistake as what leads to the answer, without a stop.
fn mistake(mark: &Mark, diagnosis: &Diagnosis) -> String {
    let (written, title) = (&mark.reading.written, &diagnosis.title);
    match mark.reading.value {
        Some(Value::Flag(_)) => format!("{written} is what {title} leads to"),
        None => format!("this is what {title} gives"),
        Some(_) => format!("{written} is the number that {title} gives"),
    }
}

/// Where the answer stands, and what was taken from there.
fn quoted(mark: &Mark) -> String {
    quotation(&mark.reading)
}

/// Where a reading stands, and what was taken from there, on one line.
fn quotation(reading: &Reading) -> String {
    let lines: Vec<&str> = reading
        .quote
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    match (lines.join(" ⏎ "), reading.place()) {
        (quote, None) if quote.is_empty() => String::new(),
        (quote, Some(place)) if quote.is_empty() => place,
        (quote, None) => format!("“{quote}”"),
        (quote, Some(place)) => format!("{place}: “{quote}”"),
    }
}

/// A computed fact on one line: a quantity with its value, or a sentence with what the numbers say of it.
fn fact(fact: &Fact) -> String {
    match (&fact.value, fact.finding) {
        (Some(value), _) if fact.unit.is_empty() => {
            format!("{}: {}", fact.label, words::value(value))
        }
        (Some(value), _) => format!("{}: {} {}", fact.label, words::value(value), fact.unit),
        (None, Some(finding)) => {
            format!("“{}”: {}. {}", fact.label, finding.word(), fact.because)
        }
        (None, None) => fact.label.clone(),
    }
}

/// What a read answer is, in a word or the value.
fn read_as(answer: &ReadAnswer) -> String {
    match answer.outcome {
        None if answer.reading.text.is_some() => "in words".to_owned(),
        None => match answer.reading.explained {
            Some(explained) => format!("{} ({})", answer.reading.written, explained.word()),
            None => answer.reading.written.clone(),
        },
        Some(outcome) => outcome.word().to_owned(),
    }
}

/// What came of the assignment's own answer to an item.
fn own(item: &Item) -> String {
    let Some(check) = &item.own_answer else {
        return "—".to_owned();
    };
    let written = &check.claim.written;
    match check.verdict {
        Verdict::Wrong => match check
            .diagnoses
            .first()
            .filter(|_| check.claim.expected.is_some())
        {
            Some(first) if matches!(check.claim.expected, Some(Value::Flag(_))) => {
                format!("{written} is wrong: it is what {} leads to", first.title)
            }
            Some(first) => format!("{written} is wrong: the number that {} gives", first.title),
            None => format!("{written} is wrong: {}", check.reason),
        },
        verdict => format!("{written} is {}", words::verdict(verdict)),
    }
}

/// The items whose own answer is wrong.
fn wrong_keys(report: &GradeReport) -> impl Iterator<Item = &Item> {
    report.items.iter().filter(|item| {
        item.own_answer
            .as_ref()
            .is_some_and(|check| check.verdict == Verdict::Wrong)
    })
}
