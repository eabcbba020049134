//! The child process: its limits, the interpreter's thread, the answer.

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::thread;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use serde::Serialize;

use super::protocol::{Order, Work};
use super::{interpreter, protocol, running, study};
use crate::model::Fault;

/// The first argument that makes this binary the child.
pub const ARGUMENT: &str = protocol::ARGUMENT;

/// The interpreter's stack: enough for the deepest source that is let through, and only address space until used.
const STACK: usize = 64 << 20;

/// Reads an order on standard input, writes the answer on standard output.
///
/// The exit code is 0 whenever there is an answer, also when it is a fault of the source.
pub fn run() -> ExitCode {
    match interpret() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(101),
    }
}

fn interpret() -> io::Result<()> {
    let mut order = Vec::new();
    io::stdin().lock().read_to_end(&mut order)?;
    let order: Order = serde_json::from_slice(&order)?;
    limit(order.seconds, order.memory.saturating_add(libraries()))?;
    let thread = thread::Builder::new()
        .name("interpreter".to_owned())
        .stack_size(STACK)
        .spawn(move || answer(&order))?;
    let answer = thread
        .join()
        .map_err(|_| io::Error::other("the interpreter panicked"))?;
    io::stdout().lock().write_all(&answer)
}

/// What is to be written at the end; a run writes while it runs.
fn answer(order: &Order) -> Vec<u8> {
    match &order.work {
        Work::Read(request) => written(&interpreter::read(request)),
        Work::Study(request) => written(&study::study(request)),
        Work::Run(request) => {
            running::run(request, Box::new(io::stdout()));
            Vec::new()
        }
    }
}

fn written<T: Serialize>(answer: &Result<T, Fault>) -> Vec<u8> {
    serde_json::to_vec(answer)
        .or_else(|error| {
            let message = format!("the answer cannot be written: {error}");
            serde_json::to_vec(&Err::<T, _>(Fault::new("interpreter-fault", message)))
        })
        .unwrap_or_default()
}

/// Bytes of addresses that the program's libraries take, where that is no small matter: CUDA's take most of a gibibyte
/// before the source is looked at, and that is not the source's doing.
fn libraries() -> u64 {
    if !cfg!(feature = "cuda") {
        return 0;
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let size = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:")?.trim().strip_suffix("kB"));
    let kibibytes: u64 = size.and_then(|size| size.trim().parse().ok()).unwrap_or(0);
    kibibytes.saturating_mul(1 << 10)
}

/// The limits that hold for the rest of this process; a limit that holds already and is lower stays. The CPU limit is
/// soft first, so that its signal tells it apart.
fn limit(seconds: u64, memory: u64) -> io::Result<()> {
    for (resource, soft, hard) in [
        (Resource::Cpu, seconds, seconds.saturating_add(2)),
        (Resource::As, memory, memory),
        (Resource::Core, 0, 0),
        (Resource::Fsize, 0, 0),
    ] {
        let held = getrlimit(resource).maximum;
        let lower = |limit: u64| Some(held.map_or(limit, |held| held.min(limit)));
        let limits = Rlimit {
            current: lower(soft),
            maximum: lower(hard),
        };
        setrlimit(resource, limits)?;
    }
    Ok(())
}
