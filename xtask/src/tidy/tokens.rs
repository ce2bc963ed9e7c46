//! Rust sources as flat lists of tokens with their lines: comments are gone, strings are one token, and what is
//! compiled only for tests is marked.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::{Finding, Tree};

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// As written; brackets are tokens of their own, `::` is one.
    pub(super) text: String,
    /// From 1.
    pub(super) line: usize,
    /// Whether it is only there when testing.
    pub(super) test: bool,
}

/// One file.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: String,
    pub(super) tokens: Vec<Token>,
}

impl Source {
    /// The tokens that are shipped, with the ones after them.
    pub(super) fn shipped(&self) -> impl Iterator<Item = (&Token, &[Token])> {
        self.tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| !token.test)
            .map(|(at, token)| (token, &self.tokens[at + 1..]))
    }
}

/// Whether tokens begin with these texts.
pub(super) fn starts_with(tokens: &[Token], texts: &[&str]) -> bool {
    tokens.len() >= texts.len() && tokens.iter().zip(texts).all(|(token, text)| token.text == *text)
}

/// All Rust files of a tree.
#[derive(Debug, Default)]
pub(super) struct Sources {
    files: Vec<Source>,
    broken: Vec<Finding>,
}

impl Sources {
    /// Reads the files, and marks those that are test modules of another.
    pub(super) fn read(tree: &Tree) -> Self {
        let mut sources = Self::default();
        let mut test_files = BTreeSet::new();
        for (path, text) in tree.below("", ".rs") {
            match text.parse::<TokenStream>() {
                Ok(stream) => {
                    let mut tokens = Vec::new();
                    flatten(stream, is_test_file(path), &mut tokens);
                    test_files.extend(test_modules(path, &tokens));
                    sources.files.push(Source { path: path.to_owned(), tokens });
                }
                Err(error) => sources.broken.push(Finding::new(
                    path,
                    error.span().start().line,
                    error.to_string(),
                    "a file that is not Rust cannot be checked",
                )),
            }
        }
        for source in &mut sources.files {
            let module = source.path.trim_end_matches(".rs").trim_end_matches("/mod");
            if test_files.iter().any(|test| module == test || module.starts_with(&format!("{test}/"))) {
                source.tokens.iter_mut().for_each(|token| token.test = true);
            }
        }
        sources
    }

    /// Files that could not be read.
    pub(super) fn broken(&self) -> Vec<Finding> {
        self.broken.clone()
    }

    /// The files below a folder (given with its final slash), or the file itself.
    pub(super) fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a Source> {
        self.files.iter().filter(move |source| source.path.starts_with(folder))
    }
}

/// Test crates, and the integration tests, benches and examples of others.
fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/") || ["/tests/", "/benches/", "/examples/"].iter().any(|folder| path.contains(folder))
}

/// Where the modules are that a file declares for tests only, without `.rs` or `/mod.rs`.
fn test_modules(path: &str, tokens: &[Token]) -> Vec<String> {
    let stem = path.trim_end_matches(".rs");
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let base = if matches!(name, "mod" | "lib" | "main") { folder } else { stem };
    tokens
        .windows(3)
        .filter(|three| three[0].test && three[0].text == "mod" && three[2].text == ";")
        .map(|three| format!("{base}/{}", three[1].text))
        .collect()
}

