//! What can be asked about ways down, and what of it makes sense.

use clap::{Args, ValueEnum};

use crate::lab::landscape::{Landscape, Point};
use crate::model::Fault;
use crate::questions::numbers::{self, List, short};
use crate::theory::ravine::{Coefficients, stationary};

/// The condition numbers that are followed.
const LARGEST_KAPPA: f64 = 1e6;

/// Condition numbers at most.
const MOST_KAPPAS: usize = 20;

/// Steps that a walk may take at most: some seconds.
const MOST_STEPS: f64 = 1e8;

/// Coordinates at most: fourth powers of these are still numbers of a sensible size.
const FARTHEST: f64 = 1e6;

/// Does momentum beat Newton's method in a narrow ravine? Steps to the minimum, by condition number
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What to go down on: a quadratic ravine, Rosenbrock's bent one, or x⁴/4 − x²/2 with two wells
    #[arg(long, value_name = "NAME", value_enum, default_value = "quadratic")]
    function: Function,
    /// Condition numbers of the quadratic ravine [default: 10,100,1000,10000]
    #[arg(long, value_name = "K,…", value_parser = numbers::list, allow_hyphen_values = true)]
    kappa: Option<List>,
    /// Where to start [default: 1,1; rosenbrock -1.2,1; double-well 0.2]
    #[arg(long, value_name = "X,Y", value_parser = numbers::list, allow_hyphen_values = true)]
    start: Option<List>,
    /// The learning rate of gradient descent and of momentum [default: the best for a quadratic; rosenbrock 0.001, double-well 0.1]
    #[arg(long, value_name = "RATE", value_parser = numbers::number, allow_hyphen_values = true)]
    lr: Option<f64>,
    /// The momentum [default: the best for a quadratic; else 0.9]
    #[arg(long, value_name = "BETA", value_parser = numbers::number, allow_hyphen_values = true)]
    momentum: Option<f64>,
    /// How near to the least value a walk has to get
    #[arg(long, value_name = "F", value_parser = numbers::number, allow_hyphen_values = true, default_value = "1e-12")]
    tolerance: f64,
    /// Steps after which a walk is given up: 1000000, 1e6
    #[arg(long, value_name = "N", value_parser = numbers::number, allow_hyphen_values = true, default_value = "1e6")]
    limit: f64,
}

/// What to go down on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Function {
    Quadratic,
    Rosenbrock,
    DoubleWell,
}

/// What is asked, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    function: Function,
    kappas: Vec<f64>,
    start: Point,
    lr: Option<f64>,
    momentum: Option<f64>,
    pub(super) tolerance: f64,
    limit: u64,
}

/// One function to go down on, from one point, with these coefficients.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) name: &'static str,
    pub(super) landscape: Landscape,
    /// The condition number of a quadratic.
    pub(super) kappa: Option<f64>,
    pub(super) start: Point,
    pub(super) descent: Coefficients,
    pub(super) momentum: Coefficients,
    /// The least value.
    pub(super) least: f64,
    pub(super) tolerance: f64,
    pub(super) limit: u64,
}

fn refuse<T>(message: String, advice: &str) -> Result<T, Fault> {
    Err(Fault::new("usage", message).help(advice))
}

impl Arguments {
    /// The same, checked.
    ///
    /// # Errors
    /// What cannot be, and what would do.
    pub(super) fn asked(self) -> Result<Asked, Fault> {
        if self.kappa.is_some() && self.function != Function::Quadratic {
            return refuse(
                "--kappa is the condition number of the quadratic ravine".to_owned(),
                "leave it out, or take --function quadratic",
            );
        }
        let kappas = match self.kappa {
            Some(List(kappas)) => kappas,
            None => vec![10.0, 100.0, 1000.0, 10_000.0],
        };
        if kappas.len() > MOST_KAPPAS {
            return refuse(
                format!(
                    "--kappa has {} numbers, more than {MOST_KAPPAS}",
                    kappas.len()
                ),
                "give fewer",
            );
        }
        if let Some(kappa) = kappas
            .iter()
            .find(|kappa| !(1.0..=LARGEST_KAPPA).contains(*kappa))
        {
            return refuse(
                format!("--kappa {} lies outside 1 to 1000000", short(*kappa)),
                "a condition number is the largest curvature over the smallest, so at least 1",
            );
        }
        if let Some(rate) = self.lr.filter(|rate| !(*rate > 0.0 && *rate <= 1e6)) {
            return refuse(
                format!("--lr {} is no learning rate", short(rate)),
                "give a number above 0 and up to 1000000",
            );
        }
        if let Some(momentum) = self.momentum.filter(|share| !(0.0..1.0).contains(share)) {
            return refuse(
                format!("--momentum {} lies outside 0 to 1", short(momentum)),
                "it is the share of the last step that is kept: at least 0 and below 1",
            );
        }
        if !(1e-30..=1e6).contains(&self.tolerance) {
            return refuse(
                format!(
                    "--tolerance {} lies outside 1e-30 to 1e6",
                    short(self.tolerance)
                ),
                "1e-12 is the default",
            );
        }
        if !(1.0..=MOST_STEPS).contains(&self.limit) || self.limit.fract() != 0.0 {
            return refuse(
                format!(
                    "--limit {} is no number of steps from 1 to 1e8",
                    short(self.limit)
                ),
                "1e6 is the default",
            );
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number from 1 to 1e8"
        )]
        let limit = self.limit as u64;
        Ok(Asked {
            function: self.function,
            start: start(self.function, self.start)?,
            kappas,
            lr: self.lr,
            momentum: self.momentum,
            tolerance: self.tolerance,
            limit,
        })
    }
}

