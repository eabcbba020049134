//! The mistakes, carried out on what is at hand.

use super::arguments::Asked;
use super::mistakes as known;
use super::statements;
use super::study::Study;
use crate::questions::Mistake;
use crate::questions::judge::Suspect;
use crate::report::{Step, Value};

/// Every suspect, the commonest first.
pub(super) fn suspects(asked: &Asked, study: &Study) -> Vec<Suspect> {
    let mut found = Vec::new();
    let mut suspect = |mistake: &'static Mistake, key: String, value: Value, steps: Vec<Step>| {
        found.push(Suspect {
            mistake,
            title: mistake.title.to_owned(),
            key: key.into(),
            value,
            steps,
        });
    };
    for statement in statements::all(asked, study) {
        let (mistake, wrong) = match (statement.key.as_str(), statement.finding.answer()) {
            ("high_discriminator_loss", Some(false)) => (&known::FOOLED_IS_GOOD, true),
            ("backpropagate_into_generator", Some(false)) => (&known::GRADIENT_FOR_BOTH, true),
            ("sample_latent", Some(true)) => (&known::ANY_LATENT, false),
            ("sample_latent", Some(false)) => (&known::ANY_LATENT, true),
            ("train_on", Some(false)) => (&known::EQUILIBRIUM_AS_FAILURE, true),
            _ => continue,
        };
        suspect(mistake, statement.key, Value::Flag(wrong), Vec::new());
    }
    for (key, loss) in [
        ("loss.equilibrium", study.equal.loss.theory),
        ("loss.best", study.apart.loss.theory),
    ] {
        let half = match key {
            "loss.equilibrium" => std::f64::consts::LN_2,
            _ => asked
                .data
                .iter()
                .zip(&study.best)
                .map(|(p, d)| -p * d.ln())
                .sum(),
        };
        let step = Step {
            at: "loss".to_owned(),
            mistaken: "−E log D(x)".to_owned(),
            right: format!("−E log D(x) − E log(1 − D(G(z))) = {loss:.6}"),
        };
        suspect(
            &known::ONE_LOG,
            key.to_owned(),
            Value::Real(half),
            vec![step],
        );
    }
    found
}
