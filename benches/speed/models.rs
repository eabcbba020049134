//! What the benchmarks ask about: the program, and models.

use std::process::{Command, Stdio};

use gradus::model::{Model, Shape, Source};
use gradus::read::{self, ModelRequest, Origin, json};
use gradus::torch::Interpreter;

/// The program.
const PROGRAM: &str = env!("CARGO_BIN_EXE_gradus");

/// The repository's root, where the arguments of the benchmarks start.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A folder under `target/` for what is made on the way.
pub(crate) const TEMPORARY: &str = env!("CARGO_TARGET_TMPDIR");

/// Runs the program to its end; its answer goes nowhere.
pub(crate) fn gradus<'a>(arguments: impl IntoIterator<Item = &'a str>) {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(ROOT);
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null());
    let status = quiet.stderr(Stdio::null()).status();
    let status = status.expect("the command can be started");
    assert!(status.success(), "{command:?} exits with {status}");
}

/// The text of a file among the fixtures.
pub(crate) fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{ROOT}/fixtures/models/{name}")).expect("the fixture is there")
}

/// A model from JSON.
pub(crate) fn from_json(text: String) -> Model {
    let name = "bench.json".to_owned();
    json::model(&Source { name, text }, None).expect("the model can be read")
}

/// A model from a PyTorch source among the fixtures, read in the sandbox.
pub(crate) fn from_source(argument: &str, input: &[usize]) -> Model {
    let request = ModelRequest {
        origin: Origin::path(&format!("{ROOT}/fixtures/models/{argument}")),
        inputs: Some(vec![Shape::from(input)]),
        assume: Vec::new(),
        interpreter: Interpreter::new(PROGRAM),
    };
    read::model(&request).expect("the source can be read")
}

/// One convolution, so many times: the text of a JSON model.
pub(crate) fn convolutions(layers: usize) -> String {
    let layer = r#"{"type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 3, "padding": 1}"#;
    let layers = vec![layer; layers].join(",\n");
    format!(r#"{{"input": [1, 4, 64, 64], "layers": [{layers}]}}"#)
}
