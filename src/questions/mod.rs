//! What can be asked: one file a question, and one line in [`QUESTIONS`].

#[macro_use]
mod mistakes;

pub mod attention_demo;
pub mod batch_size_demo;
pub mod descent_demo;
mod dropout;
pub mod dropout_expectation;
pub mod dropout_placement;
pub mod embedding_demo;
pub mod engine_check;
pub mod gan_demo;
pub mod gcn_demo;
pub mod grad_check;
pub mod implicit_demo;
pub mod judge;
pub mod loss_demo;
mod numbers;
mod picture;
mod progress;
pub mod ravine_demo;
pub mod receptive_field;
pub mod relu_demo;
pub mod residual_demo;
pub mod shape;
pub mod tbptt_demo;
pub mod vae_demo;
pub mod vanishing_demo;

pub use progress::Progress;

use clap::{ArgMatches, FromArgMatches};

use crate::lab::Device;
use crate::model::{Fault, GraphFile, Model};
use crate::report::{Claim, Report};
use crate::torch::study::Study;

/// Every question, in the order of `gradus questions`.
pub static QUESTIONS: &[&dyn Question] = &[
    &receptive_field::ReceptiveField,
    &shape::Shape,
    &grad_check::GradCheck,
    &residual_demo::ResidualDemo,
    &dropout_expectation::DropoutExpectation,
    &dropout_placement::DropoutPlacement,
    &loss_demo::LossDemo,
    &vanishing_demo::VanishingDemo,
    &relu_demo::ReluDemo,
    &descent_demo::DescentDemo,
    &batch_size_demo::BatchSizeDemo,
    &ravine_demo::RavineDemo,
    &implicit_demo::ImplicitDemo,
    &embedding_demo::EmbeddingDemo,
    &tbptt_demo::TbpttDemo,
    &attention_demo::AttentionDemo,
    &vae_demo::VaeDemo,
    &gan_demo::GanDemo,
    &gcn_demo::GcnDemo,
    &engine_check::EngineCheck,
];

/// One thing that can be asked.
pub trait Question: Sync {
    /// The subcommand.
    fn name(&self) -> &'static str;

    /// Where `gradus questions` lists it.
    fn group(&self) -> Group;

    /// What it is asked about.
    fn subject(&self) -> SubjectKind;

    /// Where its measurement can run.
    fn devices(&self) -> Devices {
        Devices::Cpu
    }

    /// The subcommand with the question's own arguments and help; the arguments that all questions share (the
    /// model, claims, formats) are added by the command line.
    fn command(&self) -> clap::Command;

    /// Its examples for `--help`, under a heading of their own; the command line has some for those that give none.
    fn examples(&self) -> Option<&'static str> {
        None
    }

    /// The page that documents it, as Markdown.
    fn page(&self) -> &'static str;

    /// The key of the quantity that `--expect` claims.
    fn headline(&self) -> &'static str;

    /// The mistakes that it recognises.
    fn mistakes(&self) -> &'static [Mistake];

    /// The answer, with every claim checked.
    ///
    /// # Errors
    /// If the subject has no answer: what, where, and what to do about it.
    fn answer(
        &self,
        arguments: &ArgMatches,
        subject: &Subject,
        claims: &[Claim],
        setting: &Setting,
    ) -> Result<Report, Fault>;
}

/// A question's own arguments.
fn arguments<A: FromArgMatches>(given: &ArgMatches) -> Result<A, Fault> {
    A::from_arg_matches(given).map_err(|error| Fault::new("usage", error.to_string()))
}

/// Where a question is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// It computes a number about a model.
    Calculate,
    /// It shows a phenomenon by an experiment.
    Demonstrate,
}

/// What a question is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// A network.
    Model,
    /// A network, unless this flag is given: then nothing.
    ModelUnless(&'static str),
    /// A network, or nothing where none is given: then the question's own flags describe one.
    MaybeModel,
    /// A graph, where `--graph` names a file; else nothing: then the question's own flags describe one.
    MaybeGraph,
    /// A function, with claimed gradients.
    Function,
    /// Nothing: the arguments say it all.
    Nothing,
}

/// Where a question's measurement can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Devices {
    /// On the CPU.
    Cpu,
    /// On any device (`--device`).
    Any,
    /// On any device, unless this flag is given: then on the CPU.
    AnyUnless(&'static str),
    /// On any device where this flag is given; else on the CPU.
    AnyWith(&'static str),
}

/// What a question was asked about.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A network; its inputs carry their shapes where those are known.
    Model(Box<Model>),
    /// A function as the sandbox ran it, with what is claimed of its gradients.
    Function(Box<Study>),
    /// A graph.
    Graph(Box<GraphFile>),
    /// Nothing.
    Nothing,
}

/// What holds for every question of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Bytes that a measurement may use; above it the measurement is skipped and the report says so.
    pub max_memory: u64,
    /// The seed of everything random.
    pub seed: u64,
    /// Whether to measure at full size (`--measure`); by default a measurement is made at a reduced size that decides
    /// the same.
    pub measure: bool,
    /// Where to measure.
    pub device: Device,
    /// Where long work tells how far it is.
    pub progress: Progress,
}

/// One gibibyte, seed 0, measured at a reduced size, on the CPU.
impl Default for Setting {
    fn default() -> Self {
        Self {
            max_memory: 1 << 30,
            seed: 0,
            measure: false,
            device: Device::default(),
            progress: Progress::default(),
        }
    }
}

/// A named mistake and its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mistake {
    /// The stable code, such as `own-stride`.
    pub code: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Its page for `gradus explain`: what it is, why it is wrong, an example, how to avoid it.
    pub page: &'static str,
}
