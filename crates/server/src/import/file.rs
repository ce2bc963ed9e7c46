//! From a file to rows of text: gzip, encoding, delimiter, blanks around fields.

use crate::import::ImportError;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use std::io::Read as _;
use std::path::Path;

/// A file's rows as text.
#[derive(Debug)]
pub struct Sheet {
    /// Its name without the folder.
    pub file: String,
    /// How it was read.
    pub encoding: &'static str,
    /// Headers, without blanks around them.
    pub headers: Vec<String>,
    /// Text below the headers and around them.
    text: String,
    delimiter: u8,
}

/// Reads a file. UTF-8, with or without byte order mark, is recognised; what is not UTF-8 is read as windows-1252,
/// a superset of latin-1, unless another encoding is named.
///
/// # Errors
/// When the file cannot be read or the encoding is not known.
pub fn read(path: &Path, encoding: Option<&str>) -> Result<Sheet, ImportError> {
    let file = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let unreadable = |why: std::io::Error| ImportError::Unreadable { file: file.clone(), why: why.to_string() };
    let mut bytes = std::fs::read(path).map_err(unreadable)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).map_err(unreadable)?;
        bytes = plain;
    }
    let named = encoding
        .map(|name| Encoding::for_label(name.as_bytes()).ok_or_else(|| ImportError::BadEncoding(name.to_owned())));
    let (text, encoding) = decode(bytes, named.transpose()?);
    let delimiter = delimiter(&text);
    let mut sheet = Sheet { file, encoding, headers: Vec::new(), text, delimiter };
    let headers = sheet.reader().headers().map(|h| h.iter().map(|f| f.trim().to_owned()).collect::<Vec<_>>());
    sheet.headers = headers.unwrap_or_default();
    Ok(sheet)
}

fn decode(bytes: Vec<u8>, named: Option<&'static Encoding>) -> (String, &'static str) {
    if let Some((encoding, _)) = Encoding::for_bom(&bytes) {
        return (encoding.decode(&bytes).0.into_owned(), encoding.name());
    }
    if let Some(encoding) = named {
        return (encoding.decode(&bytes).0.into_owned(), encoding.name());
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, UTF_8.name()),
        Err(error) => {
            let text = WINDOWS_1252.decode_without_bom_handling(error.as_bytes()).0.into_owned();
            (text, WINDOWS_1252.name())
        }
    }
}

/// The one of comma, semicolon and tab that the first line holds most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: u8| first.bytes().filter(|b| *b == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(b',')
}

impl Sheet {
    /// A reader over the rows.
    pub fn reader(&self) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new().delimiter(self.delimiter).flexible(true).from_reader(self.text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_as_they_are_met() {
        let cases: [(&[u8], &str, &str); 4] = [
            (b"caf\xc3\xa9", "café", "UTF-8"),
            (b"\xef\xbb\xbfcaf\xc3\xa9", "café", "UTF-8"), // byte order mark
            (b"caf\xe9 \x80", "café €", "windows-1252"),
            (b"\xff\xfea\0", "a", "UTF-16LE"),
        ];
        for (bytes, text, encoding) in cases {
            assert_eq!(decode(bytes.to_vec(), None), (text.to_owned(), encoding), "{bytes:?}");
        }
        let chinese = decode(b"\xc3\xc5\xb5\xea".to_vec(), Encoding::for_label(b"gb18030"));
        assert_eq!(chinese.0, "门店");
    }

    #[test]
    fn delimiters() {
        for (line, expect) in [("a,b;c,d", b','), ("a;b;c", b';'), ("a\tb", b'\t'), ("a", b',')] {
            assert_eq!(delimiter(line), expect, "{line:?}");
        }
    }
}
