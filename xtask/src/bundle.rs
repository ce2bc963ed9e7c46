//! From Rust to what a browser loads: cargo builds the wasm, it is cut into parts, wasm-bindgen writes the glue, wasm-opt
//! shrinks them. Development builds are neither cut nor shrunk.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::build::Profile;
use crate::short_names;
use crate::split::{self, Chunk};
use crate::workspace::{Workspace, files_below, remove_folder};
use crate::{own_std, process, setup, unused};

/// The app, ready to be named and written.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// The glue, an ES module. Its default export takes `{module_or_path}`.
    pub(crate) js: String,
    /// JavaScript that crates brought along, by the relative address under which `js` imports it.
    pub(crate) snippets: BTreeMap<String, Vec<u8>>,
    /// The app itself.
    pub(crate) wasm: Vec<u8>,
    /// What the app fetches later.
    pub(crate) chunks: Vec<Chunk>,
    /// What reads files that somebody imports, in a worker.
    pub(crate) import: Module,
}

/// A module with its glue.
#[derive(Debug)]
pub(crate) struct Module {
    /// The glue, an ES module. Its default export takes `{module_or_path}`.
    pub(crate) js: String,
    /// The module.
    pub(crate) wasm: Vec<u8>,
}

/// What rustc may emit for the target, and no more: with "all features" the optimiser could use one that browsers lack.
pub(crate) const WASM_FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// For size. Code copied to where it is called from compresses worse than the call.
pub(crate) const OPTIMISE: &[&str] = &[
    "-Oz",
    "--always-inline-max-function-size=0",
    "--one-caller-inline-max-function-size=0",
    // The first kilobyte of memory is the end of the stack: nothing that is addressed lies there.
    "--low-memory-unused",
    "--strip-debug",
    "--strip-producers",
];

/// What rustc is told to build what is shipped. Erased types make a fourteenth less code. Panics name source files: where
/// this machine keeps its crates is nobody's business, and the app is the same wherever it is built.
fn release_rustflags() -> Vec<String> {
    let own = ["--cfg=erase_components"];
    let mut flags: Vec<String> = split::RUSTFLAGS.iter().chain(&own).map(|flag| (*flag).to_owned()).collect();
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cargo")));
    flags.extend(home.map(|home| format!("--remap-path-prefix={}=crates", home.join("registry/src").display())));
    flags
}

/// Cargo's profile of what is shipped, and its folder.
pub(crate) const SHIPPED: &str = "wasm-release";

/// Makes cargo build as what is shipped is built. In this one command: checks and tests, whose profiles are others, are built
/// without.
pub(crate) fn ship(cargo: &mut Command) {
    let mut flags = release_rustflags();
    cargo.args(["--profile", SHIPPED]);
    flags.extend(own_std::asked_of(cargo).iter().map(|flag| (*flag).to_owned()));
    cargo.env("CARGO_ENCODED_RUSTFLAGS", process::with_rustflags(&flags));
}

/// Builds the app.
pub(crate) fn bundle(here: &Workspace, profile: Profile, version: &str) -> Result<Bundle> {
    setup::wasm_target()?;
    same_wasm_bindgen(here)?;

    let built = compile(here, profile, version)?;
    let out = here.target(format!("xtask/bindgen-{}", folder(profile)));
    remove_folder(&out)?;
    let module = out.join("aisle_bg.wasm");
    let read = || fs::read(&module).context("wasm-bindgen wrote no module");
    let (wasm, js, chunks) = match profile {
        Profile::Release => {
            fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
            let cut = split::cut(&built, &out)?;
            bindgen(&cut.main, &out, profile, true)?;
            let (wasm, js) = unused::remove(&read()?, &glue(&out, APP)?)?;
            let (wasm, js) = short_names::shorten(&wasm, &js)?;
            (wasm, bare(&split::with_loader(&js, &cut.loader)?), cut.chunks)
        }
        Profile::Dev => {
            bindgen(&built, &out, profile, false)?;
            (read()?, glue(&out, APP)?, Vec::new())
        }
    };
    let mut bundle = Bundle { js, snippets: snippets(&out)?, wasm, chunks, import: import_module(here, profile)? };
    if profile == Profile::Release {
        optimise(here, &out, &mut bundle)?;
    }
    if bundle.modules().any(|wasm| !wasm.starts_with(b"\0asm")) {
        bail!("the tools wrote something that is not a wasm module");
    }
    Ok(bundle)
}

impl Bundle {
    fn modules(&mut self) -> impl Iterator<Item = &mut Vec<u8>> {
        [&mut self.wasm, &mut self.import.wasm].into_iter().chain(self.chunks.iter_mut().map(|chunk| &mut chunk.wasm))
    }
}

/// The file name of the app's module and of its glue.
const APP: &str = "aisle";
/// Likewise of the import's.
const IMPORT: &str = "aisle_import_worker";

