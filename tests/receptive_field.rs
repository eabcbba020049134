//! Receptive fields as a person or a script asks for them.

use std::error::Error;
use std::process::Command;

use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

const THREE_CONVOLUTIONS: &str = "fixtures/models/three_convolutions.json";

/// The exit code and the JSON of a question.
fn ask(arguments: &[&str]) -> Result<(Option<i32>, Value), Box<dyn Error>> {
    let output = Command::new(env!("CARGO_BIN_EXE_gradus"))
        .arg("receptive-field")
        .args(arguments)
        .arg("--json")
        .output()?;
    let report = serde_json::from_slice(&output.stdout)?;
    Ok((output.status.code(), report))
}

/// The verdict and the codes of the diagnoses of the first check.
fn judged(arguments: &[&str]) -> Result<(String, Vec<String>), Box<dyn Error>> {
    let (_, report) = ask(arguments)?;
    let check = &report["checks"][0];
    let codes = check["diagnoses"].as_array().into_iter().flatten();
    let codes = codes.filter_map(|diagnosis| diagnosis["code"].as_str());
    let verdict = check["verdict"].as_str().ok_or("no verdict")?;
    Ok((
        verdict.to_owned(),
        codes.map(str::to_owned).collect::<Vec<_>>(),
    ))
}

fn table<'a>(report: &'a Value, key: &str) -> Result<&'a Value, Box<dyn Error>> {
    let tables = report["tables"].as_array().ok_or("no tables")?;
    let found = tables.iter().find(|table| table["key"] == key);
    found.ok_or_else(|| format!("no table `{key}`").into())
}

fn quantity<'a>(report: &'a Value, key: &str) -> Result<&'a Value, Box<dyn Error>> {
    let quantities = report["quantities"].as_array().ok_or("no quantities")?;
    let found = quantities.iter().find(|quantity| quantity["key"] == key);
    Ok(&found.ok_or_else(|| format!("no quantity `{key}`"))?["value"])
}

#[test]
fn each_wrong_number_is_told_with_its_mistake() -> Outcome {
    let expected: &[(&str, &[&str])] = &[
        ("125", &["own-stride"]),
        ("38", &["previous-stride-only"]),
        ("39", &["own-stride-alone"]),
        ("34", &["pool-strides-left-out"]),
        ("1156", &["pool-strides-left-out"]),
        ("34x34=1,156", &["pool-strides-left-out"]),
        ("111", &["started-at-zero", "sum-in-loop"]),
        ("114", &["backward-stride"]),
        ("13", &["last-layer-alone"]),
        ("122", &["output-size"]),
        ("122x122", &["output-size"]),
        ("64", &["dilation-ignored"]),
        ("31", &["pools-left-out"]),
        ("21", &["strides-ignored"]),
        (
            "19",
            &["pools-and-dilation-left-out", "pools-and-strides-left-out"],
        ),
        ("15", &["strides-and-dilation-ignored"]),
        ("62", &["convolution-strides-ignored"]),
        ("77", &["own-stride-no-dilation"]),
        ("128", &["kernel-not-less-one"]),
        ("120", &["kernel-times-dilation"]),
        ("160", &["dilation-as-holes"]),
        ("72", &["kernel-plus-dilation"]),
        ("105", &["kernels-multiplied"]),
        ("12544", &["area-for-side"]),
        ("36", &[]),
        ("17", &[]),
        ("7620480", &[]),
    ];
    for (number, codes) in expected {
        let (verdict, found) = judged(&[THREE_CONVOLUTIONS, "--expect", number])?;
        assert_eq!(verdict, "wrong", "{number}");
        assert_eq!(found, *codes, "{number}");
    }
    Ok(())
}

