//! The question: what shapes, parameters and costs do the layers have?

mod claimed;
mod facts;
mod formula;
mod layers;
mod mistakes;
mod slips;
mod suspects;
mod totals;
mod witness;
mod working;

use clap::{ArgMatches, Command};

use super::judge::judge;
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::report::{Check, Claim, Report, Section};
use facts::Facts;

/// The question.
#[derive(Debug)]
pub struct Shape;

impl Question for Shape {
    fn name(&self) -> &'static str {
        "shape"
    }

    fn group(&self) -> Group {
        Group::Calculate
    }

    fn subject(&self) -> SubjectKind {
        SubjectKind::Model
    }

    fn command(&self) -> Command {
        Command::new("shape")
            .about("Output shapes, parameters, multiply-adds and memory, layer by layer")
            .after_help(
                "Examples:\n  gradus shape net.py --input 1x3x224x224\n  \
                 gradus shape -c 'nn.Conv2d(3, 16, 5, padding=2)' --input 1x3x32x32 --expect 1x16x32x32\n  \
                 gradus shape net.json --claim parameters=26848 --claim output.features.3=1x64x56x56",
            )
    }

    fn page(&self) -> &'static str {
        include_str!("../../../docs/shape.md")
    }

    fn headline(&self) -> &'static str {
        totals::OUTPUT
    }

    fn mistakes(&self) -> &'static [Mistake] {
        mistakes::MISTAKES
    }

    fn answer(
        &self,
        _arguments: &ArgMatches,
        subject: &Subject,
        claims: &[Claim],
        setting: &Setting,
    ) -> Result<Report, Fault> {
        let Subject::Model(model) = subject else {
            return Err(Fault::new("usage", "`shape` is asked about a model"));
        };
        let facts = Facts::of(model)?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = facts.asked();
        report
            .sections
            .push(Section::Quantities(totals::quantities(&facts)));
        report.sections.extend(claimed::quantities(&facts, claims));
        report.sections.push(Section::Table(layers::table(&facts)));
        report
            .sections
            .push(Section::Table(layers::classes(&facts)));
        totals::notes(&facts, &mut report);
        report.witnesses.push(witness::shapes(&facts, setting));
        judge(&mut report, claims, &suspects::suspects(&facts, claims))?;
        let written = |check: &&mut Check| {
            facts.sized && check.claim.key == totals::OUTPUT && !check.claim.working.is_empty()
        };
        for check in report.checks.iter_mut().filter(written) {
            check.working = working::follow(&facts, &check.claim.working);
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests;
