//! What is true of the network at hand, computed twice.

use super::Arguments;
use crate::lab::LabError;
use crate::lab::random::Stream;
use crate::lab::tbptt::{self as lab, Measured};
use crate::model::Recurrence;
use crate::model::recurrence::{Cut, State};
use crate::questions::Setting;
use crate::questions::numbers::rough;
use crate::report::Witness;
use crate::theory::tbptt as theory;

/// Up to this share of the largest, a difference is rounding.
pub(super) const SAME: f64 = 1e-12;

/// From this share of the largest on, a difference is real.
pub(super) const APART: f64 = 1e-6;

/// Everything that the report is made from.
pub(super) struct Facts {
    pub(super) length: usize,
    pub(super) cut: Cut,
    pub(super) decay: f64,
    /// The gradient of the whole sequence.
    pub(super) full: Vec<f64>,
    /// A row a chunk length, the asked one among them.
    pub(super) rows: Vec<Row>,
    /// d(last output)/d(every input), as the cut graph has it and as the outputs have it.
    pub(super) slopes: Vec<f64>,
    pub(super) influence: Vec<f64>,
    pub(super) measured: Measured,
    /// The integrator as it is trained on the tape, with the state carried and reset.
    pub(super) trained: [f64; 2],
    /// How far the trained integrator's output moves with an input S+1 steps before, where there is one.
    pub(super) learned_beyond: Option<f64>,
    outputs: Vec<f64>,
}

/// What chunks of one length do.
pub(super) struct Row {
    pub(super) every: usize,
    pub(super) carry: Side,
    pub(super) reset: Side,
}

/// The same with the state carried, or reset.
pub(super) struct Side {
    /// The largest difference of an output to that of the whole sequence.
    pub(super) outputs: f64,
    pub(super) gradient: Vec<f64>,
    /// The decay that is learned; `None` where nothing near is.
    pub(super) learned: Option<f64>,
}

impl Row {
    pub(super) fn side(&self, state: State) -> &Side {
        match state {
            State::Carry => &self.carry,
            State::Reset => &self.reset,
        }
    }
}

impl Facts {
    pub(super) fn new(arguments: &Arguments, setting: &Setting) -> Result<Self, LabError> {
        let length = usize::from(arguments.length);
        let net = network(arguments);
        let cut = Cut {
            every: usize::from(arguments.chunk),
            state: arguments.state.state(),
        };
        let inputs = integrated(length, setting.seed);
        let side = |every, state| {
            let cut = Cut { every, state };
            let plain = theory::run(&net, Cut::none(length)).outputs;
            Side {
                outputs: apart(&theory::run(&net, cut).outputs, &plain),
                gradient: theory::gradient(&net, cut),
                learned: theory::integrator(&inputs, arguments.decay, cut),
            }
        };
        let rows = lengths(length, cut.every).into_iter().map(|every| Row {
            every,
            carry: side(every, State::Carry),
            reset: side(every, State::Reset),
        });
        let rows: Vec<Row> = rows.collect();
        let trained = |state| {
            let cut = Cut { state, ..cut };
            lab::trained(&inputs, arguments.decay, cut)
        };
        let trained = [trained(State::Carry)?, trained(State::Reset)?];
        let back = cut.every + 1;
        let b = match cut.state {
            State::Carry => trained[0],
            State::Reset => trained[1],
        };
        let learned_beyond = (back < length)
            .then(|| lab::reach(b, &inputs, back, cut))
            .transpose()?;
        Ok(Self {
            length,
            cut,
            decay: arguments.decay,
            full: theory::gradient(&net, Cut::none(length)),
            rows,
            slopes: theory::influence(&net, cut, false),
            influence: theory::influence(&net, cut, true),
            measured: lab::measure(&net, cut)?,
            trained,
            learned_beyond,
            outputs: theory::run(&net, cut).outputs,
        })
    }

    /// Whether there is nothing that an error could be a share of.
    pub(super) fn has_no_gradient(&self) -> bool {
        let some = |number: f64| number.is_finite() && number > 0.0;
        !some(norm(&self.full)) || !some(largest(&self.influence))
    }

    /// The row of the asked chunk length.
    pub(super) fn row(&self) -> &Row {
        let own = self.rows.iter().find(|row| row.every == self.cut.every);
        // It is always among them.
        own.unwrap_or(&self.rows[0])
    }

    /// The asked chunk length with the asked state.
    pub(super) fn side(&self) -> &Side {
        self.row().side(self.cut.state)
    }

    /// ‖g_S − g‖/‖g‖.
    pub(super) fn error(&self, side: &Side) -> f64 {
        let away: Vec<f64> = (side.gradient.iter().zip(&self.full))
            .map(|(cut, full)| cut - full)
            .collect();
        norm(&away) / norm(&self.full)
    }

