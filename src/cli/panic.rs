//! A panic is a fault of gradus and says so, without a backtrace.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Mutex;

use clap::ArgMatches;

use super::exit::Exit;
use super::output::Output;
use crate::model::Fault;

static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Runs the program; a panic becomes the fault `internal` and exit code 4.
pub(super) fn guarded(matches: &ArgMatches, program: fn(&ArgMatches) -> Exit) -> Exit {
    panic::set_hook(Box::new(remember));
    panic::catch_unwind(AssertUnwindSafe(|| program(matches))).unwrap_or_else(|_| {
        let arguments = matches
            .subcommand()
            .map_or(matches, |(_, arguments)| arguments);
        Output::new(arguments).fault(&fault());
        Exit::OwnFault
    })
}

fn remember(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info
        .location()
        .map_or_else(String::new, |place| format!(" ({place})"));
    if let Ok(mut last) = LAST.lock() {
        *last = Some(format!("{message}{place}"));
    }
}

fn fault() -> Fault {
    let what = LAST.lock().ok().and_then(|mut last| last.take());
    let what = what.unwrap_or_else(|| "no message".to_owned());
    Fault::new("internal", format!("gradus itself failed: {what}"))
        .help("this is a fault of gradus, not of the input: please report it with the command and the input")
}
