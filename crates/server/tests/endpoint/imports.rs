//! Imports as people's files are: the exact report of what was refused, and what the devices see afterwards.

use crate::support::{DAY, PASSWORD, View, World};
use aisle_domain::facts::Segment;
use aisle_domain::money::Amount;
use aisle_domain::org::{quantity, sales};
use aisle_protocol::RecordRef;
use aisle_protocol::record::Kind;
use aisle_server::import::{ImportError, Options, Report, Shift, import};
use aisle_server::storage::Upserted;
use aisle_server::targets;
use axum::http::StatusCode;
use base64::Engine as _;
use chrono::NaiveDate;
use serde_json::json;
use std::io::Write as _;

fn plain() -> Options {
    Options { map: Vec::new(), encoding: None, dry_run: false, shift: Shift::None, whole: false }
}

async fn run(world: &World, files: &[(&str, &[u8])], options: &Options) -> Vec<Report> {
    let files: Vec<_> = files.iter().map(|(name, bytes)| world.file(name, bytes)).collect();
    import(world.storage.as_ref(), &files, options, world.at()).await.expect("imported").reports
}

fn refused(report: &Report) -> Vec<String> {
    report.refused.iter().map(|r| format!("{} {}: {}", r.line, r.column, r.why)).collect()
}

fn counts(created: u64, updated: u64, unchanged: u64) -> Upserted {
    Upserted { created, updated, unchanged }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

async fn segment(world: &World, id: &str) -> Segment {
    let fields = world.storage.record(&RecordRef::new(Kind::Facts, id)).await.expect("read").expect("a segment");
    let data = fields["data"].as_str().expect("data");
    let bytes = base64::engine::general_purpose::STANDARD.decode(data).expect("base64");
    Segment::unpack(&bytes).expect("a segment")
}

const ACTUALS: &str = "date,shop,product,quantity,amount\n";

#[tokio::test]
async fn every_refused_row_is_named_with_line_column_and_reason() {
    let world = World::new().await;
    let bad: [(&str, &str, &[&str]); 6] = [
        (
            "territories.csv",
            "id,name,parent\nx,X,root\n,No id,root\ny,,root\nz,Z,nowhere\nx,Again,root\na,A,b\nb,B,a\nc/d,C,root\n",
            &[
                "3 id: is empty",
                "4 name: is empty",
                "5 parent: \"nowhere\" is not known",
                "6 id: \"x\" stands in the file more than once",
                "8 parent: \"a\" is below \"b\"",
                "9 id: \"c/d\" is too long or holds a character that ids cannot hold",
            ],
        ),
        (
            "people.csv",
            "id,login,name,role,territory\nn1,n1,N,rep,root\nn2,n2,N,chief,root\nn3,REP-A,N,rep,root\nn4,n4,N,rep,mars\nn5,n1,N,rep,root\n",
            &[
                "3 role: \"chief\" is no role",
                "4 login: \"REP-A\" belongs to somebody else",
                "5 territory: \"mars\" is not known",
                "6 login: \"n1\" belongs to somebody else",
            ],
        ),
        (
            "products.csv",
            "id,name,category,price,barcode,pack\nq1,Q,GIN,12.5,88.0,6\nq2,Q,GIN,cheap,,\nq3,Q,GIN,1.234,,\nq4,Q,GIN,,8x8,\nq5,Q,GIN,,,half\nq6,Q,,,,\n",
            &[
                "3 price: \"cheap\" is not a number",
                "4 price: \"1.234\" has more than 2 decimals",
                "5 barcode: \"8x8\" holds more than digits",
                "6 pack: \"half\" is no whole number",
                "7 category: is empty",
            ],
        ),
        (
            "shops.csv",
            "id,name,territory,channel,tier,latitude,longitude,rep,visit_weekdays\nt1,T,north-1,ka,A,41.6,-93.6,rep-a,1|4\nt2,T,mars,ka,A,,,,\nt3,T,root,ka,A,91,0,,\nt4,T,root,ka,A,41,,,\nt5,T,root,ka,A,x,1,,\nt6,T,root,ka,A,,,nobody,\nt7,T,root,ka,A,,,,8\nt8,T,root\n",
            &[
                "3 territory: \"mars\" is not known",
                "4 latitude: 91, 0 is no place on Earth",
                "5 longitude: is empty although the other half of the position is there",
                "6 latitude: \"x\" is no number of degrees",
                "7 rep: \"nobody\" is not known",
                "8 visit_weekdays: \"8\" is no weekday from 1 (Monday) to 7",
                "9 : has 3 fields, the header has 9",
            ],
        ),
        (
            "must_sell.csv",
            "channel,tier,product\nka,A,p1\nka,A,p9\nka,A,p1\n,A,p1\n",
            &[
                "3 product: \"p9\" is not known",
                "4 product: \"p1\" stands in the file more than once",
                "5 channel: is empty",
            ],
        ),
        (
            "actuals.csv",
            "date,shop,product,quantity,amount\n2026-01-02,s1,p1,2,10.00\n2026-02-30,s1,p1,2,10\n2026-01-02,s9,p1,2,10\n2026-01-02,s1,p9,2,10\n2026-01-02,s1,p1,two,10\n2026-01-02,s1,p1,2,10.001\n2026-01-02,s1,p1,1.5,10\n2026-01-02,s1,p1,,10\n",
            &[
                "3 date: \"2026-02-30\" is no date such as 2026-11-23",
                "4 shop: \"s9\" is not known",
                "5 product: \"p9\" is not known",
                "6 quantity: \"two\" is not a number",
                "7 amount: \"10.001\" has more than 2 decimals",
                "8 quantity: \"1.5\" has more than 0 decimals",
                "9 quantity: is empty",
            ],
        ),
    ];
    for (name, text, expect) in bad {
        let report = run(&world, &[(name, text.as_bytes())], &plain()).await.remove(0);
        assert_eq!(refused(&report), expect, "{name}");
        assert_eq!(report.rows, report.accepted + expect.len() as u64, "{name}: every row is accounted for");
        let shown = report.to_string();
        let first = expect[0].split_once(' ').map(|(line, why)| format!("  {name}:{line} {why}\n")).expect("a line");
        assert!(shown.contains(&first), "{shown}");
    }
}

#[tokio::test]
async fn files_as_they_are_met() {
    let world = World::new().await;
    // Byte order mark, blanks around headers and fields, CRLF, quotes, and columns Aisle does not know.
    let shops =
        "\u{feff} Store , Name ,County,City,Ward\r\n s7 ,\"Smith, Sons & Co \", north-1 ,\u{a0}ACKLEY\u{3000}, 3 \r\n";
    let report = run(&world, &[("shops.csv", shops.as_bytes())], &plain()).await.remove(0);
    assert_eq!((report.accepted, report.ignored.clone(), report.encoding), (1, vec!["Ward".to_owned()], "UTF-8"));
    let shop = world.storage.record(&RecordRef::new(Kind::Shop, "s7")).await.expect("read").expect("a shop");
    assert_eq!((&shop["name"], &shop["city"]), (&json!("Smith, Sons & Co"), &json!("ACKLEY")));

    // latin-1, semicolons.
    let latin: Vec<u8> = "id;name;category\np7;Crème de Cassis;Likör\n".chars().map(|c| c as u8).collect();
    let report = run(&world, &[("products.csv", &latin)], &plain()).await.remove(0);
    assert_eq!((report.accepted, report.encoding), (1, "windows-1252"));
    let product = world.storage.record(&RecordRef::new(Kind::Product, "p7")).await.expect("read").expect("a product");
    assert_eq!((&product["name"], &product["category"]), (&json!("Crème de Cassis"), &json!("Likör")));

    // gzip, the State's own headers, a return, and two lines of one day that belong together.
    let lines = "Date,Store Number,Item Number,Bottles Sold,Sale (Dollars)\n\
                 2026-01-02,s1,p1,2,42.52\n01/02/2026,s1,p1,1,\"1,000.00\"\n2026-01-03,s1,p7,-1,-9.5\n";
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(lines.as_bytes()).expect("written");
    let report = run(&world, &[("actuals.csv.gz", &gz.finish().expect("gzip"))], &plain()).await.remove(0);
    assert_eq!((report.accepted, report.negative, report.summed), (3, 1, 1));
    let segment = segment(&world, "s1:2026").await;
    let sum = |metric, at: &str| segment.sum(&metric, day(at), day(at));
    assert_eq!((sum(sales(), "2026-01-02"), sum(quantity(), "2026-01-02")), (Amount(104_252), Amount(3)));
    assert_eq!((sum(sales(), "2026-01-03"), sum(quantity(), "2026-01-03")), (Amount(-950), Amount(-1)));
    let org = world.storage.record(&RecordRef::new(Kind::Org, "org")).await.expect("read").expect("an org");
    assert_eq!(org["data_through"], json!("2026-01-03"));
}

#[tokio::test]
async fn the_same_files_again_change_nothing() {
    let world = World::new().await;
    let files: [(&str, &[u8]); 6] = [
        // In the wrong order on purpose: they build on each other.
        ("actuals.csv", b"date,shop,product,quantity,amount\n2026-01-02,n1,q1,2,10\n2025-12-31,n1,q1,1,5\n"),
        ("must_sell.csv", b"channel,tier,product\nka,A,q1\n"),
        ("shops.csv", b"id,name,territory,channel,tier,rep\nn1,N,west,ka,A,ann\n"),
        ("products.csv", b"id,name,category,price\nq1,Q,GIN,9.90\n"),
        ("people.csv", b"id,login,password,name,role,territory\nann,ann,secret-1,Ann,rep,west\n"),
        ("territories.csv", b"id,name,parent\nwest,West,all\nall,All,\n"),
    ];
    let first = run(&world, &files, &plain()).await;
    let made: Vec<_> = first.iter().map(|r| (aisle_import::columns::name(r.table), r.records)).collect();
    let new = |n| counts(n, 0, 0);
    let expect = [
        ("territories", new(2)),
        ("people", new(1)),
        ("products", new(1)),
        ("shops", new(1)),
        ("must_sell", new(1)),
        ("actuals", new(2)),
    ];
    assert_eq!(made, expect);
    let client = world.sign_in("root").await;
    let mut view = View::default();
    client.pull_into(&mut view, 1000).await;
    let digest = |accounts: Vec<aisle_server::storage::Account>| {
        accounts.into_iter().find(|a| a.login == "ann").and_then(|a| a.password_hash).expect("a digest")
    };
    let before = digest(world.storage.accounts().await.expect("accounts"));

    world.pass(DAY);
    let again = run(&world, &files, &plain()).await;
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(again.records, counts(0, 0, first.records.created), "{}", again.file);
    }
    let page = client.page("viewer", view.cursor.as_deref(), 1000).await;
    assert_eq!(page.changes, vec![], "devices hear nothing of it");
    assert_eq!(digest(world.storage.accounts().await.expect("accounts")), before, "the password did not change");

    let mut ann = world.client();
    let answer = ann.post("/v1/session", &json!({"login": "ann", "password": "secret-1"})).await;
    assert_eq!(answer.status, StatusCode::OK);
    ann.cookie = answer.header("set-cookie").split(';').next().map(str::to_owned);
    assert!(ann.sees().await.contains("facts/n1:2026"));
}

