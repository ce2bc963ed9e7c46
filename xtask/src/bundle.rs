//! From Rust to what a browser loads: cargo builds the wasm, wasm-bindgen writes its glue, wasm-opt shrinks it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::build::Profile;
use crate::workspace::{Workspace, files_below, remove_folder};
use crate::{process, setup};

/// The app, ready to be named and written.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// The glue, an ES module. Its default export takes `{module_or_path}`.
    pub(crate) js: String,
    /// JavaScript that crates brought along, by the relative address under which `js` imports it.
    pub(crate) snippets: BTreeMap<String, Vec<u8>>,
    /// The app itself.
    pub(crate) wasm: Vec<u8>,
}

/// What rustc may emit for the target, and no more: with "all features" the optimiser could use one that browsers lack.
const WASM_FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds the app.
pub(crate) fn bundle(here: &Workspace, profile: Profile, version: &str) -> Result<Bundle> {
    setup::wasm_target()?;
    same_wasm_bindgen(here)?;

    let mut cargo = here.cargo(&["build", "--package", "aisle", "--bin", "aisle", "--target", setup::WASM]);
    // Read by the app alone, so a new version does not rebuild what it is built on.
    cargo.env("AISLE_VERSION", version);
    let folder = match profile {
        Profile::Release => {
            cargo.args(["--profile", "wasm-release"]);
            "wasm-release"
        }
        Profile::Dev => "debug",
    };
    process::run(&mut cargo)?;

    let out = here.target(format!("xtask/bindgen-{folder}"));
    remove_folder(&out)?;
    bindgen(&here.target(format!("{}/{folder}/aisle.wasm", setup::WASM)), &out, profile)?;

    let js = fs::read_to_string(out.join("aisle.js")).context("wasm-bindgen wrote no glue")?;
    let wasm = out.join("aisle_bg.wasm");
    if profile == Profile::Release {
        optimise(here, &wasm)?;
    }
    let mut snippets = BTreeMap::new();
    for file in files_below(&out.join("snippets"))? {
        let name = file.strip_prefix(&out).context("a snippet outside its folder")?;
        let name = format!("./{}", name.to_string_lossy().replace('\\', "/"));
        snippets.insert(name, fs::read(&file).context("cannot read a snippet")?);
    }
    let wasm = fs::read(&wasm).context("cannot read the wasm module")?;
    if !wasm.starts_with(b"\0asm") {
        bail!("the tools wrote something that is not a wasm module");
    }
    Ok(Bundle { js, snippets, wasm })
}

/// The tool and the library in the app speak a format that changes with every version.
fn same_wasm_bindgen(here: &Workspace) -> Result<()> {
    let (app, tool) = (here.locked_version("wasm-bindgen")?, here.locked_version("wasm-bindgen-cli")?);
    if app != tool {
        bail!(
            "the app uses wasm-bindgen {app}, but xtask bundles with {tool}.\n\
             Remedy: set `wasm-bindgen-cli = \"={app}\"` in xtask/Cargo.toml"
        );
    }
    Ok(())
}

fn bindgen(wasm: &Path, out: &Path, profile: Profile) -> Result<()> {
    let mut args = vec![
        "wasm-bindgen".into(),
        wasm.as_os_str().to_owned(),
        "--out-dir".into(),
        out.as_os_str().to_owned(),
        "--target".into(),
        "web".into(),
        "--no-typescript".into(),
        "--omit-default-module-path".into(),
    ];
    match profile {
        Profile::Release => args.extend(["--remove-name-section".into(), "--remove-producers-section".into()]),
        Profile::Dev => args.extend(["--keep-debug".into(), "--debug".into()]),
    }
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(args).context("wasm-bindgen cannot bundle the app")
}

fn optimise(here: &Workspace, wasm: &Path) -> Result<()> {
    let Some(tool) = setup::wasm_opt(here) else {
        println!(
            "note: without a recent wasm-opt the app is a twentieth larger. Remedy: install binaryen 110 or later (npm: \
             `npm install --global binaryen`; macOS: `brew install binaryen`) and build again."
        );
        return Ok(());
    };
    let out = wasm.with_extension("opt.wasm");
    let mut command = Command::new(tool.program);
    command.args(["-Oz", "--strip-debug", "--strip-producers"]).args(WASM_FEATURES).arg(wasm).arg("-o").arg(&out);
    process::run(&mut command).with_context(|| {
        format!(
            "wasm-opt {} cannot read the app.\nRemedy: update binaryen, or take it off the PATH to build without it",
            tool.version
        )
    })?;
    fs::rename(&out, wasm).context("cannot put the optimised module in place")
}
