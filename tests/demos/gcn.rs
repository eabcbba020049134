//! `gcn-demo`: another implementation's figures, every statement both ways, mistakes, and graphs that are none.

use std::error::Error;
use std::fs;

use serde_json::Value;

use super::asked::{Outcome, claims, entry, findings, line, nonsense, number};
use crate::process::{gradus, json};

/// The figures of another implementation (`fixtures/reference/README.md`).
const REFERENCE: &str = include_str!("../../fixtures/reference/gcn.json");

fn ask(arguments: &str) -> Result<(Value, Option<i32>), Box<dyn Error>> {
    line("gcn-demo", arguments)
}

fn finding<'a>(report: &'a Value, key: &str) -> &'a str {
    entry(report, "statements", key)["finding"]
        .as_str()
        .unwrap_or("absent")
}

#[test]
fn zeroing_changes_what_another_implementation_says() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    for order in ["1", "2", "3"] {
        let (report, code) = ask(&format!("--q {order}"))?;
        assert_eq!(code, Some(0));
        let changed =
            &reference["rows changed by the bug (q=1,2,3), |diff|>1e-12 before phi"][order];
        let changed = changed.as_array().ok_or("no list")?;
        assert_eq!(
            entry(&report, "quantities", "changed")["value"],
            changed.len()
        );
        let names: Vec<String> = changed.iter().map(ToString::to_string).collect();
        let rows = entry(&report, "tables", "orders")["rows"]
            .as_array()
            .ok_or("no rows")?;
        let last = rows.last().ok_or("no row")?;
        assert!(
            last.to_string()
                .contains(&format!("\"{}\"", names.join(", "))),
            "{last}"
        );
        for key in ["influence", "bias.distance"] {
            assert_eq!(entry(&report, "quantities", key)["value"], 0.0, "{key}");
        }
    }
    let (one, _) = ask("--q 1")?;
    let (three, _) = ask("")?;
    let close = |found: f64, expected: &Value| {
        let expected = expected.as_f64().unwrap_or(f64::NAN);
        assert!(
            (found - expected).abs() <= 1e-10 * expected,
            "{found} {expected}"
        );
    };
    let deleted = &reference["vs node really deleted (degrees recomputed), max diff q=1, q=3"];
    close(number(&one, "deleted.distance"), &deleted[0]);
    close(number(&three, "deleted.distance"), &deleted[1]);
    assert!(number(&one, "zero_features.distance") < 1e-12);
    close(
        number(&three, "zero_features.distance"),
        &reference["q=3: same comparison"],
    );
    Ok(())
}

#[test]
fn receptive_fields_are_those_of_another_implementation() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    let cases = reference["receptive field"].as_array().ok_or("no cases")?;
    assert_eq!(cases.len(), 5);
    for case in cases {
        let (report, code) = ask(&format!(
            "--path 41 --q {} --layers {}",
            case["q"], case["layers"]
        ))?;
        assert_eq!(code, Some(0));
        for key in ["field", "field.measured"] {
            assert_eq!(
                entry(&report, "quantities", key)["value"],
                case["size"],
                "{case}"
            );
        }
    }
    // The same kind of graph, drawn otherwise: 60 nodes and 68 edges.
    let mut means = Vec::new();
    for line in [
        "--q 1 --layers 1",
        "--q 2 --layers 1",
        "--q 1 --layers 3",
        "--q 2 --layers 2",
        "--q 3 --layers 2",
    ] {
        let (report, _) = ask(&format!("--random 60:68 {line}"))?;
        assert_eq!(entry(&report, "quantities", "differing")["value"], 0);
        means.push(number(&report, "field.mean"));
    }
    for (found, (least, most)) in means.iter().zip([
        (2.5, 3.7),
        (5.0, 11.0),
        (10.0, 22.0),
        (15.0, 32.0),
        (25.0, 48.0),
    ]) {
        assert!((least..most).contains(found), "{means:?}");
    }
    Ok(())
}

#[test]
fn every_statement_comes_out_either_way() -> Outcome {
    findings(
        "gcn-demo",
        &[
            ("", "zeroed_row_is_bias", "true"),
            ("--operator normalised", "zeroed_row_is_bias", "true"),
            ("--from 0", "zeroed_row_is_bias", "false"),
            ("", "row_is_node", "true"),
            ("--random 300:900", "row_is_node", "true"),
            ("--nodes columns", "row_is_node", "false"),
            ("--random 5:0", "row_is_node", "open"),
            (
                "--complete 4 --q 2 --coefficients 4,-1",
                "row_is_node",
                "open",
            ),
            ("", "same_as_deleted", "false"),
            ("--q 1 --operator normalised", "same_as_deleted", "false"),
            ("--operator adjacency", "same_as_deleted", "true"),
            ("--random 5:0", "same_as_deleted", "true"),
            ("", "field_is_hops", "true"),
            ("--operator normalised", "field_is_hops", "true"),
            ("--random 2000:6000", "field_is_hops", "true"),
            (
                "--complete 4 --q 2 --coefficients 4,-1",
                "field_is_hops",
                "false",
            ),
            (
                "--complete 4 --q 2 --coefficients 4,-1.5",
                "field_is_hops",
                "true",
            ),
            (
                "--operator adjacency --q 1 --layers 1",
                "field_is_hops",
                "false",
            ),
            (
                "--operator adjacency --q 1 --layers 1 --from 0",
                "field_is_hops",
                "true",
            ),
            ("--random 5:0", "field_is_hops", "open"),
        ],
    )
}