#[tokio::test]
async fn a_corrected_file_replaces_and_a_dry_run_does_not() {
    let world = World::new().await;
    let lines = |rows: &str| format!("{ACTUALS}{rows}").into_bytes();
    run(&world, &[("a.csv", &lines("2026-01-02,s1,p1,2,10\n2026-01-03,s1,p1,2,10\n"))], &plain()).await;
    let total = || async { segment(&world, "s1:2026").await.sum(&sales(), day("2026-01-01"), day("2026-12-31")) };
    assert_eq!(total().await, Amount(2000));
    let corrected = lines("2026-01-03,s1,p1,3,15\n");
    let dry = Options { dry_run: true, ..plain() };
    let report = run(&world, &[("b.csv", &corrected)], &dry).await.remove(0);
    assert_eq!((report.accepted, report.records, total().await), (1, counts(0, 0, 0), Amount(2000)));
    run(&world, &[("b.csv", &corrected)], &plain()).await;
    assert_eq!(total().await, Amount(2500));
    // Facts are kept by category: a product that moves takes them along.
    run(&world, &[("p.csv", b"id,name,category\np1,P1,GIN\n")], &plain()).await;
    let mut sums = Default::default();
    segment(&world, "s1:2026").await.add_by_category(&sales(), day("2026-01-01"), day("2026-12-31"), &mut sums);
    assert_eq!(sums.into_iter().collect::<Vec<_>>(), [("GIN".to_owned(), Amount(2500))]);
}

