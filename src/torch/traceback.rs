//! A failure as Python shows it, with the frames of the program's own texts.

use std::fmt::Write as _;

use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::{AsObject, VirtualMachine};

use super::errors;
use super::native::source_index;
use super::run::Failure;
use crate::model::{Fault, Source};

/// Frames that are shown at either end of a long traceback.
const FRAMES: usize = 10;

/// An exception as a failure.
pub(super) fn failure(
    exception: &PyBaseExceptionRef,
    texts: &[Source],
    vm: &VirtualMachine,
) -> Failure {
    let class = exception.class().name().to_string();
    let message = errors::message(exception, vm);
    let mut text = String::new();
    chain(&mut text, exception, texts, vm, 0);
    if let Some(advice) = errors::advice(exception, vm) {
        let _ = writeln!(text, "{advice}");
    }
    Failure {
        class,
        message,
        traceback: text,
        place: errors::placed(Fault::new("", ""), exception, texts).place,
    }
}

/// The exceptions that led to this one, and then itself.
fn chain(
    text: &mut String,
    exception: &PyBaseExceptionRef,
    texts: &[Source],
    vm: &VirtualMachine,
    depth: usize,
) {
    let cause = exception.__cause__();
    let context = exception.__context__();
    let hidden = exception
        .as_object()
        .get_attr("__suppress_context__", vm)
        .is_ok_and(|flag| flag.is(&vm.ctx.true_value));
    let before = match (cause, context) {
        (Some(cause), _) => Some((
            cause,
            "The above exception was the direct cause of the following exception:",
        )),
        (None, Some(context)) if !hidden => Some((
            context,
            "During handling of the above exception, another exception occurred:",
        )),
        _ => None,
    };
    if let Some((before, words)) = before
        && depth < 5
    {
        chain(text, &before, texts, vm, depth + 1);
        let _ = writeln!(text, "\n{words}\n");
    }
    one(text, exception, texts, vm);
}

fn one(text: &mut String, exception: &PyBaseExceptionRef, texts: &[Source], vm: &VirtualMachine) {
    let mut frames = Vec::new();
    let mut entry = exception.__traceback__();
    while let Some(traceback) = entry {
        let code = &traceback.frame.code;
        if let Some(source) = source_index(code.source_path().as_str())
            && let Some(source) = texts.get(source)
        {
            frames.push((source, traceback.lineno.get(), code.obj_name.to_string()));
        }
        let next = traceback.next.lock().clone();
        entry = next;
    }
    if !frames.is_empty() {
        text.push_str("Traceback (most recent call last):\n");
    }
    for (place, (source, line, name)) in frames.iter().enumerate() {
        if frames.len() > 2 * FRAMES && place >= FRAMES && place < frames.len() - FRAMES {
            if place == FRAMES {
                let _ = writeln!(text, "  [{} more frames]", frames.len() - 2 * FRAMES);
            }
            continue;
        }
        let _ = writeln!(text, "  File \"{}\", line {line}, in {name}", source.name);
        if let Some(line) = source.text.lines().nth(line.saturating_sub(1)) {
            let _ = writeln!(text, "    {}", line.trim());
        }
    }
    let class = exception.class().name().to_string();
    let message = errors::message(exception, vm);
    let _ = match message.is_empty() {
        true => writeln!(text, "{class}"),
        false => writeln!(text, "{class}: {message}"),
    };
}

/// A text that is not Python.
pub(super) fn syntax(fault: &Fault) -> Failure {
    let mut text = String::new();
    if let Some(place) = &fault.place {
        let _ = writeln!(
            text,
            "  File \"{}\", line {}",
            place.source.name, place.span.line
        );
        if let Some(line) = place.source.text.lines().nth(place.span.line - 1) {
            let shown = line.trim_start();
            let indent = line.chars().count() - shown.chars().count();
            let column = place.span.column.saturating_sub(1).saturating_sub(indent);
            let _ = writeln!(text, "    {shown}\n    {}^", " ".repeat(column));
        }
    }
    let _ = writeln!(text, "{}", fault.message);
    let (class, message) = fault
        .message
        .split_once(": ")
        .unwrap_or(("SyntaxError", fault.message.as_str()));
    Failure {
        class: class.to_owned(),
        message: message.to_owned(),
        traceback: text,
        place: fault.place.clone(),
    }
}
