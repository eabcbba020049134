//! Training, and what its loss and its weights say without a look at the gradients.

use crate::lab::deep::{Plan, Trained, train};
use crate::model::Fault;
use crate::report::{Finding, Quantities, Quantity, Report, Section, Statement, Value};

use super::network::real;
use super::study::Study;
use crate::questions::Setting;
use crate::questions::picture::picture;

/// How near the loss lies to that of the best constant, as a share, where it is said to lie on the plateau.
pub const PLATEAU: f64 = 0.01;

/// A first layer that moved by less than this share of what the last one moved has stood still.
pub const STILL: f64 = 1e-3;

/// A loss this many times the larger of its start and the best constant's has run away.
pub const AWAY: f64 = 10.0;

/// What the loss and the weights alone show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Flat at the best constant, and the first layer stands still.
    Vanishing,
    /// Not finite any more, or far above where it began.
    Exploding,
    /// Below the best constant, and the first layer moves.
    Healthy,
    /// None of these.
    Unclear,
}

impl Sign {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vanishing => "vanishing",
            Self::Exploding => "exploding",
            Self::Healthy => "healthy",
            Self::Unclear => "unclear",
        }
    }

    /// By the rule.
    pub fn of(first: f64, last: f64, constant: f64, moved_first: f64, moved_last: f64) -> Self {
        let still = moved_first < STILL * moved_last;
        if !last.is_finite() || !moved_first.is_finite() || last > AWAY * first.max(constant) {
            Self::Exploding
        } else if (last / constant - 1.0).abs() <= PLATEAU && still {
            Self::Vanishing
        } else if last < (1.0 - PLATEAU) * constant && !still {
            Self::Healthy
        } else {
            Self::Unclear
        }
    }
}

/// Trains with the first seed's weights, on the setting's device.
///
/// # Errors
/// If the engine fails.
pub fn run(
    study: &Study,
    setting: &Setting,
    plan: Plan,
    progress: &mut dyn FnMut(usize),
) -> Result<Trained, Fault> {
    let weights = study.weights(setting.seed);
    let trained = train(
        &study.chain,
        &weights,
        &study.data,
        plan,
        &setting.device,
        progress,
    )?;
    Ok(trained)
}

/// Adds what came of the training.
pub fn sections(report: &mut Report, study: &Study, trained: &Trained, plan: Plan) {
    let linears = study.chain.linears();
    let moved = |layer: usize| trained.moved[linears[layer].part];
    let (moved_first, moved_last) = (moved(0), moved(linears.len() - 1));
    let constant = study.data.constant_loss();
    let (first, last) = (trained.losses[0], trained.losses[trained.losses.len() - 1]);
    let sign = Sign::of(first, last, constant, moved_first, moved_last);
    let mut verdict = Quantity::exact(
        "verdict.by_training",
        "verdict without looking at the gradients",
        Value::name(sign.name()),
    );
    verdict.steps = vec![
        format!("exploding: the loss is not finite, or more than {AWAY} times where it began"),
        format!(
            "vanishing: the loss lies within {} % of the best constant's, and the first layer moved by less than {STILL} of the last one's share",
            PLATEAU * 100.0
        ),
        format!(
            "healthy: the loss is more than {} % below the best constant's, and the first layer moved by more",
            PLATEAU * 100.0
        ),
    ];
    let mut quantities = vec![
        verdict,
        Quantity::measured("loss.first", "loss before the first step", first, 1, 0.0),
        Quantity::measured("loss.last", "loss after the last step", last, 1, 0.0),
        Quantity::measured(
            "loss.constant",
            "loss of the best constant, var(y)",
            constant,
            1,
            0.0,
        ),
        Quantity::measured(
            "moved.first",
            "the first layer's weights moved by this share",
            moved_first,
            1,
            0.0,
        ),
        Quantity::measured("moved.last", "the last layer's", moved_last, 1, 0.0),
        Quantity::measured(
            "prediction_deviation",
            "standard deviation of the predictions at the end",
            trained.prediction_deviation,
            1,
            0.0,
        ),
    ];
    let off = (last / constant - 1.0).abs();
    let plateau = Statement::new(
        "plateau",
        "training ends on a plateau, at the loss of the best constant",
        // A loss that is not finite lies far off.
        Finding::greater(
            PLATEAU,
            if off.is_nan() { f64::INFINITY } else { off },
            PLATEAU / 100.0,
        ),
        format!(
            "the loss ends at {last:.6}, and that of the best constant is {constant:.6}: {:.3} % apart, and the same up to {} %",
            off * 100.0,
            PLATEAU * 100.0
        ),
    );
    if let Some(step) = trained.losses.iter().position(|loss| !loss.is_finite()) {
        quantities.push(Quantity::exact(
            "diverged_at",
            "the loss is not finite from this step on",
            Value::from(step),
        ));
    }
    report.sections.push(Section::Quantities(Quantities {
        title: format!(
            "Trained: {} steps of gradient descent, learning rate {}, in float32",
            plan.steps, plan.rate
        ),
        quantities,
    }));
    report.sections.push(Section::Statements(vec![plateau]));
    let points: Vec<(f64, f64)> = trained
        .losses
        .iter()
        .enumerate()
        .map(|(step, loss)| (real(step), *loss))
        .collect();
    let end = real(plan.steps);
    report.sections.push(picture(
        "loss",
        "Loss while training",
        "step",
        "mean squared error",
        true,
        vec![
            ("loss".to_owned(), points),
            (
                "the best constant, var(y)".to_owned(),
                vec![(0.0, constant), (end, constant)],
            ),
        ],
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sign_has_its_own_numbers() {
        assert_eq!(Sign::of(0.6, 0.508, 0.508, 1e-9, 0.1), Sign::Vanishing);
        assert_eq!(Sign::of(0.6, 0.508, 0.508, 1e-2, 0.1), Sign::Unclear);
        assert_eq!(Sign::of(0.6, 0.1, 0.508, 1e-2, 0.1), Sign::Healthy);
        assert_eq!(Sign::of(0.6, 0.1, 0.508, 1e-9, 0.1), Sign::Unclear);
        assert_eq!(
            Sign::of(0.6, f64::NAN, 0.508, f64::NAN, 0.1),
            Sign::Exploding
        );
        assert_eq!(Sign::of(0.6, 7.0, 0.508, 0.1, 0.1), Sign::Exploding);
        assert_eq!(Sign::of(0.6, 5.0, 0.508, 0.1, 0.1), Sign::Unclear);
    }
}
