//! From text to a subject: PyTorch sources, notebooks, JSON models, and values as people write them.

mod functions;
pub mod graph;
pub mod json;
pub mod modules;
pub mod notebook;
pub mod python;
pub mod tensors;
pub mod values;

use std::path::{Path, PathBuf};

use crate::model::{Fault, Model, Shape, Source};
use crate::torch::{Interpreter, Request};
pub use functions::{FunctionSources, function};
use notebook::CellKind;

/// Bytes of a source that are read; far more than any model needs, notebooks with pictures included.
const LARGEST_SOURCE: usize = 64 << 20;

/// Where a model stands and how to read it.
#[derive(Debug, Clone)]
pub struct ModelRequest {
    /// Where it stands.
    pub origin: Origin,
    /// The shapes that it is called with; without them the source's own calls say.
    pub inputs: Option<Vec<Shape>>,
    /// Layers that gradus does not know, by class name, to take as element-wise.
    pub assume: Vec<String>,
    /// The sandbox for PyTorch sources.
    pub interpreter: Interpreter,
}

/// Where a model stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file.
    Path {
        /// The file.
        path: PathBuf,
        /// Which of its models: a name, or any expression over its names.
        expression: Option<String>,
    },
    /// On standard input.
    Stdin {
        /// What was read there, as bytes.
        text: Vec<u8>,
        /// Which of its models.
        expression: Option<String>,
    },
    /// In the argument of `-c`: the value of its last expression.
    Snippet(String),
}

impl Origin {
    /// A file, with what follows the last `:` as an expression where the whole is no file's name.
    pub fn path(argument: &str) -> Self {
        let whole = Self::Path {
            path: PathBuf::from(argument),
            expression: None,
        };
        if Path::new(argument).exists() {
            return whole;
        }
        // The expression may itself hold a `:` (`f(x[1:])`): the first cut whose front is a file is the one.
        let cuts = argument
            .match_indices(':')
            .map(|(at, _)| argument.split_at(at));
        let mut cuts = cuts.filter(|(front, back)| !front.is_empty() && back.len() > 1);
        let cut = cuts
            .clone()
            .find(|(front, _)| Path::new(front).exists())
            .or_else(|| cuts.next());
        match cut {
            Some((front, back)) => Self::Path {
                path: PathBuf::from(front),
                expression: Some(back[1..].to_owned()),
            },
            None => whole,
        }
    }
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Python,
    Notebook,
    JsonModel,
}

/// Reads a model, whatever form its text has.
///
/// # Errors
/// What is wrong with the text, at its place; which limit it ran into; or that no model, or more than one, is in it.
pub fn model(request: &ModelRequest) -> Result<Model, Fault> {
    match &request.origin {
        Origin::Path { path, expression } => {
            let name = path.display().to_string();
            let bytes = read_file(path, &name)?;
            let form = extension_form(path);
            from_bytes(bytes, name, form, expression.as_ref(), request)
        }
        Origin::Stdin { text, expression } => from_bytes(
            text.clone(),
            "<stdin>".to_owned(),
            None,
            expression.as_ref(),
            request,
        ),
        Origin::Snippet(text) => {
            let source = Source {
                name: "<-c>".to_owned(),
                text: text.clone(),
            };
            match sniffed(text) {
                Form::JsonModel => json::model(&source, request.inputs.as_deref()),
                Form::Python | Form::Notebook => python(vec![source], None, true, request),
            }
        }
    }
}

/// The Python of a program, text by text: a file, or the code cells of a notebook.
///
/// # Errors
/// If it cannot be read, or is no Python.
pub fn program(origin: &Origin) -> Result<Vec<Source>, Fault> {
    let (bytes, name, form) = match origin {
        Origin::Path { path, .. } => {
            let name = path.display().to_string();
            (read_file(path, &name)?, name, extension_form(path))
        }
        Origin::Stdin { text, .. } => (text.clone(), "<stdin>".to_owned(), None),
        Origin::Snippet(text) => {
            let name = "<-c>".to_owned();
            (text.clone().into_bytes(), name, Some(Form::Python))
        }
    };
    let text = text(bytes, &name)?;
    match form.unwrap_or_else(|| sniffed(&text)) {
        Form::Python => Ok(vec![Source { name, text }]),
        _ if notebook::looks_like_one(&text) => code_cells(&name, &text),
        _ => Err(Fault::new(
            "not-python",
            format!("`{name}` is neither Python nor a notebook"),
        )),
    }
}

