//! What is known of both opponents, gathered once: by formulas and on tensors.

use super::arguments::Asked;
use crate::lab::LabError;
use crate::lab::gan::{self as lab, Detached, Plan};
use crate::lab::random::Stream;
use crate::model::Fault;
use crate::questions::Setting;
use crate::theory::gan::{self as theory, Line, Loss};

/// Learning rates on one number, and steps of both.
const DISCRIMINATOR_RATE: f64 = 0.1;
const GENERATOR_RATE: f64 = 0.05;
const STEPS: usize = 10;

/// The step of the generator's logits where it is trained on.
const LOGIT_RATE: f64 = 0.1;

/// Logits of the table of slopes.
pub(super) const LOGITS: [f64; 5] = [-10.0, -5.0, -2.0, 0.0, 2.0];

/// How many new images are drawn.
pub(super) const DRAWS: usize = 4000;

/// A number by a formula and on tensors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Both {
    pub(super) theory: f64,
    pub(super) lab: f64,
}

impl Both {
    /// How far apart they are, as a share.
    pub(super) fn apart(&self) -> f64 {
        (self.theory - self.lab).abs() / self.theory.abs().max(1.0)
    }
}

/// A generator's gradients on a few values: saturating, then not.
#[derive(Debug)]
pub(super) struct Gradients {
    pub(super) sizes: [f64; 2],
    /// The largest difference to tensors.
    pub(super) apart: f64,
    pub(super) loss: Both,
    /// Of what is generated after a step, as the loss that was asked for has it.
    pub(super) after: f64,
}

/// Everything.
#[derive(Debug)]
pub(super) struct Study {
    /// The best discriminator, at what is generated.
    pub(super) best: Vec<f64>,
    pub(super) divergence: f64,
    /// At what is generated with the best discriminator; at the data itself with ½.
    pub(super) apart: Gradients,
    pub(super) equal: Gradients,
    /// Where the generator is trained on: what it has, the discriminator's accuracy, the divergence before, gradients.
    pub(super) accuracy: f64,
    pub(super) before: f64,
    pub(super) trained_on: Gradients,
    /// The discriminators with the lowest loss and with the asked sureness: loss, and how much nearer a step brings the generator.
    pub(super) lowest: (f64, f64),
    pub(super) higher: (f64, f64),
    pub(super) detached: Detached,
    /// Mean and deviation of what N(0, 1) is decoded to: exactly and drawn.
    pub(super) new_mean: Both,
    pub(super) new_variance: Both,
    pub(super) new_divergence: f64,
    /// θ after ten steps: near target with −log D, far target with log(1−D), each without and with a head start.
    pub(super) near: [Both; 2],
    pub(super) far: [Both; 2],
    /// θ by step of the near target.
    pub(super) paths: [Vec<f64>; 2],
    /// Slopes of both losses by logit, and the largest difference to tensors.
    pub(super) slopes: Vec<[f64; 2]>,
    pub(super) slopes_apart: f64,
}

fn same(loss: Loss) -> lab::Loss {
    match loss {
        Loss::Saturating => lab::Loss::Saturating,
        Loss::NonSaturating => lab::Loss::NonSaturating,
    }
}

fn size(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn gradients(
    asked: &Asked,
    generated: &[f64],
    discriminator: &[f64],
) -> Result<Gradients, LabError> {
    let (loss, measured) = lab::on_values(&asked.data, generated, discriminator)?;
    let formulas = [Loss::Saturating, Loss::NonSaturating]
        .map(|loss| theory::generator_gradient(generated, discriminator, loss));
    let pairs = formulas.iter().flatten().zip(measured.iter().flatten());
    let own = &formulas[usize::from(asked.loss == Loss::NonSaturating)];
    let after = theory::stepped(generated, own, LOGIT_RATE);
    Ok(Gradients {
        sizes: [size(&formulas[0]), size(&formulas[1])],
        apart: pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max),
        loss: Both {
            theory: theory::discriminator_loss(&asked.data, generated, discriminator),
            lab: loss,
        },
        after: theory::jensen_shannon(&asked.data, &after),
    })
}

/// The loss of the best discriminator with this sureness, and how much nearer one step brings the generator.
fn guided(asked: &Asked, sureness: f64) -> (f64, f64) {
    let line = Line {
        target: asked.target,
        theta: 0.0,
        slope: 0.0,
        offset: 0.0,
    };
    let mut line = line.with_best(sureness);
    let loss = line.discriminator_loss();
    line.generate(GENERATOR_RATE, asked.loss);
    (loss, asked.target.abs() - (asked.target - line.theta).abs())
}

