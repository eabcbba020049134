//! `gradus check` on a whole sheet: its grades, its feedback, and what of it is the same on any number of threads.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::process::{gradus, json};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const SHEET: &str = "fixtures/assignments/summary-sheet.toml";
const NETWORKS: &str = "fixtures/assignments/networks.toml";
const WHOLE: &str = "fixtures/submissions-sheet/whole-sheet.ipynb";
const TWICE: &str = "fixtures/submissions-sheet/asked-twice.md";
const DIVS: &str = "fixtures/submissions/coloured-divs.ipynb";

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn a_whole_sheet_is_graded() -> Outcome {
    let (report, code) = json(&["check", SHEET, WHOLE])?;
    assert_eq!(code, Some(0));
    let sheet = &report["submissions"][0];
    let line = |mark: &Json| {
        let codes = mark["diagnoses"].as_array().into_iter().flatten();
        let codes: Vec<&str> = codes.map(|diagnosis| text(&diagnosis["code"])).collect();
        let facts = mark["facts"].as_array().into_iter().flatten();
        let facts: Vec<&str> = facts.map(|fact| text(&fact["key"])).collect();
        let reading = &mark["reading"];
        let parts = [
            text(&mark["id"]).to_owned(),
            text(&mark["outcome"]).to_owned(),
            mark["points"].to_string(),
            text(&reading["written"]).to_owned(),
            text(&reading["explained"]).to_owned(),
            codes.join(" "),
            facts.join(" "),
        ];
        parts.join(" | ").trim_end_matches([' ', '|']).to_owned()
    };
    let marks = sheet["marks"].as_array().ok_or("no marks")?;
    let mut lines: Vec<String> = marks.iter().map(line).collect();
    lines.push(sheet["total"].to_string());
    insta::assert_snapshot!("check_sheet", lines.join("\n"));
    Ok(())
}

#[test]
fn a_question_that_is_repeated_and_answered_once_is_read() -> Outcome {
    let (report, _) = json(&["check", SHEET, TWICE, "--show-readings"])?;
    let answers = report["submissions"][0]["answers"]
        .as_array()
        .ok_or("no answers")?;
    let read: BTreeMap<&str, (&str, &Json)> = answers
        .iter()
        .map(|answer| {
            (
                text(&answer["id"]),
                (text(&answer["reading"]["written"]), &answer["outcome"]),
            )
        })
        .collect();
    for (id, written) in [
        ("vae-latent", "False"),
        ("vae-same", "False"),
        ("vae-bound", "True"),
        ("gan-losses", "False"),
        ("gan-backward", "False"),
        ("gan-sample", "True"),
        ("gan-head-start", "True"),
        ("gan-stable", "False"),
    ] {
        assert_eq!(read[id].0, written, "{id}");
    }
    // Two questions with one answer below the second: the first is not blank.
    for id in ["gcn-rows", "gcn-zeroed"] {
        assert_eq!(read[id].1, "unreadable", "{id}");
    }
    assert_eq!(read["dropout-q"].1, "absent");
    Ok(())
}

fn feedback(reveal: &str, format: &str) -> Result<String, Box<dyn std::error::Error>> {
    let output = gradus(&[
        "check",
        NETWORKS,
        DIVS,
        "--explain",
        "--reveal",
        reveal,
        "--format",
        format,
    ])?;
    assert_eq!(output.status.code(), Some(0));
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn feedback_gives_away_no_more_than_it_is_told_to() -> Outcome {
    // What is right of the items that this submission has wrong, in every way that it could be written.
    let right = ["112", "22,145", "22145", "122"];
    for format in ["table", "markdown"] {
        for reveal in ["verdict", "mistake"] {
            let text = feedback(reveal, format)?;
            for value in right {
                assert!(
                    !text.contains(value),
                    "{reveal} {format}: {value} in\n{text}"
                );
            }
            assert!(
                text.contains("Receptive field: wrong, 0 of 4 points"),
                "{text}"
            );
            assert_eq!(
                text.contains("gradus explain own-stride"),
                reveal == "mistake"
            );
        }
        let working = feedback("working", format)?;
        assert!(working.contains("as it should be"), "{working}");
        assert!(working.contains("--expect 125"), "{working}");
        let answer = feedback("answer", format)?;
        assert!(answer.contains("Computed: 112"), "{answer}");
        assert!(answer.contains("Computed: 22,145"), "{answer}");
    }
    // Without a word about it the mistake is named, and no more.
    let output = gradus(&["check", NETWORKS, DIVS, "--explain"])?;
    assert_eq!(
        String::from_utf8(output.stdout)?,
        feedback("mistake", "table")?
    );
    Ok(())
}

#[test]
fn the_command_of_the_feedback_repeats_the_verdict() -> Outcome {
    let working = feedback("working", "table")?;
    let command = working
        .lines()
        .find_map(|line| line.trim().strip_prefix("$ gradus receptive-field "))
        .ok_or("no command")?;
    let words: Vec<&str> = command.split(' ').collect();
    let output = gradus(&[&["receptive-field"], words.as_slice()].concat())?;
    assert_eq!(output.status.code(), Some(1), "{command}");
    Ok(())
}

#[test]
fn feedback_is_words() -> Outcome {
    let output = gradus(&["check", NETWORKS, DIVS, "--explain", "--json"])?;
    assert_eq!(output.status.code(), Some(2));
    let output = gradus(&["check", NETWORKS, DIVS, "--reveal", "answer"])?;
    assert_eq!(output.status.code(), Some(2));
    Ok(())
}

#[test]
fn a_class_is_graded_the_same_every_time() -> Outcome {
    let run = || gradus(&["check", NETWORKS, "fixtures/submissions", "--json"]);
    assert_eq!(run()?.stdout, run()?.stdout);
    Ok(())
}
