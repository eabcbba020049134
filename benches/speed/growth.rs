//! How the time grows with the layers, nodes, draws and seeds.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use gradus::model::{Graph, GraphOperator};
use gradus::theory::gcn::{Change, Operator};
use gradus::theory::{field, shape};

use crate::lab::{features, random_graph};
use crate::models::{TEMPORARY, convolutions, from_json, gradus};

/// The name of the benchmarks' group.
pub(crate) const GROUP: &str = "growth";

/// A job at several sizes.
pub(crate) struct Line {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it is a size of.
    pub(crate) unit: &'static str,
    /// The sizes, ascending.
    pub(crate) sizes: &'static [u32],
    /// Prepares it at a size.
    prepare: fn(u32) -> Box<dyn FnMut()>,
}

const LAYERS: &[u32] = &[100, 1_000, 10_000, 100_000];
const NODES: &[u32] = &[1_000, 10_000, 100_000, 1_000_000];
const DRAWS: &[u32] = &[1_000_000, 10_000_000, 100_000_000, 1_000_000_000];
const SEEDS: &[u32] = &[10, 100, 1_000];

/// Functions of the library.
pub(crate) const FUNCTIONS: &[Line] = &[
    Line {
        name: "reading a JSON model",
        unit: "layers",
        sizes: LAYERS,
        prepare: |layers| {
            let text = convolutions(layers as usize);
            Box::new(move || drop(from_json(text.clone())))
        },
    },
    Line {
        name: "formula of the shapes",
        unit: "layers",
        sizes: LAYERS,
        prepare: |layers| {
            let model = from_json(convolutions(layers as usize));
            Box::new(move || drop(shape::of_model(&model)))
        },
    },
    Line {
        name: "formula of the fields",
        unit: "layers",
        sizes: LAYERS,
        prepare: |layers| {
            let model = from_json(convolutions(layers as usize));
            Box::new(move || drop(field::of_model(&model)))
        },
    },
    Line {
        name: "Laplacian of a path times 4 features",
        unit: "nodes",
        sizes: NODES,
        prepare: |nodes| {
            let edges: Vec<(u32, u32)> = (1..nodes).map(|node| (node - 1, node)).collect();
            products(Graph::of_edges(nodes as usize, &edges).0)
        },
    },
    Line {
        name: "Laplacian of a random graph times 4 features",
        unit: "nodes",
        sizes: NODES,
        prepare: |nodes| products(random_graph(nodes as usize)),
    },
];

/// Whole processes, from start to exit.
pub(crate) const PROCESSES: &[Line] = &[
    Line {
        name: "gradus shape",
        unit: "layers",
        sizes: LAYERS,
        prepare: |layers| process(format!("shape {} --json", file(layers))),
    },
    Line {
        name: "gradus receptive-field",
        unit: "layers",
        sizes: LAYERS,
        prepare: |layers| process(format!("receptive-field {} --json", file(layers))),
    },
    Line {
        name: "gradus dropout-expectation --draws",
        unit: "draws",
        sizes: DRAWS,
        prepare: |draws| process(format!("dropout-expectation --p 0.3 --draws {draws}")),
    },
    Line {
        name: "gradus vanishing-demo --seeds",
        unit: "seeds",
        sizes: SEEDS,
        prepare: |seeds| {
            process(format!(
                "vanishing-demo --depth 4 --width 16 --steps 0 --seeds {seeds}"
            ))
        },
    },
    Line {
        name: "gradus gcn-demo --path",
        unit: "nodes",
        sizes: NODES,
        prepare: |nodes| process(format!("gcn-demo --path {nodes}")),
    },
    Line {
        name: "gradus gcn-demo --random",
        unit: "nodes",
        sizes: NODES,
        prepare: |nodes| process(format!("gcn-demo --q 1 --random {nodes}:{}", 2 * nodes)),
    },
];

/// Times them.
pub(crate) fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(GROUP);
    group.sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(100));
    for line in FUNCTIONS.iter().chain(PROCESSES) {
        for &size in line.sizes {
            group.throughput(Throughput::Elements(u64::from(size)));
            group.bench_function(BenchmarkId::new(line.name, size), |bencher| {
                let mut run = (line.prepare)(size);
                bencher.iter(&mut run);
            });
        }
    }
    group.finish();
}

fn products(graph: Graph) -> Box<dyn FnMut()> {
    let x = features(graph.nodes());
    Box::new(move || {
        let operator = Operator::new(&graph, GraphOperator::Laplacian, Change::None);
        drop(operator.times(&x));
    })
}

fn process(line: String) -> Box<dyn FnMut()> {
    Box::new(move || gradus(line.split(' ')))
}

/// A file with so many convolutions.
fn file(layers: u32) -> String {
    let path = format!("{TEMPORARY}/{layers}-layers.json");
    std::fs::write(&path, convolutions(layers as usize)).expect("the model can be written");
    path
}
