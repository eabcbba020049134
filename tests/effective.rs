//! `receptive-field --effective`: the law of stacked kernels, theory beside measurement, what it refuses.

use std::error::Error;

use serde_json::Value;

use super::process::{gradus, json};

type Outcome = Result<(), Box<dyn Error>>;

/// The command about stacked convolutions with equal positive weights, on an input that they just see.
fn stacked(layers: usize, more: &[&str]) -> Result<(Value, Option<i32>), Box<dyn Error>> {
    let code = format!("nn.Sequential(*[nn.Conv2d(1, 1, 3, padding=1) for _ in range({layers})])");
    let input = format!("1x1x{0}x{0}", 2 * layers + 1);
    let asked = ["receptive-field", "-c", &code, "--input", &input];
    let effective = ["--effective", "--ones", "--inputs", "2"];
    json(&[&asked[..], &effective, more].concat())
}

fn real(report: &Value, key: &str) -> Result<f64, Box<dyn Error>> {
    let quantities = report["quantities"].as_array().ok_or("quantities")?;
    let found = quantities.iter().find(|quantity| quantity["key"] == key);
    let value = &found.ok_or_else(|| format!("no {key}: {quantities:?}"))?["value"];
    Ok(value.as_f64().ok_or("a number")?)
}

#[test]
fn equal_kernels_follow_the_root_of_their_number() -> Outcome {
    for (layers, law) in [(5, "1.826"), (10, "2.582"), (20, "3.651"), (40, "5.164")] {
        let keys = ["sd.h", "sd.w", "law", "theory.h"];
        let claims: Vec<String> = (keys.iter())
            .map(|key| format!("effective.{key}={law}"))
            .collect();
        let claims = claims.iter().flat_map(|claim| ["--claim", claim.as_str()]);
        let (report, exit) = stacked(layers, &claims.collect::<Vec<_>>())?;
        assert_eq!(exit, Some(0), "{layers}: {}", report["checks"]);
    }
    Ok(())
}

#[test]
fn the_effective_share_shrinks_with_depth() -> Outcome {
    let share = |layers| real(&stacked(layers, &[])?.0, "effective.share");
    let (shallow, deep) = (share(5)?, share(20)?);
    assert!(deep < 0.5 * shallow, "{shallow} {deep}");
    Ok(())
}

/// A block with a shortcut, strides, a maximum pool, dilation and a join.
const BRANCHED: &str = "
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 5, stride=2, padding=2)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.one = nn.Conv2d(8, 8, 3, padding=1)
        self.two = nn.Conv2d(8, 8, 3, padding=2, dilation=2)
        self.last = nn.Conv2d(16, 4, 3, padding=1)

    def forward(self, x):
        x = self.pool(F.relu(self.first(x)))
        y = F.relu(x + self.one(x))
        return self.last(torch.cat([y, F.relu(self.two(y))], dim=1))

net = Net()
";

const ASKED: [&str; 10] = [
    "receptive-field",
    "-c",
    BRANCHED,
    "--input",
    "1x3x48x40",
    "--effective",
    "--inputs",
    "60",
    "--networks",
    "15",
];

#[test]
fn theory_and_measurement_agree_where_branches_meet() -> Outcome {
    let (report, exit) = json(&ASKED)?;
    assert_eq!(exit, Some(0));
    assert_eq!(report["status"], "complete", "{}", report["reasons"]);
    for axis in ["h", "w"] {
        let found = real(&report, &format!("effective.sd.{axis}"))?;
        let theory = real(&report, &format!("effective.theory.{axis}"))?;
        assert!((found / theory - 1.0).abs() < 0.15, "{found} {theory}");
    }
    let witnesses = report["witnesses"].as_array().ok_or("witnesses")?;
    let of_spread = witnesses.iter().filter(|witness| {
        let quantity = witness["quantity"].as_str();
        quantity.is_some_and(|quantity| quantity.contains("spread"))
    });
    assert_eq!(of_spread.count(), 2);
    let series = report["series"].as_array().ok_or("series")?;
    let map = series
        .iter()
        .find(|series| series["key"] == "effective-map");
    let cells = &map.ok_or("a map")?["curves"][0];
    let weights = cells["weights"].as_array().ok_or("weights")?;
    assert_eq!(
        Some(weights.len()),
        cells["points"].as_array().map(Vec::len)
    );
    assert!(weights.iter().any(|weight| weight == 1.0));
    Ok(())
}

#[test]
fn the_seed_decides_every_digit() -> Outcome {
    let first = gradus(&ASKED)?.stdout;
    assert_eq!(first, gradus(&ASKED)?.stdout);
    let other = gradus(&[&ASKED[..], &["--seed", "1"]].concat())?;
    assert_ne!(first, other.stdout);
    Ok(())
}

#[test]
fn a_sequence_has_one_axis() -> Outcome {
    let code = "nn.Sequential(nn.Conv1d(2, 4, 9), nn.ReLU(), nn.Conv1d(4, 4, 5, dilation=2))";
    let asked = [
        "receptive-field",
        "-c",
        code,
        "--input",
        "1x2x64",
        "--effective",
    ];
    let (report, exit) = json(&asked)?;
    assert_eq!(exit, Some(0));
    // 80/12 + 4·24/12.
    let law = (80.0_f64 / 12.0 + 8.0).sqrt();
    assert!((real(&report, "effective.law")? - law).abs() < 1e-12);
    assert!(real(&report, "effective.sd.l")? > 0.0);
    Ok(())
}

#[test]
fn what_cannot_be_measured_is_said_and_the_rest_stands() -> Outcome {
    for (code, more, reason) in [
        (
            "nn.Sequential(nn.Conv2d(1, 1, 3), nn.Flatten(), nn.Linear(36, 2))",
            &["--input", "1x1x8x8"][..],
            "Flatten",
        ),
        (
            "nn.Conv2d(1, 1, 3, padding_mode='circular', padding=1)",
            &["--input", "1x1x8x8"],
            "not zeros",
        ),
        ("nn.Conv2d(1, 1, 3)", &[], "size of the input"),
        (
            "nn.Conv2d(1, 1, 3)",
            &["--input", "1x1x4000x4000", "--max-memory", "50"],
            "max-memory",
        ),
        (
            "nn.Conv2d(512, 512, 3)",
            &["--input", "1x512x120x120"],
            "half a minute",
        ),
        (
            "nn.Conv2d(1, 1, 3, padding=9)",
            &["--input", "1x1x8x8", "--at", "0,0"],
            "padding alone",
        ),
    ] {
        let asked = ["receptive-field", "-c", code, "--effective"];
        let (report, exit) = json(&[&asked[..], more].concat())?;
        assert_eq!(exit, Some(0), "{code}: {report}");
        let reasons = report["reasons"].to_string();
        assert!(reasons.contains(reason), "{code}: {reasons}");
    }
    for wrong in [
        &["--effective", "--inputs", "0"][..],
        &["--effective", "--networks", "0"],
        &["--ones"],
        &["--effective", "--inputs", "x"],
    ] {
        let asked = ["receptive-field", "-c", "nn.Conv2d(1, 1, 3)"];
        let more = ["--input", "1x1x8x8"];
        let output = gradus(&[&asked[..], &more, wrong].concat())?;
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
    Ok(())
}
