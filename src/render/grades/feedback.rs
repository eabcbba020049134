//! What a submission's author is told of each answer, and how much of it.

use super::super::paint::{Role, paint, wrap};
use super::super::{Format, Style, markdown, table, words};
use crate::report::{Diagnosis, GradeReport, Item, Mark, Outcome, Sheet, Value};

/// How much feedback gives away; each level has all that stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, clap::ValueEnum)]
pub enum Reveal {
    /// Whether an answer is right.
    Verdict,
    /// The mistake that gives a wrong answer, and not the right one.
    #[default]
    Mistake,
    /// The sum with the mistake beside the right one, and the command that repeats it.
    Working,
    /// The right answer.
    Answer,
}

/// A piece of feedback, before it is laid out.
enum Piece<'a> {
    Text(String),
    Command(String),
    Sums(&'a Diagnosis),
}

/// Feedback on every submission, for a terminal or as Markdown.
pub(super) fn feedback(
    report: &GradeReport,
    reveal: Reveal,
    format: Format,
    style: Style,
) -> String {
    let page = Page {
        markdown: format == Format::Markdown,
        style,
    };
    let mut parts = vec![page.heading(1, &report.assignment, None)];
    for sheet in &report.submissions {
        parts.push(page.heading(2, &sheet.name, None));
        if let Some(failure) = &sheet.failure {
            parts.push(page.text(&format!("It could not be opened: {failure}")));
            continue;
        }
        parts.push(page.text(&format!("{}.", super::total(&sheet.total))));
        parts.extend(on_sheet(sheet, &report.items, reveal, page));
    }
    format!("{}\n", parts.join("\n\n"))
}

fn on_sheet(sheet: &Sheet, items: &[Item], reveal: Reveal, page: Page) -> Vec<String> {
    let asked = sheet
        .marks
        .iter()
        .zip(items)
        .filter(|(mark, _)| mark.outcome != Outcome::Absent);
    asked
        .flat_map(|(mark, item)| {
            let title = format!(
                "{}: {}, {} points",
                mark.title,
                mark.outcome.word(),
                super::earned(mark)
            );
            let heading = page.heading(3, &title, Some(mark.outcome));
            let pieces = pieces(mark, item, reveal);
            std::iter::once(heading).chain(pieces.into_iter().map(move |piece| page.piece(&piece)))
        })
        .collect()
}

/// What is said of one answer.
fn pieces<'a>(mark: &'a Mark, item: &Item, reveal: Reveal) -> Vec<Piece<'a>> {
    let mut pieces = vec![Piece::Text(answered(mark))];
    if reveal >= Reveal::Mistake && mark.outcome == Outcome::Wrong {
        pieces.extend(mistakes(mark));
    }
    if reveal >= Reveal::Working {
        pieces.extend(working(mark, item));
    }
    if let Some(value) = mark.computed.as_ref().filter(|_| reveal >= Reveal::Answer) {
        pieces.push(Piece::Text(format!("Computed: {}.", words::value(value))));
    }
    pieces
}

/// The answer as it was read, and what became of it where that is no verdict.
fn answered(mark: &Mark) -> String {
    let read = match (mark.outcome, super::quoted(mark)) {
        (Outcome::Blank, _) => return "Nothing stands below the question.".to_owned(),
        (_, quoted) if mark.reading.written.is_empty() => format!("Answered in {quoted}."),
        (_, quoted) => format!("Answered: {} ({quoted}).", mark.reading.written),
    };
    match mark.outcome {
        Outcome::Unreadable => format!(
            "It could not be read: {}. A person looks at it.",
            mark.reading.reason
        ),
        Outcome::Undecided if mark.points.is_none() => format!("{read} A person decides."),
        _ => read,
    }
}

/// The mistakes that give a wrong answer, and where the written working first differs; never the right value.
fn mistakes(mark: &Mark) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece> = Vec::new();
    for diagnosis in &mark.diagnoses {
        pieces.push(Piece::Text(format!("{}.", super::mistake(mark, diagnosis))));
        pieces.push(Piece::Command(format!("gradus explain {}", diagnosis.code)));
    }
    if mark.diagnoses.is_empty() && mark.reading.value.is_none() {
        pieces.push(Piece::Text(format!("{}.", mark.reason)));
    } else if mark.diagnoses.is_empty() && !matches!(mark.reading.value, Some(Value::Flag(_))) {
        pieces.push(Piece::Text(format!(
            "No known mistake gives {}.",
            mark.reading.written
        )));
    }
    if let Some(working) = &mark.working
        && let (Some(step), Some(written)) = (working.first_wrong, &working.written)
        && step <= mark.reading.working.len()
    {
        let layer = match working.at.as_str() {
            "" => String::new(),
            at => format!(" ({at})"),
        };
        pieces.push(Piece::Text(format!(
            "Of the sizes on the way, number {step}{layer} is the first that differs: {}.",
            words::value(written)
        )));
    }
    pieces
}

/// The sums side by side, how the quantity comes about, the readings, and how to ask again.
fn working<'a>(mark: &'a Mark, item: &Item) -> Vec<Piece<'a>> {
    let with_sums = |diagnosis: &&Diagnosis| !diagnosis.steps.is_empty();
    let mut pieces: Vec<Piece> = mark
        .diagnoses
        .iter()
        .filter(with_sums)
        .map(Piece::Sums)
        .collect();
    let steps = item.steps.iter().filter(|_| mark.outcome != Outcome::Right);
    pieces.extend(steps.map(|step| Piece::Text(step.clone())));
    if mark.outcome == Outcome::Wrong && matches!(mark.reading.value, Some(Value::Flag(_))) {
        pieces.push(Piece::Text(mark.reason.clone()));
    }
    let readings = mark.readings.iter();
    pieces.extend(
        readings.map(|reading| Piece::Text(format!("{}: {}", reading.answer, reading.because))),
    );
    let facts = mark.facts.iter();
    pieces.extend(facts.map(|fact| Piece::Text(format!("Computed: {}", super::fact(fact)))));
    if let (Some(command), Some(value)) = (&item.command, &mark.reading.value) {
        pieces.push(Piece::Command(
            command.replace("VALUE", &value.to_string().replace('×', "x")),
        ));
    }
    pieces
}

/// How pieces are laid out.
#[derive(Clone, Copy)]
struct Page {
    markdown: bool,
    style: Style,
}

impl Page {
    fn heading(self, rank: usize, text: &str, outcome: Option<Outcome>) -> String {
        if self.markdown {
            return format!("{} {}", "#".repeat(rank), super::markdown::escaped(text));
        }
        let role = match outcome {
            Some(Outcome::Right) => Role::Good,
            Some(Outcome::Wrong) => Role::Bad,
            Some(Outcome::Undecided | Outcome::Unreadable) => Role::Open,
            _ => Role::Strong,
        };
        paint(text, role, self.style.color)
    }

    fn text(self, text: &str) -> String {
        if self.markdown {
            super::markdown::escaped(text)
        } else {
            format!("  {}", wrap(text, self.style.width, 2))
        }
    }

    fn piece(self, piece: &Piece) -> String {
        match piece {
            Piece::Text(text) => self.text(text),
            Piece::Command(command) if self.markdown => format!("```\n{command}\n```"),
            Piece::Command(command) => {
                paint(&format!("  $ {command}"), Role::Quiet, self.style.color)
            }
            Piece::Sums(diagnosis) if self.markdown => markdown::sums(diagnosis),
            Piece::Sums(diagnosis) => table::sums(diagnosis, self.style),
        }
    }
}
