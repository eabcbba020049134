//! Which of a source's modules is meant.

use rustpython_vm::{AsObject, PyObjectRef};
use serde::Deserialize;

use super::session::{Failure, Session};
use super::values::decode;
use crate::model::Fault;

/// A name that is bound to a module, or to a class of modules that needs no arguments.
#[derive(Deserialize)]
struct Candidate {
    name: String,
    class: bool,
}

/// The module that is meant, and what to call it.
///
/// # Errors
/// None, or several and no word which; or the failure that keeps it from being made.
pub(super) fn module(session: &mut Session) -> Result<(PyObjectRef, String), Fault> {
    if let Some(expression) = session.request.expression.clone() {
        let value = session
            .evaluate(&expression)
            .map_err(|fault| needed(session, fault))?;
        return Ok((instance(session, value, &expression)?, expression));
    }
    if let [_] = session.request.sources.as_slice()
        && let Some(failure) = session.failures.iter().find(|failure| wrong(failure))
    {
        return Err(failure.fault.clone());
    }
    if session.request.snippet
        && let Some(value) = last_module(session)
    {
        return Ok(value);
    }
    let candidates: Vec<Candidate> = session
        .call("candidates", (session.scope.globals.clone(),))
        .and_then(|found| decode(&found, session.vm))
        .map_err(|exception| session.fault(&exception))?;
    match candidates.as_slice() {
        [one] => {
            let value = session.evaluate(&one.name)?;
            Ok((instance(session, value, &one.name)?, one.name.clone()))
        }
        [] => match (last_module(session), session.failures.first()) {
            (Some(value), _) => Ok(value),
            (None, Some(failure)) => Err(failure.fault.clone()),
            (None, None) => Err(nothing(session)),
        },
        several => Err(which(session, several)),
    }
}

/// Whether a failure is the source's own error, and not one that the reading meets again by itself.
fn wrong(failure: &Failure) -> bool {
    !failure.not_offered && !failure.in_call && failure.fault.code != "program-exit"
}

/// If a name is missing because an earlier statement failed, that is the fault.
fn needed(session: &Session, fault: Fault) -> Fault {
    match session.failures.first() {
        Some(failure) if fault.code == "unknown-name" => failure.fault.clone(),
        _ => fault,
    }
}

fn last_module(session: &Session) -> Option<(PyObjectRef, String)> {
    let value = session.last.clone()?;
    let is_module = session.call("is_module", (value.clone(),)).ok()?;
    is_module.is(&session.vm.ctx.true_value).then(|| {
        let class = value.class().name().to_string();
        (value, class)
    })
}

/// A module, or what a class of modules makes without arguments.
fn instance(session: &Session, value: PyObjectRef, name: &str) -> Result<PyObjectRef, Fault> {
    let name = session.vm.ctx.new_str(name);
    session
        .call("instance", (value, name))
        .map_err(|exception| session.fault(&exception))
}

fn nothing(session: &Session) -> Fault {
    let empty = session
        .request
        .sources
        .iter()
        .all(|source| source.text.trim().is_empty());
    let message = if empty {
        "there is no code to read"
    } else {
        "no model is made here"
    };
    Fault::new("no-model", message)
        .help("A model is an nn.Module bound to a name, such as `net = nn.Sequential(…)`, or a class of modules that needs no arguments.")
        .help("`FILE:EXPRESSION` makes one, such as `net.py:'Net(10)'`.")
}

fn which(session: &Session, candidates: &[Candidate]) -> Fault {
    let sources = &session.request.sources;
    let listed: Vec<String> = candidates
        .iter()
        .map(|candidate| {
            let bound = session
                .bound
                .iter()
                .rev()
                .find(|(name, ..)| *name == candidate.name);
            let class = if candidate.class { " (a class)" } else { "" };
            match bound {
                Some((name, source, line)) => {
                    format!("`{name}`{class}, {}:{line}", sources[*source].name)
                }
                None => format!("`{}`{class}", candidate.name),
            }
        })
        .collect();
    let first = &candidates[0].name;
    let mut fault = Fault::new(
        "several-models",
        format!("{} models are made here", candidates.len()),
    );
    fault
        .help
        .push(format!("Say which: {}.", listed.join("; ")));
    fault.help(format!("For instance `FILE:{first}`."))
}
