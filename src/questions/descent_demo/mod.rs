//! The question: how do gradient descent, mini-batches and stochastic gradient descent differ?

mod arguments;
mod facts;
mod mistakes;
mod sections;
mod statements;
mod wells;

use clap::{ArgMatches, Args};

use super::judge::{Suspect, judge};
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::report::{Claim, Report, Section, Value};
use arguments::Arguments;
use facts::Facts;

/// The question.
#[derive(Debug)]
pub struct DescentDemo;

const EXAMPLES: &str = "\
Examples:
  gradus descent-demo                                     five sentences about SGD and gradient descent
  gradus descent-demo --claim more_memory=false --claim less_stuck=true
  gradus descent-demo --batch 1 --claim step_per_sample=true   SGD with batches of one
  gradus descent-demo --samples 12 --batch 4 --claim variance.sgd=14.1
  gradus descent-demo --noise 0                           without noise nothing gets out of a well
  gradus descent-demo --function bowl                     where the two guarantees hold";

impl Question for DescentDemo {
    fn name(&self) -> &'static str {
        "descent-demo"
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
        include_str!("../../../docs/descent-demo.md")
    }

    fn headline(&self) -> &'static str {
        "less_stuck"
    }

    fn mistakes(&self) -> &'static [Mistake] {
        &mistakes::MISTAKES
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
        let facts = Facts::new(asked, setting)?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = facts.asked.words();
        report
            .sections
            .push(Section::Statements(statements::all(&facts)));
        sections::write(&mut report, &facts);
        report.witnesses.extend(facts.witnesses());
        report.note(
            "endless",
            "an endless stream of samples has no sum over all: gradient descent has no first step there, and SGD goes on",
        );
        judge(&mut report, claims, &suspects(&facts))?;
        Ok(report)
    }
}

/// The mistakes, carried out here.
fn suspects(facts: &Facts) -> Vec<Suspect> {
    let one = facts.asked.sgd_batch();
    #[expect(clippy::cast_precision_loss, reason = "a thousand samples at most")]
    let uncorrected = facts.single / one as f64;
    vec![
        Suspect::new(&mistakes::QUIETER, "less_variance", Value::Flag(true)),
        Suspect::new(
            &mistakes::NOISE_ONLY_HARMS,
            "less_stuck",
            Value::Flag(false),
        ),
        Suspect::new(
            &mistakes::MEMORY_OF_ALL_STEPS,
            "more_memory",
            Value::Flag(true),
        ),
        Suspect::new(&mistakes::AS_IF_CONVEX, "guaranteed", Value::Flag(true)),
        Suspect::new(
            &mistakes::STEP_AN_EPOCH,
            "step_per_sample",
            Value::Flag(false),
        ),
        Suspect::new(&mistakes::STEP_AN_EPOCH, "steps.sgd", Value::Count(1)),
        Suspect::new(
            &mistakes::NO_CORRECTION,
            "variance.sgd",
            Value::Real(uncorrected),
        ),
        Suspect::new(
            &mistakes::MEMORY_OF_ALL_STEPS,
            "bytes.sgd",
            Value::Count(i128::from(facts.bytes_sgd) * i128::from(facts.steps_sgd())),
        ),
    ]
}
