//! Builds our side of the benches that run in a browser, as the app itself is built: the same profile, the same flags, the
//! same optimiser.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::bundle::{self, OPTIMISE, SHIPPED, WASM_FEATURES};
use crate::workspace::Workspace;
use crate::{process, setup};

/// Writes `aisle_bench.js` and `aisle_bench_bg.wasm` to a folder.
///
/// # Errors
/// It does not build, or there is no optimiser: figures without it would not be the app's.
pub(super) fn bundle(here: &Workspace, folder: &Path) -> Result<()> {
    setup::wasm_target()?;
    let mut cargo = here.cargo(&["build", "--package", "aisle-bench", "--target", setup::WASM]);
    bundle::ship(&mut cargo);
    process::run(&mut cargo)?;
    let built = here.target(format!("{}/{SHIPPED}/aisle_bench.wasm", setup::WASM));
    let args = ["wasm-bindgen", "--target", "web", "--no-typescript", "--remove-name-section", "--out-dir"];
    let mut args: Vec<OsString> = args.iter().map(OsString::from).collect();
    args.extend([folder.as_os_str().to_owned(), built.into_os_string()]);
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(args).context("wasm-bindgen cannot bundle the benches")?;
    let Some(tool) = setup::wasm_opt(here) else {
        bail!(
            "the benches need wasm-opt.\nRemedy: install binaryen 110 or later (npm: `npm install --global binaryen`)"
        )
    };
    let (module, small) = (folder.join("aisle_bench_bg.wasm"), folder.join("small.wasm"));
    process::run(Command::new(&tool.program).args(OPTIMISE).args(WASM_FEATURES).arg(&module).arg("-o").arg(&small))?;
    fs::rename(&small, &module).context("cannot put the optimised module in its place")
}
