//! A plain recurrent network with one input and one output a step, as data.
//!
//! `h_t = tanh(W_h h_{t−1} + w_x x_t)`, `o_t = w_o · h_t`, `h_{−1} = 0`, and the loss `Σ_t ½(o_t − y_t)²`.

/// A recurrent network with the sequence that it is run on.
#[derive(Debug, Clone, PartialEq)]
pub struct Recurrence {
    /// Numbers in a state.
    pub hidden: usize,
    /// From state to state, hidden × hidden in row-major order.
    pub w_h: Vec<f64>,
    /// From input to state.
    pub w_x: Vec<f64>,
    /// From state to output.
    pub w_o: Vec<f64>,
    /// The input, a number a step.
    pub inputs: Vec<f64>,
    /// What the output is compared with, a number a step.
    pub targets: Vec<f64>,
}

/// How a sequence is cut into chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Steps in a chunk; the last one may be shorter.
    pub every: usize,
    /// What a chunk begins with.
    pub state: State,
}

/// What a chunk begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The state that the chunk before ended in, as a number: no gradient leads back through it.
    Carry,
    /// Zeros.
    Reset,
}

impl Cut {
    /// No cut in a sequence of this length.
    pub fn none(length: usize) -> Self {
        Self {
            every: length.max(1),
            state: State::Carry,
        }
    }

    /// Whether a chunk begins at this step.
    pub fn begins_at(self, step: usize) -> bool {
        step.is_multiple_of(self.every)
    }

    /// The first step of the chunk that this step is in.
    pub fn start_of(self, step: usize) -> usize {
        step - step % self.every
    }
}
