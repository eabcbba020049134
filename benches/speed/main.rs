//! How long answers take: whole processes, the functions that the time goes into, how both grow, and what the machine could do.
//!
//! `cargo bench` measures everything, `cargo bench -- growth` (or `process`, `machine`, any part of a name) what is named so, and
//! `cargo bench -- page` draws and writes what was measured into `docs/`. `docs/benchmarks.md` has the figures.

mod differences;
mod formulas;
mod growth;
mod lab;
mod machine;
mod models;
mod page;
mod processes;

use std::time::Duration;

use criterion::Criterion;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().any(|word| word == "page") {
        return page::write();
    }
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    processes::processes(&mut criterion);
    formulas::formulas(&mut criterion);
    lab::lab(&mut criterion);
    differences::differences(&mut criterion);
    machine::machine(&mut criterion);
    growth::growth(&mut criterion);
    criterion.final_summary();
    Ok(())
}
