//! Models written as JSON: what is read, how long it takes, and that the schema says the same.

use std::time::{Duration, Instant};

use gradus::model::{Fault, Model, Source};
use gradus::read::json;

fn read(text: String) -> Result<Model, Fault> {
    let name = "net.json".to_owned();
    json::model(&Source { name, text }, None)
}

/// The schema's verdict has to be the reader's.
fn schema_accepts(text: &str) -> bool {
    let schema = jsonschema::validator_for(&json::schema()).expect("the schema is a schema");
    let instance = serde_json::from_str(text).expect("the example is JSON");
    schema.is_valid(&instance)
}

const GOOD: &[&str] = &[
    r#"{"layers": []}"#,
    r#"{"schema": "gradus.model/1", "name": "n", "input": [1, 3, 32, 32], "layers": [
        {"type": "Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding": 1},
        {"type": "ReLU", "name": "act"}, {"type": "flatten", "start_dim": 1}]}"#,
    r#"{"input": null, "layers": [{"name": "g", "repeat": 2, "share": true, "layers": [{"type": "Sigmoid"}]}]}"#,
    r#"{"inputs": {"x": [1, 2]}, "nodes": [{"name": "a", "type": "exp", "inputs": "x"}]}"#,
    r#"{"inputs": {"x": [1, 4]}, "outputs": ["s"], "nodes": [
        {"name": "c", "type": "chunk", "chunks": 2, "dim": 1, "inputs": ["x"]},
        {"name": "l", "type": "Linear", "in_features": 2, "out_features": 2, "inputs": ["c"]},
        {"name": "m", "module": "l", "inputs": ["c[1]"]},
        {"name": "b", "layers": [{"type": "Tanh"}], "inputs": ["m"]},
        {"name": "s", "type": "add", "inputs": ["l", "b"]}]}"#,
];

const BAD: &[&str] = &[
    "[]",
    r#"{"name": "neither"}"#,
    r#"{"layers": {}}"#,
    r#"{"layers": [], "nodes": []}"#,
    r#"{"layers": [], "inputs": {}}"#,
    r#"{"schema": "gradus.model/2", "layers": []}"#,
    r#"{"input": [1, 0], "layers": []}"#,
    r#"{"layers": [{"type": "Conv9d"}]}"#,
    r#"{"layers": [{"type": "Linear", "in_features": 2}]}"#,
    r#"{"layers": [{"type": "ReLU", "inputs": ["x"]}]}"#,
    r#"{"layers": [{"type": "flatten", "start": 1}]}"#,
    r#"{"layers": [{"layers": [], "repeat": 0}]}"#,
    r#"{"layers": [{"type": "ReLU", "name": "a[1]"}]}"#,
    r#"{"inputs": {"x": null}, "nodes": [{"type": "exp", "inputs": ["x"]}]}"#,
    r#"{"inputs": {"x": null}, "nodes": [{"name": "a", "inputs": ["x"]}]}"#,
];

#[test]
fn the_schema_and_the_reader_agree() -> Result<(), Fault> {
    for text in GOOD {
        read((*text).to_owned())?;
        assert!(schema_accepts(text), "the schema refuses {text}");
    }
    for text in BAD {
        assert!(read((*text).to_owned()).is_err(), "the reader takes {text}");
        assert!(!schema_accepts(text), "the schema takes {text}");
    }
    Ok(())
}

fn convolutions(layers: usize) -> String {
    let layer = r#"{"type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 3, "padding": 1}"#;
    let layers = vec![layer; layers].join(",\n");
    format!(r#"{{"input": [1, 4, 64, 64], "layers": [{layers}]}}"#)
}

#[test]
fn a_hundred_thousand_layers_are_read_quickly() -> Result<(), Fault> {
    let text = convolutions(100_000);
    let start = Instant::now();
    let model = read(text)?;
    let took = start.elapsed();
    assert_eq!(model.nodes.len(), 100_001);
    let last = model.nodes.last().and_then(|node| node.span);
    assert_eq!(last.map(|span| span.line), Some(100_000));
    assert!(took < Duration::from_secs(10), "took {took:?}");
    Ok(())
}
