//! How far each job is from what it must cost at least on this machine.

use std::error::Error;
use std::fmt::Write;

use gradus::lab::dropout::threads;
use gradus::lab::effective::Network;
use gradus::theory::shape;

use super::estimates::Estimates;
use super::{digits, time};
use crate::formulas::IMAGE;
use crate::machine::{BYTES, LAYERS, NUMBERS, SIDE};
use crate::models::from_source;

/// What a second of the machine is worth.
struct Machine {
    /// Seconds that a process takes which does nothing.
    start: f64,
    /// Multiply-adds of a product of matrices in float32.
    multiply_adds: f64,
    /// Bytes read.
    bytes: f64,
    /// Hashes of the generator.
    hashes: f64,
    /// Exponentials in float64.
    exponentials: f64,
    /// Seconds for passing over the JSON text of 10⁵ layers.
    json: f64,
}

impl Machine {
    fn of(estimates: &Estimates) -> Result<Self, String> {
        let seconds = |name: &str| estimates.seconds(&format!("machine/{name}"));
        let numbers = real(usize::try_from(NUMBERS).unwrap_or_default());
        Ok(Self {
            start: seconds("start of a process")?,
            multiply_adds: real(SIDE).powi(3) / seconds("multiply-adds of sgemm")?,
            bytes: real(BYTES) / seconds("reading of memory")?,
            hashes: numbers / seconds("hashes of the generator")?,
            exponentials: numbers / seconds("exponentials in float64")?,
            json: seconds("passing over JSON")?,
        })
    }
}

/// A job, and what it costs at least.
struct Floor {
    job: &'static str,
    /// The benchmark that measures it.
    benchmark: &'static str,
    /// How often the benchmark does it.
    times: f64,
    /// Seconds.
    least: f64,
    /// How the floor is had.
    reason: String,
}

/// The table.
pub(super) fn floors(estimates: &Estimates) -> Result<String, Box<dyn Error>> {
    let machine = Machine::of(estimates)?;
    let mut text = format!(
        "This machine ({} cores), all cores at work: {} GFLOP/s in products of {SIDE}×{SIDE} matrices in float32 (two operations a \
         multiply-add), {} GB/s read from memory, {}·10⁹ hashes of the generator and {}·10⁹ exponentials in float64 a second; a process \
         that does nothing takes {}.\n\n\
         | job | takes | floor | times the floor | the floor is |\n|---|---|---|---|---|\n",
        threads(),
        digits(2e-9 * machine.multiply_adds),
        digits(1e-9 * machine.bytes),
        digits(1e-9 * machine.hashes),
        digits(1e-9 * machine.exponentials),
        time(machine.start),
    );
    for floor in list(&machine) {
        let takes = estimates.seconds(floor.benchmark)? / floor.times;
        writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            floor.job,
            time(takes),
            time(floor.least),
            digits(takes / floor.least),
            floor.reason
        )?;
    }
    Ok(text)
}

fn list(machine: &Machine) -> Vec<Floor> {
    let mut list = Vec::from(starts(machine));
    list.extend(gradients(machine));
    list.extend([training(machine), effective(machine)]);
    list.push(Floor {
        job: "10⁷ draws of dropout, the loop alone",
        benchmark: "dropout/an activation",
        times: 1.0,
        least: 1e7 / machine.hashes,
        reason: "one hash a draw".to_owned(),
    });
    list.push(Floor {
        job: "reading a JSON model of 10⁵ layers",
        benchmark: "growth/reading a JSON model/100000",
        times: 1.0,
        least: machine.json,
        reason: format!("the parser passing over the text of {LAYERS} layers, keeping nothing"),
    });
    // A random graph of n nodes has 2n edges: each is two neighbours of 4 bytes, whose 4 numbers are read. Every node has
    // its start in the list, and 4 numbers written after they were read.
    let nodes = 1e6;
    list.push(Floor {
        job: "Laplacian of 10⁶ nodes and 2·10⁶ edges times 4 features",
        benchmark: "growth/Laplacian of a random graph times 4 features/1000000",
        times: 1.0,
        least: nodes * (4.0 * (4.0 + 32.0) + 8.0 + 2.0 * 32.0) / machine.bytes,
        reason: "the bytes of the lists and of the neighbours' rows, as if they stood in order; they do not, and each row is a cache miss"
            .to_owned(),
    });
    list
}

/// Jobs that are done as soon as the program has started.
fn starts(machine: &Machine) -> [Floor; 3] {
    let of = |job, benchmark| Floor {
        job,
        benchmark,
        times: 1.0,
        least: machine.start,
        reason: "the start of any process".to_owned(),
    };
    [
        of("`gradus --version`", "process/--version"),
        of(
            "layer table, JSON model",
            "process/shape fixtures/models/three_convolutions.json",
        ),
        of(
            "receptive field measured, JSON model",
            "process/receptive-field fixtures/models/three_convolutions.json",
        ),
    ]
}

/// Four evaluations an entry, each of which reaches one unit: for all 100 samples a tanh, a sigmoid and two logarithms.
fn gradients(machine: &Machine) -> [Floor; 2] {
    let of = |job, benchmark, entries: f64| Floor {
        job,
        benchmark,
        times: 1.0,
        least: entries * 4.0 * 100.0 * 4.0 / machine.exponentials,
        reason: "4 evaluations an entry, each of 4 functions like exp for 100 samples".to_owned(),
    };
    [
        of(
            "every entry of 3,329 parameters",
            "differences/every entry/3329",
            3329.0,
        ),
        of(
            "every entry of 30,601 parameters",
            "differences/every entry/30601",
            30601.0,
        ),
    ]
}

/// One product forward and two back for each layer.
fn training(machine: &Machine) -> Floor {
    let weights = 42.0 * 128.0 + 42.0 * 128.0 * 128.0 + 128.0;
    let multiply_adds = 3.0 * 64.0 * weights;
    Floor {
        job: "a step of training, 42 layers, batch 64",
        benchmark: "deep/20 steps of training, 42 blocks",
        times: 20.0,
        least: multiply_adds / machine.multiply_adds,
        reason: format!(
            "{} million multiply-adds at the rate of large products; these have 32 rows",
            digits(multiply_adds * 1e-6)
        ),
    }
}

/// One pass there and back.
fn effective(machine: &Machine) -> Floor {
    let body = from_source("resnet18_body.py:body", &IMAGE);
    let multiply_adds = shape::of_model(&body).ok().and_then(|shapes| {
        let node = body.outputs[0].node;
        let network = Network::new(&body, 2, node, |port| shapes.at(port));
        network.ok().map(|network| network.multiply_adds())
    });
    let multiply_adds = multiply_adds.unwrap_or(f64::NAN);
    Floor {
        job: "effective field, one input of 224²",
        benchmark: "effective field/8 inputs of 224², ResNet-18's body",
        times: 8.0,
        least: multiply_adds / machine.multiply_adds,
        reason: format!(
            "{} billion multiply-adds there and back, by tiles where that takes fewer",
            digits(multiply_adds * 1e-9)
        ),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2⁵³")]
fn real(count: usize) -> f64 {
    count as f64
}
