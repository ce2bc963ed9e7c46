//! `publish`: what some people may see, as a tree of files for a static host. Nothing protects such a tree but the host.
//!
//! Files that others name are written before those that name them, so that a tree in use is never read half done:
//! segments, manifests, the app, last `aisle.json`.

use super::{CliError, DataArg, open};
use crate::clock::Clock;
use crate::snapshot::{self, SnapshotPlan};
use crate::storage::{Account, Storage};
use aisle_protocol::RecordRef;
use aisle_protocol::paths;
use aisle_protocol::record::Kind;
use aisle_protocol::session::Session;
use aisle_protocol::snapshot::{STATIC_FORMAT, StaticSite, digest};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    /// Folder to write; a tree published there before is brought up to date.
    dir: PathBuf,
    #[command(flatten)]
    data: DataArg,
    /// For whom: sign-in names. Whoever can read the tree can read everything published in it.
    #[arg(long = "for", required = true, value_name = "LOGIN", num_args = 1..)]
    people: Vec<String>,
    /// Folder of the app's files, to be copied into the tree.
    #[arg(long, env = "AISLE_APP")]
    app: Option<PathBuf>,
}

pub(super) async fn publish(args: PublishArgs) -> Result<(), CliError> {
    let (storage, _) = open(&args.data.data).await?;
    let done = write(storage.as_ref(), &args).await;
    storage.close().await;
    let (people, segments) = done?;
    println!("{}: {people} people, {segments} segments, as of now.", args.dir.display());
    println!("Whoever can read these files can read all of it: protect the host, or publish less.");
    Ok(())
}

async fn write(storage: &dyn Storage, args: &PublishArgs) -> Result<(usize, usize), CliError> {
    let now = Clock::System.now();
    storage.rebuild_snapshot(SnapshotPlan::every(1), now).await?;
    let org = storage.record(&RecordRef::new(Kind::Org, "org")).await?;
    let org = org.as_ref().and_then(|fields| fields.get("name")).and_then(|n| n.as_str()).unwrap_or_default();
    let mut site = StaticSite { format: STATIC_FORMAT.to_owned(), version: 1, people: Vec::new() };
    let mut wanted = BTreeSet::new();
    for login in &args.people {
        let account = storage.account(login).await?;
        let nobody = || CliError::Other(format!("nobody in use signs in as {login:?}"));
        let Account { person, name, role, .. } = account.ok_or_else(nobody)?;
        let actor = storage.actor(&person).await?.ok_or_else(nobody)?;
        let offer = storage.snapshot(&actor).await?;
        let offer = offer.ok_or_else(|| CliError::Other("there is nothing to publish yet".to_owned()))?;
        for segment in &offer.segments {
            let path = format!("{}/{}.json", paths::SNAP, segment.sha256);
            if !wanted.insert(path.clone()) || on_disk(&args.dir, &path).is_file() {
                continue;
            }
            let gz = storage.snapshot_segment(&actor, &segment.sha256).await?;
            let gz =
                gz.ok_or_else(|| CliError::Other("the snapshot has just been built anew; run it again".to_owned()))?;
            let plain = snapshot::unpack(&gz).map_err(|why| CliError::Other(why.to_string()))?;
            put(&args.dir, &format!("{path}.gz"), &gz)?;
            put(&args.dir, &path, &plain)?;
        }
        // Ids may hold what file names may not.
        let manifest = format!("{}/manifest-{}.json", paths::SNAP, &digest(person.as_str().as_bytes())[..16]);
        let text = json(&snapshot::manifest(offer, now).map_err(|why| CliError::Other(why.to_string()))?)?;
        put(&args.dir, &manifest, &text)?;
        wanted.insert(manifest.clone());
        site.people.push(Session { person, name, role, org: org.to_owned(), manifest: Some(manifest) });
    }
    if let Some(app) = &args.app {
        copy_app(app, &args.dir)?;
    }
    put(&args.dir, paths::STATIC_SITE, &json(&site)?)?;
    sweep(&args.dir, &wanted)?;
    Ok((site.people.len(), wanted.len() - site.people.len()))
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, CliError> {
    serde_json::to_vec(value).map_err(|why| CliError::Other(why.to_string()))
}

fn on_disk(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

/// Writes a file of the tree, whole or not at all.
fn put(root: &Path, path: &str, bytes: &[u8]) -> Result<(), CliError> {
    let file = on_disk(root, path);
    let fail = |why: std::io::Error| CliError::file(&file, why);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    let mut unfinished = file.clone().into_os_string();
    unfinished.push(".new");
    std::fs::write(&unfinished, bytes).map_err(fail)?;
    std::fs::rename(&unfinished, &file).map_err(fail)
}

/// The app, with the page once more as what static hosts show for a path they do not know: pages have paths of their own
/// until the service worker serves them.
fn copy_app(app: &Path, root: &Path) -> Result<(), CliError> {
    if !app.join("index.html").is_file() {
        return Err(CliError::file(app, "no built app is there. Build it (cargo xtask build) or leave --app out"));
    }
    // What others name goes first; the page and the worker name everything.
    let mut files = Vec::new();
    files_below(app, app, &mut files)?;
    files.sort_by_key(|name| name.starts_with("index.html") || name.starts_with("sw.js"));
    for name in files {
        let path = app.join(&name);
        put(root, &name, &std::fs::read(&path).map_err(|why| CliError::file(&path, why))?)?;
    }
    let page = std::fs::read(app.join("index.html")).map_err(|why| CliError::file(app, why))?;
    put(root, "404.html", &page)?;
    put(root, "_headers", format!("/*\n  Content-Security-Policy: {}\n", crate::api::CSP).as_bytes())
}

/// Names of all files below a folder, from `top` on.
fn files_below(top: &Path, folder: &Path, files: &mut Vec<String>) -> Result<(), CliError> {
    let fail = |why: std::io::Error| CliError::file(folder, why);
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() {
            files_below(top, &path, files)?;
        } else if let Some(name) = path.strip_prefix(top).ok().and_then(Path::to_str) {
            files.push(name.to_owned());
        }
    }
    Ok(())
}

/// Removes what earlier publications left: people taken out of the tree must not stay readable in it.
fn sweep(root: &Path, wanted: &BTreeSet<String>) -> Result<(), CliError> {
    let folder = on_disk(root, paths::SNAP);
    let fail = |why: std::io::Error| CliError::file(&folder, why);
    for entry in std::fs::read_dir(&folder).map_err(fail)? {
        let file = entry.map_err(fail)?.path();
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let path = format!("{}/{}", paths::SNAP, name.strip_suffix(".gz").unwrap_or(name));
        if !wanted.contains(&path) {
            std::fs::remove_file(&file).map_err(|why| CliError::file(&file, why))?;
        }
    }
    Ok(())
}
