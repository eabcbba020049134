//! What is asked of the sandbox about handed-in code, and whose failure is whose.

use crate::grade::code::{MODULE, Program};
use crate::grade::reading::Work;
use crate::model::{Fault, Source};
use crate::read::python::{TokenKind, outline, tokens};
use crate::torch::study::{Claimed, Given, Study, StudyRequest};

/// Puts a function that was handed in before the teacher's sources.
///
/// They import it themselves, from the assignment's file or from [`MODULE`]; where they do not mention it, it is the
/// backward of the function that they define. Of the files beside them they keep only those that they name: no other
/// one is in the reach of what was handed in, least of all a solution.
///
/// # Errors
/// If the function that it belongs to is not named.
pub(super) fn hand_in(request: &mut StudyRequest, program: &Program) -> Result<(), Fault> {
    let beside = std::mem::take(&mut request.modules);
    request.modules = named_by(&request.sources, beside);
    request
        .modules
        .retain(|(name, _)| !program.modules.iter().any(|(other, _)| other == name));
    request.modules.extend(program.modules.iter().cloned());
    let name = program.function.as_str();
    if request.sources.iter().any(|source| mentions(source, name)) {
        return Ok(());
    }
    if request.snippet {
        let Some(source) = request.sources.last_mut() else {
            return Err(no_forward(name));
        };
        let last = outline(&source.text)
            .pop()
            .ok_or_else(|| no_forward(name))?;
        let forward = &source.text[last.range.clone()];
        let pair = format!("({forward}, {name})");
        source.text.replace_range(last.range, &pair);
    } else {
        let forward = request.expression.take().ok_or_else(|| no_forward(name))?;
        request.expression = Some(format!("({forward}, {name})"));
    }
    let import = Source {
        name: format!("<{MODULE}>"),
        text: format!("from {MODULE} import {name}\n"),
    };
    request.sources.insert(0, import);
    Ok(())
}

fn no_forward(name: &str) -> Fault {
    Fault::new(
        "assignment",
        format!("nothing says which function `{name}` is the backward of"),
    )
    .help("name it with `model = \"FILE.py:NAME\"`")
    .help(format!(
        "or let the file use what is handed in: `from {MODULE} import {name}`"
    ))
}

fn mentions(source: &Source, name: &str) -> bool {
    tokens(&source.text)
        .iter()
        .any(|token| token.kind == TokenKind::Name && token.text == name)
}

/// The modules whose names the sources mention, directly or in such a module.
fn named_by(sources: &[Source], mut modules: Vec<(String, Source)>) -> Vec<(String, Source)> {
    let mut kept: Vec<(String, Source)> = Vec::new();
    let mut looked_at: Vec<Source> = sources.to_vec();
    while let Some(source) = looked_at.pop() {
        let named = |name: &str| {
            name.rsplit('.')
                .next()
                .is_some_and(|last| imports(&source, last))
        };
        let (found, rest): (Vec<_>, Vec<_>) =
            modules.into_iter().partition(|(name, _)| named(name));
        looked_at.extend(found.iter().map(|(_, source)| source.clone()));
        kept.extend(found);
        modules = rest;
    }
    kept
}

/// Whether an import of the source has this word in it.
fn imports(source: &Source, word: &str) -> bool {
    let all = tokens(&source.text);
    let mut lines = all.split(|token| token.kind == TokenKind::End);
    lines.any(|line| {
        let import = line
            .first()
            .is_some_and(|first| first.is("import") || first.is("from"));
        import && line.iter().any(|token| token.text == word)
    })
}

/// Why nothing of a piece of work can be judged: it failed for every input, or gradus cannot carry it out.
pub(super) fn failure(study: &Study, work: &Work) -> Option<Fault> {
    let claims: Vec<&Claimed> = study.draws.iter().flat_map(|draw| &draw.claims).collect();
    let faults: Vec<&Fault> = claims
        .iter()
        .filter_map(|claim| match &claim.given {
            Given::Failed(fault) => Some(fault),
            Given::Gradient(_) | Given::Absent => None,
        })
        .collect();
    let not_ours = |fault: &&&Fault| matches!(fault.code.as_str(), "not-offered" | "values-needed");
    let all = matches!(work, Work::Expression(_)) || faults.len() == claims.len();
    faults
        .iter()
        .find(not_ours)
        .or_else(|| faults.first().filter(|_| all))
        .map(|fault| (*fault).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        Source {
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }

    fn program() -> Program {
        Program {
            function: "back".to_owned(),
            modules: vec![
                (
                    "hw4.answers".to_owned(),
                    source("hw4/answers.py", "def back(): pass"),
                ),
                (
                    MODULE.to_owned(),
                    source("<submission>", "from hw4.answers import back"),
                ),
            ],
            lines: Vec::new(),
        }
    }

    fn names(request: &StudyRequest) -> Vec<&str> {
        request
            .modules
            .iter()
            .map(|(name, _)| name.as_str())
            .collect()
    }

    #[test]
    fn a_source_that_imports_the_function_is_asked_as_it_is() -> Result<(), Fault> {
        let text = "from hw4.answers import back\nfrom tools import half\nclass F: pass\n";
        let beside = ["hw4.answers", "solution", "tools", "more", "sheet"];
        let mut request = StudyRequest {
            sources: vec![source("affine.py", text)],
            expression: Some("F".to_owned()),
            modules: beside
                .map(|name| (name.to_owned(), source(name, "from . import more")))
                .into(),
            ..StudyRequest::default()
        };
        hand_in(&mut request, &program())?;
        assert_eq!(
            (request.sources.len(), request.expression.as_deref()),
            (1, Some("F"))
        );
        // Neither the solution nor the rest of the folder is in reach.
        assert_eq!(
            names(&request),
            ["tools", "more", "hw4.answers", "submission"]
        );
        assert_eq!(request.modules[2].1.text, "def back(): pass");
        Ok(())
    }

    #[test]
    fn elsewhere_it_is_the_backward_of_what_is_named() -> Result<(), Fault> {
        let mut request = StudyRequest {
            sources: vec![source("affine.py", "def affine(X): return X\n")],
            expression: Some("affine".to_owned()),
            ..StudyRequest::default()
        };
        hand_in(&mut request, &program())?;
        assert_eq!(request.expression.as_deref(), Some("(affine, back)"));
        assert_eq!(request.sources[0].text, "from submission import back\n");
        let mut snippet = StudyRequest {
            sources: vec![source("<-c>", "half = 0.5\nlambda X: half * X  # scaled\n")],
            snippet: true,
            ..StudyRequest::default()
        };
        hand_in(&mut snippet, &program())?;
        assert_eq!(
            snippet.sources[1].text,
            "half = 0.5\n(lambda X: half * X, back)  # scaled\n"
        );
        request.expression = None;
        request.sources.remove(0);
        assert_eq!(
            hand_in(&mut request, &program()).map_err(|fault| fault.code),
            Err("assignment".to_owned())
        );
        Ok(())
    }
}
