//! The command as a person or a script runs it: exit code, standard output, standard error.

use std::error::Error;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

/// The sheet's net: three convolutions and two pools.
const SHEET: &str = "\
import torch
from torch import nn
cnn = nn.Sequential(
    nn.Conv2d(3, 16, 3),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 5, stride=2),
    nn.MaxPool2d(2),
    nn.Conv2d(32, 32, 7, dilation=2),
)
out = cnn(torch.rand(1, 3, 1024, 1024))
";

const CONV: &str = "nn.Conv2d(3, 16, 3)";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradus"));
    command
        .args(arguments)
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .env_remove("CLICOLOR_FORCE");
    command
}

fn gradus(arguments: &[&str]) -> Result<Output, Box<dyn Error>> {
    Ok(command(arguments).output()?)
}

/// With a text on standard input.
fn piped(arguments: &[&str], text: &str) -> Result<Output, Box<dyn Error>> {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("no standard input")?;
    // A child that refuses its arguments does not read.
    let _ = stdin.write_all(text.as_bytes());
    drop(stdin);
    Ok(child.wait_with_output()?)
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Standard output as its one JSON object, valid against the schema that it names.
fn json(output: &Output) -> Result<Value, Box<dyn Error>> {
    let object: Value = serde_json::from_slice(&output.stdout)?;
    let kind = match object["schema"].as_str() {
        Some("gradus.report/1") => "report",
        Some("gradus.error/1") => "error",
        other => return Err(format!("no schema: {other:?}").into()),
    };
    let schema = serde_json::from_slice(&gradus(&["schema", kind])?.stdout)?;
    let validator = jsonschema::validator_for(&schema)?;
    let errors: Vec<String> = validator
        .iter_errors(&object)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    Ok(object)
}

fn shape_of_a_convolution<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["shape", "-c", CONV, "--input", "1x3x32x32"], more].concat()
}

#[test]
fn the_exit_code_tells_the_verdict() -> Outcome {
    for (claim, exit) in [
        (&[][..], 0),
        (&["--expect", "1x16x30x30"], 0),
        (&["--expect", "(1, 16, 30, 30)"], 0),
        (&["--expect", "1x16x32x32"], 1),
        (&["--expect", "about thirty"], 3),
        (&["--expect", "about thirty", "--claim", "parameters=1"], 1),
        (&["--claim", "parameters=448"], 0),
        (&["--claim", "parameters=true"], 3),
        (&["--claim", "parametres=448"], 2),
        (&["--claim", "448"], 2),
        (&["--expect", "1x16x32x32", "--exit-zero"], 0),
        (&["--expect", "about thirty", "--exit-zero"], 0),
        (&["--input", "banana"], 2),
        (&["--device", "cuda"], 2),
        (&["--device", "moon"], 2),
        (&["--seed", "x"], 2),
    ] {
        let output = gradus(&shape_of_a_convolution(claim))?;
        assert_eq!(
            code(&output),
            Some(exit),
            "{claim:?}\n{}{}",
            out(&output),
            err(&output)
        );
        let failed = exit == 2;
        assert_eq!(
            output.stdout.is_empty(),
            failed,
            "{claim:?}: an answer goes to standard output"
        );
        assert_eq!(
            output.stderr.is_empty(),
            !failed,
            "{claim:?}: a failure goes to standard error"
        );
    }
    Ok(())
}

#[test]
fn json_is_one_valid_object_whatever_happens() -> Outcome {
    for (more, exit, schema) in [
        (&[][..], 0, "gradus.report/1"),
        (&["--expect", "5"], 1, "gradus.report/1"),
        (&["--expect", "?"], 3, "gradus.report/1"),
        (&["--claim", "nothing=5"], 2, "gradus.error/1"),
        (&["--input", "1x3x2x2"], 2, "gradus.error/1"),
        (&["--no-such-flag"], 2, "gradus.error/1"),
        (&["--seed", "-"], 2, "gradus.error/1"),
    ] {
        let mut arguments = vec!["shape", "-c", CONV, "--json", "--id", "7"];
        if !more.contains(&"--input") {
            arguments.extend(["--input", "1x3x32x32"]);
        }
        arguments.extend(more);
        let output = gradus(&arguments)?;
        assert_eq!(code(&output), Some(exit), "{more:?}");
        let object = json(&output)?;
        assert_eq!(object["schema"], schema, "{more:?}");
        assert_eq!(object["id"], "7", "{more:?}");
        assert_eq!(
            err(&output).is_empty(),
            exit != 2,
            "{more:?}: prose is always on standard error"
        );
    }
    Ok(())
}

