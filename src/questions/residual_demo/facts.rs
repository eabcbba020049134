//! Both filters, by the normal equations and by gradient descent.

use super::arguments::Asked;
use crate::lab::residual::{Plan, Trained, train};
use crate::model::Fault;
use crate::report::{Agreement, Witness};
use crate::theory::residual::identity;

/// The last step changed no tap by more than this where descent has settled.
const SETTLED: f64 = 1e-12;

/// Descent that has settled lies so near to the closed form.
const NEAR: f64 = 1e-9;

/// What is known.
pub(super) struct Facts {
    pub(super) asked: Asked,
    /// f(x).
    pub(super) plain: Model,
    /// f(x) + s·x.
    pub(super) residual: Model,
}

/// One model, fitted.
pub(super) struct Model {
    /// By the normal equations.
    pub(super) filter: Vec<f64>,
    /// What comes out with it.
    pub(super) output: Vec<f64>,
    /// The mean squared error.
    pub(super) loss: f64,
    /// By gradient descent on tensors.
    pub(super) trained: Trained,
}

impl Facts {
    /// Gathers them.
    ///
    /// # Errors
    /// If the signal determines no filter, or the engine fails.
    pub(super) fn new(asked: Asked) -> Result<Self, Fault> {
        Ok(Self {
            plain: Model::new(&asked, 0.0)?,
            residual: Model::new(&asked, asked.shortcut)?,
            asked,
        })
    }

    /// θ − θ_res.
    pub(super) fn difference(&self) -> Vec<f64> {
        less(&self.plain.filter, &self.residual.filter)
    }

    /// The largest |θ − θ_res|.
    pub(super) fn apart(&self) -> f64 {
        largest(&self.difference())
    }

    /// The largest distance of θ − θ_res from the identity.
    pub(super) fn off_identity(&self) -> f64 {
        largest(&less(
            &self.difference(),
            &identity(self.asked.problem.taps),
        ))
    }

    /// The largest difference of the two outputs.
    pub(super) fn outputs_apart(&self) -> f64 {
        largest(&less(&self.plain.output, &self.residual.output))
    }

    /// Normal equations beside descent.
    pub(super) fn witnesses(&self) -> [Witness; 2] {
        let models = [
            ("θ, the filter of f(x)", &self.plain),
            ("θ_res, the filter with the shortcut", &self.residual),
        ];
        models.map(|(what, model)| {
            let off = largest(&less(&model.filter, &model.trained.filter));
            let size = largest(&model.filter).max(1.0);
            let settled = model.trained.last_change <= SETTLED * size;
            let agreement = match settled {
                false => Agreement::Alone,
                true if off <= NEAR * size => Agreement::Agree,
                true => Agreement::Disagree,
            };
            let lab = if settled {
                format!(
                    "{} steps of gradient descent on tensors: {off:.1e} off at most",
                    self.asked.updates
                )
            } else {
                format!(
                    "{} steps of gradient descent have not settled yet: give more --updates",
                    self.asked.updates
                )
            };
            Witness {
                quantity: what.to_owned(),
                theory: "the normal equations".to_owned(),
                lab,
                agreement,
            }
        })
    }
}

impl Model {
    fn new(asked: &Asked, shortcut: f64) -> Result<Self, Fault> {
        let problem = &asked.problem;
        let filter = problem.fitted(shortcut, asked.decay).ok_or_else(|| {
            let places = problem.signal.len();
            Fault::new(
                "undetermined",
                format!(
                    "{places} places of the signal do not determine {} taps",
                    problem.taps
                ),
            )
            .help("give a greater --length, fewer taps, or some --decay")
        })?;
        let plan = Plan {
            taps: problem.taps,
            shortcut,
            decay: asked.decay,
            rate: asked.rate,
            updates: asked.updates,
        };
        let trained = train(&problem.signal, &problem.target, plan)?;
        Ok(Self {
            output: problem.output(&filter, shortcut),
            loss: problem.loss(&filter, shortcut),
            filter,
            trained,
        })
    }
}

/// a − b, entry by entry.
fn less(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// The largest size of an entry.
fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x.abs()).fold(0.0, f64::max)
}
