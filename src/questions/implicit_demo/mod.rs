//! The question: does the inner problem of a bi-level optimisation have to be solved by a descent method?

mod arguments;
mod facts;
mod mistakes;
mod sections;

use clap::{ArgMatches, Args};

use super::judge::{Suspect, judge};
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::report::{Claim, Finding, Report, Section, Statement, Value};
use arguments::Arguments;
use facts::Facts;

/// The question.
#[derive(Debug)]
pub struct ImplicitDemo;

const EXAMPLES: &str = "\
Examples:
  gradus implicit-demo                                    three inner problems, solved without descent
  gradus implicit-demo --expect false                     does the inner problem need a descent method?
  gradus implicit-demo --inner-tolerance 0.5              a bisection that stops early decides nothing
  gradus implicit-demo --lambda 0.3 --claim dlam=-0.0483
  gradus implicit-demo --claim dlam=-0.01045888           which mistake gives this?";

/// Derivatives so near to each other, as a share, are the same; so far, they are not.
const SAME: f64 = 1e-6;
const APART: f64 = 1e-3;

impl Question for ImplicitDemo {
    fn name(&self) -> &'static str {
        "implicit-demo"
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
        include_str!("../../../docs/implicit-demo.md")
    }

    fn headline(&self) -> &'static str {
        "needs_descent"
    }

    fn mistakes(&self) -> &'static [Mistake] {
        &mistakes::MISTAKES
    }

    fn answer(
        &self,
        arguments: &ArgMatches,
        _: &Subject,
        claims: &[Claim],
        _: &Setting,
    ) -> Result<Report, Fault> {
        let asked = super::arguments::<Arguments>(arguments)?;
        asked.check()?;
        let facts = Facts::new(&asked)?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = asked.words();
        report
            .sections
            .push(Section::Statements(vec![statement(&facts)]));
        sections::write(&mut report, &facts);
        report.witnesses.extend(facts.witnesses());
        judge(&mut report, claims, &suspects(&facts))?;
        Ok(report)
    }
}

/// A solver without descent whose derivative is the measured one refutes the sentence; where its derivative is another,
/// that refutes the solver and not the sentence, which stays open.
fn statement(facts: &Facts) -> Statement {
    let inner = &facts.scalar;
    let off = inner.off();
    let finding = match Finding::none(off, SAME, APART) {
        Finding::True => Finding::False,
        _ => Finding::Open,
    };
    let open = if finding == Finding::Open {
        ": this solver is not good enough to refute anything"
    } else {
        ""
    };
    Statement::new(
        "needs_descent",
        "the inner problem of a bi-level optimisation has to be solved by a descent method, so that the outer one can be differentiated",
        finding,
        format!(
            "solved by {} halvings of an interval, dy*/dx is {:.10} by the implicit function theorem; measured on inner solutions found by descent it is {:.10}; they differ by a share of {off:.0e}{open}",
            inner.halvings, inner.after_x, inner.measured_x
        ),
    )
}

/// The mistakes, carried out here.
fn suspects(facts: &Facts) -> Vec<Suspect> {
    let mut found = vec![Suspect::new(
        &mistakes::THROUGH_THE_STEPS,
        "needs_descent",
        Value::Flag(true),
    )];
    for (_, derivative) in &facts.unrolled {
        found.push(Suspect::new(
            &mistakes::NOT_CONVERGED,
            "dlam",
            Value::Real(*derivative),
        ));
    }
    for (key, right) in [
        ("dlam", facts.ridge.after_lambda),
        ("dydx", facts.scalar.after_x),
        ("dydc", facts.scalar.after_c),
    ] {
        found.push(Suspect::new(&mistakes::SIGN, key, Value::Real(-right)));
        found.push(Suspect::new(&mistakes::HELD_FIXED, key, Value::Real(0.0)));
    }
    found
}
