//! What the machine could do: the rates that the floors in `docs/benchmarks.md` are reckoned with.

use std::hint::black_box;
use std::process::Command;
use std::thread;

use candle_core::{Device, Tensor};
use criterion::{Criterion, Throughput};
use gradus::lab::dropout::threads;
use gradus::lab::random::Stream;
use serde::de::IgnoredAny;

use crate::models::convolutions;

/// Rows and columns of the matrices that are multiplied.
pub(crate) const SIDE: usize = 1024;

/// Bytes that are read: more than any cache holds.
pub(crate) const BYTES: usize = 256 << 20;

/// Numbers that are hashed, and exponentials that are taken.
pub(crate) const NUMBERS: u64 = 10_000_000;

/// Layers of the JSON text that is passed over.
pub(crate) const LAYERS: usize = 100_000;

/// Times them.
pub(crate) fn machine(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("machine");
    group.bench_function("start of a process", |bencher| {
        bencher.iter(|| Command::new("true").status());
    });

    let matrix = Tensor::rand(-1_f32, 1.0, (SIDE, SIDE), &Device::Cpu).expect("a matrix");
    group.throughput(Throughput::Elements((SIDE * SIDE * SIDE) as u64));
    group.bench_function("multiply-adds of sgemm", |bencher| {
        bencher.iter(|| matrix.matmul(&matrix));
    });

    let words = vec![1_u64; BYTES / 8];
    group.throughput(Throughput::Bytes(BYTES as u64));
    group.bench_function("reading of memory", |bencher| {
        bencher.iter(|| shared(|part, parts| sum(part_of(&words, part, parts))));
    });

    let stream = Stream::new(9);
    let each = NUMBERS / threads() as u64;
    group.throughput(Throughput::Elements(NUMBERS));
    group.bench_function("hashes of the generator", |bencher| {
        bencher.iter(|| {
            shared(|part, _| {
                let places = part as u64 * each..(part as u64 + 1) * each;
                places.fold(0, |all, place| stream.bits(place) ^ all)
            });
        });
    });
    group.bench_function("exponentials in float64", |bencher| {
        bencher.iter(|| {
            shared(|part, _| {
                let places = part as u64 * each..(part as u64 + 1) * each;
                places.fold(0.0, |all, place| all + stream.uniform(place).exp())
            });
        });
    });

    let text = convolutions(LAYERS);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("passing over JSON", |bencher| {
        bencher.iter(|| serde_json::from_str::<IgnoredAny>(&text));
    });
    group.finish();
}

/// Runs a part of the work on every core.
fn shared<T: Send>(work: impl Fn(usize, usize) -> T + Sync) {
    let parts = threads();
    thread::scope(|scope| {
        for part in 0..parts {
            let work = &work;
            scope.spawn(move || black_box(work(part, parts)));
        }
    });
}

fn part_of(words: &[u64], part: usize, parts: usize) -> &[u64] {
    let size = words.len().div_ceil(parts);
    &words[part * size..words.len().min((part + 1) * size)]
}

fn sum(words: &[u64]) -> u64 {
    words
        .iter()
        .fold(0, |all, word| u64::wrapping_add(all, *word))
}
