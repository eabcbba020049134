//! What is true of the embedding at hand, computed twice.

use super::arguments::{Asked, Corpus, Without};
use super::sandbox::{self, Ran};
use crate::lab::LabError;
use crate::lab::embedding::{self as lab, Lookup, Read};
use crate::lab::random::Stream;
use crate::model::Fault;
use crate::questions::Setting;
use crate::questions::numbers::rough;
use crate::report::Witness;
use crate::theory::embedding::{self as theory, Bigrams, Fit};

/// Vectors of the small experiments.
const DIM: usize = 4;

/// The learning rate of the classifiers.
const RATE: f64 = 0.5;

/// Two classes of so many words each, vectors with a number for each word, and their training.
const CLASS: usize = 4;
const WORD_RATE: f64 = 4.0;
const WORD_STEPS: usize = 300;

/// Everything that the report is made from.
pub(super) struct Facts {
    pub(super) asked: Asked,
    pub(super) sizes: Counts,
    pub(super) ran: Ran,
    /// Trained on raw indices and on one-hot rows: by formula, and on the tape.
    pub(super) raw: Trained,
    pub(super) one_hot: Trained,
    /// The loss of the best constant.
    pub(super) chance: f64,
    /// The lookup and its gradient.
    pub(super) by_index: Read,
    pub(super) by_one_hot: Read,
    by_hand: Vec<f64>,
    /// How often the first token of the sequence comes, and what each entry of its row receives from the loss Y.sum().
    pub(super) count: usize,
    pub(super) received: f64,
    /// Mean cosines within the classes and across.
    pub(super) alike: Alike,
    tables: (Vec<f64>, Vec<f64>),
}

/// How many numbers there are of what.
pub(super) struct Counts {
    pub(super) shape: Vec<i128>,
    pub(super) positions: i128,
    pub(super) output: i128,
    pub(super) bytes: i128,
    pub(super) parameters: i128,
    pub(super) one_hot: i128,
}

impl Counts {
    fn of(asked: &Asked) -> Option<Self> {
        let product = |numbers: &[i128]| {
            let mut numbers = numbers.iter();
            numbers.try_fold(1_i128, |product, number| product.checked_mul(*number))
        };
        let (tokens, dim) = (i128::from(asked.tokens), i128::from(asked.dim));
        let axes: Vec<i128> = asked.shape.iter().map(|axis| i128::from(*axis)).collect();
        let positions = product(&axes)?;
        let output = product(&[positions, dim])?;
        let mut shape = axes;
        shape.push(dim);
        Some(Self {
            shape,
            positions,
            output,
            bytes: product(&[output, 4])?,
            // A suspect doubles the bytes.
            parameters: product(&[output, 8]).and_then(|_| product(&[tokens, dim]))?,
            one_hot: product(&[positions, tokens])?,
        })
    }
}

/// A classifier by formula and on the tape.
pub(super) struct Trained {
    pub(super) theory: Fit,
    lab: (f64, f64),
}

impl Trained {
    fn on(rows: &[Vec<f64>], asked: &Asked) -> Result<Self, LabError> {
        Ok(Self {
            theory: theory::classifier(rows, &asked.labels, RATE, asked.epochs),
            lab: lab::classifier(rows, &asked.labels, RATE, asked.epochs)?,
        })
    }

    fn witness(&self, what: &str) -> Witness {
        let off = (self.theory.loss - self.lab.0).abs();
        let agree = off <= 1e-9 && (self.theory.accuracy - self.lab.1).abs() < 1e-9;
        Witness::both(
            &format!("training on {what}"),
            "gradient descent with (σ(z) − y)·x written out",
            format!("reverse mode: the loss is off by {}", rough(off)),
            agree,
        )
    }
}

/// Mean cosines of pairs of vectors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alike {
    pub(super) within: f64,
    pub(super) across: f64,
}

impl Facts {
    pub(super) fn new(asked: Asked, setting: &Setting) -> Result<Self, Fault> {
        let sizes = Counts::of(&asked).ok_or_else(|| {
            Fault::new("usage", "the output has more numbers than can be counted")
                .help("give a smaller --shape or --dim")
        })?;
        let ran = sandbox::run(&asked)?;
        Self::measured(asked, sizes, ran, setting).map_err(Fault::from)
    }

    fn measured(
        asked: Asked,
        sizes: Counts,
        ran: Ran,
        setting: &Setting,
    ) -> Result<Self, LabError> {
        let tokens = asked.labels.len();
        let share = 1.0 / asked.labels.iter().map(|_| 1.0).sum::<f64>();
        let raw = (0_u32..)
            .take(tokens)
            .map(|token| vec![f64::from(token) * share]);
        let one_hot = (0..tokens).map(|token| {
            let mut row = vec![0.0; tokens];
            row[token] = 1.0;
            row
        });
        let raw = Trained::on(&raw.collect::<Vec<_>>(), &asked)?;
        let one_hot = Trained::on(&one_hot.collect::<Vec<_>>(), &asked)?;
        let lookup = lookup(&asked, setting.seed);
        let summed = Lookup {
            upstream: vec![1.0; lookup.upstream.len()],
            ..lookup.clone()
        };
        let first = asked.sequence[0];
        let corpus = corpus(asked.corpus, setting.seed);
        let tables = (
            theory::trained_table(&corpus, WORD_RATE, WORD_STEPS),
            lab::trained_table(
                (corpus.words, corpus.dim),
                &corpus.follows,
                (&corpus.table, &corpus.readout),
                WORD_RATE,
                WORD_STEPS,
            )?,
        );
        Ok(Self {
            chance: theory::chance(&asked.labels),
            by_index: lookup.by_index()?,
            by_one_hot: lookup.by_one_hot()?,
            by_hand: theory::row_gradients(
                lookup.tokens,
                lookup.dim,
                &lookup.index,
                &lookup.upstream,
                lookup.padding,
            ),
            count: asked
                .sequence
                .iter()
                .filter(|token| **token == first)
                .count(),
            received: summed.by_index()?.gradient[first * DIM],
            alike: cosines(&tables.0, corpus.dim),
            asked,
            sizes,
            ran,
            raw,
            one_hot,
            tables,
        })
    }

