//! The two witnesses of a receptive field held against each other and against known figures.

mod perturbation;
mod random;
mod structures;

use std::cell::Cell;

use gradus::lab::support::{Limit, measure};
use gradus::model::{Axes, Model, Port};
use gradus::theory::field::{self, AxisField};
use gradus::theory::shape;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use random::{Recipe, cook, recipe};

/// At least this many cases, the same at every run; more where `PROPTEST_CASES` says so.
fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases: Config::default().cases.max(cases),
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Corners, the centre and one more unit.
fn units(sizes: &[usize], somewhere: usize) -> Vec<Vec<usize>> {
    let pick = |of: &dyn Fn(usize) -> usize| sizes.iter().map(|size| of(*size)).collect();
    let mut units = vec![
        pick(&|_| 0),
        pick(&|size| size - 1),
        pick(&|size| size / 2),
        pick(&|size| somewhere % size),
    ];
    units.sort();
    units.dedup();
    units
}

fn sizes(model: &Model, port: Port) -> Result<Vec<usize>, TestCaseError> {
    let axes = Axes::of_model(model).map_err(failed)?;
    let output = axes.at(port).ok_or_else(|| failed("no such port"))?;
    let places: Option<Vec<usize>> = output.layout.places().collect();
    places.ok_or_else(|| failed("a size is not known"))
}

fn failed(reason: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(format!("{reason}"))
}

#[test]
fn formula_and_measurement_agree_on_a_thousand_random_nets() {
    let mut runner = runner(1000);
    let cases = (recipe(), 0..1000_usize);
    let result = runner.run(&cases, |(recipe, somewhere)| {
        let largest = [48, 24, 12][recipe.sizes.len() - 1];
        let (model, last) = cook(&recipe, largest);
        for unit in units(&sizes(&model, last)?, somewhere) {
            let theory = field::unit(&model, last.node, &unit);
            let theory = theory.map_err(failed)?.inputs;
            let lab = measure(&model, last.node, &unit, Limit::of_bytes(1 << 30));
            let lab = lab.map_err(failed)?;
            prop_assert_eq!(theory, lab, "unit {:?}", unit);
        }
        Ok(())
    });
    result.expect("the witnesses agree");
}

/// The sizes that the axes carry are the shapes of the shape rules.
#[test]
fn axes_have_the_sizes_of_the_shapes() {
    let mut runner = runner(500);
    let result = runner.run(&recipe(), |recipe| {
        let (model, _) = cook(&recipe, 48);
        let shapes = shape::of_model(&model).map_err(failed)?;
        let axes = Axes::of_model(&model).map_err(failed)?;
        for id in model.node_ids() {
            let sizes = axes.node(id)[0]
                .layout
                .axes
                .iter()
                .map(|axis| axis.iter().map(|atom| atom.size).product::<Option<usize>>());
            let sizes: Option<Vec<usize>> = sizes.collect();
            prop_assert_eq!(sizes.as_deref(), Some(shapes.at(id.port()).dims()));
        }
        Ok(())
    });
    result.expect("the sizes agree");
}

/// Far from the borders, the field that the recurrence gives is the one that the inverse image gives.
#[test]
fn the_recurrence_is_the_inverse_image_far_from_the_borders() {
    let mut runner = runner(1000);
    let compared = Cell::new(0);
    let result = runner.run(&(recipe(), 0..7_usize), |(recipe, off)| {
        let wide = Recipe {
            sizes: recipe.sizes.iter().map(|size| 600 + size).collect(),
            ..recipe
        };
        let (model, last) = cook(&wide, 5000);
        let places = sizes(&model, last)?;
        let unit: Vec<usize> = places.iter().map(|size| (size / 2 + off) % size).collect();
        let fields = field::of_model(&model).map_err(failed)?;
        let exact = field::unit(&model, last.node, &unit);
        let exact = exact.map_err(failed)?.inputs;
        let field::NodeField::Axes(axes) = &fields.nodes[last.node.0] else {
            return Ok(());
        };
        let unit_at = |place: Option<usize>| place.map_or(0, |place| unit[place]);
        // A unit near one axis' border can lose a branch, and with it what the branch sees along the others.
        let inside = axes.iter().all(|axis| match &axis.field {
            AxisField::Regular(regular) => regular
                .window(unit_at(axis.place))
                .is_some_and(|(first, last)| first >= 150 && last <= 450),
            AxisField::Whole { .. } => true,
            _ => false,
        });
        if !inside || exact.is_empty() {
            return Ok(());
        }
        for (axis, found) in axes.iter().enumerate() {
            let AxisField::Regular(regular) = &found.field else {
                continue;
            };
            let position = unit_at(found.place);
            let window = regular.window(position);
            let seen = &exact[0].seen.axes[axis];
            let (first, last) = (i128::try_from(seen.first), i128::try_from(seen.last));
            let (first, last) = (first.map_err(failed)?, last.map_err(failed)?);
            if wide.has_gaps() {
                prop_assert!(window.is_some_and(|own| own.0 <= first && last <= own.1));
                continue;
            }
            prop_assert_eq!(window, Some((first, last)));
            let phase = regular.phases[position % regular.phases.len()];
            prop_assert_eq!(phase.taps, seen.taps);
            compared.set(compared.get() + 1);
        }
        Ok(())
    });
    result.expect("the two formulas agree");
    assert!(compared.get() > 500, "compared only {}", compared.get());
}
