//! Python as its tokenizer sees it, as far as telling names, texts and lines apart needs.
//!
//! Nothing is refused: a text with an error in it has tokens too, and the interpreter says later what is wrong with it.

/// A piece of a Python text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// Where it starts, in bytes.
    pub at: usize,
    /// As it is written; empty for the end of a line.
    pub text: &'a str,
    /// What it is.
    pub kind: TokenKind,
}

/// What a piece of a Python text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A name or a keyword.
    Name,
    /// A number.
    Number,
    /// A string, with its quotes and the letters before them.
    Text,
    /// An operator or a bracket.
    Operator,
    /// The end of a logical line: brackets and backslashes carry a line on.
    End,
    /// A character that no Python text has outside strings.
    Stray,
}

impl Token<'_> {
    /// Where it ends, in bytes.
    pub fn end(&self) -> usize {
        self.at + self.text.len()
    }

    /// Whether it is this operator, bracket or word.
    pub fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.kind, TokenKind::Name | TokenKind::Operator)
    }
}

/// The operators of more than one character, the longest first.
const OPERATORS: &[&str] = &[
    "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "==", "!=", "<=", ">=", "->", ":=",
    "+=", "-=", "*=", "/=", "%=", "@=", "&=", "|=", "^=",
];

/// The tokens of a Python text, in order; the last one is an [`TokenKind::End`].
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        found: Vec::new(),
    };
    while reader.at < text.len() {
        reader.next();
    }
    reader.depth = 0;
    reader.end_line();
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// How many brackets are open.
    depth: usize,
    found: Vec<Token<'a>>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return;
        };
        match first {
            '\n' => {
                self.end_line();
                self.at += 1;
            }
            '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
            '\\' if rest[1..].starts_with('\n') => self.at += 2,
            '\'' | '"' => self.push(TokenKind::Text, string(rest, 0)),
            _ if first.is_whitespace() => self.at += first.len_utf8(),
            _ if first.is_alphabetic() || first == '_' => self.name(),
            _ if first.is_ascii_digit() || is_decimal(rest) => {
                self.push(TokenKind::Number, number(rest));
            }
            _ => self.operator(first),
        }
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let text = &self.rest()[..length];
        let at = self.at;
        self.found.push(Token { at, text, kind });
        self.at += length;
    }

    fn name(&mut self) {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let opens = rest[length..].starts_with(['\'', '"']);
        let prefix = length <= 2 && rest[..length].chars().all(|c| "rRbBuUfFtT".contains(c));
        if opens && prefix {
            self.push(TokenKind::Text, string(rest, length));
        } else {
            self.push(TokenKind::Name, length);
        }
    }

    fn operator(&mut self, first: char) {
        let rest = self.rest();
        match first {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        let long = OPERATORS
            .iter()
            .find(|operator| rest.starts_with(**operator));
        match long {
            Some(operator) => self.push(TokenKind::Operator, operator.len()),
            None if "()[]{}+-*/%@&|^~<>=.,:;".contains(first) => self.push(TokenKind::Operator, 1),
            None => self.push(TokenKind::Stray, first.len_utf8()),
        }
    }

    /// Ends the logical line, unless a bracket is open or nothing stands on it.
    fn end_line(&mut self) {
        let empty = self
            .found
            .last()
            .is_none_or(|token| token.kind == TokenKind::End);
        if self.depth == 0 && !empty {
            self.push(TokenKind::End, 0);
        }
    }
}

/// Whether a number begins here with its point: `.5`.
fn is_decimal(rest: &str) -> bool {
    rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit())
}

/// The length of the number that begins here: `12`, `0x1f`, `1_000`, `.5`, `1e-3`, `2j`.
fn number(rest: &str) -> usize {
    let mut before = ' ';
    let radix = rest.starts_with("0x") || rest.starts_with("0X");
    let ends = |c: char| {
        let exponent = matches!(before, 'e' | 'E') && !radix;
        let goes_on =
            c.is_alphanumeric() || matches!(c, '.' | '_') || (exponent && matches!(c, '+' | '-'));
        before = c;
        !goes_on
    };
    rest.find(ends).unwrap_or(rest.len())
}

/// The length of the string that begins here, with its prefix; one that nothing closes ends with its line, or with the
/// text where it has three quotes.
fn string(rest: &str, prefix: usize) -> usize {
    let body = &rest[prefix..];
    let quote = &body[..1];
    let triple = quote.repeat(3);
    let (close, many) = if body.starts_with(&triple) {
        (triple.as_str(), true)
    } else {
        (quote, false)
    };
    let mut escaped = false;
    for (at, character) in body.char_indices().skip(close.len()) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if !many => return prefix + at,
            _ if body[at..].starts_with(close) => return prefix + at + close.len(),
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Vec<&str> {
        let name = |token: &Token| token.kind != TokenKind::End;
        tokens(text)
            .iter()
            .filter(|token| name(token))
            .map(|token| token.text)
            .collect()
    }

    #[test]
    fn every_kind_of_token() {
        assert_eq!(
            written("dW = 0.5*G.T @ X  # half"),
            ["dW", "=", "0.5", "*", "G", ".", "T", "@", "X"]
        );
        assert_eq!(
            written("a**-1e-3//.5 <= x[::2]"),
            [
                "a", "**", "-", "1e-3", "//", ".5", "<=", "x", "[", ":", ":", "2", "]"
            ]
        );
        assert_eq!(
            written("f'{x}' + rb\"a\\\"b\" r'c"),
            ["f'{x}'", "+", "rb\"a\\\"b\"", "r'c"]
        );
        assert_eq!(
            written("x = '''a\n# b'''\ny"),
            ["x", "=", "'''a\n# b'''", "y"]
        );
        assert_eq!(written("G² · ü"), ["G²", "·", "ü"]);
    }

    #[test]
    fn brackets_and_backslashes_carry_a_line_on() {
        let ends = |text| {
            tokens(text)
                .iter()
                .filter(|token| token.kind == TokenKind::End)
                .count()
        };
        assert_eq!(ends("f(\n1,\n2)\n\n# c\nx = \\\n 3\n"), 2);
        assert_eq!(ends(""), 0);
        assert_eq!(ends("(\n(\n"), 1);
    }

    #[test]
    fn any_text_has_tokens_that_cover_it() {
        for text in [
            "'", "\"\"\"", "\\", "\\\n", "é'", "0x", "1e", "¬\u{0}", ")))", "f'", ".", "..", "'\\",
        ] {
            let tokens = tokens(text);
            assert!(
                tokens
                    .iter()
                    .all(|token| text[token.at..].starts_with(token.text)),
                "{text}"
            );
        }
    }
}
