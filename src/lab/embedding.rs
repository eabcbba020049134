//! Embeddings on tensors: a lookup beside one-hots, and two small trainings by reverse mode.

use candle_core::{Device, Tensor};

use super::ops::{Op, Unary};
use super::value::{Order, Proven, gradients};
use super::{LabError, Value, tape};

/// A table, where it is read, and what comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// How many tokens there are.
    pub tokens: usize,
    /// Numbers in a vector.
    pub dim: usize,
    /// tokens × dim numbers.
    pub table: Vec<f64>,
    /// The token at each position.
    pub index: Vec<usize>,
    /// The gradient of what is read, dim numbers a position.
    pub upstream: Vec<f64>,
    /// A token whose row receives no gradient (`padding_idx`).
    pub padding: Option<usize>,
}

/// What is read, and the gradient that the table receives.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// dim numbers a position.
    pub values: Vec<f64>,
    /// tokens × dim numbers.
    pub gradient: Vec<f64>,
}

impl Lookup {
    fn back(&self, table: &Value, read: &Value) -> Result<Read, LabError> {
        let upstream = tape::constant(&[self.index.len(), self.dim], &self.upstream)?;
        let found = gradients(
            &[(read.clone(), upstream)],
            std::slice::from_ref(table),
            Order::First,
            &Proven,
        )?;
        let gradient = match found.into_iter().next().flatten() {
            Some(gradient) => tape::numbers(&gradient)?,
            None => vec![0.0; self.table.len()],
        };
        Ok(Read {
            values: tape::numbers(read)?,
            gradient,
        })
    }

    /// By the numbers of the rows, as `nn.Embedding` does it.
    ///
    /// # Errors
    /// If the engine fails, or a token is not in the table.
    pub fn by_index(&self) -> Result<Read, LabError> {
        let table = tape::leaf(&[self.tokens, self.dim], &self.table)?;
        let learned: Vec<f64> = (0..self.tokens)
            .map(|token| f64::from(u8::from(self.padding != Some(token))))
            .collect();
        let learned = tape::constant(&[self.tokens, 1], &learned)?;
        let fixed = learned.affine(-1.0, 1.0)?;
        // The padding's row is read as a constant.
        let rows = table.mul(&learned)?.add(&table.untracked().mul(&fixed)?)?;
        let read = Value::apply(Op::IndexSelect(0), &[&rows, &numbers(&self.index)?])?;
        self.back(&table, &read)
    }

    /// One-hot rows times the table.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn by_one_hot(&self) -> Result<Read, LabError> {
        let table = tape::leaf(&[self.tokens, self.dim], &self.table)?;
        let mut rows = vec![0.0; self.index.len() * self.tokens];
        for (row, &token) in rows.chunks_mut(self.tokens).zip(&self.index) {
            row[token] = 1.0;
        }
        let rows = tape::constant(&[self.index.len(), self.tokens], &rows)?;
        self.back(&table, &rows.matmul(&table)?)
    }
}

/// Row numbers as a tensor of integers.
fn numbers(index: &[usize]) -> Result<Value, LabError> {
    let index = index
        .iter()
        .map(|&token| i64::try_from(token).unwrap_or(i64::MAX));
    Tensor::from_iter(index, &Device::Cpu)
        .map(Value::constant)
        .map_err(|error| LabError::engine("tensor", &error))
}

