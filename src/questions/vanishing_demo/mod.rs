//! The question: do the gradients of a deep network vanish or explode, and what cures it?

mod compare;
pub mod evidence;
pub mod flags;
mod headline;
mod layers;
pub mod mistakes;
pub mod network;
mod scalar;
pub mod study;
mod suspects;
pub mod training;

use clap::{ArgMatches, Args};

use super::judge::judge;
use super::{Devices, Group, Mistake, Question, Setting, Subject, SubjectKind};
use crate::lab::deep::{Initial, Plan};
use crate::model::{Chain, Fault};
use crate::report::{Agreement, Claim, Report, Section, Witness};
use flags::{Arguments, name_of};
use study::Study;

/// The question.
#[derive(Debug)]
pub struct VanishingDemo;

/// Operations that a run may take unless `--measure` lets it: about half a minute.
const MOST_OPERATIONS: f64 = 3e12;

/// Standard errors beyond which theory and measurement contradict each other.
const CONTRADICTION: f64 = 6.0;

/// Below this width the theory is not held against the measurement: what it leaves out is no longer small.
const NARROW: usize = 32;

/// Ratios that an error bar needs at least.
const LEAST_RATIOS: u64 = 4;

impl Question for VanishingDemo {
    fn name(&self) -> &'static str {
        "vanishing-demo"
    }

    fn group(&self) -> Group {
        Group::Demonstrate
    }

    fn subject(&self) -> SubjectKind {
        SubjectKind::MaybeModel
    }

    fn devices(&self) -> Devices {
        Devices::AnyUnless("scalar")
    }

    fn command(&self) -> clap::Command {
        Arguments::augment_args(clap::Command::new(self.name())).after_help(EXAMPLES)
    }

    fn page(&self) -> &'static str {
        include_str!("../../../docs/vanishing-demo.md")
    }

    fn headline(&self) -> &'static str {
        "verdict"
    }

    fn mistakes(&self) -> &'static [Mistake] {
        &mistakes::MISTAKES
    }

    fn answer(
        &self,
        arguments: &ArgMatches,
        subject: &Subject,
        claims: &[Claim],
        setting: &Setting,
    ) -> Result<Report, Fault> {
        let flags = super::arguments::<Arguments>(arguments)?;
        flags::check(&flags)?;
        let mut report = Report::new(self.name(), self.headline());
        if flags.scalar {
            "nested.sigmoid".clone_into(&mut report.headline);
            report
                .asked
                .push(("depth".to_owned(), flags.depth.to_string()));
            scalar::sections(&mut report, flags.depth)?;
            judge(&mut report, claims, &[])?;
            return Ok(report);
        }
        let chain = if let Subject::Model(model) = subject {
            network::of_model(model)?
        } else {
            flags_asked(&mut report, &flags);
            affordable(&flags, setting)?;
            network::by_flags(&flags)
        };
        let study = of_network(&mut report, chain, &flags, setting)?;
        let by_flags = !matches!(subject, Subject::Model(_));
        let asked_of_comparison = claims.iter().any(|claim| compare::is_about(&claim.key));
        if by_flags && !study.measured.is_empty() && (flags.compare || asked_of_comparison) {
            compare::sections(&mut report, &flags, setting)?;
        }
        let suspects = if claims.is_empty() {
            Vec::new()
        } else {
            suspects::suspects(&study)
        };
        judge(&mut report, claims, &suspects)?;
        Ok(report)
    }
}

/// What was asked, from the flags.
fn flags_asked(report: &mut Report, flags: &Arguments) {
    let mut asked = |name: &str, value: String| report.asked.push((name.to_owned(), value));
    asked(
        "network",
        format!(
            "Linear({}→{}), {} blocks, Linear({}→1)",
            flags.inputs, flags.width, flags.depth, flags.width
        ),
    );
    asked("activation", flags::word(&flags.activation));
    asked(
        "weights",
        if flags.untied { "untied" } else { "tied" }.to_owned(),
    );
    if flags.no_bias {
        asked("bias", "none".to_owned());
    }
    if flags.residual {
        asked("shortcuts", "h + φ(Wh + b)".to_owned());
    }
    if let Some(norm) = flags.norm {
        asked("norm", flags::word(&norm));
    }
}

/// Refuses a network whose chain alone would not fit, before it is made.
fn affordable(flags: &Arguments, setting: &Setting) -> Result<(), Fault> {
    let weights =
        (flags.width as u128).pow(2) * if flags.untied { flags.depth as u128 } else { 1 } * 8;
    if weights > u128::from(setting.max_memory) * 64 {
        return Err(Fault::new(
            "too-large",
            format!("the weights alone would take {} GiB", weights >> 30),
        )
        .help("give a smaller --width or --depth; the ratio from layer to layer is that of a narrower network"));
    }
    Ok(())
}

