//! The part of the tour that only those who lead see: the cockpit and what is opened from there.

use crate::browser::Size;
use crate::pages::{Cockpit, Import, Plans, SignIn, Split};
use crate::tour::{Stop, show, stops};
use crate::{Browser, Endpoint, MANAGER};
use anyhow::Result;
use thirtyfour::By;

/// Goes past the screens of a manager, on an endpoint of their own.
///
/// # Errors
/// When a screen cannot be reached, and what `look` returns.
pub async fn tour(sizes: &[Size], mut look: impl AsyncFnMut(&Browser, Stop) -> Result<()>) -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let mut desk = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&desk).await?.sign_in_to_lead(MANAGER).await?;
    screens(&mut desk, sizes, &mut look).await?;
    plans(&mut desk, sizes, &mut look).await?;
    imports(&mut desk, sizes, &mut look).await
}

/// A file of actuals in which two rows are wrong.
const WRONG: &str = "日期,门店编码,商品编码,销量,销售额\n2026-11-31,x,x,1,5\n2026-11-02,,x,1,5.005\n";

/// Where a file is chosen, and one that has been read and is not right.
///
/// # Errors
/// As [`tour`].
pub async fn imports(
    desk: &mut Browser,
    sizes: &[Size],
    look: &mut impl AsyncFnMut(&Browser, Stop) -> Result<()>,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("actuals.csv");
    std::fs::write(&file, WRONG)?;
    for stop in stops("import", sizes) {
        show(desk, stop, "/import").await?;
        Import::shown(desk).await?;
        desk.settle().await?;
        look(desk, stop).await?;
    }
    for stop in stops("import-refused", sizes) {
        show(desk, stop, "/import").await?;
        let page = Import::shown(desk).await?;
        page.choose(&file).await?;
        page.says("import.refused", &[("n", "2")]).await?;
        desk.settle().await?;
        look(desk, stop).await?;
    }
    Ok(())
}

/// The screens of targets: plans, a split under edit, its versions, the drafts.
///
/// # Errors
/// As [`tour`].
pub async fn plans(
    desk: &mut Browser,
    sizes: &[Size],
    look: &mut impl AsyncFnMut(&Browser, Stop) -> Result<()>,
) -> Result<()> {
    let plan = Plans::open(desk).await?;
    plan.set_goal("7500050").await?;
    let split = plan.quantity().await?;
    let address = desk.path().await?;
    split.among("split.territories").await?;
    split.key(0, "l").await?;
    split.give(1, "3,000,000").await?;
    split.is_kept().await?;
    for stop in stops("split", sizes) {
        show(desk, stop, &address).await?;
        desk.see("the cells", By::Css(".rowsplit .cell input")).await?;
        Split::shown(desk).await?.look_evenly().await?;
        desk.settle().await?;
        look(desk, stop).await?;
    }
    for stop in stops("split-versions", sizes) {
        show(desk, stop, &address).await?;
        desk.see("the cells", By::Css(".rowsplit .cell input")).await?;
        Split::shown(desk).await?.versions().await?;
        desk.settle().await?;
        look(desk, stop).await?;
    }
    for (screen, path, mark) in [("plans", "/plans", "main.plan .rows"), ("reviews", "/reviews", "main.drafts")] {
        for stop in stops(screen, sizes) {
            show(desk, stop, path).await?;
            desk.see(screen, By::Css(mark)).await?;
            desk.settle().await?;
            look(desk, stop).await?;
        }
    }
    Ok(())
}

/// The screens of whoever leads and is signed in on this browser.
///
/// # Errors
/// As [`tour`].
pub async fn screens(
    desk: &mut Browser,
    sizes: &[Size],
    look: &mut impl AsyncFnMut(&Browser, Stop) -> Result<()>,
) -> Result<()> {
    for stop in stops("cockpit", sizes) {
        show(desk, stop, "/").await?;
        Cockpit::shown(desk).await?;
        desk.settle().await?;
        look(desk, stop).await?;
    }
    for stop in stops("visits", sizes) {
        show(desk, stop, "/visits").await?;
        desk.see("the visits", By::Css("main.visits")).await?;
        desk.settle().await?;
        look(desk, stop).await?;
    }
    Ok(())
}
