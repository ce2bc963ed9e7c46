//! What a phone does to the app: a full disk, several tabs, another person, a browser that keeps nothing, a database that
//! is damaged, deleted or newer. In each case: what is said, what goes on, and that nothing is called saved that is not.

use aisle_e2e::find::{button, saying};
use aisle_e2e::pages::{Given, More, Shops, SignIn, SyncCentre, Visit};
use aisle_e2e::{Browser, Endpoint, REP1, REP4, eventually, plan};
use anyhow::{Context, Result};
use serde_json::json;
use std::collections::BTreeSet;
use thirtyfour::By;

async fn signed_in(endpoint: &Endpoint) -> Result<Browser> {
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    Ok(phone)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_phone_refuses_photos_first_says_what_can_go_and_loses_nothing() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    phone.fill_up().await?;
    phone.reload().await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    let visit = Shops::check_in_at_first(&phone).await?;
    visit.open_section(3).await?;
    visit.answer("q-photo", &Given::Photo).await?;
    visit.chip_says("chip.settled").await?;
    assert_eq!(phone.pictures_kept().await?, 1);

    // Little room: no more pictures, but text goes on.
    phone.leave_room(Some(20_000)).await?;
    let picture = phone.large_picture()?.to_string_lossy().into_owned();
    phone.find_hidden(By::Css("#q-photo input[type=file]")).await?.send_keys(picture).await?;
    phone.see("“full”", saying(phone.words().say("visit.full")?)).await?;
    plan::answer_next(visit, 3, 0).await?;
    assert_eq!(visit.answered().await?, 4);

    // None at all: what is given is not called saved, and what was saved is there.
    phone.leave_room(Some(10)).await?;
    let next = visit.current().await?.context("questions are open")?;
    let yes = format!("//*[@id='{next}']//label[contains(@class,'ans__o')]");
    let number = By::Css(format!("#{} .stepr button:last-of-type", next.replace(':', "\\:")));
    let by = if phone.shows(By::XPath(yes.clone())).await? { By::XPath(yes) } else { number };
    phone.tap("an answer", by).await?;
    phone.see("“full”", saying(phone.words().say("visit.full")?)).await?;
    let saved = phone.words().start("visit.saved")?.to_owned();
    assert!(!phone.text().await?.contains(&saved), "not called saved");
    assert_eq!(visit.answered().await?, 4);

    // What can go is named, with its size; it goes, and the picture that was sent is at the endpoint.
    phone.leave_room(None).await?;
    phone.press(phone.words().start("device.free")?).await?;
    eventually("the picture to go", async || Ok((phone.pictures_kept().await? == 0).then_some(()))).await?;
    plan::answer_next(visit, 2, 3).await?;
    assert_eq!(visit.answered().await?, 6);
    visit.chip_says("chip.settled").await?;
    let records = endpoint.records().await?;
    // A question that was answered again after a refusal may have two answers; the latest counts.
    let answered: BTreeSet<_> = records.answers().await?.into_iter().map(|(_, answer)| answer.question).collect();
    assert_eq!((answered.len(), records.photos().await?.len()), (6, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_tabs_write_one_syncs_and_all_see() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let phone = signed_in(&endpoint).await?;
    let visit = Shops::check_in_at_first(&phone).await?;
    let path = format!("/visits/{}", visit.id().await?);
    let mut tabs = vec![phone.tab().await?];
    for _ in 0..2 {
        tabs.push(phone.open_tab(&path).await?);
        Visit::shown(&phone).await?;
    }
    let script =
        "navigator.locks.query().then((l) => arguments[arguments.length - 1]([l.held.length, l.pending.length]))";
    assert_eq!(phone.run_async(script, vec![]).await?, json!([1, 2]), "one leads, two wait for their turn");
    for round in 0..2 {
        for (number, tab) in tabs.iter().enumerate() {
            phone.look_at(tab).await?;
            let given = round * 3 + number;
            let visit = Visit::shown(&phone).await?;
            eventually("what the other tabs wrote", async || {
                Ok((visit.answered().await? == u32::try_from(given)?).then_some(()))
            })
            .await?;
            plan::answer_next(visit, 1, given).await?;
        }
    }
    Visit::shown(&phone).await?.chip_says("chip.settled").await?;
    let records = endpoint.records().await?;
    let taken = records.mutations().await?;
    assert_eq!((records.answers().await?.len(), taken.rows, taken.ids, taken.refused), (6, 7, 7, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_person_on_the_same_phone_finds_the_first_ones_work_untouched() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let phone = signed_in(&endpoint).await?;
    endpoint.kill();
    let visit = Shops::check_in_at_first(&phone).await?;
    let id = visit.id().await?;
    plan::answer_next(visit, 2, 0).await?;
    phone.go("/more").await?;
    let more = More::shown(&phone).await?;
    more.sign_out().await?;
    more.is_told("more.unsent").await?;
    phone.press(phone.words().say("device.leave")?).await?;

    // Somebody else signs in; a tab of the first person is still open beside it.
    endpoint.start_again().await?;
    SignIn::shown(&phone).await?;
    let said = phone.words().fill("device.waits", &[("name", "Hannah Lindqvist"), ("n", "3")])?;
    phone.see("whose work waits here", saying(&said)).await?;
    phone.go("/").await?;
    SignIn::shown(&phone).await?.sign_in(REP4).await?;
    assert!(phone.remembers(&id).await?, "it is still on the phone");
    SyncCentre::open(&phone).await?.chip_says("chip.settled").await?;
    let records = endpoint.records().await?;
    assert_eq!(records.visits().await?.len(), 0, "and was not sent as somebody else's");
    More::open_by_address(&phone).await?.sign_out().await?;

    phone.go("/").await?;
    SignIn::shown(&phone).await?.fill(REP1.login, REP1.password).await?;
    SignIn::shown(&phone).await?.submit().await?;
    let visit = Visit::shown(&phone).await?;
    assert_eq!((visit.id().await?, visit.answered().await?), (id.clone(), 2));
    visit.chip_says("chip.settled").await?;
    let [(stored, visit)] = &records.visits().await?[..] else { anyhow::bail!("one visit") };
    assert_eq!((stored.as_str(), visit.person.as_str()), (id.as_str(), REP1.login));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_of_one_person_sends_nothing_once_another_has_signed_in_beside_it() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let phone = signed_in(&endpoint).await?;
    // Another tab signs in as somebody else: the browser has one session for all tabs.
    let other = "fetch('/v1/session', { method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ login: arguments[0], password: arguments[1] }) })
        .then((r) => arguments[2](r.status))";
    assert_eq!(phone.run_async(other, vec![json!(REP4.login), json!(REP4.password)]).await?, 200);
    let visit = Shops::check_in_at_first(&phone).await?;
    plan::answer_next(visit, 2, 0).await?;
    visit.chip_says("chip.needs_you").await?;
    assert_eq!(endpoint.records().await?.mutations().await?.rows, 0, "nothing is taken as somebody else's");
    let sync = SyncCentre::open(&phone).await?;
    eventually("the form", async || Ok(sync.asks_to_sign_in_again().await?.then_some(()))).await?;
    sync.sign_in_again(REP1).await?;
    sync.chip_says("chip.settled").await?;
    assert_eq!(endpoint.records().await?.answers().await?.len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_keeps_nothing_is_said_before_anybody_signs_in() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    let title = saying(phone.words().say("halted.private_title")?);
    SignIn::shown(&phone).await?;
    assert!(!phone.shows(title.clone()).await?);
    let phone = Browser::open_keeping_nothing(&endpoint.address()).await?;
    SignIn::shown(&phone).await?;
    phone.see("“keeps nothing”", title).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_exported_and_set_aside_by_choice_and_unsent_work_goes_on() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let phone = signed_in(&endpoint).await?;
    phone.works_offline().await?;
    endpoint.kill();
    let visit = Shops::check_in_at_first(&phone).await?;
    let id = visit.id().await?;
    plan::answer_next(visit, 3, 0).await?;
    // Copies lie many to a value, a line for each: one line is damaged.
    let spoil = r"const pages = database.transaction('pages', 'readwrite').objectStore('pages');
                  for (const page of await asked(pages.getAllKeys())) {
                      const text = new TextDecoder().decode(await asked(pages.get(page)));
                      const [line, key] = text.match(/^(shop\/[^\t]+)\t.+$/m) ?? [];
                      if (line) {
                          const spoilt = text.replace(line, `${key}\t{half of`);
                          await asked(pages.put(new TextEncoder().encode(spoilt), page));
                          return [key, page];
                      }
                  }";
    let spoilt = phone.in_database(spoil, json!(null)).await?;
    let key = spoilt[0].as_str().context("a key")?;
    let page = spoilt[1].as_str().context("a page")?;

    phone.go("/").await?;
    phone.see("what happened", saying(phone.words().say("halted.broken_title")?)).await?;
    assert!(phone.text().await?.contains(key), "it names what is damaged");
    phone.press(phone.words().say("device.export_all")?).await?;
    phone.see("the export", saying(phone.words().say("device.exported")?)).await?;
    phone.reload().await?;
    phone.see("nothing was recreated", saying(phone.words().say("halted.broken_title")?)).await?;

    phone.press(phone.words().say("device.set_aside")?).await?;
    let visit = Visit::shown(&phone).await?;
    assert_eq!((visit.id().await?, visit.answered().await?), (id, 3), "unsent work is there");
    endpoint.start_again().await?;
    SyncCentre::open(&phone).await?.send_now().await?;
    let aside = "return await asked(database.transaction('meta').objectStore('meta').get('aside/records/' + arg));";
    let kept = phone.in_database(aside, json!(format!("{key}#{page}"))).await?;
    assert_eq!(kept, "{half of", "the damaged part is kept");
    eventually("the record to come back", async || {
        let read = r"const pages = database.transaction('pages').objectStore('pages');
                     const lines = (await asked(pages.getAll())).flatMap((page) => new TextDecoder().decode(page).split('\n'));
                     return lines.findLast((line) => line.startsWith(`${arg}\t`))?.slice(arg.length + 1) ?? '';";
        Ok(phone.in_database(read, json!(key)).await?.as_str().filter(|text| text.starts_with("{\"")).map(drop))
    })
    .await?;
    SyncCentre::open(&phone).await?.chip_says("chip.settled").await?;
    assert_eq!(endpoint.records().await?.answers().await?.len(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_deleted_under_the_open_page_is_said_and_nothing_is_called_saved() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let phone = signed_in(&endpoint).await?;
    endpoint.kill();
    let visit = Shops::check_in_at_first(&phone).await?;
    plan::answer_next(visit, 2, 0).await?;
    // As the person, or the browser, does in its settings.
    let delete = "indexedDB.databases().then((all) => Promise.all(all.filter((d) => d.name.startsWith('aisle.'))
        .map((d) => new Promise((ok, no) => {
            const r = indexedDB.deleteDatabase(d.name); r.onsuccess = ok; r.onerror = r.onblocked = no;
        })))).then(() => arguments[0]('deleted'), () => arguments[0]('held up'))";
    assert_eq!(phone.run_async(delete, vec![]).await?, "deleted", "nobody stands in the way");
    phone.see("what happened", saying(phone.words().say("halted.broken_title")?)).await?;
    let unsent = phone.words().say("device.export_unsent")?;
    phone.see("what is still in memory can be exported", button(unsent)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_release_in_another_tab_is_not_held_up_and_this_one_says_reload() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let phone = signed_in(&endpoint).await?;
    let visit = Shops::check_in_at_first(&phone).await?;
    plan::answer_next(visit, 2, 0).await?;
    visit.chip_says("chip.settled").await?;
    let old = phone.tab().await?;
    // Tomorrow's release opens the database under its own version, on a page that is not today's app.
    phone.open_tab("/icons/favicon.svg").await?;
    let upgrade = "const done = arguments[0]; indexedDB.databases().then((all) => {
        const named = all.find((d) => d.name.startsWith('aisle.'));
        const request = indexedDB.open(named.name, named.version + 1);
        request.onupgradeneeded = () => request.result.createObjectStore('tomorrow');
        request.onblocked = () => done('held up');
        request.onsuccess = () => { globalThis.open = request.result; done('open'); };
    })";
    assert_eq!(phone.run_async(upgrade, vec![]).await?, "open");
    phone.look_at(&old).await?;
    phone.see("reload", saying(phone.words().say("halted.reload_title")?)).await?;
    // Loaded anew it is still today's release, and says so again instead of hanging.
    phone.reload().await?;
    phone.see("reload", saying(phone.words().say("halted.reload_title")?)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_of_unsent_work_and_a_refused_promise_are_shown() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let phone = signed_in(&endpoint).await?;
    endpoint.kill();
    let visit = Shops::check_in_at_first(&phone).await?;
    plan::answer_next(visit, 1, 0).await?;
    SyncCentre::open(&phone).await?;
    phone.see("since when it waits", saying(phone.words().say("device.oldest")?)).await?;
    // A fresh profile: the browser has promised nothing yet.
    phone.see("what the browser promised", saying(phone.words().say("sync.not_persisted")?)).await?;
    phone.see("how to install", saying(phone.words().say("more.install")?)).await?;
    let old = phone.words().start("device.old_title")?.to_owned();
    assert!(!phone.text().await?.contains(&old));
    // Two days later.
    let later = "const now = Date.now; Date.now = () => now() + 2 * 24 * 60 * 60 * 1000;";
    phone.at_every_page(later).await?;
    phone.go("/sync").await?;
    phone.see("that it is old", saying(&old)).await?;
    Ok(())
}
