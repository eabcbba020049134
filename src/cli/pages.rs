//! What can be asked and which mistakes are known: lists and pages.

use clap::ArgMatches;
use serde_json::{Value as Json, json};

use super::exit::Exit;
use super::output::Output;
use crate::model::Fault;
use crate::questions::{Group, Mistake, QUESTIONS, Question};
use crate::render::paint::{Role, paint, wrap};

/// `gradus questions [WORDS]`.
///
/// # Errors
/// If no page has the words, or standard output cannot be written.
pub(super) fn questions(arguments: &ArgMatches, output: &Output) -> anyhow::Result<Exit> {
    let words: Vec<String> = arguments
        .get_many::<String>("words")
        .into_iter()
        .flatten()
        .map(|word| word.to_lowercase())
        .collect();
    let found: Vec<&dyn Question> = QUESTIONS
        .iter()
        .copied()
        .filter(|question| has(*question, &words))
        .collect();
    if found.is_empty() {
        return Err(Fault::new(
            "no-question",
            format!("no question's page has `{}`", words.join(" ")),
        )
        .help("`gradus questions` lists them all")
        .into());
    }
    if output.format.is_json() {
        let questions: Vec<Json> = found
            .iter()
            .map(|question| question_object(*question))
            .collect();
        output.write_json(&json!({ "schema": "gradus.questions/1", "questions": questions }))?;
        return Ok(Exit::Success);
    }
    let style = output.style();
    let mut text = grouped(&found, style.width, style.color);
    let grade = [(
        "check",
        "Hold hand-ins against an assignment's questions".to_owned(),
    )];
    if words.is_empty() {
        text.push_str(&listed("Grade", &grade, style.width, style.color));
    }
    text.push_str(
        "`gradus QUESTION --help` has examples; `gradus explain QUESTION` is its page.\n",
    );
    output.write(&text)?;
    Ok(Exit::Success)
}

/// Questions under the headings of their groups.
pub(super) fn grouped(questions: &[&dyn Question], width: usize, color: bool) -> String {
    let groups = [
        (Group::Calculate, "Calculate: a number about a model"),
        (
            Group::Demonstrate,
            "Demonstrate: a phenomenon by an experiment",
        ),
    ];
    let group = |(group, heading)| {
        let own = questions.iter().filter(|one| one.group() == group);
        let lines: Vec<(&str, String)> = own
            .map(|question| (question.name(), about(*question)))
            .collect();
        listed(heading, &lines, width, color)
    };
    groups.map(group).concat()
}

/// `gradus explain [CODE]`.
///
/// # Errors
/// If there is no such mistake or question.
pub(super) fn explain(arguments: &ArgMatches, output: &Output) -> anyhow::Result<Exit> {
    let Some(code) = arguments.get_one::<String>("code") else {
        return list_mistakes(output);
    };
    let mistake = mistakes().find(|(_, mistake)| mistake.code == code);
    let question = QUESTIONS.iter().find(|question| question.name() == code);
    let (title, page) = match (&mistake, question) {
        (Some((_, mistake)), _) => (mistake.title, mistake.page),
        (None, Some(question)) => (question.name(), question.page()),
        (None, None) => return Err(unknown(code).into()),
    };
    if output.format.is_json() {
        let page = json!({ "schema": "gradus.page/1", "code": code, "title": title, "page": page });
        output.write_json(&page)?;
    } else {
        output.write(&fitted(page, output.style().width))?;
    }
    Ok(Exit::Success)
}

/// `gradus completions SHELL`.
///
/// # Errors
/// If standard output cannot be written.
pub(super) fn completions(arguments: &ArgMatches, output: &Output) -> anyhow::Result<Exit> {
    let shell = arguments
        .get_one::<clap_complete::Shell>("shell")
        .expect("clap requires it");
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut super::command::build(), "gradus", &mut script);
    output.write(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}

/// A Markdown page with its paragraphs and list items filled to the width; code and tables stay as they are.
fn fitted(page: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut paragraph = String::new();
    let mut in_code = false;
    for line in page.trim_end().lines() {
        let fence = line.starts_with("```");
        let indented = paragraph.is_empty() && line.starts_with("    ");
        let verbatim =
            in_code || fence || indented || line.trim().is_empty() || line.starts_with(['|', '#']);
        in_code ^= fence;
        if verbatim || is_item(line) {
            lines.extend(filled(&std::mem::take(&mut paragraph), width));
        }
        if verbatim {
            lines.push(line.to_owned());
        } else {
            paragraph.push_str(line.trim());
            paragraph.push(' ');
        }
    }
    lines.extend(filled(&paragraph, width));
    lines.push(String::new());
    lines.join("\n")
}

