//! A written chain of sizes, such as `3, 5, 21, 29, 125`, held against the true one.
//!
//! People write their working in many ways: from the input or from the unit, with the 1 before the first layer or
//! without, a line for every layer or only for those that change the size. Each way is a [`Route`]; the written chain is
//! held against the route that it follows longest.

use std::collections::HashSet;
use std::ops::Range;

use super::mistakes::{Answer, ROWS};
use super::recurrence::{Form, Jump, Kind, Layers, Line, Link, RIGHT, Recurrence, Slip};
use crate::report::{Diagnosis, Extent, Step, Value, Working};

/// How many mistakes are named for one step.
const MOST_DIAGNOSES: usize = 3;

/// Follows the written sizes along the layers of each axis (windows of kernel 1 included) and names the first step
/// that differs. `None` where the sizes are not one positive integer an axis, or there is nothing to follow.
pub fn follow(paths: &[Vec<Link>], written: &[Value]) -> Option<Working> {
    let axes = paths.len();
    let one_number = written.iter().all(|value| numbers(value, 1).is_some());
    let along = |axis: usize| {
        let sizes = written
            .iter()
            .map(|value| numbers(value, axes).map(|sizes| sizes[axis]));
        Followed::new(&paths[axis], &sizes.collect::<Option<Vec<_>>>()?)
    };
    let followed = (0..axes).map(along).collect::<Option<Vec<_>>>()?;
    // One number may be meant for one axis only: the one that it fits best.
    let chosen = if one_number {
        followed.iter().max_by_key(|axis| axis.agreeing)
    } else {
        followed.iter().min_by_key(|axis| axis.agreeing)
    };
    chosen.map(Followed::working)
}

/// The sizes of a value, one an axis; one number stands for every axis.
fn numbers(value: &Value, axes: usize) -> Option<Vec<u128>> {
    let extents = match value {
        Value::Count(count) => vec![Extent::Count(*count)],
        Value::Dims(extents) => extents.clone(),
        _ => return None,
    };
    let sizes = extents.iter().map(|extent| match extent {
        Extent::Count(size) => u128::try_from(*size).ok(),
        _ => None,
    });
    match sizes.collect::<Option<Vec<_>>>()?[..] {
        [size] => Some(vec![size; axes]),
        ref sizes if sizes.len() == axes => Some(sizes.to_vec()),
        _ => None,
    }
}

/// Which layers have a line of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// Those that change the size.
    Changing,
    /// Those with a window.
    Windows,
    /// Convolutions.
    Convolutions,
    /// All.
    All,
}

/// One way to write the working down.
#[derive(Debug, Clone)]
struct Route {
    /// From the unit to the input.
    backward: bool,
    /// The lines.
    stops: Vec<Stop>,
}

/// One line: how far the sum has come.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stop {
    at: String,
    /// How many layers have been visited, in the direction of the route.
    visited: usize,
    size: u128,
}

impl Route {
    fn new(path: &[Link], backward: bool, with_start: bool, lines: Lines) -> Option<Self> {
        let sum = directed(RIGHT, backward)?;
        let mut stops = Vec::new();
        if with_start {
            stops.push(Stop {
                at: "start".to_owned(),
                visited: 0,
                size: sum.start,
            });
        }
        for (place, ((link, _), line)) in sum.visit(path).zip(sum.lines(path)?).enumerate() {
            let shown = match lines {
                Lines::Changing => line.size != line.before,
                Lines::Windows => link.kind != Kind::Pointwise,
                Lines::Convolutions => link.kind == Kind::Convolution,
                Lines::All => true,
            };
            if shown {
                stops.push(Stop {
                    at: link.name.clone(),
                    visited: place + 1,
                    size: line.size,
                });
            }
        }
        Some(Self { backward, stops })
    }

    /// Every way, the commonest first.
    fn all(path: &[Link]) -> Vec<Self> {
        let mut routes = Vec::new();
        for lines in [
            Lines::Changing,
            Lines::Windows,
            Lines::All,
            Lines::Convolutions,
        ] {
            for (backward, with_start) in
                [(false, false), (false, true), (true, false), (true, true)]
            {
                routes.extend(Self::new(path, backward, with_start, lines));
            }
        }
        routes
    }

