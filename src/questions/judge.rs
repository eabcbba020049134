//! Claims held against a report: verdicts, rules and diagnoses, the same for every question.

mod compare;

use std::borrow::Cow;

use super::Mistake;
use crate::model::Fault;
use crate::report::{
    Basis, Check, Claim, Diagnosis, Report, Statement, Status, Step, Tolerance, Value, Verdict,
};
use compare::{Comparison, compare, kind_of};

/// A mistake carried out on the subject at hand: the number that it gives.
#[derive(Debug, Clone)]
pub struct Suspect {
    /// Which mistake.
    pub mistake: &'static Mistake,
    /// The mistake in words, completing "this is the number that … gives"; it may say more than the mistake's own
    /// title, such as that the answer was given as an area.
    pub title: String,
    /// The key of the quantity that it gives a wrong value of.
    pub key: Cow<'static, str>,
    /// The wrong value.
    pub value: Value,
    /// Its sum beside the right one.
    pub steps: Vec<Step>,
}

impl Suspect {
    /// A mistake by its own title, without a sum.
    pub fn new(mistake: &'static Mistake, key: impl Into<Cow<'static, str>>, value: Value) -> Self {
        Self {
            mistake,
            title: mistake.title.to_owned(),
            key: key.into(),
            value,
            steps: Vec::new(),
        }
    }
}

/// How many mistakes a diagnosis names at most.
const MOST_DIAGNOSES: usize = 3;

/// Checks every claim against the report's quantities and names the suspects (given in order of how common they
/// are) whose value is the claimed one.
///
/// A claim may name one axis of a quantity with several: `size.h`, or `output.1` by number. The chain of sizes in
/// [`Claim::working`] is for the question to follow: it knows the true one.
///
/// # Errors
/// If a claim names a quantity that the report does not have.
pub fn judge(report: &mut Report, claims: &[Claim], suspects: &[Suspect]) -> Result<(), Fault> {
    for claim in claims {
        let check = check(report, claim, suspects)?;
        report.checks.push(check);
    }
    Ok(())
}

/// What a claim is about: a whole quantity, or one axis of it.
struct Target {
    key: String,
    axis: Option<usize>,
    value: Value,
    basis: Basis,
}

fn check(report: &Report, claim: &Claim, suspects: &[Suspect]) -> Result<Check, Fault> {
    if let Some(statement) = report.statement(&claim.key) {
        return Ok(stated(statement, claim, suspects));
    }
    let Some(target) = find(report, &claim.key) else {
        return not_computed(report, claim);
    };
    let comparison = match &claim.expected {
        Some(expected) => compare(&target.value, target.basis, expected, claim.tolerance),
        None => Comparison::unreadable(&target.value, &claim.written),
    };
    let second = claim
        .other
        .as_ref()
        .map(|other| compare(&target.value, target.basis, other, claim.tolerance));
    let comparison = match second {
        Some(second) if second.verdict == Verdict::Right => second,
        Some(second) if comparison.verdict == Verdict::Unreadable => second,
        _ => comparison,
    };
    let comparison = match comparison.verdict {
        Verdict::Right => doubted(comparison, &target, claim, suspects),
        _ => comparison,
    };
    let diagnoses = match comparison.verdict {
        Verdict::Wrong => diagnose(&target, claim, suspects),
        _ => Vec::new(),
    };
    let reason = match comparison.verdict {
        Verdict::Wrong if diagnoses.is_empty() => {
            format!(
                "{}; no known mistake gives this {}",
                comparison.reason,
                kind_of(&target.value)
            )
        }
        _ => comparison.reason,
    };
    Ok(Check {
        claim: claim.clone(),
        computed: Some(target.value),
        verdict: comparison.verdict,
        reason,
        diagnoses,
        working: None,
        readings: Vec::new(),
    })
}

/// A claim that a sentence is true or false.
fn stated(statement: &Statement, claim: &Claim, suspects: &[Suspect]) -> Check {
    let mut check = Check {
        claim: claim.clone(),
        computed: None,
        verdict: Verdict::Undecided,
        reason: statement.because.clone(),
        diagnoses: Vec::new(),
        working: None,
        readings: statement.readings.clone(),
    };
    let Some(Value::Flag(claimed)) = claim.expected else {
        check.verdict = Verdict::Unreadable;
        check.reason = Comparison::unreadable(&Value::Flag(true), &claim.written).reason;
        return check;
    };
    let Some(answer) = statement.finding.answer() else {
        return check;
    };
    check.computed = Some(Value::Flag(answer));
    if answer == claimed {
        check.verdict = Verdict::Right;
    } else {
        let target = Target {
            key: statement.key.clone(),
            axis: None,
            value: Value::Flag(answer),
            basis: Basis::Exact,
        };
        check.verdict = Verdict::Wrong;
        check.diagnoses = diagnose(&target, claim, suspects);
    }
    check
}

