//! How long answers take: whole processes, and how the time grows with the number of layers.
//!
//! `cargo bench` runs everything, `cargo bench -- process` the whole processes alone. `docs/benchmarks.md` has the
//! figures beside those of other programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use gradus::lab::differences::{Differences, Options};
use gradus::lab::dropout::{Bench, Mask, threads};
use gradus::lab::ops::Unary;
use gradus::lab::random::Stream;
use gradus::lab::support::{Limit, measure};
use gradus::lab::{Array, LabError, Program, Value};
use gradus::model::{Model, Source};
use gradus::read::json;
use gradus::theory::{field, shape};

/// The networks that are asked about.
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/models");

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    processes(&mut criterion);
    receptive_field(&mut criterion);
    dropout(&mut criterion);
    growth(&mut criterion);
    differences(&mut criterion);
    criterion.final_summary();
}

/// Runs the command to its end; its answer goes nowhere.
fn gradus(arguments: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_gradus"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let status = status.expect("the command can be started");
    assert!(status.success(), "gradus {arguments:?} exits with {status}");
}

/// Whole processes, from start to exit.
fn processes(criterion: &mut Criterion) {
    let json = format!("{FIXTURES}/three_convolutions.json");
    let source = format!("{FIXTURES}/three_convolutions.py:cnn");
    let class = format!("{FIXTURES}/resnet50.py:ResNet50()");
    let mut group = criterion.benchmark_group("process");
    let cases: [(&str, &[&str]); 9] = [
        ("version", &["--version"]),
        (
            "gradients by layer of the 42-block network",
            &["vanishing-demo", "--steps", "0"],
        ),
        ("the same, and 200 steps of training", &["vanishing-demo"]),
        ("layer table, JSON model", &["shape", &json]),
        (
            "layer table, PyTorch source that calls the net on 1024²",
            &["shape", &source],
        ),
        ("receptive field, JSON model", &["receptive-field", &json]),
        (
            "receptive field, PyTorch source",
            &["receptive-field", &source],
        ),
        (
            "layer table, ResNet-50",
            &["shape", &class, "--input", "1x3x224x224"],
        ),
        (
            "a wrong claim and its mistake",
            &["receptive-field", &json, "--expect", "125", "--exit-zero"],
        ),
    ];
    for (name, arguments) in cases {
        group.bench_function(name, |bencher| bencher.iter(|| gradus(arguments)));
    }
    group.finish();
}

/// Draws of a dropped activation and of a linear unit, on every core, and a whole process.
fn dropout(criterion: &mut Criterion) {
    const DRAWS: u64 = 10_000_000;
    let bench = Bench {
        draws: DRAWS,
        threads: threads(),
        done: &|_| {},
    };
    let masks = [Mask::new(Stream::new(77), 0.3)];
    let mut group = criterion.benchmark_group("dropout");
    group.sample_size(10);
    group.throughput(Throughput::Elements(DRAWS));
    group.bench_function("an activation", |bencher| {
        bencher.iter(|| bench.unit(&masks, (1.7, 0.0), (0, 1)));
    });
    group.bench_function("a linear unit of 8 inputs", |bencher| {
        bencher.iter(|| bench.sum(&masks, &[0.5; 8], |sum| sum));
    });
    group.bench_function("process, 1e8 draws", |bencher| {
        bencher.iter(|| gradus(&["dropout-expectation", "--p", "0.3", "--draws", "1e8"]));
    });
    group.finish();
}

/// Formula and measurement of one net at 1024², without starting a process.
fn receptive_field(criterion: &mut Criterion) {
    let text = std::fs::read_to_string(Path::new(FIXTURES).join("three_convolutions.json"));
    let model = read(text.expect("the fixture is there"));
    let node = model.outputs[0].node;
    let mut group = criterion.benchmark_group("receptive field");
    group.bench_function("formula, every layer", |bencher| {
        bencher.iter(|| field::of_model(&model));
    });
    group.bench_function("formula, one unit", |bencher| {
        bencher.iter(|| field::unit(&model, node, &[61, 61]));
    });
    group.bench_function("measurement, one unit", |bencher| {
        bencher.iter(|| measure(&model, node, &[61, 61], Limit::of_bytes(1 << 30)));
    });
    group.finish();
}

