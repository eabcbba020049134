//! Running a program in the child: its texts one after the other in one scope, like the cells of a notebook.

use std::cell::RefCell;
use std::io::Write;

use rustpython_vm::builtins::{PyBaseExceptionRef, PyCode};
use rustpython_vm::compiler::{CompileError, Mode, ast, parser};
use rustpython_vm::scope::Scope;
use rustpython_vm::{AsObject, PyObjectRef, PyRef, PyResult, VirtualMachine};

use super::interpreter::{self, Flavour};
use super::native::source_name;
use super::protocol::Line;
use super::run::{Event, Failure, RunRequest};
use super::{errors, nesting, recorder, traceback};
use crate::model::{Fault, Source};

/// Characters that a program may print.
const PRINT_LIMIT: usize = 4 << 20;

/// Where lines of the answer go.
struct Sink {
    to: Box<dyn Write>,
    /// Printed, but not yet a whole line.
    open: String,
    printed: usize,
}

thread_local! {
    static SINK: RefCell<Option<Sink>> = const { RefCell::new(None) };
}

impl Sink {
    fn say(&mut self, line: &Line) {
        // A parent that is gone needs no answer.
        let _ = serde_json::to_writer(&mut self.to, line);
        let _ = self.to.write_all(b"\n").and_then(|()| self.to.flush());
    }

    /// What was printed goes out before anything else does.
    fn close_line(&mut self) {
        if !self.open.is_empty() {
            let text = std::mem::take(&mut self.open);
            self.say(&Line::Event(Event::Printed(text)));
        }
    }
}

fn say(line: &Line) {
    SINK.with_borrow_mut(|sink| {
        if let Some(sink) = sink {
            sink.close_line();
            sink.say(line);
        }
    });
}

fn happened(event: Event) {
    say(&Line::Event(event));
}

/// Takes what a program prints; `false` when it is too much. Whole lines go out at once.
pub(super) fn print(text: &str) -> bool {
    SINK.with_borrow_mut(|sink| {
        let Some(sink) = sink else {
            return true;
        };
        sink.printed = sink.printed.saturating_add(text.len());
        if sink.printed > PRINT_LIMIT {
            return false;
        }
        sink.open.push_str(text);
        if text.ends_with('\n') {
            sink.close_line();
        }
        true
    })
}

/// Runs a program in this process: only ever called in the child.
pub(super) fn run(request: &RunRequest, to: Box<dyn Write>) {
    let sink = Sink {
        to,
        open: String::new(),
        printed: 0,
    };
    SINK.set(Some(sink));
    match ready(request) {
        Ok(texts) => {
            recorder::with(|recorder| recorder.sources.clone_from(&texts));
            interpreter::build(Flavour::Values).enter(|vm| {
                if let Err(fault) = Program::start(vm, request, texts).map(|program| program.run())
                {
                    say(&Line::Fault(fault));
                }
            });
        }
        Err(fault) => say(&Line::Fault(fault)),
    }
    for note in recorder::with(|recorder| std::mem::take(&mut recorder.notes)) {
        happened(Event::Noted(note));
    }
    say(&Line::End);
    SINK.set(None);
}

/// All texts by number, the program's own first; each not too deeply nested.
pub(super) fn texts(sources: &[Source], modules: &[(String, Source)]) -> Vec<Source> {
    let modules = modules.iter().map(|(_, source)| source.clone());
    sources.iter().cloned().chain(modules).collect()
}

fn ready(request: &RunRequest) -> Result<Vec<Source>, Fault> {
    let texts = texts(&request.sources, &request.modules);
    for index in 0..texts.len() {
        nesting::check(&texts, index)?;
    }
    Ok(texts)
}

/// Prepares a scope for programs with values: modules that may be imported are known by their texts.
pub(super) fn scope(
    vm: &VirtualMachine,
    first: usize,
    modules: &[(String, Source)],
    known: bool,
    seed: u64,
) -> PyResult<Scope> {
    let scope = vm.new_scope_with_main()?;
    let served = vm.ctx.new_dict();
    for (place, (name, source)) in modules.iter().enumerate() {
        let text = vm.ctx.new_str(source.text.as_str());
        let code_name = vm.ctx.new_str(source_name(first + place));
        let pair = vm.ctx.new_tuple(vec![text.into(), code_name.into()]);
        served.set_item(name.as_str(), pair.into(), vm)?;
    }
    let running = vm.import("gradus_running", 0)?;
    running.get_attr("prepare", vm)?.call(
        (
            scope.globals.clone(),
            served,
            vm.ctx.new_bool(known),
            vm.ctx.new_int(seed),
        ),
        vm,
    )?;
    Ok(scope)
}

struct Program<'vm> {
    vm: &'vm VirtualMachine,
    request: &'vm RunRequest,
    texts: Vec<Source>,
    scope: Scope,
}

/// What follows a text.
#[derive(PartialEq, Eq)]
enum After {
    Next,
    Nothing,
}

