//! A recurrent network run in chunks: its gradient by reverse mode over the graph that the chunks leave, its influence by
//! differences of its outputs, and a leaky integrator trained.

use super::ops::Unary;
use super::{LabError, Value, tape};
use crate::model::Recurrence;
use crate::model::recurrence::{Cut, State};

/// How far an input is moved for a difference; the second pair of points is half as far.
const MOVE: f64 = 1e-3;

/// A network's weights on the tape.
struct Tape {
    recurrent: Value,
    input: Value,
    output: Value,
}

/// What a run in chunks leaves on the tape.
struct Unrolled {
    outputs: Vec<Value>,
    states: Vec<Value>,
}

impl Tape {
    fn new(net: &Recurrence) -> Result<Self, LabError> {
        Ok(Self {
            recurrent: tape::leaf(&[net.hidden, net.hidden], &net.w_h)?,
            input: tape::constant(&[1, net.hidden], &net.w_x)?,
            output: tape::constant(&[net.hidden, 1], &net.w_o)?,
        })
    }

    /// One step of every row: states of rows × hidden, inputs of rows × 1.
    fn step(&self, state: &Value, x: &Value) -> Result<Value, LabError> {
        let kept = state.matmul(&self.recurrent.transposed()?)?;
        kept.add(&x.matmul(&self.input)?)?.unary(Unary::Tanh)
    }

    /// Runs the steps from a state; where a chunk begins, the state is cut from the graph.
    fn run(&self, start: &Value, inputs: &[Value], cut: Cut) -> Result<Unrolled, LabError> {
        let mut state = start.clone();
        let mut unrolled = Unrolled {
            outputs: Vec::new(),
            states: Vec::new(),
        };
        for (step, x) in inputs.iter().enumerate() {
            if cut.begins_at(step) {
                state = match cut.state {
                    State::Carry => state.untracked(),
                    State::Reset => start.untracked().affine(0.0, 0.0)?,
                };
            }
            state = self.step(&state, x)?;
            unrolled.outputs.push(state.matmul(&self.output)?);
            unrolled.states.push(state.clone());
        }
        Ok(unrolled)
    }
}

fn loss(outputs: &[Value], targets: &[f64]) -> Result<Option<Value>, LabError> {
    let mut total: Option<Value> = None;
    for (output, target) in outputs.iter().zip(targets) {
        let term = output.affine(1.0, -target)?.power(2.0)?.affine(0.5, 0.0)?;
        total = Some(match total {
            Some(total) => total.add(&term)?,
            None => term,
        });
    }
    Ok(total)
}

/// What one run of a network in chunks tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The output of every step.
    pub outputs: Vec<f64>,
    /// `∂L/∂W_h`, hidden × hidden in row-major order, by reverse mode over the graph as it is cut.
    pub gradient: Vec<f64>,
    /// The same by ordinary backpropagation, a chunk at a time: each has a graph of its own that begins with plain numbers.
    pub by_chunks: Vec<f64>,
    /// The derivative of the last output after every input by reverse mode: 0 where the cut graph has no path.
    pub slopes: Vec<f64>,
    /// The same by differences of the output.
    pub differences: Vec<f64>,
}

/// Runs and differentiates a network in chunks.
///
/// # Errors
/// If the engine fails.
pub fn measure(net: &Recurrence, cut: Cut) -> Result<Measured, LabError> {
    let tape = Tape::new(net)?;
    let inputs = (net.inputs.iter()).map(|x| tape::leaf(&[1, 1], &[*x]));
    let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
    let start = tape::constant(&[1, net.hidden], &vec![0.0; net.hidden])?;
    let unrolled = tape.run(&start, &inputs, cut)?;
    let gradient = match loss(&unrolled.outputs, &net.targets)? {
        Some(loss) => tape::slope(&loss, &tape.recurrent)?,
        None => Vec::new(),
    };
    let slopes = match unrolled.outputs.last() {
        Some(last) => tape::slopes(last, &inputs)?,
        None => Vec::new(),
    };
    let slopes = slopes.into_iter();
    Ok(Measured {
        outputs: numbers_of(&unrolled.outputs)?,
        gradient,
        by_chunks: by_chunks(net, cut, &unrolled.states)?,
        slopes: slopes
            .map(|slope| slope.map_or(0.0, |slope| slope[0]))
            .collect(),
        differences: differences(net, cut)?,
    })
}

