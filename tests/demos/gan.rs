//! `gan-demo`: another implementation's figures, every statement both ways, mistakes and nonsense.

use std::error::Error;

use serde_json::Value;

use super::asked::{Outcome, claims, entry, findings, line, nonsense, number};
use crate::process::gradus;

/// The figures of another implementation (`fixtures/reference/README.md`).
const REFERENCE: &str = include_str!("../../fixtures/reference/gan.json");

fn ask(arguments: &str) -> Result<(Value, Option<i32>), Box<dyn Error>> {
    line("gan-demo", arguments)
}

fn close(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap_or(f64::NAN);
    assert!(
        (found - expected).abs() <= 1e-10 * expected.abs(),
        "{what}: {found} {expected}"
    );
}

#[test]
fn losses_gradients_and_slopes_are_those_of_another_implementation() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    let (report, code) = ask("")?;
    assert_eq!(code, Some(0));
    for (key, name) in [
        ("loss.best", "D loss at D* (pg!=px)"),
        ("loss.best", "= 2log2-2JSD"),
        ("loss.equilibrium", "D loss at D*=1/2 (pg=px)"),
        ("loss.equilibrium", "2 log 2"),
        ("gradient.apart", "|grad G| non-saturating, pg!=px"),
        ("gradient.apart_saturating", "|grad G| saturating, pg!=px"),
    ] {
        close(number(&report, key), &reference[name], name);
    }
    assert!(number(&report, "gradient.equal") < 1e-15);
    let table = |key: &str| entry(&report, "tables", key)["rows"].clone();
    for (place, d) in [0.2, 0.4, 0.6, 0.8].into_iter().enumerate() {
        assert_eq!(reference["discrete: D*"][place], d);
        let row = &table("values")[place];
        let found = row["best"].as_f64().ok_or("no D")?;
        assert!((found - d).abs() < 1e-12);
    }
    let slopes = &reference["fake logit s: grad of log(1-D) and of -log D wrt s"];
    for (row, expected) in table("slopes")
        .as_array()
        .ok_or("no rows")?
        .iter()
        .zip(slopes.as_array().ok_or("no slopes")?)
    {
        for (place, key) in ["logit", "saturating", "non_saturating"]
            .into_iter()
            .enumerate()
        {
            close(row[key].as_f64().ok_or("no cell")?, &expected[place], key);
        }
    }
    Ok(())
}

#[test]
fn detaching_and_a_head_start_do_what_another_implementation_says() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    let (report, _) = ask("")?;
    assert!(number(&report, "detach.difference") <= 1e-15);
    assert_eq!(reference["D step: max |grad D detach - no detach|"], 0.0);
    // Nets and draws are others: the same sign and size.
    assert!((0.005..5.0).contains(&number(&report, "detach.generator")));
    assert!(number(&report, "detach.cosine") < -0.9);
    let runs = &reference["1-D GAN theta*=2, D starts pointing the wrong way"];
    for (key, run) in [("theta", "pretrain 0"), ("theta.led", "pretrain 200")] {
        let expected = runs[run]["theta_after_10"].as_f64().ok_or("no run")?;
        let share = number(&report, key) / expected;
        assert!((0.4..1.5).contains(&share), "{key}: {share}");
    }
    Ok(())
}

#[test]
fn every_statement_comes_out_either_way() -> Outcome {
    findings(
        "gan-demo",
        &[
            ("", "high_discriminator_loss", "false"),
            ("--sureness 0", "high_discriminator_loss", "false"),
            (
                "--target 10 --loss saturating --sureness 0.1",
                "high_discriminator_loss",
                "true",
            ),
            ("--sureness 1", "high_discriminator_loss", "open"),
            ("", "backpropagate_into_generator", "false"),
            ("--shared", "backpropagate_into_generator", "true"),
            ("", "sample_latent", "true"),
            ("--prior 3,2", "sample_latent", "false"),
            ("", "head_start", "arguable"),
            ("--far 2", "head_start", "true"),
            ("--start 5", "head_start", "false"),
            ("--pretrain 0", "head_start", "open"),
            ("", "train_on", "false"),
            (
                "--discriminator 0.9,0.1,0.6,0.4 --generated 0.1,0.2,0.3,0.4",
                "train_on",
                "false",
            ),
            ("--discriminator 0.45,0.46,0.47,0.48", "train_on", "true"),
            ("--discriminator 0.48,0.47,0.46,0.45", "train_on", "false"),
            ("--discriminator 0.2,0.4,0.6,0.8", "train_on", "open"),
        ],
    )
}

#[test]
fn claims_are_judged_and_mistakes_named() -> Outcome {
    claims(
        "gan-demo",
        &[
            ("", "high_discriminator_loss=false", ""),
            ("", "high_discriminator_loss=true", "fooled-is-good"),
            ("", "backpropagate_into_generator=true", "gradient-for-both"),
            ("--shared", "backpropagate_into_generator=true", ""),
            ("", "sample_latent=false", "any-latent"),
            ("--prior 3,2", "sample_latent=true", "any-latent"),
            ("", "train_on=true", "equilibrium-as-failure"),
            ("", "loss.equilibrium=1.386", ""),
            ("", "loss.equilibrium=0.693", "one-log"),
        ],
    )?;
    for said in ["true", "false"] {
        let (open, exit) = ask(&format!("--claim head_start={said}"))?;
        assert_eq!(exit, Some(3));
        let readings = open["checks"][0]["readings"].as_array();
        assert_eq!(readings.map(Vec::len), Some(2), "{said}");
    }
    Ok(())
}

#[test]
fn the_witnesses_agree_in_every_form() -> Outcome {
    for line in [
        "--data 0.5,0.5 --generated 0.999,0.001",
        "--data 1/3,1/3,1/3 --generated 0.000002,0.5,0.499998",
        "--target -20 --far -20",
        "--target 0",
        "--start 10 --sureness 10",
        "--pretrain 2000",
        "--prior -100,0.01",
        "--prior 100,100",
        "--shared --seed 7",
    ] {
        let (report, code) = ask(line)?;
        assert_eq!(code, Some(0), "{line}: {}", report["witnesses"]);
    }
    Ok(())
}

#[test]
fn nonsense_is_told() -> Outcome {
    nonsense(
        "gan-demo",
        &[
            ("--data 0.5,0.6", "adds up to 1.1"),
            ("--data 1", "1 values"),
            ("--data 0,1 --generated 0.5,0.5", "above 1e-6"),
            ("--data -0.5,1.5", "above 1e-6"),
            ("--data nan,1", "finite"),
            ("--data 0.5,0.5", "4 values"),
            ("--discriminator 0.5", "as many"),
            ("--discriminator 0,0.5,0.5,1", "below 1"),
            ("--target 1e9", "--target"),
            ("--far inf", "finite"),
            ("--sureness 11", "--sureness"),
            ("--start -11", "--start"),
            ("--pretrain -1", "--pretrain"),
            ("--pretrain 100000000", "--pretrain"),
            ("--prior 1", "two"),
            ("--prior 0,0", "--prior"),
            ("--loss hinge", "hinge"),
            ("--claim train=true", "train"),
        ],
    )
}

#[test]
fn the_seed_decides_every_digit() -> Outcome {
    let bytes = |seed: &str| -> Result<Vec<u8>, Box<dyn Error>> {
        Ok(gradus(&["gan-demo", "--seed", seed])?.stdout)
    };
    assert_eq!(bytes("3")?, bytes("3")?);
    assert_ne!(bytes("3")?, bytes("4")?);
    Ok(())
}
