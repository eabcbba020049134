//! The question: is a claimed gradient right, and if not, what was done to get it?

mod answers;
mod case;
mod domain;
mod judged;
mod mistakes;
pub mod names;
mod numbers;
mod reference;
mod suspects;
#[cfg(test)]
mod tests;
mod truth;
mod weak;
mod wording;

use clap::{ArgMatches, Args, ValueEnum};

use super::judge::judge;
use super::{Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::lab::LabError;
use crate::lab::differences::{Entries, Options};
use crate::model::Fault;
use crate::report::{Claim, Column, Quantities, Quantity, Report, Section, Table, Value};
use crate::torch::study::Study;
use case::Case;
use judged::{Judged, State};
use truth::{Standing, Truth};

/// The question.
#[derive(Debug)]
pub struct GradCheck;

/// Is a claimed gradient right, and if not, which mistake gives it?
#[derive(Debug, Default, Args)]
struct Arguments {
    /// The upstream gradient: random, or ones to see what a weak test would have seen beside the verdict
    #[arg(
        long,
        value_name = "random|ones",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    upstream: Upstream,
    /// Judge these inputs alone; with --upstream ones, the inputs that the weak test looks at
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// A claim is right within this share of the gradient's largest entry [default: 1e-7; 1e-4 for float32 numbers]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    tolerance: Option<f64>,
    /// Central differences along so many random directions, not of every entry
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    directions: Option<u64>,
}

/// The upstream gradient of a test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Upstream {
    #[default]
    Random,
    Ones,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share.is_finite() && share >= 0.0 => Ok(share),
        _ => Err("expected a share that is not negative, such as 1e-6".to_owned()),
    }
}

impl Question for GradCheck {
    fn name(&self) -> &'static str {
        "grad-check"
    }

    fn group(&self) -> Group {
        Group::Calculate
    }

    fn subject(&self) -> SubjectKind {
        SubjectKind::Function
    }

    fn command(&self) -> clap::Command {
        Arguments::augment_args(clap::Command::new(self.name()))
    }

    fn page(&self) -> &'static str {
        include_str!("../../../docs/grad-check.md")
    }

    fn headline(&self) -> &'static str {
        "verdict"
    }

    fn mistakes(&self) -> &'static [Mistake] {
        mistakes::MISTAKES
    }

    fn answer(
        &self,
        arguments: &ArgMatches,
        subject: &Subject,
        claims: &[Claim],
        setting: &Setting,
    ) -> Result<Report, Fault> {
        let arguments = super::arguments::<Arguments>(arguments)?;
        let Subject::Function(study) = subject else {
            return Err(Fault::new("usage", "a gradient is asked of a function"));
        };
        let mut report = Report::new(self.name(), self.headline());
        of_study(&mut report, study, &arguments, claims, setting)?;
        Ok(report)
    }
}

fn of_study(
    report: &mut Report,
    study: &Study,
    arguments: &Arguments,
    claims: &[Claim],
    setting: &Setting,
) -> Result<(), Fault> {
    if study.draws.is_empty() || study.draws[0].forward.inputs.is_empty() {
        return Err(Fault::new(
            "no-input",
            "the function has no float tensor among its arguments",
        )
        .help("name its arguments' shapes with --arg X=100x11"));
    }
    let failed = |error: LabError| {
        Fault::new(
            "function-failed",
            format!("the function cannot be carried out: {error}"),
        )
    };
    let mut cases = Vec::with_capacity(study.draws.len());
    for draw in &study.draws {
        cases.push(Case::new(draw).map_err(failed)?);
    }
    let only = only(study, &arguments.only)?;
    for claim in &study.draws[0].claims {
        known(study, &claim.input)?;
    }
    answers::opening(report, study);
    let found = Found::of(&cases, arguments, setting).map_err(failed)?;
    let weak = arguments.upstream == Upstream::Ones;
    let asked: Vec<usize> = match (weak, only.is_empty()) {
        (false, false) => only.clone(),
        _ => (0..cases[0].program.inputs.len()).collect(),
    };
    headline(
        report,
        &cases,
        &found,
        &asked,
        weak.then_some(only.as_slice()),
    )
    .map_err(failed)?;
    inputs(report, &cases, &found, &asked);
    reference::compare(report, study, &cases, arguments.tolerance).map_err(failed)?;
    remarks(report, study, &cases, &found, arguments, setting).map_err(failed)?;
    checks(report, &cases, &found, &asked, claims)
}

