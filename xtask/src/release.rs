//! Puts a release together: page, styles, scripts, icons, manifest, service worker, and the list of them all.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::assets::{Assets, Load, fill};
use crate::build::Profile;
use crate::bundle::Bundle;
use crate::css;
use crate::workspace::{Workspace, files_below, hex, remove_folder, replace_folder};

/// `release.json`: what a release consists of. Not precached; it is for people and tools.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Release {
    /// What people see.
    pub(crate) version: String,
    /// A digest over all files: the service worker's name for this release.
    pub(crate) release: String,
    /// When it was put together, UTC, RFC 3339.
    pub(crate) built: String,
    /// Every file.
    pub(crate) files: Vec<ReleaseFile>,
}

/// One file of a release.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ReleaseFile {
    /// From the root of the site, without a leading slash.
    pub(crate) path: String,
    /// Its size.
    pub(crate) bytes: usize,
    /// Its size in brotli, if it is worth compressing.
    pub(crate) br: Option<usize>,
    /// SHA-256, hexadecimal.
    pub(crate) sha256: String,
    /// When a device downloads it.
    pub(crate) load: Load,
}

impl Release {
    /// Reads the list of a written release.
    pub(crate) fn read(dist: &Path) -> Result<Self> {
        let path = dist.join("release.json");
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is not a release list", path.display()))
    }
}

/// Writes a release to `dist`, whole or not at all.
pub(crate) fn write(here: &Workspace, profile: Profile, version: &str, bundle: Bundle, dist: &Path) -> Result<Release> {
    let mut assets = Assets::default();
    let public = |name: &str| {
        fs::read_to_string(here.path("public").join(name)).with_context(|| format!("cannot read public/{name}"))
    };

    let app_wasm = assets.add_hashed("aisle", "wasm", bundle.wasm, Load::First);
    let mut glue = bundle.js;
    for (address, bytes) in bundle.snippets {
        // Snippets are told apart by their content alone.
        let hashed = assets.add_hashed("snippet", "js", bytes, Load::First);
        glue = readdress(&glue, &address, &hashed)?;
    }
    for chunk in bundle.chunks {
        let hashed = assets.add_hashed(&chunk.name, "wasm", chunk.wasm, Load::Later);
        glue = readdress(&glue, &chunk.address, &hashed)?;
    }
    // Fetched when somebody chooses a file, and not kept: an import needs the endpoint anyway.
    let import_js = assets.add_hashed("import", "js", bundle.import.js.into_bytes(), Load::Online);
    let import_wasm = assets.add_hashed("import", "wasm", bundle.import.wasm, Load::Online);
    let import_worker = fill(&public("import-worker.js")?, &[("glue", &import_js), ("wasm", &import_wasm)])?;
    let import_worker = assets.add_hashed("import-worker", "js", import_worker.into_bytes(), Load::Online);
    let app_js = assets.add_hashed("aisle", "js", glue.into_bytes(), Load::First);
    let boot_js = assets.add_hashed("boot", "js", public("boot.js")?.into_bytes(), Load::First);
    let head_js = assets.add_hashed("head", "js", public("head.js")?.into_bytes(), Load::First);
    let (first, later) = style(here)?;
    let css = assets.add_hashed("aisle", "css", css::minify(&first).into_bytes(), Load::First);
    let later_css = assets.add_hashed("later", "css", css::minify(&later).into_bytes(), Load::Later);

    for file in files_below(&here.path("public/icons"))? {
        // Browsers fetch the icon of the tab with the page; the others when somebody installs the app.
        let load = if file.ends_with("favicon.svg") { Load::First } else { Load::Later };
        add_public(here, &mut assets, &file, load)?;
    }
    let screenshots = files_below(&here.path("public/screenshots"))?;
    for file in &screenshots {
        add_public(here, &mut assets, file, Load::Online)?;
    }
    let manifest = manifest(&public("manifest.webmanifest")?, |src| here.path("public").join(src).is_file())?;
    assets.add("manifest.webmanifest", manifest.into_bytes(), Load::First);

    let dev = match profile {
        Profile::Release => String::new(),
        Profile::Dev => {
            let script = assets.add_hashed("dev-reload", "js", public("dev-reload.js")?.into_bytes(), Load::First);
            format!("<script type=\"module\" src=\"{script}\"></script>")
        }
    };
    let icons = sprite(&fs::read_to_string(here.path("style/icons.svg")).context("cannot read style/icons.svg")?)?;
    let page = public("index.html")?;
    let worker = match profile {
        Profile::Release => public("sw.js")?,
        Profile::Dev => public("dev-sw.js")?,
    };
    let id = release_id(&assets, &[&page, &icons, &worker, version]);
    let page = fill(
        &page,
        &[
            ("app_js", &app_js),
            ("app_wasm", &app_wasm),
            ("boot_js", &boot_js),
            ("css", &css),
            ("dev", &dev),
            ("head_js", &head_js),
            ("icons", &icons),
            ("import_worker", &import_worker),
            ("later_css", &later_css),
            ("release", &id),
            ("version", version),
        ],
    )?;
    assets.add("index.html", page.into_bytes(), Load::First);
    let worker = match profile {
        Profile::Release => fill(&worker, &[("release", &id), ("files", &precache_list(&assets)?)])?,
        Profile::Dev => worker,
    };
    assets.add("sw.js", worker.into_bytes(), Load::Worker);

    save(&assets, profile, version, &id, dist)
}

