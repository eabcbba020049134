//! One unit in training: does it stay at 0?

use super::arguments::Arguments;
use super::same;
use crate::lab::deep::unit;
use crate::lab::random::Stream;
use crate::model::Fault;
use crate::questions::Setting;
use crate::questions::numbers::{real, rough, short, tidy};
use crate::report::{
    Finding, Quantities, Quantity, Report, Section, Statement, Table, Value, Witness,
};
use crate::theory::relu::{State, Unit};

/// Which numbers the order of the inputs is drawn from.
const ORDER: u64 = 0x30;

/// An output from this size on is not 0.
const ALIVE: f64 = 1e-6;

/// The sentence that a unit can end up at 0, with the training that decides it.
///
/// # Errors
/// If the engine fails.
pub(super) fn sections(
    report: &mut Report,
    asked: &Arguments,
    setting: &Setting,
) -> Result<Statement, Fault> {
    let data = inputs(asked.samples);
    let order = drawn(&data, asked.updates, setting.seed);
    let start = Unit {
        weight: 1.0,
        bias: asked.bias,
        leak: asked.leak,
        target: asked.target,
    };
    let end = start.trained(&order, asked.lr);
    let states = [start.state(&data), end.state(&data)];
    let measured = Measured::of(start, &data, &order, asked.lr)?;
    report
        .sections
        .push(Section::Table(table([start, end], &states)));
    report
        .sections
        .push(Section::Quantities(quantities(end, &states[1])));
    report.witnesses.push(Witness::both(
        "the unit after training",
        "the gradients by the formula",
        "reverse mode on tensors",
        measured.agrees(end, &states[1]),
    ));
    Ok(statement(asked, end, &states[1]))
}

/// Equally far apart from −1 to 1.
fn inputs(samples: usize) -> Vec<f64> {
    let last = u32::try_from(samples - 1).unwrap_or(u32::MAX);
    (0..=last)
        .map(|place| 2.0 * f64::from(place) / f64::from(last) - 1.0)
        .collect()
}

/// An input a step, each drawn from all of them.
fn drawn(data: &[f64], updates: usize, seed: u64) -> Vec<f64> {
    let stream = Stream::seeded(seed, ORDER);
    let count = data.len() as u64;
    let place = |step: u64| usize::try_from(stream.bits(step) % count).unwrap_or(0);
    (0..updates as u64).map(|step| data[place(step)]).collect()
}

/// The same training on tensors.
struct Measured {
    end: unit::Unit,
    weight_gradient: f64,
    bias_gradient: f64,
    activation: f64,
}

impl Measured {
    fn of(start: Unit, data: &[f64], order: &[f64], rate: f64) -> Result<Self, Fault> {
        let unit = unit::Unit {
            weight: start.weight,
            bias: start.bias,
            leak: start.leak,
            target: start.target,
        };
        let end = unit.trained(order, rate)?;
        let (weight_gradient, bias_gradient, activation) = end.gradient(data)?;
        Ok(Self {
            end,
            weight_gradient,
            bias_gradient,
            activation,
        })
    }

    fn agrees(&self, end: Unit, state: &State) -> bool {
        // What rounding leaves of a gradient that has gone to 0 is no disagreement.
        let near = |a: f64, b: f64| same(a, b) || (a - b).abs() <= 1e-9;
        near(self.end.weight, end.weight)
            && near(self.end.bias, end.bias)
            && near(self.weight_gradient, state.weight_gradient)
            && near(self.bias_gradient, state.bias_gradient)
            && near(self.activation, state.activation)
    }
}

fn statement(asked: &Arguments, end: Unit, state: &State) -> Statement {
    let silent = Finding::none(state.activation, 0.0, ALIVE);
    let gradient = state.weight_gradient.abs().max(state.bias_gradient.abs());
    Statement::new(
        "dead_neurons",
        "a unit can end up giving 0 for every input, and stay there",
        silent.and(Finding::none(gradient, 0.0, ALIVE)),
        format!(
            "after {} steps from w = 1, b = {} the unit has w = {}, b = {}; its largest output is {}, its gradients {} and {}, the loss {}",
            asked.updates,
            short(asked.bias),
            rough(end.weight),
            rough(end.bias),
            rough(state.activation),
            rough(state.weight_gradient),
            rough(state.bias_gradient),
            rough(state.loss)
        ),
    )
}

fn table(units: [Unit; 2], states: &[State; 2]) -> Table {
    let mut table = Table::new(
        "unit",
        "One unit, max(0, w·x + b), in training",
        &[
            ("when", "when"),
            ("weight", "w"),
            ("bias", "b"),
            ("activation", "largest |output|"),
            ("weight_gradient", "∂L/∂w"),
            ("bias_gradient", "∂L/∂b"),
            ("loss", "loss"),
        ],
    );
    for ((when, unit), state) in ["before", "after"].into_iter().zip(units).zip(states) {
        table.rows.push(vec![
            Some(Value::name(when)),
            real(unit.weight),
            real(unit.bias),
            real(state.activation),
            real(state.weight_gradient),
            real(state.bias_gradient),
            real(state.loss),
        ]);
    }
    table
}

fn quantities(end: Unit, state: &State) -> Quantities {
    let number = |key: &str, label: &str, number: f64| {
        Quantity::rounded(&format!("unit.{key}"), label, tidy(number))
    };
    Quantities {
        title: "The unit after training".to_owned(),
        quantities: vec![
            number("weight", "w", end.weight),
            number("bias", "b", end.bias),
            number("activation", "its largest output in size", state.activation),
            number(
                "gradient.weight",
                "∂L/∂w over all inputs",
                state.weight_gradient,
            ),
            number(
                "gradient.bias",
                "∂L/∂b over all inputs",
                state.bias_gradient,
            ),
            number("loss", "the mean squared error", state.loss),
        ],
    }
}
