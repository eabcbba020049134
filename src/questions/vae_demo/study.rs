//! What is known of the model, gathered once: in closed form and on tensors.

use super::arguments::Asked;
use crate::lab::LabError;
use crate::lab::random::Stream;
use crate::lab::vae::{self as lab, Decoder, Encoder, Encodings, Measured, Run};
use crate::model::Fault;
use crate::questions::Setting;
use crate::theory::vae::{Best, Latent, Line, LineLosses, Losses};

/// The decoder's variance in the model that is trained.
pub(super) const LINE_NOISE: f64 = 0.5;

/// Where else than asked the trained model starts.
const OTHER_START: (f64, f64) = (3.0, 0.2);

/// An encoder's distribution for the image, with its loss.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) losses: Losses,
    pub(super) measured: Measured,
}

impl Candidate {
    /// The loss with this weight of the KL term.
    pub(super) fn loss(&self, beta: f64) -> f64 {
        self.losses.reconstruction + beta * self.losses.to_prior
    }
}

/// A trained run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trained {
    pub(super) start: (f64, f64),
    pub(super) beta: f64,
    pub(super) line: Line,
    /// The largest gradient that was left.
    pub(super) left: f64,
}

/// Everything.
#[derive(Debug)]
pub(super) struct Study {
    pub(super) posterior: Latent,
    /// −log p(x), in closed form and by integration.
    pub(super) surprise: f64,
    pub(super) surprise_measured: f64,
    pub(super) candidates: Vec<Candidate>,
    pub(super) encodings: Encodings,
    /// The exact standard deviations of the reconstructions.
    pub(super) deviations: [f64; 3],
    /// The asked start with the KL term and without, then another start so.
    pub(super) trained: Vec<Trained>,
    pub(super) best: Best,
}

fn encoder(q: &Latent, spread: f64) -> Encoder {
    Encoder {
        mean: q.mean,
        root: q.root().map(|row| row.map(|entry| spread * entry)),
    }
}

/// The distributions that are held against each other.
fn distributions(asked: &Asked) -> [(&'static str, &'static str, Latent); 6] {
    let model = asked.model();
    let posterior = model.posterior(asked.image);
    let diagonal = |covariance: [f64; 2]| Latent {
        mean: posterior.mean,
        covariance: [[covariance[0], 0.0], [0.0, covariance[1]]],
    };
    let own = [posterior.covariance[0][0], posterior.covariance[1][1]];
    let off = Latent {
        mean: posterior.mean.map(|mean| mean + 0.5),
        ..posterior
    };
    [
        ("posterior", "the exact posterior", posterior),
        (
            "diagonal",
            "the best without correlation",
            model.best_diagonal(asked.image),
        ),
        (
            "variances",
            "the posterior's mean and variances, no correlation",
            diagonal(own),
        ),
        (
            "narrow",
            "the posterior's mean, variances 0.01",
            diagonal([0.01; 2]),
        ),
        ("off", "the posterior with its mean moved by 0.5", off),
        ("prior", "N(0, I), the prior", Latent::PRIOR),
    ]
}

/// Computes everything.
///
/// # Errors
/// If the engine fails.
pub(super) fn study(asked: &Asked, setting: &Setting) -> Result<Study, Fault> {
    measured(asked, setting).map_err(Fault::from)
}

fn measured(asked: &Asked, setting: &Setting) -> Result<Study, LabError> {
    let model = asked.model();
    let decoder = Decoder {
        weights: model.weights,
        mean: model.mean,
        noise: model.noise,
    };
    let candidates = distributions(asked)
        .into_iter()
        .map(|(key, name, q)| {
            Ok(Candidate {
                key,
                name,
                losses: model.losses(asked.image, &q),
                measured: decoder.measure(asked.image, &encoder(&q, 1.0))?,
            })
        })
        .collect::<Result<Vec<_>, LabError>>()?;
    let posterior = model.posterior(asked.image);
    let stream = Stream::seeded(setting.seed, 0x7a);
    let encodings = decoder.encodings(
        &encoder(&posterior, asked.deviation),
        asked.encodings,
        stream,
    )?;
    let losses = LineLosses {
        variance: asked.variance,
        noise: LINE_NOISE,
        beta: asked.beta,
    };
    Ok(Study {
        posterior,
        surprise: model.surprise(asked.image),
        // On the posterior's own points the integral is exact.
        surprise_measured: candidates[0].measured.surprise,
        candidates,
        encodings,
        deviations: model
            .deviations(&posterior)
            .map(|deviation| deviation * asked.deviation),
        trained: trained(asked, setting)?,
        best: losses.best(),
    })
}

fn trained(asked: &Asked, setting: &Setting) -> Result<Vec<Trained>, LabError> {
    let starts = [asked.init, OTHER_START];
    let runs: Vec<Run> = (starts.iter())
        .flat_map(|start| {
            [asked.beta, 0.0].map(|beta| Run {
                encoder: start.0,
                decoder: start.1,
                deviation: 1.0,
                beta,
            })
        })
        .collect();
    let plan = lab::Setting {
        variance: asked.variance,
        noise: LINE_NOISE,
        steps: asked.steps,
        rate: asked.rate,
    };
    let all = asked.steps as u64;
    let ends = lab::train(&runs, &plan, || setting.progress.tell(1, all))?;
    let trained = runs.iter().zip(ends).map(|(start, (end, left))| Trained {
        start: (start.encoder, start.decoder),
        beta: start.beta,
        line: Line {
            encoder: end.encoder,
            decoder: end.decoder,
            deviation: end.deviation,
        },
        left,
    });
    Ok(trained.collect())
}
