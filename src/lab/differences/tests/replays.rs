//! Random programs.

use super::random::program;
use super::*;
use crate::lab::ops::Op;
use crate::lab::program::Step;

/// Detached values stay at the base: plain evaluation must hold them there too.
fn held(program: &Program, inputs: &[Array]) -> Outcome<Program> {
    let point = Point::new(program, inputs)?;
    let mut held = program.clone();
    let mut constants = Vec::new();
    for (number, step) in program.steps.iter().enumerate() {
        if step.op == Op::Detach {
            constants.push((number, point.value(program.first_step() + number)?));
        }
    }
    // A new constant moves every slot behind it.
    let (first, more) = (program.first_step(), constants.len());
    let moved = |slot: usize| if slot < first { slot } else { slot + more };
    for (number, step) in held.steps.iter_mut().enumerate() {
        let own = constants.iter().position(|(at, _)| *at == number);
        *step = match own {
            Some(place) => Step {
                op: Op::Affine {
                    scale: 1.0,
                    shift: 0.0,
                },
                inputs: vec![first + place],
            },
            None => Step {
                op: step.op.clone(),
                inputs: step.inputs.iter().map(|&slot| moved(slot)).collect(),
            },
        };
    }
    held.outputs = held.outputs.iter().map(|&slot| moved(slot)).collect();
    held.constants
        .extend(constants.into_iter().map(|(_, array)| array));
    Ok(held)
}

/// Every tile size gives what plain evaluation gives, up to rounding.
#[test]
fn replaying_what_is_touched_is_evaluating_anew() -> Outcome {
    let mut compared = 0;
    for seed in 0..400 {
        let random = program(seed, 9)?;
        let plain = held(&random.program, &random.inputs)?;
        let base = Base::new(&random.program, &random.inputs, &random.upstream)?;
        let before = plainly(&plain, &random.inputs, &random.upstream)?;
        if !before.is_finite() {
            continue;
        }
        let mut dice = random::Dice::new(seed ^ 0xabc);
        for (input, array) in random.inputs.iter().enumerate() {
            let probes: Vec<Probe> = (0..array.data.len())
                .map(|entry| Probe { entry, step: 0.125 })
                .collect();
            let extents: Vec<usize> = array.dims.iter().map(|&n| 1 + dice.below(n)).collect();
            let groups = grouped(&probes, &array.dims, &extents);
            let run = |group: &Group| replay::entries(&base, input, &group.region, &group.probes);
            for (probe, values) in measured(&groups, &run, 1)? {
                for (factor, value) in MEMBERS.iter().zip(values) {
                    let mut moved = random.inputs.clone();
                    moved[input].data[probe.entry] += factor * probe.step;
                    let expected = plainly(&plain, &moved, &random.upstream)? - before;
                    let size = expected.abs().max(before.abs()).max(1.0);
                    assert!(
                        (value - expected).abs() <= 1e-10 * size,
                        "seed {seed}, x{input}[{}]: {value} for {expected}\n{:#?}",
                        probe.entry,
                        random.program.steps
                    );
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 10_000, "{compared}");
    Ok(())
}

/// The derivatives are those of reverse mode, within the error that is stated.
#[test]
fn reverse_mode_lies_within_the_error() -> Outcome {
    let (mut compared, mut precise, mut kinks) = (0, 0, 0);
    for seed in 1000..1400 {
        let random = program(seed, 9)?;
        let exact = reverse(&random.program, &random.inputs, &random.upstream, &Proven)?;
        for (input, exact) in exact.iter().enumerate() {
            let found = differences(
                &random.program,
                &random.inputs,
                &random.upstream,
                input,
                &Options::default(),
            )?;
            let scale = root_mean_square(exact.data.iter().copied());
            for (place, &exact) in exact.data.iter().enumerate() {
                if found.kinks.contains(&place) {
                    kinks += 1;
                    continue;
                }
                let (value, error) = (found.gradient.data[place], found.error.data[place]);
                let off = (value - exact).abs();
                assert!(
                    off <= error + 1e-13 * scale.max(exact.abs()),
                    "seed {seed}, x{input}[{place}]: {value} for {exact}, error {error:e}\n{:#?}",
                    random.program.steps
                );
                compared += 1;
                precise += usize::from(off <= 1e-10 * scale.max(exact.abs()));
            }
        }
    }
    assert!(compared > 3_000, "{compared}");
    assert!(precise * 100 > compared * 97, "{precise} of {compared}");
    assert!(kinks * 100 < compared, "{kinks} of {compared}");
    Ok(())
}

#[test]
fn the_number_of_threads_does_not_show() -> Outcome {
    for seed in 0..20 {
        let random = program(seed, 12)?;
        let with = |threads: usize, entries: Entries| {
            let options = Options {
                entries,
                threads,
                ..Options::default()
            };
            differences(
                &random.program,
                &random.inputs,
                &random.upstream,
                0,
                &options,
            )
        };
        for entries in [Entries::All, Entries::Directions(3), Entries::Sample(2)] {
            let one = with(1, entries)?;
            assert_eq!(format!("{one:?}"), format!("{:?}", with(3, entries)?));
        }
    }
    Ok(())
}

/// Directions and samples are parts of the whole.
#[test]
fn directions_and_samples_fit_the_whole() -> Outcome {
    for seed in 40..60 {
        let random = program(seed, 8)?;
        let count = random.inputs[0].data.len();
        let with = |entries: Entries| {
            let options = Options {
                entries,
                seed: 5,
                ..Options::default()
            };
            differences(
                &random.program,
                &random.inputs,
                &random.upstream,
                0,
                &options,
            )
        };
        let all = with(Entries::All)?;
        let along = with(Entries::Directions(4))?;
        assert_eq!(along.covered, Covered::Directions(4));
        for number in 0..4 {
            let direction = direction(5, number, count);
            let pairs = direction.iter().zip(&all.gradient.data);
            let expected: f64 = pairs.map(|(v, g)| v * g).sum();
            let bound = pairs_error(&direction, &all.error.data) + along.error.data[number];
            let off = (along.gradient.data[number] - expected).abs();
            assert!(
                off <= bound + 1e-12 * expected.abs(),
                "seed {seed}: {off:e} {bound:e}"
            );
        }
        let some = with(Entries::Sample(3))?;
        if let Covered::Entries(entries) = &some.covered {
            assert_eq!(entries.len(), 3);
            for (place, &entry) in entries.iter().enumerate() {
                let off = (some.gradient.data[place] - all.gradient.data[entry]).abs();
                assert!(off <= some.error.data[place] + all.error.data[entry]);
            }
        } else {
            assert!(count <= 3);
        }
    }
    Ok(())
}

fn pairs_error(direction: &[f64], errors: &[f64]) -> f64 {
    let pairs = direction.iter().zip(errors);
    pairs.map(|(v, error)| v.abs() * error).sum()
}
