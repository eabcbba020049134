//! One reading: the sources run in one scope, statement by statement.
//!
//! A statement that fails does not end the reading at once: what it would have bound, or may have left half done,
//! becomes a placeholder that says why when it is used. So a file that plots or trains still shows its model, and
//! a model that needed the failed statement is never read as if it had been whole.

use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::scope::Scope;
use rustpython_vm::{AsObject, PyObjectRef, PyResult, VirtualMachine};

use super::code::{Code, Stop};
use super::protocol::{Answer, Request};
use super::statements::{Touched, touched, unrolled};
use super::{choose, errors, nesting, recorder};
use crate::model::{Fault, ReadingNote, Source};

/// One reading: the sources run in one scope.
pub(super) struct Session<'vm> {
    pub(super) vm: &'vm VirtualMachine,
    pub(super) request: &'vm Request,
    pub(super) scope: Scope,
    /// The package's module `gradus_reading`.
    pub(super) reading: PyObjectRef,
    /// What failed, in order.
    pub(super) failures: Vec<Failure>,
    /// Names in the order they were bound, with the line: (name, source, line).
    pub(super) bound: Vec<(String, usize, usize)>,
    /// The value of the last statement, if it is an expression.
    pub(super) last: Option<PyObjectRef>,
}

/// A statement that failed.
pub(super) struct Failure {
    /// Why.
    pub(super) fault: Fault,
    /// Whether the source does something that is not offered here, rather than something wrong.
    pub(super) not_offered: bool,
    /// Whether a module failed while it was called: the reading calls it again itself.
    pub(super) in_call: bool,
}

impl<'vm> Session<'vm> {
    /// A scope in which the package is known.
    pub(super) fn new(vm: &'vm VirtualMachine, request: &'vm Request) -> Result<Self, Fault> {
        let broken = |exception: PyBaseExceptionRef| {
            let fault = errors::fault(&exception, &[], vm);
            Fault::new(
                "interpreter-fault",
                format!("the package did not start: {}", fault.message),
            )
        };
        let start = || -> PyResult<(Scope, PyObjectRef)> {
            let scope = vm.new_scope_with_main()?;
            let reading = vm.import("gradus_reading", 0)?;
            reading
                .get_attr("prepare", vm)?
                .call((scope.globals.clone(),), vm)?;
            Ok((scope, reading))
        };
        let (scope, reading) = start().map_err(broken)?;
        Ok(Self {
            vm,
            request,
            scope,
            reading,
            failures: Vec::new(),
            bound: Vec::new(),
            last: None,
        })
    }

    /// Runs the sources, chooses the module and traces it.
    pub(super) fn read(mut self) -> Answer {
        for index in 0..self.request.sources.len() {
            if !self.run(index)? {
                break;
            }
        }
        let (module, name) = choose::module(&mut self)?;
        self.call("read", (module, self.inputs(), self.vm.ctx.new_str(name)))
            .map_err(|exception| self.fault(&exception))?;
        let mut model = recorder::with(|recorder| {
            let mut model = recorder.model.take()?;
            model.notes.append(&mut recorder.notes);
            Some(model)
        })
        .ok_or_else(|| Fault::new("interpreter-fault", "the model was not written down"))?;
        model
            .notes
            .extend(self.failures.iter().map(|failure| ReadingNote {
                code: "statement-failed".to_owned(),
                text: describe(&failure.fault),
            }));
        model.sources.clone_from(&self.request.sources);
        Ok(model)
    }

    fn inputs(&self) -> PyObjectRef {
        let Some(inputs) = &self.request.inputs else {
            return self.vm.ctx.none();
        };
        let int = |&dim: &usize| self.vm.ctx.new_int(dim).into();
        let shape = |shape: &crate::model::Shape| {
            let dims = shape.dims().iter().map(int).collect();
            self.vm.ctx.new_tuple(dims).into()
        };
        self.vm
            .ctx
            .new_list(inputs.iter().map(shape).collect())
            .into()
    }

    /// Calls a function of `gradus_reading`.
    pub(super) fn call(
        &self,
        name: &'static str,
        arguments: impl rustpython_vm::function::IntoFuncArgs,
    ) -> PyResult {
        self.reading
            .get_attr(name, self.vm)?
            .call(arguments, self.vm)
    }

