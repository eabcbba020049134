//! A picture as data.

use schemars::JsonSchema;
use serde::Serialize;

/// A picture as data: named curves over one axis.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Series {
    /// The key in JSON.
    pub key: String,
    /// The title.
    pub title: String,
    /// The label of the horizontal axis, with its unit.
    pub x_label: String,
    /// The label of the vertical axis, with its unit.
    pub y_label: String,
    /// How the horizontal axis runs.
    pub x_axis: Axis,
    /// How the vertical axis runs.
    pub y_axis: Axis,
    /// The curves, in the order in which they are drawn.
    pub curves: Vec<Curve>,
}

/// How an axis runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// Equal steps for equal differences.
    #[default]
    Linear,
    /// Equal steps for equal ratios; what is not positive has no place on it.
    Log,
    /// As linear, from top to bottom: the rows of an image.
    Down,
}

/// A named curve.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Curve {
    /// Its name.
    pub name: String,
    /// What is drawn.
    pub shape: Shape,
    /// Its points, x and y.
    pub points: Vec<(f64, f64)>,
    /// How dark each cell is, from 0 to 1; empty for other shapes.
    pub weights: Vec<f64>,
}

/// What is drawn of a curve's points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// A line from point to point.
    Line,
    /// A line with a marker at every point.
    Marked,
    /// Markers alone.
    Points,
    /// The area between the points and the horizontal axis.
    Area,
    /// The area that the points go round: forward along one edge, back along the other.
    Band,
    /// A rectangle; the points are two opposite corners.
    Box,
    /// Squares of grey about their points, which stand row by row on a grid.
    Cells,
}

impl Series {
    /// A picture without curves, on linear axes.
    pub fn new(key: &str, title: &str, x_label: &str, y_label: &str) -> Self {
        Self {
            key: key.to_owned(),
            title: title.to_owned(),
            x_label: x_label.to_owned(),
            y_label: y_label.to_owned(),
            x_axis: Axis::Linear,
            y_axis: Axis::Linear,
            curves: Vec::new(),
        }
    }
}

impl Curve {
    /// A curve.
    pub fn new(name: &str, shape: Shape, points: Vec<(f64, f64)>) -> Self {
        Self {
            name: name.to_owned(),
            shape,
            points,
            weights: Vec::new(),
        }
    }

    /// A map: cells of a grid, row by row, each as dark as its weight (from 0 to 1).
    pub fn cells(name: &str, points: Vec<(f64, f64)>, weights: Vec<f64>) -> Self {
        Self {
            weights,
            ..Self::new(name, Shape::Cells, points)
        }
    }
}
