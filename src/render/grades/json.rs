//! `gradus.grade/1` and `gradus.readings/1`: the data as they are. Fields are only ever added.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value as Json;

use crate::report::{GradeReport, Item, ReadSheet, ReadingReport, Sheet};

/// The schema's name in every report of grades.
pub const SCHEMA: &str = "gradus.grade/1";

#[derive(Serialize, JsonSchema)]
#[schemars(title = "gradus.grade/1", description = "What came of an assignment")]
struct Grades<'a> {
    /// Always `gradus.grade/1`.
    schema: &'static str,
    /// What the caller calls this run (`--id`).
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// The assignment's title.
    assignment: &'a str,
    /// What was computed, an entry per item.
    #[serde(skip_serializing_if = "<[Item]>::is_empty")]
    items: &'a [Item],
    /// The submissions; in `ndjson` one a line.
    submissions: Vec<Graded<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Graded<'a> {
    #[serde(flatten)]
    sheet: &'a Sheet,
    /// The items that a person has to look at.
    for_a_person: Vec<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Readings<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    assignment: &'a str,
    submissions: &'a [ReadSheet],
}

/// The grades as one object.
pub(super) fn grades(report: &GradeReport, id: Option<&str>) -> Json {
    value(&Grades {
        schema: SCHEMA,
        id,
        assignment: &report.assignment,
        items: &report.items,
        submissions: report.submissions.iter().map(graded).collect(),
    })
}

/// An object a submission, each on a line; one with the items where there is none.
pub(super) fn lines(report: &GradeReport, id: Option<&str>) -> String {
    if report.submissions.is_empty() {
        return crate::render::json::line(&grades(report, id));
    }
    let line = |sheet: &Sheet| {
        let object = Grades {
            schema: SCHEMA,
            id,
            assignment: &report.assignment,
            items: &[],
            submissions: vec![graded(sheet)],
        };
        crate::render::json::line(&value(&object))
    };
    report.submissions.iter().map(line).collect()
}

/// What was read, as one object.
pub(super) fn readings(report: &ReadingReport, id: Option<&str>) -> Json {
    value(&Readings {
        schema: "gradus.readings/1",
        id,
        assignment: &report.assignment,
        submissions: &report.submissions,
    })
}

/// The JSON Schema of `gradus.grade/1`.
pub fn schema() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Grades>()
}

fn graded(sheet: &Sheet) -> Graded<'_> {
    Graded {
        sheet,
        for_a_person: sheet.for_a_person().map(|mark| mark.id.as_str()).collect(),
    }
}

fn value(object: &impl Serialize) -> Json {
    serde_json::to_value(object).expect("grades have string keys and no failing serialiser")
}
