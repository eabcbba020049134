//! A study in the child: the sources run, the function found, drawn and noted.
//!
//! A statement that fails does not end the study: the function may not need it. If it does, what failed first is what
//! there is to say.

use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::compiler::Mode;
use rustpython_vm::function::IntoFuncArgs;
use rustpython_vm::scope::Scope;
use rustpython_vm::{AsObject, PyObjectRef, PyResult, VirtualMachine};

use super::native::{self, Failed, needed};
use super::{Reference, Study, StudyRequest};
use crate::model::{Fault, ReadingNote, Source};
use crate::torch::code::{Code, Stop};
use crate::torch::interpreter::{self, Flavour};
use crate::torch::session::describe;
use crate::torch::statements::{touched, unrolled};
use crate::torch::values::{decode, encode};
use crate::torch::{errors, nesting, recorder, running};

/// Studies a function in this process: only ever called in the child.
pub(in crate::torch) fn study(request: &StudyRequest) -> Result<Study, Fault> {
    let mut texts = running::texts(&request.sources, &request.modules);
    let reference = texts.len();
    if let Some(reference) = &request.reference {
        texts.extend(reference.sources.iter().cloned());
    }
    for index in 0..texts.len() {
        nesting::check(&texts, index)?;
    }
    recorder::with(|recorder| recorder.sources.clone_from(&texts));
    native::with(|notes| {
        notes.sources.clone_from(&texts);
        notes.numbers.clone_from(&request.numbers);
    });
    interpreter::build(Flavour::Values)
        .enter(|vm| Session::start(vm, request, texts)?.study(reference))
}

/// An expression as a source of its own, parsed and not too deeply nested.
fn expression(text: &str, name: &str) -> Result<Source, Fault> {
    let source = Source {
        name: name.to_owned(),
        text: text.trim().to_owned(),
    };
    nesting::check(std::slice::from_ref(&source), 0)?;
    Ok(source)
}

struct Session<'vm> {
    vm: &'vm VirtualMachine,
    request: &'vm StudyRequest,
    texts: Vec<Source>,
    scope: Scope,
    /// The package's module `gradus_study`.
    package: PyObjectRef,
}

impl<'vm> Session<'vm> {
    fn start(
        vm: &'vm VirtualMachine,
        request: &'vm StudyRequest,
        texts: Vec<Source>,
    ) -> Result<Self, Fault> {
        let started = || -> PyResult<(Scope, PyObjectRef)> {
            let first = request.sources.len();
            let scope = running::scope(vm, first, &request.modules, true, request.seed)?;
            let package = vm.import("gradus_study", 0)?;
            package.get_attr("prepare", vm)?.call((), vm)?;
            Ok((scope, package))
        };
        let (scope, package) = started().map_err(|exception| {
            let fault = errors::fault(&exception, &[], vm);
            Fault::new(
                "interpreter-fault",
                format!("the package did not start: {}", fault.message),
            )
        })?;
        Ok(Self {
            vm,
            request,
            texts,
            scope,
            package,
        })
    }

    fn study(self, reference: usize) -> Result<Study, Fault> {
        for claim in &self.request.claims {
            self.compiled(claim)?;
        }
        let scope = self.scope.clone();
        let last = self.run(0..self.request.sources.len(), &scope)?;
        let subject = self.subject(self.request.expression.as_deref(), last, &scope)?;
        let other = match &self.request.reference {
            None => None,
            Some(asked) => Some(self.reference(asked, reference)?),
        };
        let request = encode(&self.wanted(), self.vm).map_err(|failure| self.fault(&failure))?;
        let globals = self.scope.globals.clone();
        let other = other.unwrap_or_else(|| self.vm.ctx.none());
        self.call("study", (subject.clone(), request, globals, other))?;
        let (name, kind): (String, String) = self
            .call("describe", (subject,))
            .and_then(|names| decode(&names, self.vm).map_err(|failure| self.fault(&failure)))?;
        let mut notes = recorder::with(|recorder| std::mem::take(&mut recorder.notes));
        let failures = native::with(|kept| std::mem::take(&mut kept.failures));
        notes.extend(failures.iter().map(|failed| ReadingNote {
            code: "statement-failed".to_owned(),
            text: describe(&failed.fault),
        }));
        Ok(native::with(|kept| Study {
            name,
            kind,
            draws: std::mem::take(&mut kept.draws),
            notes: std::mem::take(&mut kept.remarks)
                .into_iter()
                .chain(notes)
                .collect(),
            sources: self.request.sources.clone(),
        }))
    }

    /// What Python is to know of the request.
    fn wanted(&self) -> serde_json::Value {
        serde_json::json!({
            "arguments": self.request.arguments,
            "claims": self.request.claims,
            "draws": self.request.draws,
            "seed": self.request.seed,
            "ones": self.request.ones,
        })
    }

