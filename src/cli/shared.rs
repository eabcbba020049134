//! The arguments that all questions share.

use clap::{Arg, ArgAction, ArgMatches, ColorChoice, Command, value_parser};

use super::device;
use crate::model::Fault;
use crate::questions::{Question, Setting, SubjectKind};
use crate::read::values;
use crate::render::Format;
use crate::report::Claim;

pub(super) const FORMAT: &str = "format";
pub(super) const JSON: &str = "json";
pub(super) const COLOR: &str = "color";
pub(super) const ID: &str = "id";
pub(super) const STEPS: &str = "steps";
pub(super) const MODEL: &str = "model";
pub(super) const CODE: &str = "code";
pub(super) const INPUT: &str = "input";
pub(super) const ASSUME: &str = "assume";
pub(super) const TIME_LIMIT: &str = "time-limit";
pub(super) const MEMORY_LIMIT: &str = "memory-limit";
pub(super) const EXIT_ZERO: &str = "exit-zero";
pub(super) const EXPECT: &str = "expect";
pub(super) const CLAIM: &str = "claim";
pub(super) const WORKING: &str = "working";
pub(super) const SEED: &str = "seed";
const MAX_MEMORY: &str = "max-memory";
pub(super) const MEASURE: &str = "measure";

/// Bytes.
pub(super) const MEBIBYTE: u64 = 1 << 20;

/// A question's command with the arguments that all questions share.
pub(super) fn augment(question: &dyn Question) -> Command {
    let command = question.command().name(question.name());
    let command = match question.subject() {
        SubjectKind::Model => command
            .args(model())
            .mut_arg(MODEL, |arg| arg.required_unless_present(CODE)),
        SubjectKind::ModelUnless(flag) => command
            .args(model())
            .mut_arg(MODEL, |arg| arg.required_unless_present_any([CODE, flag])),
        SubjectKind::MaybeModel => command.args(model()),
        SubjectKind::Function => command.args(super::function::arguments()),
        SubjectKind::Nothing | SubjectKind::MaybeGraph => command,
    };
    let command = command
        .args(claims(question.headline()))
        .args(measurement())
        .args(format())
        .arg(super::picture::argument().help_heading("Output"));
    // A question that counts its own steps has `--steps N`; its working is shown with another word.
    let counts_steps = question
        .command()
        .get_arguments()
        .any(|arg| arg.get_long() == Some(STEPS));
    let command = if counts_steps {
        command.mut_arg(STEPS, |arg| arg.long("show-steps"))
    } else {
        command
    };
    let command = match question.subject() {
        SubjectKind::Function => super::function::adapted(command),
        _ => command,
    };
    match command.get_after_help() {
        Some(_) => command,
        None => command.after_help(super::command::examples(question)),
    }
}

/// What is asked about.
fn model() -> [Arg; 6] {
    let heading = "Model";
    [
        Arg::new(MODEL)
            .display_order(0)
            .value_name("MODEL")
            .help("A .py, .ipynb or .json file, FILE:EXPRESSION for one of its names, or - for standard input")
            .conflicts_with(CODE),
        Arg::new(CODE)
            .short('c')
            .long(CODE)
            .value_name("SNIPPET")
            .help("The model itself, such as 'nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU())'"),
        Arg::new(INPUT)
            .long(INPUT)
            .value_name("SHAPE")
            .action(ArgAction::Append)
            .help("The shape that the model is called with, batch included: 1x3x224x224; once per input"),
        Arg::new(ASSUME)
            .long(ASSUME)
            .value_name("NAME=pointwise")
            .action(ArgAction::Append)
            .help("Take an unknown layer as element-wise"),
        time_limit(),
        memory_limit(),
    ]
    .map(|arg| arg.help_heading(heading))
}

/// The sandbox's time.
pub(super) fn time_limit() -> Arg {
    Arg::new(TIME_LIMIT)
        .long(TIME_LIMIT)
        .value_name("SECONDS")
        .value_parser(value_parser!(u64).range(1..=3600))
        .help("CPU time for reading a source [default: 10]")
}

/// The sandbox's memory.
pub(super) fn memory_limit() -> Arg {
    Arg::new(MEMORY_LIMIT)
        .long(MEMORY_LIMIT)
        .value_name("MIB")
        .value_parser(value_parser!(u64).range(64..=1 << 20))
        .help("Memory for reading a source [default: 1024]")
}

/// What is claimed about it.
fn claims(headline: &str) -> [Arg; 4] {
    let heading = "Claims";
    [
        Arg::new(EXPECT)
            .long(EXPECT)
            .value_name("VALUE")
            .allow_negative_numbers(true)
            .help(format!("Check a claimed value of `{headline}`: 112, 112x112, 3/4, 0.3 ± 0.01")),
        Arg::new(CLAIM)
            .long(CLAIM)
            .value_name("KEY=VALUE")
            .action(ArgAction::Append)
            .help("Check a claimed value of any quantity (the keys are in the JSON and on the question's page)"),
        Arg::new(WORKING)
            .long(WORKING)
            .value_name("SIZES")
            .allow_negative_numbers(true)
            .help("Check a written working too: 3,5,21,29,125 names the first step that differs"),
        Arg::new(EXIT_ZERO)
            .long(EXIT_ZERO)
            .action(ArgAction::SetTrue)
            .help("Exit 0 whatever the verdict (for graders)"),
    ]
    .map(|arg| arg.help_heading(heading))
}

