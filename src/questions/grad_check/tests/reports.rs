//! Whole reports: reference figures, verdicts, exit-deciding checks, weak tests, points that decide nothing.

use serde_json::Value as Json;

use super::studies::{Formula, From::Normal, Function, study, study_of};
use super::tensor::T;
use super::{Outcome, small};
use crate::lab::ops::{Kind, Op, Unary};
use crate::lab::{Array, Program, Value};
use crate::model::Fault;
use crate::questions::Setting;
use crate::questions::grad_check::case::Case;
use crate::questions::grad_check::numbers::norm;
use crate::questions::grad_check::{Arguments, Upstream, of_study};
use crate::report::{Claim, Report, Section, Status, Tolerance, Value as Cell, Verdict};
use crate::torch::study::{Claimed, Given, Study};

fn affine() -> &'static Function {
    &small::FUNCTIONS[0]
}

const RIGHT: [Formula; 3] = [
    ("X", "", |v, g| g.mm(&v[1]) * 0.5),
    ("W", "", |v, g| g.t().mm(&v[0]) * 0.5),
    ("b", "", |_, g| g.sum(&[0])),
];
const UNSUMMED: Formula = ("b", "unsummed", |_, g| g.clone());

fn report(study: &Study, arguments: &Arguments, claims: &[Claim]) -> Result<Report, Fault> {
    let mut report = Report::new("grad-check", "verdict");
    of_study(&mut report, study, arguments, claims, &Setting::default())?;
    Ok(report)
}

fn plain(study: &Study) -> Result<Report, Fault> {
    report(study, &Arguments::default(), &[])
}

fn word(report: &Report, key: &str) -> String {
    report
        .quantity(key)
        .map(|quantity| quantity.value.to_string())
        .unwrap_or_default()
}

fn expects(key: &str, value: &str) -> Claim {
    Claim {
        key: key.to_owned(),
        written: value.to_owned(),
        expected: Some(Cell::name(value)),
        other: None,
        tolerance: Tolerance::Exact,
        working: Vec::new(),
    }
}

fn noted(report: &Report, code: &str) -> bool {
    report
        .sections
        .iter()
        .any(|section| matches!(section, Section::Note(note) if note.code == code))
}

#[test]
fn right_claims_make_right_checks_and_the_verdict() -> Outcome {
    let report = plain(&study(affine(), &RIGHT)?)?;
    assert_eq!(word(&report, "verdict"), "right");
    assert_eq!(report.checks.len(), 3);
    assert_eq!(report.verdict(), Some(Verdict::Right));
    assert!(!report.disagrees());
    assert_eq!(word(&report, "W.shape"), "3×4");
    Ok(())
}

#[test]
fn without_claims_there_is_the_truth_and_no_verdict() -> Outcome {
    let report = plain(&study(affine(), &[])?)?;
    assert!(report.quantity("verdict").is_none());
    assert!(report.checks.is_empty());
    let norm = report.quantity("b.norm").ok_or("the norm is told")?;
    assert!(
        norm.steps.iter().any(|line| line.starts_with('[')),
        "{:?}",
        norm.steps
    );
    Ok(())
}

#[test]
fn a_claim_on_the_verdict_decides_alone() -> Outcome {
    let study = study(affine(), &[RIGHT[0], RIGHT[1], UNSUMMED])?;
    let report = report(
        &study,
        &Arguments::default(),
        &[expects("verdict", "wrong")],
    )?;
    assert_eq!(report.checks.len(), 1);
    assert_eq!(report.verdict(), Some(Verdict::Right));
    assert_eq!(word(&report, "b.verdict"), "wrong");
    assert_eq!(word(&report, "b.given"), "6×3");
    Ok(())
}

