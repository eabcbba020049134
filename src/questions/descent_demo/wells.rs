//! Where gradient descent and SGD end.

use super::arguments::{Arguments, Function};
use crate::lab::descent::{Noise, Run};
use crate::lab::landscape::{Goal, Landscape, Method, Place, Point, walk};
use crate::lab::random::Stream;
use crate::questions::Setting;
use crate::theory::descent::rate;
use crate::theory::ravine::stationary;

/// Purposes of the run's seed.
const SLOPES: u64 = 0xde5c_0001;
const RUNS: u64 = 0xde5c_1000_0000;

/// So near to a minimum a run has settled.
const NEAR: f64 = 0.2;

/// A share of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) hits: u64,
    pub(super) of: u64,
}

#[expect(clippy::cast_precision_loss, reason = "at most a million runs")]
impl Share {
    /// The share itself.
    pub(super) fn mean(self) -> f64 {
        self.hits as f64 / self.of as f64
    }

    /// Its standard error; with one hit and one miss more than there were, so that none of n is not taken for never.
    pub(super) fn error(self) -> f64 {
        let count = self.of as f64 + 2.0;
        let share = (self.hits as f64 + 1.0) / count;
        (share * (1.0 - share) / count).sqrt()
    }
}

/// Where the ways end.
#[derive(Debug, Clone)]
pub(super) struct Wells {
    pub(super) landscape: Landscape,
    /// The lowest minimum.
    pub(super) global: f64,
    /// Where gradient descent ends.
    pub(super) gd: f64,
    pub(super) gd_place: Place,
    /// How far above the least value.
    pub(super) gd_above: f64,
    /// Runs of SGD that end in another well than the lowest.
    pub(super) stuck: Share,
    /// Runs of SGD that end near a minimum.
    pub(super) settled: Share,
    /// The first run, every so many steps.
    pub(super) way: Vec<(f64, f64)>,
    /// Gradient descent from (0, 1) on y² − x², where there are saddles.
    pub(super) saddle: Option<(Point, Place)>,
}

impl Wells {
    /// Goes down.
    pub(super) fn gone(asked: &Arguments, setting: &Setting) -> Self {
        let landscape = asked.landscape();
        let points = match asked.function {
            Function::DoubleWell => stationary(asked.tilt),
            Function::Bowl => vec![-asked.tilt],
        };
        let value = |x: f64| landscape.value([x, 0.0]);
        let minima: Vec<f64> = points
            .into_iter()
            .filter(|x| landscape.hessian([*x, 0.0])[0][0] > 0.0)
            .collect();
        let lower = |a: &f64, b: &f64| value(*a).total_cmp(&value(*b));
        let global = minima.iter().copied().min_by(lower).unwrap_or(f64::NAN);
        let gd = descent(landscape, [asked.start, 0.0], asked);
        let (stuck, settled, way) = runs(asked, setting, landscape, &minima, global);
        Self {
            landscape,
            global,
            gd: gd[0],
            gd_place: landscape.place(gd),
            gd_above: value(gd[0]) - value(global),
            stuck,
            settled,
            way,
            saddle: (asked.function == Function::DoubleWell).then(|| {
                let end = descent(Landscape::Saddle, [0.0, 1.0], asked);
                (end, Landscape::Saddle.place(end))
            }),
        }
    }

    /// Whether gradient descent's end is another than the lowest minimum: 1, or 0.
    pub(super) fn gd_stuck(&self) -> f64 {
        f64::from(u8::from(!same_well(self.gd, self.global)))
    }
}

/// Where gradient descent is after as many steps as SGD takes.
fn descent(landscape: Landscape, start: Point, asked: &Arguments) -> Point {
    let method = Method::Descent {
        rate: asked.lr,
        momentum: 0.0,
    };
    let goal = Goal {
        below: f64::NEG_INFINITY,
        limit: asked.iterations,
    };
    walk(landscape, start, method, goal).end
}

/// Whether an end is the lowest minimum.
fn same_well(end: f64, global: f64) -> bool {
    (end - global).abs() < NEAR
}

fn runs(
    asked: &Arguments,
    setting: &Setting,
    landscape: Landscape,
    minima: &[f64],
    global: f64,
) -> (Share, Share, Vec<(f64, f64)>) {
    let slopes = Stream::seeded(setting.seed, SLOPES);
    let noise = Noise::new(asked.samples, asked.sgd_batch(), asked.noise, slopes);
    let run = Run {
        landscape,
        start: asked.start,
        steps: asked.iterations,
        rate: &|step| rate(asked.lr, step, asked.iterations),
    };
    let every = (asked.iterations / 200).max(1);
    let mut way = Vec::new();
    let (mut hits, mut near) = (0, 0);
    for number in 0..asked.runs {
        let draws = Stream::seeded(setting.seed, RUNS + number);
        let end = run.end(&noise, draws, |step, x| {
            if number == 0 && step % every == 0 {
                #[expect(clippy::cast_precision_loss, reason = "at most 1e7 steps")]
                way.push((step as f64, x));
            }
        });
        let home = minima
            .iter()
            .copied()
            .min_by(|a, b| (a - end).abs().total_cmp(&(b - end).abs()))
            .filter(|_| end.is_finite());
        let lowest = home == Some(global);
        hits += u64::from(!lowest);
        near += u64::from(home.is_some_and(|home| (home - end).abs() < NEAR));
        setting.progress.tell(1, asked.runs);
    }
    let share = |hits| Share {
        hits,
        of: asked.runs,
    };
    (share(hits), share(near), way)
}
