//! Answers that are work, code or formulas: the question is asked about each one that differs.

use std::collections::HashSet;

use super::ask::side_by_side;
use super::{Examiner, Judged, Judgement};
use crate::grade::assignment::{Item, Written};
use crate::grade::code::{self, Program};
use crate::grade::reading::{self, Found, Work};
use crate::model::Fault;
use crate::report::{Check, Claim, Diagnosis, Item as Computed, Report, Tolerance, Value, Verdict};

/// Asks about the distinct pieces of work of all submissions, and the assignment's own answer first.
pub(super) fn judge<'a>(
    item: &Item,
    mut computed: Computed,
    key: &str,
    found: impl Iterator<Item = &'a Found>,
    examiner: &dyn Examiner,
) -> Result<(Computed, Judged), Fault> {
    let trial = trial(item, key, &mut computed, examiner)?;
    let mut distinct: Vec<(String, &Work)> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    for found in found {
        let Found::Work(_, work) = found else {
            continue;
        };
        let identity = identity(work);
        if *work != Work::Formula && seen.insert(identity.clone()) {
            distinct.push((identity, work));
        }
    }
    let works: Vec<&Work> = distinct.iter().map(|(_, work)| *work).collect();
    // Each in a process of its own, several at a time.
    let answers = side_by_side(works.len(), |at| examiner.work(item, works[at]));
    let mut judged = Judged::new();
    for ((identity, work), answer) in distinct.into_iter().zip(answers) {
        let judgement = match answer {
            Ok(report) => of_report(item, key, &report),
            Err(fault) => of_fault(key, work, &fault, &trial),
        };
        computed.disagree |= judgement.disagree;
        judged.insert(identity, judgement);
    }
    Ok((computed, judged))
}

/// What tells one piece of work from another: its text.
pub(super) fn identity(work: &Work) -> String {
    match work {
        Work::Formula => "a formula".to_owned(),
        Work::Expression(python) => format!("= {python}"),
        Work::Function(program) => {
            let modules = program.modules.iter();
            let texts = modules.flat_map(|(name, source)| [name.as_str(), source.text.as_str()]);
            texts.collect::<Vec<_>>().join("\u{0}")
        }
    }
}

/// What asking about the assignment's own answer showed.
enum Trial {
    /// The question can be asked: a fault is the work's.
    Passed,
    /// It could not be asked even of a function that returns nothing: whose fault that is, is open.
    Failed,
}

/// Asks about the assignment's own answer, or, where there is none, about one that says nothing.
fn trial(
    item: &Item,
    key: &str,
    computed: &mut Computed,
    examiner: &dyn Examiner,
) -> Result<Trial, Fault> {
    if item.written == Written::Expression {
        let report = examiner.work(item, &Work::Formula)?;
        computed.computed = truth(key, &report);
        computed.disagree |= report.disagrees();
    } else {
        "it is asked about every submission by itself".clone_into(&mut computed.reason);
    }
    let Some(answer) = &item.answer else {
        let Some(silent) = Program::silent(item).filter(|_| item.written == Written::Function)
        else {
            return Ok(Trial::Passed);
        };
        return match examiner.work(item, &Work::Function(Box::new(silent))) {
            Ok(_) => Ok(Trial::Passed),
            Err(fault) if fault.code == "assignment" => Err(fault),
            Err(_) => Ok(Trial::Failed),
        };
    };
    let own = match item.written {
        Written::Function => match code::read(item, &examiner.solution(item)?) {
            Found::Work(_, work) => work,
            other => {
                let reason = &other.reading().reason;
                return Err(Fault::new(
                    "assignment",
                    format!("the answer of `{}` is no solution: {reason}", item.id()),
                ));
            }
        },
        _ => reading::expression(answer.as_ref())
            .map(Work::Expression)
            .ok_or_else(|| {
                Fault::new(
                    "assignment",
                    format!("the answer of `{}` is no expression of Python's", item.id()),
                )
            })?,
    };
    let mut judgement = of_report(item, key, &examiner.work(item, &own)?);
    computed.disagree |= judgement.disagree;
    judgement.check.claim.written.clone_from(answer.as_ref());
    computed.own_answer = Some(judgement.check);
    Ok(Trial::Passed)
}

