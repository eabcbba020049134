//! The mistakes carried out on the model at hand: which number each of them gives here.

use super::mistakes::{Answer, ROWS, Row};
use super::recurrence::{Link, RIGHT, Recurrence};
use crate::questions::judge::Suspect;
use crate::report::{Extent, Step, Value};

/// What the mistakes are carried out on: a unit and what is true of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Case {
    /// Along each axis the layers between the input and the unit; empty where there is no single chain of them.
    pub chains: Vec<Vec<Link>>,
    /// The true size along each axis.
    pub size: Vec<Extent>,
    /// The output's size along each axis, where it is known.
    pub output: Option<Vec<u128>>,
    /// The distinct positions read along each axis, where they are known.
    pub taps: Option<Vec<u128>>,
    /// The layer that reads the whole input, and the size before it.
    pub before_whole: Option<(String, Vec<u128>)>,
}

/// A mistake's answer: one size an axis, and how it came about.
struct Found {
    sizes: Vec<u128>,
    steps: Vec<Step>,
}

/// The wrong sizes that the known mistakes give, the commonest mistake first; the same as areas after all of them.
/// Those that give the truth here are left out, and so is a sum that is line by line the one of a commoner mistake.
pub fn suspects(case: &Case) -> Vec<Suspect> {
    let mut sides: Vec<Suspect> = Vec::new();
    let mut areas = Vec::new();
    let is_sum = case.is_sum();
    for row in ROWS {
        let Some(found) = case.carry_out(row.answer, is_sum) else {
            continue;
        };
        if row.answer == Answer::Area {
            sides.extend(case.area(row, row.mistake.title, found));
            continue;
        }
        let suspect = Suspect {
            mistake: &row.mistake,
            title: row.mistake.title.to_owned(),
            key: "size".into(),
            value: Value::Dims(extents(&found.sizes)),
            steps: found.steps.clone(),
        };
        let known = sides
            .iter()
            .any(|other| other.value == suspect.value && other.steps == suspect.steps);
        if extents(&found.sizes) == case.size || known {
            continue;
        }
        sides.push(suspect);
        let title = format!(
            "{}, given as an area,",
            row.mistake.title.trim_end_matches(',')
        );
        areas.extend(case.area(row, &title, found));
    }
    sides.extend(areas);
    sides
}

impl Case {
    /// What a mistake answers. A mistaken sum is told only where the right one gives the truth: else the layers of
    /// the chain do not tell it all.
    fn carry_out(&self, answer: Answer, is_sum: bool) -> Option<Found> {
        match answer {
            Answer::Sum(recurrence) if is_sum => self.sum(recurrence),
            Answer::Sum(_) => None,
            Answer::Output => self.instead("output", self.output.as_ref()?, "the output is"),
            Answer::Taps => self.instead("taps", self.taps.as_ref()?, "the positions read are"),
            Answer::BeforeWhole => {
                let (layer, sizes) = self.before_whole.as_ref()?;
                self.instead(layer, sizes, "before it the size is")
            }
            Answer::Area => Some(Found {
                sizes: counts(&self.size)?,
                steps: Vec::new(),
            }),
        }
    }

    /// A mistaken sum along every axis.
    fn sum(&self, recurrence: Recurrence) -> Option<Found> {
        let shown = if self.alike() { 1 } else { self.chains.len() };
        let mut sizes = Vec::new();
        for chain in &self.chains[..shown] {
            sizes.push(recurrence.size(chain)?);
        }
        sizes.resize(self.chains.len(), sizes[0]);
        let mut steps = Vec::new();
        for (axis, chain) in self.chains.iter().take(shown).enumerate() {
            let of_axis = recurrence.steps(chain)?;
            steps.extend(of_axis.into_iter().map(|step| Step {
                at: match axis_name(axis, shown) {
                    Some(name) => format!("{}, {name}", step.at),
                    None => step.at,
                },
                ..step
            }));
        }
        Some(Found { sizes, steps })
    }

