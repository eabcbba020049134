//! Figures of the theory that are known.

use super::*;

const THIRD: Spread = Spread {
    weight: 1.0 / 3.0,
    bias: 0.0,
    orthogonal: false,
};

const HE: Spread = Spread {
    weight: 2.0,
    bias: 0.0,
    orthogonal: false,
};

#[test]
fn a_layer_of_the_default_initialisation_keeps_this_share() -> Result<(), &'static str> {
    let share = |curve, spread| fixed_point(curve, spread).map(|point| point.chi.sqrt());
    let sigmoid = share(Curve::Sigmoid, &THIRD).ok_or("it settles")?;
    assert!((sigmoid - 0.141_45).abs() < 5e-6, "{sigmoid}");
    let tanh = share(Curve::Tanh, &THIRD).ok_or("it settles")?;
    assert!((tanh - 0.577_35).abs() < 5e-6, "{tanh}");
    let relu = share(Curve::Leaky(0.0), &HE).ok_or("it settles")?;
    assert!((relu - 1.0).abs() < 1e-12, "{relu}");
    Ok(())
}

#[test]
fn a_shallower_weight_flips_tanh_from_ordered_to_chaotic() {
    let chi = |weight| {
        let spread = Spread { weight, ..THIRD };
        fixed_point(Curve::Tanh, &spread).map_or(f64::NAN, |point| point.chi)
    };
    assert!(chi(0.9) < 1.0);
    assert!(chi(2.5) > 1.0);
}

#[test]
fn what_grows_without_bound_has_no_fixed_point() {
    let spread = Spread { weight: 2.5, ..HE };
    assert_eq!(fixed_point(Curve::Leaky(0.0), &spread), None);
}

fn chain(steps: Vec<Step>, over: Over) -> Chain {
    let linear = Part::Linear {
        inputs: 100,
        outputs: 100,
        bias: false,
    };
    let norm = Part::Norm {
        over,
        features: 100,
        affine: true,
    };
    Chain {
        inputs: 100,
        parts: vec![linear, norm],
        steps,
    }
}

#[test]
fn a_shortcut_adds_one_and_a_layer_norm_takes_the_variance_away() -> Result<(), NoTheory> {
    let relu = || Step::Activation(Activation::Relu);
    let spreads = [HE, HE];
    let plain = follow(
        &chain(vec![Step::Apply(0), relu()], Over::Row),
        &spreads,
        1.0,
    )?;
    assert!((plain[0].chi - 1.0).abs() < 1e-12 && (plain[0].q - 2.0).abs() < 1e-12);
    // 2/width of the weights and 3/width of the slopes, a quarter of which is the shift.
    assert!(
        (plain[0].bias - 5.0 / 400.0).abs() < 1e-12,
        "{}",
        plain[0].bias
    );
    let skip = follow(
        &chain(vec![Step::Apply(0), relu(), Step::Add(0)], Over::Row),
        &spreads,
        1.0,
    )?;
    assert!((skip[0].chi - 2.0).abs() < 1e-12);
    let norm = follow(
        &chain(vec![Step::Apply(0), Step::Apply(1), relu()], Over::Row),
        &spreads,
        3.0,
    )?;
    assert!(
        (norm[0].chi - 1.0 / (6.0 + NORM_EPSILON)).abs() < 1e-12,
        "{}",
        norm[0].chi
    );
    let batch = follow(
        &chain(vec![Step::Apply(0), Step::Apply(1), relu()], Over::Batch),
        &spreads,
        1.0,
    );
    assert_eq!(batch, Err(NoTheory::BatchNorm));
    let twice = follow(
        &chain(vec![Step::Apply(0), relu(), relu()], Over::Row),
        &spreads,
        1.0,
    );
    assert_eq!(twice, Err(NoTheory::Order));
    Ok(())
}
