//! `gradus check` and `gradus assignment` as a person or a script runs them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::Value as Json;

use crate::process::{gradus, json};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const NETWORKS: &str = "fixtures/assignments/networks.toml";
const SUMMARY: &str = "fixtures/assignments/summary-sheet.toml";

/// The marks of a submission by id.
fn marks(sheet: &Json) -> BTreeMap<String, Json> {
    let marks = sheet["marks"].as_array().into_iter().flatten();
    marks
        .map(|mark| {
            (
                mark["id"].as_str().unwrap_or_default().to_owned(),
                mark.clone(),
            )
        })
        .collect()
}

/// An item's id, what a person reads as its answer, and what becomes of it.
type Expected = (&'static str, &'static str, &'static str);

/// Every submission of the fixtures.
const READ_BY_A_PERSON: &[(&str, &[Expected])] = &[
    (
        "bold-markers.md",
        &[
            ("field", "112x112", "right"),
            ("output", "(1, 32, 122, 122)", "right"),
            ("weights", "26,848", "right"),
            ("shared-weights", "22,145", "right"),
            ("called-twice", "False", "undecided"),
            ("pooling-weights", "True", "undecided"),
            ("padding-field", "False", "undecided"),
            ("embedded", "torch.Size([5, 6, 7, 8, 42000])", "right"),
        ],
    ),
    (
        "coloured-divs.ipynb",
        &[
            ("field", "125", "wrong"),
            ("output", "(1, 32, 1024, 1024)", "wrong"),
            ("weights", "26848", "right"),
            ("shared-weights", "699,137", "wrong"),
            ("called-twice", "True", "undecided"),
            ("pooling-weights", "True", "undecided"),
            ("padding-field", "False", "undecided"),
            ("embedded", "(5, 6, 7, 8, 42000)", "right"),
        ],
    ),
    (
        "red-font-and-letters.ipynb",
        &[
            ("field", "112 × 112", "right"),
            ("output", "1x32x122x122", "right"),
            ("weights", "26,848", "right"),
            ("shared-weights", "22,145", "right"),
            ("called-twice", "False", "undecided"),
            ("pooling-weights", "TRUE", "undecided"),
            ("padding-field", "True", "undecided"),
            ("embedded", "(5, 6, 7, 8, 42000)", "right"),
        ],
    ),
    (
        "slips-and-latex.md",
        &[
            ("field", "112 × 112", "right"),
            ("output", "1 × 32 × 122 × 122", "right"),
            ("weights", "26,848 parameters", "right"),
            ("shared-weights", "22145", "right"),
            ("called-twice", "F", "undecided"),
            ("pooling-weights", "correct", "undecided"),
            ("padding-field", "true", "undecided"),
            ("embedded", "(5,6,7,8,42000)", "right"),
        ],
    ),
    (
        "printed-output.ipynb",
        &[
            ("field", "112", "right"),
            ("output", "(1, 32, 122, 122)", "right"),
            ("weights", "26848", "right"),
            ("shared-weights", "", "unreadable"),
            ("called-twice", "", "unreadable"),
            ("pooling-weights", "", "unreadable"),
            ("padding-field", "", "unreadable"),
            ("embedded", "", "unreadable"),
        ],
    ),
    (
        "text-form.txt",
        &[
            ("field", "[125 x 125]", "wrong"),
            ("output", "[1, 32, 122, 122]", "right"),
            ("weights", "", "unreadable"),
            ("shared-weights", "22,145 parameters", "right"),
            ("called-twice", "False", "undecided"),
            ("pooling-weights", "True", "undecided"),
            ("padding-field", "False", "undecided"),
            ("embedded", "", "blank"),
        ],
    ),
    (
        "strings.py",
        &[
            ("field", "38", "wrong"),
            ("output", "(1, 32, 122, 122)", "right"),
            ("weights", "26,848", "right"),
            ("shared-weights", "", "blank"),
            ("called-twice", "F", "undecided"),
            ("pooling-weights", "T", "undecided"),
            ("padding-field", "depends", "undecided"),
            ("embedded", "(5, 6, 7, 8, 42000)", "right"),
        ],
    ),
    (
        "answers.json",
        &[
            ("field", "112", "right"),
            ("output", "[1,32,122,122]", "right"),
            ("weights", "26848", "right"),
            ("shared-weights", "699,137", "wrong"),
            ("called-twice", "false", "undecided"),
            ("pooling-weights", "true", "undecided"),
            ("padding-field", "", "blank"),
            ("embedded", "", "unreadable"),
        ],
    ),
    (
        "two-conclusions.md",
        &[
            ("field", "", "unreadable"),
            ("output", "", "unreadable"),
            ("weights", "", "unreadable"),
            ("shared-weights", "", "unreadable"),
            ("called-twice", "", "unreadable"),
            ("pooling-weights", "", "unreadable"),
            ("padding-field", "", "unreadable"),
            ("embedded", "", "unreadable"),
        ],
    ),
    (
        "running-numbers.ipynb",
        &[
            ("field", "122x122", "wrong"),
            ("output", "(32, 122, 122)", "wrong"),
            ("weights", "", "unreadable"),
            ("shared-weights", "22145", "right"),
            ("called-twice", "False", "undecided"),
            ("pooling-weights", "True", "undecided"),
            ("padding-field", "False", "undecided"),
            ("embedded", "(5x6x7x8)x42000", "right"),
        ],
    ),
    (
        "no-markers.ipynb",
        &[
            ("field", "112", "right"),
            ("output", "(1, 32, 122, 122)", "right"),
            ("weights", "26848", "right"),
            ("shared-weights", "22,145", "right"),
            ("called-twice", "False", "undecided"),
            ("pooling-weights", "True", "undecided"),
            ("padding-field", "False", "undecided"),
            ("embedded", "(5, 6, 7, 8, 42000)", "right"),
        ],
    ),
    (
        "letters-in-a-row.md",
        &[
            ("field", "112", "right"),
            ("output", "(1, 32, 122, 122)", "right"),
            ("weights", "26,848", "right"),
            ("shared-weights", "22,145", "right"),
            ("called-twice", "False", "undecided"),
            ("pooling-weights", "True", "undecided"),
            ("padding-field", "False", "undecided"),
            ("embedded", "(5, 6, 7, 8, 42000)", "right"),
        ],
    ),
    (
        "blank.md",
        &[
            ("field", "", "blank"),
            ("output", "", "blank"),
            ("weights", "", "blank"),
            ("shared-weights", "", "blank"),
            ("called-twice", "", "blank"),
            ("pooling-weights", "", "blank"),
            ("padding-field", "", "blank"),
            ("embedded", "", "blank"),
        ],
    ),
];

#[test]
fn every_way_to_mark_an_answer_is_read_as_a_person_reads_it() -> Outcome {
    let (report, code) = json(&["check", NETWORKS, "fixtures/submissions"])?;
    assert_eq!(code, Some(0));
    let sheets = report["submissions"].as_array().ok_or("no submissions")?;
    assert_eq!(sheets.len(), READ_BY_A_PERSON.len());
    let mut differences = Vec::new();
    for (file, expected) in READ_BY_A_PERSON {
        let sheet = sheets
            .iter()
            .find(|sheet| {
                sheet["name"]
                    .as_str()
                    .is_some_and(|name| name.ends_with(file))
            })
            .ok_or_else(|| format!("{file} is missing"))?;
        let marks = marks(sheet);
        assert_eq!(marks.len(), expected.len());
        for (id, written, outcome) in *expected {
            let mark = &marks[*id];
            let (read, came) = (&mark["reading"]["written"], &mark["outcome"]);
            if read != written || came != outcome {
                differences.push(format!(
                    "{file} {id}: {read} {came}, not {written} {outcome}; {mark}"
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

#[test]
fn open_points_are_null_and_totals_a_range() -> Outcome {
    let (report, _) = json(&["check", NETWORKS, "fixtures/submissions/text-form.txt"])?;
    let sheet = &report["submissions"][0];
    let marks = marks(sheet);
    assert_eq!(marks["field"]["points"], 0.0);
    assert_eq!(marks["output"]["points"], 2.0);
    assert!(marks["weights"]["points"].is_null() && marks["called-twice"]["points"].is_null());
    assert_eq!(marks["embedded"]["points"], 0.0);
    // Right: output 2, shared weights 2. Open: weights 2, three statements of 1.
    assert_eq!(sheet["total"]["least"], 4.0);
    assert_eq!(sheet["total"]["most"], 9.0);
    assert_eq!(sheet["total"]["of"], 15.0);
    let person: Vec<&str> = sheet["for_a_person"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    assert_eq!(
        person,
        [
            "weights",
            "called-twice",
            "pooling-weights",
            "padding-field"
        ]
    );
    Ok(())
}

#[test]
fn a_wrong_answer_has_its_mistake() -> Outcome {
    let (report, _) = json(&["check", NETWORKS, "fixtures/submissions"])?;
    let sheets = report["submissions"].as_array().ok_or("no submissions")?;
    let codes = |file: &str, id: &str| -> Vec<String> {
        let sheet = sheets.iter().find(|sheet| {
            sheet["name"]
                .as_str()
                .is_some_and(|name| name.ends_with(file))
        });
        let mark = sheet
            .map(|sheet| marks(sheet)[id].clone())
            .unwrap_or_default();
        let diagnoses = mark["diagnoses"].as_array().cloned().unwrap_or_default();
        diagnoses
            .iter()
            .filter_map(|diagnosis| diagnosis["code"].as_str().map(str::to_owned))
            .collect()
    };
    assert_eq!(
        codes("text-form.txt", "field").first().map(String::as_str),
        Some("own-stride")
    );
    assert!(!codes("strings.py", "field").is_empty());
    assert!(!codes("running-numbers.ipynb", "field").is_empty());
    assert!(
        !codes("running-numbers.ipynb", "output").is_empty(),
        "the batch is missing"
    );
    Ok(())
}

#[test]
fn a_written_working_is_followed() -> Outcome {
    let (report, _) = json(&["check", NETWORKS, "fixtures/submissions/text-form.txt"])?;
    let mark = &marks(&report["submissions"][0])["field"];
    assert_eq!(
        mark["reading"]["working"],
        serde_json::json!([3, 5, 21, 29, 125])
    );
    assert_eq!(mark["working"]["first_wrong"], 2);
    let (report, _) = json(&[
        "check",
        NETWORKS,
        "fixtures/submissions/running-numbers.ipynb",
    ])?;
    let mark = &marks(&report["submissions"][0])["field"];
    // Every size is right, and then another one is concluded.
    assert_eq!(mark["working"]["first_wrong"], 6);
    assert_eq!(mark["working"]["at"], "the answer");
    let reason = mark["reason"].as_str().unwrap_or_default();
    assert!(
        reason.ends_with("the sizes written on the way end at 112"),
        "{reason}"
    );
    Ok(())
}

#[test]
fn the_assignments_own_answers_are_checked() -> Outcome {
    assert_eq!(gradus(&["check", NETWORKS])?.status.code(), Some(0));
    assert_eq!(gradus(&["check", SUMMARY])?.status.code(), Some(0));
    let folder = assignment_with(|text| text.replace("answer = \"112\"", "answer = \"125\""))?;
    let path = folder.path().join("networks.toml");
    let (report, code) = json(&["check", &path.display().to_string()])?;
    assert_eq!(code, Some(1));
    assert_eq!(report["items"][0]["own_answer"]["verdict"], "wrong");
    assert_eq!(
        report["items"][0]["own_answer"]["diagnoses"][0]["code"],
        "own-stride"
    );
    // Against submissions a wrong key changes nothing but is told.
    let output = gradus(&[
        "check",
        &path.display().to_string(),
        "fixtures/submissions/answers.json",
    ])?;
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout)?;
    assert!(
        text.contains("the assignment's own answer to `field`: 125 is wrong"),
        "{text}"
    );
    Ok(())
}

#[test]
fn fail_on_names_what_exits_one() -> Outcome {
    let run = |file: &str, outcome: &str| -> Result<Option<i32>, std::io::Error> {
        let file = format!("fixtures/submissions/{file}");
        Ok(gradus(&["check", NETWORKS, &file, "--fail-on", outcome])?
            .status
            .code())
    };
    assert_eq!(run("coloured-divs.ipynb", "wrong")?, Some(1));
    assert_eq!(run("bold-markers.md", "wrong")?, Some(0));
    assert_eq!(run("bold-markers.md", "wrong,undecided")?, Some(1));
    assert_eq!(run("two-conclusions.md", "unreadable")?, Some(1));
    assert_eq!(run("blank.md", "wrong,undecided,unreadable")?, Some(0));
    assert_eq!(run("blank.md", "typo")?, Some(2));
    Ok(())
}

#[test]
fn one_bad_file_spoils_no_other() -> Outcome {
    let folder = tempfile::tempdir()?;
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes);
    put(
        "a-good.md",
        &fs::read("fixtures/submissions/bold-markers.md")?,
    )?;
    put("b-truncated.ipynb", b"{\"cells\": [")?;
    put("c-not-one.ipynb", b"{\"nbformat\": 4}")?;
    put("d-bytes.txt", &[0xff, 0xfe, 0x00, 0x80])?;
    put("e-broken.zip", b"PK\x03\x04 and no more")?;
    put("f-empty.md", b"")?;
    put("g-list.ipynb", b"[1, 2, 3]")?;
    put("helper.py", b"import torch\n")?;
    let (report, code) = json(&["check", NETWORKS, &folder.path().display().to_string()])?;
    assert_eq!(code, Some(3));
    let sheets = report["submissions"].as_array().ok_or("no submissions")?;
    let failed: Vec<bool> = sheets
        .iter()
        .map(|sheet| sheet["failure"].is_string())
        .collect();
    assert_eq!(failed, [false, true, true, true, true, false, true]);
    assert_eq!(marks(&sheets[0])["field"]["outcome"], "right");
    // An empty sheet has no question on it: nobody is failed for that.
    assert!(
        marks(&sheets[5])
            .values()
            .all(|mark| mark["outcome"] == "unreadable" && mark["points"].is_null())
    );
    Ok(())
}

#[test]
fn an_archive_is_a_submission_for_each_of_its_files() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("class.zip");
    let mut archive = zip::ZipWriter::new(fs::File::create(&path)?);
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [
        (
            "ann/sheet.md",
            fs::read("fixtures/submissions/bold-markers.md")?,
        ),
        (
            "bob/sheet.ipynb",
            fs::read("fixtures/submissions/coloured-divs.ipynb")?,
        ),
        ("bob/.ipynb_checkpoints/sheet.ipynb", b"{}".to_vec()),
        ("cyd/sheet.ipynb", b"no notebook".to_vec()),
        (
            "../../escape.md",
            fs::read("fixtures/submissions/blank.md")?,
        ),
        ("dan/photo.png", vec![0; 8]),
    ] {
        archive.start_file(name, options)?;
        archive.write_all(&bytes)?;
    }
    archive.finish()?;
    let (report, code) = json(&["check", NETWORKS, &path.display().to_string()])?;
    assert_eq!(code, Some(3));
    let sheets = report["submissions"].as_array().ok_or("no submissions")?;
    let names: Vec<&str> = sheets
        .iter()
        .filter_map(|sheet| {
            sheet["name"]
                .as_str()?
                .split_once("class.zip/")
                .map(|(_, name)| name)
        })
        .collect();
    assert_eq!(
        names,
        [
            "../../escape.md",
            "ann/sheet.md",
            "bob/sheet.ipynb",
            "cyd/sheet.ipynb"
        ]
    );
    assert_eq!(marks(&sheets[1])["field"]["outcome"], "right");
    assert_eq!(marks(&sheets[2])["field"]["outcome"], "wrong");
    assert!(sheets[3]["failure"].is_string());
    assert!(!Path::new("../../escape.md").exists());
    Ok(())
}

#[test]
fn a_missing_file_is_told_and_the_others_are_graded() -> Outcome {
    let (report, code) = json(&[
        "check",
        NETWORKS,
        "no-such-file.ipynb",
        "fixtures/submissions/blank.md",
    ])?;
    assert_eq!(code, Some(3));
    assert!(report["submissions"][0]["failure"].is_string());
    assert!(report["submissions"][1]["failure"].is_null());
    Ok(())
}

/// A copy of the fixture's assignment, changed.
fn assignment_with(
    change: impl Fn(String) -> String,
) -> Result<tempfile::TempDir, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    for entry in fs::read_dir("fixtures/assignments")? {
        let path = entry?.path();
        fs::copy(
            &path,
            folder.path().join(path.file_name().ok_or("no name")?),
        )?;
    }
    let text = change(fs::read_to_string(NETWORKS)?);
    fs::write(folder.path().join("networks.toml"), text)?;
    Ok(folder)
}

#[test]
fn a_bad_assignment_is_pointed_at() -> Outcome {
    let cases: &[(&str, &str, &str)] = &[
        ("points = 4", "ponits = 4", "ponits"),
        ("written = \"size\"", "written = \"sise\"", "sise"),
        (
            "ask = \"receptive-field\"",
            "ask = \"receptive-feild\"",
            "there is no question `receptive-feild`",
        ),
        (
            "id = \"output\"",
            "id = \"field\"",
            "the id `field` stands twice",
        ),
        (
            "model = \"three-convolutions.py:cnn\"",
            "model = \"three-convs.py:cnn\"",
            "the model of `field` is not there",
        ),
        (
            "model = \"embedding.py:embedding\"",
            "",
            "`embedded` has no model",
        ),
        (
            "arguments = [\"--input\", \"5x6x7x8\"]",
            "arguments = [\"--inptu\", \"5x6x7x8\"]",
            "do not fit `shape`",
        ),
        ("key = \"parameters\"", "key = \"perimeters\"", "perimeters"),
        (
            "template = \"networks-blank.md\"",
            "template = \"gone.md\"",
            "the blank sheet cannot be read",
        ),
        ("points = 4", "points = -1", "earns -1 points"),
        ("part = 1", "part = 0", "names part 0"),
        (
            "[[question.reading]]\nanswer = \"true\"",
            "[[question.readings]]\nanswer = \"true\"",
            "readings",
        ),
        (
            "title = \"Networks in numbers\"",
            "title = ",
            "cannot be read",
        ),
    ];
    for (from, to, says) in cases {
        let folder = assignment_with(|text| text.replacen(from, to, 1))?;
        let path = folder.path().join("networks.toml");
        let changed = fs::read_to_string(&path)?;
        assert_ne!(changed, fs::read_to_string(NETWORKS)?, "{from}");
        let output = gradus(&[
            "check",
            &path.display().to_string(),
            "fixtures/submissions/blank.md",
        ])?;
        let said = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(2), "{to}: {said}");
        assert!(said.contains(says), "{to}: {said}");
        assert!(
            said.contains('^') && said.contains("networks.toml:"),
            "{to}: {said}"
        );
        assert!(output.stdout.is_empty(), "{to}");
    }
    Ok(())
}

#[test]
fn an_assignment_that_is_not_there_or_empty_is_usage() -> Outcome {
    assert_eq!(gradus(&["check", "no-such.toml"])?.status.code(), Some(2));
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("empty.toml");
    fs::write(&path, "title = 'nothing'\n")?;
    let output = gradus(&["check", &path.display().to_string(), "--json"])?;
    assert_eq!(output.status.code(), Some(2));
    let error: Json = serde_json::from_slice(&output.stdout)?;
    assert_eq!(error["schema"], "gradus.error/1");
    Ok(())
}

#[test]
fn the_model_never_comes_from_the_submission() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("sly.ipynb");
    let sheet = fs::read_to_string("fixtures/submissions/no-markers.ipynb")?;
    let mut notebook: Json = serde_json::from_str(&sheet)?;
    let code = serde_json::json!({"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [],
        "source": ["cnn = nn.Sequential(nn.Conv2d(3, 4, 7))\nwhile True: pass"]});
    notebook["cells"]
        .as_array_mut()
        .ok_or("no cells")?
        .insert(0, code);
    let text = notebook.to_string().replace("\"112\"", "\"7\"");
    fs::write(&path, text)?;
    let (report, _) = json(&["check", NETWORKS, &path.display().to_string()])?;
    let mark = &marks(&report["submissions"][0])["field"];
    assert_eq!(
        (&mark["reading"]["written"], &mark["outcome"]),
        (&"7".into(), &"wrong".into())
    );
    Ok(())
}

#[test]
fn readings_are_shown_with_their_places() -> Outcome {
    let (report, code) = json(&[
        "check",
        NETWORKS,
        "fixtures/submissions/text-form.txt",
        "--show-readings",
    ])?;
    assert_eq!(code, Some(0));
    assert_eq!(report["schema"], "gradus.readings/1");
    let field = &report["submissions"][0]["answers"][0];
    assert_eq!(field["reading"]["place"]["line"], 40);
    assert!(
        field["reading"]["quote"]
            .as_str()
            .is_some_and(|quote| quote.contains("receptive field of one unit is"))
    );
    let output = gradus(&[
        "check",
        NETWORKS,
        "fixtures/submissions/coloured-divs.ipynb",
        "--show-readings",
    ])?;
    let text = String::from_utf8(output.stdout)?;
    assert!(
        text.contains("cell 4, line") && !text.contains("wrong"),
        "{text}"
    );
    Ok(())
}

#[test]
fn every_format_says_the_same() -> Outcome {
    let file = "fixtures/submissions/coloured-divs.ipynb";
    for format in ["table", "markdown", "json", "ndjson"] {
        let output = gradus(&["check", NETWORKS, file, "--format", format, "--id", "run 7"])?;
        let text = String::from_utf8(output.stdout)?;
        for part in ["125", "112", "699,137", "field", "embedded"] {
            assert!(text.contains(part), "{format} has no {part}: {text}");
        }
        if format.contains("json") {
            assert!(text.contains("run 7"));
        }
    }
    let output = gradus(&[
        "check",
        NETWORKS,
        file,
        "fixtures/submissions/blank.md",
        "--format",
        "ndjson",
    ])?;
    let lines: Vec<Json> = String::from_utf8(output.stdout)?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    assert_eq!(lines.len(), 2);
    Ok(())
}

#[test]
fn grades_and_assignments_fit_their_schemas() -> Outcome {
    let schema = |kind: &str| -> Result<jsonschema::Validator, Box<dyn std::error::Error>> {
        let schema: Json = serde_json::from_slice(&gradus(&["schema", kind])?.stdout)?;
        Ok(jsonschema::validator_for(&schema)?)
    };
    let grade = schema("grade")?;
    let (report, _) = json(&["check", NETWORKS, "fixtures/submissions", "no-such-file"])?;
    let errors: Vec<String> = grade
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    let assignment = schema("assignment")?;
    for path in [NETWORKS, SUMMARY] {
        let text = fs::read_to_string(path)?;
        let value: Json = serde_json::to_value(toml::from_str::<toml::Table>(&text)?)?;
        let errors: Vec<String> = assignment
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{path}: {errors:?}");
    }
    let unknown = serde_json::json!({"title": "t", "question": [{"id": "a", "title": "a", "written": "size", "ponits": 1}]});
    assert!(!assignment.is_valid(&unknown));
    Ok(())
}

#[test]
fn a_draft_is_an_assignment() -> Outcome {
    let output = gradus(&[
        "assignment",
        "draft",
        "fixtures/assignments/networks-blank.md",
    ])?;
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("draft.toml");
    fs::write(&path, &text)?;
    let path = path.display().to_string();
    assert_eq!(gradus(&["check", &path])?.status.code(), Some(0), "{text}");
    // It finds its own questions again.
    let (report, _) = json(&[
        "check",
        &path,
        "fixtures/submissions/bold-markers.md",
        "--show-readings",
    ])?;
    let answers = report["submissions"][0]["answers"]
        .as_array()
        .ok_or("no answers")?;
    let read: Vec<&str> = answers
        .iter()
        .filter_map(|answer| answer["reading"]["written"].as_str())
        .collect();
    for value in ["112x112", "26,848", "22,145", "False", "True"] {
        assert!(read.contains(&value), "{value} is not in {read:?}:\n{text}");
    }
    assert_eq!(
        gradus(&["assignment", "draft", "no-such-sheet.md"])?
            .status
            .code(),
        Some(2)
    );
    Ok(())
}

#[test]
fn the_blank_sheet_is_question_and_never_answer() -> Outcome {
    // Without the template the placeholder of this sheet would be taken for an answer.
    let folder = tempfile::tempdir()?;
    let sheet = "### A\n\n1. How large is the field of the net?\n\n**Answer:**\n\nYour answer here, such as 3x3.\n";
    fs::write(folder.path().join("blank.md"), sheet)?;
    fs::write(
        folder.path().join("done.md"),
        sheet.replace("such as 3x3.", "such as 3x3.\n\n5x5"),
    )?;
    let assignment = |template: &str| {
        format!(
            "title = 't'\n{template}\n[[question]]\nid = 'a'\ntitle = 'field'\nphrase = 'how large is the field'\nwritten = 'size'\n"
        )
    };
    fs::write(
        folder.path().join("with.toml"),
        assignment("template = 'blank.md'"),
    )?;
    let path = |name: &str| folder.path().join(name).display().to_string();
    let read = |file: &str| -> Result<Json, Box<dyn std::error::Error>> {
        let (report, _) = json(&["check", &path("with.toml"), &path(file)])?;
        Ok(report["submissions"][0]["marks"][0].clone())
    };
    assert_eq!(read("blank.md")?["outcome"], "blank");
    assert_eq!(read("done.md")?["reading"]["written"], "5x5");
    Ok(())
}