/// How the second witness is had.
fn measurement() -> [Arg; 4] {
    let heading = "Measurement";
    [
        Arg::new(MEASURE)
            .long(MEASURE)
            .action(ArgAction::SetTrue)
            .help("Measure at full size, not at a reduced one that decides the same"),
        Arg::new(MAX_MEMORY)
            .long(MAX_MEMORY)
            .value_name("MIB")
            .value_parser(value_parser!(u64).range(1..=1 << 30))
            .help("Memory for a measurement [default: half of what is free]"),
        Arg::new(SEED)
            .long(SEED)
            .value_name("N")
            .value_parser(value_parser!(u64))
            .help("The seed of everything random [default: 0]"),
        device::argument(),
    ]
    .map(|arg| arg.help_heading(heading))
}

/// How the answer is written.
pub(super) fn format() -> Vec<Arg> {
    let heading = "Output";
    let mut args = plain_format();
    args.push(
        Arg::new(STEPS)
            .long(STEPS)
            .action(ArgAction::SetTrue)
            .help("Show the working of each quantity"),
    );
    args.push(
        Arg::new(ID)
            .long(ID)
            .value_name("TEXT")
            .help("Echoed in the JSON, to tell answers apart"),
    );
    args.into_iter()
        .map(|arg| arg.help_heading(heading))
        .collect()
}

/// The arguments of every command that answers in more than one format.
pub(super) fn plain_format() -> Vec<Arg> {
    vec![
        Arg::new(FORMAT)
            .long(FORMAT)
            .value_name("FORMAT")
            .value_parser(value_parser!(Format))
            .default_value("table")
            .hide_default_value(true)
            .help("table, json, ndjson or markdown"),
        Arg::new(JSON)
            .long(JSON)
            .action(ArgAction::SetTrue)
            .help("The same as --format json"),
        Arg::new(COLOR)
            .long(COLOR)
            .value_name("WHEN")
            .value_parser(value_parser!(ColorChoice))
            .default_value("auto")
            .hide_default_value(true)
            .help("auto, always or never; NO_COLOR is respected"),
    ]
}

/// Whether a model is given.
pub(super) fn names_model(arguments: &ArgMatches) -> bool {
    arguments.contains_id(MODEL) || arguments.contains_id(CODE)
}

/// The claims: `--expect` on the headline, then each `--claim`.
///
/// # Errors
/// If a claim has no key, or a working cannot be read.
pub(super) fn claims_of(arguments: &ArgMatches, headline: &str) -> Result<Vec<Claim>, Fault> {
    let mut claims = Vec::new();
    let expect = arguments.get_one::<String>(EXPECT);
    let working = arguments.get_one::<String>(WORKING);
    if let Some(expect) = expect {
        claims.push(values::claim(headline, expect));
    }
    if let Some(text) = working {
        let steps = values::working(text)?;
        if claims.is_empty() {
            let last = steps.last().map(ToString::to_string).unwrap_or_default();
            claims.push(values::claim(headline, &last));
        }
        claims[0].working = steps;
    }
    for (key, value) in written_claims(arguments)? {
        claims.push(values::claim(&key, &value));
    }
    Ok(claims)
}

/// Each `--claim` as its key and what stands after the first `=`.
///
/// # Errors
/// If there is none.
pub(super) fn written_claims(arguments: &ArgMatches) -> Result<Vec<(String, String)>, Fault> {
    let claims = arguments.get_many::<String>(CLAIM).into_iter().flatten();
    claims
        .map(|claim| match claim.split_once('=') {
            Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
            None => Err(Fault::new("usage", format!("`--claim {claim}` has no `=`"))
                .help("write KEY=VALUE, such as --claim size.h=112")),
        })
        .collect()
}

/// What holds for the run.
///
/// # Errors
/// If a device is asked for that is not there, or that the question does not measure on.
pub(super) fn setting(question: &dyn Question, arguments: &ArgMatches) -> Result<Setting, Fault> {
    let max_memory = match arguments.get_one::<u64>(MAX_MEMORY) {
        Some(mebibytes) => mebibytes * MEBIBYTE,
        None => free_memory().map_or(Setting::default().max_memory, |free| free / 2),
    };
    Ok(Setting {
        max_memory,
        seed: arguments.get_one::<u64>(SEED).copied().unwrap_or_default(),
        measure: arguments.get_flag(MEASURE),
        device: device::opened(question, arguments)?,
        progress: super::progress::bar(),
    })
}

/// Bytes that the system says are free to use; `None` where it does not say.
fn free_memory() -> Option<u64> {
    let table = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1 << 10)
}
