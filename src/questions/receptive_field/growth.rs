//! Ways to control how a receptive field grows from layer to layer, side by side.
//!
//! Each way is a network of [`DEPTH`] stages on one channel, padded so that only strides and pools make the output
//! smaller. Everything shown is computed on these networks as on any other.

use serde_json::{Value as Json, json};

use super::table::{Cell, Grid};
use crate::model::build::Builder;
use crate::model::layer::PoolKind;
use crate::model::{Fault, Layer, Model, NodeId};
use crate::report::{
    Curve, Extent, Quantities, Quantity, Report, Section, Series, Shape, Table, Value,
};
use crate::theory::field::{self, AxisField, Regular};
use crate::theory::{parameters, shape};

/// How many stages are compared.
const DEPTH: usize = 6;

/// The side of the input.
const SIDE: usize = 256;

/// A way to make a receptive field grow.
struct Way {
    key: &'static str,
    /// At the head of a column.
    short: &'static str,
    /// What a stage is.
    label: &'static str,
    /// The layers of a stage, counted from 0: classes and arguments.
    stage: fn(usize) -> Vec<(&'static str, Json)>,
}

static WAYS: [Way; 6] = [
    Way {
        key: "depth",
        short: "3×3",
        label: "conv 3×3",
        stage: |_| vec![conv(3, 1, 1)],
    },
    Way {
        key: "kernel",
        short: "7×7",
        label: "conv 7×7",
        stage: |_| vec![conv(7, 1, 1)],
    },
    Way {
        key: "stride",
        short: "stride 2",
        label: "conv 3×3, stride 2",
        stage: |_| vec![conv(3, 2, 1)],
    },
    Way {
        key: "pool",
        short: "pool 2",
        label: "conv 3×3, max pool 2",
        stage: |_| vec![conv(3, 1, 1), ("MaxPool2d", json!({ "kernel_size": 2 }))],
    },
    Way {
        key: "dilation",
        short: "dilation 2",
        label: "conv 3×3, dilation 2",
        stage: |_| vec![conv(3, 1, 2)],
    },
    Way {
        key: "doubled",
        short: "dilation 1, 2, 4, …",
        label: "conv 3×3, dilation 1, 2, 4, …",
        stage: |stage| vec![conv(3, 1, 1 << stage)],
    },
];

fn conv(kernel: usize, stride: usize, dilation: usize) -> (&'static str, Json) {
    let arguments = json!({
        "in_channels": 1, "out_channels": 1, "kernel_size": kernel, "stride": stride,
        "dilation": dilation, "padding": dilation * (kernel - 1) / 2, "bias": false,
    });
    ("Conv2d", arguments)
}

/// What a way has come to after a stage.
struct Stage {
    size: u128,
    taps: u128,
    weights: u128,
    output: usize,
}

/// The network of a way, and the last node of each stage.
fn model(way: &Way) -> Result<(Model, Vec<NodeId>), Fault> {
    let mut builder = Builder::new(way.key);
    let mut port = builder.input(Some(&[1, 1, SIDE, SIDE]));
    let mut ends = Vec::new();
    for stage in 0..DEPTH {
        for (class, arguments) in (way.stage)(stage) {
            let made = builder.layer(class, arguments, port);
            port = made.map_err(|error| Fault::new("layer", error.to_string()))?;
        }
        ends.push(port.node);
    }
    Ok((builder.finish(&[port]), ends))
}

fn stages(model: &Model, ends: &[NodeId]) -> Result<Vec<Stage>, Fault> {
    let fields = field::of_model(model)?;
    let shapes = shape::of_model(model)?;
    let counts = parameters::of_nodes(model)?;
    let mut stages = Vec::new();
    for end in ends {
        let Some(AxisField::Regular(Regular {
            size,
            taps: Some(taps),
            ..
        })) = fields.at(*end, 0)
        else {
            return Err(Fault::new("growth", "a compared network has no one size"));
        };
        stages.push(Stage {
            size: *size,
            taps: *taps,
            weights: counts[..=end.0].iter().map(|count| count.trainable).sum(),
            output: shapes.at(end.port()).dims()[2],
        });
    }
    Ok(stages)
}

/// How sizes grow: by the same at each stage, or by a factor of the last step.
fn law(sizes: &[u128]) -> &'static str {
    let steps: Vec<u128> = sizes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if steps.windows(2).all(|pair| pair[0] == pair[1]) {
        "linear"
    } else if steps
        .windows(3)
        .all(|three| three[1] * three[1] == three[0] * three[2])
    {
        "exponential"
    } else {
        "neither"
    }
}

/// How a stage of the network makes one feature of several.
fn combines(model: &Model) -> &'static str {
    let is_maximum =
        |id| matches!(model.layer(id), Some(Layer::Pool(pool)) if pool.kind == PoolKind::Max);
    if model.node_ids().any(is_maximum) {
        "weighted sum, then the maximum (not linear)"
    } else {
        "weighted sum (linear)"
    }
}

/// A table with a row a stage and a column a way.
fn side_by_side(
    key: &str,
    title: &str,
    ways: &[Vec<Stage>],
    cell: impl Fn(&Stage) -> Value,
) -> Table {
    let mut columns = vec![("stage", "after")];
    columns.extend(WAYS.iter().map(|way| (way.key, way.short)));
    let mut grid = Grid::new(&columns);
    for stage in 0..DEPTH {
        let mut row = vec![Cell::Plain(Value::from(stage + 1))];
        row.extend(ways.iter().map(|way| Cell::Plain(cell(&way[stage]))));
        grid.row(row);
    }
    grid.table(key, title)
}

