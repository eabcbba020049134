//! `--device`: the word, and the device opened.

use clap::{Arg, ArgMatches};

use crate::lab::Device;
use crate::model::Fault;
use crate::questions::{Devices, QUESTIONS, Question};

const DEVICE: &str = "device";

/// Where to measure.
///
/// The CPU unless it is asked for: an answer must not depend on the machine that it is asked on, and a context on a card
/// takes longer to open than most answers take.
pub(super) fn argument() -> Arg {
    Arg::new(DEVICE)
        .long(DEVICE)
        .value_name("cpu|cuda[:N]|auto")
        .help("Where to measure; auto is cuda:0 where there is one [default: cpu]")
}

/// What was asked for.
enum Wanted {
    Cpu,
    Cuda(u16),
    Auto,
}

impl Wanted {
    fn read(word: &str) -> Option<Self> {
        match word {
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda(0)),
            "auto" => Some(Self::Auto),
            _ => word.strip_prefix("cuda:")?.parse().ok().map(Self::Cuda),
        }
    }
}

/// The device that a question is to measure on. A CUDA device that was asked for is never replaced by the CPU.
///
/// # Errors
/// If the word is none, or there is no such device, or the question does not measure there.
pub(super) fn opened(question: &dyn Question, arguments: &ArgMatches) -> Result<Device, Fault> {
    let word = arguments
        .get_one::<String>(DEVICE)
        .map_or("cpu", String::as_str);
    let wanted = Wanted::read(word).ok_or_else(|| {
        Fault::new("usage", format!("there is no device `{word}`"))
            .help("use --device cpu, cuda, cuda:N or auto")
    })?;
    let elsewhere = match question.devices() {
        Devices::Cpu => false,
        Devices::Any => true,
        Devices::AnyUnless(flag) => !arguments.get_flag(flag),
        Devices::AnyWith(flag) => arguments.get_flag(flag),
    };
    match wanted {
        Wanted::Cpu => Ok(Device::default()),
        Wanted::Auto if elsewhere => Ok(Device::automatic()),
        Wanted::Auto => Ok(Device::cpu_because(&only_on_cpu(question))),
        Wanted::Cuda(number) if elsewhere => Device::cuda(number),
        Wanted::Cuda(_) => Err(Fault::new("device", only_on_cpu(question))
            .help(format!("what measures on a device: {}", on_devices()))
            .help("use --device cpu")),
    }
}

fn only_on_cpu(question: &dyn Question) -> String {
    let name = question.name();
    match question.devices() {
        Devices::AnyUnless(flag) => format!("`{name} --{flag}` measures on the CPU only"),
        Devices::AnyWith(flag) => format!("`{name} without --{flag}` measures on the CPU only"),
        Devices::Cpu | Devices::Any => format!("`{name}` measures on the CPU only"),
    }
}

/// The questions that measure on any device.
fn on_devices() -> String {
    let named = QUESTIONS.iter().filter_map(|question| {
        let name = question.name();
        match question.devices() {
            Devices::Cpu => None,
            Devices::Any => Some(name.to_owned()),
            Devices::AnyUnless(flag) => Some(format!("{name} without --{flag}")),
            Devices::AnyWith(flag) => Some(format!("{name} --{flag}")),
        }
    });
    named.collect::<Vec<_>>().join(", ")
}