#[test]
fn every_format_of_one_answer_has_its_numbers() -> Outcome {
    for format in ["table", "json", "ndjson", "markdown"] {
        let output = gradus(&shape_of_a_convolution(&["--format", format]))?;
        let text = out(&output);
        assert!(text.contains("448"), "{format}: {text}");
        assert!(text.ends_with('\n'), "{format}");
    }
    let line = gradus(&shape_of_a_convolution(&["--format", "ndjson"]))?;
    let object = gradus(&shape_of_a_convolution(&["--json"]))?;
    assert_eq!(out(&line).lines().count(), 1);
    assert_eq!(json(&line)?, json(&object)?);
    Ok(())
}

#[test]
fn a_model_comes_from_a_file_a_pipe_or_the_command_line() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("net.py");
    std::fs::write(&path, SHEET)?;
    let path = path.to_str().ok_or("a path that is not text")?;
    let named = format!("{path}:cnn");
    let layers = r#"{"input": [1, 3, 32, 32], "layers": [
        {"type": "Conv2d", "in_channels": 3, "out_channels": 16, "kernel_size": 3}]}"#;
    let sheet = serde_json::json!([1, 32, 115, 115]);
    for (output, answer) in [
        (gradus(&["shape", path, "--json"])?, &sheet),
        (gradus(&["shape", &named, "--json"])?, &sheet),
        (piped(&["shape", "-", "--json"], SHEET)?, &sheet),
        (piped(&["shape", "--json", "--", "-:cnn"], SHEET)?, &sheet),
        (
            piped(&["shape", "-", "--json"], layers)?,
            &serde_json::json!([1, 16, 30, 30]),
        ),
    ] {
        let report = json(&output)?;
        assert_eq!(report["answer"], *answer, "{}", err(&output));
    }
    let missing = gradus(&["shape", "no-such-file.py"])?;
    assert_eq!(code(&missing), Some(2));
    assert!(
        err(&missing).contains("no-such-file.py"),
        "{}",
        err(&missing)
    );
    Ok(())
}

#[test]
fn parameters_are_counted_without_the_shape_of_the_input() -> Outcome {
    let repeated = "nn.Sequential(*[nn.Linear(8, 8), nn.Sigmoid()]*3)";
    let right = gradus(&["shape", "-c", repeated, "--claim", "parameters=72"])?;
    assert_eq!(code(&right), Some(0), "{}", err(&right));
    assert!(out(&right).contains("--input"), "{}", out(&right));
    let wrong = gradus(&["shape", "-c", repeated, "--claim", "parameters=216"])?;
    assert_eq!(code(&wrong), Some(1));
    assert!(out(&wrong).contains("shared weights"), "{}", out(&wrong));
    let open = gradus(&["shape", "-c", repeated, "--expect", "1x8", "--json"])?;
    assert_eq!(code(&open), Some(3));
    let report = json(&open)?;
    assert_eq!(report["status"], "partial");
    assert_eq!(report["verdict"], "undecided");
    Ok(())
}

#[test]
fn what_was_asked_is_said() -> Outcome {
    let report = json(&gradus(&shape_of_a_convolution(&["--json"]))?)?;
    assert_eq!(report["asked"]["model"], CONV);
    assert_eq!(report["asked"]["input"], "1×3×32×32");
    let report = json(&piped(&["shape", "-", "--json"], SHEET)?)?;
    assert_eq!(report["asked"]["model"], "<stdin>");
    Ok(())
}

#[test]
fn a_fault_in_the_source_is_shown_with_a_caret() -> Outcome {
    let net = "net = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(8, 4, 3))\n";
    let output = piped(&["shape", "-", "--input", "1x3x32x32"], net)?;
    assert_eq!(code(&output), Some(2));
    let prose = err(&output);
    for part in ["<stdin>:1:", net.trim_end(), "^^^^", "16", "help"] {
        assert!(prose.contains(part), "{part} in\n{prose}");
    }
    Ok(())
}

