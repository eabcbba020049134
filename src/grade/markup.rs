//! From Markdown, HTML and LaTeX to the words and numbers in them.

use std::fmt::Write;
use std::sync::LazyLock;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

/// A line without its markup.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plain {
    /// The text.
    pub text: String,
    /// What was set in bold.
    pub strong: Vec<String>,
    /// What was put into a `\boxed{…}`.
    pub boxed: Vec<String>,
    /// What was set as code, as it is written.
    pub codes: Vec<String>,
    /// Whether there is LaTeX in it.
    pub math: bool,
    /// The line as it is written, without tags.
    pub source: String,
}

/// The line without HTML tags, Markdown's marks and LaTeX's commands; struck-out text is left out.
pub fn plain(line: &str) -> Plain {
    let untagged = without_tags(line);
    let mut plain = Plain::default();
    let mut strong = Vec::new();
    let mut struck = 0_usize;
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH;
    let text = spare_number(&spare_products(untagged.trim()));
    for event in Parser::new_ext(&text, options) {
        match event {
            Event::Start(Tag::Strikethrough) => struck += 1,
            Event::End(TagEnd::Strikethrough) => struck = struck.saturating_sub(1),
            _ if struck > 0 => {}
            Event::Start(Tag::Strong) => strong.push(plain.text.len()),
            Event::End(TagEnd::Strong) => {
                let start = strong.pop().unwrap_or(plain.text.len());
                plain.strong.push(plain.text[start..].trim().to_owned());
            }
            Event::Code(code) => {
                plain.text.push_str(&without_latex(&code, &mut plain.boxed));
                plain.codes.push(code.into_string());
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                plain.text.push_str(&without_latex(&text, &mut plain.boxed));
            }
            Event::InlineMath(math) | Event::DisplayMath(math) => {
                plain.math = true;
                plain.text.push_str(&without_latex(&math, &mut plain.boxed));
            }
            Event::SoftBreak | Event::HardBreak => plain.text.push(' '),
            _ => {}
        }
    }
    plain.text = plain.text.split_whitespace().collect::<Vec<_>>().join(" ");
    plain.math |= COMMAND.is_match(&untagged) || untagged.contains("$$");
    untagged.trim().clone_into(&mut plain.source);
    plain
}

/// A command of LaTeX's, as it stands on the lines between `$$` and in environments.
static COMMAND: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\\[A-Za-z]{2,}").expect("a fixed expression"));

/// A cell without its HTML comments: what they hide is no answer. Line breaks stay.
pub fn without_comments(cell: &str) -> String {
    let mut kept = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some(start) = rest.find("<!--") {
        kept.push_str(&rest[..start]);
        let comment = &rest[start..];
        let end = comment.find("-->").map_or(comment.len(), |end| end + 3);
        kept.extend(comment[..end].chars().filter(|&c| c == '\n'));
        rest = &comment[end..];
    }
    kept.push_str(rest);
    kept
}

/// The tags that people write in notebooks; `a < b` is not among them.
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    let names = "div|span|font|p|br|hr|b|u|i|em|strong|s|small|big|mark|center|img|figure|figcaption|a|h[1-6]|\
                 ul|ol|li|table|thead|tbody|tr|td|th|sub|sup|details|summary|code|pre|blockquote|section";
    Regex::new(&format!(
        r"(?i)</?\s*(?:{names})(?:\s+[a-z-]+\s*=[^<>]*)?\s*/?>"
    ))
    .expect("a fixed expression")
});

static BOLD_TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)<(?:b|strong)>\s*([^<>]*?)\s*</(?:b|strong)>").expect("a fixed expression")
});

/// The line without HTML tags; bold ones become Markdown's.
pub fn without_tags(line: &str) -> String {
    if !line.contains('<') {
        return line.to_owned();
    }
    let mut text = line.to_owned();
    for tag in ["u", "i", "em"] {
        for form in [format!("<{tag}>"), format!("</{tag}>")] {
            text = text.replace(&form, "");
        }
    }
    let bold = BOLD_TAG.replace_all(&text, " **$1** ");
    TAG.replace_all(&bold, " ").into_owned()
}

/// Keeps a number at the beginning from being taken for a list's.
fn spare_number(text: &str) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && text[digits..].starts_with(['.', ')']) {
        format!("{}\\{}", &text[..digits], &text[digits..])
    } else {
        text.to_owned()
    }
}

/// Writes the star of a product as a dot, so that Markdown does not take it for emphasis.
fn spare_products(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_term = |c: Option<&char>, brackets: [char; 2]| {
        c.is_some_and(|c| c.is_ascii_digit() || brackets.contains(c))
    };
    (0..chars.len())
        .map(|at| {
            if chars[at] != '*' {
                return chars[at];
            }
            let space_before = at > 0 && chars[at - 1] == ' ';
            let space_after = chars.get(at + 1) == Some(&' ');
            let before = at
                .checked_sub(1 + usize::from(space_before))
                .and_then(|at| chars.get(at));
            let after = chars.get(at + 1 + usize::from(space_after));
            let product = space_before == space_after
                && is_term(before, [')', ']'])
                && is_term(after, ['(', '[']);
            if product { '·' } else { '*' }
        })
        .collect()
}

