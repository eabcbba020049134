//! Grading of work with an examiner that knows a few answers.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::grade::assignment::Assignment;
use crate::grade::score;
use crate::grade::submission::{self, Code, Submission, Wanted};
use crate::model::{Source, Span};
use crate::questions::Progress;
use crate::report::{GradeReport, Mark, Outcome, Status};

/// It finds in the text of a piece of work what is to be said of it.
#[derive(Default)]
struct Fake {
    asked: AtomicUsize,
    /// Whether the question cannot be asked of a function that returns nothing.
    deaf: bool,
}

fn check(key: &str, verdict: Verdict, code: Option<&str>) -> Check {
    let diagnosis = |code: &str| Diagnosis {
        code: code.to_owned(),
        title: format!("a mistake called {code}"),
        steps: Vec::new(),
    };
    Check {
        diagnoses: code.map(diagnosis).into_iter().collect(),
        ..ruling(key, verdict, format!("the rule for {key}"))
    }
}

fn report(checks: Vec<Check>) -> Report {
    Report {
        question: "grad-check".to_owned(),
        id: None,
        asked: Vec::new(),
        headline: "verdict".to_owned(),
        status: Status::Complete,
        sections: Vec::new(),
        witnesses: Vec::new(),
        checks,
    }
}

impl Examiner for Fake {
    fn values(&self, _: &[&Item], _: &[Claim]) -> Result<Report, Fault> {
        Err(Fault::new("test", "no values here"))
    }

    fn work(&self, _: &Item, work: &Work) -> Result<Report, Fault> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let program = match work {
            Work::Formula => return Ok(report(Vec::new())),
            Work::Expression(python) if python.contains("unknown") => {
                return Err(Fault::new(
                    "unknown-name",
                    "NameError: name 'unknown' is not defined",
                ));
            }
            Work::Expression(python) => {
                let right = python == "0.5 * G.T @ X";
                let verdict = if right {
                    Verdict::Right
                } else {
                    Verdict::Wrong
                };
                return Ok(report(vec![
                    check("W", verdict, None),
                    check("b", Verdict::Wrong, None),
                ]));
            }
            Work::Function(program) => program,
        };
        let home = &program
            .modules
            .iter()
            .find(|(name, _)| name == "hw4.answers");
        let source = &home
            .ok_or_else(|| Fault::new("test", "hw4.answers is not served"))?
            .1;
        let said = |verdict, code| {
            let checks = vec![
                check("X", Verdict::Right, None),
                check("b", verdict, code),
                check("verdict", verdict, None),
            ];
            Ok(report(checks))
        };
        let span = |line| Span {
            source: 0,
            line,
            column: 1,
            length: 1,
        };
        match source.text.as_str() {
            text if text.contains("RIGHT") => said(Verdict::Right, None),
            text if text.contains("UNSUMMED") => said(Verdict::Wrong, Some("unsummed-batch")),
            text if text.contains("RAISES") => {
                let fault = Fault::new("python-exception", "ZeroDivisionError: division by zero");
                Err(fault.at(source, span(2), ""))
            }
            text if text.contains("NUMPY") => {
                Err(Fault::new("not-offered", "numpy is not offered here"))
            }
            text if text.contains("LOOPS") => {
                Err(Fault::new("time-limit", "the source ran longer than 10 s"))
            }
            text if text.contains("return None") && !self.deaf => said(Verdict::Wrong, None),
            _ => Err(Fault::new(
                "python-exception",
                "TypeError: it cannot be called",
            )),
        }
    }

    fn solution(&self, _: &Item) -> Result<Code, Fault> {
        let source = Source {
            name: "solution.py".to_owned(),
            text: "def back(ctx, G):\n    return 'RIGHT'\n".to_owned(),
        };
        Ok(Code {
            files: vec![source],
            cells: Vec::new(),
        })
    }
}

fn assignment(more: &str) -> Result<Assignment, Fault> {
    let text = format!(
        "title = 't'\n[[question]]\nid = 'back'\ntitle = 'backward'\npoints = 4\nwritten = 'function'\nask = 'grad-check'\n\
         file = 'hw4/answers.py'\nfunction = 'back'\n{more}\n\
         [[question]]\nid = 'weights'\ntitle = 'dW'\nphrase = 'the gradient of the weights'\nwritten = 'expression'\n\
         ask = 'grad-check'\nkey = 'W'\nanswer = '0.5 * G.T @ X'\n"
    );
    let source = Source {
        name: "a.toml".to_owned(),
        text,
    };
    Assignment::parse(&source)
}

type Outcomes = Result<(), Box<dyn std::error::Error>>;

fn graded(
    files: &[(&str, &str)],
    more: &str,
    fake: &Fake,
) -> Result<GradeReport, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        std::fs::write(path, text)?;
    }
    let assignment = assignment(more)?;
    let wanted: Wanted = assignment.wanted();
    let submissions: Vec<Submission> = submission::open(folder.path(), &wanted);
    Ok(score::grade(
        &assignment,
        None,
        &submissions,
        fake,
        &Progress::default(),
    )?)
}

fn mark<'r>(report: &'r GradeReport, name: &str, id: &str) -> Option<&'r Mark> {
    let sheet = report
        .submissions
        .iter()
        .find(|sheet| sheet.name.ends_with(name))?;
    sheet.marks.iter().find(|mark| mark.id == id)
}

