//! The unlock code, a policy of the company: chosen, asked for, forgotten; work that was not sent is never touched by it.

use aisle_e2e::pages::{Lock, Shops, SignIn, Today, Visit};
use aisle_e2e::{Browser, Endpoint, REP1, plan};
use anyhow::{Context, Result};
use serde_json::json;
use thirtyfour::By;

const CODE: &str = "274916";
const WRONG: &str = "274917";

/// A phone of a company that asks for the code after five minutes in the background; the code is chosen.
async fn with_code(endpoint: &Endpoint) -> Result<Browser> {
    endpoint.policy(&["unlock-code", "--after", "5"])?;
    let phone = Browser::open(&endpoint.address()).await?;
    let form = SignIn::shown(&phone).await?;
    form.fill(REP1.login, REP1.password).await?;
    form.submit().await?;
    Lock::asks(&phone, "lock.choose").await?.tap(CODE).await?;
    Lock::asks(&phone, "lock.again").await?.tap(CODE).await?;
    Today::shown(&phone).await?;
    Lock::is_gone(&phone).await?;
    Ok(phone)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_chosen_and_opens_what_was_not_sent_without_a_signal() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    endpoint.policy(&["unlock-code", "--after", "5"])?;
    let phone = Browser::open(&endpoint.address()).await?;
    let form = SignIn::shown(&phone).await?;
    form.fill(REP1.login, REP1.password).await?;
    form.submit().await?;
    let lock = Lock::asks(&phone, "lock.choose").await?.tap("123456").await?;
    lock.says(phone.words().say("lock.weak")?).await?;
    lock.tap(CODE).await?;
    Lock::asks(&phone, "lock.again").await?.tap(WRONG).await?.says(phone.words().say("lock.differ")?).await?;
    Lock::asks(&phone, "lock.choose").await?.tap(CODE).await?;
    Lock::asks(&phone, "lock.again").await?.tap(CODE).await?;
    Today::shown(&phone).await?;
    phone.works_offline().await?;

    endpoint.kill();
    let visit = Shops::check_in_at_first(&phone).await?;
    let id = visit.id().await?;
    plan::answer_next(visit, 2, 0).await?;
    assert!(!phone.remembers(CODE).await?, "the code is nowhere in the database");
    let kept = phone.run("return JSON.stringify(Object.entries(localStorage))", vec![]).await?;
    assert!(!kept.as_str().context("text")?.contains(CODE), "nor in the preferences: {kept}");

    phone.reload().await?;
    let lock = Lock::asks(&phone, "lock.enter").await?;
    assert!(
        !phone.shows(By::Css("#main")).await?
            && phone.run("return !document.querySelector('#main')", vec![]).await? == true
    );
    // By keyboard: a digit taken back, then a wrong code, then the right one.
    lock.type_keys("93").await?.holds(2).await?.type_keys("\u{E003}").await?.holds(1).await?;
    lock.type_keys("\u{E003}").await?.holds(0).await?;
    lock.type_keys(WRONG).await?;
    lock.says(&phone.words().fill("lock.wrong", &[("n", "4")])?).await?;
    lock.holds(0).await?.type_keys(CODE).await?;
    let visit = Visit::shown(&phone).await?;
    Lock::is_gone(&phone).await?;
    assert_eq!((visit.id().await?, visit.answered().await?), (id, 2));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tries_codes_waits_and_who_forgot_it_signs_in_and_loses_nothing() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let phone = with_code(&endpoint).await?;
    phone.works_offline().await?;
    endpoint.kill();
    let visit = Shops::check_in_at_first(&phone).await?;
    let id = visit.id().await?;
    plan::answer_next(visit, 2, 0).await?;

    phone.reload().await?;
    let lock = Lock::asks(&phone, "lock.enter").await?;
    for left in 1..5 {
        lock.tap(WRONG).await?.says(&phone.words().fill("lock.wrong", &[("n", &(5 - left).to_string())])?).await?;
    }
    let wait = phone.words().start("lock.wait")?.to_owned();
    lock.tap(WRONG).await?.says(&wait).await?;
    // Not even the right one is looked at now, also after the page was loaded anew.
    phone.reload().await?;
    let lock = Lock::asks(&phone, "lock.enter").await?;
    lock.says(&wait).await?;
    lock.tap(CODE).await?.holds(0).await?.says(&wait).await?;
    assert!(Lock::is_up(&phone).await?);

    // Once the wait is over it opens, and everything counts from the start again.
    let earlier = "const meta = database.transaction('meta', 'readwrite').objectStore('meta');
                   const kept = JSON.parse(await asked(meta.get('sketch unlock code')));
                   kept.at -= 60000; await asked(meta.put(JSON.stringify(kept), 'sketch unlock code')); return kept.wrong;";
    assert_eq!(phone.in_database(earlier, json!(null)).await?, 5);
    lock.tap(CODE).await?;
    assert_eq!(Visit::shown(&phone).await?.answered().await?, 2);
    phone.reload().await?;
    let lock = Lock::asks(&phone, "lock.enter").await?;
    lock.tap(WRONG).await?.says(&phone.words().fill("lock.wrong", &[("n", "4")])?).await?;

    // Forgotten: the password, which needs a signal; the work that waits is sent and another code is chosen.
    let lock = lock.forgot().await?.sign_in(REP1).await?;
    lock.says(phone.words().say("sign_in.unreachable")?).await?;
    endpoint.start_again().await?;
    lock.sign_in(REP1).await?;
    Lock::asks(&phone, "lock.choose").await?.tap(WRONG).await?;
    Lock::asks(&phone, "lock.again").await?.tap(WRONG).await?;
    let visit = Visit::shown(&phone).await?;
    assert_eq!((visit.id().await?, visit.answered().await?), (id, 2));
    visit.chip_says("chip.settled").await?;
    assert_eq!(endpoint.records().await?.answers().await?.len(), 2);
    phone.reload().await?;
    let lock = Lock::asks(&phone, "lock.enter").await?;
    lock.tap(CODE).await?.says(&phone.words().fill("lock.wrong", &[("n", "4")])?).await?;
    lock.tap(WRONG).await?;
    Visit::shown(&phone).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tab_locks_after_a_time_in_the_background_and_keeps_what_was_being_typed() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let phone = with_code(&endpoint).await?;
    let first = phone.tab().await?;
    Shops::open(&phone).await?.search("market").await?;
    let second = phone.open_tab("/more").await?;
    // A tab that is opened asks for the code and disturbs no other.
    Lock::asks(&phone, "lock.enter").await?.tap(CODE).await?;
    Lock::is_gone(&phone).await?;
    phone.look_at(&first).await?;
    assert!(!Lock::is_up(&phone).await?);

    // As if no tab had been in front for five minutes.
    let away = "localStorage.setItem('aisle.seen', Date.now() - 5 * 60000);
                document.dispatchEvent(new Event('visibilitychange'));";
    phone.run(away, vec![]).await?;
    let lock = Lock::asks(&phone, "lock.enter").await?;
    assert!(!phone.shows(By::Css(".find input")).await?, "what lies behind cannot be seen");
    phone.look_at(&second).await?;
    phone.run("document.dispatchEvent(new Event('visibilitychange'));", vec![]).await?;
    Lock::asks(&phone, "lock.enter").await?;

    // Esc does not open it.
    phone.look_at(&first).await?;
    for _ in 0..3 {
        lock.type_keys("\u{E00C}").await?;
    }
    Lock::asks(&phone, "lock.enter").await?;
    assert!(!phone.shows(By::Css(".find input")).await?);
    lock.tap(CODE).await?;
    Lock::is_gone(&phone).await?;
    let field = phone.see("the search", By::Css(".find input")).await?;
    assert_eq!(field.prop("value").await?.as_deref(), Some("market"));

    // The company takes the policy back: with the next sync nothing is asked for any more. The first tab synced for both;
    // as it is loaded anew, the second takes over, hears of it and tells the first.
    endpoint.policy(&["unlock-code", "--off"])?;
    phone.look_at(&second).await?;
    assert!(Lock::is_up(&phone).await?);
    phone.look_at(&first).await?;
    phone.reload().await?;
    phone.look_at(&second).await?;
    Lock::is_gone(&phone).await?;
    phone.see("the settings", By::Css("#main .seg")).await?;
    phone.look_at(&first).await?;
    phone.see("the shops", By::Css(".find input")).await?;
    assert!(!Lock::is_up(&phone).await?);
    Ok(())
}