/// Measures, trains and writes it down.
fn of_network(
    report: &mut Report,
    chain: Chain,
    flags: &Arguments,
    setting: &Setting,
) -> Result<Study, Fault> {
    let need = network::bytes(&chain, flags.batch);
    let operations = network::operations(&chain, flags.batch);
    let seeds = flags.seeds;
    for (name, value) in [
        ("init", name_of(flags.init)),
        ("batch", flags.batch.to_string()),
        ("seed", setting.seed.to_string()),
        ("seeds", seeds.to_string()),
    ] {
        report.asked.push((name.to_owned(), value));
    }
    let mut study = Study::prepared(chain, flags.init, flags.batch, setting.seed);
    headline::size(report, &study);
    if need > u128::from(setting.max_memory) {
        report.partial(format!(
            "not measured: it would take {} MiB, and {} MiB are allowed (--max-memory)",
            need >> 20,
            setting.max_memory >> 20
        ));
    } else if operations * 2.0 * seeds_real(seeds) > MOST_OPERATIONS && !setting.measure {
        report.partial(
            "not measured: it would take more than half a minute; --measure lets it".to_owned(),
        );
    } else {
        study.measure(
            setting.seed..setting.seed.saturating_add(seeds),
            &setting.device,
        )?;
    }
    headline::theory(report, &study);
    let mut moved = None;
    let steps = flags.train.unwrap_or(flags::STEPS);
    if !study.measured.is_empty() && steps > 0 {
        let too_long = operations * network::real(steps) > MOST_OPERATIONS && !setting.measure;
        if too_long {
            let reason = "not trained: it would take more than half a minute; --measure lets it, and --steps 0 leaves it out";
            report.partial(reason.to_owned());
        } else {
            let plan = Plan {
                steps,
                rate: flags.lr,
            };
            let trained = training::run(&study, setting, plan, &mut |_| {
                setting.progress.tell(1, steps as u64);
            })?;
            training::sections(report, &study, &trained, plan);
            moved = Some(trained.moved);
        }
    }
    if !study.measured.is_empty() {
        headline::headline(report, &study);
        report
            .sections
            .push(Section::Table(layers::table(&study, moved.as_deref())));
        report
            .sections
            .extend(layers::shared(&study).map(Section::Table));
        report.sections.push(layers::series(&study));
        report.witnesses.extend(witness(&study));
    }
    report.note("data", data_note(&study));
    report.note(
        "layers",
        "h of a layer is what the next linear layer reads: after its norm, its activation and its shortcut; norms are taken in float64",
    );
    Ok(study)
}

#[expect(clippy::cast_precision_loss, reason = "at most ten thousand")]
fn seeds_real(seeds: u64) -> f64 {
    seeds as f64
}

/// Where the numbers come from.
fn data_note(study: &Study) -> String {
    let data = &study.data;
    let source = match study.initial {
        Initial::Formula(_) => "a hash of each place",
        _ => "the seed",
    };
    format!(
        "synthetic: {} rows of {} normal numbers x, targets sin(x·v/√{}) with a normal v, from {source}; the loss is the mean squared error",
        data.rows, data.inputs, data.inputs
    )
}

/// Theory beside measurement, where there are both.
pub fn witness(study: &Study) -> Option<Witness> {
    let measured = study.log_ratio()?;
    let (theory, bias) = study
        .theory_log_ratio()
        .filter(|_| !study.chain.is_tied())?;
    let widths = study.chain.widths();
    let narrowest = widths[1..].iter().rev().skip(1).min().copied().unwrap_or(0);
    let agreement = if narrowest < NARROW || measured.count < LEAST_RATIOS {
        Agreement::Alone
    } else if (measured.mean - theory).abs() <= CONTRADICTION * measured.error + 2.0 * bias {
        Agreement::Agree
    } else {
        Agreement::Disagree
    };
    let lab = if agreement == Agreement::Alone {
        "the network is too narrow or too shallow to hold the theory against it".to_owned()
    } else {
        format!(
            "measured {:.4} ± {:.4}, from {} ratios of norms",
            measured.mean.exp(),
            measured.mean.exp() * measured.error,
            measured.count
        )
    };
    Some(Witness {
        quantity: "ratio of the gradient's norm, layer by layer".to_owned(),
        theory: format!(
            "{:.4} in theory, at this width up to {:.2} % lower",
            theory.exp(),
            bias * 100.0
        ),
        lab,
        agreement,
    })
}

/// Examples of the command.
const EXAMPLES: &str = "\
Examples:
  gradus vanishing-demo                                       the sheet's network, mlpirate
  gradus vanishing-demo --activation tanh --expect healthy    does tanh solve it?
  gradus vanishing-demo --compare                             what cures it?
  gradus vanishing-demo --untied --claim 'ratio=0.25 ± 10%'
  gradus vanishing-demo --scalar --depth 10                   ten nested sigmoids beside ¼¹⁰
  gradus vanishing-demo net.py --init he --lr 0.01 --steps 100

`--steps N` is the number of training steps; the working of each quantity is shown with --show-steps.";
