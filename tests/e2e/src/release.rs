//! A next release of the app, made of a built one: the same program under another version, so that every name, digest and
//! list is what a real build would have written.

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What tells two releases apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The version people see.
    pub version: String,
    /// The service worker's name for it.
    pub id: String,
}

impl Release {
    /// Reads the release in a folder.
    ///
    /// # Errors
    /// When there is none.
    pub fn read(dist: &Path) -> Result<Self> {
        let text = fs::read_to_string(dist.join("release.json")).context("no release.json")?;
        let list: serde_json::Value = serde_json::from_str(&text)?;
        let word = |name: &str| list[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        Ok(Self { version: word("version")?, id: word("release")? })
    }
}

/// Copies a release, without its compressed copies: the endpoint serves the plain ones then.
///
/// # Errors
/// When it cannot be read or written.
pub fn copy(dist: &Path, to: &Path) -> Result<()> {
    for (name, bytes) in read(dist, dist)? {
        let place = to.join(name);
        fs::create_dir_all(place.parent().context("a file has a folder")?)?;
        fs::write(place, bytes)?;
    }
    Ok(())
}

/// Puts the next release in the place of the one in this folder. Nothing of the old one stays.
///
/// # Errors
/// When the folder holds no release that can be followed.
pub fn succeed(dist: &Path) -> Result<Release> {
    let old = Release::read(dist)?;
    let new = Release { version: turned(&old.version), id: turned(&old.id) };
    let mut files = read(dist, dist)?;
    // The version stands in the page and in the program.
    let mut changed = 0;
    for bytes in files.values_mut() {
        changed += replace(bytes, old.version.as_bytes(), new.version.as_bytes());
    }
    if changed == 0 {
        bail!("the version {} stands nowhere", old.version);
    }
    // A changed file has another name, which changes the files that name it, until nothing changes any more.
    loop {
        let wrong = files.iter().find_map(|(name, bytes)| {
            let right = hashed_name(name, bytes)?;
            (right != *name).then(|| (name.clone(), right))
        });
        let Some((name, right)) = wrong else { break };
        let bytes = files.remove(&name).unwrap_or_default();
        files.insert(right.clone(), bytes);
        for bytes in files.values_mut() {
            replace(bytes, name.as_bytes(), right.as_bytes());
        }
    }
    for bytes in files.values_mut() {
        replace(bytes, old.id.as_bytes(), new.id.as_bytes());
    }
    let worker = relisted(&files)?;
    files.insert("sw.js".to_owned(), worker.into_bytes());
    fs::remove_dir_all(dist)?;
    for (name, bytes) in files {
        let place = dist.join(name);
        fs::create_dir_all(place.parent().context("a file has a folder")?)?;
        fs::write(place, bytes)?;
    }
    Ok(new)
}

/// The same length, another text: its last letter or digit changed.
fn turned(text: &str) -> String {
    let at = text.rfind(|c: char| c.is_ascii_hexdigit()).unwrap_or(0);
    let other = if text[at..].starts_with('0') { "1" } else { "0" };
    format!("{}{other}{}", &text[..at], text.get(at + 1..).unwrap_or_default())
}

fn read(root: &Path, folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(read(root, &path)?);
        } else if !path.extension().is_some_and(|e| e == "br" || e == "gz") {
            let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
            files.insert(name, fs::read(&path)?);
        }
    }
    Ok(files)
}

/// Replaces every occurrence; how many there were.
fn replace(bytes: &mut Vec<u8>, from: &[u8], to: &[u8]) -> usize {
    let mut found = 0;
    let mut at = 0;
    while let Some(next) = bytes[at..].windows(from.len()).position(|piece| piece == from) {
        bytes.splice(at + next..at + next + from.len(), to.iter().copied());
        at += next + to.len();
        found += 1;
    }
    found
}

/// `assets/stem-DIGEST.ext` as the content would have it; `None` for a file without a digest in its name.
fn hashed_name(name: &str, bytes: &[u8]) -> Option<String> {
    let (stem, rest) = name.strip_prefix("assets/")?.rsplit_once('-')?;
    let (_, extension) = rest.split_once('.')?;
    let digest = aisle_protocol::mutation::hex(&Sha256::digest(bytes));
    Some(format!("assets/{stem}-{}.{extension}", &digest[..8]))
}

/// The service worker with the digests of the files as they are.
fn relisted(files: &BTreeMap<String, Vec<u8>>) -> Result<String> {
    let worker = String::from_utf8(files.get("sw.js").context("no sw.js")?.clone())?;
    let start = worker.find("const FILES = ").context("the worker has no list")? + "const FILES = ".len();
    let end = start + worker[start..].find(';').context("the list does not end")?;
    let list: Vec<(String, String)> = serde_json::from_str(&worker[start..end])?;
    let digest = |(address, _): (String, String)| {
        let name = if address == "/" { "index.html" } else { address.trim_start_matches('/') };
        let bytes = files.get(name).with_context(|| format!("{address} is listed and not there"))?;
        Ok((address, format!("sha256-{}", STANDARD.encode(Sha256::digest(bytes)))))
    };
    let list: Vec<(String, String)> = list.into_iter().map(digest).collect::<Result<_>>()?;
    Ok(format!("{}{}{}", &worker[..start], serde_json::to_string(&list)?, &worker[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_release_names_every_file_by_its_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let place = folder.path().join(name);
            fs::create_dir_all(place.parent().expect("a folder")).expect("made");
            fs::write(place, text).expect("written");
        };
        let name =
            |text: &str, stem: &str| hashed_name(&format!("assets/{stem}-0.js"), text.as_bytes()).expect("a name");
        let wasm = name("v 0.1.0 (abc)", "app");
        let glue_text = format!("load('/{wasm}')");
        let glue = name(&glue_text, "glue");
        write(&wasm, "v 0.1.0 (abc)");
        write(&glue, &glue_text);
        write("index.html", &format!("<script src=/{glue}> 0.1.0 (abc) feed00"));
        write("release.json", "{\"version\": \"0.1.0 (abc)\", \"release\": \"feed00\"}");
        write("sw.js", &format!("const R = 'feed00';\nconst FILES = [[\"/\",\"x\"],[\"/{glue}\",\"y\"]];\nrest"));
        let new = succeed(folder.path()).expect("succeeds");
        assert_eq!(new, Release { version: "0.1.0 (ab0)".to_owned(), id: "feed01".to_owned() });
        let files = read(folder.path(), folder.path()).expect("reads");
        for (name, bytes) in &files {
            assert!(hashed_name(name, bytes).is_none_or(|right| right == *name), "{name}");
        }
        let text = |name: &str| String::from_utf8(files[name].clone()).expect("text");
        let glue = files.keys().find(|name| name.contains("glue")).expect("the glue");
        assert!(text("index.html").contains(glue.as_str()) && text("index.html").contains("0.1.0 (ab0) feed01"));
        assert!(text("sw.js").contains("feed01") && text("sw.js").contains(glue.as_str()));
        assert!(!files.contains_key(&wasm), "nothing of the old release stays");
    }
}
