//! Imports that a person confirms in the app: by whom, whole or not at all, once. And targets and workbooks by command.

use crate::support::{Answer, Client, World};
use aisle_domain::facts::Segment;
use aisle_domain::org::{quantity, sales};
use aisle_protocol::record::Kind;
use aisle_protocol::{PROTO, RecordRef, paths};
use aisle_server::import::{Options, Shift, import};
use aisle_server::storage::Upserted;
use base64::Engine as _;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TARGETS: [&str; 4] = ["month", "shop", "metric", "amount"];
const ACTUALS: [&str; 5] = ["date", "shop", "product", "quantity", "amount"];

fn request(id: &str, table: &str, columns: &[&str], rows: &[&str], dry: bool) -> Value {
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.split(',').collect()).collect();
    json!({"proto": PROTO, "id": id, "table": table, "file": "x.csv", "dry": dry, "columns": columns, "rows": rows})
}

async fn send(client: &Client, request: &Value) -> Answer {
    client.post(paths::IMPORT, request).await
}

async fn amount(world: &World, target: &str) -> Option<i64> {
    let fields = world.storage.record(&RecordRef::new(Kind::Target, target)).await.expect("read")?;
    fields.get("amount").and_then(Value::as_i64)
}

/// Sales and quantity of a shop's 2026.
async fn sums(world: &World, shop: &str) -> (i64, i64) {
    let record = RecordRef::new(Kind::Facts, format!("{shop}:2026"));
    let fields = world.storage.record(&record).await.expect("read").expect("a segment");
    let Some(data) = fields.get("data").and_then(Value::as_str) else { return (0, 0) };
    let bytes = base64::engine::general_purpose::STANDARD.decode(data).expect("base64");
    let segment = Segment::unpack(&bytes).expect("a segment");
    let (first, last) = ("2026-01-01".parse().expect("a day"), "2026-12-31".parse().expect("a day"));
    (segment.sum(&sales(), first, last).0, segment.sum(&quantity(), first, last).0)
}

fn counts(answer: &Answer) -> (u64, u64, u64) {
    let of = |name: &str| answer.json()[name].as_u64().expect("a count");
    (of("created"), of("updated"), of("unchanged"))
}

#[tokio::test]
async fn who_may_import_what() {
    let world = World::new().await;
    let target = ("targets", &TARGETS[..], "2026-12,s1,,5");
    let actual = ("actuals", &ACTUALS[..], "2026-11-02,s1,p1,1,5");
    let shop = ("shops", &["id", "name", "territory"][..], "s8,New,north-1");
    let product = ("products", &["id", "name", "category"][..], "p8,New,GIN");
    let person = ("people", &["id", "login", "name", "role", "territory"][..], "new,new,New,rep,north-1");
    let all = [target, actual, shop, product, person];
    let cases = [
        ("rep-a", [false, false, false, false, false]),
        ("aud", [false, false, false, false, false]),
        ("sup", [false, false, false, false, false]),
        ("boss", [true, true, false, false, false]),
        ("root", [true, true, true, true, true]),
    ];
    for (login, may) in cases {
        let client = world.sign_in(login).await;
        for ((table, columns, row), may) in all.into_iter().zip(may) {
            let id = format!("import-{login}-{table}");
            let answer = send(&client, &request(&id, table, columns, &[row], false)).await;
            assert_eq!(answer.status.as_u16(), if may { 200 } else { 403 }, "{login} {table}: {}", answer.text());
            assert_eq!(may, may && answer.json()["done"] == json!(true), "{login} {table}");
        }
    }
}

