//! The question: what does a variational autoencoder's encoder say of an image, what does its loss bound, and what is it
//! without the KL term?

mod arguments;
mod mistakes;
mod quantities;
mod statements;
mod study;
mod suspects;

use clap::{ArgMatches, Args};

use super::judge::judge;
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::report::{Agreement, Claim, Report, Section, Witness};
use crate::theory::vae::Best;
use arguments::{Arguments, Asked};
use study::{Study, Trained};

/// The question.
#[derive(Debug)]
pub struct VaeDemo;

/// Closed forms and quadrature agree within this share.
const ROUNDING: f64 = 1e-10;

/// Standard errors within which chance is believed, and draws from which on a standard error says something.
const DOUBT: f64 = 6.0;
const ENOUGH: usize = 100;

/// A gradient below which training is at its end, and how near it then is to the best.
const SETTLED: f64 = 1e-3;
const NEAR: f64 = 1e-2;

const EXAMPLES: &str = "\
Examples:
  gradus vae-demo                                 all of it
  gradus vae-demo --claim upper_bound=true --claim same_reconstruction=false
  gradus vae-demo --deviation 0                   an encoder that draws nothing
  gradus vae-demo --weight 0                      a decoder that ignores z
  gradus vae-demo --beta 0.5                      with half of the KL term it is no bound
  gradus vae-demo --beta 8                        with eight times of it z is not used
  gradus vae-demo --init 3,0.2 --train-steps 2000
  gradus vae-demo --plot reconstructions.svg";

impl Question for VaeDemo {
    fn name(&self) -> &'static str {
        "vae-demo"
    }

    fn group(&self) -> Group {
        Group::Demonstrate
    }

    fn subject(&self) -> SubjectKind {
        SubjectKind::Nothing
    }

    fn command(&self) -> clap::Command {
        Arguments::augment_args(clap::Command::new(self.name()))
    }

    fn examples(&self) -> Option<&'static str> {
        Some(EXAMPLES)
    }

    fn page(&self) -> &'static str {
        include_str!("../../../docs/vae-demo.md")
    }

    fn headline(&self) -> &'static str {
        "upper_bound"
    }

    fn mistakes(&self) -> &'static [Mistake] {
        mistakes::MISTAKES
    }

    fn answer(
        &self,
        arguments: &ArgMatches,
        _: &Subject,
        claims: &[Claim],
        setting: &Setting,
    ) -> Result<Report, Fault> {
        let arguments = super::arguments::<Arguments>(arguments)?;
        let asked = arguments.asked()?;
        let study = study::study(&asked, setting)?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = asked.words();
        report.sections.extend([
            Section::Quantities(quantities::image(&asked, &study)),
            Section::Table(quantities::bounds(&asked, &study)),
            Section::Quantities(quantities::encodings(&asked, &study)),
            quantities::picture(&asked, &study),
            Section::Quantities(quantities::training(&asked, &study)),
            Section::Table(quantities::runs(&asked, &study)),
            Section::Statements(statements::all(&asked, &study)),
        ]);
        report.witnesses.extend(bound_witnesses(&asked, &study));
        report.witnesses.push(draw_witness(&asked, &study));
        report.witnesses.push(training_witness(&study));
        if asked.beta == 0.0 {
            report.note(
                "no-kl",
                "β = 0: with and without the KL term are the same training",
            );
        }
        let suspects = if claims.is_empty() {
            Vec::new()
        } else {
            suspects::suspects(&asked, &study)
        };
        judge(&mut report, claims, &suspects)?;
        Ok(report)
    }
}

fn bound_witnesses(asked: &Asked, study: &Study) -> [Witness; 3] {
    let mut apart = 0.0_f64;
    let mut gap = 0.0_f64;
    for candidate in &study.candidates {
        let (theory, lab) = (candidate.losses, candidate.measured);
        let size = theory.reconstruction.abs().max(theory.to_prior).max(1.0);
        let parts = (theory.reconstruction - lab.reconstruction)
            .abs()
            .max((theory.to_prior - lab.to_prior).abs());
        apart = apart.max(parts / size);
        let measured = lab.reconstruction + lab.to_prior - study.surprise_measured;
        gap = gap.max((measured - theory.to_posterior).abs() / size);
    }
    let surprise = (study.surprise - study.surprise_measured).abs() / study.surprise.abs().max(1.0);
    let distributions = format!("for {} distributions q", study.candidates.len());
    [
        Witness::both(
            "the loss and its parts",
            format!("closed forms {distributions}"),
            format!("tensors on a grid of latent numbers: apart by a share of {apart:.0e} at most"),
            apart <= ROUNDING,
        ),
        Witness::both(
            "−log p(x)",
            "from the covariance of the visible numbers",
            format!("∫ p(x|z) p(z) dz on a grid: apart by a share of {surprise:.0e}"),
            surprise <= ROUNDING,
        ),
        Witness::both(
            "how far the loss (β = 1) lies above −log p(x)",
            "KL(q ‖ p(z|x)) of the exact posterior",
            format!(
                "loss less −log p(x), both on tensors: apart by a share of {gap:.0e} at most{}",
                if asked.weight == 0.0 {
                    "; the posterior is the prior here"
                } else {
                    ""
                }
            ),
            gap <= ROUNDING,
        ),
    ]
}

fn draw_witness(asked: &Asked, study: &Study) -> Witness {
    let scores = study
        .deviations
        .iter()
        .zip(&study.encodings.deviations)
        .map(|(exact, measured)| {
            let error = quantities::error(asked, *exact);
            if (measured - exact).abs() <= 1e-12 {
                0.0
            } else {
                (measured - exact).abs() / error
            }
        });
    let worst = scores.fold(0.0, f64::max);
    let quantity = "the standard deviations of the reconstructions";
    let theory = "the root of the diagonal of W·S·Wᵀ";
    if asked.encodings < ENOUGH {
        return Witness {
            quantity: quantity.to_owned(),
            theory: theory.to_owned(),
            lab: format!(
                "{} encodings are too few to hold them against it",
                asked.encodings
            ),
            agreement: Agreement::Alone,
        };
    }
    Witness::both(
        quantity,
        theory,
        format!(
            "{} encodings drawn, at most {worst:.2} standard errors away",
            asked.encodings
        ),
        worst <= DOUBT,
    )
}

fn training_witness(study: &Study) -> Witness {
    let quantity = "where training with the KL term ends";
    let alone = |lab: String| Witness {
        quantity: quantity.to_owned(),
        theory: "the loss has a best point in closed form, where β is not 0".to_owned(),
        lab,
        agreement: Agreement::Alone,
    };
    let Trained { line, left, .. } = study.trained[0];
    let Best::At(best) = study.best else {
        return alone(
            "none here: without a KL term the loss falls for ever, with a large one z is not used"
                .to_owned(),
        );
    };
    if left > SETTLED {
        return alone(format!(
            "training has not settled: a gradient of {left:.0e} is left"
        ));
    }
    // −a and −w are the same model; w = a = 0 is a saddle that training may have started on.
    let apart = (line.decoder.abs() / best.decoder - 1.0)
        .abs()
        .max((line.deviation / best.deviation - 1.0).abs());
    if line.decoder.abs() < NEAR {
        return alone(
            "training started on the saddle where the decoder ignores z, and stayed there"
                .to_owned(),
        );
    }
    Witness::both(
        quantity,
        format!(
            "w = {:.6}, s = {:.6} in closed form",
            best.decoder, best.deviation
        ),
        format!(
            "w = {:.6}, s = {:.6} after training on tensors",
            line.decoder.abs(),
            line.deviation
        ),
        apart <= NEAR,
    )
}
