//! How long answers take: whole processes, and how the time grows with the number of layers.
//!
//! `cargo bench` runs everything, `cargo bench -- process` the whole processes alone. `docs/benchmarks.md` has the
//! figures beside those of other programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use gradus::lab::support::{Limit, measure};
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
    growth(&mut criterion);
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
