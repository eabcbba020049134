//! Measurement and theory of one network, brought together.

use crate::lab::deep::{Data, Gradients, Initial, Weights, measure};
use crate::lab::{Device, Estimate};
use crate::model::{Chain, Fault};
use crate::theory::mean_field::{self, NoTheory, Through};

use super::network::{real, spreads};

/// A network, measured at its initial weights for one or more seeds, beside the theory.
#[derive(Debug)]
pub struct Study {
    /// The network.
    pub chain: Chain,
    /// How its weights start.
    pub initial: Initial,
    /// The data, the same for all seeds.
    pub data: Data,
    /// One entry a seed.
    pub measured: Vec<Gradients>,
    /// What each linear layer does in theory; for shared weights as if each use had its own.
    pub theory: Result<Vec<Through>, NoTheory>,
}

/// The verdict over a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The first layers' gradients are too small.
    Vanishing,
    /// They are too large.
    Exploding,
    /// Neither.
    Healthy,
}

impl Outcome {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vanishing => "vanishing",
            Self::Exploding => "exploding",
            Self::Healthy => "healthy",
        }
    }
}

/// A gradient that is this many times smaller (or larger) at the first hidden layer than at the last has vanished
/// (or exploded): a step that suits one of them moves the other by less than a thousandth.
pub const FACTOR: f64 = 1e3;

/// Standard errors that a verdict keeps from a threshold.
pub const MARGIN: f64 = 3.0;

/// The share of a first layer's gradient that float32 may lose to zero.
pub const MOST_LOST: f64 = 0.5;

impl Study {
    /// Data and theory, without measuring.
    pub fn prepared(chain: Chain, initial: Initial, batch: usize, seed: u64) -> Self {
        let data = Data::draw(&chain, batch, initial, seed);
        let theory = mean_field::follow(&chain, &spreads(&chain, initial), data.input_moment());
        Self {
            chain,
            initial,
            data,
            measured: Vec::new(),
            theory,
        }
    }

    /// The weights of the seed with this number.
    pub fn weights(&self, seed: u64) -> Weights {
        Weights::draw(&self.chain, self.initial, seed)
    }

    /// Measures with these seeds, on a device.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn measure(
        &mut self,
        seeds: impl Iterator<Item = u64>,
        device: &Device,
    ) -> Result<(), Fault> {
        for seed in seeds {
            let found = measure(&self.chain, &self.weights(seed), &self.data, device);
            let found = found?;
            self.measured.push(found);
        }
        Ok(())
    }

    /// ln of the ratio of the gradient's norm at hidden layer `at` to that at the next one, a seed each; without those that
    /// are no number.
    pub fn log_ratios(&self, at: usize) -> Vec<f64> {
        let ratio =
            |found: &Gradients| (found.layers[at].output / found.layers[at + 1].output).ln();
        self.measured
            .iter()
            .map(ratio)
            .filter(|ratio| ratio.is_finite())
            .collect()
    }

    /// How many ratios there are: hidden layers less one.
    pub fn ratios(&self) -> usize {
        self.chain.linears().len().saturating_sub(2)
    }

    /// ln of the ratio by layer, averaged over layers and seeds.
    ///
    /// The error is the larger of two: from the spread of all single ratios, and from that of the seeds' means.
    pub fn log_ratio(&self) -> Option<Estimate> {
        let all: Vec<f64> = (0..self.ratios())
            .flat_map(|at| self.log_ratios(at))
            .collect();
        let single = Estimate::of(&all)?;
        let by_seed = self.measured.iter().filter_map(|found| {
            let hidden = &found.layers[..found.layers.len() - 1];
            let ratios = hidden
                .windows(2)
                .map(|pair| (pair[0].output / pair[1].output).ln());
            let ratios: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
            Some(Estimate::of(&ratios)?.mean)
        });
        let between = Estimate::of(&by_seed.collect::<Vec<f64>>()).map_or(0.0, |seeds| seeds.error);
        Some(Estimate {
            error: single.error.max(between),
            ..single
        })
    }

    /// What theory says of the same average, and how far below it a network of this width may lie.
    pub fn theory_log_ratio(&self) -> Option<(f64, f64)> {
        let through = self.theory.as_ref().ok()?;
        let inner = through.get(1..=self.ratios())?;
        let count = real(inner.len());
        let width = self.chain.widths()[self.chain.linears()[self.ratios()].output];
        let mean = mean_field::log_ratios(inner, width).iter().sum::<f64>() / count;
        let bias = inner.iter().map(|through| through.bias).sum::<f64>() / count;
        (!inner.is_empty()).then_some((mean, bias))
    }

    /// ln of the norm at the first hidden layer over that at the last, averaged over seeds, with its standard error.
    /// Minus infinity where the first has become zero.
    pub fn log_total(&self) -> Option<Estimate> {
        let total = |found: &Gradients| {
            let hidden = &found.layers[..found.layers.len() - 1];
            let (first, last) = (hidden.first()?.output, hidden.last()?.output);
            Some((first / last).ln())
        };
        let totals: Vec<f64> = self.measured.iter().filter_map(total).collect();
        let mut estimate = Estimate::of(&totals)?;
        if let Some(ratio) = self.log_ratio() {
            estimate.error = ratio.error * real(self.ratios());
        }
        Some(estimate)
    }

    /// The mean over seeds of something at a layer.
    pub fn mean(&self, of: impl Fn(&Gradients) -> f64) -> f64 {
        self.measured.iter().map(of).sum::<f64>() / real(self.measured.len())
    }

    /// The verdict by the gradients; `None` where the error bar lies across a threshold.
    pub fn outcome(&self) -> Option<Outcome> {
        let finite = |found: &Gradients| {
            found.loss.is_finite()
                && found
                    .layers
                    .iter()
                    .all(|layer| layer.output.is_finite() && layer.weight.is_finite())
        };
        if !self.measured.iter().all(finite) {
            return Some(Outcome::Exploding);
        }
        let lost = self.mean(|found| found.layers[0].lost);
        let total = self.log_total()?;
        if lost > MOST_LOST || total.mean == f64::NEG_INFINITY || total.mean.is_nan() {
            return Some(Outcome::Vanishing);
        }
        let doubt = MARGIN * total.error;
        let threshold = FACTOR.ln();
        if total.mean + doubt < -threshold {
            Some(Outcome::Vanishing)
        } else if total.mean - doubt > threshold {
            Some(Outcome::Exploding)
        } else if total.mean - doubt > -threshold && total.mean + doubt < threshold {
            Some(Outcome::Healthy)
        } else {
            None
        }
    }
}
