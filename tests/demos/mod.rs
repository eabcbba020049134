//! The demonstrations, a file each: run as a person runs them, held against another implementation's figures, and in a
//! setting in which each of their statements comes out the other way.

mod asked;
mod attention;
mod batch_size;
mod descent;
mod dropout_placement;
mod embedding;
mod gan;
mod gcn;
mod implicit;
mod loss;
mod ravine;
mod relu;
mod residual;
mod tbptt;
mod told;
mod vae;

use std::collections::HashSet;
use std::error::Error;

use gradus::questions::{Group, QUESTIONS, Question, SubjectKind};
use serde_json::Value;

use crate::process::gradus;

type Outcome = Result<(), Box<dyn Error>>;

/// The demonstrations that need neither a subject nor an argument.
fn alone() -> impl Iterator<Item = &'static dyn Question> {
    QUESTIONS.iter().copied().filter(|question| {
        question.group() == Group::Demonstrate
            && matches!(
                question.subject(),
                SubjectKind::Nothing | SubjectKind::MaybeModel | SubjectKind::MaybeGraph
            )
            && !question
                .command()
                .get_arguments()
                .any(clap::Arg::is_required_set)
    })
}

/// What each of them says without arguments, twice.
fn twice(question: &dyn Question) -> Result<Value, Box<dyn Error>> {
    let name = question.name();
    let first = gradus(&[name, "--json"])?;
    let second = gradus(&[name, "--json"])?;
    assert_eq!(first.status.code(), Some(0), "{name}");
    assert_eq!(first.stdout, second.stdout, "{name}");
    Ok(serde_json::from_slice(&first.stdout)?)
}

#[test]
fn each_answers_by_itself_in_the_schema_and_decides_its_statements() -> Outcome {
    let schema: Value = serde_json::from_slice(&gradus(&["schema", "report"])?.stdout)?;
    let schema = jsonschema::validator_for(&schema)?;
    for question in alone() {
        let name = question.name();
        let report = twice(question)?;
        assert!(schema.is_valid(&report), "{name}");
        assert_eq!(report["status"], "complete", "{name}");
        assert!(!report["answer"].is_null(), "{name}: {}", report["asked"]);
        for witness in report["witnesses"].as_array().ok_or("witnesses")? {
            assert_ne!(witness["agreement"], "disagree", "{name}: {witness}");
        }
        statements(question, &report)?;
    }
    Ok(())
}

/// Each is decided, or has the evidence for both answers; its ground has numbers; the page has its key.
fn statements(question: &dyn Question, report: &Value) -> Outcome {
    let name = question.name();
    let mut keys = HashSet::new();
    for statement in report["statements"].as_array().ok_or("statements")? {
        let key = statement["key"].as_str().ok_or("a key")?;
        assert!(keys.insert(key.to_owned()), "{name}: {key} stands twice");
        assert_ne!(statement["finding"], "open", "{name}: {statement}");
        let because = statement["because"].as_str().ok_or("a ground")?;
        if statement["finding"] == "arguable" {
            let readings = statement["readings"].as_array().map_or(0, Vec::len);
            assert_eq!(readings, 2, "{name}: {key}");
        } else {
            let has_number = because.contains(|sign: char| sign.is_ascii_digit());
            assert!(
                has_number,
                "{name}: no number in the ground of {key}: {because}"
            );
        }
        let page = question.page();
        assert!(page.contains(&format!("`{key}`")), "{name}: {key}");
    }
    Ok(())
}

#[test]
fn each_has_examples_a_page_and_mistakes_with_pages() {
    for question in alone() {
        let name = question.name();
        if let Some(examples) = question.examples() {
            assert!(examples.contains(&format!("gradus {name}")), "{name}");
        }
        assert!(question.page().starts_with(&format!("# {name}")), "{name}");
        for mistake in question.mistakes() {
            assert!(mistake.page.lines().count() > 3, "{}", mistake.code);
        }
    }
}
