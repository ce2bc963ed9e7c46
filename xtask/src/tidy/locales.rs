//! Every language has the same texts. Plural forms differ between languages and count as one text.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Finding, Tree};

const WHY: &str = "every language is complete, from the first screen";
const FORMS: &[&str] = &["_zero", "_one", "_two", "_few", "_many", "_other"];

/// Compares the files of `locales/` (`LANGUAGE.json`, or `LANGUAGE/NAMESPACE.json`).
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut languages: BTreeMap<&str, BTreeMap<String, (String, usize)>> = BTreeMap::new();
    for (path, text) in tree.below("locales/", ".json") {
        let name = path.trim_start_matches("locales/").trim_end_matches(".json");
        let (language, namespace) = name.split_once('/').unwrap_or((name, ""));
        match serde_json::from_str(text) {
            Ok(value) => {
                let mut keys = Vec::new();
                collect(&value, namespace.to_owned(), &mut keys);
                for (key, empty) in keys {
                    let line = line_of(text, &key);
                    if empty {
                        found.push(Finding::new(path, line, format!("`{key}` is empty"), WHY));
                    }
                    languages.entry(language).or_default().insert(singular(&key), (path.to_owned(), line));
                }
            }
            Err(error) => found.push(Finding::new(path, error.line(), error.to_string(), "locales are JSON files")),
        }
    }
    for (language, keys) in &languages {
        for (other, others) in languages.iter().filter(|(other, _)| other != &language) {
            for (key, (path, line)) in keys.iter().filter(|(key, _)| !others.contains_key(*key)) {
                found.push(Finding::new(path, *line, format!("`{key}` is in {language} but not in {other}"), WHY));
            }
        }
    }
    found
}

fn collect(value: &Value, path: String, keys: &mut Vec<(String, bool)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(value, path, keys);
            }
        }
        Value::String(text) => keys.push((path, text.trim().is_empty())),
        _ => keys.push((path, false)),
    }
}

/// The key without its plural form.
fn singular(key: &str) -> String {
    let stem = FORMS.iter().find_map(|form| key.strip_suffix(form)).unwrap_or(key);
    stem.strip_suffix("_ordinal").unwrap_or(stem).to_owned()
}

/// The line where the last part of a key stands.
fn line_of(text: &str, key: &str) -> usize {
    let name = format!("\"{}\"", key.rsplit('.').next().unwrap_or(key));
    text.lines().position(|line| line.contains(&name)).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(files: &[(&str, &str)], expect: &[&str]) {
        let found: Vec<String> =
            check(&Tree::of(files)).iter().map(|f| format!("{}:{}: {}", f.path, f.line, f.what)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn languages_have_the_same_keys() {
        found(&[("locales/en.json", r#"{"a": {"b": "B"}}"#), ("locales/zh-CN.json", r#"{"a": {"b": "乙"}}"#)], &[]);
        found(
            &[
                ("locales/en.json", "{\n\"a\": {\n\"b\": \"B\",\n\"c\": \"C\"}}"),
                ("locales/zh-CN.json", r#"{"a": {"b": "乙"}}"#),
            ],
            &["locales/en.json:4: `a.c` is in en but not in zh-CN"],
        );
    }

    #[test]
    fn namespaces_count_as_part_of_the_key() {
        found(
            &[("locales/en/shop.json", r#"{"a": "A"}"#), ("locales/zh-CN/visit.json", r#"{"a": "甲"}"#)],
            &[
                "locales/en/shop.json:1: `shop.a` is in en but not in zh-CN",
                "locales/zh-CN/visit.json:1: `visit.a` is in zh-CN but not in en",
            ],
        );
    }

    #[test]
    fn plural_forms_are_one_text() {
        let english = r#"{"n_one": "{{ count }} shop", "n_other": "{{ count }} shops"}"#;
        found(&[("locales/en.json", english), ("locales/zh-CN.json", r#"{"n_other": "{{ count }} 家店"}"#)], &[]);
    }

    #[test]
    fn texts_are_not_empty_and_files_are_json() {
        found(&[("locales/en.json", r#"{"a": " "}"#)], &["locales/en.json:1: `a` is empty"]);
        assert_eq!(check(&Tree::of(&[("locales/en.json", "{")])).len(), 1);
    }
}