    /// A claim has to be an expression before anything is run for it.
    fn compiled(&self, (input, text): &(String, String)) -> Result<(), Fault> {
        let source = expression(text, &format!("<claim for {input}>"))?;
        match self
            .vm
            .compile(&source.text, Mode::Eval, source.name.clone())
        {
            Ok(_) => Ok(()),
            Err(error) => {
                let fault = errors::syntax(&error, std::slice::from_ref(&source), 0);
                Err(fault.help("a claim is an expression of the function's arguments and G, such as 0.5 * G.T @ X"))
            }
        }
    }

    /// The function that is meant.
    fn subject(
        &self,
        expression: Option<&str>,
        last: Option<PyObjectRef>,
        scope: &Scope,
    ) -> Result<PyObjectRef, Fault> {
        let globals = scope.globals.clone();
        let found = match (expression, last) {
            (Some(text), _) => {
                let value = self.evaluate(text, scope)?;
                self.call("of", (value, self.vm.ctx.new_str(text), globals))
            }
            (None, Some(value)) if self.request.snippet => {
                let name = self.vm.ctx.new_str("the function");
                self.call("of", (value, name, globals))
            }
            (None, _) => self.call("find", (globals,)),
        };
        found.map_err(needed)
    }

    fn reference(&self, asked: &Reference, first: usize) -> Result<PyObjectRef, Fault> {
        if asked.sources.is_empty() {
            return self.subject(asked.expression.as_deref(), None, &self.scope);
        }
        let scope = self
            .vm
            .new_scope_with_main()
            .map_err(|failure| self.fault(&failure))?;
        self.call("make_known", (scope.globals.clone(),))?;
        let last = self.run(first..first + asked.sources.len(), &scope)?;
        self.subject(asked.expression.as_deref(), last, &scope)
    }

    fn evaluate(&self, text: &str, scope: &Scope) -> Result<PyObjectRef, Fault> {
        let source = expression(text, "<expression>")?;
        let said = |fault: Fault| match fault.place {
            Some(_) => fault,
            None => Fault {
                message: format!("`{text}`: {}", fault.message),
                ..fault
            },
        };
        let code = self
            .vm
            .compile(&source.text, Mode::Eval, source.name.clone())
            .map_err(|error| said(errors::syntax(&error, std::slice::from_ref(&source), 0)))?;
        self.vm
            .run_code_obj(code, scope.clone())
            .map_err(|failure| needed(said(self.fault(&failure))))
    }

    /// Runs texts statement by statement; the value of the last one, if it is an expression.
    fn run(
        &self,
        texts: std::ops::Range<usize>,
        scope: &Scope,
    ) -> Result<Option<PyObjectRef>, Fault> {
        let mut last = None;
        for index in texts {
            let mut code = match Code::parse(&self.texts, index) {
                Ok(code) => code,
                Err(fault) => {
                    failed(Vec::new(), fault);
                    continue;
                }
            };
            for statement in unrolled(std::mem::take(&mut code.statements)) {
                let bound = touched(&statement).bound;
                let fault = match code.run(statement, &self.texts, scope, self.vm) {
                    Ok(value) => {
                        last = value;
                        continue;
                    }
                    Err(Stop::Syntax(fault)) => fault,
                    Err(Stop::Exception(failure)) => self.fault(&failure),
                };
                if ends_all(&fault) {
                    return Err(fault);
                }
                let exits = fault.code == "program-exit";
                failed(bound, fault);
                if exits {
                    return Ok(last);
                }
            }
        }
        Ok(last)
    }

    /// Calls a function of `gradus_study`.
    fn call(&self, name: &'static str, arguments: impl IntoFuncArgs) -> Result<PyObjectRef, Fault> {
        self.package
            .get_attr(name, self.vm)
            .and_then(|function| function.call(arguments, self.vm))
            .map_err(|failure| self.fault(&failure))
    }

    fn fault(&self, exception: &PyBaseExceptionRef) -> Fault {
        let fault = errors::fault(exception, &self.texts, self.vm);
        match fault.code.as_str() {
            "python-exception"
                if exception.as_object().class().name().to_string() == "SyntaxError" =>
            {
                Fault {
                    code: "python-syntax".to_owned(),
                    ..fault
                }
            }
            _ => fault,
        }
    }
}

/// Notes that a statement failed.
fn failed(bound: Vec<String>, fault: Fault) {
    native::with(|notes| notes.failures.push(Failed { bound, fault }));
}

/// Limits that end the study, whatever statement met them.
fn ends_all(fault: &Fault) -> bool {
    matches!(fault.code.as_str(), "memory-limit" | "output-limit")
}
