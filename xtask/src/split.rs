//! Cuts the app where `src/screens/lazy.rs` says so: one module to start with, and chunks that it fetches when they
//! are needed. `wasm_split_cli_support` does it, as in cargo-leptos, by the relocations that the linker left in.
//!
//! The tool writes a loader that imports from the glue, which in turn imports the loader. Here it becomes part of the
//! glue: one request less, and files that name each other could not both be named by their content.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use wasm_encoder::{Module, RawSection};
use wasmparser::{Parser, Payload};

/// What rustc needs to be told, so that the module can be cut.
pub(crate) const RUSTFLAGS: &[&str] = &["-Clink-arg=--emit-relocs"];

/// A module that the app fetches by itself.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// What is in it: the name in `#[wasm_split]`.
    pub(crate) name: String,
    /// The address by which the glue fetches it.
    pub(crate) address: String,
    /// Its content.
    pub(crate) wasm: Vec<u8>,
}

/// A module in parts.
#[derive(Debug)]
pub(crate) struct Cut {
    /// The part to start with, for wasm-bindgen.
    pub(crate) main: PathBuf,
    /// The parts to be fetched later.
    pub(crate) chunks: Vec<Chunk>,
    /// The JavaScript that fetches them.
    pub(crate) loader: String,
}

/// How the glue imports the loader, and the loader the glue.
const LOADER: &str = "./wasm_split.js";
const GLUE: &str = "./aisle.js";

/// Cuts a module built with [`RUSTFLAGS`]; writes the parts to `folder`, the main one as `aisle.wasm`.
///
/// # Errors
/// The module has nothing to cut at, or was built without what cutting needs.
pub(crate) fn cut(module: &Path, folder: &Path) -> Result<Cut> {
    let module = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let main = folder.join("aisle.wasm");
    let mut options = wasm_split_cli_support::Options::new(&module);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = LOADER;
    options.main_module = GLUE;
    let parts = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("{error:#}"))
        .context("cannot cut the app")?;
    if parts.split_modules.is_empty() {
        bail!("the app has no lazy pages to be cut off: was it built without its feature `split`?");
    }
    let loader = fs::read_to_string(folder.join(LOADER)).context("the cut left no loader")?;
    let chunks = parts.split_modules.iter().map(|file| chunk(file)).collect::<Result<_>>()?;
    Ok(Cut { main, chunks, loader })
}

fn chunk(file: &Path) -> Result<Chunk> {
    let stem = file.file_stem().context("a chunk without a name")?.to_string_lossy();
    let wasm = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Chunk {
        name: stem.strip_prefix("split_").unwrap_or(&stem).to_owned(),
        address: format!("./{stem}.wasm"),
        wasm: without_names(&wasm)?,
    })
}

/// The module without its custom sections: names of functions, which wasm-bindgen takes out of the main part.
pub(crate) fn without_names(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.context("a chunk is not a wasm module")?;
        if matches!(payload, Payload::CustomSection(_)) {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let (start, end) = (usize::try_from(range.start)?, usize::try_from(range.end)?);
            module.section(&RawSection { id, data: wasm.get(start..end).context("a section outside its module")? });
        }
    }
    Ok(module.finish())
}

/// The glue with the loader in it.
///
/// # Errors
/// Either does not look as this was written for.
pub(crate) fn with_loader(glue: &str, loader: &str) -> Result<String> {
    let import = format!(" from \"{LOADER}\"");
    let mut imports = glue.lines().filter_map(|line| {
        Some((line, line.trim_end_matches(';').strip_suffix(&import)?.strip_prefix("import * as ")?))
    });
    let (line, name) = imports.next().context("the glue does not import the loader: wasm-bindgen has changed")?;
    let body = loader
        .strip_prefix(&format!("import {{ initSync }} from \"{GLUE}\";\n"))
        .context("the loader does not import the glue: wasm_split_cli_support has changed")?;
    let exports: Vec<&str> = body
        .lines()
        .filter_map(|line| line.strip_prefix("export const ")?.split_once(" = ").map(|(name, _)| name))
        .collect();
    let body = body.replace("export const ", "const ");
    if exports.is_empty() || body.contains("export ") || body.contains("import ") {
        bail!("the loader exports or imports something unexpected: wasm_split_cli_support has changed");
    }
    let inlined = format!("const {name} = (() => {{\n{body}return {{ {} }};\n}})();", exports.join(", "));
    // One import for each chunk, all of the same.
    let others = imports
        .fold(glue.to_owned(), |glue, (line, other)| glue.replacen(line, &format!("const {other} = {name};"), 1));
    Ok(others.replacen(line, &inlined, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{CustomSection, NameMap, NameSection, TypeSection};

    const LOADS: &str = "import { initSync } from \"./aisle.js\";\nlet shared = initSync();\n\
                         export const load_pages = make(() => fetch(\"./split_pages.wasm\"));\n";

    #[test]
    fn the_loader_becomes_part_of_the_glue() {
        let glue = "import * as import1 from \"./wasm_split.js\"\nuse({ \"./wasm_split.js\": import1 });\n";
        assert_eq!(
            with_loader(glue, LOADS).unwrap(),
            "const import1 = (() => {\nlet shared = initSync();\n\
             const load_pages = make(() => fetch(\"./split_pages.wasm\"));\n\
             return { load_pages };\n})();\nuse({ \"./wasm_split.js\": import1 });\n"
        );
    }

    #[test]
    fn the_loader_is_there_once_for_all_chunks() {
        let glue = "import * as import1 from \"./wasm_split.js\"\nimport * as import2 from \"./wasm_split.js\"\n\
                    use({ \"./wasm_split.js\": import2 });\n";
        let whole = with_loader(glue, LOADS).unwrap();
        assert!(
            whole.ends_with("})();\nconst import2 = import1;\nuse({ \"./wasm_split.js\": import2 });\n"),
            "{whole}"
        );
        assert!(!whole.contains("import * as"), "{whole}");
    }

    #[test]
    fn what_it_does_not_know_it_does_not_touch() {
        let glue = "import * as import1 from \"./wasm_split.js\"\n";
        assert!(with_loader("import { a } from \"./wasm_split.js\"\n", LOADS).is_err());
        assert!(with_loader(glue, "export const load_pages = 1;\n").is_err());
        assert!(with_loader(glue, "import { initSync } from \"./aisle.js\";\nexport default 1;\n").is_err());
        assert!(with_loader(glue, "import { initSync } from \"./aisle.js\";\n").is_err());
    }

    #[test]
    fn names_are_taken_out_and_nothing_else() {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut plain = Module::new();
        plain.section(&types);
        let mut names = NameSection::new();
        let mut functions = NameMap::new();
        functions.append(0, "long_name");
        names.functions(&functions);
        let mut named = Module::new();
        named.section(&types).section(&names);
        named.section(&CustomSection { name: "producers".into(), data: [1, 2][..].into() });
        assert_eq!(without_names(&named.finish()).unwrap(), plain.finish());
        assert!(without_names(b"no wasm").is_err());
    }

    #[test]
    fn a_module_without_relocations_cannot_be_cut() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("a.wasm");
        fs::write(&file, Module::new().finish()).unwrap();
        assert!(cut(&file, temp.path()).is_err());
    }
}