    /// An exception as a fault.
    pub(super) fn fault(&self, exception: &PyBaseExceptionRef) -> Fault {
        errors::fault(exception, &self.request.sources, self.vm)
    }

    /// Runs a source; says whether the next one is to be run.
    fn run(&mut self, index: usize) -> Result<bool, Fault> {
        let source = &self.request.sources[index];
        let mut code = match Code::parse(&self.request.sources, index) {
            Ok(code) => code,
            Err(fault) => {
                self.failures.push(not_python(fault));
                return Ok(true);
            }
        };
        self.last = None;
        for statement in unrolled(std::mem::take(&mut code.statements)) {
            let touched = touched(&statement);
            let line = line_at(&source.text, touched.start);
            match code.run(statement, &self.request.sources, &self.scope, self.vm) {
                Ok(value) => {
                    self.last = value;
                    self.bound
                        .extend(touched.bound.into_iter().map(|name| (name, index, line)));
                }
                Err(Stop::Syntax(fault)) => {
                    self.failures.push(not_python(fault));
                    return Ok(true);
                }
                Err(Stop::Exception(exception)) => match self.failed(&exception, &touched)? {
                    After::NextStatement => {}
                    After::NextSource => return Ok(true),
                    After::Nothing => return Ok(false),
                },
            }
        }
        Ok(true)
    }

    /// Notes a failure, and puts placeholders where the statement left nothing or something half done.
    fn failed(
        &mut self,
        exception: &PyBaseExceptionRef,
        touched: &Touched,
    ) -> Result<After, Fault> {
        let fault = self.fault(exception);
        if matches!(fault.code.as_str(), "memory-limit" | "output-limit") {
            return Err(fault);
        }
        let not_offered = errors::code(exception, self.vm).is_some();
        let exit = fault.code == "program-exit";
        let in_call = self
            .call("failed_in_call", (exception.as_object().to_owned(),))
            .is_ok_and(|flag| flag.is(&self.vm.ctx.true_value));
        let names = |names: &[String]| -> PyObjectRef {
            let names = names
                .iter()
                .map(|name| self.vm.ctx.new_str(name.as_str()).into());
            self.vm.ctx.new_list(names.collect()).into()
        };
        let reason = self.vm.ctx.new_str(describe(&fault));
        let arguments = (
            self.scope.globals.clone(),
            names(&touched.bound),
            names(&touched.changed),
            reason,
        );
        self.call("poison", arguments)
            .map_err(|exception| self.fault(&exception))?;
        self.failures.push(Failure {
            fault,
            not_offered,
            in_call,
        });
        Ok(match (exit, not_offered) {
            (true, _) => After::Nothing,
            (false, true) => After::NextStatement,
            (false, false) => After::NextSource,
        })
    }

    /// The value of an expression over the sources' names.
    pub(super) fn evaluate(&self, expression: &str) -> Result<PyObjectRef, Fault> {
        let as_source = |fault: Fault| Fault {
            place: None,
            message: format!("`{expression}`: {}", fault.message),
            ..fault
        };
        let sources = [Source {
            name: "<expression>".to_owned(),
            text: expression.to_owned(),
        }];
        nesting::check(&sources, 0)?;
        let mode = rustpython_vm::compiler::Mode::Eval;
        let code = self
            .vm
            .compile(expression.trim(), mode, "<expression>".to_owned())
            .map_err(|error| as_source(errors::syntax(&error, &sources, 0)))?;
        self.vm
            .run_code_obj(code, self.scope.clone())
            .map_err(|exception| {
                let fault = self.fault(&exception);
                if fault.place.is_some() {
                    fault
                } else {
                    as_source(fault)
                }
            })
    }
}

/// A text, or a statement, that cannot be run at all.
fn not_python(fault: Fault) -> Failure {
    Failure {
        fault,
        not_offered: false,
        in_call: false,
    }
}

/// What is run after a failure.
enum After {
    NextStatement,
    NextSource,
    Nothing,
}

/// A fault in one line, with its place.
pub(super) fn describe(fault: &Fault) -> String {
    match &fault.place {
        Some(place) => format!(
            "{}:{}: {}",
            place.source.name, place.span.line, fault.message
        ),
        None => fault.message.clone(),
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()
        .iter()
        .take(offset)
        .filter(|&&byte| byte == b'\n')
        .count()
        + 1
}
