//! A report's pictures, drawn: as SVG, and as PNG from that very SVG.
//!
//! Nothing here asks the system for fonts: a PNG is set in a font that the binary carries, an SVG in whatever sans-serif
//! its viewer has.

mod axis;
mod curves;

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::model::Fault;
use crate::report::{Curve, Report, Section, Series, Shape};
use axis::Scale;

/// Any failure of the drawing; none is a user's doing.
type Failed = Box<dyn std::error::Error>;

/// Pixels of a picture, its legend not counted.
const WIDTH: u32 = 800;
const HEIGHT: u32 = 500;

/// Pixels of one that shows an image's positions, where both axes are alike.
const SQUARE: u32 = 660;

/// A PNG has this many pixels for one of the SVG's.
const ZOOM: f32 = 2.0;

/// What a picture is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// Scalable vector graphics.
    Svg,
    /// Portable network graphics.
    Png,
}

impl Picture {
    /// As a file's extension says.
    ///
    /// # Errors
    /// If it says neither.
    pub fn of_path(path: &Path) -> Result<Self, Fault> {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        match extension.to_lowercase().as_str() {
            "svg" => Ok(Self::Svg),
            "png" => Ok(Self::Png),
            _ => Err(Fault::new(
                "picture-format",
                format!("`{}` is neither an SVG nor a PNG", path.display()),
            )
            .help("name the picture's file FILE.svg or FILE.png")),
        }
    }
}

/// The bytes of a picture of the report: all its series, one below the other.
///
/// # Errors
/// If the report has no series, or none of its numbers can be drawn.
pub fn plot(report: &Report, picture: Picture) -> Result<Vec<u8>, Fault> {
    let series: Vec<&Series> = (report.sections.iter())
        .filter_map(|section| match section {
            Section::Series(series) => Some(series),
            _ => None,
        })
        .collect();
    if series.is_empty() {
        return Err(Fault::new(
            "no-picture",
            format!("this answer of `{}` has nothing to draw", report.question),
        )
        .help(format!(
            "`gradus explain {}` says which pictures there are",
            report.question
        )));
    }
    let svg = svg(&series).map_err(|error| failed(&error))?;
    match picture {
        Picture::Svg => Ok(svg.into_bytes()),
        Picture::Png => png(&svg).map_err(|error| failed(&error)),
    }
}

fn failed(error: &Failed) -> Fault {
    Fault::new("picture", format!("the picture cannot be drawn: {error}"))
}

/// Where the parts of a picture go.
struct Layout {
    width: u32,
    height: u32,
    /// Columns of the legend.
    columns: usize,
}

impl Layout {
    fn new(series: &Series) -> Self {
        let image = |curve: &Curve| matches!(curve.shape, Shape::Box | Shape::Cells);
        let square = series.curves.iter().any(image);
        let longest = (series.curves.iter())
            .map(|curve| curve.name.chars().count())
            .max()
            .unwrap_or(0);
        let width = if square { SQUARE } else { WIDTH };
        // About 8 pixels a letter, and the sample before the name.
        let columns = (width as usize / (longest * 8 + 64)).clamp(1, 4);
        Self {
            width,
            height: if square { SQUARE } else { HEIGHT },
            columns,
        }
    }

    fn legend(&self, series: &Series) -> u32 {
        let rows = series.curves.len().div_ceil(self.columns);
        u32::try_from(rows).unwrap_or(0) * curves::LINE + 10
    }

    fn total(&self, series: &Series) -> u32 {
        self.height + self.legend(series)
    }
}

fn svg(series: &[&Series]) -> Result<String, Failed> {
    let layouts: Vec<Layout> = series.iter().map(|one| Layout::new(one)).collect();
    let width = layouts
        .iter()
        .map(|layout| layout.width)
        .max()
        .unwrap_or(WIDTH);
    let heights = layouts
        .iter()
        .zip(series)
        .map(|(layout, one)| layout.total(one));
    let height = heights.clone().sum();
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
        root.fill(&WHITE)?;
        let mut rest = root.clone();
        for ((one, layout), height) in series.iter().zip(&layouts).zip(heights) {
            let (own, below) = rest.split_vertically(height);
            rest = below;
            draw(&own, one, layout)?;
        }
        root.present()?;
    }
    Ok(text)
}

fn draw(
    area: &DrawingArea<SVGBackend, Shift>,
    series: &Series,
    layout: &Layout,
) -> Result<(), Failed> {
    let numbers = || series.curves.iter().flat_map(|curve| curve.points.iter());
    let filled = series.curves.iter().any(|curve| curve.shape == Shape::Area);
    let x = Scale::new(series.x_axis, numbers().map(|point| point.0), false);
    let y = Scale::new(series.y_axis, numbers().map(|point| point.1), filled);
    let (Some(x), Some(y)) = (x, y) else {
        return Err(format!("`{}` has no number that has a place", series.title).into());
    };
    let (top, legend) = area.split_vertically(layout.height);
    let mut chart = ChartBuilder::on(&top)
        .caption(&series.title, ("sans-serif", 19))
        .margin(12)
        .margin_right(24)
        .x_label_area_size(52)
        .y_label_area_size(78)
        .build_cartesian_2d(x.clone(), y.clone())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.12))
        .axis_style(BLACK)
        .label_style(("sans-serif", 14))
        .axis_desc_style(("sans-serif", 16))
        .x_desc(&series.x_label)
        .y_desc(&series.y_label)
        .draw()?;
    for (place, curve) in series.curves.iter().enumerate() {
        curves::draw(&mut chart, curve, place, (&x, &y))?;
    }
    curves::legend(&legend, &series.curves, layout.columns)
}

/// The same picture in pixels, set in the font that the binary carries.
fn png(svg: &str) -> Result<Vec<u8>, Failed> {
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    fonts.load_font_data(epaint_default_fonts::HACK_REGULAR.to_vec());
    let family = fonts
        .faces()
        .next()
        .and_then(|face| face.families.first())
        .map(|(name, _)| name.clone());
    if let Some(family) = family {
        fonts.set_sans_serif_family(family);
    }
    let tree = Tree::from_str(svg, &options)?;
    let size = tree
        .size()
        .to_int_size()
        .scale_by(ZOOM)
        .ok_or("the picture has no size")?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or("the picture is too large")?;
    resvg::render(
        &tree,
        Transform::from_scale(ZOOM, ZOOM),
        &mut pixels.as_mut(),
    );
    Ok(pixels.encode_png()?)
}
