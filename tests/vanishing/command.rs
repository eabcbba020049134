//! The command: verdicts, claims, mistakes, comparisons, models from files, nonsense.

use std::process::Command;

use super::{Outcome, ask, finding, quantity, real, table};

/// The network of the sheet, as its source has it.
const SHEET: &str = "fixtures/models/mlpirate.py";

fn verdict(arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let (_, report) = ask(arguments)?;
    Ok(report["answer"].as_str().unwrap_or("none").to_owned())
}

#[test]
fn the_sheets_network_vanishes_by_its_gradients_and_by_its_loss() -> Outcome {
    let (code, report) = ask(&[
        "--expect",
        "vanishing",
        "--claim",
        "parameters=22,145",
        "--claim",
        "linear_layers=44",
        "--claim",
        "linear_modules=3",
    ])?;
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(quantity(&report, "verdict.by_training")?, "vanishing");
    assert_eq!(finding(&report, "plateau")?, "true");
    let (last, constant) = (real(&report, "loss.last")?, real(&report, "loss.constant")?);
    assert!((last / constant - 1.0).abs() < 1e-4, "{last} {constant}");
    assert!(real(&report, "gradient.first")? < 1e-30);
    assert!(real(&report, "gradient.first_float32")?.abs() < f64::MIN_POSITIVE);
    assert_eq!(table(&report, "layers")?.len(), 44);
    assert_eq!(table(&report, "modules")?.len(), 3);
    assert!(
        report["witnesses"].as_array().is_some_and(Vec::is_empty),
        "{}",
        report["witnesses"]
    );
    Ok(())
}

#[test]
fn figures_by_formula() -> Outcome {
    let (code, report) = ask(&[
        "--init",
        "formula",
        "--steps",
        "0",
        "--claim",
        "gradient.first=9.748386141934847e-37 ± 1e-46",
        "--claim",
        "loss.constant=0.5",
    ])?;
    // The second is there only where there is training.
    assert_eq!(code, Some(2), "{report}");
    let (code, report) = ask(&[
        "--init",
        "formula",
        "--claim",
        "loss.constant=0.5081573 ± 1e-7",
        "--claim",
        "loss.last=0.508157 ± 1e-5",
    ])?;
    assert_eq!(code, Some(0), "{report}");
    Ok(())
}

#[test]
fn what_the_key_says_flips_the_outcome() -> Outcome {
    let he = [
        "--untied",
        "--activation",
        "relu",
        "--init",
        "formula:2.449489742783178",
        "--lr",
        "0.01",
    ];
    let (_, report) = ask(&he)?;
    assert_eq!(report["answer"], "healthy");
    assert_eq!(quantity(&report, "verdict.by_training")?, "healthy");
    assert!(real(&report, "loss.last")? < 0.01);
    assert_eq!(finding(&report, "plateau")?, "false");
    let (_, report) = ask(&[
        "--untied",
        "--activation",
        "tanh",
        "--init",
        "formula:1.7320508075688772",
    ])?;
    assert_eq!(report["answer"], "healthy");
    assert_eq!(quantity(&report, "verdict.by_training")?, "exploding");
    assert!(
        quantity(&report, "diverged_at")?
            .as_u64()
            .is_some_and(|step| step < 60)
    );
    let (_, report) = ask(&[
        "--untied",
        "--activation",
        "tanh",
        "--residual",
        "--init",
        "formula",
        "--lr",
        "0.01",
    ])?;
    assert_eq!(report["answer"], "healthy");
    let no_training = ["--steps", "0"];
    for (flags, expected) in [
        (&["--activation", "tanh"][..], "vanishing"),
        (&["--activation", "relu"], "vanishing"),
        (
            &["--activation", "relu", "--init", "he", "--untied"],
            "healthy",
        ),
        (
            &[
                "--activation",
                "relu",
                "--init",
                "he",
                "--untied",
                "--residual",
            ],
            "exploding",
        ),
        (&["--depth", "2"], "healthy"),
    ] {
        let arguments: Vec<&str> = flags.iter().chain(&no_training).copied().collect();
        assert_eq!(verdict(&arguments)?, expected, "{flags:?}");
    }
    Ok(())
}

#[test]
fn a_chain_read_from_a_file_gives_the_same_as_the_flags() -> Outcome {
    let (_, by_flags) = ask(&["--steps", "20"])?;
    let (code, read) = ask(&[SHEET, "--steps", "20"])?;
    assert_eq!(code, Some(0), "{read}");
    assert_eq!(read["quantities"], by_flags["quantities"]);
    assert_eq!(read["tables"], by_flags["tables"]);
    let chain = "nn.Sequential(nn.Linear(42, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, 1))";
    let (_, read) = ask(&["-c", chain, "--steps", "5"])?;
    let (_, by_flags) = ask(&[
        "--depth",
        "1",
        "--width",
        "16",
        "--activation",
        "tanh",
        "--norm",
        "batch",
        "--steps",
        "5",
    ])?;
    assert_eq!(read["quantities"], by_flags["quantities"]);
    Ok(())
}

