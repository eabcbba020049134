//! The question: what do ReLUs do to gradients? Do they keep them, is the slope linear, can a unit die?

mod arguments;
mod depth;
mod mistakes;
mod slopes;
mod unit;

use clap::{ArgMatches, Args};

use super::judge::judge;
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::report::{Claim, Report, Section};
use arguments::Arguments;

/// The question.
#[derive(Debug)]
pub struct ReluDemo;

const EXAMPLES: &str = "\
Examples:
  gradus relu-demo                                            all three sentences
  gradus relu-demo --claim no_vanishing=false --claim linear_gradient=false --claim dead_neurons=true
  gradus relu-demo --weight 1 --init he --bias 0              gradients that do not vanish, a unit that lives
  gradus relu-demo --depth 5 --blocks 3 --bias 0              shallow
  gradus relu-demo --power 2                                  a unit whose slope is linear
  gradus relu-demo --leak 0.01                                a leaky unit comes back
  gradus relu-demo --bias 0.5 --target -1                     a unit that dies in training";

impl Question for ReluDemo {
    fn name(&self) -> &'static str {
        "relu-demo"
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
        include_str!("../../../docs/relu-demo.md")
    }

    fn headline(&self) -> &'static str {
        "no_vanishing"
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
        let asked = super::arguments::<Arguments>(arguments)?;
        asked.check()?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = asked.words();
        let statements = vec![
            depth::sections(&mut report, &asked, setting)?,
            slopes::sections(&mut report, &asked)?,
            unit::sections(&mut report, &asked, setting)?,
        ];
        report.sections.insert(0, Section::Statements(statements));
        let suspects = mistakes::suspects(&asked, &report);
        judge(&mut report, claims, &suspects)?;
        Ok(report)
    }
}

/// Whether two computations of one number are the same but for rounding.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
}
