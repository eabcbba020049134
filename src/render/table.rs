//! For a terminal: what came of the claims first, with the wrong sum beside the right one, then the answer.

pub(super) mod grid;
mod spark;

use super::paint::{Role, paint, role_of, wrap};
use super::{Style, words};
use crate::report::{
    Agreement, Check, Diagnosis, Finding, Quantities, Report, Section, Series, Statement, Status,
    Value, Witness,
};
use grid::Grid;

/// The report in the terminal's width.
pub(super) fn render(report: &Report, style: Style) -> String {
    let mut parts: Vec<String> = report
        .checks
        .iter()
        .map(|check| check_part(report, check, style))
        .collect();
    parts.push(title(report, style));
    if let Status::Partial(reasons) = &report.status {
        parts.push(labelled("partial", Role::Open, &reasons.join("; "), style));
    }
    let sections = report.sections.iter().filter(|section| !is_note(section));
    let sections = sections.map(|section| section_part(report, section, style));
    parts.extend(sections.filter(|part| !part.is_empty()));
    let remarks = remarks(report, style);
    if !remarks.is_empty() {
        parts.push(remarks.join("\n"));
    }
    let mut text = parts.join("\n\n");
    text.push('\n');
    text
}

/// What was asked: `receptive-field  net.py · input 1×3×1024×1024`.
fn title(report: &Report, style: Style) -> String {
    let asked: Vec<String> = report
        .asked
        .iter()
        .map(|(name, value)| match name.as_str() {
            "model" | "function" => value.clone(),
            name => format!("{name} {value}"),
        })
        .collect();
    let asked = wrap(&asked.join(" · "), style.width, report.question.len() + 2);
    format!(
        "{}  {}",
        paint(&report.question, Role::Strong, style.color),
        paint(&asked, Role::Quiet, style.color)
    )
    .trim_end()
    .to_owned()
}

/// A claim: the verdict, the mistake that gives the number, both sums, the working.
fn check_part(report: &Report, check: &Check, style: Style) -> String {
    let verdict = words::verdict(check.verdict);
    let mut lines = vec![labelled(
        &verdict.to_uppercase(),
        role_of(check.verdict),
        &words::outcome(report, check),
        style,
    )];
    for number in 0..check.diagnoses.len() {
        lines.push(wrap(&words::diagnosis(check, number), style.width, 2));
    }
    if words::says_why(check) {
        let reason = wrap(&check.reason, style.width, 2);
        lines.push(paint(&reason, Role::Quiet, style.color));
    }
    for line in lines.iter_mut().skip(1) {
        line.insert_str(0, "  ");
    }
    for diagnosis in check
        .diagnoses
        .iter()
        .filter(|diagnosis| !diagnosis.steps.is_empty())
    {
        lines.push(format!("\n{}", sums(diagnosis, style)));
    }
    if let Some(working) = &check.working {
        lines.push(format!(
            "\n  {}",
            wrap(&words::working(working), style.width, 2)
        ));
        for text in words::working_diagnoses(check, working) {
            lines.push(format!("  {}", wrap(&text, style.width, 2)));
        }
    }
    let pages: Vec<String> = check
        .diagnoses
        .iter()
        .map(|diagnosis| format!("gradus explain {}", diagnosis.code))
        .collect();
    if !pages.is_empty() {
        let pages = format!("  more: {}", pages.join(", "));
        lines.push(format!("\n{}", paint(&pages, Role::Quiet, style.color)));
    }
    lines.join("\n")
}

/// The mistaken sum and the right one, side by side; `≠` marks the lines that differ.
pub(super) fn sums(diagnosis: &Diagnosis, style: Style) -> String {
    let mistaken = format!("with the mistake ({})", diagnosis.code);
    let mut grid = Grid::new(&["", &mistaken, "", "as it should be"]);
    for step in &diagnosis.steps {
        let same = step.mistaken == step.right;
        let cells = [
            step.at.as_str(),
            &step.mistaken,
            if same { "=" } else { "≠" },
            &step.right,
        ];
        let roles = if same {
            [None; 4]
        } else {
            [None, Some(Role::Bad), Some(Role::Strong), Some(Role::Good)]
        };
        grid.row(cells.map(str::to_owned).into_iter().zip(roles).collect());
    }
    grid.wrapped(style)
}

fn section_part(report: &Report, section: &Section, style: Style) -> String {
    match section {
        Section::Quantities(list) => quantities(report, list, style),
        Section::Table(table) => {
            let labels: Vec<String> = table.columns.iter().map(words::heading).collect();
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            let mut grid = Grid::new(&labels);
            let (first, last) = grid::ends(&table.rows);
            for row in first {
                add(&mut grid, row);
            }
            if !last.is_empty() {
                grid.skip(table.rows.len() - first.len() - last.len());
            }
            for row in last {
                add(&mut grid, row);
            }
            grid.align_numbers(&table.rows);
            headed(&table.title, &grid.fitted(style), style)
        }
        Section::Series(series) => match described(series, style) {
            small if small.is_empty() => small,
            small => headed(&series.title, &small, style),
        },
        Section::Statements(list) => statements(list, style),
        Section::Note(_) => String::new(),
    }
}

