//! The answers to figures that another implementation gave, and the mistakes recomputed.

use serde_json::{Value as Json, json};

use super::Shape;
use crate::model::build::sequential;
use crate::model::{Fault, Layer, Model, Module, Node, NodeId, Weights, Work};
use crate::questions::{Question, Setting, Subject};
use crate::report::{Claim, Report, Status, Tolerance, Value, Verdict};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// The net of the sheet: three convolutions and two pools.
fn sheet() -> Result<Model, Fault> {
    let conv = |arguments: Json| ("Conv2d", arguments);
    let layers = [
        conv(json!({"in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding": 1})),
        ("MaxPool2d", json!({"kernel_size": 2})),
        conv(
            json!({"in_channels": 4, "out_channels": 16, "kernel_size": 5, "stride": 2, "padding": 2}),
        ),
        ("MaxPool2d", json!({"kernel_size": 2})),
        conv(
            json!({"in_channels": 16, "out_channels": 32, "kernel_size": 7, "dilation": 2, "padding": 3}),
        ),
    ];
    Ok(sequential(Some(&[1, 3, 1024, 1024]), &layers)?)
}

fn claim(key: &str, expected: Value) -> Claim {
    Claim {
        key: key.to_owned(),
        written: expected.to_string(),
        expected: Some(expected),
        other: None,
        tolerance: Tolerance::Exact,
        working: Vec::new(),
    }
}

fn answer(model: Model, claims: &[Claim]) -> Result<Report, Fault> {
    let arguments = Shape.command().get_matches_from(["shape"]);
    let subject = Subject::Model(Box::new(model));
    Shape.answer(&arguments, &subject, claims, &Setting::default())
}

fn value(report: &Report, key: &str) -> Option<Value> {
    report.quantity(key).map(|quantity| quantity.value.clone())
}

#[test]
fn the_sheets_net_has_its_figures() -> TestResult {
    let report = answer(sheet()?, &[])?;
    let count = |count: usize| Some(Value::from(count));
    assert_eq!(
        value(&report, "output"),
        Some(Value::shape(&[1, 32, 122, 122]))
    );
    assert_eq!(value(&report, "parameters"), count(26_848));
    assert_eq!(value(&report, "multiply_adds"), count(591_513_600));
    assert_eq!(value(&report, "flops"), count(1_183_027_200));
    assert_eq!(value(&report, "entries"), count(5));
    let steps = &report.quantity("output").ok_or("an output")?.steps;
    assert_eq!(
        steps[0],
        "0 (Conv2d): H, W: ⌊(1024 + 2·1 − 1·(3−1) − 1)/1⌋ + 1 = 1024"
    );
    Ok(())
}

#[test]
fn wrong_claims_get_their_mistake() -> TestResult {
    let shape = Value::shape;
    let cases = [
        (
            "output",
            shape(&[1, 32, 115, 115]),
            Some("padding-left-out"),
        ),
        (
            "output",
            shape(&[1, 32, 128, 128]),
            Some("size-without-dilation"),
        ),
        ("output", shape(&[32, 122, 122]), Some("batch-left-out")),
        ("output", shape(&[1, 122, 122, 32]), Some("channels-last")),
        ("output", shape(&[122, 122]), Some("channels-left-out")),
        ("output", shape(&[1, 32, 1018, 1018]), None),
        (
            "output.2",
            shape(&[1, 16, 254, 254]),
            Some("padding-left-out"),
        ),
        ("output.3", shape(&[1, 128, 128, 16]), Some("channels-last")),
        ("parameters", Value::from(26_796), Some("biases-left-out")),
        (
            "multiply_adds",
            Value::from(597_232_768),
            Some("bias-in-multiply-adds"),
        ),
        (
            "multiply_adds",
            Value::from(1_183_027_200),
            Some("flops-for-multiply-adds"),
        ),
        (
            "flops",
            Value::from(591_513_600),
            Some("multiply-adds-for-flops"),
        ),
    ];
    for (key, wrong, code) in cases {
        let written = wrong.to_string();
        let report = answer(sheet()?, &[claim(key, wrong)])?;
        let check = &report.checks[0];
        assert_eq!(check.verdict, Verdict::Wrong, "{key} {written}");
        let first = check.diagnoses.first().map(|found| found.code.as_str());
        assert_eq!(first, code, "{key} {written}");
    }
    Ok(())
}