/// The text without LaTeX: `\times` is `×`, `\text{…}` its content; what is boxed is noted.
fn without_latex(text: &str, boxed: &mut Vec<String>) -> String {
    let mut latex = Latex {
        chars: text.chars().collect(),
        at: 0,
        boxed,
    };
    let mut out = latex.group(0);
    while latex.at < latex.chars.len() {
        // A closing brace without its opening: plain text has those.
        latex.at += 1;
        out.push_str(&latex.group(0));
    }
    out
}

/// A reader of LaTeX that keeps what a person sees.
struct Latex<'a> {
    chars: Vec<char>,
    at: usize,
    boxed: &'a mut Vec<String>,
}

/// Braces deeper than this are read as they stand.
const DEEPEST: usize = 64;

impl Latex<'_> {
    /// Everything up to the brace that closes this group, or to the end.
    fn group(&mut self, depth: usize) -> String {
        let mut out = String::new();
        while let Some(&c) = self.chars.get(self.at) {
            match c {
                '}' => break,
                '$' => self.at += 1,
                '~' => {
                    out.push(' ');
                    self.at += 1;
                }
                '{' => {
                    let content = self.braced(depth);
                    out.push_str(if content == "," { "," } else { &content });
                }
                '\\' => self.command(&mut out, depth),
                _ => {
                    out.push(c);
                    self.at += 1;
                }
            }
        }
        out
    }

    /// The content of the braces that open here; one character where none do.
    fn braced(&mut self, depth: usize) -> String {
        while self.chars.get(self.at) == Some(&' ') {
            self.at += 1;
        }
        if self.chars.get(self.at) != Some(&'{') || depth >= DEEPEST {
            let one = self
                .chars
                .get(self.at)
                .map(char::to_string)
                .unwrap_or_default();
            self.at += 1;
            return one;
        }
        self.at += 1;
        let content = self.group(depth + 1);
        self.at += 1;
        content
    }

    fn command(&mut self, out: &mut String, depth: usize) {
        self.at += 1;
        let name: String = self.chars[self.at..]
            .iter()
            .take_while(|c| c.is_ascii_alphabetic())
            .collect();
        if name.is_empty() {
            let mark = self.chars.get(self.at).copied();
            self.at += 1;
            match mark {
                Some('\\') => out.push_str(" ; "),
                Some(mark @ ('%' | '_' | '#' | '&' | '{' | '}' | '[' | ']' | '(' | ')' | '*')) => {
                    out.push(mark);
                }
                _ => out.push(' '),
            }
            return;
        }
        self.at += name.len();
        match name.as_str() {
            "times" => out.push('×'),
            "cdot" | "ast" | "star" => out.push('·'),
            "approx" | "simeq" | "sim" => out.push('≈'),
            "Rightarrow" | "rightarrow" | "implies" | "Longrightarrow" | "longrightarrow"
            | "to" | "therefore" => {
                out.push('⇒');
            }
            "quad" | "qquad" | "left" | "right" | "big" | "Big" | "bigg" | "Bigg"
            | "displaystyle" | "begin" | "end" => out.push(' '),
            "frac" | "dfrac" | "tfrac" => {
                let (top, bottom) = (self.braced(depth), self.braced(depth));
                let _ = write!(out, "({top})/({bottom})");
            }
            "boxed" | "fbox" | "framebox" => {
                let content = self.braced(depth);
                out.push_str(&content);
                self.boxed.push(content.trim().to_owned());
            }
            "text" | "textbf" | "textit" | "texttt" | "mathrm" | "mathbf" | "mathit" | "mathsf"
            | "mathtt" | "operatorname" | "underline" | "bold" | "bm" => {
                let content = self.braced(depth);
                out.push_str(&content);
            }
            _ => out.push_str(&name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_of_every_kind_goes() {
        for (line, text) in [
            ("**Answer:** 112", "Answer: 112"),
            ("<font color='red'>112</font>", "112"),
            ("<b><u>Answer 3:</b></u>", "Answer 3:"),
            (r"the field is $112 \times 112$", "the field is 112 × 112"),
            (r"$\boxed {125 \times 125}$", "125 × 125"),
            (
                "16 + (13-1) * 1 *2 *2 *2 = 112",
                "16 + (13-1) · 1 *2 *2 *2 = 112",
            ),
            ("(5-1)*2*2 = 16", "(5-1)·2·2 = 16"),
            ("shape `(1, 32, 122, 122)`", "shape (1, 32, 122, 122)"),
            (r"$26{,}848$", "26,848"),
            ("~~125~~ 112", "112"),
            (r"$\frac{3}{4}$", "(3)/(4)"),
            ("a < b and c > d", "a < b and c > d"),
            ("[125 x 125]", "[125 x 125]"),
        ] {
            assert_eq!(plain(line).text, text, "{line}");
        }
    }

    #[test]
    fn what_is_bold_or_boxed_is_noted() {
        assert_eq!(plain("so **112** it is").strong, ["112"]);
        assert_eq!(plain("<b> False </b>- since").strong, ["False"]);
        assert_eq!(plain(r"hence $\boxed{112\times112}$").boxed, ["112×112"]);
    }

    #[test]
    fn comments_go_and_lines_stay() {
        assert_eq!(without_comments("a\n<!-- b\nc -->d\n<!-- e"), "a\n\nd\n");
    }

    #[test]
    fn unbalanced_braces_do_no_harm() {
        for line in ["}", "{{{", r"\boxed{", r"$\frac{1", r"\", "}}{a}{"] {
            let _ = plain(line);
        }
    }
}
