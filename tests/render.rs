//! Every format, from one sample that has one of everything.

use gradus::model::{Fault, Source, Span};
use gradus::render::{self, Format, Style, fault, json};
use gradus::report::{
    Agreement, Basis, Check, Claim, Column, Curve, Diagnosis, Extent, Finding, Quantities,
    Quantity, Report, Section, Series, Shape, Statement, Step, Table, Tolerance, Value, Verdict,
    Witness, Working,
};

fn quantities() -> Section {
    let mut mean = Quantity::exact("mean", "mean of the draws", Value::Real(1.700_943_21));
    mean.basis = Basis::Measured {
        n: 1_000_000,
        standard_error: 0.0017,
    };
    Section::Quantities(Quantities {
        title: String::new(),
        quantities: vec![
            Quantity::exact("size", "receptive field", Value::shape(&[112, 112]))
                .unit("pixels")
                .steps(vec!["1 + (3−1)·1 = 3".to_owned()]),
            Quantity::exact("start", "start", Value::dims(&[-29, -29])),
            Quantity::exact("centre", "centre", Value::Dims(vec![Extent::Real(26.5); 2])),
            Quantity::exact("parameters", "parameters", Value::from(26_848)),
            Quantity::exact("huge", "a large count", Value::Count(1 << 60)),
            Quantity::exact("ratio", "ratio", Value::Real(0.1 + 0.2)),
            Quantity::exact("nan", "not a number", Value::Real(f64::NAN)),
            Quantity::exact("holes", "holes", Value::Flag(false)),
            Quantity::exact("kind", "kind", Value::name("a|b *c*")),
            Quantity::exact(
                "whole",
                "the field of the head",
                Value::Dims(vec![Extent::Whole]),
            ),
            mean,
        ],
    })
}

fn layers() -> Section {
    let row = |name: &str, kind: &str, size: usize, weights: Option<usize>| {
        vec![
            Some(Value::name(name)),
            Some(Value::name(kind)),
            Some(Value::shape(&[size, size])),
            weights.map(Value::from),
        ]
    };
    Section::Table(Table {
        key: "layers".to_owned(),
        title: "Layers".to_owned(),
        columns: vec![
            Column::new("layer", "layer", ""),
            Column::new("kind", "kind", ""),
            Column::new("size", "size", "pixels"),
            Column::new("parameters", "parameters", ""),
        ],
        rows: vec![
            row("0", "Conv2d", 3, Some(448)),
            row("1", "MaxPool2d", 4, None),
            row("2", "Conv2d", 12, Some(12_832)),
        ],
    })
}

fn step(at: &str, mistaken: &str, right: &str) -> Step {
    Step {
        at: at.to_owned(),
        mistaken: mistaken.to_owned(),
        right: right.to_owned(),
    }
}

fn check(written: &str, verdict: Verdict, diagnoses: Vec<Diagnosis>) -> Check {
    Check {
        claim: Claim {
            key: "size".to_owned(),
            written: written.to_owned(),
            expected: written.parse().ok().map(Value::Count),
            other: None,
            tolerance: Tolerance::Exact,
            working: Vec::new(),
        },
        computed: Some(Value::shape(&[112, 112])),
        verdict,
        reason: "one number claims every axis; integers are compared exactly".to_owned(),
        diagnoses,
        working: None,
        readings: Vec::new(),
    }
}

fn own_stride() -> Diagnosis {
    Diagnosis {
        code: "own-stride".to_owned(),
        title: "counting each layer's own stride in the jump that it is multiplied by".to_owned(),
        steps: vec![
            step("0 Conv2d", "1 + 2·1 = 3", "1 + 2·1 = 3"),
            step("1 MaxPool2d", "3 + 1·2 = 5", "3 + 1·1 = 4"),
        ],
    }
}

