//! For comments and pages: a section a submission.

use std::fmt::Write;

use crate::report::{GradeReport, ReadingReport, Sheet};

/// Every submission's section; the assignment's own items where there is none.
pub(super) fn grades(report: &GradeReport) -> String {
    let mut text = format!("# {}\n", escaped(&report.assignment));
    if report.submissions.is_empty() {
        text.push_str("\n| id | question | points | computed | the assignment's own answer |\n|---|---|---|---|---|\n");
        for item in &report.items {
            let computed = item
                .computed
                .as_ref()
                .map_or_else(|| item.reason.clone(), super::words::value);
            let question = item.question.as_deref().unwrap_or("—");
            row(
                &mut text,
                &[
                    &item.id,
                    question,
                    &super::points(item.points),
                    &computed,
                    &super::own(item),
                ],
            );
        }
        return text;
    }
    for item in super::wrong_keys(report) {
        let own = super::own(item);
        let _ = writeln!(
            text,
            "\nThe assignment's own answer to `{}`: {}",
            item.id,
            escaped(&own)
        );
    }
    for sheet in &report.submissions {
        self::sheet(&mut text, sheet);
    }
    text
}

fn sheet(text: &mut String, sheet: &Sheet) {
    let _ = writeln!(text, "\n## {}\n", escaped(&sheet.name));
    if let Some(failure) = &sheet.failure {
        let _ = writeln!(text, "Not opened: {}", escaped(failure));
        return;
    }
    let _ = writeln!(text, "**{}**\n", super::total(&sheet.total));
    text.push_str(
        "| id | answer | computed | verdict | points | because |\n|---|---|---|---|---|---|\n",
    );
    for mark in &sheet.marks {
        let computed = super::computed(mark.computed.as_ref());
        let (answer, earned, because) = (
            super::answered(mark),
            super::earned(mark),
            super::because(mark),
        );
        row(
            text,
            &[
                &mark.id,
                &answer,
                &computed,
                mark.outcome.word(),
                &earned,
                &because,
            ],
        );
    }
    let mut person = sheet.for_a_person().peekable();
    if person.peek().is_some() {
        text.push_str("\nFor a person:\n\n");
        for mark in person {
            let _ = writeln!(text, "- `{}` {}", mark.id, escaped(&super::quoted(mark)));
            for reading in &mark.readings {
                let line = format!("{}: {}", reading.answer, reading.because);
                let _ = writeln!(text, "  - {}", escaped(&line));
            }
            for fact in &mark.facts {
                let _ = writeln!(text, "  - computed: {}", escaped(&super::fact(fact)));
            }
        }
    }
    for note in &sheet.notes {
        let _ = writeln!(text, "\nNote: {}", escaped(note));
    }
}

/// What was read, with where it stands.
pub(super) fn readings(report: &ReadingReport) -> String {
    let mut text = format!("# {}\n", escaped(&report.assignment));
    for sheet in &report.submissions {
        let _ = writeln!(text, "\n## {}\n", escaped(&sheet.name));
        if let Some(failure) = &sheet.failure {
            let _ = writeln!(text, "Not opened: {}", escaped(failure));
            continue;
        }
        text.push_str("| id | read | from |\n|---|---|---|\n");
        for answer in &sheet.answers {
            let from = super::quotation(&answer.reading);
            let from = if answer.outcome.is_some() {
                format!("{} {from}", answer.reading.reason)
            } else {
                from
            };
            row(
                &mut text,
                &[&answer.id, &super::read_as(answer), from.trim()],
            );
        }
    }
    text
}

fn row(text: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

/// Text that Markdown leaves alone, on one line.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '`' | '<' | '[' | ']' | '\\' | '#' => {
                safe.push('\\');
                safe.push(c);
            }
            '\n' | '\r' => safe.push(' '),
            _ => safe.push(c),
        }
    }
    safe
}
