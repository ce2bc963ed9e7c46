//! A tour past every screen, in every language and theme asked for: for what has to hold everywhere.

use crate::browser::{Size, Theme};
use crate::find::{button, saying};
use crate::pages::{Lock, ShopPage, Shops, SignIn, Visit};
use crate::{Browser, Endpoint, Lang, REP1, SUPERVISOR_WEST, place_of, plan, tour_lead};
use anyhow::{Context, Result};
use std::fmt;
use thirtyfour::By;

/// A screen as it is shown on the tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Its name, fit for a file.
    pub screen: &'static str,
    /// Language.
    pub lang: Lang,
    /// Theme.
    pub theme: Theme,
    /// Size of the window.
    pub size: Size,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.{}", self.screen, self.lang.tag(), self.theme.word(), self.size.width)
    }
}

/// Goes past every screen. `look` is called at each stop, when the screen is complete.
///
/// # Errors
/// When a screen cannot be reached, and what `look` returns.
pub async fn tour(sizes: &[Size], mut look: impl AsyncFnMut(&Browser, Stop) -> Result<()>) -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let home = endpoint.address();
    let shops = endpoint.records().await?.shops_of(REP1.login).await?;
    let [first, second, ..] = shops.as_slice() else { anyhow::bail!("the rep has no shops") };

    let mut phone = Browser::open(&home).await?;
    SignIn::shown(&phone).await?;
    for stop in stops("sign-in", sizes) {
        show(&mut phone, stop, "/").await?;
        phone.see("the form", button(phone.words().say("sign_in.go")?)).await?;
        phone.settle().await?;
        look(&phone, stop).await?;
    }
    SignIn::shown(&phone).await?.sign_in(REP1).await?;

    // Far from every shop: checking in asks for a reason.
    phone.carry_to(crate::browser::Place { latitude: 41.6, longitude: -93.6, accuracy: 25.0 }).await?;
    let shop = format!("/shops/{}", first.0);
    for stop in stops("check-in", sizes) {
        show(&mut phone, stop, &shop).await?;
        ShopPage::shown(&phone, &first.0).await?.ask_to_check_in().await?;
        phone.settle().await?;
        look(&phone, stop).await?;
    }
    phone.go("/").await?;

    phone.carry_to(place_of(&first.1)?).await?;
    let visit = check_in_at(&phone, &first.0).await?;
    let finished = visit.id().await?;
    plan::answer_all(visit, 0).await?;
    visit.go_to_summary().await?;
    visit.check_out().await?;
    phone.carry_to(place_of(&second.1)?).await?;
    // A page takes a fix up to half a minute old for good.
    phone.go("/").await?;
    let visit = check_in_at(&phone, &second.0).await?;
    let open = visit.id().await?;
    plan::answer_next(visit, 6, 0).await?;

    let (open, summary) = (format!("/visits/{open}"), format!("/visits/{finished}/summary"));
    let open_summary = format!("{open}/summary");
    let (of_shop, entering) = (format!("/targets/shop={}", first.0), format!("/actuals/{}", first.0));
    let screens: [(&str, &str, &str); 13] = [
        ("today", "/", "main.today .stop, main.today .empty"),
        ("shops", "/shops", "#main .rows a"),
        ("shop", &shop, "#main .rows a"),
        ("visit", &open, "#main .q--now"),
        ("summary", &summary, ".sum__score"),
        ("summary-open", &open_summary, ".sum__score"),
        ("targets", "/targets", "main.targets a.row--prog"),
        ("targets-shop", &of_shop, "#records .rows li"),
        ("deviations", "/deviations", "main.targets .shelf"),
        ("actuals", &entering, "#entry input[name=amount]"),
        ("drafts", "/drafts", "#main button.row"),
        ("sync", "/sync", "#main .rows .state"),
        ("more", "/more", "#main .seg"),
    ];
    for (screen, path, mark) in screens {
        for stop in stops(screen, sizes) {
            show(&mut phone, stop, path).await?;
            if path == "/" {
                Visit::shown(&phone).await.context("a start leads to the open visit")?;
                phone.tap("pause", By::Css("a.bar__back[href^='/shops/']")).await?;
                phone.tap("back to the list", By::Css("a.bar__back[href='/shops']")).await?;
                phone.tap("the tab of today", By::Css("nav a[href='/']")).await?;
            }
            phone.see(screen, By::Css(mark)).await?;
            phone.settle().await?;
            look(&phone, stop).await?;
        }
    }
    for stop in stops("visit-cannot", sizes) {
        show(&mut phone, stop, &open).await?;
        Visit::shown(&phone).await?.ask_why_not().await?;
        phone.settle().await?;
        look(&phone, stop).await?;
    }
    for stop in stops("targets-why", sizes) {
        show(&mut phone, stop, "/targets").await?;
        phone.tap("a small figure", By::Css("main.targets .kpi--ask")).await?;
        phone.see("its why", By::Css("dialog[open] .facts")).await?;
        phone.settle().await?;
        look(&phone, stop).await?;
    }
    for stop in stops("missing", sizes) {
        show(&mut phone, stop, "/nowhere").await?;
        phone.see("no such page", saying(phone.words().say("halted.no_page")?)).await?;
        phone.settle().await?;
        look(&phone, stop).await?;
    }

    unlocking(&endpoint, &mut phone, sizes, &mut look).await?;

    let mut leader = Browser::open(&home).await?;
    let cockpit = SignIn::shown(&leader).await?.sign_in_to_lead(SUPERVISOR_WEST).await?;
    cockpit.visits().await?.line_with("Hannah Lindqvist").await?;
    tour_lead::screens(&mut leader, sizes, &mut look).await?;

    // Signed in, nothing downloaded yet, and the signal is gone.
    endpoint.kill();
    let forget = "const done = arguments[0]; indexedDB.databases().then((all) => Promise.all(all.map((d) => \
        new Promise((ok) => { const r = indexedDB.deleteDatabase(d.name); r.onsuccess = r.onerror = ok; })))).then(done);";
    leader.go("/manifest.webmanifest").await?;
    leader.run_async(forget, vec![]).await?;
    for stop in stops("download", sizes) {
        show(&mut leader, stop, "/").await?;
        leader.see("“no signal”", saying(leader.words().say("download.waiting")?)).await?;
        leader.settle().await?;
        look(&leader, stop).await?;
    }
    Ok(())
}

