//! The sentences, and what the numbers say of each.

use super::arguments::Asked;
use super::study::Study;
use crate::questions::numbers::short;
use crate::report::{Finding, Statement};

/// Every sentence.
pub(super) fn all(asked: &Asked, study: &Study) -> Vec<Statement> {
    vec![
        high_loss(study),
        backpropagate(study),
        sample_latent(asked, study),
        head_start(asked, study),
        train_on(study),
    ]
}

/// A number in a sentence.
fn about(number: f64) -> String {
    let rounded = format!("{number:.3e}").parse().unwrap_or(number);
    short(if number.abs() < 1e-15 { 0.0 } else { rounded })
}

fn high_loss(study: &Study) -> Statement {
    let ((low, gain), (high, other)) = (study.lowest, study.higher);
    Statement::new(
        "high_discriminator_loss",
        "The discriminator's loss should be as high as possible",
        Finding::greater(other, gain, 1e-9),
        format!(
            "a step against the discriminator of loss {} brings the generator {} nearer to the data, against one of loss {} it is {}; at the equilibrium the best discriminator's loss is {} = 2 log 2",
            about(low),
            about(gain),
            about(high),
            about(other),
            about(study.equal.loss.theory)
        ),
    )
}

fn backpropagate(study: &Study) -> Statement {
    let found = &study.detached;
    Statement::new(
        "backpropagate_into_generator",
        "Training the discriminator needs backpropagation into the generator",
        !Finding::none(found.difference / found.size, 1e-12, 1e-6),
        format!(
            "with what is generated detached the discriminator's gradient, of size {}, differs by {}; undetached, {} arrives at the generator, with a cosine of {} to its own gradient",
            about(found.size),
            about(found.difference),
            about(found.generator[1]),
            about(found.cosine)
        ),
    )
}

fn sample_latent(asked: &Asked, study: &Study) -> Statement {
    Statement::new(
        "sample_latent",
        "A new image comes from a latent vector drawn from N(0, I)",
        Finding::none(study.new_divergence, 1e-12, 1e-6),
        format!(
            "trained with z ~ N({}, {}²), what z ~ N(0, 1) is turned into has the mean {} and the variance {}, the data {} and 1: KL {}",
            short(asked.prior.0),
            short(asked.prior.1),
            about(study.new_mean.theory),
            about(study.new_variance.theory),
            short(asked.target),
            about(study.new_divergence)
        ),
    )
}

/// How far θ came, measured towards the target.
fn towards(target: f64, theta: f64) -> f64 {
    theta * target.signum()
}

fn head_start(asked: &Asked, study: &Study) -> Statement {
    let key = "head_start";
    let text = "It can help to train the discriminator first";
    let [near, near_led] = study.near.map(|both| towards(asked.target, both.theory));
    let [far, far_led] = study.far.map(|both| towards(asked.far, both.theory));
    let helps = Finding::greater(near_led, near, 1e-3);
    let starves = Finding::greater(far, far_led, 1e-3);
    let sure = study.slopes[0];
    let for_it = format!(
        "from a discriminator of slope {} the generator's mean is at {} after ten steps towards {}, and at {} where the discriminator was trained {} steps first",
        short(asked.start),
        about(near),
        short(asked.target.abs()),
        about(near_led),
        asked.pretrain
    );
    let against = format!(
        "with data at {} and the saturating loss it is at {} without a head start and at {} with one: the discriminator is too sure; at a logit of −10 that loss has the slope {}, −log D {}",
        short(asked.far.abs()),
        about(far),
        about(far_led),
        about(sure[0]),
        about(sure[1])
    );
    let both = format!("{for_it}; {against}");
    match (helps, starves) {
        (Finding::True, Finding::True) => {
            let why = "a few steps let it point the right way, many make it too sure: it depends on how many and on the generator's loss";
            Statement::arguable(key, text, why, for_it, against)
        }
        (Finding::True, _) => Statement::new(key, text, Finding::True, both),
        (Finding::False, _) | (_, Finding::True) => Statement::new(key, text, Finding::False, both),
        _ => Statement::new(key, text, Finding::Open, both),
    }
}

fn train_on(study: &Study) -> Statement {
    let key = "train_on";
    let text = "At an accuracy of 50 % the generator gets better by further training";
    let gradient = study.trained_on.sizes;
    let improved = study.before - study.trained_on.after;
    let because = format!(
        "the discriminator tells {} % right; the generator's gradient is {} with log(1−D) and {} with −log D, and a step takes the JSD from {} to {}",
        about(100.0 * study.accuracy),
        about(gradient[0]),
        about(gradient[1]),
        about(study.before),
        about(study.trained_on.after)
    );
    if (study.accuracy - 0.5).abs() > 1e-9 {
        let because = format!("it is about an accuracy of 50 %, which is not at hand: {because}");
        return Statement::new(key, text, Finding::Open, because);
    }
    let real = !Finding::none(improved, 1e-12, 1e-9);
    Statement::new(
        key,
        text,
        real.and(Finding::greater(improved, 0.0, 0.0)),
        because,
    )
}