#[test]
fn what_is_no_chain_is_refused_with_its_reason() -> Outcome {
    for (model, code, word) in [
        (
            "nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())",
            "not-a-chain",
            "Conv2d",
        ),
        (
            "nn.Sequential(nn.Linear(4, 4), nn.Dropout(), nn.Linear(4, 4), nn.Linear(4, 1))",
            "not-a-chain",
            "Dropout",
        ),
        (
            "nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))",
            "too-shallow",
            "2 linear layers",
        ),
        (
            "nn.Sequential(nn.Linear(4, 4), nn.Mish(), nn.Linear(4, 4), nn.Linear(4, 1))",
            "unmeasured-activation",
            "Mish",
        ),
    ] {
        let (exit, error) = ask(&["-c", model])?;
        assert_eq!(exit, Some(2), "{error}");
        assert_eq!(error["error"]["code"], code, "{error}");
        assert!(
            error["error"]["message"]
                .as_str()
                .is_some_and(|message| message.contains(word)),
            "{error}"
        );
    }
    Ok(())
}

#[test]
fn a_wrong_ratio_is_told_with_its_mistake() -> Outcome {
    let judged = |arguments: &[&str]| -> Result<(String, Vec<String>), Box<dyn std::error::Error>> {
        let (_, report) = ask(&[arguments, &["--steps", "0"]].concat())?;
        let check = &report["checks"][0];
        let codes = check["diagnoses"].as_array().into_iter().flatten();
        let codes = codes.filter_map(|diagnosis| diagnosis["code"].as_str().map(str::to_owned));
        Ok((
            check["verdict"].as_str().unwrap_or_default().to_owned(),
            codes.collect(),
        ))
    };
    let (verdict, codes) = judged(&["--untied", "--claim", "ratio=0.25 ± 1%"])?;
    assert_eq!(verdict, "wrong");
    assert!(codes.contains(&"quarter-per-layer".to_owned()), "{codes:?}");
    assert_eq!(
        judged(&["--untied", "--claim", "ratio=0.14 ± 10%"])?,
        ("right".to_owned(), vec![])
    );
    assert_eq!(
        judged(&["--untied", "--claim", "ratio=0.25 ± 10%"])?.0,
        "wrong"
    );
    let (verdict, codes) = judged(&[
        "--untied",
        "--activation",
        "relu",
        "--claim",
        "ratio=0.707 ± 1%",
    ])?;
    assert_eq!(
        (verdict.as_str(), codes),
        ("wrong", vec!["weights-left-out".to_owned()])
    );
    let (_, codes) = judged(&["--untied", "--claim", "ratio=0.02 ± 5%"])?;
    assert_eq!(codes, ["square-for-root"]);
    let (_, codes) = judged(&["--claim", "parameters=699,137"])?;
    assert_eq!(codes, ["tied-counted-anew"]);
    assert_eq!(
        judged(&["--untied", "--claim", "parameters=699,137"])?.0,
        "right"
    );
    let (_, codes) = judged(&["--claim", "linear_layers=42"])?;
    assert_eq!(codes, ["blocks-for-layers"]);
    // 0 is what the gradient rounds to, and what float32 loses it to: which was meant is open.
    assert_eq!(judged(&["--claim", "gradient.first=0"])?.0, "undecided");
    Ok(())
}

#[test]
fn flags_follow_from_the_table_and_come_out_either_way() -> Outcome {
    let (code, report) = ask(&[
        "--steps",
        "0",
        "--untied",
        "--claim",
        "tanh_cures=false",
        "--claim",
        "relu_cannot_vanish=false",
        "--claim",
        "relu_he_cures=true",
        "--claim",
        "residual_cures=true",
    ])?;
    assert_eq!(code, Some(0), "{report}");
    let rows = table(&report, "compare")?;
    assert_eq!(rows.len(), 9);
    for (key, expected) in [
        ("tanh_cures", "false"),
        ("relu_cures", "false"),
        ("relu_he_cures", "true"),
        ("relu_cannot_vanish", "false"),
    ] {
        assert_eq!(finding(&report, key)?, expected, "{key}");
    }
    // Ten blocks: tanh keeps enough where sigmoids do not.
    let (code, report) = ask(&[
        "--steps",
        "0",
        "--untied",
        "--depth",
        "9",
        "--claim",
        "tanh_cures=true",
    ])?;
    assert_eq!(code, Some(0), "{report}");
    // Three blocks: no counter-example.
    let (code, report) = ask(&[
        "--steps",
        "0",
        "--depth",
        "3",
        "--claim",
        "relu_cannot_vanish=true",
    ])?;
    assert_eq!(code, Some(0), "{report}");
    // Nothing to cure in a healthy network.
    let (code, report) = ask(&["--steps", "0", "--depth", "2", "--compare"])?;
    assert_eq!(code, Some(0));
    assert!(finding(&report, "tanh_cures").is_err());
    assert_eq!(finding(&report, "relu_cannot_vanish")?, "true");
    let (code, _) = ask(&["--steps", "0", "--depth", "2", "--claim", "tanh_cures=true"])?;
    assert_eq!(code, Some(2));
    Ok(())
}