/// Truths and verdicts of all inputs, in their order.
struct Found {
    truths: Vec<Truth>,
    judged: Vec<Judged>,
}

impl Found {
    fn of(cases: &[Case], arguments: &Arguments, setting: &Setting) -> Result<Self, LabError> {
        let options = Options {
            entries: match arguments.directions {
                Some(count) => Entries::Directions(usize::try_from(count).unwrap_or(1)),
                None => Entries::All,
            },
            max_memory: setting.max_memory,
            seed: setting.seed,
            threads: 0,
        };
        let count = cases[0].program.inputs.len();
        let truths: Result<Vec<Truth>, LabError> = (0..count)
            .map(|input| truth::truth(cases, input, &options))
            .collect();
        let truths = truths?;
        let judged =
            (0..count).map(|input| judged::judged(cases, &truths, input, arguments.tolerance));
        Ok(Self {
            judged: judged.collect::<Result<_, _>>()?,
            truths,
        })
    }
}

/// The inputs of `--only`, by number.
fn only(study: &Study, names: &[String]) -> Result<Vec<usize>, Fault> {
    names.iter().map(|name| known(study, name)).collect()
}

/// The input that a name means.
fn known(study: &Study, name: &str) -> Result<usize, Fault> {
    let names = case::input_names(&study.draws[0]);
    names::input_of(name, &names).ok_or_else(|| {
        Fault::new(
            "unknown-input",
            format!("`{}` has no float input `{name}`", study.name),
        )
        .did_you_mean(name, names.iter().copied(), 0.7)
        .help(format!("its inputs are: {}", names.join(", ")))
    })
}

/// The verdict over all inputs, and what a weak test would have said.
fn headline(
    report: &mut Report,
    cases: &[Case],
    found: &Found,
    asked: &[usize],
    weak: Option<&[usize]>,
) -> Result<(), LabError> {
    let mut quantities = Vec::new();
    let verdict = answers::overall(asked.iter().map(|&input| &found.judged[input]));
    if let Some(verdict) = verdict {
        quantities.push(Quantity::exact("verdict", "verdict", Value::name(verdict)));
    }
    if let (Some(only), Some(verdict)) = (weak, verdict) {
        let all: Vec<usize> = (0..cases[0].program.inputs.len()).collect();
        let looked_at = if only.is_empty() { &all } else { only };
        let passes = weak::passes(cases, looked_at)?;
        let names: Vec<&str> = looked_at
            .iter()
            .map(|&input| cases[0].program.inputs[input].name.as_str())
            .collect();
        let deceived = passes && verdict == "wrong";
        quantities.push(
            Quantity::exact(
                "weak_test",
                "a weak test passes all the same",
                Value::Flag(deceived),
            )
            .steps(vec![format!(
                "G all ones, only {}, sums and torch.allclose as PyTorch has them: it {}",
                names.join(", "),
                if passes { "passes" } else { "fails" }
            )]),
        );
    }
    if let [output] = cases[0].program.outputs.as_slice() {
        let value = cases[0].array(*output)?;
        if let [value] = value.data.as_slice() {
            quantities.push(answers::real(
                "value".to_owned(),
                "value on the first draw".to_owned(),
                *value,
            ));
        } else {
            quantities.push(Quantity::exact(
                "output",
                "shape of the output",
                Value::shape(&value.dims),
            ));
        }
    }
    quantities.push(Quantity::exact("draws", "draws", Value::from(cases.len())));
    report.sections.push(Section::Quantities(Quantities {
        title: String::new(),
        quantities,
    }));
    Ok(())
}