/// A claim that is right only because the truth rounds to it, and is also the very number that a mistake gives, is
/// open: 1 for 0.7 may be a rounded answer, or 1 exactly.
fn doubted(
    comparison: Comparison,
    target: &Target,
    claim: &Claim,
    suspects: &[Suspect],
) -> Comparison {
    let Some(claimed) = &claim.expected else {
        return comparison;
    };
    let rounds = matches!(claim.tolerance, Tolerance::Exact | Tolerance::Digits(_));
    // To twelve digits, wherever the point stands: 2·10⁻³⁷ is not exactly 0.
    let exactly = |value: &Value| {
        let twelve = Tolerance::Relative(1e-12);
        compare(value, Basis::Rounded, claimed, twelve).verdict == Verdict::Right
    };
    let is_real = matches!(
        &target.value,
        Value::Real(_) | Value::Dims(_) if !exactly(&target.value)
    );
    if !rounds || !is_real || matches!(target.basis, Basis::Exact) {
        return comparison;
    }
    let mut own = suspects.iter().filter(|suspect| suspect.key == target.key);
    let found = own
        .find(|suspect| on_axis(&suspect.value, target.axis).is_some_and(|value| exactly(&value)));
    match found {
        None => comparison,
        Some(suspect) => Comparison {
            verdict: Verdict::Undecided,
            reason: format!(
                "{}, which it does; but it is also exactly the number that {} gives: write more digits",
                comparison.reason, suspect.title
            ),
        },
    }
}

/// The suspects that give the claimed value and not the true one.
fn diagnose(target: &Target, claim: &Claim, suspects: &[Suspect]) -> Vec<Diagnosis> {
    // A suspect's number is computed, however noisy the measured one is.
    let basis = match target.basis {
        Basis::Measured { .. } => Basis::Rounded,
        basis => basis,
    };
    let gives = |suspect: &Suspect, claimed: &Value| {
        let Some(value) = on_axis(&suspect.value, target.axis) else {
            return false;
        };
        value != target.value
            && compare(&value, basis, claimed, claim.tolerance).verdict == Verdict::Right
    };
    let mut found: Vec<Diagnosis> = Vec::new();
    for suspect in suspects.iter().filter(|suspect| suspect.key == target.key) {
        let matches = [&claim.expected, &claim.other]
            .into_iter()
            .flatten()
            .any(|claimed| gives(suspect, claimed));
        let known = found
            .iter()
            .any(|diagnosis| diagnosis.code == suspect.mistake.code);
        if matches && !known && found.len() < MOST_DIAGNOSES {
            found.push(Diagnosis {
                code: suspect.mistake.code.to_owned(),
                title: suspect.title.clone(),
                steps: suspect.steps.clone(),
            });
        }
    }
    found
}

/// The quantity with this key, or an axis of one: `size.h`, `output.1`.
fn find(report: &Report, key: &str) -> Option<Target> {
    if let Some(quantity) = report.quantity(key) {
        return Some(Target {
            key: key.to_owned(),
            axis: None,
            value: quantity.value.clone(),
            basis: quantity.basis,
        });
    }
    let (base, axis) = key.rsplit_once('.')?;
    let quantity = report.quantity(base)?;
    let Value::Dims(extents) = &quantity.value else {
        return None;
    };
    let axis = axis_number(axis, extents.len())?;
    Some(Target {
        key: base.to_owned(),
        axis: Some(axis),
        value: on_axis(&quantity.value, Some(axis))?,
        basis: quantity.basis,
    })
}

/// The place of an axis by its number or its letter: d, h, w for the last three, l for the only one.
fn axis_number(name: &str, axes: usize) -> Option<usize> {
    let from_end = match name {
        "w" => 1,
        "l" if axes == 1 => 1,
        "h" => 2,
        "d" => 3,
        _ => return name.parse().ok().filter(|axis| *axis < axes),
    };
    (axes <= 3).then(|| axes.checked_sub(from_end)).flatten()
}

