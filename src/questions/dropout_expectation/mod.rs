//! The question: what does dropout do to an activation, a vector or a linear unit?

mod arguments;
mod facts;
mod mistakes;
mod picture;
mod proof;
mod quantities;
mod suspects;
mod tables;
mod witness;

use clap::{ArgMatches, Args};

use super::judge::judge;
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::report::{Agreement, Claim, Report, Section};
use arguments::{Arguments, Asked};
use facts::Facts;

/// The question.
#[derive(Debug)]
pub struct DropoutExpectation;

const EXAMPLES: &str = "\
Examples:
  gradus dropout-expectation --p 0.3                          E[drop(x)] = x, and how far draws are from it
  gradus dropout-expectation --p 0.5 --value 1.7 --expect 1.7 --steps
  gradus dropout-expectation --p 0.5 --value 1.7 --expect 0.85     which mistake gives 0.85?
  gradus dropout-expectation --p 0.2 --then 0.5 --claim p=0.7      two in a row
  gradus dropout-expectation --p 0.5 --value -2,-0.5,0.5,2 --activation tanh
  gradus dropout-expectation --p 0.5 --weights 1,-2,0.5 --inputs 2,1,3
  gradus dropout-expectation --p 0.3 --draws 1e8 --plot mean.svg";

impl Question for DropoutExpectation {
    fn name(&self) -> &'static str {
        "dropout-expectation"
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
        include_str!("../../../docs/dropout-expectation.md")
    }

    fn headline(&self) -> &'static str {
        "expectation"
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
        let facts = Facts::new(&asked, setting);
        let mut report = Report::new(self.name(), self.headline());
        report.asked = asked.words();
        sections(&mut report, &facts);
        witnesses(&mut report, &facts);
        notes(&mut report, &asked);
        let suspects = if claims.is_empty() {
            Vec::new()
        } else {
            suspects::suspects(&facts)
        };
        judge(&mut report, claims, &suspects)?;
        Ok(report)
    }
}

fn sections(report: &mut Report, facts: &Facts) {
    let mut add = |section| report.sections.push(section);
    add(Section::Quantities(quantities::exact(facts)));
    if let Some(drawn) = quantities::drawn(facts) {
        add(Section::Quantities(drawn));
    }
    if let Some(units) = tables::units(facts) {
        add(Section::Table(units));
    }
    if let Some(passed) = &facts.through {
        add(Section::Quantities(quantities::through(facts, passed)));
    }
    if let Some(shift) = &facts.shift {
        add(Section::Quantities(quantities::shift(facts, shift)));
    }
    if let Some(scales) = tables::scales(facts) {
        add(Section::Table(scales));
    }
    if let Some(series) = picture::sampling(facts) {
        add(Section::Series(series));
    }
}

fn witnesses(report: &mut Report, facts: &Facts) {
    report.witnesses.extend(facts.by_masks());
    report.witnesses.push(facts.measured.witness.clone());
    if let Some(passed) = &facts.through {
        report.witnesses.push(passed.witness.clone());
        if passed.witness.agreement == Agreement::Alone {
            report.note(
                "measured-only",
                "the expectation behind the non-linearity is only measured: a claim on it is decided where six standard errors leave no doubt",
            );
        }
    }
    if let Some(shift) = &facts.shift {
        report.witnesses.push(shift.measured.witness.clone());
    }
}

fn notes(report: &mut Report, asked: &Asked) {
    if asked.training().keep == 0.0 && !asked.eval {
        report.note(
            "all-dropped",
            "at p = 1 PyTorch returns zeros, not 0·∞: the expectation is 0 and not x",
        );
    }
    if asked.drops[0] < 1.0 && asked.drops[0] > 0.0 && !asked.eval {
        report.note(
            "p-drops",
            "p is the probability to drop, as in PyTorch; some texts use it for the probability to keep",
        );
    }
}