/// What there is to say about each input.
fn inputs(report: &mut Report, cases: &[Case], found: &Found, asked: &[usize]) {
    // What holds several inputs up is said once.
    let mut doubts: Vec<(&str, Vec<&str>)> = Vec::new();
    for &input in asked {
        let name = &cases[0].program.inputs[input].name;
        let (truth, judged) = (&found.truths[input], &found.judged[input]);
        report
            .sections
            .push(Section::Quantities(answers::of_input(name, truth, judged)));
        report
            .sections
            .extend(answers::worst_entries(name, truth, judged).map(Section::Table));
        report.witnesses.push(answers::witness(name, truth));
        if let Standing::Doubtful(_, reason) = &truth.standing {
            match doubts.iter_mut().find(|(known, _)| known == reason) {
                Some((_, names)) => names.push(name),
                None => doubts.push((reason, vec![name])),
            }
        }
        if truth.used && (0..cases.len()).all(|draw| truth.is_zero(draw)) {
            report.note(
                "zero-gradient",
                format!("the gradient of {name} is 0 but for rounding: everything cancels"),
            );
        }
        if !truth.used {
            report.note(
                "unused-input",
                format!(
                    "the outputs do not depend on {name}: its gradient is 0, and may be left out"
                ),
            );
        }
    }
    for (reason, names) in doubts {
        report.partial(format!("gradient of {}: {reason}", names.join(", ")));
    }
}

/// What belongs to the answer besides: sizes that coincide, predictions outside (0, 1).
fn remarks(
    report: &mut Report,
    study: &Study,
    cases: &[Case],
    found: &Found,
    arguments: &Arguments,
    setting: &Setting,
) -> Result<(), LabError> {
    if found
        .judged
        .iter()
        .any(|judged| judged.state != State::Unclaimed)
    {
        answers::coinciding_sizes(report, study);
    }
    let Some(outside) = domain::outside(cases, setting.seed)? else {
        return Ok(());
    };
    answers::no_sigmoid(report, study, &outside);
    let Some(headed) = domain::headed(cases, outside.slot)? else {
        return Ok(());
    };
    let with_head = Found::of(&headed, arguments, setting)?;
    let columns = vec![
        Column::new("input", "input", ""),
        Column::new("norm", "norm", ""),
        Column::new("verdict", "the same claims", ""),
    ];
    let rows = (0..)
        .zip(&with_head.truths)
        .map(|(input, truth): (usize, &Truth)| {
            let state = with_head.judged[input].state;
            vec![
                Some(Value::name(&cases[0].program.inputs[input].name)),
                Some(Value::Real(numbers::norm(&truth.arrays[0]))),
                (state != State::Unclaimed).then(|| Value::name(state.word())),
            ]
        });
    report.sections.push(Section::Table(Table {
        key: "sigmoid_head".to_owned(),
        title: "with a sigmoid before the loss".to_owned(),
        columns,
        rows: rows.collect(),
    }));
    Ok(())
}

/// The claimed gradients as checks; where the verdict itself is claimed, that claim alone decides.
fn checks(
    report: &mut Report,
    cases: &[Case],
    found: &Found,
    asked: &[usize],
    claims: &[Claim],
) -> Result<(), Fault> {
    let on_verdict = |claim: &&Claim| claim.key == "verdict" || claim.key.ends_with(".verdict");
    if !claims.iter().any(|claim| on_verdict(&claim)) {
        for &input in asked {
            let name = &cases[0].program.inputs[input].name;
            let check = answers::check(name, &found.truths[input], &found.judged[input]);
            report.checks.extend(check);
        }
    } else if report.quantity("verdict").is_none() {
        return Err(Fault::new(
            "nothing-claimed",
            "no gradient is claimed, so there is no verdict to expect",
        )
        .help("claim one with --claim 'W = 0.5 * G.T @ X', or give a function with a backward"));
    }
    judge(report, claims, &[])
}
