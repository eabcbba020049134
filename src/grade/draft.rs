//! The skeleton of an assignment, from the questions that a blank sheet asks.

use std::fmt::Write;

use super::label::Style;
use super::page::{Kind, Line, words};

/// A question of a sheet, or one of its parts.
struct Asked<'a> {
    heading: Option<&'a str>,
    number: Option<u32>,
    part: Option<u32>,
    /// Its whole text.
    text: String,
    /// Words of it that stand nowhere else on the sheet.
    phrase: Option<String>,
    guess: Guess,
}

/// How the answer is likely to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guess {
    Truth,
    Size,
    Shape,
    Count,
    /// An answer in words.
    Prose,
}

/// A TOML file with an entry for every question, those that a machine cannot read commented out.
pub fn skeleton(title: &str, lines: &[Line]) -> String {
    let mut text = format!(
        "# A draft: fill in what is marked TODO, take out what is not graded.\n\
         # `gradus schema assignment` describes every field; `gradus check THIS` checks your own answers.\n\
         title = {}\n",
        quoted(title)
    );
    for (index, asked) in questions(lines).iter().enumerate() {
        let entry = entry(index + 1, asked);
        text.push('\n');
        if asked.guess == Guess::Prose {
            text.push_str("# An answer in words, which a person reads; uncomment it if it is a value after all.\n");
            for line in entry.lines() {
                let _ = writeln!(text, "# {line}");
            }
        } else {
            text.push_str(&entry);
        }
    }
    text
}

fn entry(index: usize, asked: &Asked) -> String {
    let mut text = String::from("[[question]]\n");
    let mut field = |name: &str, value: &str| {
        let _ = writeln!(text, "{name} = {value}");
    };
    let number = asked
        .number
        .map_or_else(|| index.to_string(), |number| number.to_string());
    let section = asked.heading.map_or_else(
        || "question".to_owned(),
        |heading| words(heading).replace(' ', "-"),
    );
    let part = asked
        .part
        .map_or_else(String::new, |part| format!(".{part}"));
    field("id", &quoted(&format!("{section}-{number}{part}")));
    field("title", &quoted(&shortened(&asked.text, 60)));
    field("points", "1");
    if let Some(heading) = asked.heading {
        field("heading", &quoted(heading));
    }
    if let Some(number) = asked.number {
        field("number", &number.to_string());
    }
    if let Some(part) = asked.part {
        field("part", &part.to_string());
    }
    if let Some(phrase) = &asked.phrase {
        field("phrase", &quoted(phrase));
    }
    let (written, hints): (&str, &[&str]) = match asked.guess {
        Guess::Truth => (
            "truth",
            &[
                "# certainty = \"arguable\"  # TODO if experts differ; then add two [[question.reading]]",
            ],
        ),
        Guess::Size => ("size", MODEL_HINTS),
        Guess::Shape => ("shape", MODEL_HINTS),
        Guess::Count => ("count", MODEL_HINTS),
        Guess::Prose => ("real", &[]),
    };
    field("written", &quoted(written));
    for hint in hints {
        let _ = writeln!(text, "{hint}");
    }
    text
}

const MODEL_HINTS: &[&str] = &[
    "# called = [\"TODO\"]  # what an answer may call the quantity",
    "# ask = \"TODO\"  # the question that computes it (`gradus questions` lists them)",
    "# model = \"TODO.py\"  # the model it is asked about, beside this file",
    "# answer = \"TODO\"  # your own answer; it is checked",
];

/// The questions of a sheet with their parts, in order.
fn questions(lines: &[Line]) -> Vec<Asked<'_>> {
    let mut found: Vec<Asked> = Vec::new();
    let mut heading = None;
    let mut open: Option<(usize, u32, u32)> = None;
    for (at, line) in lines.iter().enumerate() {
        if let Kind::Heading(_) = line.kind {
            heading = Some(line.text());
            open = None;
            continue;
        }
        if line.kind != Kind::Prose || line.marker.is_some() || heading.is_none() {
            continue;
        }
        let number = line
            .label
            .as_ref()
            .filter(|label| label.style != Style::Bullet)
            .map(|label| label.number[0]);
        match (number, open) {
            (Some(number), _) if line.indent == 0 => {
                found.push(asked(lines, at, heading, Some(number), None));
                open = Some((found.len() - 1, number, 0));
            }
            (Some(_), Some((question, number, parts))) => {
                let truth = found[question].guess == Guess::Truth;
                let mut part = asked(lines, at, heading, Some(number), Some(parts + 1));
                if truth {
                    part.guess = Guess::Truth;
                }
                found.push(part);
                open = Some((question, number, parts + 1));
            }
            (None, Some((question, _, _))) => {
                let last = found.len() - 1;
                found[last].text.push(' ');
                found[last].text.push_str(line.text());
                if last == question && line.text().ends_with('?') {
                    let guess = guess(line.text());
                    let asked = &mut found[last];
                    asked.guess = if asked.guess == Guess::Prose {
                        guess
                    } else {
                        asked.guess
                    };
                    asked.phrase = phrase(lines, at).or(asked.phrase.take());
                }
            }
            _ => {}
        }
    }
    // A question whose parts are asked one by one asks nothing itself.
    let with_parts: Vec<(Option<&str>, Option<u32>)> = found
        .iter()
        .filter(|asked| asked.part.is_some())
        .map(|asked| (asked.heading, asked.number))
        .collect();
    found.retain(|asked| {
        asked.part.is_some() || !with_parts.contains(&(asked.heading, asked.number))
    });
    found
}

fn asked<'a>(
    lines: &'a [Line],
    at: usize,
    heading: Option<&'a str>,
    number: Option<u32>,
    part: Option<u32>,
) -> Asked<'a> {
    let text = lines[at].text().to_owned();
    Asked {
        heading,
        number,
        part,
        guess: guess(&text),
        phrase: phrase(lines, at),
        text,
    }
}

fn guess(text: &str) -> Guess {
    let text = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["true or false", "true/false"]) {
        Guess::Truth
    } else if has(&["what is the size", "spatial extent", "receptive field of"]) {
        Guess::Size
    } else if has(&["which shape", "what shape", "output shape", "the shape of"]) {
        Guess::Shape
    } else if has(&["how many", "number of parameters", "parameter count"]) {
        Guess::Count
    } else {
        Guess::Prose
    }
}

/// The shortest beginning of a line, of eight words if it has them, that stands on no other line.
fn phrase(lines: &[Line], at: usize) -> Option<String> {
    let text = words(lines[at].text());
    let all: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let others: Vec<String> = lines
        .iter()
        .enumerate()
        .filter(|(other, line)| *other != at && line.kind == Kind::Prose)
        .map(|(_, line)| format!(" {} ", words(line.text())))
        .collect();
    (all.len().min(8)..=all.len())
        .map(|length| all[..length].join(" "))
        .find(|phrase| {
            !phrase.is_empty()
                && !others
                    .iter()
                    .any(|other| other.contains(&format!(" {phrase} ")))
        })
}

fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(longest - 1).collect();
    short.push('…');
    short
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
