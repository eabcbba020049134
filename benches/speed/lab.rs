//! Measurements, without starting a process.

use clap::FromArgMatches;
use criterion::{Criterion, Throughput};
use gradus::lab::deep::data::Data;
use gradus::lab::deep::measure::measure as gradients;
use gradus::lab::deep::train::{Plan, train};
use gradus::lab::deep::weights::{Initial, Weights};
use gradus::lab::dropout::{Bench, Mask, threads};
use gradus::lab::random::Stream;
use gradus::lab::support::{Limit, measure};
use gradus::lab::{Device, effective, gcn};
use gradus::model::{Chain, Graph, GraphOperator};
use gradus::questions::Question;
use gradus::questions::vanishing_demo::{VanishingDemo, flags, network};
use gradus::theory::gcn::{Change, Operator, Rows};
use gradus::theory::shape;

use crate::formulas::IMAGE;
use crate::models::{fixture, from_json, from_source};

/// Times them.
pub(crate) fn lab(criterion: &mut Criterion) {
    support(criterion);
    dropout(criterion);
    deep(criterion);
    effective_field(criterion);
    graphs(criterion);
}

fn support(criterion: &mut Criterion) {
    let model = from_json(fixture("three_convolutions.json"));
    let node = model.outputs[0].node;
    let mut group = criterion.benchmark_group("support");
    group.bench_function("one unit at 1024², three convolutions", |bencher| {
        bencher.iter(|| measure(&model, node, &[61, 61], Limit::of_bytes(1 << 30)));
    });
    let model = from_source("resnet50.py:ResNet50()", &IMAGE);
    let [node] = model.outputs.as_slice() else {
        unreachable!("ResNet-50 has one output")
    };
    group.bench_function("one class at 224², ResNet-50", |bencher| {
        bencher.iter(|| measure(&model, node.node, &[], Limit::of_bytes(1 << 30)));
    });
    group.finish();
}

/// Draws of a dropped activation and of a linear unit, on every core.
fn dropout(criterion: &mut Criterion) {
    const DRAWS: u64 = 10_000_000;
    let bench = Bench {
        draws: DRAWS,
        threads: threads(),
        done: &|_| {},
    };
    let masks = [Mask::new(Stream::new(77), 0.3)];
    let mut group = criterion.benchmark_group("dropout");
    group.throughput(Throughput::Elements(DRAWS));
    group.bench_function("an activation", |bencher| {
        bencher.iter(|| bench.unit(&masks, (1.7, 0.0), (0, 1)));
    });
    group.bench_function("a linear unit of 8 inputs", |bencher| {
        bencher.iter(|| bench.sum(&masks, &[0.5; 8], |sum| sum));
    });
    group.finish();
}

/// The sheet's network of 42 blocks, or another by the flags of `vanishing-demo`.
pub(crate) fn chain(arguments: &[&str]) -> Chain {
    let command = VanishingDemo.command();
    let given = command.get_matches_from([&["vanishing-demo"], arguments].concat());
    let flags = flags::Arguments::from_arg_matches(&given).expect("they are its own flags");
    network::by_flags(&flags)
}

fn deep(criterion: &mut Criterion) {
    const STEPS: usize = 20;
    let chain = chain(&[]);
    let weights = Weights::draw(&chain, Initial::Pytorch, 0);
    let data = Data::draw(&chain, 64, Initial::Pytorch, 0);
    let mut group = criterion.benchmark_group("deep");
    group.bench_function("gradients by layer, 42 blocks", |bencher| {
        bencher.iter(|| gradients(&chain, &weights, &data, &Device::default()));
    });
    let plan = Plan {
        steps: STEPS,
        rate: 0.05,
    };
    group.throughput(Throughput::Elements(STEPS as u64));
    group.bench_function("20 steps of training, 42 blocks", |bencher| {
        bencher.iter(|| {
            train(
                &chain,
                &weights,
                &data,
                plan,
                &Device::default(),
                &mut |_| {},
            )
        });
    });
    group.finish();
}

fn effective_field(criterion: &mut Criterion) {
    let body = from_source("resnet18_body.py:body", &IMAGE);
    let shapes = shape::of_model(&body).expect("they fit");
    let node = body.outputs[0].node;
    let network = effective::Network::new(&body, 2, node, |port| shapes.at(port));
    let network = network.expect("its layers are carried out");
    let plan = effective::Plan {
        inputs: 8,
        each: 8,
        initial: effective::Initial::Random,
        seed: 0,
    };
    let mut group = criterion.benchmark_group("effective field");
    group.throughput(Throughput::Elements(plan.inputs as u64));
    group.bench_function("8 inputs of 224², ResNet-18's body", |bencher| {
        let cpu = Device::default();
        bencher.iter(|| effective::measure(&network, [3, 3], plan, (&cpu, threads()), &|_| {}));
    });
    group.finish();
}

/// A graph whose nodes have about four neighbours, drawn.
pub(crate) fn random_graph(nodes: usize) -> Graph {
    let (ends, stream) = (nodes as u64, Stream::new(3));
    let node = |place: u64| u32::try_from(stream.bits(place) % ends).expect("a node's number");
    let edges: Vec<(u32, u32)> = (0..2 * ends)
        .map(|edge| (node(2 * edge), node(2 * edge + 1)))
        .collect();
    Graph::of_edges(nodes, &edges).0
}

/// Numbers for the nodes of a graph.
pub(crate) fn features(nodes: usize) -> Rows {
    let stream = Stream::new(4);
    Rows::of(nodes, 4, |row, column| {
        stream.uniform((4 * row + column) as u64)
    })
}

fn graphs(criterion: &mut Criterion) {
    const NODES: usize = 100_000;
    let graph = random_graph(NODES);
    let x = features(NODES);
    let mut group = criterion.benchmark_group("graph");
    group.throughput(Throughput::Elements(NODES as u64));
    for (name, kind) in [
        ("Laplacian", GraphOperator::Laplacian),
        ("normalised Laplacian", GraphOperator::Normalised),
    ] {
        let operator = Operator::new(&graph, kind, Change::None);
        group.bench_function(format!("{name} times 4 features, 1e5 nodes"), |bencher| {
            bencher.iter(|| operator.times(&x));
        });
    }
    let stack = gcn::Stack {
        layers: 3,
        order: 2,
        from: 1,
        coefficients: None,
        stream: Stream::new(5),
    };
    group.bench_function("what a node sees through 3 layers, 1e5 nodes", |bencher| {
        bencher.iter(|| gcn::support(&graph, GraphOperator::Laplacian, &stack, NODES / 2));
    });
    group.finish();
}
