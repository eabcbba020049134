//! Nonsense of every kind, through the command: each ends with the exit code that is documented for it and an error
//! that says what is wrong, in good time, and without a panic.

mod command_lines;
mod graphs;
mod layers;
mod notebooks;
mod sources;
mod texts;

use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Something that has no answer.
pub(crate) struct Nonsense {
    /// What it is, for whoever reads a failure.
    what: String,
    /// The file that `FILE` in the arguments stands for: its name and its bytes.
    file: Option<(&'static str, Vec<u8>)>,
    /// The command's arguments.
    arguments: Vec<OsString>,
    /// How it has to exit.
    exit: i32,
    /// A word or two that the error has to say.
    says: &'static str,
    /// How long it may take.
    limit: Duration,
}

impl Nonsense {
    /// A command without a file.
    fn line(arguments: &[&str], says: &'static str) -> Self {
        Self {
            what: arguments.join(" "),
            file: None,
            arguments: arguments.iter().map(OsString::from).collect(),
            exit: 2,
            says,
            limit: Duration::from_mins(1),
        }
    }

    /// `gradus shape` of a file.
    fn file(name: &'static str, bytes: impl Into<Vec<u8>>, says: &'static str) -> Self {
        let bytes = bytes.into();
        let start: String = String::from_utf8_lossy(&bytes).chars().take(200).collect();
        let start = start.escape_debug();
        Self {
            what: format!("{name}: {start}"),
            file: Some((name, bytes)),
            ..Self::line(&["shape", "FILE"], says)
        }
    }

    /// The same with other arguments.
    fn asked(mut self, arguments: &[&str]) -> Self {
        self.arguments = arguments.iter().map(OsString::from).collect();
        self
    }
}

/// Every piece of nonsense there is.
fn all() -> Vec<Nonsense> {
    let rooms = [
        layers::cases(),
        texts::cases(),
        graphs::cases(),
        notebooks::cases(),
        sources::cases(),
        command_lines::cases(),
    ];
    rooms.into_iter().flatten().collect()
}

/// What went wrong with a piece of nonsense; `None` where it ended as it should.
fn failure(case: &Nonsense, folder: &Path) -> Result<Option<String>, Box<dyn Error>> {
    let mut path = None;
    if let Some((name, bytes)) = &case.file {
        let file = folder.join(name);
        std::fs::write(&file, bytes)?;
        path = Some(file);
    }
    let arguments = case.arguments.iter().map(|argument| match &path {
        Some(path) if argument == "FILE" => path.clone().into_os_string(),
        _ => argument.clone(),
    });
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_gradus"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .output()?;
    let took = start.elapsed();
    Ok(complaint(case, &output, took).map(|complaint| {
        let error = String::from_utf8_lossy(&output.stderr);
        let shown: String = error.chars().take(1500).collect();
        format!("{}\n  {complaint}\n{shown}", case.what)
    }))
}

fn complaint(case: &Nonsense, output: &Output, took: Duration) -> Option<String> {
    let error = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(case.exit) {
        return Some(format!(
            "exits {:?}, not {}",
            output.status.code(),
            case.exit
        ));
    }
    if let Some(word) = ["panicked", "RUST_BACKTRACE", "unwrap()", "stack backtrace"]
        .into_iter()
        .find(|word| error.contains(word))
    {
        return Some(format!("says `{word}`"));
    }
    if !error.to_lowercase().contains(&case.says.to_lowercase()) {
        return Some(format!("does not say `{}`", case.says));
    }
    if error.len() > 20_000 {
        return Some(format!("says {} bytes", error.len()));
    }
    (took > case.limit).then(|| format!("takes {took:?}"))
}

/// What became of all of them, tried by two threads.
fn failures(cases: &[Nonsense]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..2 {
            let send = send.clone();
            let next = &next;
            scope.spawn(move || {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let folder = tempfile::tempdir().expect("a folder for temporary files");
                    let failure = failure(case, folder.path());
                    let failure =
                        failure.unwrap_or_else(|error| Some(format!("{}: {error}", case.what)));
                    send.send(failure).expect("the receiver waits for all");
                }
            });
        }
        drop(send);
        receive.into_iter().flatten().collect()
    })
}

/// A hundred thousand layers are much, but no nonsense: the formula answers, and the measurement says why it does not.
#[test]
fn a_very_deep_network_is_answered_by_formula() -> Result<(), Box<dyn Error>> {
    let layer = r#"{"type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 3, "padding": 1}"#;
    let layers = vec![layer; 100_000].join(",\n");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("deep.json");
    std::fs::write(
        &path,
        format!(r#"{{"input": [1, 4, 64, 64], "layers": [{layers}]}}"#),
    )?;
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_gradus"))
        .arg("receptive-field")
        .arg(&path)
        .args(["--json", "--expect", "200001"])
        .output()?;
    let took = start.elapsed();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let witness = &report["witnesses"][0];
    assert_eq!(witness["agreement"], "alone");
    let reason = witness["lab"].as_str().ok_or("no reason")?;
    assert!(reason.contains("100000 steps"), "{reason}");
    // A second or two on a quiet machine (docs/benchmarks.md); the tests share theirs.
    assert!(took < Duration::from_mins(2), "took {took:?}");
    Ok(())
}

#[test]
fn every_nonsense_ends_in_a_clear_error() {
    let cases = all();
    let mut whats: Vec<&str> = cases.iter().map(|case| case.what.as_str()).collect();
    whats.sort_unstable();
    whats.dedup();
    assert!(whats.len() >= 150, "only {} are different", whats.len());
    let failures = failures(&cases);
    assert!(
        failures.is_empty(),
        "{} of {}:\n\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}