#[test]
fn the_right_size_is_right_however_it_is_written() -> Outcome {
    for written in [
        "112",
        "112x112",
        "[112 x 112]",
        r"$112\times112$",
        "(112, 112)",
        r"\boxed{112 \times 112}",
    ] {
        let (verdict, _) = judged(&[THREE_CONVOLUTIONS, "--expect", written])?;
        assert_eq!(verdict, "right", "{written}");
    }
    Ok(())
}

#[test]
fn a_wrong_claim_exits_with_1_and_shows_both_sums() -> Outcome {
    let (exit, report) = ask(&[THREE_CONVOLUTIONS, "--expect", "125"])?;
    assert_eq!(exit, Some(1));
    assert_eq!(report["answer"], serde_json::json!([112, 112]));
    let steps = &report["checks"][0]["diagnoses"][0]["steps"];
    assert_eq!(steps[1]["mistaken"], "3 + (2−1)·2 = 5");
    assert_eq!(steps[1]["right"], "3 + (2−1)·1 = 4");
    let (exit, _) = ask(&[THREE_CONVOLUTIONS, "--expect", "112"])?;
    assert_eq!(exit, Some(0));
    Ok(())
}

#[test]
fn a_number_without_a_mistake_says_so() -> Outcome {
    let (_, report) = ask(&[THREE_CONVOLUTIONS, "--expect", "36"])?;
    let reason = report["checks"][0]["reason"].as_str().ok_or("no reason")?;
    assert!(reason.contains("no known mistake gives this"), "{reason}");
    Ok(())
}

#[test]
fn the_network_has_its_other_numbers() -> Outcome {
    let (_, report) = ask(&[THREE_CONVOLUTIONS])?;
    let expected = [
        ("size", serde_json::json!([112, 112])),
        ("jump", serde_json::json!([8, 8])),
        ("start", serde_json::json!([-29, -29])),
        ("centre", serde_json::json!([26.5, 26.5])),
        ("padding", serde_json::json!([29, 29])),
        ("taps", serde_json::json!([112, 112])),
        ("holes", serde_json::json!(false)),
        ("whole", serde_json::json!(false)),
        ("output", serde_json::json!([1, 32, 122, 122])),
    ];
    for (key, value) in expected {
        assert_eq!(*quantity(&report, key)?, value, "{key}");
    }
    for witness in report["witnesses"].as_array().ok_or("no witnesses")? {
        assert_eq!(witness["agreement"], "agree", "{witness}");
    }
    Ok(())
}

/// Padding inside the network takes taps away that lie on the input: 80 wide, not 83.
#[test]
fn at_the_border_the_box_is_not_the_window_cut_by_the_input() -> Outcome {
    let corner = [
        THREE_CONVOLUTIONS,
        "--at",
        "0,0",
        "--claim",
        "box=80x80",
        "--claim",
        "box.first=3",
    ];
    let (exit, report) = ask(&corner)?;
    assert_eq!(exit, Some(0));
    let share = quantity(&report, "border_share")?
        .as_f64()
        .ok_or("a real")?;
    assert!((share - 80.0 * 80.0 / (112.0 * 112.0)).abs() < 1e-12);
    let (_, report) = ask(&[THREE_CONVOLUTIONS, "--at", "60,60"])?;
    assert_eq!(
        *quantity(&report, "box.count")?,
        serde_json::json!(112 * 112)
    );
    Ok(())
}

#[test]
fn a_layer_inside_is_asked_about_by_name() -> Outcome {
    let (exit, _) = ask(&[THREE_CONVOLUTIONS, "--layer", "3", "--expect", "12"])?;
    assert_eq!(exit, Some(0));
    let (exit, report) = ask(&[THREE_CONVOLUTIONS, "--layer", "tree"])?;
    assert_eq!(exit, Some(2));
    assert_eq!(report["error"]["code"], "unknown-layer");
    Ok(())
}

