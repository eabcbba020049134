//! Models written as JSON: a chain of `layers`, or `nodes` that name their inputs. `docs/json-models.md` is the page.

mod build;
mod graph;
mod item;
mod operation;
mod schema;
mod text;

pub use schema::schema;

use crate::model::{Fault, Model, Shape, Source, Work};

use build::Builder;
use item::{Items, refuse_unknown, shape};
use text::{Object, Text};

/// What the form is called in a model's `schema`.
pub const FORM: &str = "gradus.model/1";

const CHAIN: &[&str] = &[
    "$schema",
    "schema",
    "name",
    "description",
    "input",
    "layers",
];
const GRAPH: &[&str] = &[
    "$schema",
    "schema",
    "name",
    "description",
    "inputs",
    "nodes",
    "outputs",
];

/// The model that a JSON text describes. `inputs` are the shapes that it is to be called with, in the order of its
/// inputs, instead of those that the text gives.
///
/// # Errors
/// What is wrong with the text, at its place: no JSON, not of this form, unknown layers, arguments, keys or inputs,
/// names that are taken, cycles.
pub fn model(source: &Source, inputs: Option<&[Shape]>) -> Result<Model, Fault> {
    let text = Text::new(source);
    let object = text.object(text.all(), "a model")?;
    let name = match object.get("name") {
        Some(part) => text.string(part, "`name`")?,
        None => "model".to_owned(),
    };
    check_form(text, &object)?;
    let builder = Builder::new(text, name);
    let mut model = match (object.get("layers"), object.get("nodes")) {
        (Some(layers), None) => chain(text, &object, builder, layers)?,
        (None, Some(nodes)) => graph(text, &object, builder, nodes)?,
        (Some(_), Some(_)) => {
            return Err(two_forms(text, &object));
        }
        (None, None) => {
            refuse_unknown(text, &object, &[CHAIN, GRAPH].concat(), "a model")?;
            return Err(no_form(text, &object));
        }
    };
    model.sources = vec![source.clone()];
    if let Some(shapes) = inputs {
        set_inputs(&mut model, shapes)?;
    }
    Ok(model)
}

/// Layers one after the other.
fn chain<'a>(
    text: Text<'a>,
    object: &Object<'a>,
    mut builder: Builder<'a>,
    layers: &'a str,
) -> Result<Model, Fault> {
    refuse_unknown(text, object, CHAIN, "a model of `layers`")?;
    let given = object
        .get("input")
        .map_or(Ok(None), |part| shape(text, part))?;
    let input = builder.input("input", given, None);
    let items = Items::new(text).chain(layers, 0)?;
    let output = builder.chain(items, input)?;
    Ok(builder.finish(vec![output]))
}

/// Nodes that name their inputs.
fn graph<'a>(
    text: Text<'a>,
    object: &Object<'a>,
    mut builder: Builder<'a>,
    nodes: &'a str,
) -> Result<Model, Fault> {
    refuse_unknown(text, object, GRAPH, "a model of `nodes`")?;
    let Some(given) = object.get("inputs") else {
        let message = "a model of `nodes` needs `inputs`";
        let fault = text.fault(text.all(), "json-model", message, "`inputs` is missing");
        return Err(fault.help("write `\"inputs\": {\"x\": [1, 3, 224, 224]}`."));
    };
    let given = text.object(given, "`inputs`")?;
    let mut items = Items::new(text);
    let mut inputs = Vec::with_capacity(given.members.len());
    for member in &given.members {
        let name = items.name(member.key_text, "an input")?;
        let port = builder.input(name, shape(text, member.value)?, None);
        inputs.push((name, port));
    }
    let outputs = object.get("outputs");
    let outputs = outputs.map(|part| items.wires(part)).transpose()?;
    if outputs.as_ref().is_some_and(Vec::is_empty) {
        let message = "a model needs at least one output";
        let fault = text.fault(object.text, "json-model", message, "`outputs` is empty");
        return Err(fault.help("left out, it is the one node that no other reads"));
    }
    let nodes = items.graph(nodes)?;
    let outputs = graph::add(&mut builder, nodes, &inputs, outputs.as_deref())?;
    Ok(builder.finish(outputs))
}

/// `schema`, where it is given, is the form that is read here.
fn check_form(text: Text, object: &Object) -> Result<(), Fault> {
    let Some(part) = object.get("schema") else {
        return Ok(());
    };
    let form = text.string(part, "`schema`")?;
    if form == FORM {
        return Ok(());
    }
    let message = format!("`{form}` is not a form that gradus reads");
    Err(text.fault(part, "json-model", message, format!("expected `{FORM}`")))
}

fn two_forms(text: Text, object: &Object) -> Fault {
    let part = object.get("nodes").unwrap_or(text.all());
    let message = "a model has `layers` or `nodes`, not both";
    text.fault(part, "json-model", message, "one form too many")
}

fn no_form(text: Text, object: &Object) -> Fault {
    let message = "this is not a model: it has neither `layers` nor `nodes`";
    let fault = text.fault(object.text, "json-model", message, "expected a model");
    fault.help("A model is written `{\"input\": [1, 3, 32, 32], \"layers\": [{\"type\": \"Conv2d\", …}]}`.")
}

