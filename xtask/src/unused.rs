//! Classes that crates offer to JavaScript and that nobody here uses: wasm-bindgen exports all of them, and what is
//! exported is kept with all it calls. (wasm-streams, which Leptos brings along, has three.)

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportSection, Module, RawSection};
use wasmparser::{ExportSectionReader, Parser, Payload};

/// Takes the classes that the glue only offers out of it, and their functions out of the module's exports. wasm-opt then
/// finds that nothing calls them.
///
/// # Errors
/// It is no module.
pub(crate) fn remove(wasm: &[u8], glue: &str) -> Result<(Vec<u8>, String)> {
    let (glue, removed) = without_classes(glue);
    let gone: Vec<&str> = functions(&removed).filter(|name| !functions(&glue).any(|used| used == *name)).collect();
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.context("not a wasm module")?;
        if let Payload::ExportSection(exports) = payload {
            module.section(&without(exports, &gone)?);
        } else if let Some((id, range)) = payload.as_section() {
            let (start, end) = (usize::try_from(range.start)?, usize::try_from(range.end)?);
            module.section(&RawSection { id, data: wasm.get(start..end).context("a section outside its module")? });
        }
    }
    Ok((module.finish(), glue))
}

/// The glue without the classes that no other line of it names, and what was taken out.
fn without_classes(glue: &str) -> (String, String) {
    let (mut kept, mut removed) = (glue.to_owned(), String::new());
    for name in glue.lines().filter_map(|line| line.strip_prefix("export class ")?.strip_suffix(" {")) {
        let (rest, class) = without_class(&kept, name);
        if !rest.contains(name) {
            kept = rest;
            removed += &class;
        }
    }
    (kept, removed)
}

/// The glue without what belongs to a class: its block, and statements that begin with its name.
fn without_class(glue: &str, name: &str) -> (String, String) {
    let starts = [
        format!("export class {name} {{"),
        format!("if (Symbol.dispose) {name}."),
        format!("const {name}Finalization = "),
    ];
    let (mut rest, mut class) = (String::new(), String::new());
    let mut inside = false;
    for line in glue.split_inclusive('\n') {
        inside |= starts.iter().any(|start| line.starts_with(start));
        (if inside { &mut class } else { &mut rest }).push_str(line);
        // Blocks and statements end where nothing is indented any more.
        inside &= !(line.starts_with('}') || line.trim_end().ends_with(';') && !line.starts_with("        "));
    }
    (rest, class)
}

/// Names of the module's functions in a piece of glue.
fn functions(glue: &str) -> impl Iterator<Item = &str> {
    glue.split("wasm.").skip(1).filter_map(|rest| rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next())
}

fn without(exports: ExportSectionReader<'_>, gone: &[&str]) -> Result<ExportSection> {
    let mut section = ExportSection::new();
    for export in exports {
        let export = export.context("not a list of exports")?;
        if !gone.contains(&export.name) {
            let kind = RoundtripReencoder.export_kind(export.kind).context("an export of an unknown kind")?;
            section.export(export.name, kind, export.index);
        }
    }
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{CodeSection, ExportKind, Function, FunctionSection, TypeSection};

    const GLUE: &str = "import1;\n\
        export class Idle {\n    free() {\n        const ptr = this.ptr;\n        wasm.idle_free(ptr);\n    }\n    \
        go() {\n        wasm.go();\n    }\n}\n\
        if (Symbol.dispose) Idle.prototype[Symbol.dispose] = Idle.prototype.free;\n\
        export class Made {\n    free() {\n        wasm.made_free();\n    }\n}\n\
        const IdleFinalization = (typeof FinalizationRegistry === 'undefined')\n    ? { register: () => {} }\n    \
        : new FinalizationRegistry(ptr => wasm.idle_free(ptr));\n\
        function make() {\n    wasm.go();\n    return Made.__wrap(1);\n}\n";

    fn module(exports: &[&str]) -> Vec<u8> {
        let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
        types.ty().function([], []);
        functions.function(0);
        let mut body = Function::new([]);
        body.instructions().end();
        code.function(&body);
        let mut section = ExportSection::new();
        for name in exports {
            section.export(name, ExportKind::Func, 0);
        }
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&section).section(&code);
        module.finish()
    }

    #[test]
    fn what_nobody_makes_is_taken_out_and_nothing_else() {
        let (wasm, glue) = remove(&module(&["idle_free", "go", "made_free"]), GLUE).unwrap();
        assert_eq!(wasm, module(&["go", "made_free"]));
        assert_eq!(
            glue,
            "import1;\nexport class Made {\n    free() {\n        wasm.made_free();\n    }\n}\n\
             function make() {\n    wasm.go();\n    return Made.__wrap(1);\n}\n"
        );
        assert!(remove(b"no wasm", GLUE).is_err());
    }
}
