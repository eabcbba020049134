//! The question: what does truncated backpropagation through time change, and what does it leave as it is?

mod facts;
mod mistakes;
mod numbers;
mod statements;
mod suspects;

use clap::{ArgMatches, Args, ValueEnum};

use super::judge::judge;
use super::numbers::{number, short};
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::model::Fault;
use crate::model::recurrence::State;
use crate::report::{Claim, Report, Section};
use facts::Facts;

/// The question.
#[derive(Debug)]
pub struct TbpttDemo;

const EXAMPLES: &str = "\
Examples:
  gradus tbptt-demo                                 a sequence of 12 steps in chunks of 3, the state carried
  gradus tbptt-demo --claim at_most_s=true          is nothing learned beyond a chunk?
  gradus tbptt-demo --state reset                   what if every chunk begins anew?
  gradus tbptt-demo --chunk 12                      a chunk as long as the sequence
  gradus tbptt-demo --recurrence 0                  a network that remembers nothing
  gradus tbptt-demo --length 60 --chunk 5 --plot reach.svg";

/// What does truncated backpropagation through time change: outputs, gradient, reach
#[derive(Debug, Clone, Args)]
struct Arguments {
    /// Steps of the sequence, T
    #[arg(long, value_name = "T", default_value = "12", value_parser = clap::value_parser!(u16).range(3..=100))]
    length: u16,
    /// Steps of a chunk, S
    #[arg(long, value_name = "S", default_value = "3", value_parser = clap::value_parser!(u16).range(1..=1000))]
    chunk: u16,
    /// What a chunk begins with: the state that the one before ended in, or zeros
    #[arg(long, value_name = "STATE", default_value = "carry")]
    state: Begin,
    /// Numbers in a state
    #[arg(long, value_name = "H", default_value = "4", value_parser = clap::value_parser!(u16).range(1..=64))]
    hidden: u16,
    /// The size of the weights from state to state
    #[arg(long, value_name = "W", default_value = "0.6", value_parser = recurrence, allow_hyphen_values = true)]
    recurrence: f64,
    /// The decay of the leaky integrator that is to be learned
    #[arg(long, value_name = "A", default_value = "0.9", value_parser = decay, allow_hyphen_values = true)]
    decay: f64,
}

/// What a chunk begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Begin {
    Carry,
    Reset,
}

impl Begin {
    fn state(self) -> State {
        match self {
            Self::Carry => State::Carry,
            Self::Reset => State::Reset,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Carry => "carried and detached",
            Self::Reset => "reset to 0",
        }
    }
}

fn recurrence(text: &str) -> Result<f64, String> {
    let number = number(text)?;
    if number.abs() > 5.0 {
        return Err("it lies between -5 and 5".to_owned());
    }
    Ok(number)
}

fn decay(text: &str) -> Result<f64, String> {
    let number = number(text)?;
    if number.abs() > 0.99 {
        return Err("it lies between -0.99 and 0.99: beyond, the integrator runs away".to_owned());
    }
    Ok(number)
}

impl Question for TbpttDemo {
    fn name(&self) -> &'static str {
        "tbptt-demo"
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
        include_str!("../../../docs/tbptt-demo.md")
    }

    fn headline(&self) -> &'static str {
        "gradient.error"
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
        if facts.has_no_gradient() {
            return Err(Fault::new(
                "usage",
                "the gradient of the whole sequence is 0 or no number: no error can be a share of it",
            )
            .help("give a smaller --recurrence or --hidden"));
        }
        let mut report = Report::new(self.name(), self.headline());
        report.asked = asked(&arguments, setting);
        report.sections.extend(numbers::sections(&facts));
        report
            .sections
            .push(Section::Statements(statements::statements(&facts)));
        report.witnesses = facts.witnesses();
        report.note(
            "network",
            "h = tanh(W_h h + w_x x), o = w_o·h, loss Σ ½(o − y)², all by formula; the integrator's inputs are normal numbers from the seed",
        );
        judge(&mut report, claims, &suspects::suspects(&facts))?;
        Ok(report)
    }
}

fn asked(arguments: &Arguments, setting: &Setting) -> Vec<(String, String)> {
    let words = [
        ("length", arguments.length.to_string()),
        ("chunk", arguments.chunk.to_string()),
        ("state", arguments.state.word().to_owned()),
        ("hidden", arguments.hidden.to_string()),
        ("recurrence", short(arguments.recurrence)),
        ("decay", short(arguments.decay)),
        ("seed", setting.seed.to_string()),
    ];
    words.map(|(name, word)| (name.to_owned(), word)).to_vec()
}
