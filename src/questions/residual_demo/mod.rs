//! The question: does a convolution with a shortcut round it learn the same filter as one without?

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
pub struct ResidualDemo;

const EXAMPLES: &str = "\
Examples:
  gradus residual-demo                                       both filters, by formula and by descent
  gradus residual-demo --claim same_filters=false --claim difference_is_identity=true
  gradus residual-demo --decay 0.1                           with weight decay the difference is not exact
  gradus residual-demo --shortcut 0                          without a shortcut
  gradus residual-demo --filter 0,1,0 --noise 0              f(x) = x: nothing is left to learn
  gradus residual-demo --plot filters.svg";

impl Question for ResidualDemo {
    fn name(&self) -> &'static str {
        "residual-demo"
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
        include_str!("../../../docs/residual-demo.md")
    }

    fn headline(&self) -> &'static str {
        "same_filters"
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
