//! For comments and pages.

use super::{Style, words};
use crate::report::{
    Agreement, Check, Diagnosis, Quantities, Report, Section, Statement, Status, Table,
};

/// Tables with more rows than this are folded away.
const FOLDED: usize = 20;

/// The report as Markdown.
pub(super) fn render(report: &Report, style: Style) -> String {
    let mut parts = vec![title(report)];
    parts.extend(report.checks.iter().map(|check| check_part(report, check)));
    if let Status::Partial(reasons) = &report.status {
        parts.push(format!("**partial**: {}", escape(&reasons.join("; "))));
    }
    parts.extend(report.sections.iter().filter_map(|section| match section {
        Section::Quantities(list) => Some(quantities(report, list, style)),
        Section::Table(table) => Some(layers(table)),
        Section::Series(series) => Some(format!(
            "**{}**: {} over {}",
            escape(&series.title),
            escape(&series.y_label),
            escape(&series.x_label)
        )),
        Section::Statements(list) => Some(statements(list)),
        Section::Note(_) => None,
    }));
    let remarks = remarks(report);
    if !remarks.is_empty() {
        parts.push(remarks.join("\n"));
    }
    let mut text = parts.join("\n\n");
    text.push('\n');
    text
}

fn title(report: &Report) -> String {
    let asked: Vec<String> = report
        .asked
        .iter()
        .map(|(name, value)| format!("{} {}", escape(name), code(value)))
        .collect();
    let title = format!("### {}", escape(&report.question));
    if asked.is_empty() {
        title
    } else {
        format!("{title}\n\n{}", asked.join(" · "))
    }
}

fn check_part(report: &Report, check: &Check) -> String {
    let mut lines = vec![format!(
        "**{}**: {}",
        words::verdict(check.verdict),
        escape(&words::outcome(report, check))
    )];
    for (number, diagnosis) in check.diagnoses.iter().enumerate() {
        let sentence = escape(&words::diagnosis(check, number));
        lines.push(format!("{sentence} ({})", code(&diagnosis.code)));
    }
    if words::says_why(check) {
        lines.push(escape(&check.reason));
    }
    if let Some(working) = &check.working {
        lines.push(escape(&words::working(working)));
        let diagnoses = words::working_diagnoses(check, working);
        lines.extend(diagnoses.map(|text| escape(&text)));
    }
    let mut text = lines.join("  \n");
    for diagnosis in check
        .diagnoses
        .iter()
        .filter(|diagnosis| !diagnosis.steps.is_empty())
    {
        text.push_str("\n\n");
        text.push_str(&sums(diagnosis));
    }
    text
}

/// The mistaken sum and the right one, side by side.
pub(super) fn sums(diagnosis: &Diagnosis) -> String {
    let mistaken = format!("with the mistake ({})", diagnosis.code);
    let headings = ["", mistaken.as_str(), "", "as it should be"]
        .map(escape)
        .to_vec();
    let rows = diagnosis.steps.iter().map(|step| {
        let sign = if step.mistaken == step.right {
            "="
        } else {
            "≠"
        };
        [step.at.as_str(), &step.mistaken, sign, &step.right]
            .map(escape)
            .to_vec()
    });
    grid(&headings, rows)
}

fn quantities(report: &Report, list: &Quantities, style: Style) -> String {
    let headings = ["quantity", "value"].map(escape).to_vec();
    let rows = list.quantities.iter().map(|quantity| {
        let mut value = escape(&words::quantity(quantity));
        if quantity.key == report.headline {
            value = format!("**{value}**");
        }
        if style.steps {
            let steps = quantity
                .steps
                .iter()
                .map(|step| format!("<br>{}", escape(step)));
            value.extend(steps);
        }
        vec![escape(&quantity.label), value]
    });
    headed(&list.title, &grid(&headings, rows))
}

fn statements(list: &[Statement]) -> String {
    let headings = ["statement", "", "because"].map(escape).to_vec();
    let rows = list.iter().map(|statement| {
        let mut because = escape(&statement.because);
        for reading in &statement.readings {
            because.push_str("<br>");
            because.push_str(&escape(&words::reading(reading)));
        }
        vec![
            format!("{} ({})", escape(&statement.text), code(&statement.key)),
            format!("**{}**", statement.finding.word()),
            because,
        ]
    });
    headed("True or false", &grid(&headings, rows))
}

fn layers(table: &Table) -> String {
    let headings: Vec<String> = table
        .columns
        .iter()
        .map(|column| escape(&words::heading(column)))
        .collect();
    let rows = table.rows.iter().map(|row| {
        let cell = |cell: &Option<_>| {
            cell.as_ref()
                .map_or_else(String::new, |value| escape(&words::cell(value)))
        };
        row.iter().map(cell).collect()
    });
    let text = grid(&headings, rows);
    if table.rows.len() > FOLDED {
        let summary = format!("{}: {} rows", escape(&table.title), table.rows.len());
        return format!("<details><summary>{summary}</summary>\n\n{text}\n\n</details>");
    }
    headed(&table.title, &text)
}

fn remarks(report: &Report) -> Vec<String> {
    let witnesses = report.witnesses.iter().map(|witness| {
        let label = match witness.agreement {
            Agreement::Agree => "agreed",
            Agreement::Disagree => "**disagreed**",
            Agreement::Alone => "unwitnessed",
        };
        format!("- {label}: {}", escape(&words::witness(witness)))
    });
    let notes = report.sections.iter().filter_map(|section| match section {
        Section::Note(note) => Some(format!("- note: {}", escape(&note.text))),
        _ => None,
    });
    witnesses.chain(notes).collect()
}

fn headed(title: &str, body: &str) -> String {
    if title.is_empty() {
        return body.to_owned();
    }
    format!("**{}**\n\n{body}", escape(title))
}

fn grid(headings: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let rule = vec!["---".to_owned(); headings.len()];
    let mut lines = vec![line(headings), line(&rule)];
    lines.extend(rows.map(|row| line(&row)));
    lines.join("\n")
}

/// Plain text in which no sign is markup.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '@' => {
                escaped.push('\\');
                escaped.push(sign);
            }
            _ => escaped.push(sign),
        }
    }
    escaped
}

/// Text as code; a backtick in it would end the code, so that such text is escaped instead.
fn code(text: &str) -> String {
    if text.contains(['`', '\n', '|']) {
        return escape(text);
    }
    format!("`{text}`")
}