#[tokio::test]
async fn a_new_rep_begins_today_and_the_old_one_keeps_the_past() {
    let world = World::new().await;
    let file = b"id,name,territory,rep\ns1,s1,north-1,rep-b\n";
    run(&world, &[("shops.csv", file)], &plain()).await;
    let shop = world.storage.record(&RecordRef::new(Kind::Shop, "s1")).await.expect("read").expect("a shop");
    let today = world.at().today;
    let expect = json!([
        {"person": "rep-a", "share_bp": 10_000, "from": null, "until": today},
        {"person": "rep-b", "share_bp": 10_000, "from": today, "until": null},
    ]);
    assert_eq!(shop["assigned"], expect);
    assert_eq!(shop["channel"], json!("ka"), "columns that the file lacks stay");
    world.pass(DAY);
    let report = run(&world, &[("shops.csv", file)], &plain()).await.remove(0);
    assert_eq!(report.records, counts(0, 0, 1));
}

#[tokio::test]
async fn dates_move_by_weeks_and_targets_follow() {
    let world = World::new().await;
    let text = format!(
        "{ACTUALS}2018-02-05,s1,p1,10,100\n2018-02-06,s1,p1,5,50\n2018-01-08,s1,p1,1,9\n2018-03-05,s1,p1,1,9\n"
    );
    let shift = Options { shift: Shift::NotPast(day("2026-03-20")), ..plain() };
    let report = run(&world, &[("a.csv", text.as_bytes())], &shift).await.remove(0);
    // 2018-03-05 was a Monday; the last Monday not past 2026-03-20 is the 16th.
    assert_eq!(report.shifted_weeks, 419);
    assert_eq!(world.storage.actual_days().await.expect("read"), Some((day("2026-01-19"), day("2026-03-16"))));
    assert_eq!(targets::years(world.storage.as_ref()).await.expect("years"), [2027]);
    let done = targets::derive(world.storage.as_ref(), &[2027], 10_500, world.at()).await.expect("derived");
    assert_eq!(done, counts(2, 0, 0), "February is the only month that the data cover");
    let target = RecordRef::new(Kind::Target, "sales/s1/2027-02");
    let fields = world.storage.record(&target).await.expect("read").expect("a target");
    assert_eq!(fields["amount"], json!(15_750));
    assert_eq!(fields["basis"], json!({"prior_year": {"factor_bp": 10_500}}));
    assert!(world.sign_in("rep-a").await.sees().await.contains("target/sales/s1/2027-02"));
    let again = targets::derive(world.storage.as_ref(), &[2027], 10_500, world.at()).await.expect("derived");
    assert_eq!(again, counts(0, 0, 2));
}