    /// How many of the first lines are as written.
    fn agreeing(&self, written: &[u128]) -> usize {
        let pairs = self.stops.iter().zip(written);
        pairs.take_while(|(stop, size)| stop.size == **size).count()
    }

    /// Whether everything written stands in the route in this order: lines may be left out.
    fn contains(&self, written: &[u128]) -> bool {
        let mut stops = self.stops.iter();
        written
            .iter()
            .all(|size| stops.any(|stop| stop.size == *size))
    }
}

/// A written chain on the route that fits it best.
struct Followed<'a> {
    path: &'a [Link],
    written: Vec<u128>,
    route: Route,
    agreeing: usize,
}

impl<'a> Followed<'a> {
    fn new(path: &'a [Link], written: &[u128]) -> Option<Self> {
        let routes = Route::all(path);
        let best = routes
            .iter()
            .enumerate()
            .max_by_key(|(place, route)| {
                let same_length = route.stops.len() == written.len();
                let commonest = std::cmp::Reverse(*place);
                let agreeing = route.agreeing(written);
                (route.contains(written), agreeing, same_length, commonest)
            })?
            .1;
        let agreeing = if best.contains(written) {
            written.len()
        } else {
            best.agreeing(written)
        };
        Some(Self {
            path,
            written: written.to_vec(),
            route: best.clone(),
            agreeing,
        })
    }

    fn working(&self) -> Working {
        let mut working = Working {
            first_wrong: None,
            at: String::new(),
            written: None,
            truth: None,
            rest_follows: None,
            diagnoses: Vec::new(),
        };
        let Some(written) = self.written.get(self.agreeing) else {
            return working;
        };
        working.first_wrong = Some(self.agreeing + 1);
        working.written = Some(value(*written));
        let Some(stop) = self.route.stops.get(self.agreeing) else {
            "beyond the last layer".clone_into(&mut working.at);
            return working;
        };
        working.at.clone_from(&stop.at);
        working.truth = Some(value(stop.size));
        if self.route.stops.len() == self.written.len() {
            let rest = self.agreeing + 1..self.written.len();
            working.rest_follows =
                (!rest.is_empty()).then(|| rest.into_iter().all(|step| self.gives(RIGHT, step)));
            working.diagnoses = self.diagnoses();
        }
        working
    }

    /// Whether a sum turns the written size of the step before into the one written at this step.
    fn gives(&self, sum: Recurrence, step: usize) -> bool {
        let Some(sum) = directed(sum, self.route.backward) else {
            return false;
        };
        let size = match self.lines(sum, step) {
            Some(lines) => lines.last().map_or(sum.start, |line| line.size),
            None => return false,
        };
        size == self.written[step]
    }

    /// The layers of a step, in the order of the route: none for the 1 before all layers.
    fn layers(&self, step: usize) -> Range<usize> {
        let from = step
            .checked_sub(1)
            .map_or(0, |last| self.route.stops[last].visited);
        from..self.route.stops[step].visited
    }

    /// The lines of a step, from the size written before it.
    fn lines(&self, sum: Recurrence, step: usize) -> Option<Vec<Line>> {
        let before = step
            .checked_sub(1)
            .map_or(sum.start, |last| self.written[last]);
        sum.lines_from(self.path, self.layers(step), before)
    }

    /// The mistakes that give the first wrong step: those that give every other step too, or else all of them.
    fn diagnoses(&self) -> Vec<Diagnosis> {
        let wrong = self.agreeing;
        let sums = ROWS.iter().filter_map(|row| match row.answer {
            Answer::Sum(sum) if self.gives(sum, wrong) => Some((row, sum)),
            _ => None,
        });
        let all: Vec<_> = sums.collect();
        let everywhere =
            |sum: Recurrence| (0..self.written.len()).all(|step| self.gives(sum, step));
        let throughout: Vec<_> = all.iter().filter(|(_, sum)| everywhere(*sum)).collect();
        let named = if throughout.is_empty() {
            all.iter().collect()
        } else {
            throughout
        };
        let mut codes = HashSet::new();
        named
            .into_iter()
            .filter(|(row, _)| codes.insert(row.mistake.code))
            .take(MOST_DIAGNOSES)
            .map(|(row, sum)| Diagnosis {
                code: row.mistake.code.to_owned(),
                title: row.mistake.title.to_owned(),
                steps: self.steps(*sum).unwrap_or_default(),
            })
            .collect()
    }

