//! Finding things by the words on them.

use thirtyfour::By;

/// A button or link by the start of its words.
pub fn button(words: &str) -> By {
    let quoted = quoted(words);
    By::XPath(format!("//*[self::button or self::a][starts-with(normalize-space(.), {quoted})]"))
}

/// Any element whose own words begin like this.
pub fn saying(words: &str) -> By {
    let quoted = quoted(words);
    By::XPath(format!("//body//*[text()[starts-with(normalize-space(.), {quoted})]]"))
}

/// XPath has no escapes: words with both kinds of quotes are put together of pieces.
fn quoted(words: &str) -> String {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if !words.contains('"') {
        return format!("\"{words}\"");
    }
    let pieces: Vec<String> = words.split('"').map(|piece| format!("\"{piece}\"")).collect();
    format!("concat({})", pieces.join(", '\"', "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_xpath() {
        assert_eq!(quoted("Check  out"), "\"Check out\"");
        assert_eq!(quoted("it's \"now\""), "concat(\"it's \", '\"', \"now\", '\"', \"\")");
    }
}
