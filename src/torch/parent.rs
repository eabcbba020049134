//! Starting the child, and its end as a fault where it did not answer.

use std::env;
use std::io::{self, BufRead, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::protocol::{ARGUMENT, Answer, Line, Order, Request, Studied, Work};
use super::run::{Event, RunRequest};
use super::study::{Study, StudyRequest};
use crate::model::{Fault, Model};

/// Bytes of an answer that are read; a model of 100,000 nodes is a tenth of it.
const ANSWER_LIMIT: u64 = 256 << 20;
/// Bytes of the child's complaints that are read: enough to tell how it ended.
const COMPLAINT_LIMIT: u64 = 64 << 10;
/// Where the loader is told to look for libraries.
const LIBRARIES: &str = "LD_LIBRARY_PATH";
/// What the child needs to end by itself at its CPU limit before it is killed, and to start on a busy machine.
const GRACE: Duration = Duration::from_secs(5);

/// The sandboxed interpreter: how to start it, and its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// The binary, which is gradus itself.
    pub program: PathBuf,
    /// CPU time; the clock on the wall may show a little more.
    pub time_limit: Duration,
    /// Bytes of address space.
    pub memory_limit: u64,
}

impl Interpreter {
    /// 10 s of CPU.
    pub const TIME_LIMIT: Duration = Duration::from_secs(10);
    /// 1 GiB.
    pub const MEMORY_LIMIT: u64 = 1 << 30;

    /// With the usual limits, from a binary.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            time_limit: Self::TIME_LIMIT,
            memory_limit: Self::MEMORY_LIMIT,
        }
    }

    /// With the usual limits, from the running binary.
    ///
    /// # Errors
    /// If the system does not tell which binary runs.
    pub fn here() -> io::Result<Self> {
        std::env::current_exe().map(Self::new)
    }

    /// The model of a PyTorch source.
    ///
    /// # Errors
    /// What is wrong with the source, at its place, or which limit it ran into.
    pub fn read_model(&self, request: &Request) -> Result<Model, Fault> {
        let ending = self.order(Work::Read(request.clone()), None)?;
        self.answer(&ending)
    }

    /// Runs a program with tensors that have values; what happens is told as it happens.
    ///
    /// # Errors
    /// That nothing could be run, or which limit the program ran into; what it did before was told.
    pub fn run(
        &self,
        request: &RunRequest,
        tell: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), Fault> {
        let mut said = Said {
            tell,
            fault: None,
            ended: false,
        };
        let ending = self.order(Work::Run(request.clone()), Some(&mut said))?;
        self.ended(&ending)?;
        match said.fault {
            Some(fault) => Err(fault),
            None if said.ended => Ok(()),
            None => Err(broken("the interpreter ended without a word")),
        }
    }

    /// A function with what is claimed of its gradients.
    ///
    /// # Errors
    /// What is wrong with the source or a claim, at its place, or which limit it ran into.
    pub fn study(&self, request: &StudyRequest) -> Result<Study, Fault> {
        let ending = self.order(Work::Study(request.clone()), None)?;
        self.ended(&ending)?;
        let answer: Studied = read(&ending)?;
        answer.map_err(|fault| self.at_limit(fault))
    }

    /// Gives a child its order and waits for its end; a listener is told what comes line by line.
    fn order(&self, work: Work, listener: Option<&mut Said>) -> Result<Ending, Fault> {
        let order = Order {
            work,
            seconds: self.time_limit.as_secs().max(1),
            memory: self.memory_limit,
        };
        let order = serde_json::to_vec(&order)
            .map_err(|error| unavailable(&format!("the order cannot be written: {error}")))?;
        self.carried_out(order, listener)
            .map_err(|error| unavailable(&error.to_string()))
    }

    fn carried_out(&self, order: Vec<u8>, listener: Option<&mut Said>) -> io::Result<Ending> {
        let mut child = Command::new(&self.program)
            .arg(ARGUMENT)
            .env_clear()
            // It is this same program: where the loader was told to look for libraries, it looks again.
            .envs(env::var_os(LIBRARIES).map(|folders| (LIBRARIES, folders)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("the child has no pipes"));
        };
        thread::scope(|scope| {
            // A child that ends early closes its end: then its status says why, not this error.
            scope.spawn(move || stdin.write_all(&order).ok());
            let answer = scope.spawn(move || match listener {
                Some(listener) => listener.listen(stdout),
                None => bounded(stdout, ANSWER_LIMIT),
            });
            let complaint = scope.spawn(move || bounded(stderr, COMPLAINT_LIMIT));
            let (status, late) = self.wait(&mut child)?;
            Ok(Ending {
                status,
                late,
                answer: answer.join().unwrap_or_default(),
                complaint: String::from_utf8_lossy(&complaint.join().unwrap_or_default())
                    .into_owned(),
            })
        })
    }

    /// Waits until the child ends, and kills it when its time on the wall is over.
    fn wait(&self, child: &mut Child) -> io::Result<(ExitStatus, bool)> {
        let deadline = Instant::now() + self.time_limit + GRACE;
        let mut pause = Duration::from_micros(500);
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok((status, false));
            }
            if Instant::now() >= deadline {
                child.kill()?;
                return Ok((child.wait()?, true));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }

    /// What a child's end means, where it did not come to its own.
    fn ended(&self, ending: &Ending) -> Result<(), Fault> {
        const SIGABRT: i32 = 6;
        const SIGKILL: i32 = 9;
        const SIGXCPU: i32 = 24;
        let signal = ending.status.signal();
        if ending.late || matches!(signal, Some(SIGKILL | SIGXCPU)) {
            return Err(Fault::new(
                "time-limit",
                format!("the source ran longer than {} s", self.time_limit.as_secs()),
            )
            .help("`--time-limit SECONDS` allows more."));
        }
        if signal == Some(SIGABRT) && ending.complaint.contains("memory allocation") {
            return Err(memory_limit(self.memory_limit));
        }
        if signal == Some(SIGABRT) && ending.complaint.contains("overflowed its stack") {
            return Err(Fault::new(
                "interpreter-stack",
                "the source is nested too deeply for the interpreter",
            )
            .help("Write it with fewer levels: a loop instead of a recursion, a list instead of a long expression."));
        }
        if !ending.status.success() {
            return Err(broken("the interpreter failed on this source"));
        }
        Ok(())
    }

    fn answer(&self, ending: &Ending) -> Result<Model, Fault> {
        self.ended(ending).map_err(|fault| match fault.code.as_str() {
            "time-limit" => fault.help("Reading only needs the model's definition: take loops that train out, or put them under a function."),
            "memory-limit" => fault.help("Tensors take no memory here, but lists and strings do: make them smaller."),
            _ => fault,
        })?;
        let answer: Answer = read(ending)?;
        answer.map_err(|fault| match fault.code.as_str() {
            "memory-limit" => self
                .at_limit(fault)
                .help("Tensors take no memory here, but lists and strings do: make them smaller."),
            _ => fault,
        })
    }

    /// The limit itself, where the program met it as an exception.
    fn at_limit(&self, fault: Fault) -> Fault {
        match fault.code.as_str() {
            "memory-limit" => Fault {
                place: fault.place,
                ..memory_limit(self.memory_limit)
            },
            _ => fault,
        }
    }
}