fn read_file(path: &Path, name: &str) -> Result<Vec<u8>, Fault> {
    let bytes = std::fs::read(path).map_err(|error| {
        let fault = Fault::new("unreadable-file", format!("`{name}` cannot be read: {error}"));
        if path.is_dir() {
            fault.help("A model is read from a file: a `.py`, `.ipynb` or `.json`.")
        } else {
            fault.help("MODEL is a file, a file and an expression (`net.py:Net(10)`), `-` for standard input, or a snippet after `-c`.")
        }
    })?;
    if bytes.len() > LARGEST_SOURCE {
        return Err(Fault::new(
            "too-large",
            format!(
                "`{name}` has {} bytes; at most {LARGEST_SOURCE} are read",
                bytes.len()
            ),
        ));
    }
    Ok(bytes)
}

fn from_bytes(
    bytes: Vec<u8>,
    name: String,
    form: Option<Form>,
    expression: Option<&String>,
    request: &ModelRequest,
) -> Result<Model, Fault> {
    let text = text(bytes, &name)?;
    if text.trim().is_empty() {
        return Err(Fault::new("no-model", format!("`{name}` is empty"))
            .help("A model is PyTorch source, a notebook or a JSON model."));
    }
    let form = form.unwrap_or_else(|| sniffed(&text));
    let sources = match form {
        Form::JsonModel if notebook::looks_like_one(&text) => code_cells(&name, &text)?,
        Form::JsonModel => {
            if let Some(expression) = expression {
                return Err(Fault::new(
                    "no-expression",
                    format!(
                        "a JSON file holds one model: `{expression}` cannot be looked up in it"
                    ),
                ));
            }
            return json::model(&Source { name, text }, request.inputs.as_deref());
        }
        Form::Notebook => code_cells(&name, &text)?,
        Form::Python => vec![Source { name, text }],
    };
    python(sources, expression.cloned(), false, request)
}

fn python(
    sources: Vec<Source>,
    expression: Option<String>,
    snippet: bool,
    request: &ModelRequest,
) -> Result<Model, Fault> {
    request.interpreter.read_model(&Request {
        sources,
        expression,
        snippet,
        inputs: request.inputs.clone(),
        assume: request.assume.clone(),
    })
}

/// The code cells of a notebook, each a source of its own: `net.ipynb, cell 3` counts all cells from 1.
fn code_cells(name: &str, text: &str) -> Result<Vec<Source>, Fault> {
    let notebook = notebook::parse(text).map_err(|fault| Fault {
        message: format!("`{name}`: {}", fault.message),
        ..fault
    })?;
    let cells = notebook.cells.iter().zip(1..);
    let sources: Vec<_> = cells
        .filter(|(cell, _)| cell.kind == CellKind::Code && !cell.source.trim().is_empty())
        .map(|(cell, number)| Source {
            name: format!("{name}, cell {number}"),
            text: notebook::python(&cell.source),
        })
        .collect();
    if sources.is_empty() {
        return Err(
            Fault::new("no-model", format!("`{name}` has no code in its cells"))
                .help("A model is read from the code cells of a notebook."),
        );
    }
    Ok(sources)
}

/// The text of a file: UTF-8, with or without a byte order mark, with any line ends.
fn text(bytes: Vec<u8>, name: &str) -> Result<String, Fault> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Fault::new(
            "not-text",
            format!("`{name}` is not text: byte {at} is not UTF-8"),
        )
        .help("Save it as UTF-8; weights (`.pt`, `.pth`) hold no model that can be read.")
    })?;
    if text.contains('\0') {
        return Err(Fault::new(
            "not-text",
            format!("`{name}` is not text: it holds a zero byte"),
        ));
    }
    let text = text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text);
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

fn extension_form(path: &Path) -> Option<Form> {
    match path.extension()?.to_str()? {
        "py" => Some(Form::Python),
        "ipynb" => Some(Form::Notebook),
        "json" => Some(Form::JsonModel),
        _ => None,
    }
}

/// What a text without a telling name is: JSON begins with `{`, which no Python program of use does.
fn sniffed(text: &str) -> Form {
    match text.trim_start().starts_with('{') {
        true if notebook::looks_like_one(text) => Form::Notebook,
        true => Form::JsonModel,
        false => Form::Python,
    }
}
