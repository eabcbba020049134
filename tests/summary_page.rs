//! `docs/summary-questions.md` says what each item of the sheet comes to, and is made by running it.
//!
//! After a change `UPDATE_PAGES=1 cargo test --release summary_page` writes the table anew.

use std::error::Error;
use std::fmt::Write;

use serde_json::Value;

use super::process::json;

const SHEET: &str = "fixtures/assignments/summary-sheet.toml";
const PAGE: &str = "docs/summary-questions.md";
const BEGIN: &str = "<!-- made by running each command -->\n";
const END: &str = "<!-- end -->\n";

/// A number in four digits, a flag or a word; of a longer list its beginning.
fn said(value: &Value) -> String {
    const MOST: usize = 4;
    match value {
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            let rounded: f64 = format!("{number:.3e}").parse().unwrap_or(number);
            if rounded == 0.0 || (1e-3..1e6).contains(&rounded.abs()) {
                rounded.to_string()
            } else {
                format!("{rounded:e}")
            }
        }
        Value::String(text) => text.clone(),
        Value::Array(entries) => {
            let shown: Vec<String> = entries.iter().take(MOST).map(said).collect();
            let whole = entries.iter().all(Value::is_u64) || entries.len() <= MOST;
            if whole {
                let all: Vec<String> = entries.iter().map(said).collect();
                return all.join(if entries.iter().all(Value::is_u64) {
                    "×"
                } else {
                    ", "
                });
            }
            format!("{}, …", shown.join(", "))
        }
        other => other.to_string(),
    }
}

/// What is rounding, or as small, differs from processor to processor.
fn rough(text: &str) -> String {
    let tiny = regex::Regex::new(r"[0-9.]+e-(1[3-9]|[2-9][0-9])").expect("a pattern");
    tiny.replace_all(text, "tiny").into_owned()
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

/// What an item comes to: its value, its two readings, or the facts beside an answer in words.
fn answer(item: &Value) -> String {
    let list = |key: &str| item[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if !item["computed"].is_null() {
        return format!("**{}**", said(&item["computed"]));
    }
    let readings = list("readings");
    if !readings.is_empty() {
        let readings = readings.iter().map(|reading| {
            format!(
                "{}: {}",
                text(&reading["answer"]),
                text(&reading["because"])
            )
        });
        return format!("arguable; {}", readings.collect::<Vec<_>>().join("; "));
    }
    let facts = list("facts");
    if facts.is_empty() {
        return text(&item["reason"]);
    }
    let facts = facts.iter().map(|fact| {
        let value = if fact["value"].is_null() {
            &fact["finding"]
        } else {
            &fact["value"]
        };
        format!("`{}` {}", text(&fact["key"]), said(value))
    });
    facts.collect::<Vec<_>>().join("; ")
}

fn table(report: &Value) -> Result<String, Box<dyn Error>> {
    let mut table = "| item | command | what it says |\n|---|---|---|\n".to_owned();
    for item in report["items"].as_array().ok_or("items")? {
        let title = item["title"].as_str().ok_or("a title")?;
        let command = item["command"]
            .as_str()
            .map_or_else(String::new, |command| {
                let bare = command.split(" --expect VALUE").next().unwrap_or(command);
                let bare = bare.split(" --claim ").next().unwrap_or(bare);
                let key = item["key"]
                    .as_str()
                    .map_or_else(String::new, |key| format!(" (`{key}`)"));
                format!("`{bare}`{key}")
            });
        writeln!(
            table,
            "| {} | {} | {} |",
            escaped(title),
            escaped(&command),
            escaped(&answer(item))
        )?;
    }
    Ok(table)
}

#[test]
fn the_page_says_what_the_commands_say() -> Result<(), Box<dyn Error>> {
    let (report, code) = json(&["check", SHEET])?;
    assert_eq!(code, Some(0));
    let table = table(&report)?;
    let page = std::fs::read_to_string(PAGE)?;
    let (before, rest) = page.split_once(BEGIN).ok_or("a beginning")?;
    let (old, after) = rest.split_once(END).ok_or("an end")?;
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::write(PAGE, format!("{before}{BEGIN}{table}{END}{after}"))?;
        return Ok(());
    }
    assert_eq!(rough(old), rough(&table), "UPDATE_PAGES=1 writes it anew");
    Ok(())
}