/// The same net with 10³, 10⁴ and 10⁵ layers.
fn growth(criterion: &mut Criterion) {
    let folder = std::env::temp_dir().join(format!("gradus-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the models");
    let mut group = criterion.benchmark_group("growth");
    group.sample_size(10);
    for layers in [1_000_usize, 10_000, 100_000] {
        let text = convolutions(layers);
        let path: PathBuf = folder.join(format!("{layers}.json"));
        std::fs::write(&path, &text).expect("the model can be written");
        let path = path.to_string_lossy().into_owned();
        let model = read(text.clone());
        group.throughput(Throughput::Elements(layers as u64));
        group.bench_function(BenchmarkId::new("reading", layers), |bencher| {
            bencher.iter(|| read(text.clone()));
        });
        group.bench_function(BenchmarkId::new("shapes", layers), |bencher| {
            bencher.iter(|| shape::of_model(&model));
        });
        group.bench_function(BenchmarkId::new("fields", layers), |bencher| {
            bencher.iter(|| field::of_model(&model));
        });
        group.bench_function(BenchmarkId::new("process, shape", layers), |bencher| {
            bencher.iter(|| gradus(&["shape", &path, "--json"]));
        });
        group.bench_function(
            BenchmarkId::new("process, receptive field", layers),
            |bencher| {
                bencher.iter(|| gradus(&["receptive-field", &path, "--json"]));
            },
        );
    }
    group.finish();
    std::fs::remove_dir_all(&folder).expect("the folder is still there");
}

fn read(text: String) -> Model {
    let name = "bench.json".to_owned();
    json::model(&Source { name, text }, None).expect("the model can be read")
}

fn convolutions(layers: usize) -> String {
    let layer = r#"{"type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 3, "padding": 1}"#;
    let layers = vec![layer; layers].join(",\n");
    format!(r#"{{"input": [1, 4, 64, 64], "layers": [{layers}]}}"#)
}

/// Central differences of every parameter of a two-layer network, as `peers/gradcheck.py` has them.
fn differences(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("differences");
    group.sample_size(10);
    for (hidden, features) in [(64, 50), (300, 100)] {
        let (program, inputs) = network(100, features, hidden).expect("the network can be built");
        let count: usize = inputs.iter().map(|input| input.data.len()).sum();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("every entry", count), |bencher| {
            bencher.iter(|| every_entry(&program, &inputs).expect("they can be measured"));
        });
    }
    group.finish();
}

fn every_entry(program: &Program, inputs: &[Array]) -> Result<usize, LabError> {
    let upstream = [Array::new(&[], vec![1.0])];
    let differences = Differences::new(program, inputs, &upstream)?;
    let mut kinks = 0;
    for input in 0..inputs.len() {
        kinks += differences.of(input, &Options::default())?.kinks.len();
    }
    Ok(kinks)
}

/// tanh(X·W1ᵀ + b1)·W2ᵀ + b2, a sigmoid, cross-entropy, and weight decay on both matrices.
fn network(
    samples: usize,
    features: usize,
    hidden: usize,
) -> Result<(Program, Vec<Array>), LabError> {
    let draw = |tag: u64, dims: &[usize], scale: f64| {
        let count: usize = dims.iter().product();
        let stream = Stream::new(tag);
        let data = (0..count as u64).map(|place| scale * stream.normal(place));
        Array::new(dims, data.collect())
    };
    let inputs = vec![
        draw(1, &[hidden, features], 0.2),
        draw(2, &[hidden], 0.2),
        draw(3, &[1, hidden], 0.2),
        draw(4, &[1], 0.2),
    ];
    let mut labels = draw(6, &[samples, 1], 1.0);
    for label in &mut labels.data {
        *label = f64::from(u8::from(*label > 0.0));
    }
    let x = Value::constant(draw(5, &[samples, features], 1.0).to_tensor()?);
    let y = Value::constant(labels.to_tensor()?);
    let mut leaves = Vec::new();
    for (name, input) in ["W1", "b1", "W2", "b2"].into_iter().zip(&inputs) {
        leaves.push((name.to_owned(), Value::leaf(input.to_tensor()?)));
    }
    let [(_, w1), (_, b1), (_, w2), (_, b2)] = leaves.as_slice() else {
        return Err(LabError::shape("network", "four parameters"));
    };
    let hidden = x.matmul(&w1.transposed()?)?.add(b1)?.unary(Unary::Tanh)?;
    let yh = hidden
        .matmul(&w2.transposed()?)?
        .add(b2)?
        .unary(Unary::Sigmoid)?;
    let right = y.mul(&yh.unary(Unary::Log)?)?;
    let wrong = y
        .affine(-1.0, 1.0)?
        .mul(&yh.affine(-1.0, 1.0)?.unary(Unary::Log)?)?;
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let mean = -1.0 / samples as f64;
    let loss = right.add(&wrong)?.sum(&[0, 1], false)?.affine(mean, 0.0)?;
    let decay = |w: &Value| w.power(2.0)?.sum(&[0, 1], false);
    let decay = decay(w1)?.add(&decay(w2)?)?.affine(0.05, 0.0)?;
    let program = Program::capture(&leaves, &[loss.add(&decay)?])?;
    Ok((program, inputs))
}
