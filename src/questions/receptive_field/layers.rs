//! The network's numbers, the table of its layers, and the phases of its units.

use super::facts::{Facts, fraction, whole_number};
use super::suspects::axis_name;
use super::table::{Cell, Grid};
use crate::model::layer::Pool;
use crate::model::{Layer, NodeId, Window};
use crate::report::{Extent, Quantities, Quantity, Table, Value};
use crate::theory::field::AxisField;

/// The numbers of the units that are asked about.
pub fn headline(facts: &Facts) -> Quantities {
    let unit = if facts.rank() == 2 {
        "pixels"
    } else {
        "positions"
    };
    let mut quantities = Vec::new();
    if let Some(size) = facts.size(facts.node) {
        let unit = if size.contains(&Extent::Whole) {
            ""
        } else {
            unit
        };
        let size = Quantity::exact("size", "receptive field", Value::Dims(size));
        quantities.push(size.unit(unit).steps(steps(facts)));
    }
    let whole = facts
        .own()
        .all(|field| matches!(field, AxisField::Whole { .. }));
    quantities.push(Quantity::exact(
        "whole",
        "the whole input",
        Value::Flag(whole),
    ));
    if let Some(axes) = facts.regular(facts.node) {
        let dims = |of: &dyn Fn(usize) -> Extent| Value::Dims((0..axes.len()).map(of).collect());
        let jump = dims(&|axis| fraction(axes[axis].jump));
        let start = dims(&|axis| Extent::Count(axes[axis].start));
        let centre = dims(&|axis| fraction(axes[axis].centre));
        let padding = dims(&|axis| Extent::Count(axes[axis].start.saturating_neg()));
        quantities.extend([
            Quantity::exact("jump", "jump between neighbouring units", jump).unit(unit),
            Quantity::exact("start", "first position of unit 0", start),
            Quantity::exact("centre", "centre of unit 0", centre),
            Quantity::exact("padding", "padding before the input, all layers", padding).unit(unit),
        ]);
        let taps: Option<Vec<u128>> = axes.iter().map(|regular| regular.taps).collect();
        if let Some(taps) = taps {
            let holes = axes.iter().zip(&taps).any(|(axis, taps)| *taps < axis.size);
            let taps = Value::Dims(taps.into_iter().map(whole_number).collect());
            quantities.extend([
                Quantity::exact("taps", "distinct positions read", taps).unit(unit),
                Quantity::exact("holes", "holes between them", Value::Flag(holes)),
            ]);
        }
    }
    if let Some(shapes) = &facts.shapes {
        let output = shapes.at(facts.node.port()).dims();
        quantities.push(Quantity::exact("output", "output", Value::shape(output)));
    }
    Quantities {
        title: String::new(),
        quantities,
    }
}

/// The working of the size; once where all axes have the same.
fn steps(facts: &Facts) -> Vec<String> {
    let axes: Vec<Vec<String>> = (0..facts.rank()).map(|axis| facts.steps(axis)).collect();
    if axes.windows(2).all(|pair| pair[0] == pair[1]) {
        return axes.into_iter().next().unwrap_or_default();
    }
    let named = axes.iter().enumerate().flat_map(|(axis, lines)| {
        let name = axis_name(axis, axes.len()).unwrap_or("axis");
        lines.iter().map(move |line| format!("{name}, {line}"))
    });
    named.collect()
}

/// A row for every node that the units depend on and that depends on the input.
pub fn layers(facts: &Facts) -> Table {
    let mut grid = Grid::new(&[
        ("layer", "layer"),
        ("kind", "kind"),
        ("effective_kernel", "k_eff"),
        ("stride", "stride"),
        ("dilation", "dilation"),
        ("padding", "padding"),
        ("padding_after", "padding after"),
        ("jump", "jump"),
        ("size", "size"),
        ("start", "start"),
        ("output", "output"),
        ("taps", "taps"),
        ("centre", "centre"),
    ]);
    for node in ancestors(facts) {
        grid.row(row(facts, node));
    }
    grid.table("layers", "Layers")
}

