//! Python's exceptions as faults: what Python's last line says, at the innermost place in the user's text.

use rustpython_vm::builtins::{PyBaseExceptionRef, PyStr};
use rustpython_vm::compiler::CompileError;
use rustpython_vm::{AsObject, VirtualMachine};

use super::native::source_index;
use super::recorder;
use crate::model::{Fault, Source, Span};

/// An exception as a fault.
pub(super) fn fault(
    exception: &PyBaseExceptionRef,
    sources: &[Source],
    vm: &VirtualMachine,
) -> Fault {
    let message = message(exception, vm);
    if let Some(raised) = recorder::with(|recorder| recorder.raised.clone())
        && raised.message == message
    {
        return match raised.place {
            Some(_) => raised,
            None => placed(raised, exception, sources),
        };
    }
    let class = exception.class().name().to_string();
    let code = code(exception, vm);
    let text = match &code {
        Some(_) => message,
        None if message.is_empty() => class.clone(),
        None => format!("{class}: {message}"),
    };
    let code = code.unwrap_or_else(|| general_code(&class).to_owned());
    let mut fault = Fault::new(&code, text);
    if let Some(advice) = advice(exception, vm) {
        fault = fault.help(advice);
    }
    placed(fault, exception, sources)
}

/// The code that an exception of the package `torch` carries.
pub(super) fn code(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> Option<String> {
    text(exception, "gradus_code", vm)
}

pub(super) fn advice(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> Option<String> {
    text(exception, "gradus_help", vm)
}

fn text(
    exception: &PyBaseExceptionRef,
    attribute: &'static str,
    vm: &VirtualMachine,
) -> Option<String> {
    let value = exception.as_object().get_attr(attribute, vm).ok()?;
    let text = value.downcast_ref::<PyStr>()?;
    Some(text.to_string_lossy().into_owned())
}

fn general_code(class: &str) -> &'static str {
    match class {
        "MemoryError" => "memory-limit",
        "SystemExit" => "program-exit",
        "NameError" | "UnboundLocalError" => "unknown-name",
        _ => "python-exception",
    }
}

pub(super) fn message(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> String {
    let text = exception.as_object().str(vm);
    text.map(|text| text.to_string_lossy().trim_end().to_owned())
        .unwrap_or_default()
}

pub(super) fn placed(fault: Fault, exception: &PyBaseExceptionRef, sources: &[Source]) -> Fault {
    match innermost(exception) {
        Some(span) if span.source < sources.len() => fault.at(&sources[span.source], span, ""),
        _ => fault,
    }
}

/// The innermost of the traceback's frames that runs the user's text.
fn innermost(exception: &PyBaseExceptionRef) -> Option<Span> {
    let mut entry = exception.__traceback__();
    let mut found = None;
    while let Some(traceback) = entry {
        let code = &traceback.frame.code;
        if let Some(source) = source_index(code.source_path().as_str()) {
            // `lasti` counts bytes, two an instruction.
            let location = code.locations.get(traceback.lasti as usize / 2);
            let line = traceback.lineno.get();
            let (column, length) = match location {
                Some((start, end)) if start.line.get() == line => {
                    let column = start.character_offset.get();
                    let one_line = end.line == start.line;
                    let length = end.character_offset.get().saturating_sub(column);
                    (column, if one_line { length } else { 0 })
                }
                _ => (1, 0),
            };
            found = Some(Span {
                source,
                line,
                column,
                length,
            });
        }
        let next = traceback.next.lock().clone();
        entry = next;
    }
    found
}

/// A text that is not Python.
pub(super) fn syntax(error: &CompileError, sources: &[Source], index: usize) -> Fault {
    let (line, column) = error.python_location();
    let end = error.python_end_location();
    let length = match end {
        Some((end_line, end_column)) if end_line == line => end_column.saturating_sub(column),
        _ => 0,
    };
    let span = Span {
        source: index,
        line: line.max(1),
        column: column.max(1),
        length,
    };
    let mut message = error.to_string();
    if let Some(first) = message.lines().next() {
        message = first.to_owned();
    }
    Fault::new("python-syntax", format!("SyntaxError: {message}")).at(
        &sources[index],
        span,
        "this is not Python",
    )
}