#[test]
fn a_mistaken_sum_stands_beside_the_right_one() -> TestResult {
    let report = answer(
        sheet()?,
        &[claim("output", Value::shape(&[1, 32, 128, 128]))],
    )?;
    let steps = &report.checks[0].diagnoses[0].steps;
    assert_eq!(steps.len(), 1, "only the dilated layer differs");
    assert_eq!(steps[0].at, "4");
    assert_eq!(
        steps[0].mistaken,
        "H, W: ⌊(128 + 2·3 − 1·(7−1) − 1)/1⌋ + 1 = 128"
    );
    assert_eq!(
        steps[0].right,
        "H, W: ⌊(128 + 2·3 − 2·(7−1) − 1)/1⌋ + 1 = 122"
    );
    Ok(())
}

/// `nn.Linear(42, 128), nn.Sigmoid(), *[nn.Linear(128, 128), nn.Sigmoid()]*42, nn.Linear(128, 1)`.
fn repeated() -> Result<Model, Fault> {
    let mut model = sequential(
        Some(&[64, 42]),
        &[
            ("Linear", json!({"in_features": 42, "out_features": 128})),
            ("Sigmoid", json!({})),
            ("Linear", json!({"in_features": 128, "out_features": 128})),
            ("Sigmoid", json!({})),
        ],
    )?;
    let again = [model.nodes[3].clone(), model.nodes[4].clone()];
    for index in 0..82 {
        let mut node = again[index % 2].clone();
        node.name = format!("{}#{}", node.name, index / 2 + 2);
        node.inputs = vec![NodeId(model.nodes.len() - 1).port()];
        model.push(node);
    }
    let head = sequential(
        None,
        &[("Linear", json!({"in_features": 128, "out_features": 1}))],
    )?;
    let module = model.add_module(head.modules[0].clone());
    let last = NodeId(model.nodes.len() - 1).port();
    let output = model.push(Node {
        name: "86".to_owned(),
        work: Work::Call(module),
        inputs: vec![last],
        span: None,
    });
    model.outputs = vec![output];
    Ok(model)
}

#[test]
fn repeated_layers_are_counted_once() -> TestResult {
    let claims = [
        claim("parameters", Value::from(699_137)),
        claim("entries.Linear", Value::from(44)),
        claim("distinct_modules.Linear", Value::from(3)),
    ];
    let report = answer(repeated()?, &claims)?;
    assert_eq!(value(&report, "parameters"), Some(Value::from(22_145)));
    assert_eq!(
        report.checks[0].diagnoses[0].code,
        "repeated-layers-counted-anew"
    );
    assert_eq!(report.checks[1].verdict, Verdict::Right);
    assert_eq!(report.checks[2].verdict, Verdict::Right);
    Ok(())
}

#[test]
fn an_embedding_is_told_without_allocating_it() -> TestResult {
    let embedding = (
        "Embedding",
        json!({"num_embeddings": 42, "embedding_dim": 42000}),
    );
    let report = answer(sequential(Some(&[5, 6, 7, 8]), &[embedding])?, &[])?;
    assert_eq!(
        value(&report, "output"),
        Some(Value::shape(&[5, 6, 7, 8, 42000]))
    );
    assert_eq!(value(&report, "bytes"), Some(Value::from(282_240_000)));
    Ok(())
}

#[test]
fn claims_on_single_layers_are_judged() -> TestResult {
    let claims = [
        claim("output.2", Value::shape(&[1, 16, 256, 256])),
        claim("parameters.2", Value::from(1616)),
        claim("multiply_adds.0", Value::from(113_246_208)),
    ];
    let report = answer(sheet()?, &claims)?;
    for check in &report.checks {
        assert_eq!(check.verdict, Verdict::Right, "{}", check.claim.key);
    }
    assert!(answer(sheet()?, &[claim("output.9", Value::from(1))]).is_err());
    Ok(())
}