fn add(grid: &mut Grid, row: &[Option<Value>]) {
    let cells = row
        .iter()
        .map(|cell| cell.as_ref().map_or_else(String::new, words::cell));
    grid.row(cells.map(|cell| (cell, None)).collect());
}

/// A list of quantities, the headline in bold; with `--steps` the working of each below it.
fn quantities(report: &Report, list: &Quantities, style: Style) -> String {
    let indent = list
        .quantities
        .iter()
        .map(|quantity| quantity.label.chars().count() + 4)
        .max()
        .unwrap_or(4)
        .min(style.width * 2 / 3);
    let mut lines = Vec::new();
    for quantity in &list.quantities {
        let label = format!("  {:<rest$}  ", quantity.label, rest = indent - 4);
        let line = beside(&label, &words::quantity(quantity), style.width, indent);
        let role = if quantity.key == report.headline {
            Role::Strong
        } else {
            Role::Quiet
        };
        lines.push(match role {
            Role::Strong => paint(&line, Role::Strong, style.color),
            _ => line,
        });
        if style.steps {
            let steps = quantity.steps.iter();
            lines.extend(steps.map(|step| paint(&format!("    {step}"), Role::Quiet, style.color)));
        }
    }
    headed(&list.title, &lines.join("\n"), style)
}

/// Sentences, each behind its answer, with the numbers that decide it below.
fn statements(list: &[Statement], style: Style) -> String {
    const INDENT: usize = 12;
    let below = |text: &str| {
        let text = wrap(text, style.width, INDENT);
        paint(&format!("{:INDENT$}{text}", ""), Role::Quiet, style.color)
    };
    let mut lines = Vec::new();
    for statement in list {
        let role = match statement.finding {
            Finding::True => Role::Good,
            Finding::False => Role::Bad,
            Finding::Open | Finding::Arguable => Role::Open,
        };
        let word = format!("{:<rest$}", statement.finding.word(), rest = INDENT - 2);
        let text = format!("{} ({})", statement.text, statement.key);
        lines.push(format!(
            "  {}{}",
            paint(&word, role, style.color),
            wrap(&text, style.width, INDENT)
        ));
        lines.push(below(&statement.because));
        let readings = statement.readings.iter();
        lines.extend(readings.map(|reading| below(&words::reading(reading))));
    }
    headed("True or false", &lines.join("\n"), style)
}

/// A value beside its label, or below it where its longest word has no room.
fn beside(label: &str, value: &str, width: usize, indent: usize) -> String {
    let longest = value
        .split_whitespace()
        .map(|word| word.chars().count())
        .max();
    if indent + longest.unwrap_or(0) <= width {
        return format!("{label}{}", wrap(value, width, indent));
    }
    format!("{}\n    {}", label.trim_end(), wrap(value, width, 4))
}

/// A picture in words, with a small one of each curve that has a height; the large one is drawn with `--plot`.
fn described(series: &Series, style: Style) -> String {
    let drawn = spark::lines(series);
    // Boxes say nothing in a line: what they show stands in the tables.
    if drawn.iter().all(Option::is_none) {
        return String::new();
    }
    let longest = (series.curves.iter().zip(&drawn))
        .filter(|(_, line)| line.is_some())
        .map(|(curve, _)| curve.name.chars().count())
        .max();
    let indent = longest.unwrap_or(0) + 4;
    let curves = (series.curves.iter().zip(drawn)).map(|(curve, line)| match line {
        Some(line) if indent + spark::WIDTH <= style.width => {
            format!("  {:<rest$}  {line}", curve.name, rest = indent - 4)
        }
        _ => format!("  {}", wrap(&curve.name, style.width, 2)),
    });
    let axes = format!("{} over {}", series.y_label, series.x_label);
    format!(
        "  {}\n{}",
        wrap(&axes, style.width, 2),
        curves.collect::<Vec<_>>().join("\n")
    )
}

fn headed(title: &str, body: &str, style: Style) -> String {
    if title.is_empty() {
        return body.to_owned();
    }
    format!("{}\n{body}", paint(title, Role::Strong, style.color))
}

/// Witnesses and notes, a line each.
fn remarks(report: &Report, style: Style) -> Vec<String> {
    let witnesses = report
        .witnesses
        .iter()
        .map(|witness| witness_line(witness, style));
    let notes = report.sections.iter().filter_map(|section| match section {
        Section::Note(note) => Some(labelled("note", Role::Strong, &note.text, style)),
        _ => None,
    });
    witnesses.chain(notes).collect()
}

fn witness_line(witness: &Witness, style: Style) -> String {
    let (label, role) = match witness.agreement {
        Agreement::Agree => ("agreed", Role::Good),
        Agreement::Disagree => ("DISAGREED", Role::Bad),
        Agreement::Alone => ("unwitnessed", Role::Open),
    };
    labelled(label, role, &words::witness(witness), style)
}

fn labelled(label: &str, role: Role, text: &str, style: Style) -> String {
    let text = wrap(&format!("{label}: {text}"), style.width, 2);
    let rest = text.strip_prefix(label).unwrap_or(&text);
    format!("{}{rest}", paint(label, role, style.color))
}

fn is_note(section: &Section) -> bool {
    matches!(section, Section::Note(_))
}
