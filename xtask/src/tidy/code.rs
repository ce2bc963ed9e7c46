//! Rules for Rust files: a head, a modest length, no hidden panics, no skipped tests, a core without side effects.

use super::tokens::{Source, Sources, Token, starts_with};
use super::{Finding, Tree};

/// Lines a screen or component may have.
const LONGEST: usize = 300;

const CORE: &[&str] = &["crates/domain/src/", "crates/protocol/src/", "crates/import/src/", "crates/sync/src/"];
/// The store port and what implements and checks it: the one place of the core that waits for something.
const MAY_WAIT: &[&str] = &["crates/sync/src/store.rs", "crates/sync/src/memory.rs", "crates/sync/src/conformance"];

/// Every rule of this module.
pub(super) fn check(tree: &Tree, sources: &Sources) -> Vec<Finding> {
    let mut found = Vec::new();
    for folder in ["src/", "crates/", "xtask/", "tests/"] {
        for (path, text) in tree.below(folder, ".rs") {
            head(path, text, &mut found);
            length(path, text, &mut found);
        }
        for source in sources.below(folder) {
            panics(source, &mut found);
            ignored(source, &mut found);
            if CORE.iter().any(|core| source.path.starts_with(core)) {
                core(source, &mut found);
            }
        }
    }
    found
}

fn head(path: &str, text: &str, found: &mut Vec<Finding>) {
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with("//!") {
        found.push(Finding::new(path, 1, "does not open with `//!`", "each module says what it is and what it is not"));
    }
}

fn length(path: &str, text: &str, found: &mut Vec<Finding>) {
    let limited = ["src/screens/", "src/components/"].iter().any(|folder| path.starts_with(folder));
    let lines = text.lines().count();
    if limited && lines > LONGEST {
        let what = format!("{lines} lines");
        found.push(Finding::new(path, LONGEST + 1, what, "screens and components have at most 300 lines: split it"));
    }
}

fn panics(source: &Source, found: &mut Vec<Finding>) {
    for (token, after) in source.shipped() {
        if token.text != "." {
            continue;
        }
        for call in ["unwrap", "expect"] {
            if starts_with(after, &[call, "("]) {
                found.push(Finding::new(
                    &source.path,
                    after[0].line,
                    format!("calls `.{call}()`"),
                    "outside tests an error is handled or passed on, not turned into a panic",
                ));
            }
        }
    }
}

fn ignored(source: &Source, found: &mut Vec<Finding>) {
    for (at, token) in source.tokens.iter().enumerate() {
        let after = &source.tokens[at + 1..];
        if token.text == "#" && (starts_with(after, &["[", "ignore", "]"]) || starts_with(after, &["[", "ignore", "="]))
        {
            found.push(Finding::new(
                &source.path,
                token.line,
                "an ignored test",
                "a test runs or goes: for a known bug, assert what happens today and add a fixme",
            ));
        }
    }
}

fn core(source: &Source, found: &mut Vec<Finding>) {
    let may_wait = MAY_WAIT.iter().any(|path| source.path.starts_with(path));
    for (token, after) in source.shipped() {
        let what = if token.text == "async" && !may_wait {
            Some("is async".to_owned())
        } else {
            impure(token, after).map(|name| format!("names `{name}`"))
        };
        if let Some(what) = what {
            found.push(Finding::new(
                &source.path,
                token.line,
                what,
                "the core has no async, no browser, no clock and no randomness: time and ids are passed in",
            ));
        }
    }
}

fn impure(token: &Token, after: &[Token]) -> Option<String> {
    let name = token.text.as_str();
    let called = |what: &str| starts_with(after, &["::", what]);
    match name {
        "web_sys" | "js_sys" | "rand" | "getrandom" | "fastrand" if starts_with(after, &["::"]) => {
            Some(name.to_owned())
        }
        "SystemTime" | "Instant" | "Utc" | "Local" if called("now") => Some(format!("{name}::now")),
        "Uuid" => ["new_v4", "now_v7", "now_v6"].into_iter().find(|f| called(f)).map(|f| format!("Uuid::{f}")),
        "std" => ["fs", "net", "env", "thread", "process"].into_iter().find(|m| called(m)).map(|m| format!("std::{m}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(path: &str, code: &str, expect: &[(usize, &str)]) {
        let tree = Tree::of(&[(path, code)]);
        let found = check(&tree, &Sources::read(&tree));
        let found: Vec<(usize, &str)> = found.iter().map(|f| (f.line, f.what.as_str())).collect();
        assert_eq!(found, expect, "{path}\n{code}");
    }

    #[test]
    fn modules_open_with_what_they_are() {
        found("crates/x/src/a.rs", "//! A.\n", &[]);
        found("crates/x/src/a.rs", "// A.\nfn f() {}\n", &[(1, "does not open with `//!`")]);
    }

    #[test]
    fn screens_and_components_stay_short() {
        let code = |lines: usize| format!("//! A.\n{}", "\n".repeat(lines - 1));
        found("src/screens/a.rs", &code(300), &[]);
        found("src/screens/a.rs", &code(301), &[(301, "301 lines")]);
        found("src/components/a/b.rs", &code(400), &[(301, "400 lines")]);
        found("src/state/a.rs", &code(400), &[]);
    }

    #[test]
    fn panics_are_for_tests() {
        found("crates/x/src/a.rs", "//! A.\nfn f() {\n  g()\n    .unwrap();\n}\n", &[(4, "calls `.unwrap()`")]);
        found("xtask/src/a.rs", "//! A.\nfn f() { g().expect(\"x\") }\n", &[(2, "calls `.expect()`")]);
        found("src/a.rs", "//! A.\nfn f() { g().unwrap_or(1); h.expect }\n", &[]);
        found("src/a.rs", "//! A.\n//! x.unwrap()\n#[cfg(test)] mod tests { fn f() { g().unwrap() } }\n", &[]);
        found("tests/e2e/src/a.rs", "//! A.\nfn f() { g().unwrap() }\n", &[]);
    }

    #[test]
    fn no_test_is_skipped() {
        found("tests/e2e/src/a.rs", "//! A.\n#[test]\n#[ignore]\nfn f() {}\n", &[(3, "an ignored test")]);
        found("crates/x/src/a.rs", "//! A.\n#[ignore = \"slow\"]\nfn f() {}\n", &[(2, "an ignored test")]);
    }

    #[test]
    fn the_core_is_pure() {
        let path = "crates/sync/src/engine.rs";
        found(path, "//! A.\nasync fn f() {}\n", &[(2, "is async")]);
        found("crates/sync/src/store.rs", "//! A.\ntrait Store { async fn f(); }\n", &[]);
        found("crates/server/src/a.rs", "//! A.\nasync fn f() { Utc::now(); }\n", &[]);
        found(path, "//! A.\nfn f() { chrono::Utc::now(); }\n", &[(2, "names `Utc::now`")]);
        found(
            path,
            "//! A.\nfn f() { Uuid::now_v7(); rand::random() }\n",
            &[(2, "names `Uuid::now_v7`"), (2, "names `rand`")],
        );
        found(path, "//! A.\nuse std::fs;\nuse std::fmt;\n", &[(2, "names `std::fs`")]);
        found(path, "//! A.\nfn f(now: Instant) -> Uuid { Uuid::from_u128(1) }\n", &[]);
    }
}
