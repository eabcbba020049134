//! `--effective`: how much of a unit's gradient lies where in its field.

use std::ops::Range;

use clap::Args;

use super::facts::Facts;
use super::suspects::axis_name;
use super::units::Unit;
use crate::lab::Estimate;
use crate::lab::effective::{Initial, Mass, Network, Plan, measure};
use crate::model::{Fault, Window};
use crate::questions::Setting;
use crate::report::{
    Axis, Curve, Quantities, Quantity, Report, Section, Series, Shape, Value, Witness,
};
use crate::theory::effective::{Carried, Expected, expected, variance_of_chain};

/// How the effective field is measured.
#[derive(Debug, Clone, Args)]
pub(super) struct Arguments {
    /// Measure the effective field too: where the gradient of a unit lies, averaged over random inputs and weights
    #[arg(long)]
    effective: bool,
    /// Inputs that are averaged over
    #[arg(long, value_name = "N", default_value_t = 100, requires = "effective")]
    inputs: usize,
    /// Networks with weights of their own among them
    #[arg(long, value_name = "K", default_value_t = 4, requires = "effective")]
    networks: usize,
    /// Equal positive weights in every kernel, and positive inputs, instead of random ones
    #[arg(long, requires = "effective")]
    ones: bool,
}

impl Arguments {
    /// Whether it is asked for.
    pub(super) fn asked(&self) -> bool {
        self.effective
    }

    fn plan(&self, seed: u64) -> Result<Plan, Fault> {
        const MOST: usize = 1_000_000;
        for (name, number) in [("inputs", self.inputs), ("networks", self.networks)] {
            if number == 0 || number > MOST {
                let message = format!("--{name} {number} lies outside 1 to {MOST}");
                return Err(
                    Fault::new("usage", message).help("100 inputs and 4 networks are the default")
                );
            }
        }
        Ok(Plan {
            inputs: self.inputs,
            each: self.inputs.div_ceil(self.networks),
            initial: if self.ones {
                Initial::Ones
            } else {
                Initial::Random
            },
            seed,
        })
    }
}

/// Operations that a measurement may take unless `--measure` lets it: about half a minute.
const MOST_OPERATIONS: f64 = 3e12;

/// A position counts where its mass is at least this share of the largest: 1 − 95.45 %, two standard deviations of a normal curve
/// (Luo and others, 2016).
const COUNTED: f64 = 1.0 - 0.9545;

/// Cells of a map along its longer side at most.
const CELLS: usize = 64;