#[tokio::test]
async fn a_manager_imports_only_within_the_own_reach() {
    let world = World::new().await;
    let mut manager =
        world.storage.accounts().await.expect("accounts").into_iter().find(|a| a.login == "boss").expect("boss");
    manager.territory = "north".into();
    world.people(&[manager]).await;
    let boss = world.sign_in("boss").await;
    let rows = ["2026-12,s1,,5", "2026-12,s3,,5"];
    let answer = send(&boss, &request("import-0001", "targets", &TARGETS, &rows, false)).await.json();
    let refused = json!([{"line": 1, "column": "shop", "why": {"code": "unknown", "value": "s3"}}]);
    assert_eq!((&answer["done"], &answer["refused"]), (&json!(false), &refused));
    assert_eq!(amount(&world, "sales/s1/2026-12").await, None, "nothing of it");
}

#[tokio::test]
async fn whole_or_not_at_all_and_once() {
    let world = World::new().await;
    let root = world.sign_in("root").await;
    let good = ["2026-11-02,s1,p1,2,10.50", "2026-11-03,s1,p1,1,5", "2026-11-02,s2,p1,1,4"];
    let bad = [good[0], good[1], good[2], "2026-11-31,s1,p1,1,5"];
    let answer = send(&root, &request("import-0001", "actuals", &ACTUALS, &bad, false)).await.json();
    assert_eq!((&answer["done"], &answer["refused"][0]["line"]), (&json!(false), &json!(3)));
    assert_eq!(sums(&world, "s1").await, (0, 0), "three good rows are not taken without the fourth");

    let dry = send(&root, &request("import-0001", "actuals", &ACTUALS, &bad, true)).await;
    assert_eq!((counts(&dry), sums(&world, "s1").await), ((3, 0, 0), (0, 0)), "a dry run tells and does nothing");
    assert_eq!(dry.json()["refused"].as_array().map(Vec::len), Some(1));

    let request_good = request("import-0001", "actuals", &ACTUALS, &good, false);
    let done = send(&root, &request_good).await;
    assert_eq!((counts(&done), done.json()["dup"].clone()), ((3, 0, 0), json!(false)));
    assert_eq!((sums(&world, "s1").await, sums(&world, "s2").await), ((1550, 3), (400, 1)));

    // Meanwhile the figure is corrected. The answer to the first was lost and it is sent again: no effect.
    let corrected = request("import-0002", "actuals", &ACTUALS, &["2026-11-03,s1,p1,1,6", good[2]], false);
    assert_eq!(counts(&send(&root, &corrected).await), (0, 1, 1));
    let again = send(&root, &request_good).await;
    assert_eq!((counts(&again), again.json()["dup"].clone()), ((3, 0, 0), json!(true)));
    assert_eq!(sums(&world, "s1").await, (1650, 3));

    // The same name for something else, or by somebody else, is refused.
    let other = request("import-0001", "actuals", &ACTUALS, &good[..1], false);
    assert_eq!(send(&root, &other).await.status.as_u16(), 409);
    assert_eq!(send(&world.sign_in("boss").await, &request_good).await.status.as_u16(), 409);

    let report = world.storage.verify_audit(None).await.expect("read");
    assert!(report.is_ok(), "{report:?}");
}

#[tokio::test]
async fn two_of_one_name_at_the_same_time_take_effect_once() {
    let world = World::new().await;
    let root = world.sign_in("root").await;
    let one = request("import-0001", "targets", &TARGETS, &["2026-12,s1,,5"], false);
    let (a, b) = tokio::join!(send(&root, &one), send(&root, &one));
    let mut dups = [a.json()["dup"] == json!(true), b.json()["dup"] == json!(true)];
    dups.sort_unstable();
    assert_eq!(dups, [false, true]);
}