fn on_axis(value: &Value, axis: Option<usize>) -> Option<Value> {
    match (value, axis) {
        (Value::Dims(extents), Some(axis)) => {
            extents.get(axis).map(|extent| Value::Dims(vec![*extent]))
        }
        // No axis is asked for, or a suspect has one number for all.
        _ => Some(value.clone()),
    }
}

/// A claim on a quantity that is not there: undecided where the report is partial, a wrong key otherwise.
fn not_computed(report: &Report, claim: &Claim) -> Result<Check, Fault> {
    match &report.status {
        Status::Partial(reasons) if claim.key == report.headline => Ok(Check {
            claim: claim.clone(),
            computed: None,
            verdict: Verdict::Undecided,
            reason: format!("it could not be computed: {}", reasons.join("; ")),
            diagnoses: Vec::new(),
            working: None,
            readings: Vec::new(),
        }),
        _ => Err(unknown_key(report, &claim.key)),
    }
}

fn unknown_key(report: &Report, key: &str) -> Fault {
    let quantities = report.quantities().map(|quantity| quantity.key.as_str());
    let statements = report.statements().map(|statement| statement.key.as_str());
    let keys: Vec<&str> = quantities.chain(statements).collect();
    Fault::new(
        "unknown-key",
        format!("`{}` has no quantity `{key}` to claim", report.question),
    )
    .did_you_mean(key, keys.iter().copied(), 0.8)
    .help(format!("the keys are: {}", keys.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Finding, Quantities, Quantity, Section};

    static OWN_STRIDE: Mistake = Mistake {
        code: "own-stride",
        title: "the layer's own stride counted in its jump",
        page: "",
    };
    static BACKWARDS: Mistake = Mistake {
        code: "backwards",
        title: "the recursion run backwards",
        page: "",
    };

    fn report() -> Report {
        let mut report = Report::new("receptive-field", "size");
        report.sections.push(Section::Quantities(Quantities {
            title: String::new(),
            quantities: vec![
                Quantity::exact("size", "size", Value::shape(&[112, 112])),
                Quantity::exact("parameters", "parameters", Value::from(26_848)),
            ],
        }));
        report
    }

    fn claim(key: &str, written: &str, expected: Option<Value>) -> Claim {
        Claim {
            key: key.to_owned(),
            written: written.to_owned(),
            expected,
            other: None,
            tolerance: Tolerance::Exact,
            working: Vec::new(),
        }
    }

    fn suspect(mistake: &'static Mistake, size: usize) -> Suspect {
        Suspect::new(mistake, "size", Value::shape(&[size, size]))
    }

    fn judged(claim: Claim, suspects: &[Suspect]) -> Result<Check, Fault> {
        let mut report = report();
        judge(&mut report, &[claim], suspects)?;
        Ok(report.checks.remove(0))
    }

    #[test]
    fn a_wrong_number_is_named_by_every_suspect_that_gives_it() -> Result<(), Fault> {
        let suspects = [suspect(&OWN_STRIDE, 125), suspect(&BACKWARDS, 114)];
        let check = judged(claim("size", "125", Some(Value::from(125))), &suspects)?;
        assert_eq!(check.verdict, Verdict::Wrong);
        assert_eq!(check.diagnoses.len(), 1);
        assert_eq!(check.diagnoses[0].code, "own-stride");
        Ok(())
    }

    #[test]
    fn a_suspect_that_gives_the_truth_here_names_nothing() -> Result<(), Fault> {
        let check = judged(
            claim("size", "36", Some(Value::from(36))),
            &[suspect(&OWN_STRIDE, 112)],
        )?;
        assert!(check.diagnoses.is_empty());
        assert!(check.reason.contains("no known mistake gives this number"));
        Ok(())
    }

    #[test]
    fn a_rounded_claim_that_a_mistake_gives_exactly_is_open() -> Result<(), Fault> {
        let mut report = Report::new("dropout-expectation", "expectation");
        report.sections.push(Section::Quantities(Quantities {
            title: String::new(),
            quantities: vec![Quantity {
                basis: Basis::Rounded,
                ..Quantity::exact("expectation", "expectation", Value::Real(0.7))
            }],
        }));
        let suspects = [Suspect {
            key: "expectation".into(),
            value: Value::Real(1.0),
            ..suspect(&BACKWARDS, 0)
        }];
        let claims = [
            claim("expectation", "1", Some(Value::from(1))),
            Claim {
                tolerance: Tolerance::Digits(1),
                ..claim("expectation", "0.7", Some(Value::Real(0.7)))
            },
        ];
        judge(&mut report, &claims, &suspects)?;
        assert_eq!(report.checks[0].verdict, Verdict::Undecided);
        assert!(report.checks[0].reason.contains("write more digits"));
        assert_eq!(report.checks[1].verdict, Verdict::Right);
        judge(&mut report, &claims[..1], &[])?;
        assert_eq!(report.checks[2].verdict, Verdict::Right);
        Ok(())
    }

    #[test]
    fn one_axis_is_claimed_by_letter_or_number() -> Result<(), Fault> {
        for key in ["size.h", "size.w", "size.0", "size.1"] {
            let right = judged(claim(key, "112", Some(Value::from(112))), &[])?;
            assert_eq!(right.verdict, Verdict::Right, "{key}");
            let wrong = judged(
                claim(key, "125", Some(Value::from(125))),
                &[suspect(&OWN_STRIDE, 125)],
            )?;
            assert_eq!(wrong.diagnoses.len(), 1, "{key}");
        }
        assert!(judged(claim("size.d", "112", Some(Value::from(112))), &[]).is_err());
        Ok(())
    }

    #[test]
    fn an_unknown_key_is_a_fault_that_lists_the_known_ones() {
        let fault = judged(claim("sise", "112", None), &[]).expect_err("there is no `sise`");
        assert_eq!(fault.code, "unknown-key");
        assert!(fault.help[0].contains("`size`"), "{:?}", fault.help);
        assert!(fault.help[1].contains("size, parameters"));
    }

    #[test]
    fn a_comma_is_read_both_ways() -> Result<(), Fault> {
        let mut both = claim("size", "112,112", Some(Value::from(112_112)));
        both.other = Some(Value::shape(&[112, 112]));
        assert_eq!(judged(both, &[])?.verdict, Verdict::Right);
        Ok(())
    }

    #[test]
    fn a_headline_that_a_partial_report_lacks_is_undecided() -> Result<(), Fault> {
        let mut report = Report::new("shape", "output");
        report.partial("`Mystery` is not known");
        judge(
            &mut report,
            &[claim("output", "5", Some(Value::from(5)))],
            &[],
        )?;
        assert_eq!(report.checks[0].verdict, Verdict::Undecided);
        Ok(())
    }

    #[test]
    fn a_sentence_is_judged_by_its_finding() -> Result<(), Fault> {
        let sentence = |finding| Statement::new("holds", "it holds", finding, "2 is above 1");
        let verdict = |finding, said: Option<bool>| -> Result<Check, Fault> {
            let mut report = Report::new("relu-demo", "holds");
            report
                .sections
                .push(Section::Statements(vec![sentence(finding)]));
            let claims = [claim("holds", "as written", said.map(Value::Flag))];
            judge(&mut report, &claims, &[])?;
            Ok(report.checks.remove(0))
        };
        for (finding, said, expected) in [
            (Finding::True, true, Verdict::Right),
            (Finding::True, false, Verdict::Wrong),
            (Finding::False, false, Verdict::Right),
            (Finding::False, true, Verdict::Wrong),
            (Finding::Open, true, Verdict::Undecided),
            (Finding::Arguable, false, Verdict::Undecided),
        ] {
            let check = verdict(finding, Some(said))?;
            assert_eq!(check.verdict, expected, "{finding:?}, {said}");
            assert_eq!(check.reason, "2 is above 1");
        }
        assert_eq!(verdict(Finding::True, None)?.verdict, Verdict::Unreadable);
        Ok(())
    }

    #[test]
    fn an_arguable_sentence_has_the_evidence_for_both_answers() -> Result<(), Fault> {
        let mut report = Report::new("descent-demo", "step");
        let both = Statement::arguable(
            "step",
            "a step a sample",
            "SGD has two meanings",
            "B = 1",
            "B > 1",
        );
        report.sections.push(Section::Statements(vec![both]));
        judge(
            &mut report,
            &[claim("step", "true", Some(Value::Flag(true)))],
            &[],
        )?;
        assert_eq!(report.checks[0].verdict, Verdict::Undecided);
        assert_eq!(report.checks[0].readings.len(), 2);
        Ok(())
    }

    #[test]
    fn what_cannot_be_read_is_not_wrong() -> Result<(), Fault> {
        let check = judged(claim("size", "about a hundred", None), &[])?;
        assert_eq!(check.verdict, Verdict::Unreadable);
        let check = judged(claim("size", "true", Some(Value::Flag(true))), &[])?;
        assert_eq!(check.verdict, Verdict::Unreadable);
        Ok(())
    }
}
