//! Functions with right and wrong claims, written by hand beside the generator of mistakes, as a held-out test is.

mod layers;
mod losses;
mod networks;
mod reports;
mod small;
mod studies;
mod tensor;

use super::case::Case;
use super::judged::{State, judged};
use super::truth::{Standing, truth};
use crate::lab::LabError;
use crate::lab::differences::{Entries, Options};
use studies::{Formula, Function, study};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn functions() -> impl Iterator<Item = &'static Function> {
    [
        small::FUNCTIONS,
        losses::FUNCTIONS,
        layers::FUNCTIONS,
        networks::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
}

/// The verdict on a claim, and the codes that it is diagnosed with.
fn verdict(
    function: &Function,
    claim: &Formula,
) -> Result<(State, Vec<&'static str>, String), LabError> {
    let study = study(function, std::slice::from_ref(claim))?;
    let cases: Result<Vec<Case>, LabError> = study.draws.iter().map(Case::new).collect();
    let cases = cases?;
    let inputs = &cases[0].program.inputs;
    let input = inputs
        .iter()
        .position(|input| input.name == claim.0)
        .expect("claims are on inputs");
    // The second witness is not what is asked here, and would take most of the time.
    let options = Options {
        entries: Entries::Directions(2),
        ..Options::default()
    };
    let truths: Result<Vec<_>, LabError> = (0..inputs.len())
        .map(|input| truth(&cases, input, &options))
        .collect();
    let judged = judged(&cases, &truths?, input, None)?;
    let codes = judged.suspects.iter().map(|suspect| suspect.code).collect();
    let titles: Vec<&str> = judged
        .suspects
        .iter()
        .map(|suspect| suspect.title.as_str())
        .collect();
    Ok((
        judged.state,
        codes,
        format!("{}; {}", judged.reason, titles.join(" | ")),
    ))
}

#[test]
fn right_claims_pass_and_wrong_ones_are_told_by_their_cause() -> Outcome {
    let (mut right, mut wrong, mut told) = (0, 0, 0);
    let mut complaints = Vec::new();
    for function in functions() {
        for claim in function.claims {
            let (state, codes, reason) = verdict(function, claim)?;
            let called = format!("{} {} {}", function.name, claim.0, claim.1);
            if claim.1.is_empty() {
                right += 1;
                if state != State::Right {
                    complaints.push(format!("refused: {called}: {reason}"));
                }
                continue;
            }
            wrong += 1;
            if state != State::Wrong {
                complaints.push(format!("passed: {called}: {reason}"));
            }
            let wanted: Vec<&str> = claim.1.split('|').collect();
            if codes.iter().any(|code| wanted.contains(code)) {
                told += 1;
            } else {
                complaints.push(format!("not told: {called}: {codes:?} {reason}"));
            }
        }
    }
    let grave = complaints
        .iter()
        .any(|complaint| !complaint.starts_with("not told") || !complaint.contains("[]"));
    assert!(functions().count() >= 30);
    assert!(
        !grave && told * 10 >= wrong * 9,
        "{right} right, {told} of {wrong} wrong ones told:\n{}",
        complaints.join("\n")
    );
    Ok(())
}

#[test]
fn both_witnesses_agree_on_every_entry_of_every_function() -> Outcome {
    for function in functions() {
        let study = study(function, &[])?;
        let cases = vec![Case::new(&study.draws[0])?];
        for input in 0..function.inputs.len() {
            let truth = truth(&cases, input, &Options::default())?;
            let agrees = matches!(truth.standing, Standing::Agreed(share) if share < 1e-8);
            assert!(
                agrees,
                "{} {}: {:?}",
                function.name, function.inputs[input].0, truth.standing
            );
        }
    }
    Ok(())
}