/// What a child answered at its end.
fn read<T: DeserializeOwned>(ending: &Ending) -> Result<T, Fault> {
    serde_json::from_slice(&ending.answer)
        .map_err(|_| broken("the interpreter's answer cannot be read"))
}

/// Whoever is told what a run's child says, and what it said last.
struct Said<'a> {
    tell: &'a mut (dyn FnMut(Event) + Send),
    fault: Option<Fault>,
    ended: bool,
}

impl Said<'_> {
    /// Takes line after line; nothing is left to be read at the end.
    fn listen(&mut self, pipe: impl Read) -> Vec<u8> {
        let mut pipe = io::BufReader::new(pipe.take(ANSWER_LIMIT));
        let mut line = Vec::new();
        while matches!(pipe.read_until(b'\n', &mut line), Ok(count) if count > 0) {
            match serde_json::from_slice(&line) {
                Ok(Line::Event(event)) => (self.tell)(event),
                Ok(Line::Fault(fault)) => self.fault = Some(fault),
                Ok(Line::End) => self.ended = true,
                // Half a line, of a child that was killed while it wrote.
                Err(_) => {}
            }
            line.clear();
        }
        let _ = io::copy(&mut pipe.into_inner().into_inner(), &mut io::sink());
        Vec::new()
    }
}

struct Ending {
    status: ExitStatus,
    late: bool,
    answer: Vec<u8>,
    complaint: String,
}

/// What a pipe says up to a limit; the rest is read and dropped, so that the writer is not held up.
fn bounded(mut pipe: impl Read, limit: u64) -> Vec<u8> {
    let mut kept = Vec::new();
    // What came before a read error is all there is; the status tells the rest.
    let _ = pipe.by_ref().take(limit).read_to_end(&mut kept);
    let _ = io::copy(&mut pipe, &mut io::sink());
    kept
}

fn memory_limit(bytes: u64) -> Fault {
    Fault::new(
        "memory-limit",
        format!("the source needs more memory than {} MiB", bytes >> 20),
    )
    .help("`--memory-limit MIB` allows more.")
}

fn broken(message: &str) -> Fault {
    Fault::new("interpreter-fault", message)
        .help("This is a fault of gradus, not of the source: please report it with the source.")
}

fn unavailable(why: &str) -> Fault {
    Fault::new(
        "interpreter-unavailable",
        format!("the interpreter could not be started: {why}"),
    )
}
