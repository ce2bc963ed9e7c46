//! The standard library compiled for size with what is shipped, and panics that only stop: docs/adr/0005.
//!
//! Cargo and rustc call this unstable, which is why it needs leave (`RUSTC_BOOTSTRAP`), and why a build on the library that
//! comes with the compiler stays possible.

use std::process::Command;

use crate::{process, setup};

const ARGS: &[&str] = &["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];
const RUSTFLAGS: &[&str] = &["-Zunstable-options", "-Cpanic=immediate-abort"];
/// What asks for leave.
const LEAVE: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// Whether it can be done here. Only looks.
pub(crate) fn is_possible() -> bool {
    has_source() && takes(RUSTFLAGS)
}

/// Tells cargo to do it, and returns what rustc has to be told besides: nothing where it cannot be done. Adds the library's
/// source if it can.
pub(crate) fn asked_of(cargo: &mut Command) -> &'static [&'static str] {
    add_source();
    if !is_possible() {
        println!("The standard library cannot be compiled along here: what is built becomes larger (docs/adr/0005).");
        return &[];
    }
    cargo.args(ARGS).env(LEAVE.0, LEAVE.1);
    RUSTFLAGS
}

fn has_source() -> bool {
    setup::sysroot().is_ok_and(|sysroot| sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").is_file())
}

fn add_source() {
    if has_source() || process::find(&["rustup"]).is_none() {
        return;
    }
    println!("The standard library's source is not here: adding it through rustup.");
    // A failure is no failure: the app becomes larger.
    let _ = process::run(Command::new("rustup").args(["component", "add", "rust-src"]));
}

/// Whether the compiler knows these switches. One that is older or newer than they are does not.
fn takes(switches: &[&str]) -> bool {
    let mut rustc = setup::rustc();
    rustc.args(["--print", "cfg", "--target", setup::WASM]).args(switches).env(LEAVE.0, LEAVE.1);
    process::output(&mut rustc).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_is_asked_what_it_knows() {
        assert!(takes(&["-Zunstable-options"]));
        assert!(!takes(&["-Zunstable-options", "-Cpanic=sing"]));
    }
}