#[tokio::test]
async fn what_cannot_be_read_stops_everything_before_anything_is_written() {
    let world = World::new().await;
    let good = world.file("territories.csv", "id,name,parent\nwest,West,\n");
    let odd = world.file("odd.csv", "colour,taste\nred,sweet\n");
    let gone = world.folder.path().join("gone.csv");
    for files in [vec![good.clone(), odd], vec![good, gone]] {
        let error = import(world.storage.as_ref(), &files, &plain(), world.at()).await.expect_err("refused");
        assert!(matches!(error, ImportError::File { .. } | ImportError::Unreadable { .. }), "{error}");
        assert!(world.storage.record(&RecordRef::new(Kind::Territory, "west")).await.expect("read").is_none());
    }
}

#[tokio::test]
async fn passwords_are_changed_by_a_file_and_kept_by_an_empty_field() {
    let world = World::new().await;
    let client = world.client();
    let sign_in = |password: &'static str| {
        let client = client.clone();
        async move { client.post("/v1/session", &json!({"login": "rep-a", "password": password})).await.status.as_u16() }
    };
    let file = |password: &str| {
        format!("id,login,password,name,role,territory\nrep-a,rep-a,{password},A,rep,north-1\n").into_bytes()
    };
    run(&world, &[("people.csv", &file(""))], &plain()).await;
    assert_eq!(sign_in(PASSWORD).await, 200);
    run(&world, &[("people.csv", &file("new one"))], &plain()).await;
    assert_eq!((sign_in(PASSWORD).await, sign_in("new one").await), (401, 200));
}
