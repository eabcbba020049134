//! `gradus check` on answers that are code or formulas.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::Value as Json;

use crate::process::{gradus, json};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const ASSIGNMENT: &str = "fixtures/assignments/gradients.toml";
const CLASS: &str = "fixtures/submissions-code";

/// The entries of every submission, by the submission's name without its folder and the item's id.
fn entries(report: &Json, list: &str) -> BTreeMap<(String, String), Json> {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let sheets = report["submissions"].as_array().into_iter().flatten();
    sheets
        .flat_map(|sheet| {
            let name = text(&sheet["name"]);
            let name = name.rsplit('/').next().unwrap_or_default().to_owned();
            let entries = sheet[list].as_array().into_iter().flatten();
            entries.map(move |entry| ((name.clone(), text(&entry["id"])), entry.clone()))
        })
        .collect()
}

fn entry<'e>(
    entries: &'e BTreeMap<(String, String), Json>,
    name: &str,
    id: &str,
) -> Result<&'e Json, String> {
    let key = (name.to_owned(), id.to_owned());
    entries
        .get(&key)
        .ok_or_else(|| format!("no {id} of {name}"))
}

#[test]
fn code_and_formulas_are_found_and_quoted() -> Outcome {
    let (report, code) = json(&["check", ASSIGNMENT, CLASS, "--show-readings"])?;
    assert_eq!(code, Some(0));
    assert_eq!(report["submissions"].as_array().map(Vec::len), Some(10));
    let answers = entries(&report, "answers");
    let expected = [
        (
            "ann",
            "backward",
            "",
            "def halved_linear_backward(ctx, grad_output)",
        ),
        ("ann", "tanh-weights", "", "dW = delta.T @ X"),
        (
            "bea",
            "forward-and-backward",
            "",
            "def square_backward(ctx, grad_output)",
        ),
        ("bea", "tanh-weights", "", "dW = G.T @ X"),
        ("cal", "tanh-weights", "", "LaTeX"),
        (
            "cal",
            "forward-and-backward",
            "blank",
            "was not found: looked in hw/gradients.py",
        ),
        ("fay", "tanh-weights", "unreadable", "no formula in it"),
        (
            "gus",
            "backward",
            "",
            "def halved_linear_backward(ctx, grad_output)",
        ),
        ("gus", "tanh-weights", "blank", "nothing stands below"),
        ("hal", "backward", "unreadable", "but `linear_backward` is"),
        (
            "hal",
            "forward-and-backward",
            "blank",
            "nothing stands in it",
        ),
        (
            "ida.ipynb",
            "backward",
            "",
            "def halved_linear_backward(ctx, grad_output)",
        ),
        (
            "ida.ipynb",
            "forward-and-backward",
            "unreadable",
            "hw/gradients.py, which is not there, in 4 cells of code",
        ),
        (
            "jon.py",
            "forward-and-backward",
            "blank",
            "looked in jon.py",
        ),
    ];
    for (name, id, outcome, says) in expected {
        let answer = entry(&answers, name, id)?;
        let reading = &answer["reading"];
        assert_eq!(
            answer["outcome"].as_str().unwrap_or_default(),
            outcome,
            "{answer}"
        );
        let told = if outcome.is_empty() {
            &reading["written"]
        } else {
            &reading["reason"]
        };
        assert!(
            told.as_str().is_some_and(|told| told.contains(says)),
            "{name} {id}: {answer}"
        );
    }
    let ann = &entry(&answers, "ann", "backward")?["reading"];
    assert_eq!(
        (&ann["file"], &ann["place"]["line"]),
        (&"hw/gradients.py".into(), &4.into())
    );
    assert!(
        ann["quote"]
            .as_str()
            .is_some_and(|quote| quote.contains("\n    dX = 0.5 * grad_output @ W\n"))
    );
    let ida = &entry(&answers, "ida.ipynb", "backward")?["reading"];
    assert_eq!(
        (&ida["place"]["cell"], &ida["place"]["line"]),
        (&4.into(), &2.into())
    );
    Ok(())
}

/// An archive of folders of the fixtures.
fn archive(path: &Path, people: &[&str]) -> Outcome {
    let mut archive = zip::ZipWriter::new(fs::File::create(path)?);
    let options = zip::write::SimpleFileOptions::default();
    for person in people {
        for file in ["hw/gradients.py", "sheet.md"] {
            archive.start_file(format!("{person}/{file}"), options)?;
            archive.write_all(&fs::read(format!("{CLASS}/{person}/{file}"))?)?;
        }
    }
    archive.finish()?;
    Ok(())
}

#[test]
fn an_archive_of_folders_has_a_submission_for_each() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("class.zip");
    archive(&path, &["bea", "ann"])?;
    let path = path.display().to_string();
    let (report, code) = json(&["check", ASSIGNMENT, &path, "--show-readings"])?;
    assert_eq!(code, Some(0));
    let names: Vec<&str> = report["submissions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|sheet| sheet["name"].as_str()?.rsplit('/').next())
        .collect();
    assert_eq!(names, ["ann", "bea"]);
    let answers = entries(&report, "answers");
    assert_eq!(
        entry(&answers, "bea", "tanh-weights")?["reading"]["written"],
        "dW = G.T @ X"
    );
    // A folder that is named itself is one submission as well.
    let (report, _) = json(&[
        "check",
        ASSIGNMENT,
        "fixtures/submissions-code/ann",
        "--show-readings",
    ])?;
    assert_eq!(report["submissions"].as_array().map(Vec::len), Some(1));
    Ok(())
}

