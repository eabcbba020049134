//! `gradus.report/1`: the report as one JSON object. Fields are only ever added.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use crate::report::{
    Axis, Check, Column, Note, Quantity, Report, Section, Series, Shape, Statement, Status, Table,
    Value, Verdict, Witness,
};

/// The schema's name in every report.
pub const SCHEMA: &str = "gradus.report/1";

#[derive(Serialize, JsonSchema)]
#[schemars(title = "gradus.report/1", description = "The answer to one question")]
struct ReportObject<'a> {
    /// Always `gradus.report/1`.
    schema: &'static str,
    /// What wrote this.
    tool: Tool,
    /// The question, as the subcommand is called.
    question: &'a str,
    /// What the caller calls this question (`--id`).
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// What was asked: argument names and values.
    asked: Map<String, Json>,
    /// The headline value, always of one type for one question; null where it could not be computed.
    answer: Option<Value>,
    /// Whether everything that was asked could be answered.
    status: StatusWord,
    /// Why the report is partial; empty where it is complete.
    reasons: &'a [String],
    /// Every number of the answer that is not in a table.
    quantities: Vec<QuantityObject<'a>>,
    /// Sentences that are true or false by the numbers beside them.
    statements: Vec<StatementObject<'a>>,
    /// Tables: a row per layer, position or whatever is compared.
    tables: Vec<TableObject<'a>>,
    /// Pictures as data.
    series: Vec<SeriesObject<'a>>,
    /// The claims and what became of them.
    checks: &'a [Check],
    /// The gravest verdict of all checks; null where nothing was claimed.
    verdict: Option<Verdict>,
    /// The pairs of independent computations.
    witnesses: &'a [Witness],
    /// Sentences that belong to the answer.
    notes: Vec<&'a Note>,
}

/// The program that wrote a report.
#[derive(Serialize, JsonSchema)]
struct Tool {
    /// `gradus`.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum StatusWord {
    Complete,
    Partial,
}

#[derive(Serialize, JsonSchema)]
struct QuantityObject<'a> {
    #[serde(flatten)]
    quantity: &'a Quantity,
    /// The heading that it stands under; empty for the headline list.
    group: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct StatementObject<'a> {
    #[serde(flatten)]
    statement: &'a Statement,
    /// True or false; null where the numbers leave it open, or both can be defended.
    value: Option<bool>,
}

#[derive(Serialize, JsonSchema)]
struct TableObject<'a> {
    /// What the table is called.
    key: &'a str,
    /// Its heading.
    title: &'a str,
    /// Its columns, in order.
    columns: &'a [Column],
    /// Its rows, by the columns' keys; null where a column does not apply.
    #[schemars(with = "Vec<BTreeMap<String, Option<Value>>>")]
    rows: Vec<Map<String, Json>>,
}

#[derive(Serialize, JsonSchema)]
struct SeriesObject<'a> {
    /// What the picture is called.
    key: &'a str,
    /// Its title.
    title: &'a str,
    /// The label of the horizontal axis.
    x_label: &'a str,
    /// The label of the vertical axis.
    y_label: &'a str,
    /// How the horizontal axis runs.
    x_axis: Axis,
    /// How the vertical axis runs.
    y_axis: Axis,
    /// Its curves.
    curves: Vec<Curve<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Curve<'a> {
    /// The curve's name.
    name: &'a str,
    /// What is drawn of its points.
    shape: Shape,
    /// Its points, x and y.
    points: Vec<[Value; 2]>,
    /// How dark each cell is, from 0 to 1; absent for other shapes.
    #[serde(skip_serializing_if = "<[f64]>::is_empty")]
    weights: &'a [f64],
}

/// The report as a JSON value.
pub fn report(report: &Report) -> Json {
    let sections = || report.sections.iter();
    let reasons: &[String] = match &report.status {
        Status::Complete => &[],
        Status::Partial(reasons) => reasons,
    };
    let object = ReportObject {
        schema: SCHEMA,
        tool: Tool {
            name: "gradus",
            version: env!("CARGO_PKG_VERSION"),
        },
        question: &report.question,
        id: report.id.as_deref(),
        asked: report
            .asked
            .iter()
            .map(|(name, value)| (name.clone(), Json::String(value.clone())))
            .collect(),
        answer: report.answer(),
        status: match report.status {
            Status::Complete => StatusWord::Complete,
            Status::Partial(_) => StatusWord::Partial,
        },
        reasons,
        quantities: sections().flat_map(quantities).collect(),
        statements: report.statements().map(statement).collect(),
        tables: sections().filter_map(table).collect(),
        series: sections().filter_map(series).collect(),
        checks: &report.checks,
        verdict: report.verdict(),
        witnesses: &report.witnesses,
        notes: sections().filter_map(note).collect(),
    };
    json!(object)
}

fn quantities(section: &Section) -> Vec<QuantityObject<'_>> {
    let Section::Quantities(list) = section else {
        return Vec::new();
    };
    let object = |quantity| QuantityObject {
        quantity,
        group: &list.title,
    };
    list.quantities.iter().map(object).collect()
}

fn statement(statement: &Statement) -> StatementObject<'_> {
    StatementObject {
        statement,
        value: statement.finding.answer(),
    }
}

fn table(section: &Section) -> Option<TableObject<'_>> {
    let Section::Table(Table {
        key,
        title,
        columns,
        rows,
    }) = section
    else {
        return None;
    };
    let keys = || columns.iter().map(|column| column.key.clone());
    let rows = rows
        .iter()
        .map(|row| keys().zip(row.iter().map(|cell| json!(cell))).collect())
        .collect();
    Some(TableObject {
        key,
        title,
        columns,
        rows,
    })
}

fn series(section: &Section) -> Option<SeriesObject<'_>> {
    let Section::Series(Series {
        key,
        title,
        x_label,
        y_label,
        x_axis,
        y_axis,
        curves,
    }) = section
    else {
        return None;
    };
    let points = |points: &[(f64, f64)]| {
        let pair = |&(x, y)| [Value::Real(x), Value::Real(y)];
        points.iter().map(pair).collect()
    };
    Some(SeriesObject {
        key,
        title,
        x_label,
        y_label,
        x_axis: *x_axis,
        y_axis: *y_axis,
        curves: curves
            .iter()
            .map(|curve| Curve {
                name: &curve.name,
                shape: curve.shape,
                points: points(&curve.points),
                weights: &curve.weights,
            })
            .collect(),
    })
}

fn note(section: &Section) -> Option<&Note> {
    match section {
        Section::Note(note) => Some(note),
        _ => None,
    }
}

/// The JSON Schema of [`report`].
pub fn schema() -> Schema {
    schema_of::<ReportObject<'_>>()
}

/// The schema of what a type serialises to.
pub(super) fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
}

/// Indented, with a line's end at its end.
pub fn pretty(json: &Json) -> String {
    format!("{json:#}\n")
}

/// On one line, with its end.
pub fn line(json: &Json) -> String {
    format!("{json}\n")
}