/// A report with one of everything.
fn sample() -> Report {
    let mut report = Report::new("receptive-field", "size");
    report.asked = vec![
        ("model".to_owned(), "net.py".to_owned()),
        ("input".to_owned(), "1×3×1024×1024".to_owned()),
    ];
    report.sections = vec![
        quantities(),
        layers(),
        Section::Statements(vec![
            Statement::new(
                "holes",
                "the field has holes",
                Finding::False,
                "12,544 of 12,544",
            ),
            Statement::arguable(
                "large",
                "it is large",
                "large for what",
                "112 > 32",
                "112 < 224",
            ),
        ]),
        Section::Series(Series {
            curves: vec![Curve::new(
                "size",
                Shape::Line,
                vec![(0.0, 1.0), (1.0, f64::INFINITY)],
            )],
            ..Series::new("growth", "Growth", "layer", "size (pixels)")
        }),
    ];
    report.note(
        "input-from-source",
        "the input's shape is the one in the source, line 12",
    );
    report.witnesses.push(Witness {
        quantity: "size".to_owned(),
        theory: "the recurrence".to_owned(),
        lab: "the support of a gradient".to_owned(),
        agreement: Agreement::Agree,
    });
    let mut wrong = check("125", Verdict::Wrong, vec![own_stride()]);
    wrong.working = Some(Working {
        first_wrong: Some(2),
        at: "1 MaxPool2d".to_owned(),
        written: Some(Value::Count(5)),
        truth: Some(Value::Count(4)),
        rest_follows: Some(true),
        diagnoses: vec![own_stride()],
    });
    report.checks = vec![
        wrong,
        check("112", Verdict::Right, Vec::new()),
        check("about 112", Verdict::Unreadable, Vec::new()),
    ];
    report
}

