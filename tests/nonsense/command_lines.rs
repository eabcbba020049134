//! Command lines that ask for nothing, or for what there is not.

use super::Nonsense;

const GOOD: &str = r#"{"input": [1, 3, 32, 32], "layers": [
    {"type": "Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding": 1}]}"#;

/// Lines about a good model (`FILE`), and what the error says.
const LINES: &[(&[&str], &str)] = &[
    (&["shape", "FILE", "--input", "1x3x"], "as a shape"),
    (&["shape", "FILE", "--input", ""], "as a shape"),
    (&["shape", "FILE", "--input", "a shape"], "as a shape"),
    (&["shape", "FILE", "--input", "1x-3x4"], "as a shape"),
    (
        &["shape", "FILE", "--input", "1x99999999999999999999999x4"],
        "as a shape",
    ),
    (&["shape", "FILE", "--input", "1x3x1x1x1"], "axes"),
    (
        &["shape", "FILE", "--input", "1x3x32x32", "--input", "1x3"],
        "1 input",
    ),
    (&["shape", "FILE", "--input", "1x4x32x32"], "channels"),
    (&["shape", "FILE", "--claim", "parameters"], "KEY=VALUE"),
    (&["shape", "FILE", "--claim", "paramters=3"], "paramters"),
    (&["shape", "FILE", "--claim", "=3"], "no quantity"),
    (&["shape", "FILE", "--expect"], "--expect"),
    (&["shape", "FILE", "--format", "xml"], "xml"),
    (&["shape", "FILE", "--color", "purple"], "purple"),
    (&["shape", "FILE", "--seed", "x"], "--seed"),
    (&["shape", "FILE", "--device", "tpu"], "tpu"),
    (&["shape", "FILE", "--device", "cuda"], "on the CPU only"),
    (&["shape", "FILE", "--device", "cuda:-1"], "cuda:-1"),
    (&["shape", "FILE", "--max-memory", "lots"], "--max-memory"),
    (&["shape", "FILE", "--time-limit", "0"], "--time-limit"),
    (&["shape", "FILE", "--no-such-option"], "--no-such-option"),
    (&["shape", "FILE", "-c", "nn.ReLU()"], "-c"),
    (&["shape", "FILE", "FILE"], "unexpected"),
    (&["shape", "FILE", "--assume", "conv"], "assume"),
    (
        &["receptive-field", "FILE", "--layer", "nowhere"],
        "nowhere",
    ),
    (&["receptive-field", "FILE", "--layer", ""], "layer"),
    (
        &["receptive-field", "FILE", "--at", "99,99"],
        "no such unit",
    ),
    (&["receptive-field", "FILE", "--at", "1"], "--at"),
    (&["receptive-field", "FILE", "--at", "x,y"], "--at"),
    (
        &["receptive-field", "FILE", "--working", "3,five"],
        "chain of sizes",
    ),
    (&["receptive-field", "FILE", "--claim", "sizes=3"], "sizes"),
];

/// Lines without a model.
const BARE: &[(&[&str], &str)] = &[
    (&["shape"], "MODEL"),
    (&["receptive-field"], "MODEL"),
    (&["shape", "no-such-file.json"], "no-such-file.json"),
    (&["shape", "no-such-file.py"], "no-such-file.py"),
    (&["shape", "."], "directory"),
    (&["shape", "/dev/null"], ""),
    (&["shape", "-"], ""),
    (&["shape", "-c", ""], ""),
    (&["shape", "-c", "nn.Linear(2, 3)", "--input", "4x5"], "5"),
    (&["shape", "-c", "nn.Linear(2, 3", "--input", "4x5"], "-c"),
    (&["shape", "-c", "print('nothing')", "--input", "4x5"], ""),
    (&["nonsense"], "nonsense"),
    (&["receptivefield", "x.json"], "receptive-field"),
    (&["explain", "no-such-mistake"], "no-such-mistake"),
    (&["schema", "everything"], "everything"),
    (&["schema"], "KIND"),
    (&["completions", "dos"], "dos"),
    (&["questions", "--format", "xml"], "xml"),
    (&["--no-such-option"], "--no-such-option"),
];

pub(super) fn cases() -> Vec<Nonsense> {
    let lines = LINES.iter().map(|(arguments, says)| Nonsense {
        what: arguments.join(" "),
        ..Nonsense::file("good.json", GOOD, says).asked(arguments)
    });
    let bare = BARE
        .iter()
        .map(|(arguments, says)| Nonsense::line(arguments, says));
    lines.chain(bare).collect()
}