/// The shapes that the caller gives, instead of those of the text.
fn set_inputs(model: &mut Model, shapes: &[Shape]) -> Result<(), Fault> {
    let ids: Vec<_> = model.inputs().collect();
    if ids.len() != shapes.len() {
        let message = format!(
            "the model has {} input{}, but {} shape{} given",
            ids.len(),
            if ids.len() == 1 { "" } else { "s" },
            shapes.len(),
            if shapes.len() == 1 { " is" } else { "s are" },
        );
        return Err(Fault::new("input-count", message));
    }
    for (id, shape) in ids.into_iter().zip(shapes) {
        model.nodes[id.0].work = Work::Input(Some(shape.clone()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Model, Fault> {
        model(
            &Source {
                name: "net.json".to_owned(),
                text: text.to_owned(),
            },
            None,
        )
    }

    fn names(model: &Model) -> Vec<&str> {
        model.nodes.iter().map(|node| node.name.as_str()).collect()
    }

    #[test]
    fn entries_of_a_chain_are_numbered_and_stand_in_a_row() -> Result<(), Fault> {
        let model = read(
            r#"{"name": "n", "input": [1, 2], "layers": [
                {"type": "Identity"}, {"type": "exp"}, {"type": "Identity", "name": "last"}]}"#,
        )?;
        assert_eq!(names(&model), ["input", "0", "exp_1", "last"]);
        assert_eq!(model.outputs[0].node.0, 3);
        assert_eq!(model.nodes[2].inputs[0].node.0, 1);
        let span = model.nodes[1].span.expect("read from a text");
        assert_eq!((span.line, span.column, span.length), (2, 17, 20));
        Ok(())
    }

    #[test]
    fn a_shared_repetition_calls_one_module_and_an_own_one_many() -> Result<(), Fault> {
        let group = |share| {
            format!(
                r#"{{"layers": [{{"repeat": 3, "share": {share}, "layers": [{{"type": "Identity"}}]}}]}}"#
            )
        };
        let shared = read(&group(true))?;
        assert_eq!(shared.modules.len(), 1);
        assert_eq!(shared.modules[0].paths, ["0", "1", "2"]);
        assert_eq!(names(&shared), ["input", "0", "0#2", "0#3"]);
        let own = read(&group(false))?;
        assert_eq!(own.modules.len(), 3);
        assert_eq!(names(&own), ["input", "0", "1", "2"]);
        Ok(())
    }

    #[test]
    fn sharing_outside_keeps_what_is_apart_inside() -> Result<(), Fault> {
        let model = read(
            r#"{"layers": [{"name": "g", "repeat": 2, "share": true, "layers": [
                {"repeat": 2, "layers": [{"type": "Identity"}]}]}]}"#,
        )?;
        assert_eq!(
            names(&model),
            ["input", "g.0.0", "g.0.1", "g.0.0#2", "g.0.1#2"]
        );
        assert_eq!(model.modules[1].paths, ["g.0.1", "g.1.1"]);
        Ok(())
    }

    #[test]
    fn nodes_may_stand_in_any_order() -> Result<(), Fault> {
        let model = read(
            r#"{"inputs": {"x": [1, 2]}, "nodes": [
                {"name": "s", "type": "add", "inputs": ["b", "x"]},
                {"name": "b", "module": "a", "inputs": "a"},
                {"name": "a", "type": "Identity", "inputs": ["x"]}], "outputs": ["s"]}"#,
        )?;
        assert_eq!(names(&model), ["x", "a", "b", "s"]);
        assert_eq!(model.modules.len(), 1);
        Ok(())
    }

    fn fault_at(text: &str) -> (String, usize, usize) {
        let fault = read(text).expect_err("nonsense is refused");
        let span = fault.place.expect("a fault in a text has a place").span;
        (fault.code, span.line, span.column)
    }

    #[test]
    fn faults_stand_where_they_are() {
        let is = |text, code: &str, line, column| {
            assert_eq!(fault_at(text), (code.to_owned(), line, column), "{text}");
        };
        is("{\"layers\": [", "json-syntax", 1, 12);
        is("{\"layers\":\n [{\"type\": NaN}]}", "json-syntax", 2, 12);
        is(
            "{\"layers\": [{\"type\": \"Identit\"}]}",
            "unknown-layer",
            1,
            22,
        );
        is(
            "{\"layers\": [{\"type\": \"mean\", \"dims\": 1}]}",
            "unknown-argument",
            1,
            30,
        );
        is(
            "{\"layers\": [{\"type\": \"cumsum\"}]}",
            "missing-argument",
            1,
            13,
        );
        is("{\"layers\": [], \"layers\": []}", "json-model", 1, 16);
        is(
            "{\"inputs\": {\"x\": [0]}, \"nodes\": []}",
            "json-model",
            1,
            18,
        );
        is(
            "{\"inputs\": {}, \"nodes\": [{\"name\": \"a\", \"type\": \"exp\", \"inputs\": [\"b\"]},\n\
             {\"name\": \"b\", \"type\": \"exp\", \"inputs\": [\"a\"]}]}",
            "cycle",
            1,
            26,
        );
    }

    #[test]
    fn a_deep_nest_is_refused_and_not_followed() {
        let deep = format!(
            "{}{}",
            "{\"layers\": [".repeat(100_000),
            "]}".repeat(100_000)
        );
        assert_eq!(fault_at(&deep).0, "json-model");
    }
}
