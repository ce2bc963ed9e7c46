//! Files brought in by whoever leads: looked at before they take effect, whole or not at all.

use aisle_domain::calendar::Period;
use aisle_domain::org::{Org, Product, Shop};
use aisle_e2e::browser::{Size, Theme};
use aisle_e2e::pages::{Import, More, SignIn, Targets};
use aisle_e2e::{ADMIN, Browser, Endpoint, Lang, MANAGER, axe, eventually, tour, tour_lead};
use anyhow::{Context, Result};
use rust_xlsxwriter::Workbook;
use std::path::{Path, PathBuf};
use thirtyfour::By;

/// A shop of the demo, a product, and the last day with actuals.
struct Ground {
    shop: String,
    product: String,
    day: chrono::NaiveDate,
}

impl Ground {
    async fn of(endpoint: &Endpoint) -> Result<Self> {
        let records = endpoint.records().await?;
        let (_, org) = records.all::<Org>("org").await?.pop().context("an organisation")?;
        let (shop, _) = records.all::<Shop>("shop").await?.into_iter().next().context("a shop")?;
        let (product, _) = records.all::<Product>("product").await?.into_iter().next().context("a product")?;
        Ok(Self { shop, product, day: org.data_through.context("actuals")? })
    }

    fn line(&self, amount: &str) -> String {
        format!("{},{},{},1,{amount}\n", self.day, self.shop, self.product)
    }
}

const ACTUALS: &str = "date,shop,product,quantity,amount\n";

/// A workbook that another program has written.
fn workbook(path: &Path, rows: &[[&str; 4]]) -> Result<()> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, at) in rows.iter().zip(0..) {
        for (text, to) in row.iter().zip(0..) {
            match text.parse::<f64>() {
                Ok(number) => sheet.write(at, to, number)?,
                Err(_) => sheet.write(at, to, *text)?,
            };
        }
    }
    book.save(path)?;
    Ok(())
}

async fn figure(desk: &Browser, shop: &str) -> Result<i64> {
    desk.go(&format!("/targets/shop%3D{shop}")).await?;
    Targets::here(desk).await?.figure("targets.month").await
}

