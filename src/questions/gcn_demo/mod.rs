//! The question: what stands in row i of a graph layer's output, what zeroing a row and a column of the Laplacian does, and
//! how far a node sees.

mod arguments;
mod mistakes;
mod quantities;
mod statements;
mod study;
mod suspects;
mod tables;

use clap::{ArgMatches, Args};

use super::judge::judge;
use super::numbers::grouped;
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::report::{Agreement, Claim, Note, Report, Section, Witness};
use arguments::{Arguments, Asked};
use study::{Field, Zeroing};

/// The question.
#[derive(Debug)]
pub struct GcnDemo;

/// Theory and tensors agree within this share of the largest number.
const ROUNDING: f64 = 1e-12;

const EXAMPLES: &str = "\
Examples:
  gradus gcn-demo                                     the sheet's graph, node 5, q = 3, two layers
  gradus gcn-demo --expect true                       is the zeroed row the bias alone?
  gradus gcn-demo --from 0                            with a term X α₀ it is not
  gradus gcn-demo --path 41 --q 2 --layers 3 --claim field=13
  gradus gcn-demo --complete 4 --q 2 --coefficients 4,-1      terms that cancel
  gradus gcn-demo --graph edges.txt --node 7 --layers 4 --plot field.svg
  gradus gcn-demo --random 1e6:1e7 --q 1 --layers 3";

impl Question for GcnDemo {
    fn name(&self) -> &'static str {
        "gcn-demo"
    }

    fn group(&self) -> Group {
        Group::Demonstrate
    }

    fn subject(&self) -> SubjectKind {
        SubjectKind::MaybeGraph
    }

    fn command(&self) -> clap::Command {
        Arguments::augment_args(clap::Command::new(self.name()))
    }

    fn examples(&self) -> Option<&'static str> {
        Some(EXAMPLES)
    }

    fn page(&self) -> &'static str {
        include_str!("../../../docs/gcn-demo.md")
    }

    fn headline(&self) -> &'static str {
        "zeroed_row_is_bias"
    }

    fn mistakes(&self) -> &'static [Mistake] {
        mistakes::MISTAKES
    }

    fn answer(
        &self,
        arguments: &ArgMatches,
        subject: &Subject,
        claims: &[Claim],
        setting: &Setting,
    ) -> Result<Report, Fault> {
        let arguments = super::arguments::<Arguments>(arguments)?;
        let asked = arguments.asked(subject, setting.seed)?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = asked.words();
        let zeroing = if bytes(&asked) <= u128::from(setting.max_memory) {
            Some(study::zeroing(&asked, setting)?)
        } else {
            report.partial(format!(
                "the layer is not computed: it would take {} MiB, and {} MiB are allowed (--max-memory)",
                bytes(&asked) >> 20,
                setting.max_memory >> 20
            ));
            None
        };
        let field = study::field(&asked, setting)?;
        if field.measured.is_none() {
            report.partial("the receptive field is not measured, only searched: it would take more than some seconds; --measure lets it");
        }
        report
            .sections
            .push(Section::Quantities(quantities::graph(&asked)));
        if let Some(zeroing) = &zeroing {
            report
                .sections
                .push(Section::Quantities(quantities::zeroing(&asked, zeroing)));
            report
                .sections
                .push(Section::Table(tables::row(&asked, zeroing)));
            report
                .sections
                .push(Section::Table(tables::orders(&asked, zeroing)));
            report
                .sections
                .extend(tables::nodes(&asked, zeroing, &field).map(Section::Table));
            report.witnesses.push(layer_witness(zeroing));
        }
        report
            .sections
            .push(Section::Quantities(quantities::field(&asked, &field)));
        report.sections.push(tables::picture(&asked, &field));
        report.sections.push(Section::Statements(statements::all(
            &asked,
            zeroing.as_ref(),
            &field,
        )));
        report.witnesses.extend(field_witnesses(&field));
        if let Subject::Graph(file) = subject {
            report.sections.extend(file.notes.iter().map(|note| {
                Section::Note(Note {
                    code: note.code.clone(),
                    text: note.text.clone(),
                })
            }));
        }
        let suspects = if claims.is_empty() {
            Vec::new()
        } else {
            suspects::suspects(&asked, zeroing.as_ref(), &field)
        };
        judge(&mut report, claims, &suspects)?;
        Ok(report)
    }
}

/// Bytes that the layer takes: five settings of it, and the graph with its nodes renumbered.
fn bytes(asked: &Asked) -> u128 {
    let width = (study::INPUTS + study::OUTPUTS) as u128;
    let rows = 8 * asked.graph.nodes() as u128;
    rows * (6 * width + 4) + 8 * asked.graph.edges() as u128
}

fn layer_witness(zeroing: &Zeroing) -> Witness {
    let quantity = "the layer: as it is, zeroed, and without the node";
    let theory = "sparse products, row by row from the lists of neighbours";
    match zeroing.dense {
        Some(off) => {
            let worst = off.into_iter().fold(0.0, f64::max);
            let lab = format!(
                "dense tensors: {worst:.0e} apart at most, of numbers up to {:.3}",
                zeroing.size
            );
            Witness::both(quantity, theory, lab, worst <= ROUNDING * zeroing.size)
        }
        None => Witness {
            quantity: quantity.to_owned(),
            theory: theory.to_owned(),
            lab: "the graph is too large for dense tensors".to_owned(),
            agreement: Agreement::Alone,
        },
    }
}

fn field_witnesses(field: &Field) -> Vec<Witness> {
    let mut witnesses = Vec::new();
    if let Some(measured) = field.measured {
        witnesses.push(Witness::both(
            "what the node sees lies within the hops",
            format!("{} nodes by a breadth-first search", grouped(field.ball.nodes.len() as u64)),
            format!(
                "{} nodes with an entry that is not 0 in the product of all layers, modulo the prime 2⁶¹−1",
                grouped(measured as u64)
            ),
            field.inside,
        ));
    }
    if let Some(differing) = field.gradients {
        witnesses.push(Witness::both(
            "which nodes matter to which",
            "random weights modulo a prime, no rounding",
            format!("the support of each node's gradient on tensors, with tanh between the layers: other for {differing} nodes"),
            differing == 0,
        ));
    }
    witnesses
}
