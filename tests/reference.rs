//! Twelve networks and a table of pools, held against the figures of another implementation
//! (`fixtures/reference/README.md` says how they were made).

use std::error::Error;

use gradus::lab::support::{Limit, measure};
use gradus::model::access::InputSeen;
use gradus::model::{Model, NodeId, Source, Work};
use gradus::read::json;
use gradus::theory::field::{self, AxisField};
use gradus::theory::{cost, parameters, shape};
use serde::Deserialize;
use serde_json::value::RawValue;

const NETS: &str = include_str!("../fixtures/reference/nets.json");
const POOLS: &str = include_str!("../fixtures/reference/pool_sizes.txt");

/// What the other implementation says about a network.
#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    net: &'a RawValue,
    shapes: Vec<Vec<usize>>,
    parameters: u128,
    multiply_adds: u128,
    fields: Option<Vec<Field>>,
    units: Vec<Unit>,
}

/// The field of a layer's units, by axis.
#[derive(Deserialize)]
struct Field {
    size: Vec<u128>,
    jump: Vec<i128>,
    start: Vec<i128>,
}

/// What one unit of the last layer sees: first and last position by axis, and how many in all.
#[derive(Deserialize)]
struct Unit {
    at: Vec<usize>,
    r#box: Vec<(u128, u128)>,
    positions: u128,
}

fn for_every_net(
    check: impl Fn(&Model, &Reference) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let nets: Vec<Reference> = serde_json::from_str(NETS)?;
    assert_eq!(nets.len(), 12);
    for reference in &nets {
        let model = read(reference.net.get())?;
        check(&model, reference).map_err(|error| format!("{}: {error}", model.name))?;
    }
    Ok(())
}

fn read(text: &str) -> Result<Model, Box<dyn Error>> {
    let source = Source {
        name: "reference".to_owned(),
        text: text.to_owned(),
    };
    Ok(json::model(&source, None)?)
}

#[test]
fn output_shapes_are_theirs() -> Result<(), Box<dyn Error>> {
    for_every_net(|model, reference| {
        let shapes = shape::of_model(model)?;
        let ours: Vec<&[usize]> = shapes.0[1..].iter().map(|node| node[0].dims()).collect();
        assert_eq!(ours, reference.shapes, "{}", model.name);
        Ok(())
    })
}

#[test]
fn parameters_and_multiply_adds_are_theirs() -> Result<(), Box<dyn Error>> {
    for_every_net(|model, reference| {
        let held = parameters::of_model(model)?.held;
        assert_eq!(held.own(), reference.parameters, "{}", model.name);
        let costs = cost::of_nodes(model, &shape::of_model(model)?).ok_or("beyond counting")?;
        let total = cost::totals(&costs).ok_or("beyond counting")?;
        assert!(total.complete, "{}", model.name);
        assert_eq!(
            total.multiply_adds, reference.multiply_adds,
            "{}",
            model.name
        );
        Ok(())
    })
}

#[test]
fn every_layers_size_jump_and_start_are_theirs() -> Result<(), Box<dyn Error>> {
    for_every_net(|model, reference| {
        let Some(theirs) = &reference.fields else {
            return Ok(()); // a transposed convolution: the recurrence does not hold
        };
        // They do not depend on the size of the input, so it need not be known.
        let mut of_any_size = model.clone();
        of_any_size.nodes[0].work = Work::Input(None);
        the_fields_are(&of_any_size, theirs)?;
        the_fields_are(model, theirs)
    })
}

fn the_fields_are(model: &Model, theirs: &[Field]) -> Result<(), Box<dyn Error>> {
    let ours = field::of_model(model)?;
    for (layer, field) in theirs.iter().enumerate() {
        for axis in 0..field.size.len() {
            let node = NodeId(layer + 1);
            let Some(AxisField::Regular(regular)) = ours.at(node, axis) else {
                return Err(format!("layer {layer} has no regular field").into());
            };
            assert!(!regular.has_phases(), "{} layer {layer}", model.name);
            let (size, jump, start) = (regular.size, regular.jump, regular.start);
            let expected = (field.size[axis], field.jump[axis].into(), field.start[axis]);
            assert_eq!(
                (size, jump, start),
                expected,
                "{} layer {layer}",
                model.name
            );
        }
    }
    Ok(())
}

/// What a witness says that a unit sees: first and last position by axis, and how many in all.
type Sight = (Vec<(u128, u128)>, u128);

/// Holds what a witness says about every unit against the reference.
fn every_unit_sees(
    witness: impl Fn(&Model, NodeId, &[usize]) -> Result<Sight, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    for_every_net(|model, reference| {
        let last = model.outputs[0].node;
        for unit in &reference.units {
            let seen = witness(model, last, &unit.at)?;
            let theirs = (unit.r#box.clone(), unit.positions);
            assert_eq!(seen, theirs, "{} at {:?}", model.name, unit.at);
        }
        Ok(())
    })
}

/// What is read of the only input.
fn only(inputs: &[InputSeen]) -> Result<Sight, Box<dyn Error>> {
    let [input] = inputs else {
        return Err("not one input".into());
    };
    let axes = input.seen.axes.iter();
    let count = input.seen.count.ok_or("too many patches")?;
    Ok((axes.map(|axis| (axis.first, axis.last)).collect(), count))
}

#[test]
fn the_formula_gives_their_boxes() -> Result<(), Box<dyn Error>> {
    every_unit_sees(|model, node, at| only(&field::unit(model, node, at)?.inputs))
}

#[test]
fn the_measurement_gives_their_boxes() -> Result<(), Box<dyn Error>> {
    every_unit_sees(|model, node, at| only(&measure(model, node, at, Limit::of_bytes(1 << 30))?))
}

#[test]
fn pools_have_their_sizes_and_their_errors() -> Result<(), Box<dyn Error>> {
    let mut compared = 0;
    for line in POOLS.lines().filter(|line| !line.starts_with('#')) {
        let (settings, sizes) = line.split_once(" :").ok_or("no colon")?;
        let settings: Vec<&str> = settings.split(' ').collect();
        let [kernel, stride, padding, ceil] = settings[..] else {
            return Err("not four settings".into());
        };
        for (length, theirs) in (1..).zip(sizes.split_whitespace()) {
            let net = format!(
                r#"{{"input": [1, 1, {length}], "layers": [{{"type": "MaxPool1d", "kernel_size": {kernel},
                "stride": {stride}, "padding": {padding}, "ceil_mode": {}}}]}}"#,
                ceil == "1"
            );
            let ours = read(&net).and_then(|model| Ok(shape::of_model(&model)?));
            let ours = ours.map_or("-".to_owned(), |shapes| {
                shapes.0[1][0].dims()[2].to_string()
            });
            assert_eq!(ours, theirs, "length {length}, {line}");
            compared += 1;
        }
    }
    assert_eq!(compared, 480);
    Ok(())
}