    /// Whether every axis has the same chain.
    fn alike(&self) -> bool {
        self.chains.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Whether the chains give the true size.
    pub fn is_sum(&self) -> bool {
        let sums = self.chains.iter().map(|chain| RIGHT.size(chain));
        !self.chains.is_empty()
            && sums
                .collect::<Option<Vec<_>>>()
                .is_some_and(|sizes| extents(&sizes) == self.size)
    }

    /// Another quantity in the place of the size.
    fn instead(&self, at: &str, sizes: &[u128], words: &str) -> Option<Found> {
        (sizes.len() == self.size.len()).then(|| Found {
            sizes: sizes.to_vec(),
            steps: vec![Step {
                at: at.to_owned(),
                mistaken: format!("{words} {}", Value::Dims(extents(sizes))),
                right: self.size_in_words(),
            }],
        })
    }

    fn area(&self, row: &'static Row, title: &str, found: Found) -> Option<Suspect> {
        let Found { sizes, mut steps } = found;
        if sizes.len() < 2 {
            return None;
        }
        let area = sizes
            .iter()
            .try_fold(1_u128, |area, size| area.checked_mul(*size))?;
        let factors: Vec<String> = sizes.iter().map(u128::to_string).collect();
        steps.push(Step {
            at: "area".to_owned(),
            mistaken: format!("{} = {area}", factors.join("·")),
            right: self.size_in_words(),
        });
        Some(Suspect {
            mistake: &row.mistake,
            title: title.to_owned(),
            key: "size".into(),
            value: Value::Count(i128::try_from(area).ok()?),
            steps,
        })
    }

    fn size_in_words(&self) -> String {
        if self.size.contains(&Extent::Whole) {
            "it reads the whole input".to_owned()
        } else {
            format!("the receptive field is {}", Value::Dims(self.size.clone()))
        }
    }
}

/// Sizes as extents; one beyond 2¹²⁷ stands as the largest integer, which no claim meets.
pub fn extents(sizes: &[u128]) -> Vec<Extent> {
    sizes
        .iter()
        .map(|size| Extent::Count(i128::try_from(*size).unwrap_or(i128::MAX)))
        .collect()
}

fn counts(extents: &[Extent]) -> Option<Vec<u128>> {
    let count = |extent: &Extent| match extent {
        Extent::Count(count) => u128::try_from(*count).ok(),
        _ => None,
    };
    extents.iter().map(count).collect()
}

/// How an axis is called among several: depth, height, width.
pub fn axis_name(axis: usize, count: usize) -> Option<&'static str> {
    match (count, axis) {
        (2, 0) | (3, 1) => Some("height"),
        (2, 1) | (3, 2) => Some("width"),
        (3, 0) => Some("depth"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::recurrence::tests::{chain, three_convolutions};
    use super::*;

    fn square(chain: Vec<Link>, output: u128) -> Case {
        let size = RIGHT.size(&chain).expect("small");
        Case {
            chains: vec![chain.clone(), chain],
            size: extents(&[size, size]),
            output: Some(vec![output; 2]),
            taps: Some(vec![size; 2]),
            before_whole: None,
        }
    }

    /// The codes of the suspects that give a number on each axis, or as one number.
    fn who_gives(case: &Case, number: u128) -> Vec<&'static str> {
        let each = Value::Dims(extents(&[number; 2]));
        let once = Value::Count(i128::try_from(number).expect("a small number"));
        suspects(case)
            .iter()
            .filter(|suspect| suspect.value == each || suspect.value == once)
            .map(|suspect| suspect.mistake.code)
            .collect()
    }

    #[test]
    fn each_number_that_people_gave_has_its_mistakes() {
        let case = square(three_convolutions(), 122);
        let expected: &[(u128, &[&str])] = &[
            (125, &["own-stride"]),
            (38, &["previous-stride-only"]),
            (39, &["own-stride-alone"]),
            (34, &["pool-strides-left-out"]),
            (1156, &["pool-strides-left-out"]),
            (111, &["started-at-zero", "sum-in-loop"]),
            (114, &["backward-stride"]),
            (119, &["backward-stride"]),
            (122, &["output-size"]),
            (13, &["last-layer-alone"]),
            (64, &["dilation-ignored"]),
            (31, &["pools-left-out"]),
            (
                19,
                &["pools-and-dilation-left-out", "pools-and-strides-left-out"],
            ),
            (21, &["strides-ignored"]),
            (15, &["strides-and-dilation-ignored"]),
            (62, &["convolution-strides-ignored"]),
            (77, &["own-stride-no-dilation"]),
            (128, &["kernel-not-less-one"]),
            (120, &["kernel-times-dilation"]),
            (160, &["dilation-as-holes"]),
            (72, &["kernel-plus-dilation"]),
            (208, &["dilation-counted-twice"]),
            (105, &["kernels-multiplied"]),
            (12_544, &["area-for-side"]),
            (112, &[]),
            (36, &[]),
            (17, &[]),
            (289, &[]),
            (7_620_480, &[]),
        ];
        for (number, codes) in expected {
            assert_eq!(who_gives(&case, *number), *codes, "{number}");
        }
    }

    #[test]
    fn an_area_says_that_it_is_one() {
        let case = square(three_convolutions(), 122);
        let all = suspects(&case);
        let area = all.iter().find(|s| s.value == Value::Count(1156));
        let area = area.expect("34·34 is given by a mistake");
        assert_eq!(
            area.title,
            "leaving the pools' strides out of the jump, given as an area,"
        );
        let last = area.steps.last().expect("it has steps");
        assert_eq!(last.mistaken, "34·34 = 1156");
        assert_eq!(last.right, "the receptive field is 112×112");
    }

    #[test]
    fn a_mistake_that_changes_nothing_here_is_no_suspect() {
        let plain = square(chain(&[("conv1", 3, 1, 1), ("conv2", 3, 1, 1)]), 60);
        let codes: Vec<_> = suspects(&plain).iter().map(|s| s.mistake.code).collect();
        for absent in ["own-stride", "dilation-ignored", "pools-left-out"] {
            assert!(!codes.contains(&absent), "{absent}");
        }
        assert!(codes.contains(&"started-at-zero"));
    }

    #[test]
    fn one_sum_is_not_named_twice() {
        let no_pools = square(chain(&[("conv1", 3, 1, 2), ("conv2", 3, 1, 1)]), 60);
        assert_eq!(who_gives(&no_pools, 5), ["dilation-ignored"]);
    }

    #[test]
    fn on_an_oblong_field_every_axis_makes_the_same_mistake() {
        let tall = chain(&[("conv1", 3, 2, 1), ("conv2", 5, 1, 1)]);
        let wide = chain(&[("conv1", 7, 3, 1), ("conv2", 3, 1, 1)]);
        let case = Case {
            chains: vec![tall, wide],
            size: extents(&[11, 13]),
            ..Case::default()
        };
        let own = suspects(&case)
            .into_iter()
            .find(|suspect| suspect.mistake.code == "own-stride")
            .expect("strides above 1");
        assert_eq!(own.value, Value::Dims(extents(&[13, 25])));
        assert_eq!(own.steps[0].at, "conv1, height");
        assert_eq!(own.steps[2].at, "conv1, width");
    }

    #[test]
    fn where_the_chain_does_not_give_the_truth_no_sum_is_tried() {
        let mut case = square(three_convolutions(), 122);
        case.size = extents(&[113, 113]);
        assert_eq!(who_gives(&case, 125), Vec::<&str>::new());
        assert_eq!(who_gives(&case, 122), ["output-size"]);
    }

    #[test]
    fn a_field_of_the_whole_input_is_held_against_the_one_before() {
        let case = Case {
            size: vec![Extent::Whole; 2],
            before_whole: Some(("flatten".to_owned(), vec![195, 195])),
            ..Case::default()
        };
        let all = suspects(&case);
        assert_eq!(all[0].mistake.code, "whole-left-out");
        assert_eq!(all[0].steps[0].right, "it reads the whole input");
    }
}