/// The glue with the name that a file has in the release.
fn readdress(glue: &str, address: &str, hashed: &str) -> Result<String> {
    let readdressed = glue
        .replace(&format!("'{address}'"), &format!("'{hashed}'"))
        .replace(&format!("\"{address}\""), &format!("\"{hashed}\""));
    if readdressed == glue || readdressed.contains(address) {
        bail!("the glue names {address} in a way that xtask does not know");
    }
    Ok(readdressed)
}

fn save(assets: &Assets, profile: Profile, version: &str, id: &str, dist: &Path) -> Result<Release> {
    let unfinished = dist.with_extension("new");
    remove_folder(&unfinished)?;
    let sizes = assets.write(&unfinished, profile == Profile::Release)?;
    let files = assets
        .iter()
        .map(|(path, file)| ReleaseFile {
            path: path.to_owned(),
            bytes: file.bytes.len(),
            br: sizes.get(path).copied(),
            sha256: hex(&file.digest),
            load: file.load,
        })
        .collect();
    let release = Release { version: version.to_owned(), release: id.to_owned(), built: now()?, files };
    let list = serde_json::to_vec_pretty(&release).context("cannot write the release list")?;
    fs::write(unfinished.join("release.json"), list).context("cannot write release.json")?;
    replace_folder(&unfinished, dist)?;
    Ok(release)
}