/// Builds the module that reads files. With the same switches as the app, so that both share what they are built on.
fn import_module(here: &Workspace, profile: Profile) -> Result<Module> {
    let mut cargo = here.cargo(&["build", "--package", "aisle-import-worker", "--lib", "--target", setup::WASM]);
    if profile == Profile::Release {
        ship(&mut cargo);
    }
    process::run(&mut cargo)?;
    let built = here.target(format!("{}/{}/{IMPORT}.wasm", setup::WASM, folder(profile)));
    let out = here.target(format!("xtask/bindgen-import-{}", folder(profile)));
    remove_folder(&out)?;
    bindgen(&built, &out, profile, false)?;
    let wasm = fs::read(out.join(format!("{IMPORT}_bg.wasm"))).context("wasm-bindgen wrote no module")?;
    Ok(match profile {
        // The relocations that the app is cut by are of no use here.
        Profile::Release => Module { js: bare(&glue(&out, IMPORT)?), wasm: split::without_names(&wasm)? },
        Profile::Dev => Module { js: glue(&out, IMPORT)?, wasm },
    })
}

/// Compiles the app and returns where its module is.
fn compile(here: &Workspace, profile: Profile, version: &str) -> Result<PathBuf> {
    let mut cargo = here.cargo(&["build", "--package", "aisle", "--bin", "aisle", "--target", setup::WASM]);
    // Read by the app alone, so a new version does not rebuild what it is built on.
    cargo.env("AISLE_VERSION", version);
    if profile == Profile::Release {
        ship(cargo.args(["--features", "split"]));
    }
    process::run(&mut cargo)?;
    Ok(here.target(format!("{}/{}/aisle.wasm", setup::WASM, folder(profile))))
}

/// What cargo calls the folder of a profile's files.
fn folder(profile: Profile) -> &'static str {
    match profile {
        Profile::Release => SHIPPED,
        Profile::Dev => "debug",
    }
}

fn glue(out: &Path, name: &str) -> Result<String> {
    fs::read_to_string(out.join(format!("{name}.js"))).context("wasm-bindgen wrote no glue")
}

/// The glue without indentation and without comments that have lines of their own. What wasm-bindgen writes has no text
/// over several lines.
fn bare(glue: &str) -> String {
    let is_comment = |line: &str| ["//", "/*", "* ", "*/"].iter().any(|start| line.starts_with(start));
    let lines = glue.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "*" && !is_comment(line));
    lines.fold(String::new(), |all, line| all + line + "\n")
}

fn snippets(out: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut snippets = BTreeMap::new();
    for file in files_below(&out.join("snippets"))? {
        let name = file.strip_prefix(out).context("a snippet outside its folder")?;
        let name = format!("./{}", name.to_string_lossy().replace('\\', "/"));
        snippets.insert(name, fs::read(&file).context("cannot read a snippet")?);
    }
    Ok(snippets)
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

fn bindgen(wasm: &Path, out: &Path, profile: Profile, is_cut: bool) -> Result<()> {
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
        Profile::Release => {
            args.extend(["--no-demangle", "--remove-name-section", "--remove-producers-section"].map(Into::into));
            if is_cut {
                // Chunks find the main part's memory and table by what the linker exports.
                args.push("--keep-lld-exports".into());
            }
        }
        Profile::Dev => args.extend(["--keep-debug".into(), "--debug".into()]),
    }
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(args).context("wasm-bindgen cannot bundle the app")
}

fn optimise(here: &Workspace, folder: &Path, bundle: &mut Bundle) -> Result<()> {
    let Some(tool) = setup::wasm_opt(here) else {
        println!(
            "note: without a recent wasm-opt the app is a twentieth larger. Remedy: install binaryen 110 or later (npm: \
             `npm install --global binaryen`; macOS: `brew install binaryen`) and build again."
        );
        return Ok(());
    };
    let (before, after) = (folder.join("before.wasm"), folder.join("after.wasm"));
    for wasm in bundle.modules() {
        fs::write(&before, &wasm).with_context(|| format!("cannot write {}", before.display()))?;
        let mut command = Command::new(&tool.program);
        command.args(OPTIMISE).args(WASM_FEATURES);
        command.arg(&before).arg("-o").arg(&after);
        process::run(&mut command).with_context(|| {
            format!(
                "wasm-opt {} cannot read the app.\nRemedy: update binaryen, or take it off the PATH to build without it",
                tool.version
            )
        })?;
        *wasm = fs::read(&after).context("cannot read the optimised module")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_glue_loses_comments_and_indentation() {
        let glue = "/**\n * Says a * b.\n *\n */\nfunction f() {\n    // why\n    return 1; // kept\n}\n\n";
        assert_eq!(bare(glue), "function f() {\nreturn 1; // kept\n}\n");
    }
}