/// θ by step, in closed form and on tensors.
fn path(
    asked: &Asked,
    target: f64,
    loss: Loss,
    pretrain: usize,
    told: &dyn Fn(),
) -> Result<(Vec<f64>, Both), LabError> {
    let plan = Plan {
        target,
        slope: asked.start,
        pretrain,
        steps: STEPS,
        discriminator_rate: DISCRIMINATOR_RATE,
        generator_rate: GENERATOR_RATE,
        loss: same(loss),
    };
    let measured = lab::opponents(&plan, told)?;
    let mut line = Line {
        target,
        theta: 0.0,
        slope: asked.start,
        offset: 0.0,
    };
    for _ in 0..pretrain {
        line.discriminate(DISCRIMINATOR_RATE);
    }
    for _ in 0..STEPS {
        line.discriminate(DISCRIMINATOR_RATE);
        line.generate(GENERATOR_RATE, loss);
    }
    let last = measured.last().copied().unwrap_or(f64::NAN);
    let both = Both {
        theory: line.theta,
        lab: last,
    };
    Ok((measured, both))
}

/// Computes everything.
///
/// # Errors
/// If the engine fails.
pub(super) fn study(asked: &Asked, setting: &Setting) -> Result<Study, Fault> {
    measured(asked, setting).map_err(Fault::from)
}

fn measured(asked: &Asked, setting: &Setting) -> Result<Study, LabError> {
    let best = theory::optimal(&asked.data, &asked.generated);
    let half = vec![0.5; asked.data.len()];
    // Without a discriminator of one's own: the equilibrium, where what is generated is the data.
    let (at, discriminator) = match &asked.discriminator {
        Some(discriminator) => (&asked.generated, discriminator),
        None => (&asked.data, &half),
    };
    let all = 2 * (asked.pretrain + 2 * STEPS) as u64;
    let told = || setting.progress.tell(1, all);
    let (near_path, near) = path(asked, asked.target, Loss::NonSaturating, 0, &told)?;
    let (near_path_led, near_led) = path(
        asked,
        asked.target,
        Loss::NonSaturating,
        asked.pretrain,
        &told,
    )?;
    let (_, far) = path(asked, asked.far, Loss::Saturating, 0, &told)?;
    let (_, far_led) = path(asked, asked.far, Loss::Saturating, asked.pretrain, &told)?;
    let (prior_mean, prior_deviation) = asked.prior;
    // What a generator scale·z + shift has to be for z ~ N(mean, std²) to become N(target, 1).
    let scale = 1.0 / prior_deviation;
    let shift = asked.target - scale * prior_mean;
    let (mean, variance) = lab::sampled(scale, shift, DRAWS, Stream::seeded(setting.seed, 0x84))?;
    let off = asked.target - shift;
    let slopes = LOGITS
        .map(|s| [theory::slope_saturating(s), theory::slope_non_saturating(s)])
        .to_vec();
    let mut slopes_apart = 0.0_f64;
    for (place, loss) in [lab::Loss::Saturating, lab::Loss::NonSaturating]
        .into_iter()
        .enumerate()
    {
        for (slope, measured) in slopes.iter().zip(lab::logit_slopes(&LOGITS, loss)?) {
            slopes_apart = slopes_apart.max((slope[place] - measured).abs());
        }
    }
    Ok(Study {
        divergence: theory::jensen_shannon(&asked.data, &asked.generated),
        apart: gradients(asked, &asked.generated, &best)?,
        best,
        equal: gradients(asked, &asked.data, &half)?,
        accuracy: theory::accuracy(&asked.data, at, discriminator),
        before: theory::jensen_shannon(&asked.data, at),
        trained_on: gradients(asked, at, discriminator)?,
        lowest: guided(asked, 1.0),
        higher: guided(asked, asked.sureness),
        detached: lab::detached(setting.seed, asked.shared)?,
        new_mean: Both {
            theory: shift,
            lab: mean,
        },
        new_variance: Both {
            theory: scale * scale,
            lab: variance,
        },
        new_divergence: 0.5 * ((1.0 + off * off) / (scale * scale) - 1.0 + (scale * scale).ln()),
        near: [near, near_led],
        far: [far, far_led],
        paths: [near_path, near_path_led],
        slopes,
        slopes_apart,
    })
}