/// A linear classifier trained on rows by gradient descent from 0: the mean binary cross entropy of the last forward pass, and the share
/// of rows on the right side.
///
/// # Errors
/// If the engine fails.
pub fn classifier(
    rows: &[Vec<f64>],
    labels: &[f64],
    rate: f64,
    epochs: usize,
) -> Result<(f64, f64), LabError> {
    let (count, width) = (rows.len(), rows.first().map_or(0, Vec::len));
    let rows = tape::constant(&[count, width], &rows.concat())?;
    // log(1 + eᶻ) − y·z = log(1 + e^(−s·z)) with s = 2y − 1.
    let signs: Vec<f64> = labels.iter().map(|y| 1.0 - 2.0 * y).collect();
    let signs = tape::constant(&[count, 1], &signs)?;
    let share = 1.0 / labels.iter().map(|_| 1.0).sum::<f64>();
    let mut weights = tape::leaf(&[width, 1], &vec![0.0; width])?;
    let mut bias = tape::leaf(&[1], &[0.0])?;
    let mut epoch = 1;
    loop {
        let scores = rows.matmul(&weights)?.add(&bias)?;
        let losses = scores.mul(&signs)?.unary(Unary::Softplus)?;
        let loss = losses.sum(&[0, 1], false)?.affine(share, 0.0)?;
        if epoch >= epochs {
            let right = tape::numbers(&scores)?.into_iter().zip(labels);
            let right = right.filter(|(score, y)| (*score > 0.0) == (**y > 0.5));
            let accuracy = right.map(|_| share).sum();
            return Ok((tape::numbers(&loss)?[0], accuracy));
        }
        [weights, bias] = stepped(&loss, [&weights, &bias], rate)?;
        epoch += 1;
    }
}

/// Two leaves after a step against their gradients.
fn stepped(loss: &Value, leaves: [&Value; 2], rate: f64) -> Result<[Value; 2], LabError> {
    let seed = tape::constant(&[], &[1.0])?;
    let targets = leaves.map(Value::clone);
    let found = gradients(&[(loss.clone(), seed)], &targets, Order::First, &Proven)?;
    let moved = |leaf: &Value, slope: &Option<Value>| {
        let moved = match slope {
            Some(slope) => leaf.untracked().sub(&slope.affine(rate, 0.0)?)?,
            None => leaf.untracked(),
        };
        Ok(Value::leaf(moved.tensor().clone()))
    };
    Ok([
        moved(&targets[0], &found[0])?,
        moved(&targets[1], &found[1])?,
    ])
}

/// A table of word vectors (words × dim) trained with its readout (dim × words) to tell what follows each word: gradient descent on the
/// mean cross entropy of `softmax(E U)` with the rows of `follows`.
///
/// # Errors
/// If the engine fails.
pub fn trained_table(
    (words, dim): (usize, usize),
    follows: &[f64],
    (table, readout): (&[f64], &[f64]),
    rate: f64,
    steps: usize,
) -> Result<Vec<f64>, LabError> {
    let share = 1.0 / (0..words).map(|_| 1.0).sum::<f64>();
    let follows = tape::constant(&[words, words], follows)?;
    let mut table = tape::leaf(&[words, dim], table)?;
    let mut readout = tape::leaf(&[dim, words], readout)?;
    for _ in 0..steps {
        let scores = table.matmul(&readout)?;
        let of_followers = Value::apply(Op::LogSoftmax(1), &[&scores])?;
        let loss = of_followers
            .mul(&follows)?
            .sum(&[0, 1], false)?
            .affine(-share, 0.0)?;
        [table, readout] = stepped(&loss, [&table, &readout], rate)?;
    }
    tape::numbers(&table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_is_a_product_with_one_hots_and_gradients_add_up() -> Result<(), LabError> {
        let lookup = Lookup {
            tokens: 3,
            dim: 2,
            table: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            index: vec![2, 0, 2],
            upstream: vec![1.0, 2.0, 10.0, 20.0, 100.0, 200.0],
            padding: None,
        };
        let read = lookup.by_index()?;
        assert_eq!(read.values, [5.0, 6.0, 1.0, 2.0, 5.0, 6.0]);
        assert_eq!(read.gradient, [10.0, 20.0, 0.0, 0.0, 101.0, 202.0]);
        assert_eq!(lookup.by_one_hot()?, read);
        let padded = Lookup {
            padding: Some(2),
            ..lookup.clone()
        };
        assert_eq!(
            padded.by_index()?.gradient,
            [10.0, 20.0, 0.0, 0.0, 0.0, 0.0]
        );
        Ok(())
    }
}
