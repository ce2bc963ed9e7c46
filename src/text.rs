//! Strings of the person's language as signals, for component props.
//!
//! leptos_i18n holds the tables. Which language is in effect the preferences say, and not its own context: that reads
//! the browser's languages with ICU's parser and manages a document head, a twentieth of the app's size.
//!
//! A figure in a string stands as `{name}`. Filling it in is done here and not by leptos_i18n's own interpolation,
//! which generates a type for every string: a tenth of the app's size for the same result. A test holds both languages
//! to the same names.

use crate::i18n::Locale;
use leptos::prelude::*;
use std::fmt::Display;

/// The strings of the language in effect. Context.
#[derive(Clone, Copy)]
pub struct I18n {
    locale: Signal<Locale>,
}

impl I18n {
    /// Provides the strings of a language that may change.
    pub fn provide(locale: Signal<Locale>) {
        provide_context(Self { locale });
    }
}

/// The strings of the language in effect.
pub fn use_i18n() -> I18n {
    expect_context()
}

/// Puts values in the places of their names.
#[inline(never)]
pub(crate) fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &value.to_string()))
}

/// A string of the table by language. A plain function pointer, so that the code around it exists once and not once for
/// each of the product's strings.
pub(crate) type Entry = fn(Locale) -> &'static str;

/// An entry in the language in effect. Subscribes to it.
#[inline(never)]
pub(crate) fn read(i18n: I18n, entry: Entry) -> &'static str {
    entry(i18n.locale.get())
}

/// An entry as a signal that follows the language.
#[inline(never)]
pub(crate) fn follow(i18n: I18n, entry: Entry) -> Signal<String> {
    Signal::derive(move || read(i18n, entry).to_owned())
}

/// `tr!(i18n, today.title)` or `tr!(i18n, shops.found, n = count)`: a `Signal<String>` that follows the language.
macro_rules! tr {
    ($i18n:expr, $($key:ident).+ $(,)?) => {
        crate::text::follow($i18n, |locale| crate::i18n::td_string!(locale, $($key).+))
    };
    ($i18n:expr, $($key:ident).+ $(, $name:ident = $value:expr)+ $(,)?) => {
        leptos::prelude::Signal::derive(move || crate::text::say!($i18n, $($key).+ $(, $name = $value)+))
    };
}

/// The same as a `String`, to be used inside something reactive.
macro_rules! say {
    ($i18n:expr, $($key:ident).+ $(, $name:ident = $value:expr)* $(,)?) => {
        crate::text::fill(
            crate::text::read($i18n, |locale| crate::i18n::td_string!(locale, $($key).+)),
            &[$((stringify!($name), &$value as &dyn std::fmt::Display)),*],
        )
    };
}

pub(crate) use {say, tr};

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeMap;

    /// Every string with the names in it, by key.
    fn names(table: &str) -> BTreeMap<String, Vec<String>> {
        fn walk(path: &str, value: &Value, out: &mut BTreeMap<String, Vec<String>>) {
            match value {
                Value::Object(map) => map.iter().for_each(|(key, value)| walk(&format!("{path}.{key}"), value, out)),
                Value::String(text) => {
                    let parts = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
                    let mut names: Vec<String> = parts.map(|(name, _)| name.to_owned()).collect();
                    names.sort();
                    out.insert(path.to_owned(), names);
                }
                other => panic!("{path} is no string: {other}"),
            }
        }
        let mut out = BTreeMap::new();
        walk("", &serde_json::from_str(table).expect("a string table"), &mut out);
        out
    }

    #[test]
    fn both_languages_have_the_same_strings_with_the_same_names() {
        let zh = names(include_str!("../locales/zh-CN.json"));
        let en = names(include_str!("../locales/en.json"));
        assert!(!en.is_empty());
        assert_eq!(zh, en);
    }

    #[test]
    fn fills_in_values() {
        assert_eq!(fill("{n} of {all}, {n}", &[("n", &3), ("all", &"8")]), "3 of 8, 3");
    }
}
