//! `gradus check` and `gradus assignment`: sheets graded, and skeletons of assignments.

mod examiner;
mod handed_in;

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, ValueEnum, value_parser};

use examiner::CommandLine;

use super::exit::Exit;
use super::output::Output;
use super::progress;
use super::shared;
use crate::grade::assignment::{Assignment, place};
use crate::grade::page::Template;
use crate::grade::submission::{self, Submission};
use crate::grade::{draft, score};
use crate::model::{Fault, Source};
use crate::render::grades::{self, Reveal};
use crate::report::{GradeReport, Outcome, Verdict};

const ASSIGNMENT: &str = "assignment";
const SUBMISSIONS: &str = "submissions";
const SHOW_READINGS: &str = "show-readings";
const EXPLAIN: &str = "explain";
const REVEAL: &str = "reveal";
const FAIL_ON: &str = "fail-on";
const NOTEBOOK: &str = "notebook";

/// What makes `check` exit 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// An answer that is wrong.
    Wrong,
    /// An answer that the machine cannot decide.
    Undecided,
    /// An answer that cannot be read.
    Unreadable,
}

const CHECK_EXITS: &str = "\
Exit codes:
  0  every submission was graded, whatever the verdicts
  1  an answer is what --fail-on names; without submissions: an own answer of the assignment is wrong
  2  usage, or an assignment that cannot be read
  3  a submission could not be opened
  4  a fault of gradus: its two witnesses disagree, or it failed";

/// The subcommand `check`.
pub(super) fn check_command() -> Command {
    Command::new("check")
        .about("Grade submissions of an assignment; without any, check the assignment's own answers")
        .args([
            Arg::new(ASSIGNMENT)
                .value_name("ASSIGNMENT")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The assignment, a TOML file (see `gradus schema assignment`)"),
            Arg::new(SUBMISSIONS)
                .value_name("SUBMISSION")
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help("Notebooks, their text form, Markdown, answers as JSON, Python; folders and zips of these"),
            Arg::new(SHOW_READINGS)
                .long(SHOW_READINGS)
                .action(ArgAction::SetTrue)
                .help("Print only what is taken as each answer, and where it stands"),
            Arg::new(EXPLAIN)
                .long(EXPLAIN)
                .action(ArgAction::SetTrue)
                .conflicts_with(SHOW_READINGS)
                .help("Write feedback for whoever handed it in, in the terminal or as Markdown"),
            Arg::new(REVEAL)
                .long(REVEAL)
                .value_name("LEVEL")
                .requires(EXPLAIN)
                .value_parser(value_parser!(Reveal))
                .default_value("mistake")
                .help("How much --explain gives away"),
            Arg::new(FAIL_ON)
                .long(FAIL_ON)
                .value_name("OUTCOME")
                .action(ArgAction::Append)
                .value_delimiter(',')
                .value_parser(value_parser!(FailOn))
                .help("Exit 1 if an answer is wrong, undecided or unreadable"),
        ])
        .args(shared::format())
        .after_help(format!(
            "Examples:\n  gradus check sheet.toml hand-in.ipynb\n  gradus check sheet.toml class.zip --format ndjson\n  \
             gradus check sheet.toml answers/ --show-readings\n  \
             gradus check sheet.toml hand-in.ipynb --explain --reveal working --format markdown\n  gradus check sheet.toml\n\n{CHECK_EXITS}"
        ))
}

/// The subcommand `assignment`.
pub(super) fn assignment_command() -> Command {
    let draft = Command::new("draft")
        .about("Write the skeleton of an assignment: the questions that a notebook asks")
        .arg(
            Arg::new(NOTEBOOK)
                .value_name("NOTEBOOK")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The blank sheet: a notebook, its text form or Markdown"),
        )
        .after_help("Examples:\n  gradus assignment draft sheet.ipynb > sheet.toml");
    Command::new("assignment")
        .about("Make an assignment")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(draft)
        .after_help("Examples:\n  gradus assignment draft sheet.ipynb > sheet.toml")
}

/// `gradus assignment draft NOTEBOOK`.
///
/// # Errors
/// If the notebook cannot be read.
pub(super) fn assignment(arguments: &ArgMatches, output: &Output) -> anyhow::Result<Exit> {
    let Some(("draft", arguments)) = arguments.subcommand() else {
        return Ok(Exit::Usage);
    };
    let path = path_of(arguments, NOTEBOOK);
    let lines = submission::sheet(&path).map_err(|fault| named(fault, &path))?;
    let title = path
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    output.write(&draft::skeleton(&title, &lines))?;
    Ok(Exit::Success)
}

