//! What has to hold of an item, whatever the files that it names.

use std::ops::Range;

use super::{Item, Written, place};
use crate::model::{Fault, Source};
use crate::report::Certainty;

impl Item {
    /// Checks what can be checked without the files that it names.
    pub(super) fn check(&self, source: &Source) -> Result<(), Fault> {
        let fault = |message: String, span: Range<usize>, label: &str| {
            Fault::new("assignment", message).at(source, place(&source.text, span), label)
        };
        let points = *self.points.as_ref();
        if !points.is_finite() || points < 0.0 {
            let message = format!("`{}` earns {points} points", self.id());
            return Err(fault(
                message,
                self.points.span(),
                "expected a number from 0",
            ));
        }
        if let Some(part) = self.part.as_ref().filter(|part| *part.as_ref() == 0) {
            let message = format!("`{}` names part 0", self.id());
            return Err(fault(message, part.span(), "parts count from 1"));
        }
        self.check_code(source)?;
        if self.phrase.is_none() && self.number.is_none() && self.function.is_none() {
            let message = format!("nothing says where `{}` stands on the sheet", self.id());
            return Err(fault(
                message,
                self.id.span(),
                "this question has neither a phrase nor a number",
            )
            .help("name words of the question with `phrase`, or its `heading` and `number`"));
        }
        if let (Some(model), Some(_)) = (&self.model, &self.source) {
            let message = format!("`{}` has two models", self.id());
            return Err(fault(message, model.span(), "there is a `source` as well")
                .help("keep one of them"));
        }
        if self.ask.is_none() {
            let stray = [&self.model, &self.source, &self.key]
                .into_iter()
                .flatten()
                .next();
            if let Some(stray) = stray {
                let message = format!("`{}` asks no question", self.id());
                return Err(fault(message, stray.span(), "this belongs to a question")
                    .help("name the question with `ask`"));
            }
        }
        self.check_judgement(source)?;
        // A question may bring the readings of its statement with it.
        if let Some(certainty) = self
            .certainty
            .as_ref()
            .filter(|_| self.readings.len() < 2 && self.ask.is_none())
            && *certainty.as_ref() != Certainty::Firm
        {
            let message = format!("`{}` is not firm, and its readings are missing", self.id());
            return Err(fault(
                message,
                certainty.span(),
                "expected at least two defensible answers",
            )
            .help("add `[[question.reading]]` tables with `answer` and `because`"));
        }
        Ok(())
    }

    /// What is said of how an answer is judged has to fit the kind of answer.
    fn check_judgement(&self, source: &Source) -> Result<(), Fault> {
        let fault = |message: String, span: Range<usize>, label: &str| {
            Fault::new("assignment", message).at(source, place(&source.text, span), label)
        };
        if let Some(pays) = &self.pays
            && self.ask.is_none()
            && self.certainty() == Certainty::Firm
        {
            let message = format!("`{}` is firm: its key says what an answer earns", self.id());
            return Err(fault(
                message,
                pays.span(),
                "this belongs to an item that is not firm",
            )
            .help("add `certainty = \"arguable\"`, or leave it out"));
        }
        match (&self.facts, self.written) {
            (Some(facts), Written::Text) if self.ask.is_none() => {
                let message = format!("`{}` asks no question", self.id());
                Err(fault(message, facts.span(), "these are a question's")
                    .help("name the question with `ask`"))
            }
            (None, Written::Text) if self.ask.is_some() => {
                let message = format!("`{}` asks a question and shows nothing of it", self.id());
                Err(fault(message, self.id.span(), "`facts` is missing here")
                    .help("name the keys of the report that bear on the answer"))
            }
            (Some(facts), written) if written != Written::Text => {
                let message = format!("the answer to `{}` is not in words", self.id());
                Err(fault(message, facts.span(), "facts stand beside words")
                    .help("an answer in words is `written = \"text\"`"))
            }
            _ => Ok(()),
        }
    }

    /// What belongs to code and formulas has to be there, and nowhere else.
    fn check_code(&self, source: &Source) -> Result<(), Fault> {
        let fault = |message: String, span: Range<usize>, label: &str| {
            Fault::new("assignment", message).at(source, place(&source.text, span), label)
        };
        if self.written != Written::Function
            && let Some(stray) = self.function.as_ref().or(self.file.as_ref())
        {
            let message = format!("the answer to `{}` is not code", self.id());
            return Err(fault(message, stray.span(), "this belongs to code")
                .help("code is `written = \"function\"`"));
        }
        if let Some(file) = self.file.as_ref().filter(|file| !is_inside(file.as_ref())) {
            let message = format!("the file of `{}` is none of a submission", self.id());
            return Err(fault(
                message,
                file.span(),
                "expected a path such as `hw4/answers.py`",
            )
            .help("the path counts from the folder that is handed in, with forward slashes"));
        }
        if let Some(function) = self
            .function
            .as_ref()
            .filter(|name| !is_name(name.as_ref()))
        {
            let message = format!("the function of `{}` has no name of Python's", self.id());
            return Err(fault(message, function.span(), "expected a name"));
        }
        if self.ask.is_none() {
            return Ok(());
        }
        match self.written {
            Written::Function if self.function.is_none() => {
                let message = format!(
                    "nothing says what the function of `{}` is called",
                    self.id()
                );
                Err(fault(message, self.id.span(), "`function` is missing here")
                    .help("name it with `function`, and its file with `file`"))
            }
            Written::Expression if self.key.is_none() => {
                let message = format!("nothing says whose gradient `{}` asks for", self.id());
                Err(fault(message, self.id.span(), "`key` is missing here")
                    .help("name the input with `key`"))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a path is one of a file of Python in a submission, and leads nowhere else.
fn is_inside(path: &str) -> bool {
    let stays =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\\');
    path.split('/').all(stays)
        && path
            .strip_suffix(".py")
            .is_some_and(|stem| !stem.is_empty())
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
