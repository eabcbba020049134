//! Whole processes, from start to exit: every subcommand.

use criterion::Criterion;
use gradus::questions::QUESTIONS;

use crate::models::gradus;

/// What is run. A benchmark's name is its arguments.
pub(crate) const PROCESSES: &[&str] = &[
    "--version",
    "questions",
    "explain own-stride",
    "schema report",
    "completions bash",
    "shape fixtures/models/three_convolutions.json",
    "shape fixtures/models/three_convolutions.py:cnn",
    "shape fixtures/models/three_convolutions.ipynb",
    "shape fixtures/models/resnet50.py:ResNet50() --input 1x3x224x224",
    "receptive-field fixtures/models/three_convolutions.json",
    "receptive-field fixtures/models/three_convolutions.json --expect 125 --exit-zero",
    "receptive-field fixtures/models/three_convolutions.py:cnn",
    "receptive-field fixtures/models/resnet18_body.py:body --input 1x3x224x224",
    "receptive-field --compare-growth",
    "grad-check fixtures/grad_check/affine_right.py",
    "grad-check benches/peers/two_layers.py:network(64,50,100) --draws 1",
    "residual-demo",
    "dropout-expectation --p 0.3",
    "dropout-expectation --p 0.3 --draws 1e8",
    "dropout-placement",
    "loss-demo",
    "vanishing-demo --steps 0",
    "vanishing-demo --steps 200",
    "vanishing-demo --compare",
    "relu-demo",
    "descent-demo",
    "batch-size-demo",
    "ravine-demo",
    "implicit-demo",
    "embedding-demo",
    "tbptt-demo",
    "attention-demo",
    "vae-demo",
    "gan-demo",
    "gcn-demo",
    "engine-check",
    "check fixtures/assignments/networks.toml",
    "check fixtures/assignments/networks.toml fixtures/submissions",
    "check fixtures/assignments/gradients.toml fixtures/submissions-code/ann",
    "check fixtures/assignments/summary-sheet.toml",
    "assignment draft fixtures/submissions-sheet/whole-sheet.ipynb",
    "run fixtures/run/affine.py",
    "run fixtures/run/training.py",
];

/// Times them.
pub(crate) fn processes(criterion: &mut Criterion) {
    for question in QUESTIONS {
        let name = question.name();
        let asked = |line: &&str| line.split(' ').next() == Some(name);
        assert!(PROCESSES.iter().any(asked), "no benchmark runs `{name}`");
    }
    let mut group = criterion.benchmark_group("process");
    for line in PROCESSES {
        group.bench_function(*line, |bencher| bencher.iter(|| gradus(line.split(' '))));
    }
    group.finish();
}