#[test]
fn a_written_working_is_followed_to_its_first_wrong_step() -> Outcome {
    let working = |expect: &str, sizes: &str| -> Result<Value, Box<dyn Error>> {
        let (_, report) = ask(&[THREE_CONVOLUTIONS, "--expect", expect, "--working", sizes])?;
        Ok(report["checks"][0].clone())
    };
    let check = working("125", "3,5,21,29,125")?;
    assert_eq!(check["working"]["first_wrong"], 2);
    assert_eq!(check["working"]["written"], 5);
    assert_eq!(check["working"]["truth"], 4);
    assert_eq!(check["working"]["rest_follows"], false);
    assert_eq!(check["working"]["diagnoses"][0]["code"], "own-stride");

    let lucky = working("112", "3,5,12,16,112")?;
    assert_eq!(lucky["verdict"], "right");
    assert_eq!(lucky["working"]["first_wrong"], 2);

    let derived = working("122x122", "1,3,4,12,16,112")?;
    assert_eq!(derived["working"]["at"], "the answer");
    assert_eq!(derived["working"]["diagnoses"][0]["code"], "output-size");

    let backward = working("112", "13,26,55,110,112")?;
    assert_eq!(backward["working"]["first_wrong"], Value::Null);
    Ok(())
}

#[test]
fn ways_to_grow_are_compared_without_a_model() -> Outcome {
    let (exit, report) = ask(&[
        "--compare-growth",
        "--claim",
        "growth.dilation=exponential",
        "--claim",
        "growth.doubled=exponential",
    ])?;
    assert_eq!(exit, Some(1));
    assert_eq!(report["checks"][0]["verdict"], "wrong");
    assert_eq!(report["checks"][1]["verdict"], "right");
    let last = &table(&report, "size")?["rows"][5];
    assert_eq!(last["pool"], 190);
    assert_eq!(last["stride"], 127);
    assert_eq!(last["dilation"], 25);
    Ok(())
}

#[test]
fn branches_take_the_larger_field() -> Outcome {
    let (exit, _) = ask(&["fixtures/models/residual_graph.json", "--expect", "5"])?;
    assert_eq!(exit, Some(0));
    Ok(())
}

#[test]
fn the_net_is_112_from_every_kind_of_source() -> Outcome {
    let snippet = "nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), \
        nn.Conv2d(4, 16, 5, stride=2, padding=2), nn.ReLU(), nn.MaxPool2d(2), \
        nn.Conv2d(16, 32, 7, dilation=2, padding=3), nn.ReLU())";
    let sources: &[&[&str]] = &[
        &[THREE_CONVOLUTIONS],
        &["fixtures/models/three_convolutions.py:cnn"],
        &["fixtures/models/three_convolutions.ipynb"],
        &["-c", snippet],
    ];
    for source in sources {
        let mut arguments = source.to_vec();
        arguments.extend(["--expect", "112"]);
        assert_eq!(ask(&arguments)?.0, Some(0), "{source:?}");
    }
    let text = std::fs::File::open("fixtures/models/three_convolutions.py")?;
    let piped = Command::new(env!("CARGO_BIN_EXE_gradus"))
        .args(["receptive-field", "-", "--expect", "112"])
        .stdin(text)
        .output()?;
    assert_eq!(piped.status.code(), Some(0));
    Ok(())
}

#[test]
fn without_the_size_of_the_input_one_that_is_large_enough_is_measured() -> Outcome {
    let snippet = "nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.MaxPool2d(2))";
    let (_, report) = ask(&["-c", snippet])?;
    assert_eq!(report["answer"], serde_json::json!([5, 5]));
    assert_eq!(report["witnesses"][0]["agreement"], "agree");
    Ok(())
}

#[test]
fn the_size_before_the_head_is_not_the_field_of_the_whole_network() -> Outcome {
    let (verdict, codes) = judged(&["fixtures/models/alexnet.py:net", "--expect", "195"])?;
    assert_eq!(verdict, "wrong");
    assert_eq!(codes, ["whole-left-out"]);
    Ok(())
}