/// Goes past the screens of the unlock code only.
///
/// # Errors
/// As [`tour`].
pub async fn tour_lock(sizes: &[Size], mut look: impl AsyncFnMut(&Browser, Stop) -> Result<()>) -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let mut phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    unlocking(&endpoint, &mut phone, sizes, &mut look).await
}

/// The unlock code of a company that asks for it: chosen, given, wrong, forgotten.
async fn unlocking(
    endpoint: &Endpoint,
    phone: &mut Browser,
    sizes: &[Size],
    look: &mut impl AsyncFnMut(&Browser, Stop) -> Result<()>,
) -> Result<()> {
    endpoint.policy(&["unlock-code", "--after", "5"])?;
    for stop in stops("lock-choose", sizes) {
        show(phone, stop, "/more").await?;
        Lock::asks(phone, "lock.choose").await?;
        phone.settle().await?;
        look(phone, stop).await?;
    }
    Lock::asks(phone, "lock.choose").await?.tap("274916").await?;
    Lock::asks(phone, "lock.again").await?.tap("274916").await?;
    Lock::is_gone(phone).await?;
    for stop in stops("lock", sizes) {
        show(phone, stop, "/more").await?;
        Lock::asks(phone, "lock.enter").await?.tap("2749").await?.holds(4).await?;
        phone.settle().await?;
        look(phone, stop).await?;
    }
    // Eight wrong ones: the first four say how many are left, the others that one has to wait.
    for stop in stops("lock-wrong", sizes) {
        show(phone, stop, "/more").await?;
        Lock::asks(phone, "lock.enter").await?.tap("274917").await?.holds(0).await?;
        phone.see("what was wrong", By::Css("dialog.lock .field__err:not(:empty)")).await?;
        phone.settle().await?;
        look(phone, stop).await?;
    }
    for stop in stops("lock-forgotten", sizes) {
        show(phone, stop, "/more").await?;
        Lock::asks(phone, "lock.enter").await?.forgot().await?;
        phone.settle().await?;
        look(phone, stop).await?;
    }
    endpoint.policy(&["unlock-code", "--off"])
}

/// Opens a shop of the list and checks in there.
async fn check_in_at<'a>(phone: &'a Browser, code: &str) -> Result<Visit<'a>> {
    let shop = Shops::open(phone).await?.choose(code).await?;
    shop.is_here().await?;
    shop.check_in().await
}

pub(crate) fn stops(screen: &'static str, sizes: &[Size]) -> Vec<Stop> {
    let with = |size: Size, lang: Lang| Theme::ALL.map(|theme| Stop { screen, lang, theme, size });
    sizes.iter().flat_map(|size| Lang::ALL.map(|lang| with(*size, lang))).flatten().collect()
}

pub(crate) async fn show(browser: &mut Browser, stop: Stop, path: &str) -> Result<()> {
    browser.resize(stop.size).await?;
    browser.prefer(stop.lang, stop.theme).await?;
    browser.go(path).await
}
