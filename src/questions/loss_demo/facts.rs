//! Both losses along the logit, by formula and on tensors.

use super::arguments::Asked;
use crate::lab::{self, LabError};
use crate::model::Fault;
use crate::report::Witness;
use crate::theory::losses::{Labelled, Loss};

/// Places at which the curvature is taken on tensors.
const PLACES: u32 = 2001;

/// What is known.
pub(super) struct Facts {
    pub(super) asked: Asked,
    pub(super) square: One,
    pub(super) entropy: One,
}

/// One loss.
pub(super) struct One {
    pub(super) loss: Labelled,
    /// Steps from each start.
    pub(super) steps: Vec<Option<u32>>,
    /// The same on tensors.
    measured_steps: Vec<Option<u32>>,
    /// Value and derivatives at the logits, on tensors.
    along: lab::losses::Along,
    /// The share of negative curvatures at equally distant logits, on tensors.
    pub(super) negative_share: f64,
    /// The least of these curvatures.
    pub(super) least_curvature: f64,
}

impl Facts {
    /// Gathers them.
    ///
    /// # Errors
    /// If the engine fails.
    pub(super) fn new(asked: Asked) -> Result<Self, Fault> {
        let one = |loss, lab| One::new(loss, lab, &asked).map_err(Fault::from);
        Ok(Self {
            square: one(Loss::Square, lab::losses::Loss::Square)?,
            entropy: one(Loss::CrossEntropy, lab::losses::Loss::CrossEntropy)?,
            asked,
        })
    }

    /// The start at which squared error falls behind most, with the steps of both: squared error, cross-entropy.
    pub(super) fn worst(&self) -> Option<(f64, f64, f64)> {
        let steps = |found: Option<u32>| found.map_or(f64::INFINITY, f64::from);
        let both = self.square.steps.iter().zip(&self.entropy.steps);
        let all = self.asked.starts.iter().zip(both);
        let all = all.map(|(start, (square, entropy))| (*start, steps(*square), steps(*entropy)));
        // Starts that are right already say nothing; of them there may be no other.
        let behind = |one: &(f64, f64, f64)| if one.2 > 0.0 { one.1 / one.2 } else { 0.0 };
        all.max_by(|a, b| behind(a).total_cmp(&behind(b)))
    }

    /// Formula beside tensors.
    pub(super) fn witnesses(&self) -> [Witness; 3] {
        let both = [&self.square, &self.entropy];
        let agree = |of: &dyn Fn(&One) -> bool| both.iter().all(|one| of(one));
        let width = 2.0 * self.asked.range / f64::from(PLACES - 1);
        [
            Witness::both(
                "losses, gradients and curvatures",
                "closed forms in the probability of the wrong label",
                "values, reverse mode, and reverse mode of that",
                agree(&|one| one.along_agrees(&self.asked.logits)),
            ),
            Witness::both(
                "steps of gradient descent",
                "descent by the closed gradient",
                "descent by reverse mode",
                agree(&|one| one.steps == one.measured_steps),
            ),
            Witness::both(
                "the share of negative curvature",
                "where the curvature changes its sign",
                format!("counted at {PLACES} logits"),
                agree(&|one| {
                    let exact = one.loss.negative_share(self.asked.range);
                    (one.negative_share - exact).abs() <= width / self.asked.range
                }),
            ),
        ]
    }
}

impl One {
    fn new(loss: Loss, lab: lab::losses::Loss, asked: &Asked) -> Result<Self, LabError> {
        let loss = Labelled {
            loss,
            one: asked.one,
        };
        let at = |place: u32| asked.range * (2.0 * f64::from(place) / f64::from(PLACES - 1) - 1.0);
        let grid: Vec<f64> = (0..PLACES).map(at).collect();
        let curvatures = lab.along(&grid, asked.label())?.curvatures;
        let negative = curvatures
            .iter()
            .filter(|curvature| **curvature < 0.0)
            .count();
        let starts = asked.starts.iter();
        Ok(Self {
            loss,
            steps: starts
                .map(|start| loss.steps(*start, asked.rate, asked.most))
                .collect(),
            measured_steps: lab.steps(&asked.starts, asked.label(), asked.rate, asked.most)?,
            along: lab.along(&asked.logits, asked.label())?,
            negative_share: f64::from(u32::try_from(negative).unwrap_or(PLACES))
                / f64::from(PLACES),
            least_curvature: curvatures.into_iter().fold(f64::INFINITY, f64::min),
        })
    }

    fn along_agrees(&self, logits: &[f64]) -> bool {
        let near =
            |exact: f64, measured: f64| (exact - measured).abs() <= 1e-12 * exact.abs().max(1.0);
        logits.iter().enumerate().all(|(place, z)| {
            near(self.loss.value(*z), self.along.values[place])
                && near(self.loss.gradient(*z), self.along.gradients[place])
                && near(self.loss.curvature(*z), self.along.curvatures[place])
        })
    }
}