fn numbers_of(values: &[Value]) -> Result<Vec<f64>, LabError> {
    let each = values.iter().map(|value| Ok(tape::numbers(value)?[0]));
    each.collect()
}

/// Ordinary backpropagation on every chunk by itself, from the number that its state begins with.
fn by_chunks(net: &Recurrence, cut: Cut, states: &[Value]) -> Result<Vec<f64>, LabError> {
    let mut sum = vec![0.0; net.w_h.len()];
    for first in (0..net.inputs.len()).step_by(cut.every) {
        let last = net.inputs.len().min(first + cut.every);
        let tape = Tape::new(net)?;
        let start = match (first, cut.state) {
            (0, _) | (_, State::Reset) => vec![0.0; net.hidden],
            (_, State::Carry) => tape::numbers(&states[first - 1])?,
        };
        let start = tape::constant(&[1, net.hidden], &start)?;
        let inputs = (net.inputs[first..last].iter()).map(|x| tape::constant(&[1, 1], &[*x]));
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let chunk = tape.run(&start, &inputs, Cut::none(inputs.len()))?;
        if let Some(loss) = loss(&chunk.outputs, &net.targets[first..last])? {
            let part = tape::slope(&loss, &tape.recurrent)?;
            sum.iter_mut()
                .zip(part)
                .for_each(|(sum, part)| *sum += part);
        }
    }
    Ok(sum)
}

/// The derivative of the last output after every input by central differences, with one step of Richardson's extrapolation: all
/// the moved sequences are rows of one run, and no graph is asked.
fn differences(net: &Recurrence, cut: Cut) -> Result<Vec<f64>, LabError> {
    const MOVES: [f64; 4] = [MOVE, -MOVE, MOVE / 2.0, -MOVE / 2.0];
    let length = net.inputs.len();
    let rows = length * MOVES.len();
    let tape = Tape {
        recurrent: Tape::new(net)?.recurrent.untracked(),
        ..Tape::new(net)?
    };
    let column = |step: usize| {
        let mut column = vec![net.inputs[step]; rows];
        for (by, cell) in MOVES.iter().zip(&mut column[step * MOVES.len()..]) {
            *cell += by;
        }
        tape::constant(&[rows, 1], &column)
    };
    let inputs = (0..length).map(column).collect::<Result<Vec<_>, _>>()?;
    let start = tape::constant(&[rows, net.hidden], &vec![0.0; rows * net.hidden])?;
    let unrolled = tape.run(&start, &inputs, cut)?;
    let Some(last) = unrolled.outputs.last() else {
        return Ok(Vec::new());
    };
    let moved = tape::numbers(last)?;
    let slope = |out: &[f64]| {
        let (wide, narrow) = ((out[0] - out[1]) / (2.0 * MOVE), (out[2] - out[3]) / MOVE);
        (4.0 * narrow - wide) / 3.0
    };
    Ok(moved.chunks(MOVES.len()).map(slope).collect())
}

/// `h_t = b·h_{t−1} + x_t` in chunks, with b on the tape.
fn leaky(b: &Value, inputs: &[f64], cut: Cut) -> Result<Vec<Value>, LabError> {
    let mut state = tape::constant(&[], &[0.0])?;
    let mut states = Vec::new();
    for (step, x) in inputs.iter().enumerate() {
        if cut.begins_at(step) {
            state = match cut.state {
                State::Carry => state.untracked(),
                State::Reset => tape::constant(&[], &[0.0])?,
            };
        }
        state = b.mul(&state)?.affine(1.0, *x)?;
        states.push(state.clone());
    }
    Ok(states)
}