fn count(number: u128) -> Value {
    Value::Count(i128::try_from(number).unwrap_or(i128::MAX))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "shares and curves of small numbers"
)]
fn real(number: u128) -> f64 {
    number as f64
}

fn curve(stages: &[Stage]) -> Vec<(f64, f64)> {
    let sizes = stages.iter().zip(1_u8..);
    sizes
        .map(|(stage, depth)| (f64::from(depth), real(stage.size)))
        .collect()
}

/// The comparison.
///
/// # Errors
/// None that a user can cause: the networks are our own.
pub fn compare(report: &mut Report) -> Result<(), Fault> {
    let mut ways = Vec::new();
    let mut laws = Vec::new();
    let mut combined = Grid::new(&[
        ("way", "way"),
        ("growth", "size grows"),
        ("holes", "holes"),
        ("combines", "combines features by"),
    ]);
    for way in &WAYS {
        let (model, ends) = model(way)?;
        let stages = stages(&model, &ends)?;
        let sizes: Vec<u128> = stages.iter().map(|stage| stage.size).collect();
        let law = law(&sizes);
        let holes = stages.iter().any(|stage| stage.taps < stage.size);
        let key = format!("growth.{}", way.key);
        let label = format!("{}: growth", way.label);
        laws.push(Quantity::exact(&key, &label, Value::name(law)));
        let last = Value::Dims(vec![Extent::Count(
            i128::try_from(sizes[DEPTH - 1]).unwrap_or(i128::MAX),
        )]);
        let key = format!("size.{}", way.key);
        laws.push(Quantity::exact(&key, &format!("{}: size", way.label), last));
        combined.row(vec![
            Cell::word(way.label),
            Cell::word(law),
            Cell::Plain(Value::Flag(holes)),
            Cell::word(combines(&model)),
        ]);
        ways.push(stages);
    }
    report.asked.push((
        "input".to_owned(),
        format!("1×1×{SIDE}×{SIDE}, one channel, padded to keep the size"),
    ));
    let read = |stage: &Stage| {
        let share = real(stage.taps) / real(stage.size);
        Value::Real(share * share)
    };
    let seen = |stage: &Stage| {
        let taps = real(stage.taps.min(SIDE as u128)) / real(SIDE as u128);
        Value::Real(taps * taps)
    };
    let tables = [
        combined.table("ways", "How the ways differ"),
        side_by_side("size", "Receptive field a side", &ways, |s| count(s.size)),
        side_by_side("taps", "Distinct positions read a side", &ways, |s| {
            count(s.taps)
        }),
        side_by_side(
            "read",
            "Share of the receptive field that is read",
            &ways,
            read,
        ),
        side_by_side("input_read", "Share of the input that is read", &ways, seen),
        side_by_side("weights", "Weights", &ways, |s| count(s.weights)),
        side_by_side("output", "Output a side", &ways, |s| Value::from(s.output)),
    ];
    report.sections.push(Section::Quantities(Quantities {
        title: format!("{DEPTH} stages, compared"),
        quantities: laws,
    }));
    report.sections.extend(tables.map(Section::Table));
    report.sections.push(Section::Series(Series {
        curves: (WAYS.iter().zip(&ways))
            .map(|(way, stages)| Curve::new(way.label, Shape::Marked, curve(stages)))
            .collect(),
        ..Series::new(
            "growth",
            "Receptive field by stages",
            "stages",
            "size (pixels a side)",
        )
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes_of(key: &str) -> Result<Vec<u128>, Fault> {
        let way = WAYS.iter().find(|way| way.key == key);
        let (model, ends) = model(way.expect("a way of the table"))?;
        let stages = stages(&model, &ends)?;
        Ok(stages.iter().map(|stage| stage.size).collect())
    }

    #[test]
    fn sizes_after_each_of_six_stages() -> Result<(), Fault> {
        assert_eq!(sizes_of("depth")?, [3, 5, 7, 9, 11, 13]);
        assert_eq!(sizes_of("kernel")?, [7, 13, 19, 25, 31, 37]);
        assert_eq!(sizes_of("stride")?, [3, 7, 15, 31, 63, 127]);
        assert_eq!(sizes_of("pool")?, [4, 10, 22, 46, 94, 190]);
        assert_eq!(sizes_of("dilation")?, [5, 9, 13, 17, 21, 25]);
        assert_eq!(sizes_of("doubled")?, [3, 7, 15, 31, 63, 127]);
        Ok(())
    }

    #[test]
    fn a_constant_dilation_grows_linearly_and_leaves_holes() -> Result<(), Fault> {
        let mut report = Report::new("receptive-field", "size");
        compare(&mut report)?;
        let law = |key: &str| report.quantity(key).map(|quantity| quantity.value.clone());
        assert_eq!(law("growth.dilation"), Some(Value::name("linear")));
        assert_eq!(law("growth.doubled"), Some(Value::name("exponential")));
        assert_eq!(law("growth.pool"), Some(Value::name("exponential")));
        assert_eq!(law("growth.depth"), Some(Value::name("linear")));
        let way = |key: &str| WAYS.iter().position(|way| way.key == key);
        let read = report.sections.iter().find_map(|section| match section {
            Section::Table(table) if table.key == "read" => Some(table),
            _ => None,
        });
        let column = way("dilation").expect("a way") + 1;
        let share = &read.expect("the table of shares").rows[2][column];
        // Three layers with dilation 2 span 13 a side and read 7: 49 of 169.
        assert_eq!(share, &Some(Value::Real(7.0 / 13.0 * (7.0 / 13.0))));
        Ok(())
    }
}
