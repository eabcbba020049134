//! The command line: the only room that prints.
//!
//! [`run`] is the whole program: build the command from the questions, read the arguments, answer, write, exit.

mod ask;
mod check;
mod command;
mod device;
mod exit;
mod function;
mod output;
mod pages;
mod panic;
mod picture;
mod progress;
mod run;
mod schema;
mod shared;
mod subject;
mod usage;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::ArgMatches;

use crate::torch::child;
use exit::Exit;
use output::Output;

/// Runs the command and returns its exit code.
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // The sandboxed interpreter is this same binary, started by itself.
    if arguments
        .get(1)
        .is_some_and(|argument| argument == child::ARGUMENT)
    {
        return child::run();
    }
    let exit = match command::build().try_get_matches_from(&arguments) {
        Ok(matches) => panic::guarded(&matches, dispatch),
        Err(error) => usage::report(&error, &arguments),
    };
    exit.into()
}

/// Does what was asked; a fault is written where the caller looks for it.
fn dispatch(matches: &ArgMatches) -> Exit {
    let Some((name, arguments)) = matches.subcommand() else {
        return Exit::Usage;
    };
    let output = Output::new(arguments);
    let done = match name {
        "questions" => pages::questions(arguments, &output),
        "explain" => pages::explain(arguments, &output),
        "schema" => schema::print(arguments, &output),
        "check" => check::check(arguments, &output),
        "assignment" => check::assignment(arguments, &output),
        "run" => run::run(arguments, &output),
        "completions" => pages::completions(arguments, &output),
        question => ask::ask(question, arguments, &output),
    };
    done.unwrap_or_else(|error| output.failure(error))
}
