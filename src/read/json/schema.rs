//! The JSON Schema of a model.

use serde_json::{Map, Value, json};

use super::FORM;
use super::operation::{ELEMENTWISE, FORMS, Kind};
use crate::model::catalog;

/// The JSON Schema (2020-12) of what [`super::model`] reads: every layer and operation with its arguments.
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A gradus model",
        "type": "object",
        "oneOf": [{ "$ref": "#/$defs/chain" }, { "$ref": "#/$defs/graph" }],
        "$defs": {
            "chain": form(
                &json!({ "input": { "$ref": "#/$defs/input" }, "layers": { "$ref": "#/$defs/layers" } }),
                &["layers"],
            ),
            "graph": form(
                &json!({
                    "inputs": { "type": "object", "additionalProperties": { "$ref": "#/$defs/input" } },
                    "nodes": { "type": "array", "items": { "$ref": "#/$defs/node" } },
                    "outputs": { "$ref": "#/$defs/wires" },
                }),
                &["inputs", "nodes"],
            ),
            "input": {
                "description": "The shape of a tensor that the model is called with; null where it is not known.",
                "type": ["array", "null"],
                "items": { "type": "integer", "minimum": 1 },
            },
            "name": { "type": "string", "pattern": r"^[^\[\]#\\]+$" },
            "wires": {
                "description": "Names of inputs or nodes; `name[1]` is a node's second output.",
                "oneOf": [
                    { "type": "string" },
                    { "type": "array", "items": { "type": "string" } },
                ],
            },
            "layers": {
                "type": "array",
                "items": {
                    "oneOf": [{ "$ref": "#/$defs/work" }, { "$ref": "#/$defs/group" }],
                    "properties": { "inputs": false },
                },
            },
            "group": closed(&group(), &["layers"]),
            "node": {
                "type": "object",
                "required": ["name"],
                "properties": { "name": { "$ref": "#/$defs/name" }, "inputs": { "$ref": "#/$defs/wires" } },
                "oneOf": [
                    { "required": ["type"], "$ref": "#/$defs/work" },
                    { "required": ["layers"], "properties": group() },
                    { "required": ["module"], "properties": { "module": { "$ref": "#/$defs/name" } } },
                ],
                "unevaluatedProperties": false,
            },
            "work": { "oneOf": works() },
        },
    })
}

/// One of the two forms of a model: what both have, and its own keys.
fn form(own: &Value, required: &[&str]) -> Value {
    let mut properties = json!({
        "$schema": { "type": "string" },
        "schema": { "const": FORM },
        "name": { "type": "string" },
        "description": true,
    });
    if let (Some(all), Some(own)) = (properties.as_object_mut(), own.as_object()) {
        all.extend(own.clone());
    }
    closed(&properties, required)
}

fn group() -> Value {
    json!({
        "name": { "$ref": "#/$defs/name" },
        "layers": { "$ref": "#/$defs/layers" },
        "repeat": { "type": "integer", "minimum": 1 },
        "share": {
            "description": "Whether every repetition calls the same layers.",
            "type": "boolean",
        },
    })
}

/// An object with these keys and no others.
fn closed(properties: &Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Every layer and every operation.
fn works() -> Vec<Value> {
    let layers = catalog::classes()
        .filter_map(catalog::signature)
        .map(|signature| {
            let arguments = signature.parameters.iter();
            let required = arguments.clone().filter(|p| p.required).map(|p| p.name);
            let known = arguments.clone().map(|p| (p.name, Value::Bool(true)));
            work(&json!({ "const": signature.class }), known, required)
        });
    let operations = FORMS.iter().map(|form| {
        let arguments = form.arguments.iter();
        let required = arguments.clone().filter(|a| a.required).map(|a| a.name);
        let known = arguments.clone().map(|a| (a.name, kind(a.kind)));
        work(&json!({ "const": form.name }), known, required)
    });
    let elementwise = work(
        &json!({ "enum": ELEMENTWISE }),
        [].into_iter(),
        [].into_iter(),
    );
    layers.chain(operations).chain([elementwise]).collect()
}

/// A layer or operation: its type, its name, where it stands in a graph its inputs, and its arguments.
fn work<'a>(
    kind: &Value,
    arguments: impl Iterator<Item = (&'a str, Value)>,
    required: impl Iterator<Item = &'a str>,
) -> Value {
    let mut properties = Map::new();
    properties.insert("type".to_owned(), kind.clone());
    properties.insert("name".to_owned(), json!({ "$ref": "#/$defs/name" }));
    properties.insert("inputs".to_owned(), json!({ "$ref": "#/$defs/wires" }));
    properties.extend(arguments.map(|(name, kind)| (name.to_owned(), kind)));
    let required: Vec<&str> = ["type"].into_iter().chain(required).collect();
    closed(&Value::Object(properties), &required)
}

fn kind(kind: Kind) -> Value {
    let integer = json!({ "type": "integer" });
    let count = json!({ "type": "integer", "minimum": 1 });
    let integers = json!({ "type": "array", "items": integer });
    let counts = json!({ "type": "array", "items": count });
    match kind {
        Kind::Integer => json!({ "type": ["integer", "null"] }),
        Kind::Count => count,
        Kind::Integers => integers,
        Kind::Counts => counts,
        Kind::Axes => json!({ "oneOf": [{ "type": "null" }, integer, integers] }),
        Kind::Pieces => json!({ "oneOf": [count, counts] }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Flag => json!({ "type": ["boolean", "null"] }),
    }
}
