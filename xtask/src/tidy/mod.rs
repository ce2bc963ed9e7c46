//! `cargo xtask tidy`: the rules of the house that the compiler does not hold.
//!
//! A rule reads the files of the repository and names places that break it. It works on text and tokens, not on types:
//! what clippy or rustc can find is not looked for here.

mod code;
mod edges;
mod locales;
mod style;
mod tokens;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, files_below};

/// The text files of the repository that rules look at, by path from its root.
#[derive(Debug, Default)]
struct Tree {
    files: BTreeMap<String, String>,
}

/// Folders and files that have rules.
const READ: &[&str] = &["Cargo.toml", "crates", "locales", "public", "src", "style", "tests", "xtask"];
/// Kinds of files that have rules.
const KINDS: &[&str] = &["rs", "toml", "css", "json", "js"];

impl Tree {
    fn read(here: &Workspace) -> Result<Self> {
        let mut tree = Self::default();
        for part in READ {
            for file in files_below(&here.path(part))? {
                let kind = file.extension().and_then(|extension| extension.to_str());
                if !kind.is_some_and(|kind| KINDS.contains(&kind)) {
                    continue;
                }
                let path = file.strip_prefix(here.root()).context("a file outside the repository")?;
                let path = path.to_string_lossy().replace('\\', "/");
                let text = fs::read_to_string(&file).with_context(|| format!("cannot read {path}"))?;
                tree.files.insert(path, text);
            }
        }
        Ok(tree)
    }

    /// Files below a folder (given with its final slash) of one kind (given with its dot).
    fn below<'a>(&'a self, folder: &'a str, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.starts_with(folder) && path.ends_with(kind))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    #[cfg(test)]
    fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }
}

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    /// What is there.
    what: String,
    /// Why it should not be.
    why: &'static str,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>, why: &'static str) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), why }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}\n    {}", self.path, self.line, self.what, self.why)
    }
}

/// Every rule over a tree, in order of place.
fn findings(tree: &Tree) -> Vec<Finding> {
    let sources = tokens::Sources::read(tree);
    let mut found = sources.broken();
    found.extend(edges::crates(tree));
    found.extend(edges::modules(&sources));
    found.extend(code::check(tree, &sources));
    found.extend(style::check(tree, &sources));
    found.extend(locales::check(tree));
    found.sort();
    found
}

/// Runs the command.
pub(crate) fn run(here: &Workspace) -> Result<()> {
    let found = findings(&Tree::read(here)?);
    for finding in &found {
        eprintln!("{finding}");
    }
    if !found.is_empty() {
        bail!("{} place(s) break a rule of the house", found.len());
    }
    println!("tidy: every rule holds");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_place_and_reason() {
        let finding = Finding::new("src/a.rs", 3, "x", "because");
        assert_eq!(finding.to_string(), "src/a.rs:3: x\n    because");
    }

    #[test]
    fn an_orderly_tree_has_no_findings() {
        let tree = Tree::of(&[
            ("src/main.rs", "//! App.\nfn main() {}\n"),
            ("src/screens/today.rs", "//! Today.\nuse crate::state::Today;\n"),
            ("style/base.css", "a { color: var(--text); }\n"),
            ("locales/en.json", r#"{"a": "A"}"#),
            ("locales/zh-CN.json", r#"{"a": "甲"}"#),
        ]);
        assert_eq!(findings(&tree), []);
    }
}
