//! The question: does it matter on which side of an activation dropout stands?

mod arguments;
mod facts;
mod mistakes;
mod statements;
mod tables;

use clap::{ArgMatches, Args};

use super::judge::judge;
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::report::{Claim, Report, Section};
use arguments::Arguments;
use facts::Facts;

/// The question.
#[derive(Debug)]
pub struct DropoutPlacement;

const EXAMPLES: &str = "\
Examples:
  gradus dropout-placement                                    seven activations, mask by mask
  gradus dropout-placement --expect false                     has dropout to stand behind the activation?
  gradus dropout-placement --activation sigmoid --expect true
  gradus dropout-placement --activation tanh --p 0.5 --value -2,2 --claim bias.tanh.0=0.4644
  gradus dropout-placement --scale none --activation tanh     without the factor 1/(1-p)
  gradus dropout-placement --plot bias.svg";

impl Question for DropoutPlacement {
    fn name(&self) -> &'static str {
        "dropout-placement"
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
        include_str!("../../../docs/dropout-placement.md")
    }

    fn headline(&self) -> &'static str {
        "only_after"
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
        let asked = arguments.asked()?;
        let facts = Facts::new(&asked)?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = asked.words();
        report.sections.extend([
            Section::Statements(statements::statements(&facts)),
            Section::Table(tables::orders(&facts)),
            Section::Table(tables::biases(&facts)),
            Section::Quantities(tables::quantities(&facts)),
            tables::picture(&facts),
        ]);
        report.witnesses.extend(facts.witnesses());
        judge(&mut report, claims, &mistakes::suspects(&facts))?;
        Ok(report)
    }
}
