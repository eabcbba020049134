//! The question: does momentum beat Newton's method in a narrow ravine?

mod arguments;
mod course;
mod mistakes;
mod sections;

use clap::{ArgMatches, Args};

use super::judge::{Suspect, judge};
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::report::{Claim, Finding, Report, Section, Statement, Value};
use arguments::{Arguments, Asked};
use course::Course;

/// The question.
#[derive(Debug)]
pub struct RavineDemo;

const EXAMPLES: &str = "\
Examples:
  gradus ravine-demo                                      steps by condition number, and where Newton fails
  gradus ravine-demo --expect false                       does momentum beat Newton's method?
  gradus ravine-demo --kappa 100 --claim steps.momentum=789   which mistake gives 789?
  gradus ravine-demo --function rosenbrock --start -1.2,1
  gradus ravine-demo --function double-well --start 0.2   Newton's method ends at a maximum
  gradus ravine-demo --kappa 1000 --lr 1e-3 --momentum 0.9 --plot ways.png";

/// Fewer steps by one or none at all is no difference: the start decides it.
const MARGIN: f64 = 1.0;

impl Question for RavineDemo {
    fn name(&self) -> &'static str {
        "ravine-demo"
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
        include_str!("../../../docs/ravine-demo.md")
    }

    fn headline(&self) -> &'static str {
        "momentum_beats_newton"
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
        let asked = super::arguments::<Arguments>(arguments)?.asked()?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = asked.words();
        let courses: Vec<Course> = asked.courses().iter().map(Course::walked).collect();
        let beside: Vec<Course> = asked.beside().iter().map(Course::walked).collect();
        let statement = statement(self.headline(), &courses);
        let answer = statement.finding;
        report.sections.push(Section::Statements(vec![statement]));
        sections::write(&mut report, &courses, &beside);
        sections::witnesses(&mut report, &courses, &beside)?;
        report.note(
            "no-noise",
            "every gradient is that of the whole function, without the noise of a batch",
        );
        judge(&mut report, claims, &suspects(&asked, &courses, answer))?;
        Ok(report)
    }
}

/// The sentence, over every course that was asked about.
fn statement(key: &str, courses: &[Course]) -> Statement {
    let finding = courses
        .iter()
        .map(|course| Finding::greater(course.newton().count(), course.momentum().count(), MARGIN))
        .reduce(Finding::and)
        .unwrap_or(Finding::Open);
    let because: Vec<String> = courses.iter().map(Course::told).collect();
    let open = if finding == Finding::Open {
        ": one step more or less is no difference, so nothing follows"
    } else {
        ""
    };
    Statement::new(
        key,
        "in a narrow ravine, SGD with momentum converges in fewer steps than Newton's method without it",
        finding,
        format!("{}{open}", because.join("; ")),
    )
}

/// The mistakes, carried out on the last course, which the quantities are of.
fn suspects(asked: &Asked, courses: &[Course], answer: Finding) -> Vec<Suspect> {
    let Some(course) = courses.last() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let faster = Finding::greater(course.descent().count(), course.momentum().count(), MARGIN);
    if faster == Finding::True {
        found.push(Suspect::new(
            &mistakes::DESCENT_FOR_NEWTON,
            "momentum_beats_newton",
            Value::Flag(true),
        ));
    }
    if answer == Finding::True {
        found.push(Suspect::new(
            &mistakes::NEWTON_ALWAYS,
            "momentum_beats_newton",
            Value::Flag(false),
        ));
    }
    if let Some(steps) = course.descent().walk.steps {
        found.push(Suspect::new(
            &mistakes::WITHOUT_THE_ROOT,
            "steps.momentum",
            Value::Count(steps.into()),
        ));
    }
    for (key, run) in [
        ("steps.gd", course.descent()),
        ("steps.momentum", course.momentum()),
    ] {
        let factor = run.factor.filter(|factor| (1e-9..1.0).contains(factor));
        if let Some(factor) = factor {
            let share = course.first_value() / asked.tolerance;
            let steps = (share.ln() / -factor.ln()).ceil();
            #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
            let steps = Value::Count(steps as i128);
            found.push(Suspect::new(&mistakes::DISTANCE_FOR_VALUE, key, steps));
        }
    }
    found
}
