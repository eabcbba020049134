//! The question: does squared error behind a sigmoid suit a binary classification as well as cross-entropy?

mod arguments;
mod facts;
mod mistakes;
mod sections;

use clap::{ArgMatches, Args};

use super::judge::judge;
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::report::{Claim, Report};
use arguments::Arguments;
use facts::Facts;

/// The question.
#[derive(Debug)]
pub struct LossDemo;

const EXAMPLES: &str = "\
Examples:
  gradus loss-demo                                   gradients in the logit, steps of descent, curvature
  gradus loss-demo --expect false                    does squared error suit as well?
  gradus loss-demo --start -0.1,-0.2 --expect true   from near the decision it does
  gradus loss-demo --claim steps.l2.3=11034 --claim steps.bce.3=11
  gradus loss-demo --logits -10 --claim gradient.l2=-9.08e-5
  gradus loss-demo --label 0 --logits 4.6
  gradus loss-demo --plot losses.svg";

impl Question for LossDemo {
    fn name(&self) -> &'static str {
        "loss-demo"
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
        include_str!("../../../docs/loss-demo.md")
    }

    fn headline(&self) -> &'static str {
        "l2_suits"
    }

    fn mistakes(&self) -> &'static [Mistake] {
        mistakes::MISTAKES
    }

    fn answer(
        &self,
        arguments: &ArgMatches,
        _: &Subject,
        claims: &[Claim],
        _: &Setting,
    ) -> Result<Report, Fault> {
        let arguments = super::arguments::<Arguments>(arguments)?;
        let facts = Facts::new(arguments.asked()?)?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = facts.asked.words();
        sections::add(&mut report, &facts);
        report.witnesses.extend(facts.witnesses());
        judge(&mut report, claims, &mistakes::suspects(&facts))?;
        Ok(report)
    }
}