#[test]
fn claims_are_judged_and_mistakes_named() -> Outcome {
    claims(
        "gcn-demo",
        &[
            ("", "zeroed_row_is_bias=true", ""),
            ("", "zeroed_row_is_bias=false", "bias-forgotten"),
            ("--from 0", "zeroed_row_is_bias=false", ""),
            ("", "same_as_deleted=true", "zeroing-for-deleting"),
            ("", "row_is_node=false", "rows-for-features"),
            ("", "field_is_hops=false", "order-ignored"),
            ("--path 41", "field=13", ""),
            ("--path 41", "field=5", "order-ignored"),
            ("--path 41", "field.measured=7", "layers-ignored"),
            ("--path 41", "field=11", "order-plus-layers"),
            ("--path 41", "field=12", "own-node-left-out"),
            ("--path 41", "hops=5", "order-plus-layers"),
            ("", "changed=5", "neighbours-alone"),
            ("", "changed=1", "one-row-alone"),
        ],
    )?;
    let (open, exit) = ask("--random 5:0 --claim row_is_node=true")?;
    assert_eq!(
        (exit, &open["checks"][0]["verdict"]),
        (Some(3), &Value::from("undecided"))
    );
    Ok(())
}

#[test]
fn a_file_is_asked_about_in_its_own_numbers() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("edges.txt");
    // The sheet's graph, counted from 1, with a weight, a loop, an edge twice and an arrow.
    let edges = "# sheet\n1 2\n2 3 0.5\n3 4\n4 5\n5 6\n6 7\n7 8\n8 9\n9 10\n6 3\n6 -> 9\n1 10\n4 8\n8 4\n2 2\n";
    fs::write(&path, edges)?;
    let path = path.to_string_lossy().into_owned();
    let (report, code) = json(&["gcn-demo", "--graph", &path, "--node", "6", "--q", "1"])?;
    assert_eq!(code, Some(0));
    assert_eq!(entry(&report, "quantities", "edges")["value"], 13);
    assert_eq!(entry(&report, "quantities", "changed")["value"], 5);
    assert!(
        entry(&report, "tables", "orders")
            .to_string()
            .contains("\"3, 5, 6, 7, 9\"")
    );
    let notes = report["notes"].to_string();
    for code in [
        "one-based",
        "weights-ignored",
        "undirected",
        "loops",
        "repeated",
    ] {
        assert!(notes.contains(code), "{code} in {notes}");
    }
    let (report, _) = json(&["gcn-demo", "--graph", &path, "--zero-based"])?;
    assert_eq!(entry(&report, "quantities", "isolated")["value"], 1);
    Ok(())
}

#[test]
fn files_that_are_no_graph_are_refused_at_their_place() -> Outcome {
    let folder = tempfile::tempdir()?;
    for (text, line, column) in [
        ("0 1\n1 2\n2\n", 3, 1),
        ("0 1\n1 -2\n", 2, 3),
        ("0 1\n 1.5 2\n", 2, 2),
        ("0 1 2 3\n", 1, 7),
        ("0 1 x\n", 1, 5),
        ("0 12345678901\n", 1, 3),
        ("0 1\n{\"edges\": 3}\n", 2, 1),
    ] {
        let path = folder.path().join("edges.txt");
        fs::write(&path, text)?;
        let output = gradus(&["gcn-demo", "--json", "--graph", &path.to_string_lossy()])?;
        assert_eq!(output.status.code(), Some(2), "{text:?}");
        let object: Value = serde_json::from_slice(&output.stdout)?;
        let span = &object["error"]["span"];
        assert_eq!(
            (&span["line"], &span["column"]),
            (&line.into(), &column.into()),
            "{text:?}"
        );
    }
    for bytes in [
        &b""[..],
        b"\n",
        b"# remark\n",
        b"7 7\n",
        b"0 1\n\xff\n",
        b"0 1\0",
    ] {
        let path = folder.path().join("edges.txt");
        fs::write(&path, bytes)?;
        let output = gradus(&["gcn-demo", "--json", "--graph", &path.to_string_lossy()])?;
        assert_eq!(output.status.code(), Some(2), "{bytes:?}");
    }
    Ok(())
}

#[test]
fn nonsense_is_told() -> Outcome {
    nonsense(
        "gcn-demo",
        &[
            ("--q 0", "--q"),
            ("--q 21", "--q"),
            ("--layers 0", "--layers"),
            ("--layers 1000", "--layers"),
            ("--from 2", "--from"),
            ("--node 10", "no node 10"),
            ("--node -1", "-1"),
            ("--path 0", "a node at least"),
            ("--path 1e12", "whole number"),
            ("--path nan", "finite"),
            ("--random 60", "N:M"),
            ("--random 4:7", "at most 6 edges"),
            ("--complete 100000", "too large"),
            ("--path 3 --complete 3", "--complete"),
            ("--one-based", "--graph"),
            ("--coefficients 1,2", "do not fit"),
            ("--coefficients 1,2,1e300", "1e-6"),
            ("--coefficients 1,2,inf", "finite"),
            ("--operator cheb", "cheb"),
            ("--graph no-such-file.txt", "no-such-file.txt"),
            ("--claim rows=3", "rows"),
        ],
    )?;
    let (report, code) = ask("--path 100000 --max-memory 1")?;
    assert_eq!(
        (code, &report["status"]),
        (Some(0), &Value::from("partial"))
    );
    assert_eq!(finding(&report, "field_is_hops"), "true");
    Ok(())
}

#[test]
fn the_seed_decides_every_digit() -> Outcome {
    let bytes = |seed: &str| -> Result<Vec<u8>, Box<dyn Error>> {
        Ok(gradus(&["gcn-demo", "--random", "40000:90000", "--seed", seed])?.stdout)
    };
    assert_eq!(bytes("3")?, bytes("3")?);
    assert_ne!(bytes("3")?, bytes("4")?);
    Ok(())
}