#[test]
fn nested_sigmoids_keep_less_than_a_quarter_a_layer() -> Outcome {
    let (code, report) = ask(&[
        "--scalar",
        "--depth",
        "10",
        "--claim",
        "nested.sigmoid_at_zero=3.875220232e-7 ± 1e-16",
        "--claim",
        "quarter_is_the_size=false",
    ])?;
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["witnesses"][0]["agreement"], "agree");
    let (code, _) = ask(&[
        "--scalar",
        "--depth",
        "1",
        "--claim",
        "quarter_is_the_size=true",
    ])?;
    assert_eq!(code, Some(0));
    let (_, report) = ask(&[
        "--scalar",
        "--depth",
        "50",
        "--claim",
        "product.below=1.7763568394e-15 ± 1e-24",
        "--claim",
        "product.above=4.2508e8 ± 0.01%",
        "--claim",
        "product.one=1",
    ])?;
    for check in report["checks"].as_array().ok_or("checks")? {
        assert_eq!(check["verdict"], "right", "{check}");
    }
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() -> Outcome {
    let run = |arguments: &[&str], threads: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_gradus"))
            .args(["vanishing-demo", "--steps", "30", "--json"])
            .args(arguments)
            .env("RAYON_NUM_THREADS", threads)
            .output();
        output.map(|output| output.stdout)
    };
    assert_eq!(run(&[], "1")?, run(&[], "2")?);
    assert_ne!(run(&[], "1")?, run(&["--seed", "1"], "1")?);
    Ok(())
}

#[test]
fn nonsense_is_refused_in_words() -> Outcome {
    for (arguments, exit) in [
        (&["--depth", "0"][..], 2),
        (&["--depth", "1000000"], 2),
        (&["--depth", "-1"], 2),
        (&["--width", "0"], 2),
        (&["--width", "99999999999"], 2),
        (&["--depth", "100000", "--width", "1000000", "--untied"], 2),
        (&["--init", "normal:-1"], 2),
        (&["--init", "normal:nan"], 2),
        (&["--init", "normal"], 2),
        (&["--init", "formula:inf"], 2),
        (&["--init", "kaiming"], 2),
        (&["--lr", "nan"], 2),
        (&["--lr", "-1"], 2),
        (&["--batch", "0"], 2),
        (&["--seeds", "0"], 2),
        (&["--tied", "--untied"], 2),
        (&["net.py", "--depth", "3"], 2),
        (&["--activation", "swish"], 2),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_gradus"))
            .arg("vanishing-demo")
            .args(arguments)
            .output()?;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {error}");
        assert!(
            !error.is_empty() && !error.contains("panicked"),
            "{arguments:?}: {error}"
        );
    }
    Ok(())
}

#[test]
fn what_is_too_large_or_runs_away_is_answered_as_far_as_it_goes() -> Outcome {
    let (code, report) = ask(&["--width", "20000", "--untied", "--expect", "vanishing"])?;
    assert_eq!(code, Some(3), "{report}");
    assert_eq!(report["status"], "partial");
    assert!((real(&report, "ratio.fixed_point")? - 0.1414).abs() < 1e-3);
    let (code, report) = ask(&["--depth", "3", "--lr", "1e30", "--steps", "5"])?;
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(quantity(&report, "verdict.by_training")?, "exploding");
    // σ = 0: every gradient but the last bias's is 0, and no ratio is a number.
    let (_, report) = ask(&["--init", "normal:0", "--steps", "2", "--depth", "3"])?;
    assert_eq!(report["answer"], "vanishing");
    // Weights so large that everything overflows.
    let (_, report) = ask(&[
        "--init",
        "normal:1e20",
        "--activation",
        "identity",
        "--steps",
        "2",
        "--depth",
        "30",
    ])?;
    assert_eq!(report["answer"], "exploding");
    Ok(())
}
