//! The question: what should a GAN's discriminator be, what does its training need of the generator, and when has the
//! generator nothing left to learn?

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
use arguments::Arguments;
use study::Study;

/// The question.
#[derive(Debug)]
pub struct GanDemo;

/// Formulas and tensors agree within this.
const ROUNDING: f64 = 1e-10;

/// Standard errors within which chance is believed.
const DOUBT: f64 = 6.0;

const EXAMPLES: &str = "\
Examples:
  gradus gan-demo                                 all of it
  gradus gan-demo --claim train_on=false --claim loss.equilibrium=1.386
  gradus gan-demo --target 10 --loss saturating --sureness 0.1     when a higher loss guides better
  gradus gan-demo --shared                        nets that share a layer
  gradus gan-demo --prior 3,2                     trained with another distribution of z
  gradus gan-demo --far 2                         near enough that no discriminator is too sure
  gradus gan-demo --discriminator 0.45,0.46,0.47,0.48     50 % right, and not at the equilibrium
  gradus gan-demo --plot theta.svg";

impl Question for GanDemo {
    fn name(&self) -> &'static str {
        "gan-demo"
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
        include_str!("../../../docs/gan-demo.md")
    }

    fn headline(&self) -> &'static str {
        "high_discriminator_loss"
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
        report.sections.push(quantities::values(&study));
        report
            .sections
            .push(quantities::value_table(&asked, &study));
        report.sections.extend(quantities::others(&asked, &study));
        report.sections.push(quantities::slopes(&study));
        report.sections.push(quantities::picture(&asked, &study));
        report
            .sections
            .push(Section::Statements(statements::all(&asked, &study)));
        report.witnesses.extend(witnesses(&study));
        let suspects = if claims.is_empty() {
            Vec::new()
        } else {
            suspects::suspects(&asked, &study)
        };
        judge(&mut report, claims, &suspects)?;
        Ok(report)
    }
}

fn witnesses(study: &Study) -> Vec<Witness> {
    let gradients = [&study.apart, &study.equal, &study.trained_on];
    let losses = gradients
        .iter()
        .map(|found| found.loss.apart())
        .fold(0.0, f64::max);
    let slopes = gradients
        .iter()
        .map(|found| found.apart)
        .fold(study.slopes_apart, f64::max);
    let paths = study
        .near
        .iter()
        .chain(&study.far)
        .map(study::Both::apart)
        .fold(0.0, f64::max);
    let n = quantities::draws();
    let variance = study.new_variance.theory;
    let mean_off = (study.new_mean.lab - study.new_mean.theory).abs() / (variance / n).sqrt();
    let variance_off =
        (study.new_variance.lab - variance).abs() / (variance * (2.0 / (n - 1.0)).sqrt());
    vec![
        Witness::both(
            "the discriminator's losses",
            "sums over the values",
            format!("softplus of the logits on tensors: apart by a share of {losses:.0e} at most"),
            losses <= ROUNDING,
        ),
        Witness::both(
            "the generator's gradients",
            "g_j (c_j − Σ g c), and σ for the slopes by logit",
            format!("reverse mode through a softmax: {slopes:.0e} apart at most"),
            slopes <= ROUNDING,
        ),
        Witness::both(
            "θ after ten steps, in four settings",
            "the gradients' formulas",
            format!("trained on tensors: apart by a share of {paths:.0e} at most"),
            paths <= 1e-8,
        ),
        Witness::both(
            "mean and variance of the new images",
            "a generator that turns the prior into the data, applied to N(0, 1)",
            format!("{n} drawn: {mean_off:.2} and {variance_off:.2} standard errors away"),
            mean_off <= DOUBT && variance_off <= DOUBT,
        ),
        Witness {
            quantity: "the discriminator's gradient, detached and not".to_owned(),
            theory: "no formula: two passes through the same nets are held against each other"
                .to_owned(),
            lab: "each by reverse mode, detached and not".to_owned(),
            agreement: Agreement::Alone,
        },
    ]
}
