//! The mistakes, carried out on the model at hand.

use super::arguments::Asked;
use super::mistakes as known;
use super::statements;
use super::study::Study;
use crate::questions::Mistake;
use crate::questions::judge::Suspect;
use crate::report::{Step, Value};

/// Every suspect, the commonest first.
pub(super) fn suspects(asked: &Asked, study: &Study) -> Vec<Suspect> {
    let mut found = Vec::new();
    let mut suspect = |mistake: &'static Mistake, key: String, value: Value, steps: Vec<Step>| {
        found.push(Suspect {
            mistake,
            title: mistake.title.to_owned(),
            key: key.into(),
            value,
            steps,
        });
    };
    for statement in statements::all(asked, study) {
        let mistake = match (statement.key.as_str(), statement.finding.answer()) {
            ("standard_normal", Some(false)) => &known::PRIOR_FOR_POSTERIOR,
            ("same_reconstruction", Some(false)) => &known::MEAN_FOR_DRAW,
            ("upper_bound", Some(true)) => &known::BOUND_UPSIDE_DOWN,
            ("reconstruction_no_worse", Some(true)) => &known::PENALTY_FOR_HELP,
            ("generation_worse", Some(true)) => &known::RECONSTRUCTED_FOR_GENERATED,
            _ => continue,
        };
        let wrong = statement.finding.answer() == Some(false);
        suspect(mistake, statement.key, Value::Flag(wrong), Vec::new());
    }
    for candidate in &study.candidates {
        let step = Step {
            at: candidate.name.to_owned(),
            mistaken: "KL(q ‖ N(0, I))".to_owned(),
            right: "KL(q ‖ p(z|x))".to_owned(),
        };
        suspect(
            &known::PRIOR_FOR_POSTERIOR,
            format!("gap.{}", candidate.key),
            Value::Real(candidate.losses.to_prior),
            vec![step],
        );
        let upside_down = -candidate.loss(asked.beta);
        suspect(
            &known::BOUND_UPSIDE_DOWN,
            format!("loss.{}", candidate.key),
            Value::Real(upside_down),
            Vec::new(),
        );
    }
    suspect(
        &known::MEAN_FOR_DRAW,
        "distinct".to_owned(),
        Value::from(1),
        Vec::new(),
    );
    suspect(
        &known::MEAN_FOR_DRAW,
        "spread.exact".to_owned(),
        Value::Real(0.0),
        Vec::new(),
    );
    found
}
