//! Takes a picture of every screen, at two sizes, in both languages, light and dark. For comparing with the mocks, and for
//! the README. It judges nothing.
//!
//! `cargo run -p aisle-e2e --bin shots [FOLDER]`; without a folder, target/shots.

use aisle_e2e::browser::Size;
use aisle_e2e::{setting, tour};
use anyhow::{Context, Result};
use std::path::PathBuf;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| setting::root().join("target/shots"), PathBuf::from);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut taken = 0;
    tour::tour(&[Size::PHONE, Size::DESK], async |browser, stop| {
        browser.screenshot(&folder.join(format!("{stop}.png"))).await?;
        taken += 1;
        Ok(())
    })
    .await?;
    println!("{taken} pictures are in {}", folder.display());
    Ok(())
}
