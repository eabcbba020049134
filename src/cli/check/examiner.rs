//! The questions of an assignment, asked as the command line would ask them: the same words mean the same.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;

use clap::ArgMatches;

use super::super::{ask, function, shared, subject};
use super::handed_in::{failure, hand_in};
use crate::grade::assignment::{Item, Written, place};
use crate::grade::code::MODULE;
use crate::grade::reading::Work;
use crate::grade::score::Examiner;
use crate::grade::submission::{self, Code};
use crate::lab::{Array, Program};
use crate::model::{Fault, Source, Span};
use crate::questions::{Progress, QUESTIONS, Question, Setting, Subject, SubjectKind};
use crate::report::{Claim, Report};
use crate::torch::study::Study;

/// The command line as it would be typed for an assignment's items.
pub(super) struct CommandLine<'a> {
    /// The assignment's text.
    source: &'a Source,
    /// The folder that it stands in.
    folder: &'a Path,
    /// What each item's function came out as when it was first asked about, by id.
    functions: Mutex<HashMap<String, Drawn>>,
}

impl<'a> CommandLine<'a> {
    /// For an assignment, with its text and the folder that it stands in.
    pub(super) fn new(source: &'a Source, folder: &'a Path) -> Self {
        Self {
            source,
            folder,
            functions: Mutex::new(HashMap::new()),
        }
    }
}

/// A function as it came out on each draw, with the numbers that were drawn.
type Drawn = Vec<(Program, Vec<Array>)>;

/// A question with its arguments.
struct Asked {
    question: &'static dyn Question,
    matches: ArgMatches,
}

impl Examiner for CommandLine<'_> {
    fn values(&self, items: &[&Item], claims: &[Claim]) -> Result<Report, Fault> {
        let &[item, ..] = items else {
            return Err(Fault::new("assignment", "no item asks this question"));
        };
        let asked = self.asked(item)?;
        let blame = |fault| self.blamed(fault, item);
        let setting = setting(&asked).map_err(blame)?;
        let subject = ask::subject(asked.question, &asked.matches).map_err(blame)?;
        let report = asked
            .question
            .answer(&asked.matches, &subject, claims, &setting)
            .map_err(blame)?;
        for item in items {
            self.has_facts(item, &report)?;
        }
        Ok(report)
    }

    fn work(&self, item: &Item, work: &Work) -> Result<Report, Fault> {
        let asked = self.asked(item)?;
        let mut request =
            function::request(&asked.matches).map_err(|fault| self.blamed(fault, item))?;
        match (work, &item.key) {
            (Work::Function(program), _) => hand_in(&mut request, program)
                .map_err(|fault| fault.at(self.source, self.span(item.id.span()), "asked here"))?,
            (Work::Expression(python), Some(key)) => {
                request.claims.push((key.as_ref().clone(), python.clone()));
            }
            (Work::Expression(_) | Work::Formula, _) => {}
        }
        let study = subject::interpreter(&asked.matches)?.study(&request)?;
        if let Some(fault) = failure(&study, work) {
            return Err(fault);
        }
        self.same_function(item, &study)?;
        let setting = setting(&asked)?;
        let subject = Subject::Function(Box::new(study));
        asked
            .question
            .answer(&asked.matches, &subject, &[], &setting)
    }

    fn command(&self, item: &Item) -> Option<String> {
        let question = question(item.ask.as_ref()?.as_ref()).ok()?;
        let model = self.model(item, question).ok()?;
        let claim = match &item.key {
            // Words are no value to claim.
            _ if item.written == Written::Text => String::new(),
            Some(key) if key.as_ref() != question.headline() => {
                format!("--claim {}", quoted(&format!("{}=VALUE", key.as_ref())))
            }
            _ => "--expect VALUE".to_owned(),
        };
        let words = model.into_iter().chain(self.words(item));
        let words: Vec<String> = words.map(|word| quoted(&word)).collect();
        let name = question.name();
        let parts = ["gradus", name, &words.join(" "), &claim];
        let said = parts.into_iter().filter(|part| !part.is_empty());
        Some(said.collect::<Vec<_>>().join(" "))
    }

    fn solution(&self, item: &Item) -> Result<Code, Fault> {
        let Some(answer) = &item.answer else {
            return Ok(Code::default());
        };
        let path = self.folder.join(answer.as_ref());
        submission::python(&path).map_err(|fault| {
            let message = format!("the solution of `{}` cannot be read: {fault}", item.id());
            Fault::new("assignment", message)
                .at(self.source, self.span(answer.span()), "named here")
                .help("the answer to code is a file beside the assignment, such as `solution.py`")
        })
    }
}

