//! Short names between the app and its glue. wasm-bindgen tells functions apart by digests, which no compression makes
//! smaller and which stand in both files.

use anyhow::{Context, Result, bail};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportSection, ImportSection, Module, RawSection};
use wasmparser::{ExportSectionReader, ImportSectionReader, Parser, Payload};

/// The module that stands for the glue.
const GLUE: &str = "./aisle_bg.js";

/// Gives every import from the glue, and every closure that the glue calls, a short name, in the module and in the glue.
///
/// # Errors
/// An import does not stand in the glue exactly once, as a property.
pub(crate) fn shorten(wasm: &[u8], glue: &str) -> Result<(Vec<u8>, String)> {
    let mut module = Module::new();
    let mut glue = glue.to_owned();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.context("not a wasm module")?;
        if let Payload::ImportSection(imports) = payload {
            module.section(&short_imports(imports, &mut glue)?);
        } else if let Payload::ExportSection(exports) = payload {
            module.section(&short_exports(exports, &mut glue)?);
        } else if let Some((id, range)) = payload.as_section() {
            let (start, end) = (usize::try_from(range.start)?, usize::try_from(range.end)?);
            module.section(&RawSection { id, data: wasm.get(start..end).context("a section outside its module")? });
        }
    }
    Ok((module.finish(), glue))
}

fn short_imports(imports: ImportSectionReader<'_>, glue: &mut String) -> Result<ImportSection> {
    let mut section = ImportSection::new();
    for (at, import) in imports.into_imports().enumerate() {
        let import = import.context("not a list of imports")?;
        let kind = RoundtripReencoder.entity_type(import.ty).context("an import of an unknown kind")?;
        if import.module == GLUE {
            let short = format!("i{at}");
            rename(glue, import.name, &short)?;
            section.import(import.module, &short, kind);
        } else {
            section.import(import.module, import.name, kind);
        }
    }
    Ok(section)
}

/// Closures are exported under names that rustc made.
fn short_exports(exports: ExportSectionReader<'_>, glue: &mut String) -> Result<ExportSection> {
    let mut section = ExportSection::new();
    for (at, export) in exports.into_iter().enumerate() {
        let export = export.context("not a list of exports")?;
        let kind = RoundtripReencoder.export_kind(export.kind).context("an export of an unknown kind")?;
        let short = format!("closure{at}");
        if export.name.starts_with("_ZN") && !glue.contains(&short) {
            *glue = with_word(glue, export.name, &short);
            section.export(&short, kind, export.index);
        } else {
            section.export(export.name, kind, export.index);
        }
    }
    Ok(section)
}

/// Puts another word wherever this one stands. Names that begin or end with it are other names.
fn with_word(text: &str, word: &str, other: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let (mut done, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(word) {
        let (before, found) = rest.split_at(at);
        let after = found.strip_prefix(word).unwrap_or_default();
        done += before;
        let is_word = !done.ends_with(is_part) && !after.starts_with(is_part);
        done += if is_word { other } else { word };
        rest = after;
    }
    done + rest
}

fn rename(glue: &mut String, name: &str, short: &str) -> Result<()> {
    let property = format!(" {name}: ");
    if glue.matches(&property).count() != 1 {
        bail!("the glue does not define {name} in the way that xtask knows: wasm-bindgen has changed");
    }
    *glue = glue.replacen(&property, &format!(" {short}: "), 1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{EntityType, TypeSection};

    fn module(imports: &[(&str, &str)]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut section = ImportSection::new();
        for (module, name) in imports {
            section.import(module, name, EntityType::Function(0));
        }
        let mut module = Module::new();
        module.section(&types).section(&section);
        module.finish()
    }

    #[test]
    fn both_sides_get_the_same_short_names() {
        let wasm = module(&[(GLUE, "__wbg_a_0011"), ("./wasm_split.js", "load"), (GLUE, "__wbg_b_2233")]);
        let glue = "{ __wbg_b_2233: function() {}, __wbg_a_0011: () => 1 }";
        let (wasm, glue) = shorten(&wasm, glue).unwrap();
        assert_eq!(wasm, module(&[(GLUE, "i0"), ("./wasm_split.js", "load"), (GLUE, "i2")]));
        assert_eq!(glue, "{ i2: function() {}, i0: () => 1 }");
    }

    #[test]
    fn closures_get_short_names() {
        let module = |names: [&str; 3]| {
            let mut section = ExportSection::new();
            for name in names {
                section.export(name, wasm_encoder::ExportKind::Func, 0);
            }
            let mut module = Module::new();
            module.section(&section);
            module.finish()
        };
        let glue = "function _ZN6invoke17h01E(a) { wasm._ZN6invoke17h01E(a); } wasm._ZN6invoke17h01E_19(wasm.memory)";
        let exports = ["memory", "_ZN6invoke17h01E", "_ZN6invoke17h01E_19"];
        let (wasm, glue) = shorten(&module(exports), glue).unwrap();
        assert_eq!(wasm, module(["memory", "closure1", "closure2"]));
        assert_eq!(glue, "function closure1(a) { wasm.closure1(a); } wasm.closure2(wasm.memory)");
    }

    #[test]
    fn only_whole_words_are_others() {
        assert_eq!(with_word("a aa a_a $a a.a(a)", "a", "b"), "b aa a_a $a b.b(b)");
    }

    #[test]
    fn an_import_that_the_glue_does_not_define_is_an_error() {
        let wasm = module(&[(GLUE, "__wbg_a_0011")]);
        assert!(shorten(&wasm, "{}").is_err());
        assert!(shorten(&wasm, "{ __wbg_a_0011: 1, __wbg_a_0011: 2 }").is_err());
        assert!(shorten(b"no wasm", "").is_err());
    }
}
