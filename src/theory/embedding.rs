//! Embeddings by hand: the gradient of a lookup, the rule of shapes of a gather, and two small trainings with their gradients written out.

/// What a lookup's table receives: row k is the sum of the gradients of all positions that hold token k. `upstream` has `dim` numbers a
/// position. A padding token receives nothing.
pub fn row_gradients(
    tokens: usize,
    dim: usize,
    index: &[usize],
    upstream: &[f64],
    padding: Option<usize>,
) -> Vec<f64> {
    let mut rows = vec![0.0; tokens * dim];
    for (&token, part) in index.iter().zip(upstream.chunks(dim)) {
        if padding != Some(token) {
            let row = rows[token * dim..(token + 1) * dim].iter_mut();
            row.zip(part).for_each(|(entry, part)| *entry += part);
        }
    }
    rows
}

/// Why a gather does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// The index has another number of axes than what it reads from.
    Axes,
    /// It is longer than that along an axis other than the gathered one.
    Extent {
        /// Which axis.
        axis: usize,
    },
}

/// Whether `gather(input, axis, index)` runs: the index has as many axes as the input, and is not longer than it along any other axis. The
/// result has the index's shape.
///
/// # Errors
/// What does not fit.
pub fn gather(input: &[usize], axis: usize, index: &[usize]) -> Result<(), Misfit> {
    if input.len() != index.len() {
        return Err(Misfit::Axes);
    }
    let others = (0..input.len()).filter(|other| *other != axis);
    match others
        .into_iter()
        .find(|&other| index[other] > input[other])
    {
        Some(axis) => Err(Misfit::Extent { axis }),
        None => Ok(()),
    }
}

/// How a trained classifier does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The mean binary cross entropy of the last forward pass.
    pub loss: f64,
    /// The share of rows that it has on the right side.
    pub accuracy: f64,
}

/// The loss of the best constant prediction: the entropy of the labels.
pub fn chance(labels: &[f64]) -> f64 {
    let count: f64 = labels.iter().map(|_| 1.0).sum();
    let share = labels.iter().sum::<f64>() / count;
    let part = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
    part(share) + part(1.0 - share)
}

/// A linear classifier `z = w·x + b` trained by gradient descent from 0, `∂L/∂z = (σ(z) − y)/n`: one forward pass an epoch, and a step after each
/// but the last.
pub fn classifier(rows: &[Vec<f64>], labels: &[f64], rate: f64, epochs: usize) -> Fit {
    let count: f64 = labels.iter().map(|_| 1.0).sum();
    let mut weights = vec![0.0; rows.first().map_or(0, Vec::len)];
    let mut bias = 0.0;
    let score = |weights: &[f64], bias: f64, row: &[f64]| -> f64 {
        row.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>() + bias
    };
    for _ in 1..epochs {
        let mut slope = vec![0.0; weights.len()];
        let mut slope_of_bias = 0.0;
        for (row, y) in rows.iter().zip(labels) {
            let error = (1.0 / (1.0 + (-score(&weights, bias, row)).exp()) - y) / count;
            slope
                .iter_mut()
                .zip(row)
                .for_each(|(slope, x)| *slope += error * x);
            slope_of_bias += error;
        }
        let parts = weights.iter_mut().zip(slope);
        parts.for_each(|(w, slope)| *w -= rate * slope);
        bias -= rate * slope_of_bias;
    }
    let mut fit = Fit {
        loss: 0.0,
        accuracy: 0.0,
    };
    for (row, y) in rows.iter().zip(labels) {
        let z = score(&weights, bias, row);
        // log(1 + eᶻ) − y·z, without overflow.
        fit.loss += (z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z) / count;
        fit.accuracy += f64::from(u8::from((z > 0.0) == (*y > 0.5))) / count;
    }
    fit
}