fn flatten(stream: TokenStream, test: bool, out: &mut Vec<Token>) {
    // What `#[cfg(test)]` stands before: up to the first `;` or `{…}` on this level.
    let mut test_item = false;
    let mut whole = test;
    let mut before_hash = false;
    let mut inner = false;
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                if before_hash && group.delimiter() == Delimiter::Bracket && marks_tests(&group.stream()) {
                    if inner { whole = true } else { test_item = true }
                }
                let marked = whole || test_item;
                out.push(Token { text: open.to_owned(), line, test: marked });
                flatten(group.stream(), marked, out);
                out.push(Token { text: close.to_owned(), line: group.span_close().start().line, test: marked });
                if group.delimiter() == Delimiter::Brace {
                    test_item = false;
                }
                (before_hash, inner) = (false, false);
            }
            TokenTree::Punct(punct) => {
                let c = punct.as_char();
                let marked = whole || test_item;
                // `::` as one token.
                let joins = c == ':' && out.last().is_some_and(|last| last.text == ":~");
                if joins {
                    if let Some(last) = out.last_mut() {
                        "::".clone_into(&mut last.text);
                    }
                } else if c == ':' && punct.spacing() == Spacing::Joint {
                    out.push(Token { text: ":~".to_owned(), line, test: marked });
                } else {
                    out.push(Token { text: c.to_string(), line, test: marked });
                }
                if c == ';' {
                    test_item = false;
                }
                inner = c == '!' && before_hash;
                before_hash = c == '#' || inner;
            }
            TokenTree::Ident(ident) => {
                out.push(Token { text: ident.to_string(), line, test: whole || test_item });
                (before_hash, inner) = (false, false);
            }
            TokenTree::Literal(literal) => {
                out.push(Token { text: literal.to_string(), line, test: whole || test_item });
                (before_hash, inner) = (false, false);
            }
        }
    }
}

/// `#[test]`, `#[tokio::test]`, `#[wasm_bindgen_test]`, `#[cfg(test)]`, `#[cfg(any(test, …))]`, not `#[cfg(not(test))]`.
fn marks_tests(attribute: &TokenStream) -> bool {
    let text: String = attribute.to_string().split_whitespace().collect();
    match text.strip_prefix("cfg(") {
        Some(condition) => {
            let names = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "test");
            // The storage suite is compiled for the tests of other crates by a feature.
            condition.contains("feature=\"conformance\"") || names(condition) && !condition.contains("not(test")
        }
        None => text == "test" || text.ends_with("::test") || text.starts_with("wasm_bindgen_test"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped(files: &[(&str, &str)], path: &str) -> String {
        let sources = Sources::read(&Tree::of(files));
        let source = sources.below(path).next().unwrap();
        source.shipped().map(|(token, _)| token.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_are_gone_and_paths_joined() {
        assert_eq!(
            shipped(&[("a.rs", "// x\nuse a::b; /* y */ fn f(x: u8) {}")], "a.rs"),
            "use a :: b ; fn f ( x : u8 ) { }"
        );
    }

    #[test]
    fn what_is_for_tests_is_marked() {
        let check = |code: &str, expect: &str| assert_eq!(shipped(&[("a.rs", code)], "a.rs"), expect, "{code}");
        check("#[cfg(test)] mod tests { fn f() { x } } fn g() {}", "# fn g ( ) { }");
        check("#[cfg(test)] use a::{b, c}; fn g() {}", "# ; fn g ( ) { }");
        check("#[test] fn f() {} fn g() {}", "# fn g ( ) { }");
        check("#[cfg(any(test, feature = \"x\"))] mod m {} struct S;", "# struct S ;");
        check("#[cfg(feature = \"conformance\")] mod m {} struct S;", "# struct S ;");
        check("#[cfg(not(test))] fn f() {}", "# [ cfg ( not ( test ) ) ] fn f ( ) { }");
        check("#![cfg(test)] fn f() {}", "# !");
    }

    #[test]
    fn a_test_module_in_its_own_file_is_marked() {
        let files = [
            ("crates/x/src/lib.rs", "#[cfg(test)] mod checks; mod real;"),
            ("crates/x/src/checks.rs", "fn f() {}"),
            ("crates/x/src/real.rs", "fn g() {}"),
        ];
        assert_eq!(shipped(&files, "crates/x/src/checks.rs"), "");
        assert_eq!(shipped(&files, "crates/x/src/real.rs"), "fn g ( ) { }");
    }

    #[test]
    fn a_file_that_is_not_rust_is_reported() {
        let sources = Sources::read(&Tree::of(&[("src/a.rs", "fn f() {\n  (\n}")]));
        assert_eq!(sources.broken().len(), 1);
    }
}
