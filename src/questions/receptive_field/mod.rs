//! The question: which part of the input can an output unit depend on?

pub mod borders;
mod effective;
pub mod facts;
pub mod growth;
pub mod layers;
pub mod mistakes;
pub mod picture;
pub mod recurrence;
pub mod suspects;
pub mod table;
pub mod units;
pub mod witness;
pub mod working;

use std::collections::BTreeSet;

use clap::{ArgMatches, Args};

use super::judge::judge;
use super::{Devices, Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::{Fault, Layer, Model, NodeId};
use crate::report::{Check, Claim, Report, Section, Table, Value, Verdict, Working};
use crate::theory::field::AxisField;
use facts::Facts;
use recurrence::Link;
use units::Unit;

/// The flag that asks about no model.
const COMPARE_GROWTH: &str = "compare-growth";

/// The question.
#[derive(Debug)]
pub struct ReceptiveField;

/// Which part of the input can a unit of the output depend on?
#[derive(Debug, Args)]
struct Arguments {
    /// Ask about the units of this layer, not of the network's output
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
    /// The unit at this position, counted from 0, and the exact box of the input that it sees
    #[arg(long, value_name = "I,J", value_parser = position)]
    at: Option<Position>,
    /// Compare ways to make a receptive field grow: depth, kernel, stride, pooling, dilation (needs no model)
    #[arg(long = COMPARE_GROWTH, id = COMPARE_GROWTH, conflicts_with_all = ["layer", "at"])]
    compare_growth: bool,
    #[command(flatten)]
    effective: effective::Arguments,
}

/// One number for each place of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Position(Vec<usize>);

fn position(text: &str) -> Result<Position, String> {
    let bare = text.trim().trim_matches(['(', ')', '[', ']']);
    let numbers = bare.split([',', 'x', '×']).map(|part| part.trim().parse());
    let numbers: Result<Vec<usize>, _> = numbers.collect();
    numbers.map(Position).map_err(|_| {
        "expected one number for each axis of the output, counted from 0, such as 0,0".to_owned()
    })
}

impl Question for ReceptiveField {
    fn name(&self) -> &'static str {
        "receptive-field"
    }

    fn group(&self) -> Group {
        Group::Calculate
    }

    fn subject(&self) -> SubjectKind {
        SubjectKind::ModelUnless(COMPARE_GROWTH)
    }

    fn devices(&self) -> Devices {
        Devices::AnyWith("effective")
    }

    fn command(&self) -> clap::Command {
        Arguments::augment_args(clap::Command::new(self.name()))
    }

    fn page(&self) -> &'static str {
        include_str!("../../../docs/receptive-field.md")
    }

    fn headline(&self) -> &'static str {
        "size"
    }

    fn mistakes(&self) -> &'static [Mistake] {
        &mistakes::MISTAKES
    }

    fn answer(
        &self,
        arguments: &ArgMatches,
        subject: &Subject,
        claims: &[Claim],
        setting: &Setting,
    ) -> Result<Report, Fault> {
        let arguments = super::arguments::<Arguments>(arguments)?;
        let mut report = Report::new(self.name(), self.headline());
        match subject {
            Subject::Model(model) if !arguments.compare_growth => {
                of_model(&mut report, model, &arguments, claims, setting)?;
            }
            _ => {
                growth::compare(&mut report)?;
                judge(&mut report, claims, &[])?;
            }
        }
        Ok(report)
    }
}

fn of_model(
    report: &mut Report,
    model: &Model,
    arguments: &Arguments,
    claims: &[Claim],
    setting: &Setting,
) -> Result<(), Fault> {
    let facts = Facts::new(
        model,
        asked_node(report, model, arguments.layer.as_deref())?,
    )?;
    let asked = arguments.at.as_ref();
    let asked = asked.map(|position| {
        report
            .asked
            .push(("at".to_owned(), units::name(&position.0)));
        Unit::new(&facts, &position.0)
    });
    let asked = asked.transpose()?;
    if let Some(None) = asked {
        report.partial("the box of a unit needs the size of the input: give it with --input");
    }
    let asked = asked.flatten();
    // Side by side: in a network of a hundred thousand layers either takes a good part of a second.
    let (typical, layers) = std::thread::scope(|scope| {
        let layers = scope.spawn(|| layers::layers(&facts));
        (borders::typical(&facts), layers.join())
    });
    let typical = typical?;
    let layers = layers.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    sections(report, &facts, asked.as_ref(), &typical, layers);
    report
        .sections
        .extend(borders::positions(&facts)?.map(Section::Table));
    report
        .sections
        .extend(picture::boxes(&facts, asked.as_ref()).map(Section::Series));
    for unit in asked.iter().chain(typical.iter().take(2)) {
        let witness = witness::of_unit(&facts, unit, setting);
        report.witnesses.push(witness);
    }
    if report.witnesses.is_empty() {
        report.witnesses.push(witness::of_assumed(&facts, setting)?);
    }
    if arguments.effective.asked() {
        effective::sections(
            report,
            &facts,
            &arguments.effective,
            asked.as_ref(),
            setting,
        )?;
    }
    notes(report, &facts);
    let suspects = if claims.is_empty() {
        Vec::new()
    } else {
        suspects::suspects(&facts.case())
    };
    judge(report, claims, &suspects)?;
    if claims.iter().any(|claim| !claim.working.is_empty()) {
        let paths = facts.paths();
        for check in &mut report.checks {
            check.working = working_of(check, &paths);
        }
    }
    Ok(())
}