#[test]
fn a_weak_test_passes_what_is_wrong() -> Outcome {
    let ones = |only: &[&str]| Arguments {
        upstream: Upstream::Ones,
        only: only.iter().map(|name| (*name).to_owned()).collect(),
        ..Arguments::default()
    };
    let unsummed = study(affine(), &[RIGHT[0], RIGHT[1], UNSUMMED])?;
    let found = report(&unsummed, &ones(&["W", "b"]), &[])?;
    assert_eq!(
        (word(&found, "weak_test"), word(&found, "verdict")),
        ("true".into(), "wrong".into())
    );
    let mut absent = study(affine(), &RIGHT)?;
    for draw in &mut absent.draws {
        draw.claims[0].given = Given::Absent;
    }
    let found = report(&absent, &ones(&["W", "db"]), &[])?;
    assert_eq!(
        (word(&found, "weak_test"), word(&found, "verdict")),
        ("true".into(), "wrong".into())
    );
    assert_eq!(word(&found, "X.verdict"), "absent");
    let found = report(&absent, &ones(&[]), &[])?;
    assert_eq!(word(&found, "weak_test"), "false");
    let found = report(&study(affine(), &RIGHT)?, &ones(&[]), &[])?;
    assert_eq!(
        (word(&found, "weak_test"), word(&found, "verdict")),
        ("false".into(), "right".into())
    );
    Ok(())
}

#[test]
fn an_unknown_input_is_a_fault_with_the_near_one() -> Outcome {
    let arguments = Arguments {
        only: vec!["Xx".to_owned()],
        ..Arguments::default()
    };
    let fault = report(&study(affine(), &RIGHT)?, &arguments, &[]).expect_err("there is no Xx");
    assert_eq!(fault.code, "unknown-input");
    assert!(fault.help[0].contains("`X`"), "{:?}", fault.help);
    Ok(())
}

#[test]
fn a_claim_may_be_called_as_gradients_are() -> Outcome {
    let mut study = study(affine(), &RIGHT)?;
    for draw in &mut study.draws {
        "dX".clone_into(&mut draw.claims[0].input);
        "W.grad".clone_into(&mut draw.claims[1].input);
    }
    let found = plain(&study)?;
    assert_eq!(
        (found.checks.len(), word(&found, "verdict")),
        (3, "right".into())
    );
    for draw in &mut study.draws {
        "Wx".clone_into(&mut draw.claims[1].input);
    }
    assert_eq!(
        plain(&study).expect_err("there is no Wx").code,
        "unknown-input"
    );
    Ok(())
}

/// A study of one draw with these numbers.
fn at(
    function: &Function,
    claims: &[Formula],
    inputs: Vec<Array>,
) -> Result<Study, Box<dyn std::error::Error>> {
    let mut found = study(function, &[])?;
    let ones = |dims: &[usize]| Array::new(dims, vec![0.7; dims.iter().product()]);
    found.draws = vec![study_of(function, claims, inputs, ones)?];
    Ok(found)
}

#[test]
fn a_kink_decides_nothing() -> Outcome {
    let relu = Function {
        name: "relu",
        inputs: &[("x", &[3], Normal)],
        forward: |v| v[0].f(Unary::Relu),
        claims: &[],
    };
    let claim: Formula = ("x", "", |v, g| g * v[0].positive());
    let report = plain(&at(
        &relu,
        &[claim],
        vec![Array::new(&[3], vec![1.0, 0.0, -2.0])],
    )?)?;
    assert_eq!(word(&report, "x.verdict"), "undecided");
    assert_eq!(report.verdict(), Some(Verdict::Undecided));
    assert!(matches!(report.status, Status::Partial(_)));
    assert!(!report.disagrees());
    Ok(())
}

#[test]
fn outside_the_domain_nothing_is_decided() -> Outcome {
    let log = Function {
        name: "log",
        inputs: &[("x", &[3], Normal)],
        forward: |v| v[0].log().mean(),
        claims: &[],
    };
    let claim: Formula = ("x", "", |v, g| g / &v[0] / 3.0);
    let report = plain(&at(
        &log,
        &[claim],
        vec![Array::new(&[3], vec![1.0, -0.5, 2.0])],
    )?)?;
    assert_eq!(word(&report, "verdict"), "undecided");
    let Status::Partial(reasons) = &report.status else {
        return Err("the report is partial".into());
    };
    assert!(reasons[0].contains("log"), "{reasons:?}");
    Ok(())
}

#[test]
fn what_is_detached_is_a_constant() -> Outcome {
    let detached = Function {
        name: "detached",
        inputs: &[("x", &[4], Normal)],
        forward: |v| v[0].op(Op::Detach) * &v[0],
        claims: &[],
    };
    let claim: Formula = ("x", "", |v, g| g * &v[0]);
    let report = plain(&study(&detached, &[claim])?)?;
    assert_eq!(word(&report, "verdict"), "right");
    assert!(!report.disagrees());
    Ok(())
}

