//! The command as clap sees it: one subcommand a question, and those around them.

use clap::{Arg, ArgAction, Command};

use super::{check, exit, pages, run, shared};
use crate::questions::{QUESTIONS, Question, SubjectKind};
use crate::render;

const ABOUT: &str = "Checks deep-learning answers by computing them";

const LONG_ABOUT: &str = "\
Checks deep-learning answers by computing them.

A question names a model. gradus computes the answer twice, by a formula and by a measurement, shows the working, \
and holds a person's answer against it: right, wrong and which mistake gives that number, or undecided.";

const EXAMPLES: &str = "\
Examples:
  gradus receptive-field net.py                        what can an output unit depend on?
  gradus receptive-field net.py --expect 125           is it 125? if not, what gives 125?
  gradus shape -c 'nn.Conv2d(3, 16, 3)' --input 1x3x32x32
  gradus shape model.json --claim parameters=22,145 --json
  gradus check sheet.toml hand-in.ipynb                who has it right, and which mistake was made?
  gradus run hand-in.ipynb                             run its cells, with tensors and gradients, in a sandbox
  gradus questions                                     everything that can be asked
  gradus explain own-stride                            the page of a mistake";

/// Columns of the help at most.
const WIDEST: usize = 110;

/// The whole command.
pub(super) fn build() -> Command {
    let grade = [check::check_command(), check::assignment_command()];
    let more = [
        run::command(),
        questions(),
        explain(),
        schema(),
        completions(),
    ];
    Command::new("gradus")
        .help_template(template(&grade, &more))
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(LONG_ABOUT)
        .after_help(format!("{EXAMPLES}\n\n{}", exit::HELP))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .infer_subcommands(false)
        .disable_help_subcommand(false)
        .max_term_width(WIDEST)
        .subcommands(QUESTIONS.iter().map(|question| shared::augment(*question)))
        .subcommands(grade)
        .subcommands(more)
}

/// The help with its subcommands under headings.
fn template(grade: &[Command], more: &[Command]) -> String {
    let width = render::terminal_width().unwrap_or(WIDEST).min(WIDEST);
    let listed = |heading: &str, commands: &[Command]| {
        let about = |command: &Command| command.get_about().map(ToString::to_string);
        let lines: Vec<(&str, String)> = (commands.iter())
            .map(|command| (command.get_name(), about(command).unwrap_or_default()))
            .collect();
        pages::listed(heading, &lines, width, false)
    };
    format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{}{}Options:\n{{options}}{{after-help}}",
        pages::grouped(QUESTIONS, width, false),
        listed("Grade: hand-ins of a whole class", grade),
        listed("And", more),
    )
}

/// Examples for a question that gives none of its own.
pub(super) fn examples(question: &dyn Question) -> String {
    if let Some(examples) = question.examples() {
        return format!("{examples}\n\n{}", exit::HELP);
    }
    let name = question.name();
    let examples = match question.subject() {
        SubjectKind::Model | SubjectKind::ModelUnless(_) | SubjectKind::MaybeModel => format!(
            "  gradus {name} net.py\n  gradus {name} net.py:cnn --input 1x3x224x224 --json\n  \
             gradus {name} -c 'nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU())'\n  \
             gradus {name} net.py --expect 112"
        ),
        SubjectKind::Function => format!(
            "  gradus {name} affine.py                               a backward is the claim: is it right?\n  \
             gradus {name} -c 'lambda X, W, b: 0.5 * X @ W.T + b' --arg X=100x11 --arg W=7x11 --arg b=7 \\\n    \
             --claim 'W = 0.5 * G.T @ X' --claim 'b = G.sum(0)'\n  \
             gradus {name} affine.py --upstream ones --only W,b    what a weak test would have seen\n  \
             gradus {name} loss.py:loss --claim-file kernel.npz --json"
        ),
        SubjectKind::Nothing | SubjectKind::MaybeGraph => {
            format!("  gradus {name}\n  gradus {name} --json")
        }
    };
    format!("Examples:\n{examples}\n\n{}", exit::HELP)
}

fn questions() -> Command {
    Command::new("questions")
        .about("List what can be asked")
        .arg(
            Arg::new("words")
                .value_name("WORDS")
                .action(ArgAction::Append)
                .help("Only the questions whose pages have all of these words"),
        )
        .args(shared::plain_format())
        .after_help(
            "Examples:\n  gradus questions\n  gradus questions dilation\n  gradus questions --json",
        )
}

fn explain() -> Command {
    Command::new("explain")
        .about("Explain a mistake by its code, or a question by its name; without one, list them")
        .arg(
            Arg::new("code")
                .value_name("CODE")
                .help("Such as own-stride or receptive-field"),
        )
        .args(shared::plain_format())
        .after_help("Examples:\n  gradus explain own-stride\n  gradus explain receptive-field\n  gradus explain")
}

fn schema() -> Command {
    Command::new("schema")
        .about("Print the JSON Schema of what gradus reads or writes")
        .arg(
            Arg::new("kind")
                .value_name("KIND")
                .required(true)
                .value_parser(clap::value_parser!(super::schema::Kind))
                .help("Which"),
        )
        .after_help("Examples:\n  gradus schema report\n  gradus schema model > model.schema.json")
}

fn completions() -> Command {
    Command::new("completions")
        .about("Print the completions of a shell")
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .value_parser(clap::value_parser!(clap_complete::Shell))
                .help("Which"),
        )
        .after_help("Examples:\n  gradus completions bash > ~/.local/share/bash-completion/completions/gradus")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_well_formed() {
        build().debug_assert();
    }

    #[test]
    fn every_subcommand_has_examples() {
        for command in build().get_subcommands() {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(help.contains("gradus"), "{}", command.get_name());
        }
    }
}
