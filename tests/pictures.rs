//! `--plot`: the file is a valid SVG or PNG, and the series' points are in it.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Output};

use resvg::tiny_skia::Pixmap;
use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

const CHAIN: &str =
    "nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool2d(2), nn.Conv2d(1, 1, 5, stride=2))";

/// Questions with a picture.
const ASKED: &[&[&str]] = &[
    &["dropout-expectation", "--p", "0.5", "--value", "1.7"],
    &["dropout-expectation", "--p", "0.1", "--value", "-2,1"],
    &[
        "dropout-expectation",
        "--p",
        "0.5",
        "--weights",
        "1,-2",
        "--inputs",
        "2,1",
    ],
    &["receptive-field", "--compare-growth"],
    &["receptive-field", "-c", CHAIN, "--input", "1x1x32x32"],
    &[
        "receptive-field",
        "-c",
        CHAIN,
        "--input",
        "1x1x32x32",
        "--at",
        "0,0",
    ],
    &[
        "receptive-field",
        "-c",
        "nn.Conv1d(1, 1, 9)",
        "--input",
        "1x1x64",
    ],
];

fn run(arguments: &[&str], plot: &Path) -> Result<Output, Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradus"));
    Ok(command
        .args(arguments)
        .arg("--json")
        .arg("--plot")
        .arg(plot)
        .output()?)
}

/// Pairs of numbers: `1,2 3,4`.
fn pairs(text: &str) -> Vec<(f64, f64)> {
    let pair = |pair: &str| {
        let (x, y) = pair.split_once(',')?;
        Some((x.parse().ok()?, y.parse().ok()?))
    };
    text.split_whitespace().filter_map(pair).collect()
}

/// All lines and shapes of a picture, as their corners.
fn drawn(svg: &roxmltree::Document) -> Vec<Vec<(f64, f64)>> {
    svg.descendants()
        .filter_map(|node| node.attribute("points"))
        .map(pairs)
        .collect()
}

/// A curve: its name, its shape and its points.
type Drawn = (String, String, Vec<(f64, f64)>);

/// The curves of the report's series.
fn curves(report: &Value) -> Vec<Drawn> {
    let series = report["series"].as_array().into_iter().flatten();
    let curves = series.flat_map(|series| series["curves"].as_array().into_iter().flatten());
    curves
        .map(|curve| {
            let points = curve["points"].as_array().into_iter().flatten();
            let points = points
                .filter_map(|p| Some((p[0].as_f64()?, p[1].as_f64()?)))
                .collect();
            let word = |key: &str| curve[key].as_str().unwrap_or_default().to_owned();
            (word("name"), word("shape"), points)
        })
        .collect()
}

/// Whether one list of points is another but for the scale and the place of each axis, to within two pixels.
fn same_form(points: &[(f64, f64)], pixels: &[(f64, f64)]) -> bool {
    let along = |of: fn(&(f64, f64)) -> f64| {
        let ends = |list: &[(f64, f64)]| {
            let numbers = list.iter().map(of);
            let low = numbers.clone().fold(f64::INFINITY, f64::min);
            (low, numbers.fold(f64::NEG_INFINITY, f64::max))
        };
        let (from, to) = (ends(points), ends(pixels));
        let scale = |number: f64| {
            let share = if from.1 > from.0 {
                (number - from.0) / (from.1 - from.0)
            } else {
                0.0
            };
            to.0 + share * (to.1 - to.0)
        };
        let upright = points
            .iter()
            .zip(pixels)
            .all(|(a, b)| (scale(of(a)) - of(b)).abs() <= 2.0);
        let turned = |number: f64| to.0 + to.1 - scale(number);
        let over = points
            .iter()
            .zip(pixels)
            .all(|(a, b)| (turned(of(a)) - of(b)).abs() <= 2.0);
        upright || over
    };
    points.len() == pixels.len() && along(|p| p.0) && along(|p| p.1)
}

#[test]
fn an_svg_has_its_title_its_labels_and_the_points_of_every_curve() -> Outcome {
    let folder = tempfile::tempdir()?;
    for arguments in ASKED {
        let path = folder.path().join("picture.svg");
        let output = run(arguments, &path)?;
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let report: Value = serde_json::from_slice(&output.stdout)?;
        let text = std::fs::read_to_string(&path)?;
        let svg = roxmltree::Document::parse(&text)?;
        assert_eq!(svg.root_element().tag_name().name(), "svg");
        let words: Vec<String> = svg
            .descendants()
            .filter(|node| node.tag_name().name() == "text")
            .map(|node| node.text().unwrap_or_default().trim().to_owned())
            .collect();
        let series = &report["series"][0];
        for key in ["title", "x_label", "y_label"] {
            let label = series[key].as_str().unwrap_or_default();
            assert!(
                words.iter().any(|word| word == label),
                "{label} in {words:?}"
            );
        }
        let drawn = drawn(&svg);
        let curves = curves(&report);
        assert!(!curves.is_empty(), "{arguments:?}");
        for (name, shape, points) in curves {
            assert!(words.contains(&name), "{name} in {words:?}");
            // A box is drawn by its four corners; a dashed line in pieces, so that only its markers can be counted.
            let found = match shape.as_str() {
                "box" => {
                    let [one, other] = points[..] else {
                        return Err("a box has two corners".into());
                    };
                    let round = [one, (other.0, one.1), other, (one.0, other.1), one];
                    drawn
                        .iter()
                        .any(|pixels| same_form(&round, pixels) || same_form(&round[..4], pixels))
                }
                "area" => drawn.iter().any(|pixels| same_form(&points, pixels)),
                "marked" => {
                    let middles: Vec<(f64, f64)> = drawn.iter().filter_map(|p| middle(p)).collect();
                    middles.windows(2 * points.len()).any(|window| {
                        let every_second: Vec<_> = window.iter().step_by(2).copied().collect();
                        same_form(&points, &every_second)
                    })
                }
                _ => true,
            };
            assert!(found, "{arguments:?}: {name} is not in the picture");
        }
    }
    Ok(())
}