#[test]
fn an_unknown_layer_leaves_what_is_certain() -> TestResult {
    let mut model = sheet()?;
    let mystery = model.add_module(Module {
        paths: vec!["5".to_owned()],
        layer: Layer::Unknown {
            class: "Mystery".to_owned(),
        },
        weights: Weights::Own,
        frozen: Vec::new(),
        span: None,
    });
    let before = model.outputs[0];
    let output = model.push(Node {
        name: "5".to_owned(),
        work: Work::Call(mystery),
        inputs: vec![before],
        span: None,
    });
    model.outputs = vec![output];
    let claims = [
        claim("output", Value::shape(&[1, 32, 122, 122])),
        claim("output.4", Value::shape(&[1, 32, 122, 122])),
    ];
    let report = answer(model, &claims)?;
    assert!(matches!(report.status, Status::Partial(_)));
    assert_eq!(report.checks[0].verdict, Verdict::Undecided);
    assert_eq!(report.checks[1].verdict, Verdict::Right);
    Ok(())
}

#[test]
fn a_written_working_is_followed_to_its_first_slip() -> TestResult {
    let follow = |sizes: &[usize]| -> Result<_, Box<dyn std::error::Error>> {
        let mut claim = claim("output", Value::shape(&[1, 32, 122, 122]));
        claim.working = sizes.iter().map(|&size| Value::from(size)).collect();
        let report = answer(sheet()?, &[claim])?;
        Ok(report.checks[0].working.clone().ok_or("a working")?)
    };
    // Every layer, or only those that change the size; with the input or without.
    for right in [
        &[1024, 512, 256, 128, 122][..],
        &[1024, 1024, 512, 256, 128, 122],
        &[512, 256, 128, 122],
    ] {
        assert_eq!(follow(right)?.first_wrong, None, "{right:?}");
    }
    let wrong = follow(&[1024, 512, 254, 127, 121])?;
    assert_eq!((wrong.first_wrong, wrong.at.as_str()), (Some(3), "2"));
    assert_eq!(wrong.truth, Some(Value::from(256)));
    assert_eq!(wrong.rest_follows, Some(true));
    assert_eq!(wrong.diagnoses[0].code, "padding-left-out");
    assert_eq!(follow(&[512, 250, 125, 119])?.diagnoses, []);
    assert_eq!(follow(&[512, 254, 120, 100])?.rest_follows, Some(false));
    Ok(())
}

#[test]
fn the_measurement_is_reduced_and_agrees() -> TestResult {
    let report = answer(sheet()?, &[])?;
    let witness = &report.witnesses[0];
    assert_eq!(
        witness.agreement,
        crate::report::Agreement::Agree,
        "{}",
        witness.lab
    );
    assert!(
        witness
            .lab
            .contains("the same for all nodes, measured on 1×3×128×64 (a reduced size)"),
        "{}",
        witness.lab
    );
    Ok(())
}

/// Weights that take much memory cannot be reduced: the measurement goes as far as they allow.
#[test]
fn the_measurement_goes_as_far_as_the_weights_allow() -> TestResult {
    let layers = [
        (
            "Conv2d",
            json!({"in_channels": 3, "out_channels": 8, "kernel_size": 3, "padding": 1}),
        ),
        ("AdaptiveAvgPool2d", json!({"output_size": 7})),
        ("Flatten", json!({})),
        (
            "Linear",
            json!({"in_features": 392, "out_features": 1_000_000}),
        ),
    ];
    let report = answer(sequential(Some(&[1, 3, 64, 64]), &layers)?, &[])?;
    let lab = &report.witnesses[0].lab;
    assert_eq!(
        lab,
        "the same for the first 4 of 5 nodes, measured on 1×3×64×64 (full size)"
    );
    Ok(())
}
