//! `--device` where there is no card to be had: what is refused, in which words, and what is not.

use std::error::Error;

use serde_json::Value;

use crate::process::{gradus, json};

type Outcome = Result<(), Box<dyn Error>>;

const SHAPE: [&str; 5] = ["shape", "-c", "nn.Linear(3, 4)", "--input", "2x3"];
const SMALL: [&str; 7] = [
    "vanishing-demo",
    "--depth",
    "2",
    "--width",
    "4",
    "--steps",
    "2",
];

fn on<'a>(question: &[&'a str], device: &'a str) -> Vec<&'a str> {
    [question, &["--device", device]].concat()
}

/// What a refusal says: its code, its message and its advice.
fn refusal(arguments: &[&str]) -> Result<(String, String, String), Box<dyn Error>> {
    let (object, exit) = json(arguments)?;
    assert_eq!(exit, Some(2), "{arguments:?}: {object}");
    let error = &object["error"];
    let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
    Ok((text("code"), text("message"), error["help"].to_string()))
}

/// The note about the device.
fn note(object: &Value) -> Option<&str> {
    let mut notes = object["notes"].as_array()?.iter();
    notes.find(|note| note["code"] == "device")?["text"].as_str()
}

#[test]
fn a_question_that_measures_on_the_cpu_only_says_so() -> Outcome {
    let field = [
        "receptive-field",
        "-c",
        "nn.Conv2d(1, 1, 3)",
        "--input",
        "1x1x9x9",
    ];
    for (question, name) in [
        (&SHAPE[..], "shape"),
        (&field, "receptive-field without --effective"),
        (&["vanishing-demo", "--scalar"], "vanishing-demo --scalar"),
        (&["dropout-placement"], "dropout-placement"),
    ] {
        for device in ["cuda", "cuda:1"] {
            let (code, message, help) = refusal(&on(question, device))?;
            assert_eq!(code, "device");
            assert_eq!(message, format!("`{name}` measures on the CPU only"));
            assert!(
                help.contains(
                    "receptive-field --effective, vanishing-demo without --scalar, engine-check"
                ),
                "{help}"
            );
        }
        let (object, exit) = json(&on(question, "auto"))?;
        assert_eq!(exit, Some(0));
        let said =
            format!("measured on the CPU (--device auto): `{name}` measures on the CPU only");
        assert_eq!(note(&object), Some(said.as_str()));
    }
    Ok(())
}

#[test]
#[cfg(not(feature = "cuda"))]
fn a_build_without_cuda_says_so_and_how_to_have_one() -> Outcome {
    let effective = "receptive-field -c nn.Conv2d(1,1,3) --input 1x1x9x9 --effective";
    let effective: Vec<&str> = effective.split(' ').collect();
    for question in [&SMALL[..], &["engine-check"], &effective] {
        let (code, message, help) = refusal(&on(question, "cuda"))?;
        assert_eq!(code, "device");
        assert_eq!(message, "this gradus is built without CUDA");
        assert!(help.contains("--features cuda") && help.contains("--device cpu"));
    }
    let (object, exit) = json(&on(&SMALL, "auto"))?;
    assert_eq!(exit, Some(0));
    let said = "measured on the CPU (--device auto): this gradus is built without CUDA";
    assert_eq!(note(&object), Some(said));
    Ok(())
}

#[test]
fn a_word_that_is_no_device_is_a_slip_of_usage() -> Outcome {
    for word in [
        "moon",
        "cuda:",
        "cuda:-1",
        "cuda:x",
        "cuda:70000",
        "CUDA",
        "",
    ] {
        let (code, message, help) = refusal(&[&SHAPE[..], &["--device", word]].concat())?;
        assert_eq!(code, "usage", "{word}");
        assert_eq!(message, format!("there is no device `{word}`"));
        assert!(help.contains("cuda:N"), "{help}");
    }
    Ok(())
}

#[test]
fn the_cpu_is_the_default_and_goes_without_saying() -> Outcome {
    let plain = gradus(&SMALL)?;
    assert_eq!(plain.status.code(), Some(0));
    let asked = gradus(&on(&SMALL, "cpu"))?;
    assert_eq!(plain.stdout, asked.stdout);
    assert!(!String::from_utf8(plain.stdout)?.contains("device"));
    Ok(())
}
