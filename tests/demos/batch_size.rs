//! `batch-size-demo`: doubling helps where noise counts, not where curvature does, and halves only with twice the rate.

use super::told::{ask, finding, judged, number, refused, repeats, rows, witnesses_agree};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Small enough for a test, with noise that counts at small batches.
const LARGE: &[&str] = &[
    "batch-size-demo",
    "--batch",
    "128",
    "--batches",
    "128",
    "--seeds",
    "60",
    "--samples",
    "1000",
];
const SCALED: &[&str] = &[
    "batch-size-demo",
    "--batch",
    "4",
    "--batches",
    "4",
    "--seeds",
    "60",
    "--samples",
    "1000",
    "--scale-rate",
    "--lr",
    "0.002",
];

#[test]
fn iterations_fall_to_those_without_noise() -> Outcome {
    let report = ask(&["batch-size-demo"])?;
    assert_eq!(finding(&report, "fewer_iterations"), "true");
    assert_eq!(finding(&report, "half_the_iterations"), "false");
    assert!(witnesses_agree(&report));
    let rows = rows(&report, "batches");
    let means: Vec<f64> = rows.iter().filter_map(|row| row["mean"].as_f64()).collect();
    assert_eq!(means.len(), 9);
    let least = number(&report, "iterations.gd");
    // Another implementation, on other data: 2944, 1433, 1018 … 877, and 867 without noise.
    assert!(
        means[0] > 1.5 * means[1] && means[1] > means[2],
        "{means:?}"
    );
    assert!((means[8] / least - 1.0).abs() < 0.03, "{means:?}, {least}");
    let samples: Vec<f64> = rows
        .iter()
        .filter_map(|row| row["samples"].as_f64())
        .collect();
    assert!(samples[8] > 10.0 * samples[2], "{samples:?}");
    Ok(())
}

#[test]
fn large_batches_save_nothing() -> Outcome {
    let report = ask(LARGE)?;
    assert_eq!(finding(&report, "fewer_iterations"), "false");
    assert_eq!(finding(&report, "half_the_iterations"), "false");
    let (verdict, codes) = judged(LARGE, "fewer_iterations=true")?;
    assert_eq!(
        (verdict.as_str(), codes),
        ("wrong", vec!["always-fewer".to_owned()])
    );
    Ok(())
}

#[test]
fn twice_the_rate_with_twice_the_batch_halves() -> Outcome {
    let report = ask(SCALED)?;
    assert_eq!(finding(&report, "half_the_iterations"), "true");
    assert_eq!(finding(&report, "fewer_iterations"), "true");
    Ok(())
}

#[test]
fn what_does_not_arrive_is_open() -> Outcome {
    let report = ask(&[
        "batch-size-demo",
        "--batch",
        "1",
        "--batches",
        "1",
        "--limit",
        "100",
    ])?;
    assert_eq!(finding(&report, "fewer_iterations"), "open");
    assert_eq!(finding(&report, "half_the_iterations"), "open");
    let fast = ask(&[
        "batch-size-demo",
        "--batch",
        "1",
        "--batches",
        "1",
        "--lr",
        "10",
    ])?;
    assert_eq!(finding(&fast, "fewer_iterations"), "open");
    assert!(witnesses_agree(&fast));
    Ok(())
}

#[test]
fn claims_are_judged_and_mistakes_named() -> Outcome {
    let plain = &["batch-size-demo", "--batches", "2"];
    for (claim, verdict, code) in [
        ("fewer_iterations=true", "right", None),
        (
            "fewer_iterations=false",
            "wrong",
            Some("epochs-for-iterations"),
        ),
        (
            "half_the_iterations=true",
            "wrong",
            Some("iterations-in-proportion"),
        ),
        ("half_the_iterations=false", "right", None),
        ("ratio=2.00", "wrong", Some("iterations-in-proportion")),
    ] {
        let (found, codes) = judged(plain, claim)?;
        assert_eq!(found, verdict, "{claim}");
        assert_eq!(codes.first().map(String::as_str), code, "{claim}");
    }
    Ok(())
}

#[test]
fn nonsense_is_refused_and_the_rest_repeats() -> Outcome {
    refused(
        "batch-size-demo",
        &[
            &["--batch=0"],
            &["--batches=1.5"],
            &["--batches=nan"],
            &["--batches=1e300"],
            &["--samples=10"],
            &["--samples=1000000", "--dims=200"],
            &["--dims=0"],
            &["--lr=0"],
            &["--lr=inf"],
            &["--factor=1"],
            &["--noise=0"],
            &["--condition=0.1"],
            &["--seeds=1"],
            &["--limit=0"],
            &["--batches=100000", "--limit=10000000"],
        ],
    )?;
    repeats(&["batch-size-demo", "--seed", "3"])
}
