//! The style sheet: all files of `style/` in their fixed order, without comments and needless white space.
//!
//! Not a CSS parser: it knows comments, strings and `url()`, and removes white space only where no grammar gives it a
//! meaning.

/// Removes comments, line breaks and white space that means nothing.
pub(crate) fn minify(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    // White space seen since the last character written.
    let mut gap = false;
    while let Some(c) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
            gap = true;
            continue;
        }
        if c.is_ascii_whitespace() {
            rest = &rest[1..];
            gap = true;
            continue;
        }
        if gap && !out.is_empty() && needs_gap(out.chars().next_back(), c) {
            out.push(' ');
        }
        gap = false;
        let taken = verbatim_len(rest).unwrap_or(c.len_utf8());
        while c == '}' && out.ends_with(';') {
            out.pop();
        }
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

/// Whether a space between these two could mean something: around operators in `calc()`, before a pseudo-class
/// (`a :hover` is not `a:hover`) and before a bracket (`and (`) it does.
fn needs_gap(before: Option<char>, after: char) -> bool {
    let open = matches!(before, Some('{' | '}' | ';' | ',' | '(' | ':'));
    let close = matches!(after, '{' | '}' | ';' | ',' | ')');
    !open && !close
}

/// How much of the start of `rest` has to be copied as it is: a string or an unquoted `url()`.
fn verbatim_len(rest: &str) -> Option<usize> {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        let mut escaped = false;
        for (at, c) in rest.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == quote => return Some(at + 1),
                _ => {}
            }
        }
        return Some(rest.len());
    }
    if rest.starts_with("url(") {
        return rest.find(')').map(|end| end + 1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(css: &str, expect: &str) {
        assert_eq!(minify(css), expect);
        assert_eq!(minify(expect), expect, "minifying twice changes nothing");
    }

    #[test]
    fn removes_what_means_nothing() {
        check("a , b {\n  color: red;\n  margin: 0 4px;\n}\n", "a,b{color:red;margin:0 4px}");
        check("/* one */ a{} /* two */\n b{}", "a{}b{}");
        check("a{color:red;;}", "a{color:red}");
    }

    #[test]
    fn keeps_what_means_something() {
        // A descendant, a pseudo-class of any descendant, sums in calc, brackets of a media query.
        check("a b{}", "a b{}");
        check("a :hover{}", "a :hover{}");
        check("a{width:calc(1px + (2px - 3px))}", "a{width:calc(1px + (2px - 3px))}");
        check("@media (min-width: 1px) and (pointer: fine) {a{}}", "@media (min-width:1px) and (pointer:fine){a{}}");
        check("a/**/b{}", "a b{}");
        check("a > b + c ~ d{}", "a > b + c ~ d{}");
        check("a{margin:0 -1px;grid-area:1 / 2}", "a{margin:0 -1px;grid-area:1 / 2}");
    }

    #[test]
    fn copies_strings_and_addresses() {
        check(r#"a::before{content:"/* ; } \" "}"#, r#"a::before{content:"/* ; } \" "}"#);
        check("a{font-family:'A  B'}", "a{font-family:'A  B'}");
        check("a{background:url(/a;b,c.svg )}", "a{background:url(/a;b,c.svg )}");
    }

    #[test]
    fn an_unfinished_comment_ends_the_sheet() {
        check("a{}/* b{}", "a{}");
    }
}