/// Adds what is measured to the report.
///
/// # Errors
/// If an argument is none, or the engine fails.
pub(super) fn sections(
    report: &mut Report,
    facts: &Facts,
    arguments: &Arguments,
    asked: Option<&Unit>,
    setting: &Setting,
) -> Result<(), Fault> {
    let plan = arguments.plan(setting.seed)?;
    let Some(shapes) = &facts.shapes else {
        report.partial("the effective field needs the size of the input: give it with --input");
        return Ok(());
    };
    let axes = facts.rank();
    let network = Network::new(facts.model, axes, facts.node, |port| shapes.at(port));
    let network = match network {
        Ok(network) => network,
        Err(obstacle) => {
            report.partial(format!("no effective field: {obstacle}"));
            return Ok(());
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if let Some(reason) = too_much(&network, plan, threads, setting) {
        report.partial(reason);
        return Ok(());
    }
    let sizes: Option<Vec<usize>> = facts.places().into_iter().collect();
    let middle = || Some(sizes?.iter().map(|size| size / 2).collect());
    let position: Option<Vec<usize>> = asked.map(|unit| unit.position.clone()).or_else(middle);
    let unit = match position.as_deref() {
        Some([only]) => [0, *only],
        Some([row, column]) => [*row, *column],
        _ => return Ok(()),
    };
    let all = plan.inputs as u64;
    let mass = measure(&network, unit, plan, (&setting.device, threads), &|done| {
        setting.progress.tell(done as u64, all);
    })?;
    if mass.moments.iter().all(Option::is_none) {
        let unit = super::units::name(position.as_deref().unwrap_or_default());
        report.partial(format!(
            "no effective field: no gradient of unit {unit} reaches the input (it reads padding alone, or activations let nothing through)"
        ));
        return Ok(());
    }
    let carried = if arguments.ones {
        Carried::Sums
    } else {
        Carried::Squares
    };
    let theory = expected(
        facts.model,
        axes,
        facts.node,
        |port| shapes.at(port),
        unit,
        carried,
    );
    let seen = Unit::new(facts, position.as_deref().unwrap_or_default())?;
    let whole = seen.and_then(|unit| unit.seen.count);
    let measured = Measured {
        mass,
        theory,
        axes,
        plan,
        field: whole,
    };
    measured.write(report, facts, position.as_deref().unwrap_or_default());
    Ok(())
}

/// Why a measurement is not made.
fn too_much(network: &Network, plan: Plan, threads: usize, setting: &Setting) -> Option<String> {
    let bytes = network.bytes(threads);
    if bytes > u128::from(setting.max_memory) {
        return Some(format!(
            "no effective field: its passes would take {} MiB, and {} MiB are allowed (--max-memory)",
            bytes >> 20,
            setting.max_memory >> 20
        ));
    }
    let operations = 2.0 * network.multiply_adds() * real(plan.inputs);
    (operations > MOST_OPERATIONS && !setting.measure).then(|| {
        "no effective field: it would take more than half a minute; --measure lets it, and fewer --inputs take less".to_owned()
    })
}

/// What was measured, and what theory expects.
struct Measured {
    mass: Mass,
    theory: Option<Expected>,
    axes: usize,
    plan: Plan,
    /// Positions of the theoretical field of this unit.
    field: Option<u128>,
}

impl Measured {
    fn write(&self, report: &mut Report, facts: &Facts, unit: &[usize]) {
        let quantities = self.quantities(facts);
        report.sections.push(Section::Quantities(Quantities {
            title: format!("Effective field of unit {}", super::units::name(unit)),
            quantities,
        }));
        report.witnesses.extend(self.witnesses());
        report.sections.extend(self.map().map(Section::Series));
        report.sections.push(Section::Series(self.profile()));
        let kind = match self.plan.initial {
            Initial::Random => {
                "the square of the gradient, summed over channels; weights uniform with variance 2/fan-in"
            }
            Initial::Ones => "the gradient itself; all weights 1/fan-in, positive inputs",
        };
        report.note("effective", format!("the mass at a position is {kind}; norms over the batch pass, as in evaluation with their first statistics"));
        let lost = self
            .mass
            .moments
            .iter()
            .filter(|moments| moments.is_none())
            .count();
        if lost > 0 {
            report.note(
                "lost",
                format!(
                    "{lost} of {} gradients were 0 everywhere and count nothing",
                    self.plan.inputs
                ),
            );
        }
    }

    /// The axes that carry positions: of a sequence the second of the two.
    fn own_axes(&self) -> Range<usize> {
        2 - self.axes..2
    }

    fn key(&self, axis: usize) -> &'static str {
        match (self.axes, axis) {
            (1, _) => "l",
            (_, 0) => "h",
            _ => "w",
        }
    }

    fn name(&self, axis: usize) -> String {
        axis_name(axis, self.axes).map_or_else(String::new, |name| format!(" along the {name}"))
    }

    fn quantities(&self, facts: &Facts) -> Vec<Quantity> {
        let mut quantities = Vec::new();
        for axis in self.own_axes() {
            let key = self.key(axis);
            let name = self.name(axis);
            if let Some(spread) = self.spread(axis) {
                let label = format!("standard deviation of the mass{name}");
                quantities.push(Quantity::measured(
                    &format!("effective.sd.{key}"),
                    &label,
                    spread.mean,
                    spread.count,
                    spread.error,
                ));
            }
            if let Some(theory) = &self.theory {
                let label = format!("in theory, borders included,{name}");
                let deviation = deviation(&theory.shares, theory.dims, axis);
                quantities.push(Quantity::rounded(
                    &format!("effective.theory.{key}"),
                    label.trim_end_matches(','),
                    deviation,
                ));
            }
        }
        quantities.extend(law(facts));
        let largest = self
            .mass
            .shares
            .iter()
            .fold(0.0_f64, |most, share| most.max(*share));
        let counted = self
            .mass
            .shares
            .iter()
            .filter(|share| **share >= COUNTED * largest && **share > 0.0)
            .count();
        let n = self.plan.inputs as u64;
        let count = |key: &str, label: &str, positions: usize| Quantity {
            value: Value::from(positions),
            ..Quantity::measured(key, label, 0.0, n, 0.0)
        };
        quantities.push(count(
            "effective.positions",
            "positions with at least 4.55 % of the largest mass",
            counted,
        ));
        if let Some(field) = self.field.filter(|field| *field > 0) {
            let share = real(counted) / real(usize::try_from(field).unwrap_or(usize::MAX));
            quantities.push(Quantity::measured(
                "effective.share",
                "these, as a share of the positions of the theoretical field",
                share,
                n,
                0.0,
            ));
        }
        quantities.push(count(
            "effective.half",
            "fewest positions with half of the mass",
            fewest(&self.mass.shares, 0.5),
        ));
        quantities
    }

    /// The standard deviation along an axis. Its error is the larger of two: from the spread over passes, and over networks.
    fn spread(&self, axis: usize) -> Option<Estimate> {
        let passes: Vec<(usize, [f64; 2])> = (self.mass.moments.iter().enumerate())
            .filter_map(|(pass, moments)| Some((pass / self.plan.each, (*moments)?[axis])))
            .collect();
        let mean = |power: usize| {
            passes
                .iter()
                .map(|(_, moments)| moments[power])
                .sum::<f64>()
                / real(passes.len())
        };
        let (first, second) = (mean(0), mean(1));
        let deviation = (second - first * first).max(0.0).sqrt();
        // What each pass adds to the deviation, to first order.
        let part = |moments: &[f64; 2]| {
            let variance = (moments[1] - second) - 2.0 * first * (moments[0] - first);
            if deviation > 0.0 {
                variance / (2.0 * deviation)
            } else {
                0.0
            }
        };
        let single = Estimate::of(
            &passes
                .iter()
                .map(|(_, moments)| part(moments))
                .collect::<Vec<_>>(),
        )?;
        let networks = passes
            .chunk_by(|one, other| one.0 == other.0)
            .filter_map(|passes| {
                Some(
                    Estimate::of(
                        &passes
                            .iter()
                            .map(|(_, moments)| part(moments))
                            .collect::<Vec<_>>(),
                    )?
                    .mean,
                )
            });
        let between =
            Estimate::of(&networks.collect::<Vec<_>>()).map_or(0.0, |networks| networks.error);
        Some(Estimate {
            mean: deviation,
            error: single.error.max(between),
            count: single.count,
        })
    }

    /// Theory beside measurement, an axis each.
    fn witnesses(&self) -> Vec<Witness> {
        let Some(theory) = &self.theory else {
            return Vec::new();
        };
        let of_axis = |axis| {
            let expected = deviation(&theory.shares, theory.dims, axis);
            let found = self.spread(axis)?;
            let bias = match self.plan.initial {
                Initial::Random => FINITE,
                Initial::Ones => ROUNDED,
            };
            let agree = (found.mean - expected).abs() <= 6.0 * found.error + bias * expected;
            Some(Witness::both(
                &format!("spread of the mass{}", self.name(axis)),
                format!("{expected:.4} in theory"),
                format!(
                    "{:.4} ± {:.4} measured (within six standard errors and {} %)",
                    found.mean,
                    found.error,
                    100.0 * bias
                ),
                agree,
            ))
        };
        self.own_axes().filter_map(of_axis).collect()
    }

    /// The map in squares of several positions each; none where there is one axis.
    fn map(&self) -> Option<Series> {
        if self.axes != 2 {
            return None;
        }
        let [rows, columns] = self.mass.dims;
        let side = rows.max(columns).div_ceil(CELLS).max(1);
        let (down, right) = (rows.div_ceil(side), columns.div_ceil(side));
        let mut sums = vec![0.0; down * right];
        for (at, share) in self.mass.shares.iter().enumerate() {
            sums[at / columns / side * right + at % columns / side] += share;
        }
        let largest = sums.iter().fold(0.0_f64, |most, sum| most.max(*sum));
        let middle = |cell: usize| real(cell * side) + 0.5 * (real(side) - 1.0);
        let points = (0..sums.len()).map(|cell| (middle(cell % right), middle(cell / right)));
        let grey = sums.iter().map(|sum| {
            if largest > 0.0 {
                (sum / largest).sqrt()
            } else {
                0.0
            }
        });
        let name =
            format!("mass, {side}×{side} positions a square; the grey goes as its square root");
        Some(Series {
            y_axis: Axis::Down,
            curves: vec![Curve::cells(&name, points.collect(), grey.collect())],
            ..Series::new(
                "effective-map",
                "Where the gradient of a unit lies",
                "column, in positions",
                "row, in positions",
            )
        })
    }

    /// The mass along the last axis, measured and in theory.
    fn profile(&self) -> Series {
        let along = |shares: &[f64], columns: usize| -> Vec<(f64, f64)> {
            let mut sums = vec![0.0; columns];
            for (at, share) in shares.iter().enumerate() {
                sums[at % columns.max(1)] += share;
            }
            sums.into_iter()
                .enumerate()
                .map(|(column, sum)| (real(column), sum))
                .collect()
        };
        let mut curves = vec![Curve::new(
            "measured",
            Shape::Line,
            along(&self.mass.shares, self.mass.dims[1]),
        )];
        curves.extend(self.theory.as_ref().map(|theory| {
            Curve::new("theory", Shape::Line, along(&theory.shares, theory.dims[1]))
        }));
        Series {
            curves,
            ..Series::new(
                "effective-profile",
                "Mass of the gradient along the last axis",
                "position",
                "share of the mass",
            )
        }
    }
}

/// By which share theory may lie off a network of random weights: it is of expected squares, the measurement of their shares, and the maxima of
/// neighbouring windows go together.
const FINITE: f64 = 0.15;

/// By which share float32 may be off.
const ROUNDED: f64 = 1e-3;

/// √Σ (jump·dilation)²·(k²−1)/12, where the layers are one after the other.
fn law(facts: &Facts) -> Option<Quantity> {
    let model = facts.model;
    let joins = |id| {
        let node = model.node(id);
        node.inputs.len() > 1
    };
    if model.node_ids().take(facts.node.0 + 1).any(joins) {
        return None;
    }
    let paths = facts.paths();
    let windows: Vec<Window> = paths.last()?.iter().map(|link| link.window).collect();
    let text = windows
        .iter()
        .filter(|window| window.kernel > 1)
        .map(|window| {
            format!(
                "kernel {}, stride {}, dilation {}: (k²−1)/12 = {}",
                window.kernel,
                window.stride,
                window.dilation,
                (real(window.kernel).powi(2) - 1.0) / 12.0
            )
        });
    let steps = text.collect();
    let deviation = variance_of_chain(windows.iter().copied()).sqrt();
    let label = "√Σ (jump·dilation)²·(k²−1)/12 over the layers, as if there were no borders";
    Some(Quantity::rounded("effective.law", label, deviation).steps(steps))
}

/// The standard deviation along an axis.
fn deviation(shares: &[f64], dims: [usize; 2], axis: usize) -> f64 {
    let place = |at: usize| match axis {
        0 => real(at / dims[1]),
        _ => real(at % dims[1]),
    };
    let mean: f64 = shares
        .iter()
        .enumerate()
        .map(|(at, share)| share * place(at))
        .sum();
    let squares = shares
        .iter()
        .enumerate()
        .map(|(at, share)| share * (place(at) - mean).powi(2));
    squares.sum::<f64>().sqrt()
}

/// How few positions hold this share of the mass.
fn fewest(shares: &[f64], part: f64) -> usize {
    let mut sorted = shares.to_vec();
    sorted.sort_by(|one, other| other.total_cmp(one));
    let mut sum = 0.0;
    let before = sorted.iter().take_while(|share| {
        let goes_on = sum < part;
        sum += **share;
        goes_on
    });
    before.count()
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2⁵³")]
fn real(count: usize) -> f64 {
    count as f64
}