/// A function that returns this text.
fn back(text: &str) -> String {
    format!("import torch\n\ndef back(ctx, G):\n    return '{text}'\n")
}

#[test]
fn a_class_of_folders_is_graded() -> Outcomes {
    let sheet = "Write down the gradient of the weights.\n\n**Answer:** `dW = 0.5 * G.T @ X`\n";
    let latex = "Write down the gradient of the weights.\n\n**Answer:** $G^T X$\n";
    let (right, unsummed) = (back("RIGHT"), back("UNSUMMED"));
    let files = [
        ("ann/hw4/answers.py", right.as_str()),
        ("ann/sheet.md", sheet),
        ("bea/hw4/answers.py", &right),
        ("bea/sheet.md", latex),
        ("cal/hw4/answers.py", &unsummed),
        (
            "cal/sheet.md",
            "Write down the gradient of the weights.\n\n**Answer:** dW = unknown @ X\n",
        ),
        ("dan/hw4/answers.py", &back("RAISES")),
        ("eve/hw4/answers.py", &back("NUMPY")),
        ("fay/hw4/answers.py", &back("LOOPS")),
        ("gus/hw4/answers.py", "def back(ctx, G):\n    pass\n"),
        (
            "hal/sheet.md",
            "Write down the gradient of the weights.\n\n**Answer:** dW = G.T @ X\n",
        ),
        ("ida.py", &unsummed),
    ];
    let fake = Fake::default();
    let report = graded(&files, "answer = 'solution.py'", &fake)?;
    assert_eq!(report.submissions.len(), 9);
    let expected = [
        ("ann", "back", Outcome::Right, "right for X, b"),
        ("ann", "weights", Outcome::Right, "the rule for W"),
        ("bea", "weights", Outcome::Undecided, "a person"),
        (
            "cal",
            "back",
            Outcome::Wrong,
            "b: this is what a mistake called unsummed-batch gives",
        ),
        (
            "cal",
            "weights",
            Outcome::Unreadable,
            "it cannot be evaluated: NameError",
        ),
        (
            "dan",
            "back",
            Outcome::Wrong,
            "ZeroDivisionError: division by zero (hw4/answers.py, line 2)",
        ),
        ("dan", "weights", Outcome::Unreadable, "not found"),
        (
            "eve",
            "back",
            Outcome::Undecided,
            "numpy is not offered here",
        ),
        ("fay", "back", Outcome::Wrong, "longer than 10 s"),
        ("gus", "back", Outcome::Blank, "nothing stands in it"),
        (
            "hal",
            "back",
            Outcome::Unreadable,
            "hw4/answers.py, which is not there",
        ),
        ("hal", "weights", Outcome::Wrong, "W: the rule for W"),
        ("ida.py", "back", Outcome::Wrong, "unsummed-batch"),
    ];
    for (name, id, outcome, says) in expected {
        let mark = mark(&report, name, id).ok_or(name)?;
        assert_eq!(mark.outcome, outcome, "{name} {id}: {mark:?}");
        assert!(mark.reason.contains(says), "{name} {id}: {}", mark.reason);
    }
    // The solution, five functions that differ, no claim and the own one, and three claims that differ.
    let own: Vec<_> = report
        .items
        .iter()
        .filter_map(|item| item.own_answer.as_ref())
        .collect();
    assert!(own.iter().all(|check| check.verdict == Verdict::Right) && own.len() == 2);
    assert_eq!(fake.asked.load(Ordering::Relaxed), 1 + 5 + 1 + 1 + 3);
    let ann = mark(&report, "ann", "back").ok_or("ann")?;
    assert_eq!(
        ann.reading.place().as_deref(),
        Some("hw4/answers.py, line 3")
    );
    assert_eq!(ann.reading.written, "def back(ctx, G)");
    assert_eq!(ann.points, Some(4.0));
    Ok(())
}

#[test]
fn without_a_solution_a_silent_function_tells_whose_fault_it_is() -> Outcomes {
    let raises = back("RAISES");
    let files = [("ann/hw4/answers.py", raises.as_str())];
    let report = graded(&files, "", &Fake::default())?;
    assert_eq!(
        mark(&report, "ann", "back").map(|mark| mark.outcome),
        Some(Outcome::Wrong)
    );
    let deaf = Fake {
        deaf: true,
        ..Fake::default()
    };
    let report = graded(&files, "", &deaf)?;
    let mark = mark(&report, "ann", "back").ok_or("no mark")?;
    assert_eq!((mark.outcome, mark.points), (Outcome::Undecided, None));
    Ok(())
}

#[test]
fn a_place_in_cells_is_the_notebooks() -> Outcomes {
    let notebook = serde_json::json!({"nbformat": 4, "cells": [
        {"cell_type": "code", "source": "import torch\nhalf = 1 / 0"},
        {"cell_type": "code", "source": "def back(ctx, G):\n    return half * 'RAISES'"},
    ]});
    let text = notebook.to_string();
    let report = graded(
        &[("ann.ipynb", text.as_str())],
        "answer = 'solution.py'",
        &Fake::default(),
    )?;
    let mark = mark(&report, "ann.ipynb", "back").ok_or("no mark")?;
    assert_eq!(mark.outcome, Outcome::Wrong);
    assert!(mark.reason.ends_with("(cell 2, line 1)"), "{}", mark.reason);
    Ok(())
}