fn is_item(line: &str) -> bool {
    let number = line.split_once(". ").map(|(number, _)| number);
    let numbered = number.is_some_and(|digits| digits.parse::<u8>().is_ok());
    numbered || line.starts_with("- ") || line.starts_with("* ")
}

/// A paragraph in lines, a list item hanging; nothing where there is none.
fn filled(paragraph: &str, width: usize) -> Option<String> {
    let indent = if is_item(paragraph) { 2 } else { 0 };
    (!paragraph.is_empty()).then(|| wrap(paragraph, width, indent))
}

fn list_mistakes(output: &Output) -> anyhow::Result<Exit> {
    if output.format.is_json() {
        let list: Vec<Json> = mistakes()
            .map(|(question, mistake)| {
                json!({ "code": mistake.code, "title": mistake.title, "question": question.name() })
            })
            .collect();
        output.write_json(&json!({ "schema": "gradus.mistakes/1", "mistakes": list }))?;
        return Ok(Exit::Success);
    }
    let style = output.style();
    let mut text = String::new();
    for question in QUESTIONS {
        let lines: Vec<(&str, String)> = question
            .mistakes()
            .iter()
            .map(|mistake| (mistake.code, mistake.title.trim_end_matches(',').to_owned()))
            .collect();
        text.push_str(&listed(question.name(), &lines, style.width, style.color));
    }
    text.push_str("`gradus explain CODE` is the page of a mistake.\n");
    output.write(&text)?;
    Ok(Exit::Success)
}

fn mistakes() -> impl Iterator<Item = (&'static dyn Question, &'static Mistake)> {
    QUESTIONS.iter().flat_map(|question| {
        question
            .mistakes()
            .iter()
            .map(move |mistake| (*question, mistake))
    })
}

fn unknown(code: &str) -> Fault {
    let known = mistakes().map(|(_, mistake)| mistake.code);
    let known = known.chain(QUESTIONS.iter().map(|question| question.name()));
    Fault::new(
        "unknown-code",
        format!("there is no mistake or question `{code}`"),
    )
    .did_you_mean(code, known, 0.7)
    .help("`gradus explain` lists them")
}

fn has(question: &dyn Question, words: &[String]) -> bool {
    let page = format!(
        "{} {} {}",
        question.name(),
        about(question),
        question.page()
    )
    .to_lowercase();
    words.iter().all(|word| page.contains(word))
}

fn about(question: &dyn Question) -> String {
    question
        .command()
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn question_object(question: &dyn Question) -> Json {
    let mistakes: Vec<&str> = question
        .mistakes()
        .iter()
        .map(|mistake| mistake.code)
        .collect();
    json!({
        "name": question.name(),
        "group": match question.group() {
            Group::Calculate => "calculate",
            Group::Demonstrate => "demonstrate",
        },
        "about": about(question),
        "headline": question.headline(),
        "mistakes": mistakes,
    })
}

/// A heading and its entries, names on the left; nothing where there are none.
pub(super) fn listed(
    heading: &str,
    entries: &[(&str, String)],
    width: usize,
    color: bool,
) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let column = entries
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or(0)
        + 4;
    let line = |(name, about): &(&str, String)| {
        let about = wrap(about, width, column);
        format!("  {name:<rest$}{about}\n", rest = column - 2)
    };
    let lines: String = entries.iter().map(line).collect();
    format!("{}\n{lines}\n", paint(heading, Role::Strong, color))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_filled_and_its_code_and_tables_stay() {
        let page = "# A title\n\none two\nthree four five\n\n- an item that\n  goes on\n- another\n\n```\na   b  c d e f g h i\n```\n\n    x   =   (a  +  b) / c\n\n\
                    | a | b | c | d | e |\n";
        let expected = "# A title\n\none two three\nfour five\n\n- an item\n  that goes on\n- another\n\n\
                        ```\na   b  c d e f g h i\n```\n\n    x   =   (a  +  b) / c\n\n| a | b | c | d | e |\n";
        assert_eq!(fitted(page, 14), expected);
    }
}
