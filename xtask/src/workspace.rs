//! Where things are in this repository, which version it is, and whether what a build reads has changed.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::process;

/// What goes into the app. A change in any of these makes a new release, nothing else does.
pub(crate) const APP_INPUTS: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "crates/domain",
    "crates/protocol",
    "crates/import",
    "crates/import-worker",
    "crates/sync",
    "locales",
    "style",
    "public",
    "xtask/src",
];

/// What goes into the endpoint.
pub(crate) const SERVER_INPUTS: &[&str] =
    &["Cargo.toml", "Cargo.lock", "crates/domain", "crates/protocol", "crates/import", "crates/server"];

/// The checkout this tool works on.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the checkout: cargo says where xtask is; called without cargo, it is looked for from here upwards.
    pub(crate) fn find() -> Result<Self> {
        let told = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let here = env::current_dir().context("no current folder")?;
        let root = told
            .iter()
            .chain(std::iter::once(&here))
            .flat_map(|start| start.ancestors())
            .find(|folder| folder.join("xtask/Cargo.toml").is_file())
            .context("not inside the repository: call `cargo xtask` from its folder")?
            .to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The repository's folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path in the repository.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A path in cargo's target folder.
    pub(crate) fn target(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.target.join(relative)
    }

    /// A native binary built with the dev profile.
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        self.target(format!("debug/{name}{}", env::consts::EXE_SUFFIX))
    }

    /// The cargo that called us, in the repository's folder.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        command.args(args).current_dir(&self.root);
        command
    }

    /// The version people see: the crate's, and the commit that last changed the app; `+` when it was changed since.
    pub(crate) fn version(&self) -> String {
        let number = env!("CARGO_PKG_VERSION");
        let git = |args: &[&str]| {
            let mut command = Command::new("git");
            command.current_dir(&self.root).args(args).arg("--").args(APP_INPUTS);
            process::output(&mut command).ok()
        };
        match git(&["log", "-1", "--format=%h"]) {
            Some(commit) if !commit.is_empty() => {
                let changed = git(&["status", "--porcelain"]).is_some_and(|list| !list.is_empty());
                format!("{number} ({commit}{})", if changed { "+" } else { "" })
            }
            _ => number.to_owned(),
        }
    }

    /// A digest over the names and contents of all files below `inputs`, and over `extra`.
    pub(crate) fn digest(&self, inputs: &[&str], extra: &[&str]) -> Result<String> {
        let mut digest = Sha256::new();
        for input in inputs {
            for file in files_below(&self.path(input))? {
                let name = file.strip_prefix(&self.root).unwrap_or(&file).to_string_lossy().into_owned();
                let bytes = fs::read(&file).with_context(|| format!("cannot read {name}"))?;
                digest.update((name.len() as u64).to_le_bytes());
                digest.update(name);
                digest.update((bytes.len() as u64).to_le_bytes());
                digest.update(bytes);
            }
        }
        for part in extra {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        Ok(hex(&digest.finalize()))
    }

    /// The version of a package in Cargo.lock.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String> {
        let lock = fs::read_to_string(self.path("Cargo.lock")).context("cannot read Cargo.lock")?;
        locked_version(&lock, package).with_context(|| format!("{package} is not in Cargo.lock"))
    }
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let mut lines = lock.lines();
    let name = format!("name = \"{package}\"");
    lines.find(|line| *line == name)?;
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

/// All files below a path, sorted; the path itself if it is a file; nothing if it does not exist.
pub(crate) fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path).with_context(|| format!("cannot list {}", path.display()))? {
                open.push(entry?.path());
            }
        } else if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Puts a finished folder in the place of an older one, so that nobody ever finds half a folder.
pub(crate) fn replace_folder(finished: &Path, place: &Path) -> Result<()> {
    let old = place.with_extension("old");
    remove_folder(&old)?;
    if place.exists() {
        fs::rename(place, &old).with_context(|| format!("cannot move {} aside", place.display()))?;
    }
    fs::rename(finished, place).with_context(|| format!("cannot put {} in place", place.display()))?;
    remove_folder(&old)
}

/// Removes a folder if it is there.
pub(crate) fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            bail!("cannot remove {}: {error}", folder.display())
        }
        _ => Ok(()),
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_of_exactly_the_package_named() {
        let lock = "[[package]]\nname = \"wasm-bindgen-cli\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn a_folder_is_replaced_whole() {
        let temp = tempfile::tempdir().unwrap();
        let (new, place) = (temp.path().join("new"), temp.path().join("place"));
        for (folder, file) in [(&new, "b"), (&place, "a")] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join(file), file).unwrap();
        }
        replace_folder(&new, &place).unwrap();
        assert_eq!(files_below(&place).unwrap(), [place.join("b")]);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_digest_sees_names_contents_and_extras() {
        let temp = tempfile::tempdir().unwrap();
        let here = Workspace { root: temp.path().to_owned(), target: temp.path().join("target") };
        let digest = |extra: &[&str]| here.digest(&["src"], extra).unwrap();
        fs::create_dir(here.path("src")).unwrap();
        fs::write(here.path("src/a"), "x").unwrap();
        let first = digest(&[]);
        assert_eq!(first, digest(&[]));
        assert_ne!(first, digest(&["dev"]));
        fs::rename(here.path("src/a"), here.path("src/b")).unwrap();
        assert_ne!(first, digest(&[]));
        fs::write(here.path("other"), "not an input").unwrap();
        fs::rename(here.path("src/b"), here.path("src/a")).unwrap();
        assert_eq!(first, digest(&[]));
    }
}