#[tokio::test]
async fn targets_reach_the_devices_and_a_plan_keeps_its_own() {
    let world = World::new().await;
    let root = world.sign_in("root").await;
    let rows = ["2026-12,s1,,1000", "2026-12,s1,quantity,12", "2026年11月,s1,,900"];
    let done = send(&root, &request("import-0001", "targets", &TARGETS, &rows, false)).await;
    assert_eq!(counts(&done), (2, 1, 0), "{}", done.text());
    let rep = world.sign_in("rep-a").await;
    let sees = rep.sees().await;
    assert!(sees.contains("target/sales/s1/2026-12") && sees.contains("target/quantity/s1/2026-12"), "{sees:?}");
    assert_eq!(amount(&world, "sales/s1/2026-11").await, Some(90_000));

    let planned = json!({"shop": "s2", "metric": "sales", "period": "2026-12", "amount": 7, "plan": "g1"});
    world.put(&[crate::support::upsert(Kind::Target, "sales/s2/2026-12", Some("s2"), planned)]).await;
    let rows = ["2026-12,s1,,1", "2026-12,s2,,1"];
    let answer = send(&root, &request("import-0002", "targets", &TARGETS, &rows, false)).await.json();
    assert_eq!(
        answer["refused"],
        json!([{"line": 1, "column": "month", "why": {"code": "planned", "value": "2026-12"}}])
    );
    assert_eq!(
        (amount(&world, "sales/s1/2026-12").await, amount(&world, "sales/s2/2026-12").await),
        (Some(100_000), Some(7))
    );
}

#[tokio::test]
async fn requests_that_are_none() {
    let world = World::new().await;
    let root = world.sign_in("root").await;
    let good = request("import-0001", "targets", &TARGETS, &["2026-12,s1,,5"], false);
    let with = |field: &str, value: Value| {
        let mut request = good.clone();
        request[field] = value;
        request
    };
    let cases = [
        (with("id", json!("short")), 400),
        (with("id", json!("import/0001")), 400),
        (with("rows", json!([])), 400),
        (with("rows", json!([["2026-12"]])), 400),
        (with("columns", json!(["a", "b", "c", "d"])), 400),
        (with("table", json!("secrets")), 400),
        (with("proto", json!(99)), 400),
        (with("rows", json!(vec![json!(["2026-12", "s1", "", "5"]); 100_001])), 413),
    ];
    for (request, status) in cases {
        let answer = send(&root, &request).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    }
    assert_eq!(amount(&world, "sales/s1/2026-12").await, None);
}

#[tokio::test]
async fn people_get_accounts_and_keep_their_passwords() {
    let world = World::new().await;
    let root = world.sign_in("root").await;
    let columns = ["id", "login", "password", "name", "role", "territory", "active"];
    let rows = ["ann,ann,secret-1,Ann,业务员,north-1,", "rep-a,rep-a,,A,rep,north-1,"];
    let dry = send(&root, &request("import-0001", "people", &columns, &rows, true)).await;
    assert_eq!(dry.json()["created"], json!(1));
    let sign_in = async |login: &str, password: &str| {
        world.client().post("/v1/session", &json!({"login": login, "password": password})).await.status.as_u16()
    };
    assert_eq!(sign_in("ann", "secret-1").await, 401, "a dry run opens no account");
    send(&root, &request("import-0001", "people", &columns, &rows, false)).await;
    assert_eq!((sign_in("ann", "secret-1").await, sign_in("rep-a", crate::support::PASSWORD).await), (200, 200));
    let taken = send(&root, &request("import-0002", "people", &columns, &["bo,ANN,,Bo,rep,north-1,"], false)).await;
    assert_eq!(taken.json()["refused"][0]["why"]["code"], json!("login_taken"));
}

