//! Attention and its gradients written out, and how much a linear reading of states explains.

use crate::model::attention::{Attention, Cell, Encoder, Queries};

/// What attention makes of its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Attended {
    /// The weights, a row for each query.
    pub weights: Vec<Vec<f64>>,
    /// The context, a row for each query.
    pub context: Vec<Vec<f64>>,
}

struct Rows {
    queries: Vec<Vec<f64>>,
    keys: Vec<Vec<f64>>,
    values: Vec<Vec<f64>>,
    /// 1/√d, or another factor of the scores.
    scale: f64,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn real(count: usize) -> f64 {
    (0..count).map(|_| 1.0).sum()
}

/// Rows times a matrix's transpose.
fn projected(rows: &[f64], matrix: &[f64], width: usize) -> Vec<Vec<f64>> {
    let row = |row: &[f64]| {
        matrix
            .chunks(width)
            .map(|column| dot(row, column))
            .collect()
    };
    rows.chunks(width).map(row).collect()
}

fn rows(attention: &Attention, queries: Queries) -> Rows {
    let source = attention.source();
    let asking = match queries {
        Queries::Decoder => &attention.decoder,
        Queries::Encoder => &source,
    };
    let (width, by) = (attention.width, &attention.projections);
    Rows {
        queries: projected(asking, &by.query, width),
        keys: projected(&source, &by.key, width),
        values: projected(&source, &by.value, width),
        scale: 1.0 / real(width).sqrt(),
    }
}

fn softmax(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let parts: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let total: f64 = parts.iter().sum();
    parts.iter().map(|part| part / total).collect()
}

fn attended(rows: &Rows, causal: bool) -> Attended {
    let mut attended = Attended {
        weights: Vec::new(),
        context: Vec::new(),
    };
    for (place, query) in rows.queries.iter().enumerate() {
        let seen = if causal { place + 1 } else { rows.keys.len() };
        let scores = rows.keys.iter().take(seen);
        let scores: Vec<f64> = scores.map(|key| rows.scale * dot(query, key)).collect();
        let mut weights = softmax(&scores);
        weights.resize(rows.keys.len(), 0.0);
        let mut context = vec![0.0; query.len()];
        for (weight, value) in weights.iter().zip(&rows.values) {
            let entries = context.iter_mut().zip(value);
            entries.for_each(|(entry, value)| *entry += weight * value);
        }
        attended.weights.push(weights);
        attended.context.push(context);
    }
    attended
}

/// `softmax(Q Kᵀ/√d) V`. A causal mask is one of self-attention.
pub fn context(attention: &Attention, queries: Queries) -> Attended {
    let causal = attention.causal && queries == Queries::Encoder;
    attended(&rows(attention, queries), causal)
}

/// The same without the factor 1/√d.
pub fn unscaled(attention: &Attention, queries: Queries) -> Attended {
    let rows = Rows {
        scale: 1.0,
        ..rows(attention, queries)
    };
    attended(&rows, attention.causal && queries == Queries::Encoder)
}

/// The gradient of `Σ C²` after the decoder's states: with `w_s = 2 C·v_s`, `∂/∂q = Σ α_s w_s (k_s − Σ α k)/√d`, and times `W_q`. Queries of
/// the encoder know nothing of the decoder.
pub fn decoder_gradient(attention: &Attention, queries: Queries) -> Vec<f64> {
    if queries == Queries::Encoder {
        return vec![0.0; attention.decoder.len()];
    }
    let rows = rows(attention, queries);
    let attended = attended(&rows, false);
    let mut gradient = Vec::new();
    for (weights, context) in attended.weights.iter().zip(&attended.context) {
        let mut of_query = vec![0.0; attention.width];
        let mut mean = vec![0.0; attention.width];
        for (weight, key) in weights.iter().zip(&rows.keys) {
            let entries = mean.iter_mut().zip(key);
            entries.for_each(|(mean, key)| *mean += weight * key);
        }
        for ((weight, key), value) in weights.iter().zip(&rows.keys).zip(&rows.values) {
            let strength = 2.0 * weight * dot(context, value) * rows.scale;
            let entries = of_query.iter_mut().zip(key.iter().zip(&mean));
            entries.for_each(|(entry, (key, mean))| *entry += strength * (key - mean));
        }
        let matrix = attention.projections.query.chunks(attention.width);
        let mut row = vec![0.0; attention.width];
        for (of_query, weights) in of_query.iter().zip(matrix) {
            let entries = row.iter_mut().zip(weights);
            entries.for_each(|(entry, weight)| *entry += of_query * weight);
        }
        gradient.extend(row);
    }
    gradient
}

/// The states of an encoder on a sentence.
pub fn states(encoder: &Encoder, tokens: &[f64]) -> Vec<Vec<f64>> {
    let mut state = vec![0.0; encoder.hidden];
    let mut states = Vec::new();
    for token in tokens {
        let turned = encoder.turn.chunks(encoder.hidden).zip(&encoder.entry);
        let moved = turned.map(|(row, entry)| encoder.gain * dot(row, &state) + token * entry);
        state = match encoder.cell {
            Cell::Tanh => moved.map(f64::tanh).collect(),
            Cell::Linear => moved.collect(),
        };
        states.push(state.clone());
    }
    states
}

/// How much the output moves with what comes in at every step: the norm of its gradient. Without attention the output reads the last state; with it, `c = Σ α h`
/// is read, and `∂/∂h_t = α_t a + α_t (a·h_t − a·c) q/√d`, beside what comes back from later states.
pub fn path(encoder: &Encoder, tokens: &[f64], attention: bool) -> Vec<f64> {
    let states = states(encoder, tokens);
    let scale = 1.0 / real(encoder.hidden).sqrt();
    let scores: Vec<f64> = states
        .iter()
        .map(|h| scale * dot(h, &encoder.query))
        .collect();
    let weights = softmax(&scores);
    let read: Vec<f64> = states.iter().map(|h| dot(h, &encoder.readout)).collect();
    let mean = dot(&weights, &read);
    let own = |step: usize| -> Vec<f64> {
        if !attention {
            let last = f64::from(u8::from(step + 1 == states.len()));
            return encoder.readout.iter().map(|a| last * a).collect();
        }
        let through = weights[step] * (read[step] - mean) * scale;
        let directions = encoder.readout.iter().zip(&encoder.query);
        directions
            .map(|(a, q)| weights[step] * a + through * q)
            .collect()
    };
    let mut back = vec![0.0; encoder.hidden];
    let mut norms = Vec::new();
    for step in (0..states.len()).rev() {
        let arriving = back.iter().zip(own(step)).zip(&states[step]);
        let local: Vec<f64> = arriving
            .map(|((back, own), h)| match encoder.cell {
                Cell::Tanh => (back + own) * (1.0 - h * h),
                Cell::Linear => back + own,
            })
            .collect();
        norms.push(dot(&local, &local).sqrt());
        let column =
            |j: usize| (0..encoder.hidden).map(move |i| encoder.turn[i * encoder.hidden + j]);
        let sent = |j| {
            encoder.gain
                * column(j)
                    .zip(&local)
                    .map(|(turn, local)| turn * local)
                    .sum::<f64>()
        };
        back = (0..encoder.hidden).map(sent).collect();
    }
    norms.reverse();
    norms
}

/// The ridge of a linear reading: a millionth of a row's unit, so that states that hardly move in some direction are read too.
pub const RIDGE: f64 = 1e-6;

/// The share of the targets' variance that the best linear reading of the rows, with a constant, explains: `β = (XᵀX + λnI)⁻¹ Xᵀy` by
/// Cholesky's factors, `R² = 1 − |y − Xβ|²/|y − ȳ|²`.
pub fn explained(rows: &[&[f64]], targets: &[f64]) -> f64 {
    let width = rows.first().map_or(0, |row| row.len()) + 1;
    let count = real(rows.len());
    let entry = |row: &[f64], j: usize| if j == 0 { 1.0 } else { row[j - 1] };
    let mut matrix = vec![vec![0.0; width]; width];
    let mut right = vec![0.0; width];
    for (row, y) in rows.iter().zip(targets) {
        for i in 0..width {
            right[i] += entry(row, i) * y;
            for (j, total) in matrix[i].iter_mut().enumerate().take(i + 1) {
                *total += entry(row, i) * entry(row, j);
            }
        }
    }
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] += RIDGE * count;
    }
    let weights = solved(matrix, right);
    let mean = targets.iter().sum::<f64>() / count;
    let left = rows.iter().zip(targets).map(|(row, y)| {
        let read: f64 = (0..width).map(|j| entry(row, j) * weights[j]).sum();
        (y - read).powi(2)
    });
    1.0 - left.sum::<f64>() / targets.iter().map(|y| (y - mean).powi(2)).sum::<f64>()
}

