//! Attention and a recurrent encoder on tensors: contexts, gradients by reverse mode, and linear readings of states.

use super::ops::{Op, Unary};
use super::{LabError, Value, tape};
use crate::model::attention::{Attention, Cell, Encoder, Queries};

/// What attention makes of its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Attended {
    /// The context, row after row.
    pub context: Vec<f64>,
    /// The gradient of the sum of its squares after the decoder's states; `None` where no path leads to them.
    pub decoder: Option<Vec<f64>>,
}

/// Scores of −10³⁰ where a place is not to be seen.
fn mask(size: usize) -> Result<Value, LabError> {
    let hidden = |at: usize| if at % size > at / size { -1e30 } else { 0.0 };
    let entries: Vec<f64> = (0..size * size).map(hidden).collect();
    tape::constant(&[size, size], &entries)
}

/// `softmax(Q Kᵀ/√d) V` and its dependence on the decoder.
///
/// # Errors
/// If the engine fails.
pub fn attended(attention: &Attention, queries: Queries) -> Result<Attended, LabError> {
    let width = attention.width;
    let rows = |numbers: &[f64]| tape::leaf(&[numbers.len() / width, width], numbers);
    let source = rows(&attention.source())?;
    let decoder = rows(&attention.decoder)?;
    let asking = match queries {
        Queries::Decoder => &decoder,
        Queries::Encoder => &source,
    };
    let by = |rows: &Value, matrix: &[f64]| {
        let matrix = tape::constant(&[width, width], matrix)?;
        rows.matmul(&matrix.transposed()?)
    };
    let query = by(asking, &attention.projections.query)?;
    let key = by(&source, &attention.projections.key)?;
    let value = by(&source, &attention.projections.value)?;
    let mut scores = query
        .matmul(&key.transposed()?)?
        .affine(over_root(width), 0.0)?;
    if attention.causal && queries == Queries::Encoder {
        scores = scores.add(&mask(source.dims()[0])?)?;
    }
    let context = Value::apply(Op::Softmax(1), &[&scores])?.matmul(&value)?;
    let squares = context.mul(&context)?.sum(&[0, 1], false)?;
    Ok(Attended {
        context: tape::numbers(&context)?,
        decoder: tape::slopes(&squares, std::slice::from_ref(&decoder))?
            .pop()
            .flatten(),
    })
}

fn over_root(width: usize) -> f64 {
    1.0 / (0..width).map(|_| 1.0).sum::<f64>().sqrt()
}

/// The states of many sentences at once: what comes in has sentences × hidden numbers a step.
fn run(encoder: &Encoder, entering: &[Value], sentences: usize) -> Result<Vec<Value>, LabError> {
    let turn = tape::constant(&[encoder.hidden, encoder.hidden], &encoder.turn)?;
    let turn = turn.transposed()?.affine(encoder.gain, 0.0)?;
    let mut state = tape::constant(
        &[sentences, encoder.hidden],
        &vec![0.0; sentences * encoder.hidden],
    )?;
    let mut states = Vec::new();
    for entering in entering {
        let moved = state.matmul(&turn)?.add(entering)?;
        state = match encoder.cell {
            Cell::Tanh => moved.unary(Unary::Tanh)?,
            Cell::Linear => moved,
        };
        states.push(state.clone());
    }
    Ok(states)
}