fn row(facts: &Facts, node: NodeId) -> Vec<Cell> {
    let model = facts.model;
    let windows = windows(facts, node);
    let window = |of: fn(&Window) -> usize| {
        let numbers = windows.map(|windows| windows.iter().map(of).collect());
        Cell::axes(numbers, |number: usize| whole_number(number as u128))
    };
    let uneven =
        windows.is_some_and(|windows| windows.iter().any(|window| window.before != window.after));
    let regular = facts.regular(node);
    let number = |of: &dyn Fn(usize) -> Option<Extent>| {
        let axes = regular.as_ref().map(Vec::len);
        let numbers = axes.and_then(|axes| (0..axes).map(of).collect::<Option<Vec<_>>>());
        Cell::axes(numbers, |extent| extent)
    };
    let of = |axis: usize| regular.as_ref().map(|axes| axes[axis]);
    let output: Option<Vec<usize>> = facts.output(node).into_iter().collect();
    vec![
        Cell::word(&model.node(node).name),
        Cell::word(model.kind(node)),
        window(|window| window.effective_kernel().unwrap_or(usize::MAX)),
        window(|window| window.stride),
        window(|window| window.dilation),
        window(|window| window.before),
        if uneven {
            window(|window| window.after)
        } else {
            Cell::Empty
        },
        number(&|axis| of(axis).map(|regular| fraction(regular.jump))),
        size(facts, node),
        number(&|axis| of(axis).map(|regular| Extent::Count(regular.start))),
        Cell::axes(output, |size| whole_number(size as u128)),
        number(&|axis| of(axis).and_then(|regular| regular.taps).map(whole_number)),
        number(&|axis| of(axis).map(|regular| fraction(regular.centre))),
    ]
}

fn size(facts: &Facts, node: NodeId) -> Cell {
    if let Some(size) = facts.size(node) {
        return Cell::Axes(size);
    }
    let mut fields = (0..facts.rank()).filter_map(|axis| facts.field(node, axis));
    let word = fields.find_map(|field| match field {
        AxisField::Misaligned { .. } => Some("varies"),
        AxisField::NeedsShape { .. } => Some("needs --input"),
        AxisField::Lost { .. } => Some("not known"),
        AxisField::Regular(_) | AxisField::Whole { .. } => None,
    });
    word.map_or(Cell::Empty, Cell::word)
}

/// The windows of a layer, where it has one an axis.
fn windows<'a>(facts: &'a Facts, node: NodeId) -> Option<&'a [Window]> {
    let windows = match facts.model.layer(node)? {
        Layer::Conv(conv) => &conv.windows,
        Layer::ConvTranspose(conv) => &conv.windows,
        Layer::Pool(Pool { windows, .. }) | Layer::Unfold { windows } => windows,
        _ => return None,
    };
    (windows.len() == facts.rank()).then_some(windows)
}

/// The nodes that the units depend on and that depend on the input, in order.
fn ancestors(facts: &Facts) -> Vec<NodeId> {
    let mut needed = vec![false; facts.node.0 + 1];
    needed[facts.node.0] = true;
    for id in (0..=facts.node.0).rev() {
        if needed[id] {
            for port in &facts.model.nodes[id].inputs {
                needed[port.node.0] = true;
            }
        }
    }
    let ids = (0..=facts.node.0).map(NodeId);
    ids.filter(|id| needed[id.0] && *id != facts.fields.input)
        .filter(|id| facts.field(*id, 0).is_some())
        .collect()
}

/// The units' fields by phase, where units at different positions have fields of different form.
pub fn phases(facts: &Facts) -> Option<Table> {
    const MOST: usize = 64;
    let axes = facts.regular(facts.node)?;
    if !axes.iter().any(|regular| regular.has_phases()) {
        return None;
    }
    let mut grid = Grid::new(&[
        ("axis", "axis"),
        ("units", "units"),
        ("start", "first position"),
        ("size", "size"),
        ("taps", "taps"),
    ]);
    let alike = axes.windows(2).all(|pair| pair[0] == pair[1]);
    let shown = if alike { 1 } else { axes.len() };
    for (axis, regular) in axes.iter().take(shown).enumerate() {
        let period = regular.phases.len();
        for (place, phase) in regular.phases.iter().take(MOST).enumerate() {
            grid.row(vec![
                axis_name(axis, shown).map_or(Cell::Empty, Cell::word),
                Cell::word(format!("{place} + {period}·i")),
                Cell::Plain(Value::Count(phase.start)),
                Cell::Axes(vec![whole_number(phase.size)]),
                phase
                    .taps
                    .map_or(Cell::Empty, |taps| Cell::Axes(vec![whole_number(taps)])),
            ]);
        }
    }
    Some(grid.table("phases", "Units by position: they do not all see alike"))
}