fn shown(format: Format) -> String {
    render::render(&sample(), format, Style::default())
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn a_sentence_stands_behind_its_answer_with_its_numbers_in_every_format() {
    let table = shown(Format::Table);
    assert!(
        table.contains("  false     the field has holes (holes)\n            12,544 of 12,544"),
        "{table}"
    );
    assert!(table.contains("            true: 112 > 32\n            false: 112 < 224"));
    let markdown = shown(Format::Markdown);
    assert!(
        markdown.contains(
            "| it is large (`large`) | **arguable** | large for what<br>true: 112 \\> 32"
        ),
        "{markdown}"
    );
    let json: serde_json::Value = serde_json::from_str(&shown(Format::Json)).expect("it is JSON");
    assert_eq!(json["statements"][0]["value"], false);
    assert!(json["statements"][1]["value"].is_null());
    assert_eq!(json["statements"][1]["readings"][1]["answer"], "false");
}

#[test]
fn the_verdict_comes_first_with_the_wrong_sum_beside_the_right_one() {
    let expected = "\
WRONG: receptive field: 112×112 pixels, not 125
  125 is the number that counting each layer's own stride in the jump that it is multiplied by gives

               with the mistake (own-stride)     as it should be
  ───────────────────────────────────────────────────────────────
  0 Conv2d     1 + 2·1 = 3                    =  1 + 2·1 = 3
  1 MaxPool2d  3 + 1·2 = 5                    ≠  3 + 1·1 = 4

  the working: step 2 (layer 1 MaxPool2d) is the first that differs: 5 written, 4 right; the rest
  follows from it

  more: gradus explain own-stride

RIGHT: receptive field: 112×112 pixels, as claimed
";
    let table = shown(Format::Table);
    assert!(table.starts_with(expected), "{table}");
}

#[test]
fn every_quantity_appears_in_every_format() {
    let table = shown(Format::Table);
    let markdown = shown(Format::Markdown);
    let json: serde_json::Value = serde_json::from_str(&shown(Format::Json)).expect("JSON");
    let line: serde_json::Value = serde_json::from_str(&shown(Format::Ndjson)).expect("JSON");
    let report = sample();
    for (place, quantity) in report.quantities().enumerate() {
        for text in [&table, &markdown] {
            assert!(
                text.contains(&quantity.label),
                "{} in {text}",
                quantity.label
            );
        }
        for object in [&json, &line] {
            assert_eq!(object["quantities"][place]["key"], quantity.key.as_str());
            assert_eq!(
                object["quantities"][place]["value"],
                serde_json::json!(quantity.value)
            );
        }
    }
    for number in [
        "112×112 pixels",
        "(-29, -29)",
        "(26.5, 26.5)",
        "26,848",
        "1.7009 ± 0.0017",
    ] {
        assert!(table.contains(number), "{number} in {table}");
        assert!(markdown.contains(number), "{number} in {markdown}");
    }
    for section in report.sections {
        if let Section::Note(note) = section {
            assert!(table.contains(&note.text) && markdown.contains(&note.text));
        }
    }
}

#[test]
fn json_has_the_design_s_fields_and_types() {
    let json: serde_json::Value = serde_json::from_str(&shown(Format::Json)).expect("JSON");
    assert_eq!(json["schema"], "gradus.report/1");
    assert_eq!(json["tool"]["name"], "gradus");
    assert_eq!(json["question"], "receptive-field");
    assert_eq!(json["asked"]["model"], "net.py");
    assert_eq!(json["answer"], serde_json::json!([112, 112]));
    assert_eq!(json["status"], "complete");
    assert_eq!(json["verdict"], "wrong");
    assert_eq!(json["checks"][0]["diagnoses"][0]["code"], "own-stride");
    assert_eq!(json["checks"][0]["working"]["first_wrong"], 2);
    assert_eq!(json["tables"][0]["rows"][2]["parameters"], 12_832);
    assert!(json["tables"][0]["rows"][1]["parameters"].is_null());
    assert_eq!(json["series"][0]["curves"][0]["points"][1][1], "Infinity");
    let value = |key: &str| {
        let quantities = json["quantities"].as_array().expect("an array");
        let found = quantities.iter().find(|quantity| quantity["key"] == key);
        found.expect("a quantity")["value"].clone()
    };
    assert_eq!(value("huge"), "1152921504606846976");
    assert_eq!(value("nan"), "NaN");
    assert_eq!(value("holes"), false);
    assert_eq!(value("ratio"), 0.1 + 0.2);
    assert_eq!(value("whole"), serde_json::json!(["whole"]));
}

#[test]
fn a_partial_report_has_no_answer_but_its_reasons() {
    let mut report = Report::new("shape", "output");
    report.id = Some("42".to_owned());
    report.partial("the layer `Mystery` is not known");
    let json: serde_json::Value =
        serde_json::from_str(&render::render(&report, Format::Ndjson, Style::default()))
            .expect("JSON");
    assert!(json["answer"].is_null() && json["verdict"].is_null());
    assert_eq!(json["status"], "partial");
    assert_eq!(json["id"], "42");
    assert_eq!(json["reasons"][0], "the layer `Mystery` is not known");
    let table = render::render(&report, Format::Table, Style::default());
    assert!(
        table.contains("partial: the layer `Mystery` is not known"),
        "{table}"
    );
}

#[test]
fn json_is_valid_against_its_schema_and_the_schema_refuses_other_things() {
    let validator =
        jsonschema::validator_for(&serde_json::json!(json::schema())).expect("a schema");
    let object = json::report(&sample());
    let errors: Vec<String> = validator
        .iter_errors(&object)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    for field in [
        "schema",
        "question",
        "answer",
        "quantities",
        "checks",
        "verdict",
    ] {
        let mut cut = object.clone();
        cut.as_object_mut().expect("an object").remove(field);
        assert!(!validator.is_valid(&cut), "valid without {field}");
    }
    let mut odd = object;
    odd["verdict"] = serde_json::json!("maybe");
    assert!(!validator.is_valid(&odd));
}

#[test]
fn ndjson_is_one_line() {
    let line = shown(Format::Ndjson);
    assert_eq!(line.matches('\n').count(), 1);
    assert!(line.ends_with("}\n"));
}

#[test]
fn a_table_fits_its_width_and_leaves_no_column_out() {
    for width in [40, 60, 80, 120] {
        let style = Style {
            width,
            ..Style::default()
        };
        let table = render::render(&sample(), Format::Table, style);
        for line in table.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
    let narrow = Style {
        width: 40,
        ..Style::default()
    };
    let table = render::render(&sample(), Format::Table, narrow);
    // The columns without room stand in a block of their own, under the rows' names.
    let blocks: Vec<&str> = (table.lines())
        .filter(|line| line.trim_start().starts_with("layer  "))
        .collect();
    assert!(blocks.len() > 1, "{table}");
    assert!(
        blocks
            .last()
            .is_some_and(|line| line.contains("parameters")),
        "{table}"
    );
}

#[test]
fn a_long_table_is_shown_by_its_ends() {
    let mut report = Report::new("shape", "output");
    report.sections.push(Section::Table(Table {
        key: "layers".to_owned(),
        title: "Layers".to_owned(),
        columns: vec![Column::new("layer", "layer", ""), Column::new("n", "n", "")],
        rows: (0..5000_usize)
            .map(|n| {
                vec![
                    Some(Value::name(format!("layer {n}"))),
                    Some(Value::from(n)),
                ]
            })
            .collect(),
    }));
    let table = render::render(&report, Format::Table, Style::default());
    assert!(table.contains("layer 0 ") && table.contains("layer 4999"));
    assert!(!table.contains("layer 2500"));
    assert!(
        table.contains("4000 rows in between are left out"),
        "{table}"
    );
    let json = render::render(&report, Format::Ndjson, Style::default());
    assert!(json.contains("layer 2500"));
}

#[test]
fn colour_only_adds_escapes() {
    let colored = Style {
        color: true,
        ..Style::default()
    };
    let table = render::render(&sample(), Format::Table, colored);
    assert!(table.contains("\u{1b}["));
    let trimmed = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    };
    assert_eq!(trimmed(&plain(&table)), trimmed(&shown(Format::Table)));
    for format in [
        Format::Table,
        Format::Json,
        Format::Ndjson,
        Format::Markdown,
    ] {
        assert!(!shown(format).contains('\u{1b}'));
    }
}

#[test]
fn steps_are_shown_where_they_are_asked_for() {
    let steps = Style {
        steps: true,
        ..Style::default()
    };
    for format in [Format::Table, Format::Markdown] {
        assert!(!shown(format).contains("1 + (3−1)·1 = 3"));
        assert!(render::render(&sample(), format, steps).contains("1 + (3−1)·1 = 3"));
    }
}

#[test]
fn markdown_cannot_be_broken_by_names() {
    let markdown = shown(Format::Markdown);
    assert!(markdown.contains(r"a\|b \*c\*"), "{markdown}");
    assert!(markdown.contains("**wrong**: receptive field: 112×112 pixels, not 125"));
    let rows: Vec<&str> = markdown
        .lines()
        .filter(|line| line.starts_with("| "))
        .collect();
    assert!(rows.len() > 15);
}

#[test]
fn a_disagreement_of_the_witnesses_is_reported_as_a_fault() {
    let mut report = sample();
    report.witnesses[0].agreement = Agreement::Disagree;
    for format in [Format::Table, Format::Markdown] {
        let text = render::render(&report, format, Style::default());
        assert!(text.contains("fault of gradus"), "{text}");
    }
}

fn mismatch() -> Fault {
    let source = Source {
        name: "net.py".to_owned(),
        text: "import torch\nnet = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(8, 4, 3))\n"
            .to_owned(),
    };
    let span = Span {
        source: 0,
        line: 2,
        column: 43,
        length: 18,
    };
    Fault::new(
        "shape-mismatch",
        "`1` (Conv2d) wants 8 channels, but gets 16",
    )
    .at(&source, span, "made for 8 channels")
    .help("give it `in_channels=16`")
}

#[test]
fn a_fault_points_at_its_place() {
    let prose = fault::prose(&mismatch(), false);
    for part in [
        "error: `1` (Conv2d) wants 8 channels, but gets 16",
        "net.py:2:43",
        "net = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(8, 4, 3))",
        "^^^^^^^^^^^^^^^^^^ made for 8 channels",
        "give it `in_channels=16`",
    ] {
        assert!(prose.contains(part), "{part} in\n{prose}");
    }
    let object = fault::json(&mismatch(), Some("7"));
    assert_eq!(object["error"]["span"]["column"], 43);
    assert_eq!(object["id"], "7");
    let validator =
        jsonschema::validator_for(&serde_json::json!(fault::schema())).expect("a schema");
    assert!(validator.is_valid(&object));
    assert!(validator.is_valid(&fault::json(&Fault::new("usage", "no"), None)));
}

#[test]
fn a_place_beyond_the_text_makes_no_panic() {
    for (line, column, length) in [
        (1, 1, 0),
        (9, 9, 9),
        (0, 0, 0),
        (2, 500, 3),
        (2, 1, usize::MAX),
    ] {
        let mut fault = mismatch();
        let place = fault.place.as_mut().expect("it has a place");
        place.span = Span {
            source: 0,
            line,
            column,
            length,
        };
        assert!(fault::prose(&fault, true).contains("wants 8 channels"));
        place_in(&mut fault, "");
        assert!(fault::prose(&fault, false).contains("wants 8 channels"));
        place_in(&mut fault, "×é\r\n\tz");
        assert!(fault::prose(&fault, false).contains("wants 8 channels"));
    }
}

fn place_in(fault: &mut Fault, text: &str) {
    if let Some(place) = fault.place.as_mut() {
        text.clone_into(&mut place.source.text);
    }
}