/// Words and what follows them: `follows[i·n + j]` is the share of word i's followers that are word j.
#[derive(Debug, Clone, PartialEq)]
pub struct Bigrams {
    /// How many words there are.
    pub words: usize,
    /// Each row sums to 1.
    pub follows: Vec<f64>,
    /// Numbers in a vector.
    pub dim: usize,
    /// The table of vectors to begin with, words × dim.
    pub table: Vec<f64>,
    /// From a vector to the scores of the followers, dim × words.
    pub readout: Vec<f64>,
}

/// The table after gradient descent on the cross entropy of `softmax(E U)`: with `G = (softmax − P)/n`, `∂L/∂E = G Uᵀ` and
/// `∂L/∂U = Eᵀ G`.
pub fn trained_table(corpus: &Bigrams, rate: f64, steps: usize) -> Vec<f64> {
    let (n, dim) = (corpus.words, corpus.dim);
    let count: f64 = (0..n).map(|_| 1.0).sum();
    let (mut table, mut readout) = (corpus.table.clone(), corpus.readout.clone());
    for _ in 0..steps {
        let mut errors = Vec::new();
        for (vector, follows) in table.chunks(dim).zip(corpus.follows.chunks(n)) {
            let score =
                |j: usize| -> f64 { (0..dim).map(|k| vector[k] * readout[k * n + j]).sum() };
            let scores: Vec<f64> = (0..n).map(score).collect();
            let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = scores.iter().map(|score| (score - most).exp()).sum();
            let parts = scores.iter().zip(follows);
            errors.extend(parts.map(|(score, p)| ((score - most).exp() / total - p) / count));
        }
        let of_table = |i: usize, k: usize| -> f64 {
            (0..n).map(|j| errors[i * n + j] * readout[k * n + j]).sum()
        };
        let of_readout = |k: usize, j: usize| -> f64 {
            (0..n).map(|i| table[i * dim + k] * errors[i * n + j]).sum()
        };
        let step_table: Vec<f64> = (0..n * dim)
            .map(|at| of_table(at / dim, at % dim))
            .collect();
        let step_readout: Vec<f64> = (0..dim * n).map(|at| of_readout(at / n, at % n)).collect();
        table
            .iter_mut()
            .zip(step_table)
            .for_each(|(x, slope)| *x -= rate * slope);
        readout
            .iter_mut()
            .zip(step_readout)
            .for_each(|(x, slope)| *x -= rate * slope);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_tokens_add_up_and_padding_receives_nothing() {
        let index = [2, 0, 2];
        let upstream = [1.0, 2.0, 10.0, 20.0, 100.0, 200.0];
        let rows = row_gradients(3, 2, &index, &upstream, None);
        assert_eq!(rows, [10.0, 20.0, 0.0, 0.0, 101.0, 202.0]);
        let rows = row_gradients(3, 2, &index, &upstream, Some(2));
        assert_eq!(rows, [10.0, 20.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_gather_wants_as_many_axes_and_no_longer_ones() {
        assert_eq!(gather(&[42, 6], 0, &[5, 6, 7, 8]), Err(Misfit::Axes));
        assert_eq!(gather(&[42, 6], 0, &[1680]), Err(Misfit::Axes));
        assert_eq!(gather(&[42, 6], 0, &[1680, 6]), Ok(()));
        assert_eq!(
            gather(&[42, 6], 0, &[3, 7]),
            Err(Misfit::Extent { axis: 1 })
        );
        assert_eq!(
            gather(&[42, 6], 1, &[43, 7]),
            Err(Misfit::Extent { axis: 0 })
        );
    }

    #[test]
    fn what_is_separable_is_learned_and_what_is_not_stays_near_chance() {
        let raw: Vec<Vec<f64>> = (0..10_u32).map(|i| vec![f64::from(i) / 10.0]).collect();
        let monotone = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let alternating = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
        assert!((chance(&monotone) - 2.0_f64.ln()).abs() < 1e-15);
        let learned = classifier(&raw, &monotone, 5.0, 2000);
        assert!(learned.loss < 0.2 && learned.accuracy > 0.99, "{learned:?}");
        let not = classifier(&raw, &alternating, 5.0, 2000);
        assert!(not.loss > 0.6, "{not:?}");
    }
}