#[test]
fn a_bad_item_of_code_is_pointed_at() -> Outcome {
    let cases = [
        (
            "function = \"halved_linear_backward\"\n",
            "",
            "nothing says what the function of `backward` is called",
        ),
        (
            "file = \"hw/gradients.py\"",
            "file = \"../gradients.py\"",
            "the file of `backward` is none of a submission",
        ),
        (
            "function = \"halved_linear_backward\"",
            "function = \"a b\"",
            "has no name of Python's",
        ),
        (
            "written = \"function\"",
            "written = \"size\"",
            "the answer to `backward` is not code",
        ),
        (
            "key = \"W\"\n",
            "",
            "nothing says whose gradient `tanh-weights` asks for",
        ),
        (
            "ask = \"grad-check\"",
            "ask = \"shape\"",
            "`shape` is not asked about code or formulas",
        ),
        (
            "halved-linear-solution.py",
            "gone.py",
            "the solution of `backward` cannot be read",
        ),
        (
            "halved-linear.py:HalvedLinear",
            "gone.py",
            "the model of `backward` is not there",
        ),
    ];
    for (from, to, says) in cases {
        let folder = tempfile::tempdir()?;
        for entry in fs::read_dir("fixtures/assignments")? {
            let path = entry?.path();
            fs::copy(
                &path,
                folder.path().join(path.file_name().ok_or("no name")?),
            )?;
        }
        let path = folder.path().join("gradients.toml");
        let text = fs::read_to_string(ASSIGNMENT)?;
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replacen(from, to, 1))?;
        let output = gradus(&["check", &path.display().to_string()])?;
        let said = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(2), "{to}: {said}");
        assert!(
            said.contains(says) && said.contains("gradients.toml:"),
            "{to}: {said}"
        );
    }
    Ok(())
}

#[test]
fn a_class_of_code_is_graded() -> Outcome {
    let (report, code) = json(&["check", ASSIGNMENT, CLASS])?;
    assert_eq!(code, Some(0));
    let own: Vec<&str> = report["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item["own_answer"]["verdict"].as_str())
        .collect();
    assert_eq!(own, ["right", "right"]);
    let marks = entries(&report, "marks");
    let expected = [
        ("ann", "backward", "right", ""),
        ("ann", "forward-and-backward", "right", ""),
        ("ann", "tanh-weights", "right", ""),
        ("bea", "backward", "wrong", "factor-missing"),
        ("bea", "forward-and-backward", "wrong", "exponent-missing"),
        ("bea", "tanh-weights", "wrong", "derivative-missing"),
        ("cal", "backward", "wrong", "transposed"),
        ("cal", "tanh-weights", "undecided", ""),
        ("dan", "backward", "wrong", "unsummed"),
        ("dan", "tanh-weights", "wrong", "derivative-at-output"),
        ("eve", "backward", "wrong", ""),
        ("eve", "tanh-weights", "unreadable", ""),
        ("fay", "backward", "wrong", ""),
        ("gus", "backward", "wrong", ""),
        ("hal", "backward", "unreadable", ""),
        ("ida.ipynb", "backward", "right", ""),
        ("ida.ipynb", "tanh-weights", "right", ""),
        ("jon.py", "backward", "right", ""),
    ];
    for (name, id, outcome, code) in expected {
        let mark = entry(&marks, name, id)?;
        assert_eq!(mark["outcome"], outcome, "{name} {id}: {mark}");
        let codes = mark["diagnoses"].as_array().into_iter().flatten();
        let named = codes
            .filter_map(|diagnosis| diagnosis["code"].as_str())
            .any(|one| one == code);
        assert!(code.is_empty() || named, "{name} {id}: {mark}");
    }
    let reason =
        |name: &str| entry(&marks, name, "backward").map(|mark| mark["reason"].to_string());
    assert!(
        reason("eve")?.contains("hw/gradients.py, line 6"),
        "{}",
        reason("eve")?
    );
    assert!(reason("fay")?.contains("10 s"), "{}", reason("fay")?);
    assert!(reason("gus")?.contains("SyntaxError"), "{}", reason("gus")?);
    assert!(entry(&marks, "cal", "tanh-weights")?["points"].is_null());
    let text =
        String::from_utf8(gradus(&["check", ASSIGNMENT, "fixtures/submissions-code/dan"])?.stdout)?;
    insta::assert_snapshot!("check_code", text);
    Ok(())
}

#[test]
fn no_code_changes_what_it_is_asked_about() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::create_dir_all(folder.path().join("sly/hw"))?;
    let solution = fs::read_to_string("fixtures/assignments/halved-linear-solution.py")?;
    let sly = "import torch\n\n\ndef nothing(self, other):\n    return 0 * torch.matmul(self, other)\n\n\ntorch.Tensor.__matmul__ = nothing\n\n";
    for (text, outcome) in [
        (solution.clone(), "right"),
        (format!("{sly}{solution}"), "undecided"),
    ] {
        fs::write(folder.path().join("sly/hw/gradients.py"), text)?;
        let path = folder.path().join("sly").display().to_string();
        let (report, _) = json(&["check", ASSIGNMENT, &path])?;
        let marks = entries(&report, "marks");
        assert_eq!(
            entry(&marks, "sly", "backward")?["outcome"],
            outcome,
            "{marks:?}"
        );
    }
    // The solution beside the assignment is out of reach.
    let text = "from importlib import import_module\nhalved_linear_backward = import_module('halved-linear-solution').halved_linear_backward\n";
    fs::write(folder.path().join("sly/hw/gradients.py"), text)?;
    let path = folder.path().join("sly").display().to_string();
    let (report, _) = json(&["check", ASSIGNMENT, &path])?;
    assert_ne!(
        entry(&entries(&report, "marks"), "sly", "backward")?["outcome"],
        "right"
    );
    Ok(())
}