    /// The most that a model without an embedding gains on chance.
    pub(super) fn gain(&self) -> f64 {
        let gain = |trained: &Trained| self.chance - trained.theory.loss;
        match self.asked.without {
            Without::Raw => gain(&self.raw),
            Without::Either => gain(&self.raw).max(gain(&self.one_hot)),
        }
    }

    /// How far the lookup is from one-hots times the table, in what is read and in the gradients.
    pub(super) fn apart(&self) -> (f64, f64) {
        (
            apart(&self.by_index.values, &self.by_one_hot.values),
            apart(&self.by_index.gradient, &self.by_one_hot.gradient),
        )
    }

    pub(super) fn witnesses(&self) -> Vec<Witness> {
        let off = apart(&self.by_hand, &self.by_index.gradient);
        let tables = apart(&self.tables.0, &self.tables.1);
        let sizes = &self.ran.sizes;
        let mut shape = sizes.shape.clone();
        shape.push(sizes.dim);
        let rule = sizes.by_rule(self.asked.index);
        let words = |same: Option<bool>| match same {
            None => "it does not run",
            Some(true) => "it runs and gives the vectors",
            Some(false) => "it runs and gives something else",
        };
        vec![
            Witness::both(
                "the shape",
                "the axes of X and the vector",
                format!(
                    "nn.Embedding, run on an X of {:?} with vectors of {}",
                    sizes.shape, sizes.dim
                ),
                self.ran.embedded == shape,
            ),
            Witness::both(
                "the gather",
                format!("by the rule of shapes {}", words(rule)),
                format!("run: {}", words(self.ran.same)),
                rule == self.ran.same,
            ),
            self.raw.witness("raw indices"),
            self.one_hot.witness("one-hot rows"),
            Witness::both(
                "the gradient of the table",
                "the sum over a token's positions",
                format!("reverse mode: off by {}", rough(off)),
                off <= 1e-12,
            ),
            Witness::both(
                "the word vectors",
                "gradient descent with (softmax − P)Uᵀ written out",
                format!("reverse mode: off by {}", rough(tables)),
                tables <= 1e-8,
            ),
        ]
    }
}

/// A table and what is read from it, from the seed.
fn lookup(asked: &Asked, seed: u64) -> Lookup {
    let stream = Stream::seeded(seed, 0xe3b);
    let most = asked.sequence.iter().copied().max().unwrap_or(0);
    let tokens = most + 1;
    let draw = |from: u64, count: usize| {
        (from..)
            .take(count)
            .map(|place| stream.normal(place))
            .collect()
    };
    Lookup {
        tokens,
        dim: DIM,
        table: draw(0, tokens * DIM),
        index: asked.sequence.clone(),
        upstream: draw(1 << 32, asked.sequence.len() * DIM),
        padding: asked.padding,
    }
}

/// Two classes of words, and what follows them.
fn corpus(kind: Corpus, seed: u64) -> Bigrams {
    let words = 2 * CLASS;
    let share = |word: usize, next: usize| match kind {
        Corpus::Alike if word / CLASS == next / CLASS => 0.9 / 4.0,
        Corpus::Alike => 0.1 / 4.0,
        Corpus::Unlike if word == next => 0.93,
        Corpus::Unlike => 0.01,
    };
    let stream = Stream::seeded(seed, 0xb16);
    let small = |from: u64| {
        let places = (from..).take(words * words);
        places.map(|place| 0.1 * stream.normal(place)).collect()
    };
    Bigrams {
        words,
        follows: (0..words * words)
            .map(|at| share(at / words, at % words))
            .collect(),
        dim: words,
        table: small(0),
        readout: small(1 << 32),
    }
}

/// Mean cosines of the pairs within a class and across.
fn cosines(table: &[f64], dim: usize) -> Alike {
    let vectors: Vec<&[f64]> = table.chunks(dim).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut sums = [(0.0, 0.0); 2];
    for (i, a) in vectors.iter().enumerate() {
        for (j, b) in vectors.iter().enumerate().take(i) {
            let (sum, count) = &mut sums[usize::from(i / CLASS != j / CLASS)];
            *sum += dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
            *count += 1.0;
        }
    }
    let [within, across] = sums.map(|(sum, count): (f64, f64)| sum / count);
    Alike { within, across }
}

fn apart(one: &[f64], other: &[f64]) -> f64 {
    let each = one
        .iter()
        .zip(other)
        .map(|(one, other)| (one - other).abs());
    each.fold(0.0, f64::max)
}
