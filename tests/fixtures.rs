//! Every file under `fixtures/models` is a test: the commands that stand in it are carried out.
//!
//! A command is a line with `gradus QUESTION FILE …` in it (a comment of a source, an entry of a JSON model's
//! `description`); `FILE` is the file itself. It has to exit with 0, or with what `# exit N` says. What it answers is
//! kept in a snapshot.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A command of a fixture, and how it has to exit.
struct Case {
    arguments: Vec<String>,
    exit: i32,
}

/// The commands in a text; in JSON they stand in strings, which end at a quotation mark.
fn cases(text: &str) -> Vec<Case> {
    text.lines().filter_map(case).collect()
}

fn case(line: &str) -> Option<Case> {
    let start = line.find("gradus ").map(|at| at + "gradus ".len())?;
    let command = line[start..].split('"').next()?.split("\\n").next()?;
    let (command, exit) = match command.split_once("# exit ") {
        Some((command, exit)) => (command, exit.trim().parse().ok()?),
        None => (command, 0),
    };
    let arguments = words(command);
    let names_the_file = arguments.iter().any(|word| word.starts_with("FILE"));
    names_the_file.then_some(Case { arguments, exit })
}

/// A command's words, as a shell takes them apart; single quotes keep spaces.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in command.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Carries a case out and writes down what was asked and answered.
fn run(case: &Case, path: &Path) -> Result<String, Box<dyn Error>> {
    let file = path.to_str().ok_or("a path that is not text")?;
    let arguments = case.arguments.iter();
    let arguments = arguments.map(|word| match word.strip_prefix("FILE") {
        Some(rest) => format!("{file}{rest}"),
        None => word.clone(),
    });
    let output = Command::new(env!("CARGO_BIN_EXE_gradus"))
        .args(arguments)
        .arg("--json")
        .output()?;
    let asked = case.arguments.join(" ");
    let text = String::from_utf8(output.stdout)?;
    let error = String::from_utf8(output.stderr)?;
    assert_eq!(
        output.status.code(),
        Some(case.exit),
        "{}: {asked}\n{text}{error}",
        path.display()
    );
    let report: Value = serde_json::from_str(&text)?;
    Ok(format!("gradus {asked}\n{}", digest(&report)?))
}

/// What a report answers, a line a quantity, witness and verdict.
fn digest(report: &Value) -> Result<String, Box<dyn Error>> {
    let mut lines = format!("  answer: {}\n", report["answer"]);
    for quantity in report["quantities"].as_array().into_iter().flatten() {
        let key = quantity["key"].as_str().ok_or("a quantity without a key")?;
        writeln!(lines, "  {key} = {}", quantity["value"])?;
    }
    for statement in report["statements"].as_array().into_iter().flatten() {
        writeln!(lines, "  {}: {}", statement["key"], statement["finding"])?;
    }
    for witness in report["witnesses"].as_array().into_iter().flatten() {
        writeln!(lines, "  {}: {}", witness["quantity"], witness["agreement"])?;
    }
    for check in report["checks"].as_array().into_iter().flatten() {
        let claim = &check["claim"];
        write!(
            lines,
            "  claimed {} {}: {}",
            claim["key"], claim["written"], check["verdict"]
        )?;
        for diagnosis in check["diagnoses"].as_array().into_iter().flatten() {
            write!(lines, ", {}", diagnosis["code"])?;
        }
        lines.push('\n');
    }
    Ok(lines)
}

#[test]
fn every_model_answers_as_it_claims() {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::glob!("../fixtures/models", "*.*", |path| {
            let text = std::fs::read_to_string(path).expect("a fixture can be read");
            let cases = cases(&text);
            assert!(!cases.is_empty(), "{} asks nothing", path.display());
            let answers: Vec<String> = cases
                .iter()
                .map(|case| run(case, path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
                .collect();
            insta::assert_snapshot!("models", answers.join("\n"));
        });
    });
}

#[test]
fn a_command_is_found_in_a_comment_and_in_json() {
    let found =
        cases("# gradus shape 'FILE:Net(2)' --expect '(1, 2)'   # exit 1\n# gradus is a name\n");
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].arguments,
        ["shape", "FILE:Net(2)", "--expect", "(1, 2)"]
    );
    assert_eq!(found[0].exit, 1);
    let found = cases(r#"   "gradus shape FILE --expect 1x2","#);
    assert_eq!(found[0].arguments, ["shape", "FILE", "--expect", "1x2"]);
}