fn now() -> Result<String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?;
    let seconds = i64::try_from(since.as_secs()).context("the clock is far off")?;
    let time = chrono::DateTime::from_timestamp(seconds, 0).context("the clock is far off")?;
    Ok(time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The blocks of `style/` that sign-in, the first download and Today are drawn with.
const FIRST_STYLES: &[&str] = &[
    "bar", "btn", "delta", "dock", "empty", "field", "figure", "label", "login", "logo", "mark", "meter", "next",
    "note", "panel", "pline", "route", "row", "seg", "shelf", "side", "skeleton", "state", "steps", "sync", "tabs",
    "toast", "today", "twin", "update",
];

/// All style sheets, in the order in which they build on each other: those of the first load, and those that come with
/// the lazy pages.
fn style(here: &Workspace) -> Result<(String, String)> {
    let mut files = vec![here.path("style/tokens.css"), here.path("style/base.css")];
    for folder in ["style/components", "style/screens"] {
        files.extend(
            files_below(&here.path(folder))?.into_iter().filter(|file| file.extension().is_some_and(|e| e == "css")),
        );
    }
    files.push(here.path("public/boot.css"));
    let (mut first, mut later) = (String::new(), String::new());
    for file in files {
        let is_block =
            file.parent().is_some_and(|folder| folder.starts_with(here.path("style")) && folder != here.path("style"));
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let sheet = if is_block && !FIRST_STYLES.contains(&&*name) { &mut later } else { &mut first };
        *sheet += &fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        sheet.push('\n');
    }
    Ok((first, later))
}

fn add_public(here: &Workspace, assets: &mut Assets, file: &Path, load: Load) -> Result<()> {
    let path = file.strip_prefix(here.path("public")).context("a public file outside public/")?;
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    assets.add(&path.to_string_lossy().replace('\\', "/"), bytes, load);
    Ok(())
}

/// The manifest without the screenshots that do not exist (yet), and an error for any other missing picture.
fn manifest(template: &str, exists: impl Fn(&str) -> bool) -> Result<String> {
    let mut manifest: serde_json::Value = serde_json::from_str(template).context("the manifest is not JSON")?;
    let is_there =
        |picture: &serde_json::Value| picture["src"].as_str().is_some_and(|src| exists(src.trim_start_matches('/')));
    for icon in manifest["icons"].as_array().context("the manifest has no icons")? {
        if !is_there(icon) {
            bail!("the manifest names an icon that is not in public/: {}", icon["src"]);
        }
    }
    if let Some(shots) = manifest["screenshots"].as_array_mut() {
        shots.retain(is_there);
        if shots.is_empty()
            && let Some(members) = manifest.as_object_mut()
        {
            members.remove("screenshots");
        }
    }
    serde_json::to_string(&manifest).context("cannot write the manifest")
}

/// The icons as symbols of one hidden picture in the page. The page's policy allows neither styles nor scripts in it.
fn sprite(svg: &str) -> Result<String> {
    for forbidden in ["style=", "<style", "<script", "onload="] {
        if svg.contains(forbidden) {
            bail!("style/icons.svg contains `{forbidden}`, which the page's security policy forbids");
        }
    }
    let open = svg.find("<svg").and_then(|start| svg[start..].find('>').map(|end| start + end + 1));
    let (Some(open), Some(close)) = (open, svg.rfind("</svg>")) else { bail!("style/icons.svg is not an SVG file") };
    let mut symbols = String::new();
    let mut rest = &svg[open..close];
    while let Some(start) = rest.find("<!--") {
        symbols += rest[..start].trim();
        rest = rest[start..].find("-->").map_or("", |end| &rest[start + end + 3..]);
    }
    symbols += rest.trim();
    let symbols: String = symbols.lines().map(str::trim).collect();
    Ok(format!("<svg hidden width=\"0\" height=\"0\" aria-hidden=\"true\">{symbols}</svg>"))
}

/// Names a release by everything in it: the same files are the same release.
fn release_id(assets: &Assets, templates: &[&str]) -> String {
    let mut digest = Sha256::new();
    for (path, file) in assets.iter() {
        digest.update(path);
        digest.update([0]);
        digest.update(file.digest);
    }
    for template in templates {
        digest.update(Sha256::digest(template));
    }
    hex(&digest.finalize())[..12].to_owned()
}

/// The service worker's list: `[address, digest]`.
fn precache_list(assets: &Assets) -> Result<String> {
    let list: Vec<(String, String)> = assets
        .iter()
        .filter(|(_, file)| file.load.is_kept())
        .map(|(path, file)| {
            let address = if path == "index.html" { "/".to_owned() } else { format!("/{path}") };
            (address, file.integrity())
        })
        .collect();
    serde_json::to_string(&list).context("cannot write the precache list")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_names_only_screenshots_that_exist() {
        let template = r#"{"icons":[{"src":"/i.png"}],"screenshots":[{"src":"/a.png"},{"src":"/b.png"}]}"#;
        let one = manifest(template, |src| src != "b.png").unwrap();
        assert_eq!(one, r#"{"icons":[{"src":"/i.png"}],"screenshots":[{"src":"/a.png"}]}"#);
        let none = manifest(template, |src| src == "i.png").unwrap();
        assert_eq!(none, r#"{"icons":[{"src":"/i.png"}]}"#);
        let error = manifest(template, |src| src != "i.png").unwrap_err();
        assert!(error.to_string().contains("/i.png"), "{error}");
    }

    #[test]
    fn the_sprite_loses_comments_and_its_own_frame() {
        let svg = "<svg fill=\"none\">\n<!-- a > b -->\n<symbol id=\"i\"><path d=\"M0 0\"/></symbol>\n</svg>";
        assert_eq!(
            sprite(svg).unwrap(),
            "<svg hidden width=\"0\" height=\"0\" aria-hidden=\"true\">\
             <symbol id=\"i\"><path d=\"M0 0\"/></symbol></svg>"
        );
        assert!(sprite("<svg><path style=\"x\"/></svg>").is_err());
    }

    #[test]
    fn the_glue_learns_the_names_of_the_release() {
        let glue = "import {a} from './s.js'; fetch(new URL(\"./p.wasm\", import.meta.url))";
        let glue =
            readdress(&readdress(glue, "./s.js", "/assets/s-1.js").unwrap(), "./p.wasm", "/assets/p-2.wasm").unwrap();
        assert_eq!(glue, "import {a} from '/assets/s-1.js'; fetch(new URL(\"/assets/p-2.wasm\", import.meta.url))");
        assert!(readdress(&glue, "./gone.js", "/x.js").is_err());
        assert!(readdress("'./s.js' + `./s.js`", "./s.js", "/x.js").is_err());
    }

    #[test]
    fn the_list_has_what_is_kept_and_calls_the_page_by_its_address() {
        let mut assets = Assets::default();
        assets.add("index.html", b"page".to_vec(), Load::First);
        assets.add("a.js", b"a".to_vec(), Load::First);
        assets.add("b.wasm", b"b".to_vec(), Load::Later);
        assets.add("shot.png", b"s".to_vec(), Load::Online);
        let list: Vec<(String, String)> = serde_json::from_str(&precache_list(&assets).unwrap()).unwrap();
        let paths: Vec<&str> = list.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["/a.js", "/b.wasm", "/"]);
    }

    #[test]
    fn any_change_is_another_release() {
        let id = |content: &str, template: &str| {
            let mut assets = Assets::default();
            assets.add("a.js", content.as_bytes().to_vec(), Load::First);
            release_id(&assets, &[template])
        };
        assert_eq!(id("1", "t"), id("1", "t"));
        assert_ne!(id("1", "t"), id("2", "t"));
        assert_ne!(id("1", "t"), id("1", "u"));
    }
}
