//! The question: what does an embedding do, what does it cost, and what happens without one?

mod arguments;
mod facts;
mod mistakes;
mod numbers;
mod sandbox;
mod statements;
mod suspects;

use clap::{ArgMatches, Args};

use super::judge::judge;
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::report::{Claim, Report, Section};
use arguments::Arguments;
use facts::Facts;

/// The question.
#[derive(Debug)]
pub struct EmbeddingDemo;

const EXAMPLES: &str = "\
Examples:
  gradus embedding-demo                                    the sheet's sizes: X of 5x6x7x8, 42 tokens, vectors of 42000
  gradus embedding-demo --shape 32x128 --tokens 50257 --dim 768 --expect 32x128x768
  gradus embedding-demo --claim gather_works=true          is torch.gather(E, 0, X) an embedding?
  gradus embedding-demo --index repeated                   the form in which it is one
  gradus embedding-demo --labels 0*5,1*5                   labels that follow the index
  gradus embedding-demo --without raw                      one-hots not counted as a model without an embedding
  gradus embedding-demo --corpus unlike                    words that are not used alike
  gradus embedding-demo --sequence 3,1,3 --padding 3       a token that is not learned";

impl Question for EmbeddingDemo {
    fn name(&self) -> &'static str {
        "embedding-demo"
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
        include_str!("../../../docs/embedding-demo.md")
    }

    fn headline(&self) -> &'static str {
        "shape"
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
        let asked = super::arguments::<Arguments>(arguments)?.asked()?;
        let facts = Facts::new(asked, setting)?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = facts.asked.words(setting.seed);
        report.sections.extend(numbers::sections(&facts));
        report
            .sections
            .push(Section::Statements(statements::statements(&facts)));
        report.witnesses = facts.witnesses();
        report.note(
            "computed",
            "shape, numbers and bytes are computed, and nothing of that size is made; what is run has axes of at most 8",
        );
        judge(&mut report, claims, &suspects::suspects(&facts))?;
        Ok(report)
    }
}
