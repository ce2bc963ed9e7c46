//! The part of the tour that only those who lead see: the cockpit and what is opened from there.

use crate::browser::Size;
use crate::pages::{Cockpit, SignIn};
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
    screens(&mut desk, sizes, &mut look).await
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
