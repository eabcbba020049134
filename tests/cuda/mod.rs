//! A build with CUDA on machines without a card, with too few of them, and with a full one: a driver is put in its way
//! that has nothing behind it (`fake.c`, compiled by gcc).

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

const GRADUS: &str = env!("CARGO_BIN_EXE_gradus");
const FAKE: &str = include_str!("fake.c");

/// What a tool says of the program.
fn told(tool: &str, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = Command::new(tool).args(arguments).arg(GRADUS).output()?;
    Ok(String::from_utf8(output.stdout)?)
}

/// Puts the driver and the libraries that the program is linked to into a folder: one file under all of their names.
fn put_libraries(folder: &Path) -> Outcome {
    let mut source = FAKE.to_owned();
    for line in told("nm", &["--dynamic", "--undefined-only"])?.lines() {
        let name = line.split_whitespace().last().unwrap_or_default();
        let name = name.split('@').next().unwrap_or_default();
        let theirs = name.starts_with("cu") || name.starts_with("__cuda");
        if theirs && !FAKE.contains(&format!(" {name}(")) {
            writeln!(source, "int {name}(void) {{ return 0; }}")?;
        }
    }
    let needed = told("readelf", &["--dynamic", "--wide"])?;
    let libraries: Vec<&str> = needed
        .lines()
        .filter_map(|line| line.split_once("[libcu")?.1.split_once(']'))
        .map(|(name, _)| name)
        .collect();
    // NVIDIA's libraries name their versions after themselves, and the program asks for these.
    let mut versions = String::new();
    for library in &libraries {
        let names = match library.split('.').next() {
            Some("rand") => "curand*;",
            Some("blas") => "cublas*;",
            Some("dart") => "cuda*; __cuda*;",
            _ => continue,
        };
        writeln!(versions, "libcu{library} {{ global: {names} }};")?;
    }
    let (code, script) = (folder.join("fake.c"), folder.join("versions"));
    std::fs::write(&code, source)?;
    std::fs::write(&script, versions)?;
    let object = folder.join("fake.so");
    let compiled = Command::new("gcc")
        .args(["-shared", "-fPIC", "-w", "-o"])
        .arg(&object)
        .arg(&code)
        .arg(format!("-Wl,--version-script={}", script.display()))
        .output()?;
    let said = String::from_utf8_lossy(&compiled.stderr);
    assert!(compiled.status.success(), "{said}");
    for library in libraries {
        std::fs::copy(&object, folder.join(format!("libcu{library}")))?;
    }
    Ok(())
}

/// A machine with this many cards, whose memory takes this many allocations.
struct Machine {
    libraries: tempfile::TempDir,
    devices: u32,
    allocations: u32,
}

impl Machine {
    fn with(devices: u32, allocations: u32) -> Result<Self, Box<dyn Error>> {
        let libraries = tempfile::tempdir()?;
        put_libraries(libraries.path())?;
        Ok(Self {
            libraries,
            devices,
            allocations,
        })
    }

    fn gradus(&self, arguments: &[&str]) -> std::io::Result<Output> {
        Command::new(GRADUS)
            .args(arguments)
            .arg("--json")
            .env("LD_LIBRARY_PATH", self.libraries.path())
            .env("FAKE_DEVICES", self.devices.to_string())
            .env("FAKE_ALLOCATIONS", self.allocations.to_string())
            .output()
    }

    /// The message of a refusal: exit 2, code `device`.
    fn refusal(&self, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        let output = self.gradus(arguments)?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        let json: Value = serde_json::from_slice(&output.stdout)?;
        assert_eq!(json["error"]["code"], "device", "{json}");
        Ok(json["error"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }
}

const SMALL: [&str; 7] = [
    "vanishing-demo",
    "--depth",
    "2",
    "--width",
    "4",
    "--steps",
    "2",
];

fn small(device: &str) -> Vec<&str> {
    [&SMALL[..], &["--device", device]].concat()
}

#[test]
fn without_a_card_cuda_is_refused_and_auto_takes_the_cpu() -> Outcome {
    let machine = Machine::with(0, 0)?;
    for asked in ["cuda", "cuda:0", "cuda:7"] {
        assert_eq!(
            machine.refusal(&small(asked))?,
            "there is no CUDA device here"
        );
        let engine = machine.refusal(&["engine-check", "--device", asked])?;
        assert_eq!(engine, "there is no CUDA device here");
    }
    let json: Value = serde_json::from_slice(&machine.gradus(&small("auto"))?.stdout)?;
    let mut notes = json["notes"].as_array().into_iter().flatten();
    let note = notes
        .find(|note| note["code"] == "device")
        .ok_or("a note")?;
    assert_eq!(
        note["text"],
        "measured on the CPU (--device auto): there is no CUDA device here"
    );
    let plain = machine.gradus(&SMALL)?;
    assert_eq!(plain.status.code(), Some(0));
    // The sandbox is the same program, and finds the same libraries.
    let read = machine.gradus(&["shape", "-c", "nn.Linear(3, 4)", "--input", "2x3"])?;
    assert_eq!(read.status.code(), Some(0));
    Ok(())
}

#[test]
fn a_number_that_no_card_has_is_refused_with_how_many_there_are() -> Outcome {
    let one = Machine::with(1, 0)?.refusal(&small("cuda:3"))?;
    assert_eq!(one, "there is no CUDA device 3: there is one, cuda:0");
    let two = Machine::with(2, 0)?.refusal(&small("cuda:2"))?;
    assert_eq!(
        two,
        "there is no CUDA device 2: there are 2, numbered from 0"
    );
    Ok(())
}

#[test]
fn a_full_card_is_told_as_such_wherever_it_fills() -> Outcome {
    // At the first tensor, among the first, and in the midst of the pass.
    for allocations in [0, 3, 12, 20] {
        let machine = Machine::with(1, allocations)?;
        for asked in ["cuda", "auto"] {
            let message = machine.refusal(&small(asked))?;
            let end = ": the device has no memory left for it";
            assert!(message.ends_with(end), "{allocations}: {message}");
        }
    }
    let engine = Machine::with(1, 5)?.refusal(&["engine-check", "--device", "cuda"])?;
    assert!(engine.ends_with("no memory left for it"), "{engine}");
    let effective = "receptive-field -c nn.Conv2d(1,1,3) --input 1x1x9x9 --effective --device cuda";
    let effective: Vec<&str> = effective.split(' ').collect();
    for allocations in [0, 2, 6] {
        let field = Machine::with(1, allocations)?.refusal(&effective)?;
        assert!(field.ends_with("no memory left for it"), "{field}");
    }
    Ok(())
}