/// Trains b from 0 on `y_t = decay·y_{t−1} + x_t` by the truncated gradient of `Σ ½(h − y)²`: a step against its sign, and half as
/// far from where the sign turns.
///
/// # Errors
/// If the engine fails.
pub fn trained(inputs: &[f64], decay: f64, cut: Cut) -> Result<f64, LabError> {
    const FIRST: f64 = 0.05;
    const LEAST: f64 = 1e-11;
    let targets = leaky(
        &tape::constant(&[], &[decay])?,
        inputs,
        Cut::none(inputs.len()),
    )?;
    let targets = numbers_of(&targets)?;
    let (mut b, mut step, mut before) = (0.0, FIRST, 0.0);
    while step > LEAST {
        let leaf = tape::leaf(&[], &[b])?;
        let Some(loss) = loss(&leaky(&leaf, inputs, cut)?, &targets)? else {
            break;
        };
        let slope = tape::slope(&loss, &leaf)?[0];
        // Far off nothing is learned any more, and a slope of 0 moves nothing.
        if slope == 0.0 || f64::abs(b) > 3.0 {
            break;
        }
        if slope * before < 0.0 {
            step /= 2.0;
        }
        b -= step * slope.signum();
        before = slope;
    }
    Ok(b)
}

/// How much the last output of the trained integrator changes with the input that lies so many steps before it: by a difference, which
/// is exact for what is linear.
///
/// # Errors
/// If the engine fails.
pub fn reach(b: f64, inputs: &[f64], back: usize, cut: Cut) -> Result<f64, LabError> {
    let b = tape::constant(&[], &[b])?;
    let last = |by: f64| -> Result<f64, LabError> {
        let mut moved = vec![0.0; inputs.len()];
        moved[inputs.len() - 1 - back] = by;
        let states = leaky(&b, &moved, cut)?;
        Ok(numbers_of(&states)?.pop().unwrap_or(0.0))
    };
    Ok((last(1.0)? - last(-1.0)?) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net() -> Recurrence {
        Recurrence {
            hidden: 2,
            w_h: vec![0.4, -0.7, 0.2, 0.9],
            w_x: vec![1.0, -0.5],
            w_o: vec![0.3, 0.8],
            inputs: (0..7_u32).map(|t| f64::from(t).sin()).collect(),
            targets: vec![0.2; 7],
        }
    }

    #[test]
    fn a_cut_graph_has_no_path_and_the_output_moves_all_the_same() -> Result<(), LabError> {
        let carried = measure(
            &net(),
            Cut {
                every: 3,
                state: State::Carry,
            },
        )?;
        assert!(
            carried.slopes[..6]
                .iter()
                .all(|slope| slope.abs() < f64::MIN_POSITIVE)
        );
        assert!(carried.differences.iter().all(|slope| slope.abs() > 1e-5));
        assert!((carried.slopes[6] - carried.differences[6]).abs() < 1e-10);
        let reset = measure(
            &net(),
            Cut {
                every: 3,
                state: State::Reset,
            },
        )?;
        assert!(
            reset.differences[..6]
                .iter()
                .all(|slope| slope.abs() < f64::MIN_POSITIVE)
        );
        Ok(())
    }

    #[test]
    fn each_chunk_is_ordinary_backpropagation() -> Result<(), LabError> {
        for state in [State::Carry, State::Reset] {
            let measured = measure(&net(), Cut { every: 2, state })?;
            for (one, other) in measured.gradient.iter().zip(&measured.by_chunks) {
                assert!((one - other).abs() < 1e-14, "{one} {other}");
            }
        }
        Ok(())
    }

    #[test]
    fn training_with_chunks_of_one_finds_the_decay_where_the_state_is_carried()
    -> Result<(), LabError> {
        let inputs = net().inputs;
        let one = |state| Cut { every: 1, state };
        let b = trained(&inputs, 0.9, one(State::Carry))?;
        assert!((b - 0.9).abs() < 1e-9, "{b}");
        assert!((reach(b, &inputs, 4, one(State::Carry))? - b.powi(4)).abs() < 1e-12);
        assert!(trained(&inputs, 0.9, one(State::Reset))?.abs() < f64::MIN_POSITIVE);
        Ok(())
    }
}