impl CommandLine<'_> {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        place(&self.source.text, range)
    }

    /// That the report has what stands beside an answer in words.
    fn has_facts(&self, item: &Item, report: &Report) -> Result<(), Fault> {
        let missing = item
            .facts()
            .iter()
            .find(|key| report.quantity(key).is_none() && report.statement(key).is_none());
        let (Some(key), Some(facts)) = (missing, &item.facts) else {
            return Ok(());
        };
        let quantities = report.quantities().map(|quantity| quantity.key.as_str());
        let statements = report.statements().map(|statement| statement.key.as_str());
        let keys: Vec<&str> = quantities.chain(statements).take(12).collect();
        let message = format!("`{}` has no `{key}`", report.question);
        Err(Fault::new("assignment", message)
            .at(self.source, self.span(facts.span()), "asked for here")
            .help(format!("it has {}", keys.join(", "))))
    }

    /// The item's question, with its words taken apart.
    fn asked(&self, item: &Item) -> Result<Asked, Fault> {
        let ask = item
            .ask
            .as_ref()
            .ok_or_else(|| Fault::new("assignment", format!("`{}` asks no question", item.id())))?;
        let at_ask = self.span(ask.span());
        let question = question(ask.as_ref())
            .map_err(|fault| fault.at(self.source, at_ask, "no question has this name"))?;
        if item.written.is_work() && question.subject() != SubjectKind::Function {
            let message = format!("`{}` is not asked about code or formulas", question.name());
            return Err(Fault::new("assignment", message)
                .at(self.source, at_ask, format!("asked of `{}`", item.id()))
                .help("code and gradients are asked about with `ask = \"grad-check\"`"));
        }
        let mut words = self.words(item);
        words.extend(self.model(item, question)?);
        let matches = shared::augment(question)
            .no_binary_name(true)
            .try_get_matches_from(words)
            .map_err(|error| {
                let span = item
                    .arguments
                    .as_ref()
                    .map_or(at_ask, |words| self.span(words.span()));
                let said = error.to_string();
                let said = said
                    .trim_start_matches("error: ")
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let message = format!(
                    "the arguments of `{}` do not fit `{}`",
                    item.id(),
                    question.name()
                );
                Fault::new("assignment", message)
                    .at(self.source, span, said)
                    .help(format!("`gradus {} --help` lists them", question.name()))
            })?;
        Ok(Asked { question, matches })
    }

    /// The item's arguments; the paths in them count from the assignment's folder.
    fn words(&self, item: &Item) -> Vec<String> {
        let mut words: Vec<String> = item
            .arguments
            .as_ref()
            .map_or_else(Vec::new, |words| words.as_ref().clone());
        let mut is_path = false;
        for word in &mut words {
            let inside = self.folder.join(word.as_str()).display().to_string();
            if is_path && names_a_file(&inside) {
                *word = inside;
                is_path = false;
            } else {
                is_path = function::PATHS.contains(&word.trim_start_matches('-'));
            }
        }
        words
    }

    /// That an item's function is the same whatever is handed in: only its backward may differ.
    fn same_function(&self, item: &Item, study: &Study) -> Result<(), Fault> {
        if item.written != Written::Function || (item.model.is_none() && item.source.is_none()) {
            return Ok(());
        }
        let of = |study: &Study| -> Drawn {
            let draws = study.draws.iter();
            draws
                .map(|draw| (draw.forward.clone(), draw.inputs.clone()))
                .collect()
        };
        let Ok(mut known) = self.functions.lock() else {
            return Ok(());
        };
        let first = known
            .entry(item.id().to_owned())
            .or_insert_with(|| of(study));
        if *first == of(study) {
            return Ok(());
        }
        Err(Fault::new(
            "function-changed",
            "with this code the function itself comes out differently, not only its gradient",
        ))
    }

    /// The words that name the model.
    fn model(&self, item: &Item, question: &dyn Question) -> Result<Vec<String>, Fault> {
        if let Some(code) = &item.source {
            return Ok(vec![format!("--{}", shared::CODE), code.as_ref().clone()]);
        }
        let Some(model) = &item.model else {
            if let (Some(function), true) = (item.function(), item.written == Written::Function) {
                // What is handed in is itself the function that is asked about.
                let code = format!("from {MODULE} import {function}\n{function}");
                return Ok(vec![format!("--{}", shared::CODE), code]);
            }
            if !matches!(
                question.subject(),
                SubjectKind::Model | SubjectKind::Function
            ) {
                return Ok(Vec::new());
            }
            let span = item.ask.as_ref().map_or(0..0, toml::Spanned::span);
            return Err(
                Fault::new("assignment", format!("`{}` has no model", item.id()))
                    .at(
                        self.source,
                        self.span(span),
                        "this question is asked about a model",
                    )
                    .help("name its file with `model`, or write it down with `source`"),
            );
        };
        let path = self.folder.join(model.as_ref()).display().to_string();
        if names_a_file(&path) {
            return Ok(vec![path]);
        }
        let message = format!("the model of `{}` is not there", item.id());
        let label = format!("there is no file `{path}`");
        Err(Fault::new("assignment", message)
            .at(self.source, self.span(model.span()), label)
            .help("a model's path counts from the folder of the assignment"))
    }

    /// The fault, at the item's place in the assignment where it has none of its own.
    fn blamed(&self, fault: Fault, item: &Item) -> Fault {
        let (None, Some(ask)) = (&fault.place, &item.ask) else {
            return fault;
        };
        match &item.key {
            Some(key) if fault.message.contains(key.as_ref().as_str()) => {
                fault.at(self.source, self.span(key.span()), "asked for here")
            }
            _ => fault.at(self.source, self.span(ask.span()), "asked here"),
        }
    }
}

/// As the arguments say; how far it is, the whole check tells.
fn setting(asked: &Asked) -> Result<Setting, Fault> {
    Ok(Setting {
        progress: Progress::default(),
        ..shared::setting(asked.question, &asked.matches)?
    })
}

fn question(name: &str) -> Result<&'static dyn Question, Fault> {
    QUESTIONS
        .iter()
        .copied()
        .find(|question| question.name() == name)
        .ok_or_else(|| {
            let near = QUESTIONS
                .iter()
                .map(|question| question.name())
                .max_by(|one, other| {
                    strsim::jaro_winkler(one, name).total_cmp(&strsim::jaro_winkler(other, name))
                });
            let fault = Fault::new("assignment", format!("there is no question `{name}`"));
            match near {
                Some(near) => fault.help(format!(
                    "is `{near}` meant? `gradus questions` lists them all"
                )),
                None => fault,
            }
        })
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Whether a path, or what stands before the expression in `FILE:EXPRESSION`, is a file.
fn names_a_file(path: &str) -> bool {
    Path::new(path).is_file()
        || path
            .match_indices(':')
            .any(|(at, _)| Path::new(&path[..at]).is_file())
}
