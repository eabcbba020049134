//! The medians that criterion left under `target/criterion`.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::models::TEMPORARY;

/// Seconds of every benchmark, by its whole name.
pub(super) struct Estimates(HashMap<String, f64>);

#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
}

#[derive(Deserialize)]
struct Figures {
    median: Figure,
}

#[derive(Deserialize)]
struct Figure {
    /// Nanoseconds.
    point_estimate: f64,
}

impl Estimates {
    /// Reads them all.
    pub(super) fn read() -> Result<Self, Box<dyn Error>> {
        let target = Path::new(TEMPORARY).parent();
        let root = target.ok_or("no target folder")?.join("criterion");
        let mut found = HashMap::new();
        let mut folders = vec![root];
        while let Some(folder) = folders.pop() {
            let benchmark = folder.join("benchmark.json");
            if folder.ends_with("new") && benchmark.exists() {
                let name = json::<Benchmark>(benchmark)?.full_id;
                let median = json::<Figures>(folder.join("estimates.json"))?.median;
                found.insert(name, median.point_estimate * 1e-9);
                continue;
            }
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                }
            }
        }
        Ok(Self(found))
    }

    /// The median of one.
    pub(super) fn seconds(&self, name: &str) -> Result<f64, String> {
        let missing = || format!("`{name}` was not measured: run `cargo bench` first");
        self.0.get(name).copied().ok_or_else(missing)
    }
}

fn json<T: for<'a> Deserialize<'a>>(path: PathBuf) -> Result<T, Box<dyn Error>> {
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}
