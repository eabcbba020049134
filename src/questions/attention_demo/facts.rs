//! What is true of the attention at hand, computed twice.

use super::probe::{Probe, probe};
use super::{Arguments, Mask};
use crate::lab::LabError;
use crate::lab::attention as lab;
use crate::lab::random::Stream;
use crate::model::attention::{Attention, Encoder, Queries};
use crate::questions::Setting;
use crate::questions::numbers::rough;
use crate::report::Witness;
use crate::theory::attention::{self as theory, Attended};

/// Everything that the report is made from.
pub(super) struct Facts {
    pub(super) length: usize,
    pub(super) queries: Queries,
    /// The norm of the output's gradient after what comes in at every step.
    pub(super) plain: Vec<f64>,
    pub(super) attentive: Vec<f64>,
    pub(super) probe: Probe,
    /// Between encoder and decoder, and of the encoder with itself.
    pub(super) cross: Attended,
    pub(super) own: Attended,
    /// The first target row's context without the factor 1/√d.
    pub(super) unscaled: Vec<f64>,
    /// The norm of the gradient of Σ C² after the decoder's states, for the queries of each.
    pub(super) by_cross: f64,
    pub(super) by_own: f64,
    /// How far contexts move when the source is reversed.
    pub(super) equivariance: f64,
    pub(super) order: f64,
    witnesses: Vec<Witness>,
}

impl Facts {
    pub(super) fn new(arguments: &Arguments, setting: &Setting) -> Result<Self, LabError> {
        let length = usize::from(arguments.length);
        let encoder = encoder(arguments, setting.seed);
        let stream = Stream::seeded(setting.seed, 0x70c);
        let tokens: Vec<f64> = (0..)
            .take(length)
            .map(|place| stream.normal(place))
            .collect();
        let attention = Attention {
            positions: arguments.positions,
            causal: arguments.mask == Mask::Causal,
            ..Attention::by_formula()
        };
        let [plain, attentive] = [false, true].map(|with| theory::path(&encoder, &tokens, with));
        let [cross, own] = [Queries::Decoder, Queries::Encoder]
            .map(|queries| theory::context(&attention, queries));
        let reversed = attention.reversed();
        let moved = theory::context(&reversed, Queries::Encoder).context;
        let moved: Vec<Vec<f64>> = moved.into_iter().rev().collect();
        let asked = theory::context(&reversed, Queries::Decoder).context;
        let probe = probe(&encoder, length, arguments.positions, setting.seed)?;
        let by = |queries| norm(&theory::decoder_gradient(&attention, queries));
        let mut witnesses = vec![
            held(
                "the path without attention",
                &plain,
                &lab::path(&encoder, &tokens, false)?,
            ),
            held(
                "the path with attention",
                &attentive,
                &lab::path(&encoder, &tokens, true)?,
            ),
            Witness::both(
                "what is read from the states",
                "Cholesky's factors of the normal equations",
                format!(
                    "the inverse of the normal equations on tensors: off by {}",
                    rough(probe.off)
                ),
                probe.off <= 1e-6,
            ),
        ];
        for (what, queries, context) in [
            (
                "the context, queries of the decoder",
                Queries::Decoder,
                &cross,
            ),
            (
                "the context, queries of the encoder",
                Queries::Encoder,
                &own,
            ),
        ] {
            let measured = lab::attended(&attention, queries)?;
            witnesses.push(held(what, &context.context.concat(), &measured.context));
            let gradient = theory::decoder_gradient(&attention, queries);
            let found = measured
                .decoder
                .unwrap_or_else(|| vec![0.0; gradient.len()]);
            let what = format!("{what}: its dependence on the decoder");
            witnesses.push(held(&what, &gradient, &found));
        }
        Ok(Self {
            length,
            queries: arguments.queries.queries(),
            unscaled: theory::unscaled(&attention, Queries::Decoder)
                .context
                .swap_remove(0),
            by_cross: by(Queries::Decoder),
            by_own: by(Queries::Encoder),
            equivariance: apart(&own.context.concat(), &moved.concat()),
            order: apart(&cross.context.concat(), &asked.concat()),
            plain,
            attentive,
            probe,
            cross,
            own,
            witnesses,
        })
    }

    /// The gradient that the asked queries leave to the decoder.
    pub(super) fn by_decoder(&self) -> f64 {
        match self.queries {
            Queries::Decoder => self.by_cross,
            Queries::Encoder => self.by_own,
        }
    }

    /// The first input's gradient as a share of the last one's.
    pub(super) fn share(path: &[f64]) -> f64 {
        match path {
            [first, .., last] => first / last,
            _ => 1.0,
        }
    }

    pub(super) fn witnesses(&self) -> Vec<Witness> {
        self.witnesses.clone()
    }
}

/// By the formula beside tensors, as a share of the largest.
fn held(what: &str, theory: &[f64], lab: &[f64]) -> Witness {
    let largest = theory.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let off = apart(theory, lab) / largest.max(f64::MIN_POSITIVE);
    Witness::both(
        what,
        "the gradient or the sum written out",
        format!("tensors: off by a share of {} at most", rough(off)),
        off <= 1e-10 && theory.len() == lab.len(),
    )
}

/// The encoder: a turned and shifted state, and directions of length 1 (the query of length 2), from the seed.
fn encoder(arguments: &Arguments, seed: u64) -> Encoder {
    let hidden = usize::from(arguments.hidden);
    let unit = |purpose: u64| {
        let stream = Stream::seeded(seed, purpose);
        let drawn: Vec<f64> = (0..)
            .take(hidden)
            .map(|place| stream.normal(place))
            .collect();
        let length = norm(&drawn);
        drawn.into_iter().map(|x| x / length).collect::<Vec<f64>>()
    };
    Encoder {
        hidden,
        cell: arguments.cell.cell(),
        gain: arguments.gain,
        turn: turn(&unit(0x7e1)),
        entry: unit(0x7e2),
        readout: unit(0x7e3),
        query: unit(0x7e4).into_iter().map(|x| 2.0 * x).collect(),
    }
}

/// An orthogonal matrix: a mirror at the plane that a vector of length 1 stands on, after a shift of every entry by one place.
fn turn(mirror: &[f64]) -> Vec<f64> {
    let size = mirror.len();
    let entry = |at: usize| {
        let (row, column) = (at / size, (at % size + 1) % size);
        f64::from(u8::from(row == column)) - 2.0 * mirror[row] * mirror[column]
    };
    (0..size * size).map(entry).collect()
}

fn norm(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn apart(one: &[f64], other: &[f64]) -> f64 {
    let each = one
        .iter()
        .zip(other)
        .map(|(one, other)| (one - other).abs());
    each.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_keeps_lengths() {
        let mirror = [0.6, 0.0, -0.8];
        let turn = turn(&mirror);
        for i in 0..3 {
            for j in 0..3 {
                let product: f64 = (0..3).map(|k| turn[i * 3 + k] * turn[j * 3 + k]).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-15);
            }
        }
    }
}
