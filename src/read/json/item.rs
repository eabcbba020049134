//! What the entries of a JSON model say: layers, operations, groups of them, and wires.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::operation::{self, Made, suggest};
use super::text::{Cursor, Object, Text};
use crate::model::catalog::{self, CatalogError};
use crate::model::{Fault, Shape, Span};

/// An entry of `layers` or `nodes`.
#[derive(Clone)]
pub(super) struct Item<'a> {
    /// Its text.
    pub(super) text: &'a str,
    /// Its place.
    pub(super) span: Span,
    /// Its name, if it has one.
    pub(super) name: Option<&'a str>,
    /// What it does.
    pub(super) what: What<'a>,
}

/// What an entry does.
#[derive(Clone)]
pub(super) enum What<'a> {
    /// A layer or an operation.
    Made(Made),
    /// Entries one after the other.
    Group(Group<'a>),
    /// Another call of a node's layer, with the same weights.
    Again(&'a str),
}

/// Entries one after the other, perhaps several times.
#[derive(Clone)]
pub(super) struct Group<'a> {
    pub(super) items: Vec<Item<'a>>,
    /// How often; `None` where nothing is said.
    pub(super) repeat: Option<usize>,
    /// Whether every repetition calls the same layers.
    pub(super) share: bool,
}

/// An entry of `nodes`.
pub(super) struct Wired<'a> {
    pub(super) item: Item<'a>,
    pub(super) name: &'a str,
    pub(super) inputs: Vec<Wire<'a>>,
}

/// An output of a node, named by another: `split` or `split[1]`.
#[derive(Clone, Copy)]
pub(super) struct Wire<'a> {
    /// As it is written.
    pub(super) text: &'a str,
    /// The node.
    pub(super) node: &'a str,
    /// Which of its outputs.
    pub(super) output: usize,
}

/// Groups in groups beyond this are refused.
const DEEPEST: usize = 32;

/// A group's keys.
const GROUP: &[&str] = &["name", "layers", "repeat", "share"];
/// The keys of a layer in a chain, beside its arguments.
const LAYER: &[&str] = &["type", "name"];
/// The keys of a node, beside its arguments.
const NODE: &[&str] = &["type", "name", "inputs"];
/// The keys of a node that calls another's layer.
const AGAIN: &[&str] = &["name", "module", "inputs"];
/// The keys of a node that is a group.
const GROUP_NODE: &[&str] = &["name", "layers", "repeat", "share", "inputs"];

/// Reads entries in the order in which they stand.
pub(super) struct Items<'a> {
    text: Text<'a>,
    cursor: Cursor<'a>,
    /// What entries without a name were made into: deep networks write the same layer very often.
    made: HashMap<&'a str, Made>,
}

/// So many different entries are remembered.
const REMEMBERED: usize = 256;

impl<'a> Items<'a> {
    pub(super) fn new(text: Text<'a>) -> Self {
        Self {
            text,
            cursor: Cursor::new(text),
            made: HashMap::new(),
        }
    }

    /// The entries of `layers`.
    ///
    /// # Errors
    /// The first entry that is not one.
    pub(super) fn chain(&mut self, part: &'a str, depth: usize) -> Result<Vec<Item<'a>>, Fault> {
        if depth > DEEPEST {
            let message = format!("groups stand in groups more than {DEEPEST} deep");
            return Err(self.text.fault(part, "json-model", message, "too deep"));
        }
        let entries = self.text.array(part, "`layers`")?;
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            items.push(self.entry(entry, depth)?);
        }
        Ok(items)
    }

