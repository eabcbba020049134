//! The growth of the times: a picture, and a table with the slopes.

use std::error::Error;
use std::fmt::Write;

use gradus::report::{Axis, Curve, Report, Section, Series, Shape};

use super::estimates::Estimates;
use super::{digits, time};
use crate::growth::{FUNCTIONS, GROUP, Line, PROCESSES};

/// The slope is fitted to the sizes within this factor of the largest: below, a process's start covers the growth.
const FITTED: f64 = 100.0;

/// The table, and the report whose pictures are to be drawn.
pub(super) fn growth(estimates: &Estimates) -> Result<(String, Report), Box<dyn Error>> {
    let mut report = Report::new("growth", "growth");
    let mut table = String::from("| what | slope | median time at each size |\n|---|---|---|\n");
    for (title, lines) in [
        ("Functions of the library", FUNCTIONS),
        ("Whole processes", PROCESSES),
    ] {
        let label = "layers, nodes, draws or seeds";
        let mut series = Series::new("growth", title, label, "seconds");
        (series.x_axis, series.y_axis) = (Axis::Log, Axis::Log);
        for line in lines {
            let points = points(estimates, line)?;
            let slope = slope(&points);
            let times: Vec<String> = points
                .iter()
                .map(|&(size, seconds)| format!("10{}: {}", raised(size), time(seconds)))
                .collect();
            writeln!(
                table,
                "| {}, {} | {} | {} |",
                line.name,
                line.unit,
                digits(slope),
                times.join("; ")
            )?;
            let name = format!("{}, {} (slope {})", line.name, line.unit, digits(slope));
            series.curves.push(Curve::new(&name, Shape::Marked, points));
        }
        report.sections.push(Section::Series(series));
    }
    Ok((table, report))
}

fn points(estimates: &Estimates, line: &Line) -> Result<Vec<(f64, f64)>, String> {
    let point = |&size: &u32| {
        let seconds = estimates.seconds(&format!("{GROUP}/{}/{size}", line.name))?;
        Ok((f64::from(size), seconds))
    };
    line.sizes.iter().map(point).collect()
}

/// The exponent of a power of ten.
fn raised(size: f64) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let power = format!("{:.0}", size.log10());
    let digits = power.chars().filter_map(|digit| digit.to_digit(10));
    digits.map(|digit| DIGITS[digit as usize]).collect()
}

/// Least squares through the logarithms.
fn slope(points: &[(f64, f64)]) -> f64 {
    let largest = points.last().map_or(0.0, |point| point.0);
    let logs = (points.iter())
        .filter(|(size, _)| size * FITTED >= largest)
        .map(|(size, seconds)| (size.ln(), seconds.ln()));
    let logs: Vec<(f64, f64)> = logs.collect();
    let mean = |of: fn(&(f64, f64)) -> f64| {
        logs.iter().map(of).sum::<f64>() / logs.iter().map(|_| 1.0).sum::<f64>()
    };
    let (x, y) = (mean(|log| log.0), mean(|log| log.1));
    let shared: f64 = logs.iter().map(|log| (log.0 - x) * (log.1 - y)).sum();
    shared / logs.iter().map(|log| (log.0 - x).powi(2)).sum::<f64>()
}
