//! For a terminal: a table a submission, its total, and what needs a person.

use std::fmt::Write;

use super::super::Style;
use super::super::paint::{Role, paint, wrap};
use super::super::table::grid::Grid;
use crate::report::{GradeReport, Item, Mark, Outcome, ReadingReport, Sheet};

/// Every submission's table; the assignment's own where there is none.
pub(super) fn grades(report: &GradeReport, style: Style) -> String {
    let mut parts = vec![paint(&report.assignment, Role::Strong, style.color)];
    if report.submissions.is_empty() {
        parts.push(items(&report.items, style));
    } else {
        for item in super::wrong_keys(report) {
            let text = format!(
                "the assignment's own answer to `{}`: {}",
                item.id,
                super::own(item)
            );
            parts.push(paint(&wrap(&text, style.width, 2), Role::Bad, style.color));
        }
        parts.extend(
            report
                .submissions
                .iter()
                .map(|sheet| self::sheet(sheet, style)),
        );
    }
    if report.submissions.len() > 1 {
        parts.push(overview(report, style));
    }
    format!("{}\n", parts.join("\n\n"))
}

fn items(items: &[Item], style: Style) -> String {
    let mut grid = Grid::new(&[
        "id",
        "question",
        "points",
        "computed",
        "the assignment's own answer",
    ]);
    for item in items {
        let wrong = item
            .own_answer
            .as_ref()
            .is_some_and(|check| check.verdict == crate::report::Verdict::Wrong);
        let computed = match &item.computed {
            Some(value) => super::words::value(value),
            None => item.reason.clone(),
        };
        let cells = [
            (item.id.clone(), None),
            (
                item.question.clone().unwrap_or_else(|| "—".to_owned()),
                None,
            ),
            (super::points(item.points), None),
            (computed, None),
            (super::own(item), wrong.then_some(Role::Bad)),
        ];
        grid.row(cells.into_iter().collect());
    }
    grid.wrapped(style)
}

fn sheet(sheet: &Sheet, style: Style) -> String {
    let name = paint(&sheet.name, Role::Strong, style.color);
    if let Some(failure) = &sheet.failure {
        return format!(
            "{name}\n  {}",
            paint(&wrap(failure, style.width, 2), Role::Bad, style.color)
        );
    }
    let mut grid = Grid::new(&["id", "answer", "computed", "verdict", "points", "because"]);
    for mark in &sheet.marks {
        let role = Some(role(mark.outcome));
        let cells = [
            (mark.id.clone(), None),
            (super::answered(mark), None),
            (super::computed(mark.computed.as_ref()), None),
            (mark.outcome.word().to_owned(), role),
            (super::earned(mark), None),
            (super::because(mark), None),
        ];
        grid.row(cells.into_iter().collect());
    }
    let mut text = format!(
        "{name}  {}\n{}",
        super::total(&sheet.total),
        grid.wrapped(style)
    );
    let person: Vec<&Mark> = sheet.for_a_person().collect();
    if !person.is_empty() {
        let _ = write!(
            text,
            "\n  {}",
            paint("for a person:", Role::Open, style.color)
        );
        for mark in person {
            let line = format!("{}  {}", mark.id, super::quoted(mark));
            let _ = write!(text, "\n    {}", wrap(line.trim_end(), style.width, 6));
            for reading in &mark.readings {
                let line = format!("{}: {}", reading.answer, reading.because);
                let _ = write!(text, "\n      {}", wrap(&line, style.width, 8));
            }
            for fact in &mark.facts {
                let line = format!("computed: {}", super::fact(fact));
                let _ = write!(text, "\n      {}", wrap(&line, style.width, 8));
            }
        }
    }
    for note in &sheet.notes {
        let _ = write!(text, "\n  note: {}", wrap(note, style.width, 4));
    }
    text
}

/// A line a submission, for a class.
fn overview(report: &GradeReport, style: Style) -> String {
    let mut grid = Grid::new(&["submission", "points", "for a person"]);
    for sheet in &report.submissions {
        let (total, open) = match &sheet.failure {
            Some(_) => ("not opened".to_owned(), String::new()),
            None => (
                super::total(&sheet.total),
                sheet.for_a_person().count().to_string(),
            ),
        };
        let role = sheet.failure.as_ref().map(|_| Role::Bad);
        grid.row(vec![
            (sheet.name.clone(), None),
            (total, role),
            (open, None),
        ]);
    }
    grid.wrapped(style)
}

/// What was read, with where it stands.
pub(super) fn readings(report: &ReadingReport, style: Style) -> String {
    let mut parts = vec![paint(&report.assignment, Role::Strong, style.color)];
    for sheet in &report.submissions {
        let name = paint(&sheet.name, Role::Strong, style.color);
        if let Some(failure) = &sheet.failure {
            parts.push(format!(
                "{name}\n  {}",
                paint(failure, Role::Bad, style.color)
            ));
            continue;
        }
        let mut grid = Grid::new(&["id", "read", "from"]);
        for answer in &sheet.answers {
            let reading = &answer.reading;
            let mut from = super::quotation(reading);
            if answer.outcome.is_some() {
                let parts = [reading.reason.as_str(), from.as_str()];
                from = parts
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join("; ");
            }
            if !reading.working.is_empty() {
                let sizes: Vec<String> = reading.working.iter().map(ToString::to_string).collect();
                let _ = write!(from, "; on the way: {}", sizes.join(", "));
            }
            let role = answer.outcome.map(role);
            grid.row(vec![
                (answer.id.clone(), None),
                (super::read_as(answer), role),
                (from, None),
            ]);
        }
        parts.push(format!("{name}\n{}", grid.wrapped(style)));
    }
    format!("{}\n", parts.join("\n\n"))
}

fn role(outcome: Outcome) -> Role {
    match outcome {
        Outcome::Right => Role::Good,
        Outcome::Wrong => Role::Bad,
        Outcome::Undecided | Outcome::Unreadable => Role::Open,
        Outcome::Blank | Outcome::Absent => Role::Quiet,
    }
}