/// `gradus check ASSIGNMENT [SUBMISSION…]`.
///
/// # Errors
/// If the assignment cannot be read, or a question of it cannot be asked.
pub(super) fn check(arguments: &ArgMatches, output: &Output) -> anyhow::Result<Exit> {
    let explain = arguments.get_flag(EXPLAIN);
    if explain && output.format.is_json() {
        return Err(Fault::new("usage", "feedback is words, and no JSON")
            .help("use --format table or --format markdown; JSON without --explain has all of it")
            .into());
    }
    let path = path_of(arguments, ASSIGNMENT);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Fault::new(
            "read",
            format!("`{}` cannot be read: {error}", path.display()),
        )
    })?;
    let source = Source {
        name: path.display().to_string(),
        text,
    };
    let assignment = Assignment::parse(&source)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let template = template(&assignment, &source, &folder)?;
    let wanted = assignment.wanted();
    let submissions: Vec<Submission> = arguments
        .get_many::<PathBuf>(SUBMISSIONS)
        .into_iter()
        .flatten()
        .flat_map(|path| submission::open(path, &wanted))
        .collect();
    let unopened = submissions
        .iter()
        .any(|submission| submission.content.is_err());
    for submission in &submissions {
        if let Err(fault) = &submission.content {
            output.complain(&format!("{}: {fault}\n", submission.name));
        }
    }
    if arguments.get_flag(SHOW_READINGS) {
        let report = score::show(&assignment, template.as_ref(), &submissions);
        output.write(&grades::render_readings(
            &report,
            output.format,
            output.style(),
            output.id(),
        ))?;
        return Ok(if unopened { Exit::Open } else { Exit::Success });
    }
    let examiner = CommandLine::new(&source, &folder);
    let report = score::grade(
        &assignment,
        template.as_ref(),
        &submissions,
        &examiner,
        &progress::bar(),
    )?;
    let text = if explain {
        let reveal = arguments.get_one(REVEAL).copied().unwrap_or_default();
        grades::render_feedback(&report, reveal, output.format, output.style())
    } else {
        grades::render(&report, output.format, output.style(), output.id())
    };
    output.write(&text)?;
    let fail_on: Vec<FailOn> = arguments
        .get_many(FAIL_ON)
        .into_iter()
        .flatten()
        .copied()
        .collect();
    Ok(exit_of(&report, unopened, &fail_on))
}

/// Of several reasons the gravest: a fault of gradus, then what could not be opened, then what was asked to fail.
fn exit_of(report: &GradeReport, unopened: bool, fail_on: &[FailOn]) -> Exit {
    if report.items.iter().any(|item| item.disagree) {
        return Exit::OwnFault;
    }
    if unopened {
        return Exit::Open;
    }
    let wrong_key = report.submissions.is_empty()
        && report.items.iter().any(|item| {
            item.own_answer
                .as_ref()
                .is_some_and(|own| own.verdict == Verdict::Wrong)
        });
    let fails = |outcome: Outcome| {
        fail_on.iter().any(|fail| match fail {
            FailOn::Wrong => outcome == Outcome::Wrong,
            FailOn::Undecided => outcome == Outcome::Undecided,
            FailOn::Unreadable => outcome == Outcome::Unreadable,
        })
    };
    let failed = report
        .submissions
        .iter()
        .flat_map(|sheet| &sheet.marks)
        .any(|mark| fails(mark.outcome));
    if wrong_key || failed {
        Exit::Wrong
    } else {
        Exit::Success
    }
}

fn template(
    assignment: &Assignment,
    source: &Source,
    folder: &Path,
) -> Result<Option<Template>, Fault> {
    let Some(template) = &assignment.template else {
        return Ok(None);
    };
    let path = folder.join(template.as_ref());
    let lines = submission::sheet(&path).map_err(|fault| {
        let message = format!("the blank sheet cannot be read: {fault}");
        Fault::new("assignment", message).at(
            source,
            place(&source.text, template.span()),
            "named here",
        )
    })?;
    Ok(Some(Template::new(&lines)))
}

fn path_of(arguments: &ArgMatches, name: &str) -> PathBuf {
    arguments
        .get_one::<PathBuf>(name)
        .cloned()
        .unwrap_or_default()
}

fn named(fault: Fault, path: &Path) -> Fault {
    Fault {
        message: format!("{}: {}", path.display(), fault.message),
        ..fault
    }
}