/// The node that is asked about: a layer by name, or the first output.
fn asked_node(report: &mut Report, model: &Model, layer: Option<&str>) -> Result<NodeId, Fault> {
    let Some(name) = layer else {
        let first = model.outputs.first().map(|port| port.node);
        return first.ok_or_else(|| Fault::new("no-output", "the model returns nothing"));
    };
    report.asked.push(("layer".to_owned(), name.to_owned()));
    model.find(name).ok_or_else(|| {
        let names = model.node_ids().map(|id| model.node(id).name.as_str());
        // However little they have in common: there is always a layer to name.
        Fault::new("unknown-layer", format!("there is no layer `{name}`")).did_you_mean(
            name,
            names,
            f64::NEG_INFINITY,
        )
    })
}

fn sections(
    report: &mut Report,
    facts: &Facts,
    asked: Option<&Unit>,
    typical: &[Unit],
    layers: Table,
) {
    let mut headline = layers::headline(facts);
    headline
        .quantities
        .extend(borders::border_share(facts, typical));
    report.sections.push(Section::Quantities(headline));
    if let Some(unit) = asked {
        report.sections.push(Section::Quantities(units::at(unit)));
    }
    report.sections.push(Section::Table(layers));
    report
        .sections
        .extend(layers::phases(facts).map(Section::Table));
    if !typical.is_empty() {
        let borders = borders::borders(facts, typical);
        report.sections.push(Section::Table(borders));
    }
}

/// What belongs to the answer and is not a number.
fn notes(report: &mut Report, facts: &Facts) {
    let model = facts.model;
    let called = |node: NodeId| format!("`{}` ({})", model.node(node).name, model.kind(node));
    if let Some(link) = facts.whole_at() {
        let text = format!("{} reads every position of its input", called(link.node));
        report.note("whole-input", text);
    }
    for field in facts.own() {
        match field {
            AxisField::Misaligned { at } => report.partial(format!(
                "at {} branches with different jumps meet: every position has a field of its own, which --at gives",
                called(*at)
            )),
            AxisField::NeedsShape { at } => report.partial(format!(
                "{} needs the size of the input: give it with --input",
                called(*at)
            )),
            AxisField::Lost { at, reason } => {
                report.partial(format!("{} cannot be followed: {reason}", called(*at)));
            }
            AxisField::Whole { causal: true } => report.note(
                "causal",
                "of the whole input a unit sees what comes before it, itself included",
            ),
            AxisField::Regular(_) | AxisField::Whole { causal: false } => continue,
        }
        break;
    }
    let is_batch_norm = |layer: &Layer| matches!(layer, Layer::BatchNorm { .. });
    if model
        .node_ids()
        .filter_map(|id| model.layer(id))
        .any(is_batch_norm)
    {
        report.note(
            "batch-norm",
            "in training mode a batch norm also mixes in the statistics of the whole batch; this is the field in evaluation mode",
        );
    }
    let outputs: BTreeSet<NodeId> = model.outputs.iter().map(|port| port.node).collect();
    if outputs.len() > 1 && outputs.contains(&facts.node) {
        let others = outputs.iter().filter(|node| **node != facts.node);
        let others: Vec<String> = others
            .map(|node| format!("`{}`", model.node(*node).name))
            .collect();
        let text = format!(
            "this is the field of the first output; ask about {} with --layer",
            others.join(", ")
        );
        report.note("several-outputs", text);
    }
    if model.inputs().count() > 1 {
        let name = &model.node(facts.fields.input).name;
        report.note("several-inputs", format!("measured on the input `{name}`"));
    }
}

/// What came of the working that goes with a claim on the size; where it is right to its end and the claim is another
/// number, the claim is its last step.
fn working_of(check: &Check, paths: &[Vec<Link>]) -> Option<Working> {
    let written = &check.claim.working;
    if check.claim.key != "size" || written.is_empty() {
        return None;
    }
    let mut working = working::follow(paths, written)?;
    let answer = check.claim.expected.as_ref()?;
    let ends_elsewhere = written.last().is_some_and(|last| !same(last, answer));
    if working.first_wrong.is_none() && check.verdict == Verdict::Wrong && ends_elsewhere {
        working.first_wrong = Some(written.len() + 1);
        "the answer".clone_into(&mut working.at);
        working.written = Some(answer.clone());
        working.truth.clone_from(&check.computed);
        working.diagnoses.clone_from(&check.diagnoses);
    }
    Some(working)
}

/// Whether two values say the same, one number standing for every axis.
fn same(left: &Value, right: &Value) -> bool {
    let all_are = |value: &Value| match value {
        Value::Dims(extents) if extents.windows(2).all(|pair| pair[0] == pair[1]) => {
            extents.first().map(ToString::to_string)
        }
        Value::Dims(_) => None,
        other => Some(other.to_string()),
    };
    left == right || all_are(left).is_some_and(|one| all_are(right) == Some(one))
}