    fn entry(&mut self, entry: &'a str, depth: usize) -> Result<Item<'a>, Fault> {
        let span = self.cursor.place(entry);
        if let Some(made) = self.made.get(entry) {
            return Ok(Item {
                text: entry,
                span,
                name: None,
                what: What::Made(made.clone()),
            });
        }
        let object = self.text.object(entry, "a layer")?;
        if object.get("layers").is_some() {
            let group = self.group(&object, GROUP, depth)?;
            return self.item(&object, span, group);
        }
        let made = self.made(&object, LAYER, 1)?;
        if object.get("name").is_none() && self.made.len() < REMEMBERED {
            self.made.insert(entry, made.clone());
        }
        self.item(&object, span, What::Made(made))
    }

    /// The entries of `nodes`.
    ///
    /// # Errors
    /// The first entry that is not one.
    pub(super) fn graph(&mut self, part: &'a str) -> Result<Vec<Wired<'a>>, Fault> {
        let entries = self.text.array(part, "`nodes`")?;
        let mut nodes = Vec::with_capacity(entries.len());
        for entry in entries {
            nodes.push(self.node(entry)?);
        }
        Ok(nodes)
    }

    fn node(&mut self, entry: &'a str) -> Result<Wired<'a>, Fault> {
        let object = self.text.object(entry, "a node")?;
        let span = self.cursor.place(entry);
        let inputs = self.wires(object.get("inputs").unwrap_or("[]"))?;
        let what = if object.get("layers").is_some() {
            self.group(&object, GROUP_NODE, 0)?
        } else if let Some(module) = object.get("module") {
            self.refuse_unknown(&object, AGAIN, "a call of another node's layer")?;
            What::Again(self.name(module, "`module`")?)
        } else {
            What::Made(self.made(&object, NODE, inputs.len())?)
        };
        let item = self.item(&object, span, what)?;
        let name = item.name.ok_or_else(|| {
            let message = "a node needs a name";
            self.text
                .fault(entry, "json-model", message, "`name` is missing")
        })?;
        Ok(Wired { item, name, inputs })
    }

    /// The wires of `inputs` or `outputs`: a list of names, or one name.
    ///
    /// # Errors
    /// If an entry is no name.
    pub(super) fn wires(&self, part: &'a str) -> Result<Vec<Wire<'a>>, Fault> {
        if part.starts_with('"') {
            return Ok(vec![self.wire(part)?]);
        }
        let entries = self.text.array(part, "a node's inputs or outputs")?;
        entries.into_iter().map(|entry| self.wire(entry)).collect()
    }

    fn wire(&self, text: &'a str) -> Result<Wire<'a>, Fault> {
        let written = self.plain(text, "an input or output")?;
        let Some((node, index)) = written.split_once('[') else {
            return Ok(Wire {
                text,
                node: written,
                output: 0,
            });
        };
        let index = index.strip_suffix(']').and_then(|index| index.parse().ok());
        index
            .map(|output| Wire { text, node, output })
            .ok_or_else(|| {
                let message =
                    format!("`{written}` is neither a node's name nor one of its outputs");
                self.text
                    .fault(text, "json-model", message, "expected `name` or `name[1]`")
            })
    }

    /// A string without escapes and brackets.
    ///
    /// # Errors
    /// If it is no string or cannot be a name.
    pub(super) fn name(&self, part: &'a str, what: &str) -> Result<&'a str, Fault> {
        let name = self.plain(part, what)?;
        if name.is_empty() || name.contains(['[', ']', '#']) {
            let message = format!("{what} `{name}` cannot be a name");
            let label = "a name is not empty and has no `[`, `]` or `#`";
            return Err(self.text.fault(part, "json-model", message, label));
        }
        Ok(name)
    }

    /// A string without escapes.
    fn plain(&self, part: &'a str, what: &str) -> Result<&'a str, Fault> {
        self.text.string(part, what)?;
        let inner = part.strip_prefix('"').and_then(|p| p.strip_suffix('"'));
        inner.filter(|inner| !inner.contains('\\')).ok_or_else(|| {
            let message = format!("{what} has escapes");
            let label = "write a name without `\\`";
            self.text.fault(part, "json-model", message, label)
        })
    }

    fn item(&self, object: &Object<'a>, span: Span, what: What<'a>) -> Result<Item<'a>, Fault> {
        let name = object.get("name").map(|part| self.name(part, "`name`"));
        Ok(Item {
            text: object.text,
            span,
            name: name.transpose()?,
            what,
        })
    }

    fn group(
        &mut self,
        object: &Object<'a>,
        keys: &[&str],
        depth: usize,
    ) -> Result<What<'a>, Fault> {
        self.refuse_unknown(object, keys, "a group")?;
        let repeat = object.get("repeat");
        let share = object.get("share");
        let layers = object.get("layers").unwrap_or("[]");
        Ok(What::Group(Group {
            repeat: repeat
                .map(|r| self.text.count(r, "`repeat`", 1))
                .transpose()?,
            share: share.map_or(Ok(false), |s| self.text.flag(s, "`share`"))?,
            items: self.chain(layers, depth + 1)?,
        }))
    }

    fn refuse_unknown(&self, object: &Object, keys: &[&str], what: &str) -> Result<(), Fault> {
        refuse_unknown(self.text, object, keys, what)
    }

    /// The layer or operation that an object describes with its `type` and arguments.
    fn made(&self, object: &Object<'a>, reserved: &[&str], inputs: usize) -> Result<Made, Fault> {
        let Some(kind) = object.get("type") else {
            let message = "an entry has neither `type` nor `layers`";
            let fault = self
                .text
                .fault(object.text, "json-model", message, "`type` is missing");
            let keys = object.members.iter().map(|member| &*member.key);
            return Err(suggest(fault, "type", keys.filter(|key| *key != "type"))
                .help("a layer is written `{\"type\": \"Conv2d\", \"in_channels\": 3, …}`"));
        };
        let class = self.plain(kind, "`type`")?;
        if let Some(made) = operation::make(self.text, object, class, inputs, reserved) {
            return made;
        }
        let mut arguments = Map::new();
        for member in &object.members {
            if !reserved.contains(&&*member.key) {
                arguments.insert(
                    member.key.clone().into_owned(),
                    self.text.value(member.value)?,
                );
            }
        }
        catalog::build(class, &arguments)
            .map(Made::Layer)
            .map_err(|error| self.refused(object, kind, error))
    }

    /// The catalog's refusal, at the type, the argument's name or its value.
    fn refused(&self, object: &Object, kind: &str, error: CatalogError) -> Fault {
        let member = |name: &str| object.members.iter().find(|member| member.key == name);
        let (part, label) = match &error {
            CatalogError::UnknownClass { class, .. } => {
                let fault = self
                    .text
                    .fault(kind, "unknown-layer", error.to_string(), "not known");
                let operations = operation::FORMS.iter().map(|form| form.name);
                let known = catalog::classes().chain(operations);
                let known = known.chain(operation::ELEMENTWISE.iter().copied());
                return suggest(fault, class, known);
            }
            CatalogError::UnknownArgument { argument, .. } => (
                member(argument).map_or(object.text, |member| member.key_text),
                "not known".to_owned(),
            ),
            CatalogError::MissingArgument { argument, .. } => {
                (object.text, format!("`{argument}` is missing"))
            }
            CatalogError::Invalid {
                argument, expected, ..
            } => (
                member(argument).map_or(object.text, |member| member.value),
                format!("expected {expected}"),
            ),
        };
        self.text.place(Fault::from(error), part, label)
    }
}

/// Refuses keys that are not among the known ones.
pub(super) fn refuse_unknown(
    text: Text,
    object: &Object,
    keys: &[&str],
    what: &str,
) -> Result<(), Fault> {
    let unknown = object.members.iter().find(|m| !keys.contains(&&*m.key));
    let Some(member) = unknown else {
        return Ok(());
    };
    let message = format!("{what} has no key `{}`", member.key);
    let fault = text.fault(member.key_text, "unknown-key", message, "not known");
    let fault = suggest(fault, &member.key, keys.iter().copied());
    Err(fault.help(format!("the keys are `{}`", keys.join("`, `"))))
}

/// A tensor's shape: a list of integers of at least 1; `null` where it is not known.
///
/// # Errors
/// If it is neither.
pub(super) fn shape(text: Text, part: &str) -> Result<Option<Shape>, Fault> {
    let got = text.value(part)?;
    let size = |value: &Value| value.as_u64().and_then(|size| usize::try_from(size).ok());
    let sizes = match &got {
        Value::Null => return Ok(None),
        Value::Array(entries) => entries
            .iter()
            .map(|entry| size(entry).filter(|&size| size > 0))
            .collect::<Option<Vec<_>>>(),
        _ => None,
    };
    let expected = "a shape such as `[1, 3, 224, 224]`, of integers of at least 1";
    sizes
        .map(|sizes| Some(Shape(sizes)))
        .ok_or_else(|| text.expected(part, "an input", expected, &got))
}