#[test]
fn float32_numbers_are_judged_as_such() -> Outcome {
    let mut study = study(affine(), &[RIGHT[1]])?;
    study.draws.truncate(1);
    let case = Case::new(&study.draws[0])?;
    let mut numbers = case.truth(1, false)?;
    for x in &mut numbers.data {
        #[expect(clippy::cast_possible_truncation, reason = "a float32 is meant")]
        let rounded = *x as f32;
        *x = f64::from(rounded);
    }
    numbers.kind = Kind::F32;
    let constant = |numbers: &Array| -> Result<Claimed, Box<dyn std::error::Error>> {
        let value = Value::constant(numbers.to_tensor()?);
        Ok(Claimed {
            input: "W".to_owned(),
            written: "dW".to_owned(),
            given: Given::Gradient(Program::capture(&[], &[value])?),
        })
    };
    let right = constant(&numbers)?;
    for x in &mut numbers.data {
        *x *= 2.0;
    }
    let wrong = constant(&numbers)?;
    study.draws[0].claims = vec![right];
    assert_eq!(word(&plain(&study)?, "W.verdict"), "right");
    study.draws[0].claims = vec![wrong];
    let report = plain(&study)?;
    assert_eq!(report.checks[0].diagnoses[0].code, "factor-missing");
    Ok(())
}

#[test]
fn a_reference_is_compared_in_values_and_gradients() -> Outcome {
    let mut found = study(affine(), &[])?;
    for draw in &mut found.draws {
        draw.reference = Some(draw.forward.clone());
    }
    let report = plain(&found)?;
    assert_eq!(
        (word(&report, "reference.verdict"), report.verdict()),
        ("right".into(), Some(Verdict::Right))
    );
    let doubled = Function {
        forward: |v| v[0].mm(&v[1].t()) + &v[2],
        ..*affine()
    };
    let other = study(&doubled, &[])?;
    for (draw, other) in found.draws.iter_mut().zip(&other.draws) {
        draw.reference = Some(other.forward.clone());
    }
    assert_eq!(plain(&found)?.verdict(), Some(Verdict::Wrong));
    Ok(())
}

#[test]
fn a_cross_entropy_without_a_sigmoid_is_told() -> Outcome {
    let function = super::networks::FUNCTIONS
        .iter()
        .find(|function| function.inputs.len() == 5);
    let function = function.ok_or("the sheet's network is among the functions")?;
    let right: Vec<Formula> = function
        .claims
        .iter()
        .filter(|claim| claim.1.is_empty())
        .copied()
        .collect();
    let report = plain(&study(function, &right)?)?;
    assert_eq!(word(&report, "verdict"), "right");
    assert!(noted(&report, "no-sigmoid"));
    let share: f64 = word(&report, "outside").parse()?;
    assert!((0.3..0.99).contains(&share), "{share}");
    let table = report.sections.iter().find_map(|section| match section {
        Section::Table(table) if table.key == "sigmoid_head" => Some(table),
        _ => None,
    });
    let rows = &table.ok_or("the sigmoid head is answered for")?.rows;
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().all(|row| row[2] == Some(Cell::name("wrong"))));
    Ok(())
}

#[test]
fn a_failed_claim_is_wrong_with_its_reason() -> Outcome {
    let mut study = study(affine(), &RIGHT)?;
    for draw in &mut study.draws {
        draw.claims[1].given = Given::Failed(Fault::new("type-error", "it returns a string"));
    }
    let report = plain(&study)?;
    assert_eq!(word(&report, "verdict"), "wrong");
    assert!(report.checks[1].reason.contains("a string"));
    Ok(())
}

