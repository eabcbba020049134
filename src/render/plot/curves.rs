//! Curves and their legend: told apart by dashes, markers and grey before any colour.

use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::prelude::*;

use super::Failed;
use super::axis::Scale;
use crate::report::{Curve, Shape};

/// The chart that curves are drawn on.
pub(super) type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Scale, Scale>>;

/// More markers than this on one curve hide it.
const MOST_MARKERS: usize = 40;

/// A cell lighter than this is left white.
const FAINTEST: f64 = 0.004;

/// Height of a line of the legend.
pub(super) const LINE: u32 = 22;

/// Width of the sample before a name.
const SAMPLE: i32 = 36;

/// Dark enough for paper, and far apart for any eye (after Okabe and Ito).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 0, 0),
    RGBColor(0, 90, 160),
    RGBColor(190, 70, 0),
    RGBColor(0, 120, 90),
    RGBColor(150, 60, 120),
    RGBColor(110, 90, 0),
];

/// Dash and gap, in pixels; a gap of 0 is a whole line.
const DASHES: [(u32, u32); 4] = [(1, 0), (9, 5), (2, 4), (16, 4)];

/// How the curve at a place in the list looks.
#[derive(Clone, Copy)]
struct Look {
    style: ShapeStyle,
    dash: (u32, u32),
    marker: usize,
}

fn look(place: usize) -> Look {
    Look {
        style: COLOURS[place % COLOURS.len()].stroke_width(2),
        dash: DASHES[place % DASHES.len()],
        marker: place,
    }
}

/// An area has a thin, whole edge.
fn edge_of_area(look: Look) -> Look {
    Look {
        style: look.style.stroke_width(1),
        dash: DASHES[0],
        ..look
    }
}

/// The fill of an area.
fn fill(place: usize) -> RGBAColor {
    COLOURS[place % COLOURS.len()].mix(0.16)
}

/// Draws a curve; `place` is its number in the list.
pub(super) fn draw(
    chart: &mut Chart,
    curve: &Curve,
    place: usize,
    (x, y): (&Scale, &Scale),
) -> Result<(), Failed> {
    let points: Vec<(f64, f64)> = curve
        .points
        .iter()
        .filter_map(|point| Some((x.place(point.0)?, y.place(point.1)?)))
        .collect();
    let look = look(place);
    match curve.shape {
        Shape::Line => line(chart, &points, look),
        Shape::Marked => {
            line(chart, &points, look)?;
            markers(chart, &points, look)
        }
        Shape::Points => markers(chart, &points, look),
        Shape::Area => {
            area(chart, &points, place, y)?;
            line(chart, &points, edge_of_area(look))
        }
        Shape::Band => polygon(chart, points, place),
        Shape::Box => boxed(chart, &points, look, place),
        Shape::Cells => cells(chart, curve, &points),
    }
}

fn line(chart: &mut Chart, points: &[(f64, f64)], look: Look) -> Result<(), Failed> {
    let (dash, gap) = look.dash;
    let points = points.iter().copied();
    if gap == 0 {
        chart.draw_series(LineSeries::new(points, look.style))?;
    } else {
        chart.draw_series(DashedLineSeries::new(points, dash, gap, look.style))?;
    }
    Ok(())
}

fn markers(chart: &mut Chart, points: &[(f64, f64)], look: Look) -> Result<(), Failed> {
    let apart = points.len().div_ceil(MOST_MARKERS).max(1);
    for point in points.iter().step_by(apart) {
        let [outside, inside] = marker((0, 0), look);
        chart.draw_series([EmptyElement::at(*point) + outside + inside])?;
    }
    Ok(())
}

/// A marker about a point in pixels: a circle, square, diamond or triangle, full and then hollow.
fn marker(at: (i32, i32), look: Look) -> [Polygon<(i32, i32)>; 2] {
    let corners: &[(i32, i32)] = match look.marker % 4 {
        0 => &[
            (-5, -2),
            (-2, -5),
            (2, -5),
            (5, -2),
            (5, 2),
            (2, 5),
            (-2, 5),
            (-5, 2),
        ],
        1 => &[(-4, -4), (4, -4), (4, 4), (-4, 4)],
        2 => &[(0, -7), (7, 0), (0, 7), (-7, 0)],
        _ => &[(0, -6), (6, 5), (-6, 5)],
    };
    let scaled = |share: i32| {
        let corner = |(x, y): &(i32, i32)| (at.0 + x * share / 10, at.1 + y * share / 10);
        corners.iter().map(corner).collect::<Vec<_>>()
    };
    let inside = if (look.marker / 4).is_multiple_of(2) {
        look.style.color
    } else {
        WHITE.to_rgba()
    };
    [
        Polygon::new(scaled(10), look.style.color.filled()),
        Polygon::new(scaled(6), inside.filled()),
    ]
}