/// The judgement on a piece of work of which the question could be asked.
fn of_report(item: &Item, key: &str, report: &Report) -> Judgement {
    let checks: Vec<&Check> = match item.written {
        Written::Expression => report
            .checks
            .iter()
            .filter(|check| check.claim.key == key)
            .collect(),
        _ => report
            .checks
            .iter()
            .filter(|check| check.claim.key != report.headline)
            .collect(),
    };
    let verdict = checks
        .iter()
        .map(|check| check.verdict)
        .max()
        .unwrap_or(Verdict::Undecided);
    let of_verdict: Vec<&Check> = checks
        .iter()
        .copied()
        .filter(|check| check.verdict == verdict)
        .collect();
    let reason = match (verdict, checks.as_slice()) {
        (_, []) => "no gradient was checked".to_owned(),
        (Verdict::Right, [one]) => one.reason.clone(),
        (Verdict::Right, all) => {
            let inputs: Vec<&str> = all.iter().map(|check| check.claim.key.as_str()).collect();
            format!("right for {}", inputs.join(", "))
        }
        _ => of_verdict
            .iter()
            .map(|check| why(check))
            .collect::<Vec<_>>()
            .join("; "),
    };
    let mut diagnoses: Vec<Diagnosis> = Vec::new();
    for diagnosis in of_verdict.iter().flat_map(|check| &check.diagnoses) {
        if !diagnoses.iter().any(|known| known.code == diagnosis.code) {
            diagnoses.push(diagnosis.clone());
        }
    }
    let check = Check {
        computed: if item.written == Written::Expression {
            truth(key, report)
        } else {
            None
        },
        diagnoses,
        ..ruling(key, verdict, reason)
    };
    Judgement {
        check,
        disagree: report.disagrees(),
    }
}

/// What is wrong with an input's gradient: the mistakes that give it, else the rule that it broke.
fn why(check: &Check) -> String {
    let titles: Vec<&str> = check
        .diagnoses
        .iter()
        .map(|diagnosis| diagnosis.title.as_str())
        .collect();
    let what = if titles.is_empty() {
        check.reason.clone()
    } else {
        format!("this is what {} gives", titles.join(", and "))
    };
    format!("{}: {what}", check.claim.key)
}

/// What is true of an input's gradient: its shape.
fn truth(key: &str, report: &Report) -> Option<Value> {
    let shape = report
        .quantity(&format!("{key}.shape"))
        .or_else(|| report.quantity(key));
    shape.map(|quantity| quantity.value.clone())
}

/// What Python says of a piece of work makes it wrong, and so do the limits; what gradus cannot do leaves it open.
const WORKS_OWN: &[&str] = &[
    "python-exception",
    "python-syntax",
    "unknown-name",
    "program-exit",
    "time-limit",
    "memory-limit",
    "output-limit",
    "interpreter-stack",
    "too-nested",
];

/// The judgement on a piece of work of which the question could not be asked.
fn of_fault(key: &str, work: &Work, fault: &Fault, trial: &Trial) -> Judgement {
    let said = match place(work, fault) {
        Some(place) => format!("{} ({place})", fault.message),
        None => fault.message.clone(),
    };
    let own = WORKS_OWN.contains(&fault.code.as_str()) && matches!(trial, Trial::Passed);
    let is_function = matches!(work, Work::Function(_));
    let check = match (own && is_function, is_function) {
        (true, _) => ruling(key, Verdict::Wrong, said),
        (false, true) => ruling(
            key,
            Verdict::Undecided,
            format!("it could not be asked about: {said}"),
        ),
        (false, false) => ruling(
            key,
            Verdict::Unreadable,
            format!("it cannot be evaluated: {said}"),
        ),
    };
    Judgement {
        check,
        disagree: false,
    }
}

fn ruling(key: &str, verdict: Verdict, reason: String) -> Check {
    Check {
        claim: Claim {
            key: key.to_owned(),
            written: String::new(),
            expected: None,
            other: None,
            tolerance: Tolerance::Exact,
            working: Vec::new(),
        },
        computed: None,
        verdict,
        reason,
        diagnoses: Vec::new(),
        working: None,
        readings: Vec::new(),
    }
}

/// Where a fault stands, in the submission's own places.
fn place(work: &Work, fault: &Fault) -> Option<String> {
    let place = fault.place.as_ref()?;
    let line = place.span.line;
    if let Work::Function(program) = work
        && let Some((_, source)) = program
            .modules
            .iter()
            .find(|(_, source)| source.text == place.source.text)
        && !program.lines.is_empty()
        && source.name == place.source.name
    {
        return program
            .lines
            .get(line.checked_sub(1)?)
            .map(ToString::to_string);
    }
    Some(format!("{}, line {line}", place.source.name))
}

#[cfg(test)]
mod tests;
