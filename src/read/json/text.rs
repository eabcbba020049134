//! A JSON text whose parts know where they stand.
//!
//! Every part is a slice of the text, so that its place is the distance of the two; lines and columns are worked out
//! where somebody asks for them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::{Fault, Source, Span};

/// The text.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    source: &'a Source,
}

/// An object: its own text, and its members in the order in which they are written.
pub(super) struct Object<'a> {
    /// The whole object, braces included.
    pub(super) text: &'a str,
    /// The members.
    pub(super) members: Vec<Member<'a>>,
}

/// A key with its value, both as they stand in the text.
pub(super) struct Member<'a> {
    /// The key, without quotes and escapes.
    pub(super) key: Cow<'a, str>,
    /// The key as it is written.
    pub(super) key_text: &'a str,
    /// The value as it is written.
    pub(super) value: &'a str,
}

impl<'a> Text<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source }
    }

    /// The whole text.
    pub(super) fn all(self) -> &'a str {
        &self.source.text
    }

    /// A fault at a part of the text.
    pub(super) fn fault(
        self,
        part: &str,
        code: &str,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Fault {
        self.place(Fault::new(code, message), part, label)
    }

    /// The same fault, at a part of the text.
    pub(super) fn place(self, fault: Fault, part: &str, label: impl Into<String>) -> Fault {
        fault.at(self.source, self.span(part), label)
    }

    /// The object that a part of the text is; its keys are all different.
    ///
    /// # Errors
    /// If it is no JSON, no object, or has a key twice.
    pub(super) fn object(self, part: &'a str, what: &str) -> Result<Object<'a>, Fault> {
        if part.trim_start().starts_with('{') {
            let Members(members) = serde_json::from_str(part).map_err(|e| self.syntax(part, &e))?;
            self.refuse_repeated_keys(&members)?;
            return Ok(Object {
                text: part,
                members,
            });
        }
        let got = self.value(part)?;
        Err(self.expected(part, what, "an object `{…}`", &got))
    }

    /// The entries of the array that a part of the text is.
    ///
    /// # Errors
    /// If it is no JSON or no array.
    pub(super) fn array(self, part: &'a str, what: &str) -> Result<Vec<&'a str>, Fault> {
        if part.trim_start().starts_with('[') {
            let entries: Vec<&RawValue> =
                serde_json::from_str(part).map_err(|e| self.syntax(part, &e))?;
            return Ok(entries.into_iter().map(RawValue::get).collect());
        }
        let got = self.value(part)?;
        Err(self.expected(part, what, "a list `[…]`", &got))
    }

    /// The string that a part of the text is.
    ///
    /// # Errors
    /// If it is no JSON or no string.
    pub(super) fn string(self, part: &str, what: &str) -> Result<String, Fault> {
        match self.value(part)? {
            Value::String(string) => Ok(string),
            got => Err(self.expected(part, what, "a string", &got)),
        }
    }

    /// The integer of at least `least` that a part of the text is.
    ///
    /// # Errors
    /// If it is no JSON or no such integer.
    pub(super) fn count(self, part: &str, what: &str, least: usize) -> Result<usize, Fault> {
        let got = self.value(part)?;
        got.as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .filter(|&count| count >= least)
            .ok_or_else(|| {
                let expected = format!("an integer of at least {least}");
                self.expected(part, what, &expected, &got)
            })
    }

    /// The flag that a part of the text is.
    ///
    /// # Errors
    /// If it is no JSON and neither `true` nor `false`.
    pub(super) fn flag(self, part: &str, what: &str) -> Result<bool, Fault> {
        match self.value(part)? {
            Value::Bool(flag) => Ok(flag),
            got => Err(self.expected(part, what, "`true` or `false`", &got)),
        }
    }

    /// Any value.
    ///
    /// # Errors
    /// If it is no JSON.
    pub(super) fn value(self, part: &str) -> Result<Value, Fault> {
        serde_json::from_str(part).map_err(|e| self.syntax(part, &e))
    }

    /// A value that is not what has to stand there.
    pub(super) fn expected(self, part: &str, what: &str, expected: &str, got: &Value) -> Fault {
        self.fault(
            part,
            "json-model",
            format!("{what} has to be {expected}, not {}", describe(got)),
            format!("expected {expected}"),
        )
    }

    fn refuse_repeated_keys(self, members: &[Member]) -> Result<(), Fault> {
        let mut keys: Vec<(&str, &str)> = members.iter().map(|m| (&*m.key, m.key_text)).collect();
        keys.sort_by_key(|(key, _)| *key);
        match keys.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            None => Ok(()),
            Some(pair) => Err(self.fault(
                pair[1].1,
                "json-model",
                format!("`{}` is given twice", pair[1].0),
                "the second time",
            )),
        }
    }

    /// A syntax error, which serde places relative to the part that it was given.
    fn syntax(self, part: &str, error: &serde_json::Error) -> Fault {
        let message = error.to_string();
        let reason = message.split(" at line ").next().unwrap_or_default();
        let start = self.offset(part) + offset_of(part, error.line(), error.column());
        let mut span = self.span_at(start.min(self.all().len()));
        span.length = 1;
        let fault = Fault::new("json-syntax", format!("this is not JSON: {reason}")).at(
            self.source,
            span,
            reason,
        );
        if error.is_eof() {
            return fault.help("the text ends too early: is the file complete?");
        }
        fault
    }

    /// Where a part stands: its first line.
    fn span(self, part: &str) -> Span {
        let mut span = self.span_at(self.offset(part));
        span.length = first_line_length(part);
        span
    }

    fn span_at(self, offset: usize) -> Span {
        let mut cursor = Cursor::new(self);
        cursor.advance(offset);
        cursor.span(0)
    }

    fn offset(self, part: &str) -> usize {
        part.as_ptr().addr() - self.all().as_ptr().addr()
    }
}

/// Walks through the text once, for the places of many parts in the order in which they stand there.
pub(super) struct Cursor<'a> {
    text: Text<'a>,
    offset: usize,
    line: usize,
    column: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: Text<'a>) -> Self {
        Self {
            text,
            offset: 0,
            line: 1,
            column: 1,
        }
    }

    /// The place of a part that stands after the one before.
    pub(super) fn place(&mut self, part: &str) -> Span {
        self.advance(self.text.offset(part));
        self.span(first_line_length(part))
    }

    fn advance(&mut self, offset: usize) {
        let passed = &self.text.all()[self.offset..offset];
        match passed.rfind('\n') {
            None => self.column += passed.chars().count(),
            Some(last) => {
                self.line += passed.bytes().filter(|&byte| byte == b'\n').count();
                self.column = 1 + passed[last + 1..].chars().count();
            }
        }
        self.offset = offset;
    }

    fn span(&self, length: usize) -> Span {
        Span {
            source: 0,
            line: self.line,
            column: self.column,
            length,
        }
    }
}