fn area(chart: &mut Chart, points: &[(f64, f64)], place: usize, y: &Scale) -> Result<(), Failed> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Ok(());
    };
    let ground = y.place(0.0).unwrap_or(y.ends.0).max(y.ends.0);
    let mut round = points.to_vec();
    round.extend([(last.0, ground), (first.0, ground)]);
    polygon(chart, round, place)
}

fn polygon(chart: &mut Chart, points: Vec<(f64, f64)>, place: usize) -> Result<(), Failed> {
    chart.draw_series([Polygon::new(points, fill(place))])?;
    Ok(())
}

/// Squares as wide as their neighbours are apart; white ones are left out.
fn cells(chart: &mut Chart, curve: &Curve, points: &[(f64, f64)]) -> Result<(), Failed> {
    let apart = points.windows(2).map(|pair| (pair[1].0 - pair[0].0).abs());
    let half = 0.5
        * apart.fold(f64::INFINITY, |least, step| {
            if step > 0.0 { least.min(step) } else { least }
        });
    let half = if half.is_finite() { half } else { 0.5 };
    for (point, weight) in points.iter().zip(&curve.weights) {
        let grey = BLACK.mix(weight.clamp(0.0, 1.0));
        if *weight >= FAINTEST {
            let corners = [
                (point.0 - half, point.1 - half),
                (point.0 + half, point.1 + half),
            ];
            chart.draw_series([Rectangle::new(corners, grey.filled())])?;
        }
    }
    Ok(())
}

fn boxed(chart: &mut Chart, points: &[(f64, f64)], look: Look, place: usize) -> Result<(), Failed> {
    let [one, other] = points[..] else {
        return Ok(());
    };
    let round = [one, (other.0, one.1), other, (one.0, other.1), one];
    chart.draw_series([Polygon::new(round.to_vec(), fill(place))])?;
    line(chart, &round, look)
}

/// A sample and a name a line, in as many columns as there is room for.
pub(super) fn legend(
    area: &DrawingArea<SVGBackend, Shift>,
    curves: &[Curve],
    columns: usize,
) -> Result<(), Failed> {
    let (width, _) = area.dim_in_pixel();
    let font = ("sans-serif", 14).into_font().color(&BLACK);
    for (place, curve) in curves.iter().enumerate() {
        let (row, column) = (place / columns, place % columns);
        let cell = i32::try_from(width as usize / columns).unwrap_or(i32::MAX);
        let left = 12 + cell * i32::try_from(column).unwrap_or(0);
        let middle = i32::try_from(row * LINE as usize + LINE as usize / 2).unwrap_or(0);
        sample(area, curve.shape, place, (left, middle))?;
        let at = (left + SAMPLE + 8, middle - 8);
        area.draw(&Text::new(curve.name.clone(), at, font.clone()))?;
    }
    Ok(())
}

fn sample(
    area: &DrawingArea<SVGBackend, Shift>,
    shape: Shape,
    place: usize,
    (left, middle): (i32, i32),
) -> Result<(), Failed> {
    let look = look(place);
    let filled = matches!(shape, Shape::Area | Shape::Band | Shape::Box | Shape::Cells);
    if filled {
        let corners = [(left, middle - 6), (left + SAMPLE, middle + 6)];
        area.draw(&Rectangle::new(corners, fill(place).filled()))?;
    }
    let look = match shape {
        Shape::Area => edge_of_area(look),
        _ => look,
    };
    let (dash, gap) = look.dash;
    let edge = match shape {
        Shape::Area | Shape::Box => Some(middle - 6),
        Shape::Line | Shape::Marked => Some(middle),
        Shape::Points | Shape::Band | Shape::Cells => None,
    };
    if let Some(height) = edge {
        let (dash, gap) = (i32::try_from(dash)?, i32::try_from(gap)?);
        let mut start = left;
        while start < left + SAMPLE {
            let end = if gap == 0 {
                left + SAMPLE
            } else {
                (start + dash).min(left + SAMPLE)
            };
            area.draw(&PathElement::new(
                [(start, height), (end, height)],
                look.style,
            ))?;
            start = end + gap.max(1);
        }
    }
    if matches!(shape, Shape::Marked | Shape::Points) {
        for part in marker((left + SAMPLE / 2, middle), look) {
            area.draw(&part)?;
        }
    }
    Ok(())
}
