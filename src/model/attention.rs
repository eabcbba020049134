//! Attention between two sets of rows, and the recurrent encoder that it may read, as data.

/// Rows to be attended to, rows that ask, and the projections: `softmax(Q Kᵀ/√d) V` with `Q = A W_qᵀ`, `K = E W_kᵀ`, `V = E W_vᵀ`, where E are
/// the encoder's states and A those of the decoder or of the encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// Numbers in a row.
    pub width: usize,
    /// The encoder's states, in row-major order.
    pub encoder: Vec<f64>,
    /// The decoder's.
    pub decoder: Vec<f64>,
    /// The projections, width × width.
    pub projections: Projections,
    /// Whether a code of its position is added to every state of the encoder.
    pub positions: bool,
    /// Whether a state of the encoder that asks sees no later one.
    pub causal: bool,
}

/// The three learned matrices.
#[derive(Debug, Clone, PartialEq)]
pub struct Projections {
    /// Of the queries.
    pub query: Vec<f64>,
    /// Of the keys.
    pub key: Vec<f64>,
    /// Of the values.
    pub value: Vec<f64>,
}

/// Where queries come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queries {
    /// The decoder's states: attention between source and target.
    Decoder,
    /// The encoder's own states: self-attention.
    Encoder,
}

impl Attention {
    /// An example with six source and four target rows of five numbers, by formula.
    pub fn by_formula() -> Self {
        let matrix = |rows: u8, entry: fn(f64, f64) -> f64| -> Vec<f64> {
            let places = (0..rows).flat_map(|i| (0..5_u8).map(move |j| (i, j)));
            places
                .map(|(i, j)| entry(f64::from(i), f64::from(j)))
                .collect()
        };
        Self {
            width: 5,
            encoder: matrix(6, |i, j| (1.0 + i * j + 2.0 * i).sin()),
            decoder: matrix(4, |i, j| (i * j + j).cos()),
            projections: Projections {
                query: matrix(5, |i, j| (i * j + 1.0).sin()),
                key: matrix(5, |i, j| (i * j + i).cos()),
                value: matrix(5, |i, j| (2.0 * i + j * j).sin()),
            },
            positions: false,
            causal: false,
        }
    }

    /// The same with the encoder's states in the opposite order.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let rows = self.encoder.chunks(self.width).rev();
        Self {
            encoder: rows.flatten().copied().collect(),
            ..self.clone()
        }
    }

    /// The encoder's states as they are attended to: with the codes of their positions, where these are added.
    pub fn source(&self) -> Vec<f64> {
        if !self.positions {
            return self.encoder.clone();
        }
        let rows = (0_u32..).zip(self.encoder.chunks(self.width));
        let coded = rows.flat_map(|(position, row)| {
            let code = code(position, self.width);
            row.iter()
                .zip(code)
                .map(|(x, code)| x + code)
                .collect::<Vec<_>>()
        });
        coded.collect()
    }
}

/// The code of a position: sines and cosines of falling frequency (Vaswani et al., *Attention is all you need*, 2017).
pub fn code(position: u32, width: usize) -> Vec<f64> {
    let count: f64 = (0..width).map(|_| 1.0).sum();
    let mut pair = 0.0;
    let mut code = Vec::new();
    while code.len() < width {
        let angle = f64::from(position) / 10_000_f64.powf(2.0 * pair / count);
        code.extend([angle.sin(), angle.cos()]);
        pair += 1.0;
    }
    code.truncate(width);
    code
}

/// A recurrent encoder `h_t = φ(g·R h_{t−1} + i_t)` with `i_t = s_t·u` for a token that is a number s, and two readings of it: `a·h` of the last
/// state, and `a·Σ α_t h_t` with `α = softmax(h·q/√d)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoder {
    /// Numbers in a state.
    pub hidden: usize,
    /// What a state goes through.
    pub cell: Cell,
    /// The factor g.
    pub gain: f64,
    /// An orthogonal matrix R, hidden × hidden in row-major order.
    pub turn: Vec<f64>,
    /// The direction u that tokens come in by.
    pub entry: Vec<f64>,
    /// The direction a that is read.
    pub readout: Vec<f64>,
    /// The query q.
    pub query: Vec<f64>,
}

/// What a state goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// φ = tanh.
    Tanh,
    /// φ(z) = z.
    Linear,
}
