//! The input with the box of each layer: what one unit's ancestors see, from the first layer to the last.

use super::facts::Facts;
use super::units::{self, Unit};
use crate::model::NodeId;
use crate::report::{Axis, Curve, Series, Shape};
use crate::theory::field::{self, NodeField, Regular};

/// More boxes than this hide one another.
const MOST: usize = 8;

/// The whole input is drawn where the largest box takes at least this share of a side.
const SHARE: f64 = 0.1;

/// A window along each axis: first and last position.
type Window = Vec<(i128, i128)>;

/// A layer, the size of its field, and the window of its unit.
struct Layer {
    name: String,
    window: Window,
}

/// The boxes of the layers on the way to a unit: the one asked about, else the middle one. `None` where a field has no
/// one form, or there is no space.
pub fn boxes(facts: &Facts, asked: Option<&Unit>) -> Option<Series> {
    let last = last_window(facts, asked)?;
    let layers = chosen(layers(facts, &last)?);
    let rank = last.len();
    let axes: Vec<usize> = (rank.saturating_sub(2)..rank).collect();
    let frame = facts.input().filter(|sides| {
        axes.iter().all(|axis| {
            let (first, end) = last[*axis];
            real(end - first + 1) >= SHARE * real(sides[*axis] as i128)
        })
    });
    let mut curves = Vec::new();
    if let Some(sides) = &frame {
        let names: Vec<String> = sides.iter().map(ToString::to_string).collect();
        let corners = match axes[..] {
            [one] => [(0.0, 0.0), (real(sides[one] as i128), rows(layers.len()))],
            [down, across] => [
                (0.0, 0.0),
                (real(sides[across] as i128), real(sides[down] as i128)),
            ],
            _ => return None,
        };
        let name = format!("the input, {}", names.join("×"));
        curves.push(Curve::new(&name, Shape::Box, corners.to_vec()));
    }
    for (row, layer) in layers.iter().enumerate() {
        let corners = match axes[..] {
            [one] => {
                let (from, to) = edges(layer.window[one]);
                [(from, rows(row) + 0.1), (to, rows(row) + 0.9)]
            }
            [down, across] => {
                let ((left, right), (top, bottom)) =
                    (edges(layer.window[across]), edges(layer.window[down]));
                [(left, top), (right, bottom)]
            }
            _ => return None,
        };
        curves.push(Curve::new(&layer.name, Shape::Box, corners.to_vec()));
    }
    let (x, y) = if rank == 1 {
        ("position (samples)", "layers, the last on top")
    } else {
        ("column (pixels)", "row (pixels)")
    };
    let title = match (
        asked,
        facts.places().into_iter().collect::<Option<Vec<_>>>(),
    ) {
        (Some(unit), _) => format!(
            "What unit {} sees, layer by layer",
            units::name(&unit.position)
        ),
        (None, Some(_)) => "What the middle unit sees, layer by layer".to_owned(),
        (None, None) => "What unit 0 sees, layer by layer".to_owned(),
    };
    Some(Series {
        y_axis: Axis::Down,
        curves,
        ..Series::new("boxes", &title, x, y)
    })
}

/// The window of the unit that the picture is about.
fn last_window(facts: &Facts, asked: Option<&Unit>) -> Option<Window> {
    let middle = || {
        let half = |size: &Option<usize>| size.map_or(0, |size| size / 2);
        facts.places().iter().map(half).collect()
    };
    let position = asked.map_or_else(middle, |unit| unit.position.clone());
    if position.is_empty() && !matches!(&facts.fields.nodes[facts.node.0], NodeField::Axes(_)) {
        return None;
    }
    let window = units::window(facts, &position)?;
    (!window.is_empty()).then_some(window)
}

/// Every layer on the way whose field has another size than the one before, from the last to the first.
fn layers(facts: &Facts, last: &Window) -> Option<Vec<Layer>> {
    let mut found: Vec<Layer> = Vec::new();
    let nodes = field::path(facts.model, &facts.fields, facts.node, 0);
    for (node, _) in nodes.into_iter().rev() {
        let fields = facts.regular(node)?;
        let window = if node == facts.node {
            last.clone()
        } else {
            let near = fields
                .iter()
                .zip(last)
                .map(|(field, about)| nearest(field, *about));
            near.collect::<Option<Window>>()?
        };
        let name = named(facts, node, &window);
        let same = |layer: &Layer| sizes(&layer.window) == sizes(&window);
        match found.last_mut() {
            // A layer that only passes on leaves the box to the one that made it.
            Some(before) if same(before) => before.name = name,
            _ => found.push(Layer { name, window }),
        }
    }
    Some(found)
}

fn named(facts: &Facts, node: NodeId, window: &Window) -> String {
    let sizes: Vec<String> = sizes(window).iter().map(ToString::to_string).collect();
    format!(
        "{} {}: {}",
        facts.model.node(node).name,
        facts.model.kind(node),
        sizes.join("×")
    )
}

fn sizes(window: &Window) -> Vec<i128> {
    window
        .iter()
        .map(|(first, last)| last - first + 1)
        .collect()
}

/// The window, of all units of a layer, whose middle is nearest to that of another window.
fn nearest(field: &Regular, (first, last): (i128, i128)) -> Option<(i128, i128)> {
    let jump = field.jump;
    let middle = num_rational::Ratio::new(first + last, 2);
    let at = ((middle - field.centre) / jump).round().to_integer();
    let away = |window: &(i128, i128)| (window.0 + window.1 - first - last).abs();
    let near = (at - 1).max(0)..=(at + 1).max(0);
    near.filter_map(|unit| field.window(usize::try_from(unit).ok()?))
        .min_by_key(away)
}

/// The first and the last, and those between at even distances.
fn chosen(mut layers: Vec<Layer>) -> Vec<Layer> {
    let count = layers.len();
    if count <= MOST {
        return layers;
    }
    let wanted: Vec<usize> = (0..MOST).map(|n| n * (count - 1) / (MOST - 1)).collect();
    let mut place = 0;
    layers.retain(|_| {
        place += 1;
        wanted.contains(&(place - 1))
    });
    layers
}

/// The edges of the positions from the first to the last: a position is as wide as one.
fn edges((first, last): (i128, i128)) -> (f64, f64) {
    (real(first), real(last + 1))
}

#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn rows(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn real(position: i128) -> f64 {
    position as f64
}
