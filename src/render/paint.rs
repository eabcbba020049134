//! Colour by meaning, and lines that fit.

use anstyle::{AnsiColor, Style as Ansi};

use crate::report::Verdict;

/// What a piece of text is, so that it can be coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A heading or the headline.
    Strong,
    /// What matters less.
    Quiet,
    /// Something right.
    Good,
    /// Something wrong.
    Bad,
    /// Something open.
    Open,
}

/// The text in its role's colour, or as it is.
pub fn paint(text: &str, role: Role, color: bool) -> String {
    if !color {
        return text.to_owned();
    }
    let ansi = match role {
        Role::Strong => Ansi::new().bold(),
        Role::Quiet => Ansi::new().dimmed(),
        Role::Good => AnsiColor::Green.on_default().bold(),
        Role::Bad => AnsiColor::Red.on_default().bold(),
        Role::Open => AnsiColor::Yellow.on_default().bold(),
    };
    format!("{ansi}{text}{ansi:#}")
}

/// The role of a verdict.
pub(super) fn role_of(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Right => Role::Good,
        Verdict::Wrong => Role::Bad,
        Verdict::Undecided | Verdict::Unreadable => Role::Open,
    }
}

/// The text in lines of at most `width` characters, all but the first indented; a longer word stands alone.
pub fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width.saturating_sub(indent) {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_hang() {
        let wrapped = wrap("one two three four", 10, 2);
        assert_eq!(wrapped, "one two\n  three\n  four");
    }

    #[test]
    fn without_colour_the_text_is_as_it_is() {
        assert_eq!(paint("wrong", Role::Bad, false), "wrong");
        assert!(paint("wrong", Role::Bad, true).contains("\u{1b}["));
    }
}