/// The network of `fixtures/reference/gradients.json` at its point.
#[expect(clippy::many_single_char_names, reason = "the sheet's own names")]
fn network(
    activation: Unary,
    sigmoid: bool,
    [n, d, h]: [usize; 3],
) -> Result<(Program, Vec<Array>), Box<dyn std::error::Error>> {
    let table = |dims: &[usize], f: &dyn Fn(f64, f64) -> f64| {
        let columns = dims.last().copied().unwrap_or(1);
        let rows = dims.iter().product::<usize>() / columns;
        let mut data = Vec::new();
        for i in 0..rows {
            for j in 0..columns {
                data.push(f(real(i), real(j)));
            }
        }
        Array::new(dims, data)
    };
    let inputs = vec![
        table(&[n, d], &|i, j| (i + 2.0 * j).sin()),
        table(&[h, d], &|o, j| 0.3 * (2.0 * o - j).cos()),
        table(&[h], &|_, o| 0.1 * (o + 1.0).sin()),
        table(&[1, h], &|_, o| 0.2 / real(h) * (3.0 * o).cos()),
        table(&[1], &|_, _| 0.5),
    ];
    let labels: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i % 3 == 0))).collect();
    let y = T::constant(&[n, 1], &labels);
    let mut v = Vec::new();
    for input in &inputs {
        v.push(T(Value::leaf(input.to_tensor()?)));
    }
    let p = (v[0].mm(&v[1].t()) + &v[2]).f(activation).mm(&v[3].t()) + &v[4];
    let p = if sigmoid { p.sigmoid() } else { p };
    let entropy = -(&y * p.log() + y.rest() * p.rest().log()).mean();
    let loss = entropy + (v[1].square().total() + v[3].square().total()) * 0.05;
    let called = ["X", "W1", "b1", "W2", "b2"].map(str::to_owned);
    let named: Vec<(String, Value)> = called
        .into_iter()
        .zip(v.iter().map(|t| t.0.clone()))
        .collect();
    Ok((Program::capture(&named, &[loss.0])?, inputs))
}

#[expect(clippy::cast_precision_loss, reason = "an index")]
fn real(index: usize) -> f64 {
    index as f64
}

#[test]
fn the_networks_of_the_reference_have_its_gradients() -> Outcome {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/reference/gradients.json"
    );
    let reference: Json = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let cases = reference["network"]["cases"]
        .as_object()
        .ok_or("there are cases")?;
    assert_eq!(cases.len(), 9);
    for (name, case) in cases {
        let sizes = if name.starts_with("N6") {
            [6, 4, 3]
        } else {
            [100, 50, 64]
        };
        let activation = match name.split('_').nth(3) {
            Some("tanh") => Unary::Tanh,
            Some("sigmoid") => Unary::Sigmoid,
            _ => Unary::Relu,
        };
        let (forward, inputs) = network(activation, name.ends_with("head-sigmoid"), sizes)?;
        let mut found = study(affine(), &[])?;
        found.draws.truncate(1);
        let draw = &mut found.draws[0];
        (draw.forward, draw.inputs) = (forward, inputs);
        draw.upstream = vec![Array::new(&[], vec![1.0])];
        let point = Case::new(&found.draws[0])?;
        for (input, key) in ["X", "W1", "b1", "W2", "b2"].into_iter().enumerate() {
            let gradient = point.truth(input, false)?;
            let wanted = case["grad_fro"][key].as_f64().ok_or("there is a norm")?;
            assert!(
                (norm(&gradient) - wanted).abs() <= 1e-10 * wanted,
                "{name} {key}"
            );
            let entries: Vec<f64> = flat(&case["grads"][key]);
            for (got, wanted) in gradient.data.iter().zip(&entries) {
                assert!(
                    (got - wanted).abs() <= 1e-10 * norm(&gradient),
                    "{name} {key}"
                );
            }
        }
    }
    Ok(())
}

fn flat(json: &Json) -> Vec<f64> {
    match json {
        Json::Array(list) => list.iter().flat_map(flat).collect(),
        other => other.as_f64().into_iter().collect(),
    }
}

#[test]
fn a_rounded_constant_is_hinted_at() -> Outcome {
    let claim: Formula = ("W", "constant-factor", |v, g| g.t().mm(&v[0]) * 0.4999);
    let report = plain(&study(affine(), &[claim])?)?;
    assert_eq!(word(&report, "W.verdict"), "wrong");
    assert!(
        report.checks[0].reason.contains("--tolerance"),
        "{}",
        report.checks[0].reason
    );
    let arguments = Arguments {
        tolerance: Some(1e-3),
        ..Arguments::default()
    };
    let report = super::reports::report(&study(affine(), &[claim])?, &arguments, &[])?;
    assert_eq!(word(&report, "W.verdict"), "right");
    Ok(())
}
