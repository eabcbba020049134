//! gradus checks deep-learning answers by computing them.
//!
//! The rooms stand here in the order of the data: a text is *read* into a *model*; *theory* and *lab*
//! compute the same quantity independently; a *question* puts both into a *report*, holds a person's
//! claim against it, and *render* writes it down. `docs/design.md` is the map.
//!
//! ```text
//! text ─► read ─► model ─┬─► theory ─┐
//!          │             └─► lab ────┴─► questions ─► report ─► render ─► cli
//!          └─► torch (PyTorch's API inside a sandboxed interpreter)
//! assignment + submission ─► grade ─► questions ─► report …
//! ```

pub mod model;

pub mod theory;

pub mod lab;

pub mod torch;

pub mod read;

pub mod report;

pub mod questions;

pub mod grade;

pub mod render;

pub mod cli;
