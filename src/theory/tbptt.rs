//! Backpropagation through time by its recursion, cut into chunks or not.
//!
//! With `δ_t` the gradient that arrives at `h_t` and `D_t = diag(1 − h_t²)`:
//! `δ_t = u_t + W_hᵀ D_{t+1} δ_{t+1}`, where the second term is left out if a chunk begins at `t + 1`, and
//! `∂L/∂W_h = Σ_t D_t δ_t h_{t−1}ᵀ`, `∂L/∂x_t = w_x · D_t δ_t`. For the loss `u_t = w_o (o_t − y_t)`; for the last output alone
//! it is `w_o` at the last step and 0 elsewhere. (Werbos, *Backpropagation through time*, 1990; Williams and Peng, *An efficient
//! gradient-based algorithm for on-line training of recurrent network trajectories*, 1990.)

use crate::model::Recurrence;
use crate::model::recurrence::{Cut, State};

/// What a network does on its sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What each step's state is made from: that of the step before, or what its chunk begins with.
    pub before: Vec<Vec<f64>>,
    /// The state of every step.
    pub states: Vec<Vec<f64>>,
    /// The output of every step.
    pub outputs: Vec<f64>,
    /// `Σ ½(o − y)²`.
    pub loss: f64,
}

/// Runs a network chunk by chunk.
pub fn run(net: &Recurrence, cut: Cut) -> Run {
    let mut run = Run {
        before: Vec::new(),
        states: Vec::new(),
        outputs: Vec::new(),
        loss: 0.0,
    };
    let mut state = vec![0.0; net.hidden];
    for (step, (x, y)) in net.inputs.iter().zip(&net.targets).enumerate() {
        if cut.begins_at(step) && cut.state == State::Reset {
            state = vec![0.0; net.hidden];
        }
        let rows = net.w_h.chunks(net.hidden).zip(&net.w_x);
        let entries = rows.map(|(row, w_x)| (dot(row, &state) + w_x * x).tanh());
        let reached: Vec<f64> = entries.collect();
        let output = dot(&net.w_o, &reached);
        run.loss += 0.5 * (output - y).powi(2);
        run.outputs.push(output);
        run.before
            .push(std::mem::replace(&mut state, reached.clone()));
        run.states.push(reached);
    }
    run
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `D_t δ_t` of every step, from what the outputs send back; the recursion ends where a chunk begins.
fn errors(net: &Recurrence, run: &Run, cut: Cut, sent: &[f64]) -> Vec<Vec<f64>> {
    let mut errors = Vec::new();
    let mut arriving = vec![0.0; net.hidden];
    for step in (0..run.states.len()).rev() {
        let parts = arriving.iter().zip(&net.w_o).zip(&run.states[step]);
        let local: Vec<f64> = parts
            .map(|((arriving, w_o), h)| (arriving + w_o * sent[step]) * (1.0 - h * h))
            .collect();
        arriving = if cut.begins_at(step) {
            vec![0.0; net.hidden]
        } else {
            let column = |j: usize| (0..net.hidden).map(move |i| net.w_h[i * net.hidden + j]);
            let back = |j| column(j).zip(&local).map(|(w, local)| w * local).sum();
            (0..net.hidden).map(back).collect()
        };
        errors.push(local);
    }
    errors.reverse();
    errors
}

/// `∂L/∂W_h`, hidden × hidden in row-major order, with the gradient cut where a chunk begins.
pub fn gradient(net: &Recurrence, cut: Cut) -> Vec<f64> {
    let run = run(net, cut);
    let outputs = run.outputs.iter().zip(&net.targets);
    let sent: Vec<f64> = outputs.map(|(output, y)| output - y).collect();
    let mut gradient = vec![0.0; net.hidden * net.hidden];
    for (local, before) in errors(net, &run, cut, &sent).iter().zip(&run.before) {
        for (row, local) in gradient.chunks_mut(net.hidden).zip(local) {
            for (entry, before) in row.iter_mut().zip(before) {
                *entry += local * before;
            }
        }
    }
    gradient
}

/// The derivative of the last output after every input: as a cut graph tells it, or as the outputs have it. The two differ where
/// a chunk carries on the state of the one before.
pub fn influence(net: &Recurrence, cut: Cut, through_the_cuts: bool) -> Vec<f64> {
    let run = run(net, cut);
    let mut sent = vec![0.0; run.outputs.len()];
    if let Some(last) = sent.last_mut() {
        *last = 1.0;
    }
    let graph = if through_the_cuts && cut.state == State::Carry {
        Cut::none(net.inputs.len())
    } else {
        cut
    };
    let errors = errors(net, &run, graph, &sent);
    errors.iter().map(|local| dot(&net.w_x, local)).collect()
}

/// The coefficient at which the truncated gradient of `h_t = b·h_{t−1} + x_t` vanishes, first met from 0 in the direction of descent, where
/// the targets are `y_t = a·y_{t−1} + x_t`. With a forward recursion: `h′_t = h_{t−1} + b·h′_{t−1}`, `G(b) = Σ (h_t − y_t) h′_t`,
/// h′ beginning anew with every chunk. `None` where it vanishes nowhere near.
pub fn integrator(inputs: &[f64], decay: f64, cut: Cut) -> Option<f64> {
    const STEP: f64 = 0.01;
    const FAR: usize = 300;
    let slope = |b: f64| {
        let (mut y, mut h, mut tangent, mut slope) = (0.0, 0.0, 0.0, 0.0);
        for (step, x) in inputs.iter().enumerate() {
            if cut.begins_at(step) {
                tangent = 0.0;
                if cut.state == State::Reset {
                    h = 0.0;
                }
            }
            y = decay * y + x;
            tangent = h + b * tangent;
            h = b * h + x;
            slope += (h - y) * tangent;
        }
        slope
    };
    let first = slope(0.0);
    if first == 0.0 {
        return Some(0.0);
    }
    let ahead = -first.signum() * STEP;
    let mut near = 0.0;
    for _ in 0..FAR {
        let far = near + ahead;
        if slope(far) * first <= 0.0 {
            return Some(bisect(&slope, near, far, first));
        }
        near = far;
    }
    None
}

/// Where a function turns from the sign of `first`, which it has at `near` and not at `far`.
fn bisect(slope: &dyn Fn(f64) -> f64, mut near: f64, mut far: f64, first: f64) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(near, far);
        if slope(middle) * first > 0.0 {
            near = middle;
        } else {
            far = middle;
        }
    }
    f64::midpoint(near, far)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(length: usize) -> Recurrence {
        Recurrence {
            hidden: 2,
            w_h: vec![0.4, -0.7, 0.2, 0.9],
            w_x: vec![1.0, -0.5],
            w_o: vec![0.3, 0.8],
            inputs: (0_u32..).take(length).map(|t| f64::from(t).sin()).collect(),
            targets: vec![0.2; length],
        }
    }

    fn cut(every: usize, state: State) -> Cut {
        Cut { every, state }
    }

    #[test]
    fn the_uncut_gradient_is_the_slope_of_the_loss() {
        let plain = net(7);
        let gradient = gradient(&plain, Cut::none(7));
        for (place, gradient) in gradient.iter().enumerate() {
            let loss = |by: f64| {
                let mut moved = plain.clone();
                moved.w_h[place] += by;
                run(&moved, Cut::none(7)).loss
            };
            let slope = (loss(1e-5) - loss(-1e-5)) / 2e-5;
            assert!((slope - gradient).abs() < 1e-9, "{slope} {gradient}");
        }
    }

    #[test]
    fn carrying_changes_no_output_and_resetting_does() {
        let plain = run(&net(9), Cut::none(9));
        assert_eq!(run(&net(9), cut(2, State::Carry)), plain);
        let reset = run(&net(9), cut(2, State::Reset));
        assert!((reset.outputs[8] - plain.outputs[8]).abs() > 1e-3);
        assert!((reset.outputs[1] - plain.outputs[1]).abs() < 1e-15);
    }

    #[test]
    fn a_cut_hides_what_the_state_carries() {
        let cut = cut(4, State::Carry);
        let (seen, real) = (
            influence(&net(6), cut, false),
            influence(&net(6), cut, true),
        );
        assert!(
            seen[..4]
                .iter()
                .all(|slope| slope.abs() < f64::MIN_POSITIVE)
        );
        assert!(real[..4].iter().all(|slope| slope.abs() > 1e-6));
        assert!((seen[5] - real[5]).abs() < 1e-15);
    }

    #[test]
    fn a_chunk_of_one_learns_the_decay_where_the_state_is_carried_and_nothing_where_not() {
        let inputs: Vec<f64> = (0..30_u32).map(|t| f64::from(t * t).sin()).collect();
        let carried = integrator(&inputs, 0.9, cut(1, State::Carry));
        assert!(
            carried.is_some_and(|b| (b - 0.9).abs() < 1e-12),
            "{carried:?}"
        );
        assert_eq!(integrator(&inputs, 0.9, cut(1, State::Reset)), Some(0.0));
    }

    #[test]
    fn a_chunk_of_two_has_a_least_squares_solution() {
        let inputs: Vec<f64> = (0..20_u32).map(|t| f64::from(t * t + 1).sin()).collect();
        let mut y = 0.0;
        let mut targets = Vec::new();
        for x in &inputs {
            y = 0.7 * y + x;
            targets.push(y);
        }
        let pairs = (0..10).map(|pair| {
            (
                inputs[2 * pair],
                targets[2 * pair + 1] - inputs[2 * pair + 1],
            )
        });
        let (above, below) = pairs.fold((0.0, 0.0), |(above, below), (x, rest)| {
            (above + x * rest, below + x * x)
        });
        let found = integrator(&inputs, 0.7, cut(2, State::Reset));
        assert!(found.is_some_and(|b| (b - above / below).abs() < 1e-12));
    }
}
