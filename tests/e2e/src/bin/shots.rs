//! Takes a picture of every screen, at two sizes, in both languages, light and dark. For comparing with the mocks, and for
//! the README. It judges nothing.
//!
//! `cargo run -p aisle-e2e --bin shots [FOLDER [lead|lock] [tall]]`; without a folder, target/shots; with `lead`, only the screens
//! of a manager, with `lock`, only those of the unlock code; with `tall`, whole pages.

use aisle_e2e::browser::Size;
use aisle_e2e::{setting, tour, tour_lead};
use anyhow::{Context, Result};
use std::path::PathBuf;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| setting::root().join("target/shots"), PathBuf::from);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut taken = 0;
    let asked = |word: &str| std::env::args().skip(2).any(|part| part == word);
    let tall = |size: Size| if asked("tall") { Size { height: 4_000, ..size } } else { size };
    let sizes = [Size::PHONE, Size::DESK].map(tall);
    let take = async |browser: &aisle_e2e::Browser, stop: tour::Stop| {
        browser.screenshot(&folder.join(format!("{stop}.png"))).await?;
        taken += 1;
        Ok(())
    };
    if asked("lead") {
        tour_lead::tour(&sizes, take).await?;
    } else if asked("lock") {
        tour::tour_lock(&sizes, take).await?;
    } else {
        tour::tour(&sizes, take).await?;
    }
    println!("{taken} pictures are in {}", folder.display());
    Ok(())
}
