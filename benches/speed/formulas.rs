//! Reading, formulas and judging, without starting a process (but the sandbox's).

use criterion::Criterion;
use gradus::model::Model;
use gradus::questions::judge::{Suspect, judge};
use gradus::questions::receptive_field::ReceptiveField;
use gradus::questions::{Question, Setting, Subject};
use gradus::read::values::claim;
use gradus::report::{Claim, Report, Value};
use gradus::theory::effective::{Carried, expected};
use gradus::theory::{cost, field, shape};

use crate::models::{fixture, from_json, from_source};

/// An input as ResNet takes it.
pub(crate) const IMAGE: [usize; 4] = [1, 3, 224, 224];

/// Times them.
pub(crate) fn formulas(criterion: &mut Criterion) {
    reading(criterion);
    theory(criterion);
    judging(criterion);
}

fn reading(criterion: &mut Criterion) {
    let text = fixture("three_convolutions.json");
    let mut group = criterion.benchmark_group("reading");
    group.bench_function("JSON, three convolutions", |bencher| {
        bencher.iter(|| from_json(text.clone()));
    });
    group.bench_function("PyTorch source, three convolutions", |bencher| {
        bencher.iter(|| from_source("three_convolutions.py:cnn", &[1, 3, 1024, 1024]));
    });
    group.bench_function("PyTorch source, ResNet-50", |bencher| {
        bencher.iter(|| from_source("resnet50.py:ResNet50()", &IMAGE));
    });
    group.finish();
}

fn theory(criterion: &mut Criterion) {
    let small = from_json(fixture("three_convolutions.json"));
    let resnet = from_source("resnet50.py:ResNet50()", &IMAGE);
    let body = from_source("resnet18_body.py:body", &IMAGE);
    let mut group = criterion.benchmark_group("formula");
    for (name, model) in [("three convolutions", &small), ("ResNet-50", &resnet)] {
        group.bench_function(format!("shapes, {name}"), |bencher| {
            bencher.iter(|| shape::of_model(model));
        });
        let shapes = shape::of_model(model).expect("they fit");
        group.bench_function(format!("multiply-adds, {name}"), |bencher| {
            bencher.iter(|| cost::of_nodes(model, &shapes));
        });
        group.bench_function(format!("fields, {name}"), |bencher| {
            bencher.iter(|| field::of_model(model));
        });
    }
    let node = small.outputs[0].node;
    group.bench_function("one unit's field, three convolutions", |bencher| {
        bencher.iter(|| field::unit(&small, node, &[61, 61]));
    });
    let shapes = shape::of_model(&body).expect("they fit");
    let node = body.outputs[0].node;
    group.bench_function("expected effective field, ResNet-18's body", |bencher| {
        let shape = |port| shapes.at(port);
        bencher.iter(|| expected(&body, 2, node, shape, [3, 3], Carried::Squares));
    });
    group.finish();
}

/// A thousand claims on one report, with suspects that give some of them.
fn judging(criterion: &mut Criterion) {
    let claims: Vec<Claim> = (0..1000)
        .map(|size: u32| claim("size", &size.to_string()))
        .collect();
    let report = answered(from_json(fixture("three_convolutions.json")));
    let suspects: Vec<Suspect> = (ReceptiveField.mistakes().iter().zip(100..))
        .map(|(mistake, size)| Suspect::new(mistake, "size", Value::Count(size)))
        .collect();
    let mut group = criterion.benchmark_group("judging");
    group.bench_function("1000 claims", |bencher| {
        bencher.iter(|| {
            let mut report = report.clone();
            judge(&mut report, &claims, &suspects).map(|()| report)
        });
    });
    group.finish();
}

fn answered(model: Model) -> Report {
    let arguments = ReceptiveField
        .command()
        .get_matches_from(["receptive-field"]);
    let subject = Subject::Model(Box::new(model));
    let setting = Setting::default();
    let answer = ReceptiveField.answer(&arguments, &subject, &[], &setting);
    answer.expect("it has an answer")
}
