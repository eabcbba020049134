//! The sentences, and what the numbers say of each.

use super::arguments::Asked;
use super::quantities::rounded_off;
use super::study::{LINE_NOISE, Study};
use crate::questions::numbers::short;
use crate::report::{Finding, Statement};
use crate::theory::vae::divergence;

/// Every sentence.
pub(super) fn all(asked: &Asked, study: &Study) -> Vec<Statement> {
    vec![
        standard_normal(study),
        same_reconstruction(asked, study),
        upper_bound(asked, study),
        reconstruction(asked, study),
        generation(asked, study),
    ]
}

/// A number in a sentence.
fn about(number: f64) -> String {
    short(format!("{number:.3e}").parse().unwrap_or(number))
}

fn standard_normal(study: &Study) -> Statement {
    let to_prior = study.candidates[0].losses.to_prior;
    let [a, b] = study.posterior.mean;
    Statement::new(
        "standard_normal",
        "The latent distribution of a given image is N(0, I)",
        Finding::none(to_prior, 1e-12, 1e-4),
        format!(
            "for this image z has the mean ({}, {}) and the variances {} and {}: KL(q ‖ N(0, I)) = {}",
            about(a),
            about(b),
            about(study.posterior.covariance[0][0]),
            about(study.posterior.covariance[1][1]),
            about(rounded_off(to_prior, 1.0))
        ),
    )
}

fn same_reconstruction(asked: &Asked, study: &Study) -> Statement {
    let spread = study
        .encodings
        .deviations
        .iter()
        .copied()
        .fold(0.0, f64::max);
    Statement::new(
        "same_reconstruction",
        "Encoding the same image several times and decoding gives the same reconstruction",
        Finding::none(spread, 1e-12, 1e-6),
        format!(
            "{} encodings gave {} different reconstructions, with a standard deviation of up to {}",
            asked.encodings,
            study.encodings.distinct,
            about(spread)
        ),
    )
}

fn upper_bound(asked: &Asked, study: &Study) -> Statement {
    let gaps = study.candidates.iter().map(|candidate| {
        let loss = candidate.loss(asked.beta);
        (rounded_off(loss - study.surprise, loss), candidate)
    });
    let least = gaps.min_by(|a, b| a.0.total_cmp(&b.0));
    let (gap, name) = least.map_or((f64::NAN, ""), |(gap, candidate)| (gap, candidate.name));
    Statement::new(
        "upper_bound",
        "The loss that is minimised is an upper bound of the true one, −log p(x)",
        // A bound may be met: only what lies below it counts against it.
        Finding::none(gap.min(0.0), 1e-9, 1e-6),
        format!(
            "of {} distributions the lowest loss lies {} above −log p(x) = {}: {name}, at β = {}",
            study.candidates.len(),
            about(gap),
            about(study.surprise),
            short(asked.beta)
        ),
    )
}

fn reconstruction(asked: &Asked, study: &Study) -> Statement {
    let [with, without] = [0, 1].map(|run| study.trained[run].line.error(asked.variance));
    Statement::new(
        "reconstruction_no_worse",
        "Trained without the KL term, the model reconstructs as well or better",
        !Finding::greater(without, with, 1e-9 * with.max(1e-3)),
        format!(
            "mean squared error {} without it, {} with it",
            about(without),
            about(with)
        ),
    )
}

fn generation(asked: &Asked, study: &Study) -> Statement {
    let generated = [0, 1].map(|run| study.trained[run].line.generated(LINE_NOISE));
    let [with, without] = generated.map(|variance| divergence(asked.variance, variance));
    Statement::new(
        "generation_worse",
        "Trained without the KL term, what z ~ N(0, I) is decoded to is further from the data",
        Finding::greater(without, with, 1e-6),
        format!(
            "the data has variance {}; what is generated has {} without it and {} with it: KL {} against {}; z itself varies by {} without it",
            short(asked.variance),
            about(generated[1]),
            about(generated[0]),
            about(without),
            about(with),
            about(study.trained[1].line.aggregate(asked.variance))
        ),
    )
}
