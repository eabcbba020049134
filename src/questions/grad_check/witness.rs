//! The second witness: central differences, by carrying the program out beside the point.

use crate::lab::random::Stream;
use crate::lab::{Array, LabError, Program, Value};

/// How differences are taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    /// Along so many random directions in place of every entry.
    pub(super) directions: Option<usize>,
    /// The seed of the directions.
    pub(super) seed: u64,
}

/// What differences say.
#[derive(Debug, Clone)]
pub(super) struct Difference {
    /// The gradient, entry by entry, or the slopes along the directions.
    pub(super) gradient: Array,
    /// How far each may be off.
    pub(super) error: Array,
    /// Entries at which the function bends too near for a difference to say anything.
    pub(super) kinks: Vec<usize>,
    /// The directions, where there are any.
    pub(super) directions: Vec<Vec<f64>>,
}

/// Steps that are tried, from the widest; where one bends over a kink a narrower one may not.
const STEPS: [f64; 3] = [2e-3, 1e-4, 5e-6];

/// An estimate is taken where its error is below this share of it.
const GOOD: f64 = 1e-8;

/// Central differences with Richardson extrapolation.
///
/// # Errors
/// If the program fails beside the point.
pub(super) fn differences(
    program: &Program,
    inputs: &[Array],
    upstream: &[Array],
    input: usize,
    options: &Options,
) -> Result<Difference, LabError> {
    let mut beside = inputs.to_vec();
    let at = inputs[input].clone();
    let directions: Vec<Vec<f64>> = (0..options.directions.unwrap_or_default() as u64)
        .map(|direction| {
            let stream = Stream::seeded(options.seed, direction);
            (0..at.data.len() as u64)
                .map(|place| stream.normal(place))
                .collect()
        })
        .collect();
    let count = if options.directions.is_some() {
        directions.len()
    } else {
        at.data.len()
    };
    let mut slopes = Vec::with_capacity(count);
    for number in 0..count {
        let scale = match directions.get(number) {
            Some(_) => 1.0,
            None => at.data[number].abs().max(1.0),
        };
        let mut along = |step: f64| -> Result<f64, LabError> {
            let beside_at = &mut beside[input].data;
            match directions.get(number) {
                Some(direction) => {
                    for ((to, from), d) in beside_at.iter_mut().zip(&at.data).zip(direction) {
                        *to = from + step * d;
                    }
                }
                None => beside_at[number] = at.data[number] + step,
            }
            let value = weighted(program, &beside, upstream);
            beside[input].data.clone_from(&at.data);
            value
        };
        let mut best = (f64::NAN, f64::INFINITY);
        for step in STEPS {
            let found = slope(&mut along, step * scale)?;
            if found.1 < best.1 || best.0.is_nan() {
                best = found;
            }
            if best.1 <= GOOD * best.0.abs() {
                break;
            }
        }
        slopes.push(best);
    }
    let dims = if options.directions.is_some() {
        vec![count]
    } else {
        at.dims.clone()
    };
    let largest = slopes
        .iter()
        .fold(0.0_f64, |most, (slope, _)| most.max(slope.abs()));
    let kinks = slopes
        .iter()
        .enumerate()
        .filter(|(_, (_, error))| *error > 1e-3 * largest.max(1e-30));
    Ok(Difference {
        kinks: kinks.map(|(number, _)| number).collect(),
        gradient: Array::new(&dims, slopes.iter().map(|(slope, _)| *slope).collect()),
        error: Array::new(&dims, slopes.iter().map(|(_, error)| *error).collect()),
        directions,
    })
}

/// The slope and how far it may be off.
fn slope(
    along: &mut impl FnMut(f64) -> Result<f64, LabError>,
    step: f64,
) -> Result<(f64, f64), LabError> {
    let mut size = 0.0_f64;
    let mut central = |step: f64| -> Result<f64, LabError> {
        let (above, below) = (along(step)?, along(-step)?);
        size = size.max(above.abs()).max(below.abs());
        Ok((above - below) / (2.0 * step))
    };
    let (wide, middle, narrow) = (central(step)?, central(step / 2.0)?, central(step / 4.0)?);
    let (first, second) = ((4.0 * middle - wide) / 3.0, (4.0 * narrow - middle) / 3.0);
    let best = (16.0 * second - first) / 15.0;
    let rounding = 8.0 * f64::EPSILON * size / (step / 4.0);
    Ok((best, (best - second).abs() + rounding))
}

/// The outputs' sum, weighted by the upstream gradients.
fn weighted(program: &Program, inputs: &[Array], upstream: &[Array]) -> Result<f64, LabError> {
    let mut values = Vec::with_capacity(inputs.len());
    for input in inputs {
        values.push(Value::constant(input.to_tensor()?));
    }
    let slots = program.replay(&values)?;
    let mut sum = 0.0;
    for (&output, upstream) in program.outputs.iter().zip(upstream) {
        if slots[output].kind().is_float() {
            let output = Array::from_tensor(slots[output].tensor())?;
            let terms = output.data.iter().zip(&upstream.data).map(|(y, g)| y * g);
            sum += terms.sum::<f64>();
        }
    }
    Ok(sum)
}
