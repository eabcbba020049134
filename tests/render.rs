//! Every format, from one sample that has one of everything.

use gradus::model::{Fault, Source, Span};
use gradus::render::{self, Format, Style, fault, json};
use gradus::report::{
    Agreement, Basis, Check, Claim, Column, Diagnosis, Extent, Quantities, Quantity, Report,
    Section, Series, Step, Table, Tolerance, Value, Verdict, Witness, Working,
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
        Section::Series(Series {
            key: "growth".to_owned(),
            title: "Growth".to_owned(),
            x_label: "layer".to_owned(),
            y_label: "size (pixels)".to_owned(),
            curves: vec![("size".to_owned(), vec![(0.0, 1.0), (1.0, f64::INFINITY)])],
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

#[test]
#[ignore]
fn look() {
    println!("{}", shown(Format::Table));
    println!(
        "{}",
        render::render(
            &sample(),
            Format::Table,
            Style {
                width: 50,
                color: true,
                steps: true
            }
        )
    );
    println!("{}", shown(Format::Json));
    println!("{}", shown(Format::Markdown));
    let source = Source {
        name: "net.py".into(),
        text: "import torch\nnet = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(8, 4, 3))\n".into(),
    };
    let f = Fault::new(
        "shape-mismatch",
        "`1` (Conv2d) expects 8 channels, but gets 16",
    )
    .at(
        &source,
        Span {
            source: 0,
            line: 2,
            column: 42,
            length: 18,
        },
        "made for 8 channels",
    )
    .help("make `in_channels` 16, or give the layer before 8 output channels");
    println!("{}", fault::prose(&f, false));
    println!("{}", json::pretty(&fault::json(&f, None)));
}