/// How much the output moves with what comes in at every step: the norm of its gradient, by reverse mode.
///
/// # Errors
/// If the engine fails.
pub fn path(encoder: &Encoder, tokens: &[f64], attention: bool) -> Result<Vec<f64>, LabError> {
    let hidden = encoder.hidden;
    let enter = |token: &f64| {
        let entering: Vec<f64> = encoder.entry.iter().map(|entry| token * entry).collect();
        tape::leaf(&[1, hidden], &entering)
    };
    let entering = tokens.iter().map(enter).collect::<Result<Vec<_>, _>>()?;
    let states = run(encoder, &entering, 1)?;
    let Some(last) = states.last() else {
        return Ok(Vec::new());
    };
    let read = if attention {
        let states: Vec<&Value> = states.iter().collect();
        let all = Value::apply(Op::Cat(0), &states)?;
        let query = tape::constant(&[hidden, 1], &encoder.query)?;
        let scores = all.matmul(&query)?.affine(over_root(hidden), 0.0)?;
        let weights = Value::apply(Op::Softmax(0), &[&scores])?;
        weights.transposed()?.matmul(&all)?
    } else {
        last.clone()
    };
    let output = read.matmul(&tape::constant(&[hidden, 1], &encoder.readout)?)?;
    let slopes = tape::slopes(&output, &entering)?.into_iter();
    let norm = |slope: Option<Vec<f64>>| {
        let squares = slope.unwrap_or_default().into_iter().map(|x| x * x);
        squares.sum::<f64>().sqrt()
    };
    Ok(slopes.map(norm).collect())
}

/// The states of many sentences, a list of sentences × hidden numbers for every step.
///
/// # Errors
/// If the engine fails.
pub fn states(encoder: &Encoder, sentences: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, LabError> {
    let steps = sentences.first().map_or(0, Vec::len);
    let enter = |step: usize| {
        let rows = sentences.iter().flat_map(|sentence| {
            let token = sentence[step];
            encoder.entry.iter().map(move |entry| token * entry)
        });
        let rows: Vec<f64> = rows.collect();
        tape::constant(&[sentences.len(), encoder.hidden], &rows)
    };
    let entering = (0..steps).map(enter).collect::<Result<Vec<_>, _>>()?;
    let states = run(encoder, &entering, sentences.len())?;
    states.iter().map(tape::numbers).collect()
}

/// The share of the targets' variance that a linear reading of rows (of `width` numbers each, and a constant) explains, by the inverse of the
/// normal equations with a ridge.
///
/// # Errors
/// If the engine fails.
pub fn explained(rows: &[f64], width: usize, targets: &[f64], ridge: f64) -> Result<f64, LabError> {
    let count = targets.len();
    let with_one = rows
        .chunks(width)
        .flat_map(|row| std::iter::once(&1.0).chain(row));
    let with_one: Vec<f64> = with_one.copied().collect();
    let width = width + 1;
    let x = tape::constant(&[count, width], &with_one)?;
    let y = tape::constant(&[count, 1], targets)?;
    let size = targets.iter().map(|_| 1.0).sum::<f64>();
    let mut diagonal = vec![0.0; width * width];
    for entry in diagonal.iter_mut().step_by(width + 1) {
        *entry = ridge * size;
    }
    let normal = x
        .transposed()?
        .matmul(&x)?
        .add(&tape::constant(&[width, width], &diagonal)?)?;
    let inverse = Value::apply(Op::Inverse, &[&normal])?;
    let weights = inverse.matmul(&x.transposed()?.matmul(&y)?)?;
    let left = y.sub(&x.matmul(&weights)?)?;
    let mean = y.sum(&[0, 1], false)?.affine(1.0 / size, 0.0)?;
    let spread = y.sub(&mean)?;
    let square = |value: &Value| -> Result<f64, LabError> {
        Ok(tape::numbers(&value.mul(value)?.sum(&[0, 1], false)?)?[0])
    };
    Ok(1.0 - square(&left)? / square(&spread)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_of_the_encoder_have_no_path_to_the_decoder() -> Result<(), LabError> {
        let example = Attention::by_formula();
        assert_eq!(attended(&example, Queries::Encoder)?.decoder, None);
        assert!(attended(&example, Queries::Decoder)?.decoder.is_some());
        Ok(())
    }

    #[test]
    fn a_masked_first_row_sees_itself_alone() -> Result<(), LabError> {
        let example = Attention {
            causal: true,
            ..Attention::by_formula()
        };
        let context = attended(&example, Queries::Encoder)?.context;
        let value: f64 = (example.projections.value[..5].iter())
            .zip(&example.encoder[..5])
            .map(|(w, x)| w * x)
            .sum();
        assert!((context[0] - value).abs() < 1e-14);
        Ok(())
    }
}
