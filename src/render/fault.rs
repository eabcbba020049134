//! A failure, as prose with the source line and a caret, and as a JSON object.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::json::schema_of;
use super::paint::{Role, paint};
use crate::model::{Fault, Place};

/// The schema's name in every error.
pub const SCHEMA: &str = "gradus.error/1";

#[derive(Serialize, JsonSchema)]
#[schemars(title = "gradus.error/1", description = "Why there is no answer")]
struct ErrorObject<'a> {
    /// Always `gradus.error/1`.
    schema: &'static str,
    /// What the caller calls this question (`--id`).
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// The failure.
    error: ErrorBody<'a>,
}

#[derive(Serialize, JsonSchema)]
struct ErrorBody<'a> {
    /// A stable code, such as `shape-mismatch`.
    code: &'a str,
    /// What is wrong, in one sentence.
    message: &'a str,
    /// Where it stands; null where it stands nowhere.
    span: Option<SpanObject<'a>>,
    /// What to do about it, a sentence each.
    help: &'a [String],
}

/// A place in a source: lines and columns count from 1, columns in characters.
#[derive(Serialize, JsonSchema)]
struct SpanObject<'a> {
    /// The file, `<stdin>` or `<-c>`.
    source: &'a str,
    /// The line.
    line: usize,
    /// The first column.
    column: usize,
    /// How many characters; 0 where only the start is known.
    length: usize,
    /// What was expected or got there.
    label: &'a str,
}

/// The fault as `gradus.error/1`.
pub fn json(fault: &Fault, id: Option<&str>) -> Json {
    let span = fault.place.as_ref().map(|place| SpanObject {
        source: &place.source.name,
        line: place.span.line,
        column: place.span.column,
        length: place.span.length,
        label: &place.label,
    });
    let object = ErrorObject {
        schema: SCHEMA,
        id,
        error: ErrorBody {
            code: &fault.code,
            message: &fault.message,
            span,
            help: &fault.help,
        },
    };
    json!(object)
}

/// The JSON Schema of [`json`].
pub fn schema() -> Schema {
    schema_of::<ErrorObject<'_>>()
}

/// The fault as a person reads it: what, where with a caret, what was expected, what to do.
pub fn prose(fault: &Fault, color: bool) -> String {
    let Some(place) = &fault.place else {
        return without_place(fault, color);
    };
    let advice = fault.help.iter();
    let group = Group::with_title(Level::ERROR.primary_title(fault.message.as_str()))
        .element(snippet(place))
        .elements(advice.map(|advice| Level::HELP.message(advice.as_str())));
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

fn without_place(fault: &Fault, color: bool) -> String {
    let error = paint("error", Role::Bad, color);
    let help = paint("help", Role::Strong, color);
    let mut lines = vec![format!("{error}: {}", fault.message)];
    let advice = fault.help.iter();
    lines.extend(advice.map(|advice| format!("  {help}: {advice}")));
    lines.push(String::new());
    lines.join("\n")
}

fn snippet(place: &Place) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let bytes = byte_range(place);
    Snippet::source(place.source.text.as_str())
        .path(place.source.name.as_str())
        .annotation(
            AnnotationKind::Primary
                .span(bytes)
                .label(place.label.as_str()),
        )
}

/// The bytes of a span; a place beyond the text (it may have been cut) is its end.
fn byte_range(place: &Place) -> std::ops::Range<usize> {
    let text = &place.source.text;
    let before = place.span.line.saturating_sub(1);
    let line_start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    let line = text[line_start..].lines().next().unwrap_or("");
    let byte = |column: usize| {
        line.char_indices()
            .nth(column)
            .map_or(line.len(), |(byte, _)| byte)
    };
    let first = place.span.column.saturating_sub(1);
    let start = byte(first);
    let end = match place.span.length {
        0 => line.trim_end().len().max(start),
        length => byte(first.saturating_add(length)),
    };
    line_start + start..line_start + end
}