#[test]
fn a_closed_pipe_is_not_an_error() -> Outcome {
    for arguments in [
        shape_of_a_convolution(&[]),
        shape_of_a_convolution(&["--json"]),
        vec!["schema", "model"],
        vec!["explain"],
        vec!["--help"],
        vec!["completions", "bash"],
    ] {
        let mut child = command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // The reader is gone before anything is written.
        drop(child.stdout.take());
        let output = child.wait_with_output()?;
        assert_eq!(code(&output), Some(0), "{arguments:?}: {}", err(&output));
        assert!(output.stderr.is_empty(), "{arguments:?}: {}", err(&output));
    }
    Ok(())
}

#[test]
fn colour_is_only_where_it_is_wanted() -> Outcome {
    let wrong = shape_of_a_convolution(&["--expect", "5"]);
    let always = [wrong.as_slice(), &["--color", "always"]].concat();
    assert!(
        !out(&gradus(&wrong)?).contains('\u{1b}'),
        "a pipe is no terminal"
    );
    assert!(out(&gradus(&always)?).contains('\u{1b}'));
    let forced = command(&wrong).env("CLICOLOR_FORCE", "1").output()?;
    assert!(out(&forced).contains('\u{1b}'));
    let no_color = command(&wrong)
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1")
        .output()?;
    assert!(!out(&no_color).contains('\u{1b}'), "NO_COLOR is stronger");
    let json = [always.as_slice(), &["--json"]].concat();
    assert!(!out(&gradus(&json)?).contains('\u{1b}'));
    Ok(())
}

#[test]
fn a_table_fits_the_columns() -> Outcome {
    for columns in ["60", "100", "160"] {
        let most: usize = columns.parse()?;
        for question in ["shape", "receptive-field"] {
            for line in out(&in_columns(columns, question)?).lines() {
                let width = line.chars().count();
                assert!(width <= most, "{width} > {columns}: {line}");
            }
        }
    }
    Ok(())
}

fn in_columns(columns: &str, question: &str) -> Result<Output, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("net.py");
    std::fs::write(&path, SHEET)?;
    Ok(command(&[question])
        .arg(path)
        .env("COLUMNS", columns)
        .output()?)
}

#[test]
fn the_same_question_has_the_same_bytes() -> Outcome {
    for format in ["table", "json", "markdown"] {
        let arguments = shape_of_a_convolution(&["--format", format, "--expect", "7"]);
        let first = gradus(&arguments)?.stdout;
        for _ in 0..3 {
            assert_eq!(gradus(&arguments)?.stdout, first, "{format}");
        }
    }
    Ok(())
}

#[test]
fn every_help_has_examples_and_goes_to_standard_output() -> Outcome {
    let top = gradus(&["--help"])?;
    assert_eq!(code(&top), Some(0));
    assert!(out(&top).contains("Examples:") && out(&top).contains("Exit codes:"));
    for name in [
        "receptive-field",
        "shape",
        "dropout-expectation",
        "questions",
        "explain",
        "schema",
        "completions",
    ] {
        let help = gradus(&[name, "--help"])?;
        assert_eq!(code(&help), Some(0), "{name}");
        assert!(help.stderr.is_empty(), "{name}");
        let text = out(&help);
        assert!(
            text.contains("Examples:") && text.contains(&format!("gradus {name}")),
            "{text}"
        );
        assert_eq!(out(&gradus(&["help", name])?), text, "help {name}");
    }
    assert_eq!(
        out(&gradus(&["--version"])?),
        concat!("gradus ", env!("CARGO_PKG_VERSION"), "\n")
    );
    Ok(())
}

#[test]
fn a_wrong_word_is_answered_with_the_right_one() -> Outcome {
    for (arguments, hint) in [
        (&["shap"][..], "shape"),
        (&["explain", "shap"], "`shape`"),
        (&["shape", "-c", CONV, "--inputs", "1x3x9x9"], "--input"),
        (&["net.py"], "gradus receptive-field net.py"),
        (
            &[
                "shape",
                "-c",
                CONV,
                "--input",
                "1x3x9x9",
                "--claim",
                "outputt=1",
            ],
            "`output`",
        ),
        (&["schema", "reports"], "report"),
    ] {
        let output = gradus(arguments)?;
        assert_eq!(code(&output), Some(2), "{arguments:?}");
        assert!(
            err(&output).contains(hint),
            "{arguments:?}: {}",
            err(&output)
        );
    }
    assert_eq!(code(&gradus(&[])?), Some(2));
    Ok(())
}

