//! A bar on standard error while long work goes on, where that is a terminal.

use std::io::{self, IsTerminal};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::questions::Progress;

/// Work that is done before this never shows a bar.
const PATIENCE: Duration = Duration::from_millis(700);

/// What has been told, and the bar once there is one.
struct State {
    since: Instant,
    done: u64,
    bar: Option<ProgressBar>,
}

/// A listener that draws a bar when work takes long; silent where nobody looks at standard error.
pub(super) fn bar() -> Progress {
    if !io::stderr().is_terminal() {
        return Progress::default();
    }
    let state = Mutex::new(State {
        since: Instant::now(),
        done: 0,
        bar: None,
    });
    Progress::new(move |more, all| {
        // A panic elsewhere is told by itself; the bar then stays where it is.
        let Ok(mut state) = state.lock() else { return };
        state.done += more;
        let done = state.done;
        if state.since.elapsed() > PATIENCE {
            let bar = state.bar.get_or_insert_with(|| drawn(all));
            bar.set_length(all.max(done));
            bar.set_position(done);
        }
        if done >= all {
            if let Some(bar) = state.bar.take() {
                bar.finish_and_clear();
            }
            // Work that comes after this is counted by itself.
            (state.done, state.since) = (0, Instant::now());
        }
    })
}

fn drawn(all: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(all), ProgressDrawTarget::stderr());
    // The pattern is our own, and a bar without one still moves.
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {percent} % of {human_len}, {eta} left")
    {
        bar.set_style(style);
    }
    bar
}