/// The middle of a small shape: a marker.
fn middle(pixels: &[(f64, f64)]) -> Option<(f64, f64)> {
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let numbers = pixels.iter().map(of);
        let low = numbers.clone().fold(f64::INFINITY, f64::min);
        (low, numbers.fold(f64::NEG_INFINITY, f64::max))
    };
    let (x, y) = (ends(|p| p.0), ends(|p| p.1));
    let small = x.1 - x.0 < 16.0 && y.1 - y.0 < 16.0 && pixels.len() > 2;
    small.then(|| (f64::midpoint(x.0, x.1), f64::midpoint(y.0, y.1)))
}

#[test]
fn a_png_is_the_svg_in_pixels_with_text() -> Outcome {
    let folder = tempfile::tempdir()?;
    for arguments in ASKED {
        let (vector, pixels) = (folder.path().join("p.svg"), folder.path().join("p.png"));
        assert_eq!(run(arguments, &vector)?.status.code(), Some(0));
        assert_eq!(run(arguments, &pixels)?.status.code(), Some(0));
        let text = std::fs::read_to_string(&vector)?;
        let svg = roxmltree::Document::parse(&text)?;
        let side = |name| {
            svg.root_element()
                .attribute(name)
                .unwrap_or_default()
                .parse::<f64>()
        };
        let image = Pixmap::decode_png(&std::fs::read(&pixels)?)?;
        assert!((f64::from(image.width()) - 2.0 * side("width")?).abs() < 0.5);
        assert!((f64::from(image.height()) - 2.0 * side("height")?).abs() < 0.5);
        let dark = |x: f64, y: f64| {
            let at = |number: f64| format!("{:.0}", number * 2.0).parse::<u32>().unwrap_or(0);
            image.pixel(at(x), at(y)).is_some_and(|pixel| {
                u32::from(pixel.red()) + u32::from(pixel.green()) + u32::from(pixel.blue()) < 740
            })
        };
        // Every corner of every line is drawn on; one on the rim of the picture may be cut.
        let corners = drawn(&svg).concat();
        let seen = corners.iter().filter(|(x, y)| {
            [
                (0.0, 0.0),
                (0.5, 0.5),
                (-0.5, -0.5),
                (0.5, -0.5),
                (-0.5, 0.5),
            ]
            .iter()
            .any(|(dx, dy)| dark(x + dx, y + dy))
        });
        assert!(seen.count() * 10 >= corners.len() * 9, "{arguments:?}");
        // The title is set, though the system may have no font: dark pixels in its line.
        let line = 14..40_u32;
        let inked = line
            .flat_map(|y| (0..800_u32).map(move |x| (x, y)))
            .filter(|(x, y)| dark(f64::from(*x), f64::from(*y)))
            .count();
        assert!(inked > 200, "{arguments:?}: {inked} pixels of title");
    }
    Ok(())
}

#[test]
fn what_cannot_be_drawn_is_told() -> Outcome {
    let folder = tempfile::tempdir()?;
    let linear = ["shape", "-c", "nn.Linear(2, 3)", "--input", "1x2"];
    let growth = ["receptive-field", "--compare-growth"];
    for (arguments, name, code) in [
        (&linear[..], "a.svg", "no-picture"),
        (&growth[..], "a.pdf", "picture-format"),
        (&growth[..], "a", "picture-format"),
        (&growth[..], "no/a.svg", "unwritable-file"),
    ] {
        let output = run(arguments, &folder.path().join(name))?;
        assert_eq!(output.status.code(), Some(2), "{name}");
        let object: Value = serde_json::from_slice(&output.stdout)?;
        assert_eq!(object["error"]["code"], code, "{name}");
    }
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[test]
fn the_same_answer_has_the_same_picture() -> Outcome {
    let folder = tempfile::tempdir()?;
    for name in ["a.svg", "a.png"] {
        let path = folder.path().join(name);
        run(ASKED[0], &path)?;
        let first = std::fs::read(&path)?;
        run(ASKED[0], &path)?;
        assert_eq!(std::fs::read(&path)?, first);
    }
    Ok(())
}
