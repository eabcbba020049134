//! Assignments and submissions: finding answers, asking the questions, scoring.
//!
//! ```text
//! assignment ─► items ─────────────► questions (each asked once) ─┐
//! submission ─► page ─► passage ─► reading ─► claims ─────────────┴─► marks
//! ```
//!
//! A submission becomes a [`page`](self::page) of cleaned lines; [`locate`](self::locate) finds the passage that
//! answers an item; [`reading`](self::reading) takes the value from it, or says why it is not certain. A guess that
//! fails somebody is worse than a question put to a person.

pub mod assignment;
pub mod code;
pub mod draft;
pub mod label;
pub mod locate;
pub mod markup;
pub mod page;
pub mod reading;
pub mod score;
pub mod submission;