#[tokio::test]
async fn by_command_targets_are_whole_and_other_files_when_asked() {
    let world = World::new().await;
    let options = |whole| Options { map: Vec::new(), encoding: None, dry_run: false, shift: Shift::None, whole };
    let run = async |files: &[(&str, &str)], whole| {
        let files: Vec<_> = files.iter().map(|(name, text)| world.file(name, text.as_bytes())).collect();
        import(world.storage.as_ref(), &files, &options(whole), world.at()).await.expect("imported")
    };
    let bad = "month,shop,amount\n2026-12,s1,5\n2026-12,s9,5\n";
    let done = run(&[("t.csv", bad)], false).await;
    assert_eq!((done.stopped_by(), amount(&world, "sales/s1/2026-12").await), (1, None));
    assert!(done.reports[0].to_string().contains("nothing written"), "{}", done.reports[0]);

    let good = ("t.csv", "month,shop,amount\n2026-12,s1,5\n2027-01,s1,6\n");
    let products = ("p.csv", "id,name,category\np8,P8,GIN\np9,,GIN\n");
    let done = run(&[good, products], true).await;
    assert_eq!((done.stopped_by(), amount(&world, "sales/s1/2026-12").await), (1, None), "one bad file stops both");
    let done = run(&[good], true).await;
    let two = Upserted { created: 2, updated: 0, unchanged: 0 };
    assert_eq!((done.reports[0].records, amount(&world, "sales/s1/2027-01").await), (two, Some(600)));
}

/// A workbook made by another program, read by command.
#[tokio::test]
async fn a_workbook_by_command() {
    let world = World::new().await;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let rows = [["日期", "门店编码", "商品编码", "销量", "销售额"], ["2026-11-02", "s1", "p1", "3", "12.50"]];
    for (at, row) in rows.into_iter().enumerate() {
        for (to, text) in row.into_iter().enumerate() {
            match text.parse::<f64>() {
                Ok(number) => sheet.write(at as u32, to as u16, number).expect("written"),
                Err(_) => sheet.write(at as u32, to as u16, text).expect("written"),
            };
        }
    }
    let file = world.file("actuals.xlsx", book.save_to_buffer().expect("a workbook"));
    let options = Options { map: Vec::new(), encoding: None, dry_run: false, shift: Shift::None, whole: false };
    let done = import(world.storage.as_ref(), &[file], &options, world.at()).await.expect("imported");
    assert_eq!((done.reports[0].accepted, done.reports[0].encoding), (1, "XLSX"));
    assert_eq!(sums(&world, "s1").await, (1250, 3));
}

type Line = (u8, u8, i64, i64);

fn lines() -> impl Strategy<Value = BTreeMap<(u8, u8), (i64, i64)>> {
    proptest::collection::btree_map((1..4_u8, 1..25_u8), (-9..99_i64, -999..9_999_i64), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Lines in several files: in which order the files come changes no figure.
    #[test]
    fn the_order_of_imports_changes_no_figure(
        (lines, order, cut) in lines().prop_flat_map(|lines| {
            let list: Vec<Line> = lines.into_iter().map(|((shop, day), (q, a))| (shop, day, q, a)).collect();
            let shuffled = Just(list.clone()).prop_shuffle();
            let cut = 0..list.len();
            (Just(list), shuffled, cut)
        })
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let figures = |files: [Vec<Line>; 2]| runtime.block_on(async {
            let world = World::new().await;
            let root = world.sign_in("root").await;
            for (at, file) in files.iter().enumerate().filter(|(_, file)| !file.is_empty()) {
                let rows: Vec<String> = file.iter().map(|(shop, day, q, a)| {
                    let sign = if *a < 0 { "-" } else { "" };
                    format!("2026-11-{day:02},s{shop},p1,{q},{sign}{}.{:02}", a.abs() / 100, a.abs() % 100)
                }).collect();
                let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
                let answer = send(&root, &request(&format!("import-000{at}"), "actuals", &ACTUALS, &rows, false)).await;
                assert_eq!(answer.json()["done"], json!(true), "{}", answer.text());
            }
            [sums(&world, "s1").await, sums(&world, "s2").await, sums(&world, "s3").await]
        });
        let (head, tail) = lines.split_at(cut);
        let (first, last) = order.split_at(cut);
        let one = figures([head.to_vec(), tail.to_vec()]);
        prop_assert_eq!(one, figures([last.to_vec(), first.to_vec()]));
    }
}