#[tokio::test(flavor = "multi_thread")]
async fn actuals_from_a_csv_with_a_wrong_row_then_right_move_the_figure() -> Result<()> {
    let mut endpoint = Endpoint::at_rest()?;
    let ground = Ground::of(&endpoint).await?;
    endpoint.import("before.csv", &format!("{ACTUALS}{}", ground.line("1.00")))?;
    endpoint.start_again().await?;
    let desk = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&desk).await?.sign_in_to_lead(MANAGER).await?;
    let before = figure(&desk, &ground.shop).await?;

    let folder = tempfile::tempdir()?;
    let file = |name: &str, text: &str| -> Result<PathBuf> {
        let path = folder.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    };
    More::open_by_address(&desk).await?;
    let page = Import::open(&desk).await?;
    let wrong = format!("{ACTUALS}{}2026-02-30,{},{},1,5\n", ground.line("1001.00"), ground.shop, ground.product);
    page.choose(&file("actuals.csv", &wrong)?).await?;
    page.says("import.refused", &[("n", "1")]).await?;
    let said = page.text().await?;
    assert!(said.contains("\"2026-02-30\" is no date") && said.contains("a date such as 2026-11-23"), "{said}");
    assert!(!page.can_confirm().await?, "a wrong row keeps the whole file out");
    page.says("import.counts", &[("new", "0"), ("changed", "1"), ("same", "0")]).await?;
    page.cancel().await?;
    assert_eq!(figure(&desk, &ground.shop).await?, before, "looking at a file changes nothing");

    More::open_by_address(&desk).await?;
    let page = Import::open(&desk).await?;
    page.choose(&file("actuals.csv", &format!("{ACTUALS}{}", ground.line("1001.00")))?).await?;
    page.says("import.right", &[]).await?;
    page.says("import.counts", &[("new", "0"), ("changed", "1"), ("same", "0")]).await?;
    page.confirm().await?;
    eventually("the figure to move", async || Ok((figure(&desk, &ground.shop).await? - before == 1_000).then_some(())))
        .await?;

    // The same file again says that it changes nothing.
    More::open_by_address(&desk).await?;
    let page = Import::open(&desk).await?;
    page.choose(&file("again.csv", &format!("{ACTUALS}{}", ground.line("1001.00")))?).await?;
    page.says("import.counts", &[("new", "0"), ("changed", "0"), ("same", "1")]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_from_a_workbook_reach_the_screen_and_a_plan_keeps_its_own() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let ground = Ground::of(&endpoint).await?;
    let month = Period::month_of(ground.day).to_string();
    let id = format!("quantity/{}/{month}", ground.shop);
    let is_known = endpoint.records().await?.all::<serde_json::Value>("target").await?.iter().any(|(of, _)| *of == id);
    let (new, changed) = if is_known { ("0", "1") } else { ("1", "0") };
    let mut desk = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&desk).await?.sign_in_to_lead(MANAGER).await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("targets.xlsx");
    let heads = ["月份", "门店编码", "指标", "目标"];
    for (lang, theme, size) in [(Lang::Zh, Theme::Dark, Size::PHONE), (Lang::En, Theme::Light, Size::DESK)] {
        desk.resize(size).await?;
        desk.prefer(lang, theme).await?;
        More::open_by_address(&desk).await?;
        let page = Import::open(&desk).await?;
        desk.settle().await?;
        assert_eq!(axe::violations(&desk).await?, []);
        // One row names no shop, one a month whose sales a plan sets.
        workbook(
            &path,
            &[
                heads,
                [&month, &ground.shop, "quantity", "4321"],
                [&month, "x9", "quantity", "1"],
                [&month, &ground.shop, "", "5"],
            ],
        )?;
        page.choose(&path).await?;
        page.says("import.refused", &[("n", "2")]).await?;
        page.says("import.counts", &[("new", new), ("changed", changed), ("same", "0")]).await?;
        desk.settle().await?;
        assert_eq!(axe::violations(&desk).await?, []);
        page.cancel().await?;
    }
    let page = Import::shown(&desk).await?;
    workbook(&path, &[heads, [&month, &ground.shop, "quantity", "4321"]])?;
    page.choose(&path).await?;
    page.says("import.counts", &[("new", new), ("changed", changed), ("same", "0")]).await?;
    desk.settle().await?;
    assert_eq!(axe::violations(&desk).await?, []);
    page.confirm().await?;
    desk.settle().await?;
    assert_eq!(axe::violations(&desk).await?, []);

    desk.go(&format!("/targets/shop%3D{}", ground.shop)).await?;
    Targets::here(&desk).await?.figure("targets.month").await?;
    let chip = "//main//button[contains(@class, 'chip')][contains(., 'Quantity')]";
    desk.tap("the metric", By::XPath(chip)).await?;
    eventually("the target to be shown", async || Ok(desk.text().await?.contains("4,321").then_some(()))).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_taken_say_why() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let desk = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&desk).await?.sign_in_to_lead(ADMIN).await?;
    More::open_by_address(&desk).await?;
    let page = Import::open(&desk).await?;
    let mut protected = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    protected.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    let many = format!("{ACTUALS}{}", "2026-11-01,1,1,1,1\n".repeat(200_000));
    let cases: [(&str, &[u8], &str); 6] = [
        ("empty.csv", b"", "The file is empty."),
        ("heads.csv", b"month,shop,amount\n", "no rows below them"),
        ("secret.xlsx", &protected, "A password protects this workbook."),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "neither a CSV file nor an XLSX workbook"),
        ("colours.csv", b"colour,taste\nred,sweet\n", "no known table: colour, taste"),
        ("many.csv", many.as_bytes(), "about 200000 rows; 100000 are taken at a time"),
    ];
    let folder = tempfile::tempdir()?;
    for (name, bytes, said) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes)?;
        page.choose(&path).await?;
        page.says("import.not_taken", &[("file", name)]).await?;
        let text = page.text().await?;
        assert!(text.contains(said), "{name}: {text}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_brings_in_a_shop_a_product_and_a_person() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let (_, known) = endpoint.records().await?.all::<Shop>("shop").await?.into_iter().next().context("a shop")?;
    let desk = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&desk).await?.sign_in_to_lead(ADMIN).await?;
    let folder = tempfile::tempdir()?;
    let files = [
        (
            "people.csv",
            "Nora New",
            format!("id,login,password,name,role,territory\nnew1,new1,secret-1,Nora New,rep,{}\n", known.territory),
        ),
        ("products.csv", "New Nine", "id,name,category\nnew-9,New Nine,NEW\n".to_owned()),
        (
            "shops.csv",
            "Corner New",
            format!("id,name,territory,channel,tier,rep\nnew-s,Corner New,{},ka,A,new1\n", known.territory),
        ),
    ];
    for (name, known, text) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, text)?;
        More::open_by_address(&desk).await?;
        let page = Import::open(&desk).await?;
        page.choose(&path).await?;
        page.says("import.counts", &[("new", "1"), ("changed", "0"), ("same", "0")]).await?;
        assert!(!page.text().await?.contains("secret-1"), "a password is not shown");
        page.confirm().await?;
        // What the next file refers to has to be here.
        eventually("the device to hear of it", async || Ok(desk.remembers(known).await?.then_some(()))).await?;
    }
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(aisle_e2e::Person { login: "new1", password: "secret-1" }).await?;
    phone.go("/shops/new-s").await?;
    eventually("the new rep's own shop", async || Ok(phone.text().await?.contains("Corner New").then_some(()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_kept_out_of_imports() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let mut desk = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&desk).await?.sign_in_to_lead(MANAGER).await?;
    let mut found = Vec::new();
    let mut look = async |browser: &Browser, stop: tour::Stop| {
        let violations = axe::violations(browser).await?;
        found.extend(violations.into_iter().map(|violation| format!("{stop}: {violation}")));
        Ok(())
    };
    tour_lead::imports(&mut desk, &[Size::PHONE, Size::DESK], &mut look).await?;
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
    Ok(())
}
