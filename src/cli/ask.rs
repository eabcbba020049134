//! A question, asked and answered.

use clap::ArgMatches;

use super::exit::{self, Exit};
use super::function;
use super::output::Output;
use super::{picture, shared};
use crate::lab::Device;
use crate::model::{Fault, Model, Work};
use crate::questions::{QUESTIONS, Question, Subject, SubjectKind};
use crate::render;
use crate::report::{Note, Report, Section};

/// Asks the question of this name and writes its report.
///
/// # Errors
/// If the model cannot be read, or has no answer.
pub(super) fn ask(name: &str, arguments: &ArgMatches, output: &Output) -> anyhow::Result<Exit> {
    let question = QUESTIONS
        .iter()
        .find(|question| question.name() == name)
        .expect("clap lets only the questions' own names pass");
    let claims = match question.subject() {
        SubjectKind::Function => function::claims(arguments, question.headline())?,
        _ => shared::claims_of(arguments, question.headline())?,
    };
    let setting = shared::setting(*question, arguments)?;
    let picture = picture::wanted(arguments)?;
    let subject = subject(*question, arguments)?;
    let mut report = question.answer(arguments, &subject, &claims, &setting)?;
    report.id = output.id().map(str::to_owned);
    if let Subject::Model(model) = &subject {
        name_model(&mut report, arguments, model);
    }
    name_device(&mut report, &setting.device);
    if let Some(picture) = &picture {
        picture::write(&report, picture)?;
    }
    output.write(&render::render(&report, output.format, output.style()))?;
    let exit = if arguments.get_flag(shared::EXIT_ZERO) {
        Exit::Success
    } else {
        exit::of_report(&report)
    };
    // The process ends here: taking a network of a hundred thousand layers apart first would only cost time.
    std::mem::forget((report, subject));
    Ok(exit)
}

/// What a question is asked about, from its arguments.
///
/// # Errors
/// If the model cannot be read.
pub(super) fn subject(question: &dyn Question, arguments: &ArgMatches) -> Result<Subject, Fault> {
    match question.subject() {
        SubjectKind::Nothing => Ok(Subject::Nothing),
        SubjectKind::MaybeGraph => super::subject::graph(arguments),
        SubjectKind::Function => {
            function::study(arguments).map(|study| Subject::Function(Box::new(study)))
        }
        SubjectKind::ModelUnless(flag) if arguments.get_flag(flag) => Ok(Subject::Nothing),
        SubjectKind::MaybeModel if !shared::names_model(arguments) => Ok(Subject::Nothing),
        SubjectKind::Model | SubjectKind::ModelUnless(_) | SubjectKind::MaybeModel => {
            super::subject::model(arguments).map(|model| Subject::Model(Box::new(model)))
        }
    }
}

/// The model as the caller named it.
fn given(arguments: &ArgMatches) -> String {
    let named = |name| arguments.get_one::<String>(name).map(String::as_str);
    match (named(shared::MODEL), named(shared::CODE)) {
        (Some(model), _) => match model.strip_prefix('-') {
            Some(expression) => format!("<stdin>{expression}"),
            None => model.to_owned(),
        },
        (None, Some(snippet)) => snippet.to_owned(),
        (None, None) => String::new(),
    }
}

/// Says where it was measured, unless it was on the CPU and nothing else was asked for.
fn name_device(report: &mut Report, device: &Device) {
    report
        .asked
        .extend(device.name().map(|name| ("device".to_owned(), name)));
    if let Some(why) = device.why() {
        report.note("device", why);
    }
}

/// Says what was asked about, and what reading it brought to light, where the question did not.
fn name_model(report: &mut Report, arguments: &ArgMatches, model: &Model) {
    if !report.asked.iter().any(|(name, _)| name == shared::MODEL) {
        report
            .asked
            .insert(0, (shared::MODEL.to_owned(), given(arguments)));
    }
    let shapes: Vec<String> = model
        .inputs()
        .filter_map(|input| match &model.node(input).work {
            Work::Input(shape) => shape.as_ref().map(ToString::to_string),
            _ => None,
        })
        .collect();
    if !shapes.is_empty() && !report.asked.iter().any(|(name, _)| name == shared::INPUT) {
        let place = report.asked.len().min(1);
        report
            .asked
            .insert(place, (shared::INPUT.to_owned(), shapes.join(", ")));
    }
    for note in &model.notes {
        let note = Section::Note(Note {
            code: note.code.clone(),
            text: note.text.clone(),
        });
        if !report.sections.contains(&note) {
            report.sections.push(note);
        }
    }
}