    /// The layers of the first wrong step, as the mistake has them and as they should be, from the size written
    /// before it.
    fn steps(&self, sum: Recurrence) -> Option<Vec<Step>> {
        let sum = directed(sum, self.route.backward)?;
        let right = sum.righted();
        let layers = self.layers(self.agreeing);
        if layers.is_empty() {
            return Some(vec![Step {
                at: "start".to_owned(),
                mistaken: sum.start.to_string(),
                right: right.start.to_string(),
            }]);
        }
        let mistaken = self.lines(sum, self.agreeing)?;
        let correct = self.lines(right, self.agreeing)?;
        let links = sum.visit(self.path).skip(layers.start);
        let steps = links.zip(mistaken.iter().zip(&correct));
        Some(
            steps
                .filter(|((link, _), _)| link.kind != Kind::Pointwise)
                .map(|((link, _), (mistaken, correct))| Step {
                    at: link.name.clone(),
                    mistaken: sum.text(link, mistaken),
                    right: right.text(link, correct),
                })
                .collect(),
        )
    }
}

/// A size; one beyond 2¹²⁷ was written by nobody.
fn value(size: u128) -> Value {
    Value::Count(i128::try_from(size).unwrap_or(i128::MAX))
}

/// A sum in the direction of a route; `None` where the mistake has no meaning in it.
fn directed(sum: Recurrence, backward: bool) -> Option<Recurrence> {
    match (sum.form, backward) {
        (Form::Backward(_), true) | (Form::Forward | Form::Product, false) => Some(sum),
        (Form::Forward, true) if sum.jump == Jump::Before && sum.layers != Layers::Last => {
            Some(Recurrence {
                form: Form::Backward(Slip::Nowhere),
                ..sum
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::recurrence::tests::{chain, three_convolutions};
    use super::*;

    fn with_activations() -> Vec<Link> {
        chain(&[
            ("conv1", 3, 1, 1),
            ("relu1", 1, 1, 1),
            ("pool1", 2, 2, 1),
            ("conv2", 5, 2, 1),
            ("relu2", 1, 1, 1),
            ("pool2", 2, 2, 1),
            ("conv3", 7, 1, 2),
            ("relu3", 1, 1, 1),
        ])
    }

    fn working(sizes: &[usize]) -> Working {
        let written: Vec<Value> = sizes.iter().map(|size| Value::from(*size)).collect();
        let paths = vec![with_activations(); 2];
        follow(&paths, &written).expect("integers can be followed")
    }

    fn codes(working: &Working) -> Vec<&str> {
        let diagnoses = working.diagnoses.iter();
        diagnoses.map(|found| found.code.as_str()).collect()
    }

    #[test]
    fn right_workings_are_right_however_they_are_written() {
        let right: &[&[usize]] = &[
            &[3, 4, 12, 16, 112],
            &[1, 3, 4, 12, 16, 112],
            &[3, 3, 4, 12, 12, 16, 112, 112],
            &[1, 3, 3, 4, 12, 12, 16, 112, 112],
            &[13, 26, 55, 110, 112],
            &[1, 13, 26, 55, 110, 112],
            &[3, 12, 112],
            &[12, 112],
            &[112],
        ];
        for sizes in right {
            assert_eq!(working(sizes).first_wrong, None, "{sizes:?}");
        }
    }

    #[test]
    fn the_first_wrong_step_has_its_layer_and_its_mistake() {
        let own = working(&[3, 5, 21, 29, 125]);
        assert_eq!(own.first_wrong, Some(2));
        assert_eq!(own.at, "pool1");
        assert_eq!(own.written, Some(Value::from(5)));
        assert_eq!(own.truth, Some(Value::from(4)));
        assert_eq!(own.rest_follows, Some(false));
        // 39's mistake gives the 5 too, but not the 21.
        assert_eq!(codes(&own), ["own-stride"]);
        assert_eq!(own.diagnoses[0].steps[0].mistaken, "3 + (2−1)·2 = 5");
        assert_eq!(own.diagnoses[0].steps[0].right, "3 + (2−1)·1 = 4");
        assert_eq!(working(&[1, 3, 3, 5, 21, 21, 29, 125, 125]).at, "pool1");
    }

    #[test]
    fn a_slip_is_told_from_a_mistake_by_what_follows() {
        let slip = working(&[3, 4, 13, 17, 113]);
        assert_eq!((slip.first_wrong, slip.at.as_str()), (Some(3), "conv2"));
        assert_eq!(slip.rest_follows, Some(true));
        assert_eq!(codes(&slip), Vec::<&str>::new());
    }

    #[test]
    fn a_right_result_by_wrong_steps_is_seen() {
        let lucky = working(&[3, 5, 12, 16, 112]);
        assert_eq!((lucky.first_wrong, lucky.at.as_str()), (Some(2), "pool1"));
        assert_eq!(lucky.rest_follows, Some(false));
    }

    #[test]
    fn a_backward_working_is_held_against_the_backward_sum() {
        let backward = working(&[13, 26, 56, 112, 114]);
        assert_eq!(
            (backward.first_wrong, backward.at.as_str()),
            (Some(3), "conv2")
        );
        assert_eq!(backward.rest_follows, Some(true));
        assert_eq!(codes(&backward), ["backward-stride"]);
        assert_eq!(backward.diagnoses[0].steps[0].mistaken, "2·26 + (5−1) = 56");
    }

    #[test]
    fn a_start_at_zero_is_the_first_step() {
        let zero = working(&[0, 2, 3, 11, 15, 111]);
        assert_eq!((zero.first_wrong, zero.at.as_str()), (Some(1), "start"));
        assert_eq!(zero.rest_follows, Some(true));
        assert_eq!(codes(&zero), ["started-at-zero"]);
        let silent = working(&[2, 3, 11, 15, 111]);
        assert_eq!((silent.first_wrong, silent.at.as_str()), (Some(1), "conv1"));
        assert_eq!(codes(&silent), ["started-at-zero"]);
    }

    #[test]
    fn a_last_step_alone_leaves_nothing_to_follow() {
        let last = working(&[3, 4, 12, 16, 64]);
        assert_eq!((last.first_wrong, last.at.as_str()), (Some(5), "conv3"));
        assert_eq!(last.rest_follows, None);
        // Leaving out a convolution's stride gives this step too, but not the one before.
        assert_eq!(codes(&last), ["dilation-ignored"]);
    }

    #[test]
    fn more_steps_than_layers_differ_beyond_the_last() {
        let long = working(&[3, 4, 12, 16, 112, 224]);
        assert_eq!(long.first_wrong, Some(6));
        assert_eq!(long.at, "beyond the last layer");
    }

    #[test]
    fn one_number_a_step_may_mean_one_axis_of_an_oblong_field() {
        let tall = chain(&[("conv1", 3, 2, 1), ("conv2", 5, 1, 1)]);
        let wide = chain(&[("conv1", 7, 3, 1), ("conv2", 3, 1, 1)]);
        let follow = |written: &[Value]| follow(&[tall.clone(), wide.clone()], written);
        let width = follow(&[Value::from(7), Value::from(13)]).expect("numbers");
        assert_eq!(width.first_wrong, None);
        let both = follow(&[Value::shape(&[3, 7]), Value::shape(&[11, 15])]).expect("sizes");
        assert_eq!(both.first_wrong, Some(2));
        assert_eq!(both.truth, Some(Value::from(13)));
    }

    #[test]
    fn what_is_no_size_is_not_followed() {
        let paths = [three_convolutions()];
        assert_eq!(follow(&paths, &[Value::name("three")]), None);
        assert_eq!(follow(&paths, &[Value::Count(-3)]), None);
        assert_eq!(follow(&[], &[Value::from(3)]), None);
    }
}
