//! The files of one release of the app: named by their content, compressed, and written to a folder whole.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::workspace::hex;

/// When a device downloads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Load {
    /// Before sign-in and Today stand on the screen.
    First,
    /// After the first paint: by the page when it is idle, or by the service worker, which keeps it from then on.
    Later,
    /// After the first paint, but by the browser itself: the service worker.
    Worker,
    /// Never by itself: it stays on the server.
    Online,
}

impl Load {
    /// Whether the service worker keeps it on the device.
    pub(crate) fn is_kept(self) -> bool {
        matches!(self, Self::First | Self::Later)
    }
}

/// One file of a release.
#[derive(Debug)]
pub(crate) struct File {
    /// Its content.
    pub(crate) bytes: Vec<u8>,
    /// SHA-256 of the content.
    pub(crate) digest: [u8; 32],
    /// When it is downloaded.
    pub(crate) load: Load,
}

/// The files of a release by their path from the root of the site, without a leading slash.
#[derive(Debug, Default)]
pub(crate) struct Assets {
    files: BTreeMap<String, File>,
}

impl Assets {
    /// Adds a file under its own name.
    pub(crate) fn add(&mut self, path: &str, bytes: Vec<u8>, load: Load) {
        let digest = Sha256::digest(&bytes).into();
        self.files.insert(path.to_owned(), File { bytes, digest, load });
    }

    /// Adds a file under `assets/`, with the start of its digest in its name. Returns its address.
    pub(crate) fn add_hashed(&mut self, stem: &str, extension: &str, bytes: Vec<u8>, load: Load) -> String {
        let path = format!("assets/{stem}-{}.{extension}", &hex(&Sha256::digest(&bytes))[..8]);
        self.add(&path, bytes, load);
        format!("/{path}")
    }

    /// All files, by path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Writes everything to an empty folder; with `compress`, text and wasm also as `.br` and `.gz`. Returns the size
    /// of each file in brotli, for those that have it.
    pub(crate) fn write(&self, folder: &Path, compress: bool) -> Result<BTreeMap<String, usize>> {
        let mut sizes = BTreeMap::new();
        for (path, file) in self.iter() {
            let place = folder.join(path);
            if let Some(parent) = place.parent() {
                fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
            }
            write(&place, &file.bytes)?;
            if compress && shrinks(path) {
                let brotli = brotli(&file.bytes)?;
                sizes.insert(path.to_owned(), brotli.len());
                write(&folder.join(format!("{path}.br")), &brotli)?;
                write(&folder.join(format!("{path}.gz")), &gzip(&file.bytes)?)?;
            }
        }
        Ok(sizes)
    }
}

impl File {
    /// The digest as browsers want it in `integrity`.
    pub(crate) fn integrity(&self) -> String {
        format!("sha256-{}", BASE64_STANDARD.encode(self.digest))
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Whether a file is worth compressing: pictures already are.
fn shrinks(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default();
    matches!(extension, "html" | "js" | "css" | "svg" | "json" | "webmanifest" | "wasm" | "txt")
}

/// Brotli at its best: quality 11, window 22.
pub(crate) fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..Default::default() };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params).context("cannot compress")?;
    Ok(out)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).context("cannot compress")?;
    encoder.finish().context("cannot compress")
}

/// Puts values into a template's `{{name}}` places.
///
/// # Errors
/// A place without a value, or a value without a place: both are mistakes in the template.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut out = String::with_capacity(template.len());
    let mut used = vec![false; values.len()];
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else { break };
        let name = &rest[start + 2..start + length];
        let Some(at) = values.iter().position(|(known, _)| *known == name) else {
            bail!("the template has a place {{{{{name}}}}} that nothing fills");
        };
        used[at] = true;
        out.push_str(&rest[..start]);
        out.push_str(values[at].1);
        rest = &rest[start + length + 2..];
    }
    out.push_str(rest);
    if let Some(at) = used.iter().position(|used| !used) {
        bail!("the template has no place {{{{{}}}}}", values[at].0);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_hashed_name_follows_the_content() {
        let mut assets = Assets::default();
        let one = assets.add_hashed("app", "js", b"1".to_vec(), Load::First);
        let two = assets.add_hashed("app", "js", b"2".to_vec(), Load::First);
        assert_eq!(one, "/assets/app-6b86b273.js");
        assert_ne!(one, two);
        assert_eq!(one, Assets::default().add_hashed("app", "js", b"1".to_vec(), Load::First));
    }

    #[test]
    fn compressed_copies_unpack_to_the_file() {
        let temp = tempfile::tempdir().unwrap();
        let mut assets = Assets::default();
        let text = "offline first ".repeat(100).into_bytes();
        assets.add("a/b.js", text.clone(), Load::First);
        assets.add("c.png", vec![1, 2, 3], Load::Online);
        let sizes = assets.write(temp.path(), true).unwrap();
        let read = |name: &str| fs::read(temp.path().join(name)).unwrap();
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &read("a/b.js.br")[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        unpacked.clear();
        flate2::read::GzDecoder::new(&read("a/b.js.gz")[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        assert_eq!(sizes.len(), 1);
        assert!(!temp.path().join("c.png.br").exists());
    }

    #[test]
    fn a_template_and_its_values_must_fit() {
        assert_eq!(fill("a {{x}} b {{x}}", &[("x", "1")]).unwrap(), "a 1 b 1");
        assert_eq!(fill("{{x}}", &[("x", "{{y}}")]).unwrap(), "{{y}}", "values are not templates");
        assert!(fill("{{x}}", &[]).unwrap_err().to_string().contains("nothing fills"));
        assert!(fill("", &[("x", "1")]).unwrap_err().to_string().contains("no place {{x}}"));
    }

    #[test]
    fn integrity_is_what_browsers_compute() {
        let mut assets = Assets::default();
        assets.add("empty", Vec::new(), Load::First);
        let (_, file) = assets.iter().next().unwrap();
        assert_eq!(file.integrity(), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