impl<'vm> Program<'vm> {
    fn start(
        vm: &'vm VirtualMachine,
        request: &'vm RunRequest,
        texts: Vec<Source>,
    ) -> Result<Self, Fault> {
        let first = request.sources.len();
        let scope = scope(vm, first, &request.modules, request.known, request.seed).map_err(
            |exception| {
                let fault = errors::fault(&exception, &[], vm);
                Fault::new(
                    "interpreter-fault",
                    format!("the package did not start: {}", fault.message),
                )
            },
        )?;
        Ok(Self {
            vm,
            request,
            texts,
            scope,
        })
    }

    fn run(&self) {
        for index in 0..self.request.sources.len() {
            happened(Event::Started(index));
            if self.text(index) == After::Nothing {
                break;
            }
        }
    }

    fn text(&self, index: usize) -> After {
        match self.execute(index) {
            Ok(shown) => {
                if let Some(shown) = shown {
                    happened(Event::Shown(shown));
                }
                happened(Event::Finished);
                After::Next
            }
            Err(Stop::Syntax(failure)) => self.failed(failure),
            Err(Stop::Exception(exception)) => {
                let exits = exception.fast_isinstance(self.vm.ctx.exceptions.system_exit);
                if exits && !asks_for_failure(&exception, self.vm) {
                    happened(Event::Exited);
                    return After::Nothing;
                }
                let after = self.failed(traceback::failure(&exception, &self.texts, self.vm));
                if exits || errors::code(&exception, self.vm).as_deref() == Some("output-limit") {
                    return After::Nothing;
                }
                after
            }
        }
    }

    fn failed(&self, failure: Failure) -> After {
        happened(Event::Failed(failure));
        if self.request.stop {
            After::Nothing
        } else {
            After::Next
        }
    }

    /// Runs a text: the value of its last expression as text, if there is one to show.
    fn execute(&self, index: usize) -> Result<Option<String>, Stop> {
        let source = &self.texts[index];
        let name = source_name(index);
        let (head, tail) = if self.request.echo {
            split(&source.text)
        } else {
            (source.text.clone(), None)
        };
        self.code(&head, Mode::Exec, &name, index)?;
        let Some(tail) = tail else {
            return Ok(None);
        };
        let value = self.code(&tail, Mode::Eval, &name, index)?;
        if self.vm.is_none(&value) {
            return Ok(None);
        }
        self.scope
            .globals
            .set_item("_", value.clone(), self.vm)
            .map_err(Stop::Exception)?;
        let text = value.repr(self.vm).map_err(Stop::Exception)?;
        Ok(Some(text.to_string_lossy().into_owned()))
    }

    fn code(&self, text: &str, mode: Mode, name: &str, index: usize) -> Result<PyObjectRef, Stop> {
        let code: PyRef<PyCode> = self
            .vm
            .compile(text, mode, name.to_owned())
            .map_err(|error| Stop::Syntax(self.syntax(&error, index)))?;
        self.vm
            .run_code_obj(code, self.scope.clone())
            .map_err(Stop::Exception)
    }

    fn syntax(&self, error: &CompileError, index: usize) -> Failure {
        traceback::syntax(&errors::syntax(error, &self.texts, index))
    }
}

enum Stop {
    Syntax(Failure),
    Exception(PyBaseExceptionRef),
}

/// Whether `exit(…)` was called with something else than success.
fn asks_for_failure(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> bool {
    let Ok(code) = exception.as_object().get_attr("code", vm) else {
        return false;
    };
    if vm.is_none(&code) {
        return false;
    }
    code.try_int(vm)
        .ok()
        .and_then(|code| code.try_to_primitive::<i64>(vm).ok())
        != Some(0)
}

/// A text without its last expression, and that expression at its own lines; a `;` after it asks not to show it.
fn split(text: &str) -> (String, Option<String>) {
    let whole = || (text.to_owned(), None);
    let Ok(parsed) = parser::parse_module(text) else {
        return whole();
    };
    let Some(ast::Stmt::Expr(last)) = parsed.syntax().body.last() else {
        return whole();
    };
    let (start, end) = (last.range.start().to_usize(), last.range.end().to_usize());
    let rest = text[end..].trim_start();
    // An expression after a `;` on one line, or one that is not shown, is run with the rest.
    let alone = text[..start]
        .rsplit('\n')
        .next()
        .is_some_and(|before| before.trim().is_empty());
    if rest.starts_with(';') || !alone {
        return whole();
    }
    let (head, tail) = (&text[..start], &text[start..end]);
    let lines = "\n".repeat(head.matches('\n').count());
    // In brackets an expression may begin after blank lines and go over several.
    (head.to_owned(), Some(format!("({lines}{tail}\n)")))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn only_a_last_expression_is_shown() {
        let tail = |text: &str| split(text).1;
        assert_eq!(tail("x = 1\nx"), Some("(\nx\n)".to_owned()));
        assert_eq!(tail("x = 1\nx  # so it is"), Some("(\nx\n)".to_owned()));
        assert_eq!(tail("x;"), None);
        assert_eq!(tail("x = 1"), None);
        assert_eq!(tail("# nothing"), None);
        assert_eq!(tail("a = 1; a"), None);
        assert_eq!(
            tail("'''two\nlines'''"),
            Some("('''two\nlines'''\n)".to_owned())
        );
    }
}