#[test]
fn the_pages_can_be_found_and_read() -> Outcome {
    let all = out(&gradus(&["questions"])?);
    assert!(all.contains("shape") && all.contains("Calculate"), "{all}");
    let some = out(&gradus(&["questions", "multiply-adds"])?);
    assert!(some.contains("shape"), "{some}");
    assert_eq!(
        code(&gradus(&["questions", "quantum", "gravity"])?),
        Some(2)
    );
    let list: Value = serde_json::from_slice(&gradus(&["questions", "--json"])?.stdout)?;
    assert_eq!(list["schema"], "gradus.questions/1");
    let questions = list["questions"].as_array().ok_or("no list")?;
    for question in questions {
        let name = question["name"].as_str().ok_or("no name")?;
        let page = gradus(&["explain", name])?;
        assert!(out(&page).len() > 200, "{name} has a page");
        for mistake in question["mistakes"].as_array().into_iter().flatten() {
            let code = mistake.as_str().ok_or("no code")?;
            let page = out(&gradus(&["explain", code])?);
            assert!(page.len() > 100, "{code} has a page: {page}");
        }
    }
    let mistakes: Value = serde_json::from_slice(&gradus(&["explain", "--json"])?.stdout)?;
    assert!(
        mistakes["mistakes"]
            .as_array()
            .is_some_and(|list| !list.is_empty())
    );
    Ok(())
}

#[test]
fn a_wrong_receptive_field_is_told_with_the_mistake_that_gives_it() -> Outcome {
    let asked = [
        "receptive-field",
        "-",
        "--expect",
        "125",
        "--working",
        "3,5,21,29,125",
    ];
    let output = piped(&asked, SHEET)?;
    assert_eq!(code(&output), Some(1), "{}", err(&output));
    let text = out(&output);
    let first = text.lines().next().ok_or("no output")?;
    assert!(
        first.starts_with("WRONG: ") && first.contains("112×112"),
        "{first}"
    );
    for part in [
        "125 is the number that",
        "16 + (7−1)·2·8 = 112",
        "gradus explain own-stride",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let report = json(&piped(&[&asked[..], &["--json"]].concat(), SHEET)?)?;
    assert_eq!(report["answer"], serde_json::json!([112, 112]));
    assert_eq!(report["checks"][0]["diagnoses"][0]["code"], "own-stride");
    assert_eq!(report["checks"][0]["working"]["first_wrong"], 2);
    Ok(())
}

#[test]
fn a_working_alone_claims_its_last_step() -> Outcome {
    let right = piped(
        &["receptive-field", "-", "--working", "3,4,12,16,112"],
        SHEET,
    )?;
    assert_eq!(code(&right), Some(0), "{}", out(&right));
    let wrong = piped(
        &["receptive-field", "-", "--working", "3 → 5 → 21 → 29 → 125"],
        SHEET,
    )?;
    assert_eq!(code(&wrong), Some(1), "{}", out(&wrong));
    let unreadable = piped(&["receptive-field", "-", "--working", "three"], SHEET)?;
    assert_eq!(code(&unreadable), Some(2));
    Ok(())
}

#[test]
fn every_schema_is_one_and_completions_name_the_questions() -> Outcome {
    for kind in ["report", "error", "model"] {
        let schema: Value = serde_json::from_slice(&gradus(&["schema", kind])?.stdout)?;
        jsonschema::validator_for(&schema)?;
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = out(&gradus(&["completions", shell])?);
        assert!(script.contains("shape"), "{shell}");
    }
    Ok(())
}

#[test]
fn the_help_groups_what_can_be_asked() -> Outcome {
    let output = gradus(&["--help"])?;
    assert_eq!(code(&output), Some(0));
    let help = out(&output);
    let place = |words: &str| {
        help.find(words)
            .ok_or_else(|| format!("no `{words}`: {help}"))
    };
    let headings = ["Calculate:", "Demonstrate:", "Grade:", "And\n", "Options:"];
    let places = headings.map(place);
    let places: Vec<usize> = places.into_iter().collect::<Result<_, _>>()?;
    assert!(places.is_sorted(), "{help}");
    assert!(place("  shape ")? < places[1] && place("  ravine-demo ")? > places[1]);
    assert!(place("  check ")? > places[2] && place("  completions ")? > places[3]);
    Ok(())
}