/// The start, as many numbers as the function reads.
fn start(function: Function, given: Option<List>) -> Result<Point, Fault> {
    let Some(List(given)) = given else {
        return Ok(match function {
            Function::Quadratic => [1.0, 1.0],
            Function::Rosenbrock => [-1.2, 1.0],
            Function::DoubleWell => [0.2, 0.0],
        });
    };
    let dims = if function == Function::DoubleWell {
        1
    } else {
        2
    };
    if given.len() != dims {
        return refuse(
            format!(
                "--start has {} numbers, the function has {dims}",
                given.len()
            ),
            if dims == 1 {
                "write one, such as 0.2"
            } else {
                "write two, such as -1.2,1"
            },
        );
    }
    if given.iter().any(|x| x.abs() > FARTHEST) {
        return refuse(
            "--start lies farther out than 1000000".to_owned(),
            "start nearer to the minimum",
        );
    }
    Ok([given[0], given.get(1).copied().unwrap_or(0.0)])
}

impl Asked {
    /// What was asked, in words.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let mut words = vec![(
            "function".to_owned(),
            match self.function {
                Function::Quadratic => "(x² + κy²)/2",
                Function::Rosenbrock => "(1 − x)² + 100(y − x²)²",
                Function::DoubleWell => "x⁴/4 − x²/2",
            }
            .to_owned(),
        )];
        let mut say = |name: &str, value: String| words.push((name.to_owned(), value));
        if self.function == Function::Quadratic {
            let kappas: Vec<String> = self.kappas.iter().map(|kappa| short(*kappa)).collect();
            say("kappa", kappas.join(", "));
        }
        let [x, y] = self.start.map(short);
        if self.function == Function::DoubleWell {
            say("start", x);
        } else {
            say("start", format!("({x}, {y})"));
        }
        for (name, given) in [("lr", self.lr), ("momentum", self.momentum)] {
            if let Some(given) = given {
                say(name, short(given));
            }
        }
        say("tolerance", short(self.tolerance));
        words
    }

    /// What was asked about.
    pub(super) fn courses(&self) -> Vec<Plan> {
        match self.function {
            Function::Quadratic => self
                .kappas
                .iter()
                .map(|kappa| self.ravine(*kappa))
                .collect(),
            Function::Rosenbrock => vec![self.rosenbrock(self.start)],
            Function::DoubleWell => vec![self.double_well(self.start)],
        }
    }

    /// What stands beside a quadratic: a bent ravine, and a function on which Newton's method fails.
    pub(super) fn beside(&self) -> Vec<Plan> {
        if self.function == Function::Quadratic {
            vec![self.rosenbrock([-1.2, 1.0]), self.double_well([0.2, 0.0])]
        } else {
            Vec::new()
        }
    }

    fn ravine(&self, kappa: f64) -> Plan {
        let (descent, momentum) = (Coefficients::descent(kappa), Coefficients::momentum(kappa));
        Plan {
            name: "quadratic",
            landscape: Landscape::Ravine { kappa },
            kappa: Some(kappa),
            start: self.start,
            descent: Coefficients {
                rate: self.lr.unwrap_or(descent.rate),
                momentum: 0.0,
            },
            momentum: Coefficients {
                rate: self.lr.unwrap_or(momentum.rate),
                momentum: self.momentum.unwrap_or(momentum.momentum),
            },
            least: 0.0,
            tolerance: self.tolerance,
            limit: self.limit,
        }
    }

    fn rosenbrock(&self, start: Point) -> Plan {
        self.curved("Rosenbrock", Landscape::Rosenbrock, start, 0.001)
    }

    fn double_well(&self, start: Point) -> Plan {
        self.curved(
            "double well",
            Landscape::DoubleWell { tilt: 0.0 },
            start,
            0.1,
        )
    }

    fn curved(&self, name: &'static str, landscape: Landscape, start: Point, rate: f64) -> Plan {
        // Coefficients for the quadratic say nothing about another function.
        let own = self.function != Function::Quadratic;
        let rate = self.lr.filter(|_| own).unwrap_or(rate);
        let momentum = self.momentum.filter(|_| own).unwrap_or(0.9);
        let least = match landscape {
            Landscape::DoubleWell { tilt } => stationary(tilt)
                .into_iter()
                .map(|x| landscape.value([x, 0.0]))
                .fold(f64::INFINITY, f64::min),
            _ => 0.0,
        };
        Plan {
            name,
            landscape,
            kappa: None,
            start,
            descent: Coefficients {
                rate,
                momentum: 0.0,
            },
            momentum: Coefficients { rate, momentum },
            least,
            tolerance: self.tolerance,
            limit: self.limit,
        }
    }
}
