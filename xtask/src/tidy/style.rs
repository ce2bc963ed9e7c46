//! No literal colour outside `style/tokens.css`: colours are named there by their role, for every theme.

use super::tokens::Sources;
use super::{Finding, Tree};

const WHY: &str = "colours are named by role in style/tokens.css, so that every theme has them";

/// Style sheets, and strings in the app's code.
pub(super) fn check(tree: &Tree, sources: &Sources) -> Vec<Finding> {
    let mut found = Vec::new();
    let sheets = tree.below("style/", ".css").chain(tree.below("public/", ".css"));
    for (path, text) in sheets.filter(|(path, _)| *path != "style/tokens.css") {
        let text = without_comments(text);
        for (number, line) in text.lines().enumerate() {
            if let Some(colour) = colour(line) {
                found.push(Finding::new(path, number + 1, format!("literal colour `{colour}`"), WHY));
            }
        }
    }
    for source in sources.below("src/") {
        for (token, _) in source.shipped().filter(|(token, _)| token.text.contains('"')) {
            if let Some(colour) = colour(&token.text) {
                found.push(Finding::new(&source.path, token.line, format!("literal colour `{colour}`"), WHY));
            }
        }
    }
    found
}

/// Comments become spaces; lines stay.
fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        let end = rest[start..].find("*/").map_or(rest.len(), |end| start + end + 2);
        out.extend(rest[start..end].chars().filter(|c| *c == '\n'));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The first colour in a text: `#` with 3, 4, 6 or 8 hex digits, or a colour function.
fn colour(text: &str) -> Option<&str> {
    const FUNCTIONS: &[&str] =
        &["rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(", "color("];
    for (at, _) in text.match_indices('#') {
        let name = &text[at + 1..];
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').unwrap_or(name.len());
        let name = &name[..end];
        // `#add` alone could be an address inside the page; with a digit, or as a value, it is a colour.
        let is_value = text[..at].trim_end().ends_with([':', ',', '(']) || name.contains(|c: char| c.is_ascii_digit());
        if matches!(name.len(), 3 | 4 | 6 | 8) && name.chars().all(|c| c.is_ascii_hexdigit()) && is_value {
            return Some(&text[at..=at + end]);
        }
    }
    FUNCTIONS.iter().find_map(|function| {
        let (at, _) = text
            .match_indices(function)
            .find(|(at, _)| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_'))?;
        Some(&text[at..at + function.len() - 1])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(path: &str, text: &str, expect: &[(usize, &str)]) {
        let tree = Tree::of(&[(path, text)]);
        let found = check(&tree, &Sources::read(&tree));
        let found: Vec<(usize, &str)> = found.iter().map(|f| (f.line, f.what.as_str())).collect();
        assert_eq!(found, expect, "{path}\n{text}");
    }

    #[test]
    fn colours_live_in_the_tokens() {
        let sheet = "a {\n  color: #fff;\n  border: 1px solid rgb(1 2 3 / .5);\n}\n";
        found("style/base.css", sheet, &[(2, "literal colour `#fff`"), (3, "literal colour `rgb`")]);
        found("style/tokens.css", sheet, &[]);
    }

    #[test]
    fn not_everything_with_a_hash_is_a_colour() {
        found("style/base.css", "/* #fff\n #000 */\n#face { color: var(--text); }\n", &[]);
        found("style/base.css", "a { background: color-mix(in srgb, var(--a) 50%, var(--b)); }\n", &[]);
        found("src/components/icon.rs", "//! A.\nconst A: &str = \"#i-add\";\n", &[]);
        found("src/components/a.rs", "//! A. #fff\nconst A: &str = \"#12ab34\";\n", &[(2, "literal colour `#12ab34`")]);
    }
}
