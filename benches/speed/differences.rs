//! Central differences of every parameter of a two-layer network, as `peers/gradcheck.py` has them.

use criterion::{BenchmarkId, Criterion, Throughput};
use gradus::lab::differences::{Differences, Options};
use gradus::lab::ops::Unary;
use gradus::lab::random::Stream;
use gradus::lab::{Array, LabError, Program, Value};

/// Times them.
pub(crate) fn differences(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("differences");
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