/// What a value is, for a message.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::String(text) if text.chars().count() > 40 => "a long string".to_owned(),
        other => other.to_string(),
    }
}

fn first_line_length(part: &str) -> usize {
    part.lines().next().unwrap_or_default().chars().count()
}

/// The byte that serde's line and column (both from 1, columns in bytes; 0 before the first) mean.
fn offset_of(part: &str, line: usize, column: usize) -> usize {
    let before: usize = part
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let offset = (before + column.saturating_sub(1)).min(part.len());
    (0..=offset)
        .rev()
        .find(|&at| part.is_char_boundary(at))
        .unwrap_or(0)
}

/// The members of an object, each as a slice of the text.
struct Members<'a>(Vec<Member<'a>>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(8);
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            let key_text = key.get();
            members.push(Member {
                key: unquoted(key_text).map_err(de::Error::custom)?,
                key_text,
                value: value.get(),
            });
        }
        Ok(Members(members))
    }
}

/// A key without its quotes; a copy only where it has escapes.
fn unquoted(key: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    match key.strip_prefix('"').and_then(|k| k.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        _ => serde_json::from_str(key).map(Cow::Owned),
    }
}

impl<'a> Object<'a> {
    /// The value of a key, as it is written.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.members
            .iter()
            .find(|member| member.key == key)
            .map(|member| member.value)
    }
}
