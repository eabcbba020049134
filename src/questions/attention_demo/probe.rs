//! What the states of an encoder hold: linear readings of many sentences' states.

use crate::lab::LabError;
use crate::lab::attention as lab;
use crate::lab::random::Stream;
use crate::model::attention::{Encoder, code};
use crate::theory::attention as theory;

/// How many sentences are read.
const SENTENCES: usize = 200;

/// Shares of variance that a linear reading explains.
pub(super) struct Probe {
    /// Of the token of each step, from the last state.
    pub(super) last: Vec<f64>,
    /// Of the same, from the state of its own step.
    pub(super) own: Vec<f64>,
    /// Of the position, from the state there.
    pub(super) position: f64,
    /// What a reading of noise would explain of a token.
    pub(super) chance: f64,
    /// How far the tensors' shares are from these.
    pub(super) off: f64,
}

/// Reads the states of sentences of normal tokens.
pub(super) fn probe(
    encoder: &Encoder,
    steps: usize,
    positions: bool,
    seed: u64,
) -> Result<Probe, LabError> {
    let stream = Stream::seeded(seed, 0xa77);
    let tokens = |sentence: usize| (0..steps).map(move |step| (sentence * steps + step) as u64);
    let sentences =
        (0..SENTENCES).map(|sentence| tokens(sentence).map(|place| stream.normal(place)).collect());
    let sentences: Vec<Vec<f64>> = sentences.collect();
    let states: Vec<Vec<Vec<f64>>> = sentences
        .iter()
        .map(|sentence| theory::states(encoder, sentence))
        .collect();
    let at = |step: usize| -> Vec<&[f64]> {
        states
            .iter()
            .map(|states| states[step].as_slice())
            .collect()
    };
    let targets =
        |step: usize| -> Vec<f64> { sentences.iter().map(|sentence| sentence[step]).collect() };
    let read = |from: usize, of: usize| theory::explained(&at(from), &targets(of));
    let last: Vec<f64> = (0..steps).map(|of| read(steps - 1, of)).collect();
    let own: Vec<f64> = (0..steps).map(|of| read(of, of)).collect();
    let (rows, places) = placed(&states, positions);
    let slices: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let position = theory::explained(&slices, &places);
    let measured = lab::states(encoder, &sentences)?;
    let share = |from: usize, of: usize| {
        lab::explained(&measured[from], encoder.hidden, &targets(of), theory::RIDGE)
    };
    let of_position = lab::explained(&rows.concat(), encoder.hidden, &places, theory::RIDGE)?;
    let pairs = [
        (share(steps - 1, 0)?, last[0]),
        (share(0, 0)?, own[0]),
        (share(steps - 1, steps - 1)?, own[steps - 1]),
        (of_position, position),
    ];
    let off = pairs.iter().map(|(one, other)| (one - other).abs());
    let count = |number: usize| (0..number).map(|_| 1.0).sum::<f64>();
    Ok(Probe {
        last,
        own,
        position,
        chance: count(encoder.hidden) / count(SENTENCES - 1),
        off: off.fold(0.0, f64::max),
    })
}

/// The states of all steps with the positions that they stand at.
fn placed(states: &[Vec<Vec<f64>>], positions: bool) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut rows = Vec::new();
    let mut places = Vec::new();
    for sentence in states {
        for (place, state) in (0_u32..).zip(sentence) {
            let mut row = state.clone();
            if positions {
                let code = code(place, row.len());
                row.iter_mut()
                    .zip(code)
                    .for_each(|(entry, code)| *entry += code);
            }
            rows.push(row);
            places.push(f64::from(place));
        }
    }
    (rows, places)
}
