//! The question: what does attention change in what the states of an encoder and a decoder have to hold?

mod facts;
mod mistakes;
mod numbers;
mod probe;
mod statements;
mod suspects;

use clap::{ArgMatches, Args, ValueEnum};

use super::judge::judge;
use super::numbers::{number, short};
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::model::attention::{Cell, Queries};
use crate::report::{Claim, Report, Section};
use facts::Facts;

/// The question.
#[derive(Debug)]
pub struct AttentionDemo;

const EXAMPLES: &str = "\
Examples:
  gradus attention-demo                                    30 steps, a recurrent gain of 0.5, queries of the encoder
  gradus attention-demo --queries decoder                  the tutorial's attention
  gradus attention-demo --gain 1 --cell linear             a path that does not decay
  gradus attention-demo --claim permutation_equivariant=false
  gradus attention-demo --positions                        codes of positions added to the encoder's states
  gradus attention-demo --mask causal                      self-attention that sees no later state
  gradus attention-demo --length 6 --gain 1 --cell linear  a sentence that fits in the last state
  gradus attention-demo --plot path.svg";

/// What does attention change: the path from every input, what the states hold, and who asks
#[derive(Debug, Clone, Args)]
struct Arguments {
    /// Tokens of the source
    #[arg(long, value_name = "T", default_value = "30", value_parser = clap::value_parser!(u16).range(2..=100))]
    length: u16,
    /// The factor of the encoder's orthogonal recurrent matrix, above 0 and at most 1
    #[arg(long, value_name = "G", default_value = "0.5", value_parser = gain, allow_hyphen_values = true)]
    gain: f64,
    /// What a state of the encoder goes through
    #[arg(long, value_name = "CELL", default_value = "tanh")]
    cell: CellName,
    /// Numbers in a state of the encoder
    #[arg(long, value_name = "H", default_value = "8", value_parser = clap::value_parser!(u16).range(2..=32))]
    hidden: u16,
    /// Whose states the queries are in the model that is asked about
    #[arg(long, value_name = "WHOSE", default_value = "encoder")]
    queries: Whose,
    /// Add a code of its position to every state of the encoder
    #[arg(long)]
    positions: bool,
    /// What self-attention may see
    #[arg(long, value_name = "MASK", default_value = "none")]
    mask: Mask,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CellName {
    Tanh,
    Linear,
}

impl CellName {
    fn cell(self) -> Cell {
        match self {
            Self::Tanh => Cell::Tanh,
            Self::Linear => Cell::Linear,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Whose {
    Decoder,
    Encoder,
}

impl Whose {
    fn queries(self) -> Queries {
        match self {
            Self::Decoder => Queries::Decoder,
            Self::Encoder => Queries::Encoder,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mask {
    /// Everything.
    None,
    /// Nothing later than itself.
    Causal,
}

fn gain(text: &str) -> Result<f64, String> {
    let number = number(text)?;
    if number <= 0.0 || number > 1.0 {
        return Err("it lies above 0 and is at most 1".to_owned());
    }
    Ok(number)
}

impl Question for AttentionDemo {
    fn name(&self) -> &'static str {
        "attention-demo"
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
        include_str!("../../../docs/attention-demo.md")
    }

    fn headline(&self) -> &'static str {
        "path.with"
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
        let facts = Facts::new(&arguments, setting)?;
        let mut report = Report::new(self.name(), self.headline());
        report.asked = asked(&arguments, setting);
        report.sections.extend(numbers::sections(&facts));
        report
            .sections
            .push(Section::Statements(statements::statements(&facts)));
        report.witnesses = facts.witnesses();
        report.note(
            "untrained",
            "nothing is trained here: what is shown holds for the weights at hand, those of the attention by formula, those of the encoder and its tokens from the seed",
        );
        judge(&mut report, claims, &suspects::suspects(&facts))?;
        Ok(report)
    }
}

fn asked(arguments: &Arguments, setting: &Setting) -> Vec<(String, String)> {
    let cell = match arguments.cell {
        CellName::Tanh => "tanh",
        CellName::Linear => "linear",
    };
    let queries = match arguments.queries {
        Whose::Decoder => "the decoder's",
        Whose::Encoder => "the encoder's",
    };
    let mut words = vec![
        ("length", arguments.length.to_string()),
        ("gain", short(arguments.gain)),
        ("cell", cell.to_owned()),
        ("hidden", arguments.hidden.to_string()),
        ("queries", queries.to_owned()),
        ("seed", setting.seed.to_string()),
    ];
    if arguments.positions {
        words.push(("positions", "added".to_owned()));
    }
    if arguments.mask == Mask::Causal {
        words.push(("mask", "causal".to_owned()));
    }
    words
        .into_iter()
        .map(|(name, word)| (name.to_owned(), word))
        .collect()
}
