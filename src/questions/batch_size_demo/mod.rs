//! The question: what does doubling the batch do to the number of iterations?

mod arguments;
mod facts;
mod mistakes;
mod sections;

use clap::{ArgMatches, Args};

use super::judge::{Suspect, judge};
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::questions::numbers::short;
use crate::report::{Claim, Finding, Report, Section, Statement, Value};
use arguments::Arguments;
use facts::Facts;

/// The question.
#[derive(Debug)]
pub struct BatchSizeDemo;

const EXAMPLES: &str = "\
Examples:
  gradus batch-size-demo                                 iterations to a loss, for batches of 1 to 256
  gradus batch-size-demo --expect true                   do fewer iterations do with twice the batch?
  gradus batch-size-demo --claim half_the_iterations=true
  gradus batch-size-demo --batch 64                      where noise no longer counts
  gradus batch-size-demo --scale-rate                    the learning rate in proportion to the batch
  gradus batch-size-demo --lr 0.1 --seeds 20 --plot iterations.svg";

/// Standard errors that a difference has to keep away from its threshold.
const SURE: f64 = 3.0;

/// A reduction below this share is none.
const NONE: f64 = 0.02;

/// A ratio so near to 2 is a half.
const HALF: f64 = 0.1;

impl Question for BatchSizeDemo {
    fn name(&self) -> &'static str {
        "batch-size-demo"
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
        include_str!("../../../docs/batch-size-demo.md")
    }

    fn headline(&self) -> &'static str {
        "fewer_iterations"
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
        let asked = super::arguments::<Arguments>(arguments)?.asked()?;
        let facts = Facts::new(asked, setting)?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = facts.asked.words();
        report
            .sections
            .push(Section::Statements(statements(&facts)));
        sections::write(&mut report, &facts);
        report.witnesses.extend(facts.witnesses());
        if facts.pair().iter().any(|row| row.late > 0) {
            report.note(
                "given-up",
                "a run that did not arrive counts with the iterations after which it was given up, so that its mean is too low",
            );
        }
        judge(&mut report, claims, &suspects(&facts))?;
        Ok(report)
    }
}

/// The two sentences about this batch and twice as large a one.
fn statements(facts: &Facts) -> Vec<Statement> {
    let [one, two] = facts.pair();
    let (ratio, error) = facts.ratio();
    let fewer = 1.0 - 1.0 / ratio;
    let fewer_error = error / (ratio * ratio);
    let because = format!(
        "batches of {}: {:.1} ± {:.1} iterations, batches of {}: {:.1} ± {:.1}; the ratio is {:.3} ± {:.3}, and without noise it takes {}",
        one.batch,
        one.mean,
        one.error,
        two.batch,
        two.mean,
        two.error,
        ratio,
        error,
        facts.descent.map_or_else(
            || "longer than the limit".to_owned(),
            |steps| steps.to_string()
        ),
    );
    // A run that was given up says only that the mean is at least this.
    let known = one.late == 0 && two.late == 0;
    let fewer = if known {
        Finding::greater(fewer, NONE, SURE * fewer_error)
    } else {
        Finding::Open
    };
    let half = if known {
        let off = (ratio - 2.0).abs();
        Finding::none(off, HALF - SURE * error, HALF + SURE * error)
    } else {
        Finding::Open
    };
    vec![
        Statement::new(
            "fewer_iterations",
            "doubling the batch lowers the number of iterations to a given loss",
            fewer,
            because.clone(),
        ),
        Statement::new(
            "half_the_iterations",
            "doubling the batch halves the number of iterations to a given loss",
            half,
            because,
        ),
    ]
}

/// The mistakes, carried out here.
fn suspects(facts: &Facts) -> Vec<Suspect> {
    let [one, _] = facts.pair();
    let half = short(one.mean / 2.0).parse().unwrap_or(one.mean / 2.0);
    vec![
        Suspect::new(
            &mistakes::IN_PROPORTION,
            "half_the_iterations",
            Value::Flag(true),
        ),
        Suspect::new(&mistakes::IN_PROPORTION, "ratio", Value::Real(2.0)),
        Suspect::new(
            &mistakes::IN_PROPORTION,
            "iterations.double",
            Value::Real(half),
        ),
        Suspect::new(
            &mistakes::EPOCHS_FOR_ITERATIONS,
            "fewer_iterations",
            Value::Flag(false),
        ),
        Suspect::new(
            &mistakes::ALWAYS_FEWER,
            "fewer_iterations",
            Value::Flag(true),
        ),
    ]
}