/// Solves `M x = r` for a positive matrix, given by its lower triangle, by `M = L Lᵀ`.
fn solved(mut lower: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for j in 0..size {
        for i in j..size {
            let taken = dot(&lower[i][..j], &lower[j][..j]);
            lower[i][j] -= taken;
            lower[i][j] /= if i == j {
                lower[j][j].sqrt()
            } else {
                lower[j][j]
            };
        }
        right[j] = (right[j] - dot(&lower[j][..j], &right[..j])) / lower[j][j];
    }
    for j in (0..size).rev() {
        let taken: f64 = (j + 1..size).map(|i| lower[i][j] * right[i]).sum();
        right[j] = (right[j] - taken) / lower[j][j];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_encoder_keeps_a_gradient_up_to_its_gain() {
        let encoder = Encoder {
            hidden: 2,
            cell: Cell::Linear,
            gain: 0.5,
            turn: vec![0.0, -1.0, 1.0, 0.0],
            entry: vec![1.0, 0.0],
            readout: vec![0.6, 0.8],
            query: vec![1.0, -1.0],
        };
        let norms = path(&encoder, &[0.3, -0.2, 0.5, 0.1], false);
        for (back, norm) in (0..4).zip(norms.iter().rev()) {
            assert!((norm - 0.5_f64.powi(back)).abs() < 1e-15, "{norms:?}");
        }
    }

    #[test]
    fn a_gradient_after_the_decoder_is_a_slope() {
        let example = Attention::by_formula();
        let gradient = decoder_gradient(&example, Queries::Decoder);
        for place in [0, 7, 19] {
            let squares = |by: f64| -> f64 {
                let mut moved = example.clone();
                moved.decoder[place] += by;
                let context = context(&moved, Queries::Decoder).context;
                context.iter().map(|row| dot(row, row)).sum()
            };
            let slope = (squares(1e-5) - squares(-1e-5)) / 2e-5;
            assert!((slope - gradient[place]).abs() < 1e-8, "{slope}");
        }
    }

    #[test]
    fn a_linear_reading_explains_what_is_linear() {
        let rows: Vec<Vec<f64>> = (0..40_u32)
            .map(|n| vec![f64::from(n).sin(), f64::from(n * n).cos()])
            .collect();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let linear: Vec<f64> = rows.iter().map(|row| 2.0 * row[0] - row[1] + 3.0).collect();
        assert!(explained(&rows, &linear) > 0.999_99);
        let other: Vec<f64> = (0..40_u32)
            .map(|n| f64::from(7 * n * n * n).sin())
            .collect();
        assert!(explained(&rows, &other) < 0.3);
    }
}