    /// The cosine between the truncated and the whole gradient; `None` where one of them is 0.
    pub(super) fn cosine(&self, side: &Side) -> Option<f64> {
        let product: f64 = (side.gradient.iter().zip(&self.full))
            .map(|(cut, full)| cut * full)
            .sum();
        let cosine = product / (norm(&side.gradient) * norm(&self.full));
        cosine.is_finite().then_some(cosine)
    }

    /// The most steps between the last output and an input that moves it by more than a share of what the strongest does.
    pub(super) fn reach(slopes: &[f64], share: f64) -> usize {
        let least = share * largest(slopes);
        let first = slopes.iter().position(|slope| slope.abs() > least);
        first.map_or(0, |first| slopes.len() - 1 - first)
    }

    /// The largest influence of an input more than S steps before the last output, as a share of the largest of all; `None` where no input
    /// lies so far back.
    pub(super) fn beyond(&self, slopes: &[f64]) -> Option<f64> {
        let far = (self.length - 1).checked_sub(self.cut.every)?;
        (far > 0).then(|| largest(&slopes[..far]) / largest(&self.influence))
    }

    /// How far ordinary backpropagation, chunk by chunk, is from the truncated gradient.
    pub(super) fn chunks_apart(&self) -> f64 {
        apart(&self.measured.gradient, &self.measured.by_chunks)
    }

    pub(super) fn witnesses(&self) -> Vec<Witness> {
        let scale = |numbers: &[f64]| largest(numbers).max(f64::MIN_POSITIVE);
        let held =
            |what: &str, theory: &str, lab: &str, (one, other): (&[f64], &[f64]), within: f64| {
                let off = apart(one, other) / scale(one).max(scale(other));
                // Where both are 0 throughout, nothing is off.
                let off = if largest(one) + largest(other) == 0.0 {
                    0.0
                } else {
                    off
                };
                let words = format!("{lab}: off by a share of {} at most", rough(off));
                Witness::both(what, theory, words, off <= within)
            };
        let outputs = (&self.outputs[..], &self.measured.outputs[..]);
        let gradient = (&self.side().gradient[..], &self.measured.gradient[..]);
        let slopes = (&self.slopes[..], &self.measured.slopes[..]);
        let influence = (&self.influence[..], &self.measured.differences[..]);
        let mut found = vec![
            held(
                "the outputs",
                "the recurrence in chunks",
                "tensors in chunks",
                outputs,
                1e-12,
            ),
            held(
                "the truncated gradient",
                "δ_t = u_t + W_hᵀ D δ_{t+1}, ended at every cut",
                "reverse mode over the cut graph",
                gradient,
                1e-10,
            ),
            held(
                "the last output after every input, by the graph",
                "the same recursion",
                "reverse mode over the cut graph",
                slopes,
                1e-10,
            ),
            held(
                "the last output after every input",
                "the product of Jacobians, over the cuts where the state is carried",
                "differences of the outputs",
                influence,
                1e-8,
            ),
        ];
        let row = self.row();
        for (side, trained, words) in [
            (&row.carry, self.trained[0], "carried"),
            (&row.reset, self.trained[1], "reset"),
        ] {
            found.extend(side.learned.map(|root| {
                Witness::both(
                    &format!("the decay that is learned, the state {words}"),
                    "the root of the truncated gradient, by bisection",
                    format!("trained: off by {}", rough((root - trained).abs())),
                    (root - trained).abs() <= 1e-8,
                )
            }));
        }
        found
    }
}

/// The network and its sequence, by formula.
fn network(arguments: &Arguments) -> Recurrence {
    let hidden = usize::from(arguments.hidden);
    let places = || (0..arguments.hidden).map(f64::from);
    let steps = || (0..arguments.length).map(f64::from);
    Recurrence {
        hidden,
        w_h: places()
            .flat_map(|i| places().map(move |j| (1.0 + i * j + i).sin()))
            .map(|entry| arguments.recurrence * entry)
            .collect(),
        w_x: places().map(f64::cos).collect(),
        w_o: places().map(|i| (i + 1.0).sin()).collect(),
        inputs: steps().map(|t| (t * t).sin()).collect(),
        targets: steps().map(f64::cos).collect(),
    }
}

/// What the integrator is given.
fn integrated(steps: usize, seed: u64) -> Vec<f64> {
    const PURPOSE: u64 = 0x7b97;
    let stream = Stream::seeded(seed, PURPOSE);
    (0..)
        .take(steps)
        .map(|place| stream.normal(place))
        .collect()
}

/// The chunk lengths of the table: those that divide the sequence, and the asked one.
fn lengths(length: usize, asked: usize) -> Vec<usize> {
    let mut lengths: Vec<usize> = (1..=length)
        .filter(|every| length.is_multiple_of(*every))
        .collect();
    lengths.push(asked);
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

pub(super) fn norm(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x * x).sum::<f64>().sqrt()
}

pub(super) fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |most, x| most.max(x.abs()))
}

fn apart(one: &[f64], other: &[f64]) -> f64 {
    let each = one
        .iter()
        .zip(other)
        .map(|(one, other)| (one - other).abs());
    each.fold(0.0, f64::max)
}
