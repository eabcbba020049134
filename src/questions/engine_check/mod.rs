//! The question: are the gradients right that gradus itself computes with, and what does the engine's own backward give?

mod tables;

use clap::ArgMatches;

use super::judge::judge;
use super::{Devices, Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::lab::Device;
use crate::lab::conformance::{Comparison, Finding, Proof, TOLERANCE, comparisons, proofs};
use crate::lab::value::{Proven, Rules};
use crate::model::Fault;
use crate::report::{
    Agreement, Basis, Claim, Quantities, Quantity, Report, Section, Value, Witness,
};

/// The question.
#[derive(Debug)]
pub struct EngineCheck;

impl Question for EngineCheck {
    fn name(&self) -> &'static str {
        "engine-check"
    }

    fn group(&self) -> Group {
        Group::Demonstrate
    }

    fn subject(&self) -> SubjectKind {
        SubjectKind::Nothing
    }

    fn devices(&self) -> Devices {
        Devices::Any
    }

    fn command(&self) -> clap::Command {
        clap::Command::new(self.name())
            .about("Are the gradients right that gradus computes with, and what does its tensor engine's own backward give?")
    }

    fn page(&self) -> &'static str {
        include_str!("../../../docs/engine-check.md")
    }

    fn headline(&self) -> &'static str {
        "verdict"
    }

    fn mistakes(&self) -> &'static [Mistake] {
        &[]
    }

    fn answer(
        &self,
        _: &ArgMatches,
        _: &Subject,
        claims: &[Claim],
        setting: &Setting,
    ) -> Result<Report, Fault> {
        let mut report = checked(&Proven, setting.seed, &setting.device)?;
        judge(&mut report, claims, &[])?;
        Ok(report)
    }
}

/// The report about rules: gradus's own, or any others, on a device.
///
/// # Errors
/// If an operation fails altogether.
pub fn checked(rules: &(dyn Rules + Sync), seed: u64, device: &Device) -> Result<Report, Fault> {
    let proofs = proofs(rules, seed, device)?;
    let comparisons = comparisons(seed)?;
    let mut report = Report::new(EngineCheck.name(), EngineCheck.headline());
    report.asked.push(("seed".to_owned(), seed.to_string()));
    report.sections.push(Section::Quantities(of_rules(&proofs)));
    report
        .sections
        .push(Section::Quantities(of_engine(&comparisons)));
    report
        .sections
        .push(Section::Table(tables::of_engine(&comparisons)));
    report
        .sections
        .push(Section::Table(tables::of_operations(&proofs)));
    report.witnesses.push(witness(&proofs, &comparisons));
    report.note(
        "engine-not-used",
        "no answer of gradus rests on the engine's own backward pass: it is run for this table alone",
    );
    if !device.is_cpu() {
        report.note(
            "cpu-beside",
            "the differences are measured on the CPU, and so is the table of the engine's own backward pass",
        );
    }
    Ok(report)
}

fn of_rules(proofs: &[Proof]) -> Quantities {
    let configurations: usize = proofs.iter().map(|proof| proof.configurations).sum();
    let failing = proofs.iter().filter(|proof| !proof.holds()).count();
    let measured = |key: &str, label: &str, error: fn(&Proof) -> f64| Quantity {
        basis: Basis::Measured {
            n: configurations as u64,
            standard_error: 0.0,
        },
        ..Quantity::exact(
            key,
            label,
            Value::Real(proofs.iter().map(error).fold(0.0, f64::max)),
        )
    };
    let verdict = if failing == 0 { "passes" } else { "fails" };
    let rule = format!("every relative error is at most {TOLERANCE:e}");
    let elsewhere = proofs.iter().filter_map(|proof| proof.elsewhere);
    let (values, moved): (Vec<f64>, Vec<bool>) =
        elsewhere.map(|found| (found.values, found.moved)).unzip();
    let mut quantities = Quantities {
        title: String::new(),
        quantities: vec![
            Quantity::exact("verdict", "gradus's operations", Value::name(verdict))
                .steps(vec![rule]),
            Quantity::exact("operations", "operations", proofs.len().into()),
            Quantity::exact(
                "configurations",
                "random configurations",
                configurations.into(),
            ),
            Quantity::exact("failing", "operations that fail", failing.into()),
            measured("error", "largest relative error of a gradient", |proof| {
                proof.first
            }),
            measured("error.second", "and of a gradient's gradient", |proof| {
                proof.second
            }),
        ],
    };
    if !values.is_empty() {
        quantities.quantities.extend([
            measured(
                "error.values",
                "and of a value, beside the CPU's",
                |proof| proof.elsewhere.map_or(0.0, |found| found.values),
            ),
            Quantity::exact(
                "moved",
                "operations that are computed on the CPU, and moved",
                moved.iter().filter(|moved| **moved).count().into(),
            ),
        ]);
    }
    quantities
}

fn of_engine(comparisons: &[Comparison]) -> Quantities {
    let count = |fits: fn(&Finding) -> bool| {
        let found = comparisons.iter().filter(|row| fits(&row.engine));
        Value::from(found.count())
    };
    Quantities {
        title: "The engine's own backward pass".to_owned(),
        quantities: vec![
            Quantity::exact(
                "engine.compared",
                "settings compared",
                comparisons.len().into(),
            ),
            Quantity::exact("engine.faults", "settings in which it is at fault", {
                count(|finding| !matches!(finding, Finding::Right(_)))
            }),
            Quantity::exact("engine.wrong", "of these wrong without a word", {
                count(|finding| matches!(finding, Finding::Wrong { .. }))
            }),
            Quantity::exact("engine.absent", "no gradient without a word", {
                count(|finding| matches!(finding, Finding::Absent))
            }),
            Quantity::exact("engine.failing", "failing", {
                count(|finding| matches!(finding, Finding::Fails(_)))
            }),
        ],
    }
}

/// The rules and the differences. If they disagree, gradus is at fault.
fn witness(proofs: &[Proof], comparisons: &[Comparison]) -> Witness {
    let mut differing: Vec<&str> = proofs
        .iter()
        .filter(|proof| !proof.holds())
        .map(|proof| proof.operation)
        .collect();
    let own = comparisons
        .iter()
        .filter(|row| !matches!(row.own, Finding::Right(_)));
    differing.extend(own.map(|row| row.operation));
    let agreement = if differing.is_empty() {
        Agreement::Agree
    } else {
        Agreement::Disagree
    };
    let differing = if differing.is_empty() {
        "all of them".to_owned()
    } else {
        format!("not {}", differing.join(", "))
    };
    Witness {
        quantity: "gradients of the operations".to_owned(),
        theory: "a rule for each operation, in operations of the same set".to_owned(),
        lab: format!("central differences in float64 with Richardson's extrapolation: {differing}"),
        agreement,
    }
}
