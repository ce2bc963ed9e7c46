//! The real tus-js-client against the real endpoint: whole, in checked pieces, over connections that are cut, with a
//! wrong checksum, with bytes that are not what was announced, and after the upload has expired.

use aisle_blackbox::device::{Device, sha256};
use aisle_blackbox::endpoint::Endpoint;
use aisle_blackbox::http::Client;
use aisle_blackbox::proxy::Proxy;
use aisle_blackbox::setting;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use sqlx::Connection;
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;

/// Longer than any upload here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// An endpoint with one visit, in which photos are taken.
struct Shop {
    endpoint: Endpoint,
    rep: Client,
    device: Device,
    folder: TempDir,
}

/// A picture that compresses badly, so that it is as long on the way as it is.
fn png(length: usize, seed: u8) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut state = u32::from(seed) + 1;
    while bytes.len() < length {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.push((state >> 24) as u8);
    }
    bytes
}

impl Shop {
    async fn open() -> Result<Self> {
        let endpoint = Endpoint::start(1, "south").await?;
        let rep = endpoint.sign_in("r1").await?;
        let mut shop = Self { endpoint, rep, device: Device::new("phone"), folder: TempDir::new()? };
        let visit = shop.device.visit("v1", "r1", "n1");
        shop.push(vec![visit]).await?;
        Ok(shop)
    }

    async fn push(&self, muts: Vec<aisle_protocol::Mutation>) -> Result<()> {
        let answer = self.rep.post("/v1/push", &self.device.request(muts)).await?;
        let refused = answer.json()?["results"].as_array().is_none_or(|all| all.iter().any(|r| r["st"] != "ok"));
        ensure!(answer.status == 200 && !refused, "{} {}", answer.status, answer.text());
        Ok(())
    }

    /// Pushes the record of a photo.
    async fn take(&mut self, id: &str, announced: &[u8]) -> Result<()> {
        let photo = self.device.photo(id, "v1", announced, "image/png");
        self.push(vec![photo]).await
    }

    /// Uploads with tus-js-client and returns what came of it.
    async fn upload(&self, id: &str, announced: &[u8], sent: &[u8], at: SocketAddr, more: &Value) -> Result<Value> {
        let file = self.folder.path().join(id);
        std::fs::write(&file, sent)?;
        let mut options = json!({
            "endpoint": format!("http://{at}/v1/blobs"),
            "cookie": self.rep.cookie,
            "file": file,
            "metadata": {"id": id, "sha256": sha256(announced), "mime": "image/png"},
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            options[name] = value.clone();
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/js/upload.cjs");
        let mut node = Command::new("node");
        node.arg(script).arg(setting::tus_client()?).arg(options.to_string()).kill_on_drop(true);
        let output = tokio::time::timeout(PATIENCE, node.output()).await.context("tus-js-client does not end")??;
        if !output.status.success() {
            bail!("node failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    async fn published(&self, id: &str) -> Result<Option<Vec<u8>>> {
        let answer = self.rep.get(&format!("/v1/blobs/{id}")).await?;
        match answer.status {
            200 => Ok(Some(answer.body)),
            404 => Ok(None),
            status => bail!("{status} {}", answer.text()),
        }
    }
}

/// The `PATCH` requests of an outcome: where each began, and what it was answered.
fn patches(outcome: &Value) -> Vec<(u64, u64)> {
    let requests = outcome["requests"].as_array().into_iter().flatten();
    let patches = requests.filter(|request| request[0] == "PATCH");
    patches.map(|request| (request[1].as_u64().unwrap_or(0), request[2].as_u64().unwrap_or(0))).collect()
}

#[tokio::test]
async fn whole_and_in_checked_pieces() -> Result<()> {
    let mut shop = Shop::open().await?;
    let at = shop.endpoint.address();
    let whole = png(300_000, 1);
    shop.take("whole", &whole).await?;
    let outcome = shop.upload("whole", &whole, &whole, at, &json!({})).await?;
    ensure!(outcome["ok"] == true && patches(&outcome) == [(0, 204)], "{outcome}");
    ensure!(shop.published("whole").await? == Some(whole));

    let pieces = png(250_000, 2);
    shop.take("pieces", &pieces).await?;
    let more = json!({"chunkSize": 100_000, "checksums": true});
    let outcome = shop.upload("pieces", &pieces, &pieces, at, &more).await?;
    ensure!(outcome["ok"] == true && patches(&outcome) == [(0, 204), (100_000, 204), (200_000, 204)], "{outcome}");
    ensure!(shop.published("pieces").await? == Some(pieces));

    // What has been published may be sent again; nothing is asked for twice.
    let again = png(300_000, 1);
    let outcome = shop.upload("whole", &again, &again, at, &json!({})).await?;
    ensure!(outcome["ok"] == true, "{outcome}");
    Ok(())
}

/// Where the `PATCH` requests that a proxy saw began. A piece may be sent twice from the same place: the endpoint refuses it
/// (423, 409) while it is still writing what came over the connection that was cut.
fn begun(requests: &[String]) -> Vec<u64> {
    requests.iter().filter_map(|request| request.strip_prefix("PATCH ")?.parse().ok()).collect()
}

#[tokio::test]
async fn a_cut_upload_goes_on_where_it_stood() -> Result<()> {
    let mut shop = Shop::open().await?;
    let bytes = png(900_000, 3);
    shop.take("cut", &bytes).await?;
    let proxy = Proxy::start(shop.endpoint.address(), &[250_000, 80_000, 1_500, 300_000]).await?;
    let outcome = shop.upload("cut", &bytes, &bytes, proxy.address, &json!({})).await?;
    let requests = proxy.requests();
    ensure!(outcome["ok"] == true, "{outcome}\n{requests:?}");
    ensure!(proxy.cuts_left() == 0, "{requests:?}");
    ensure!(shop.published("cut").await? == Some(bytes));
    let offsets = begun(&requests);
    ensure!(offsets.len() >= 5 && offsets[0] == 0, "{requests:?}");
    ensure!(offsets.windows(2).all(|pair| pair[0] <= pair[1]), "none goes back: {requests:?}");
    ensure!(offsets.last().is_some_and(|offset| *offset > 240_000), "what had come was kept: {requests:?}");

    // With a checksum, a piece counts whole or not at all: it goes on from the end of the last whole one.
    let bytes = png(400_000, 4);
    shop.take("checked", &bytes).await?;
    let proxy = Proxy::start(shop.endpoint.address(), &[1 << 30, 60_000]).await?;
    let more = json!({"chunkSize": 150_000, "checksums": true});
    let outcome = shop.upload("checked", &bytes, &bytes, proxy.address, &more).await?;
    let requests = proxy.requests();
    ensure!(outcome["ok"] == true, "{outcome}\n{requests:?}");
    let mut pieces = begun(&requests);
    ensure!(pieces.len() >= 4, "{requests:?}");
    pieces.dedup();
    ensure!(pieces == [0, 150_000, 300_000], "{requests:?}");
    ensure!(shop.published("checked").await? == Some(bytes));
    Ok(())
}

#[tokio::test]
async fn a_wrong_checksum_is_told_and_nothing_of_the_piece_is_kept() -> Result<()> {
    let mut shop = Shop::open().await?;
    let bytes = png(200_000, 5);
    shop.take("ph", &bytes).await?;
    let more = json!({"chunkSize": 120_000, "checksums": true, "wrongOnce": true});
    let outcome = shop.upload("ph", &bytes, &bytes, shop.endpoint.address(), &more).await?;
    ensure!(outcome["ok"] == true, "{outcome}");
    ensure!(patches(&outcome) == [(0, 460), (0, 204), (120_000, 204)], "{outcome}");
    ensure!(shop.published("ph").await? == Some(bytes));
    Ok(())
}

#[tokio::test]
async fn bytes_that_are_not_what_was_announced_are_never_published() -> Result<()> {
    let mut shop = Shop::open().await?;
    let announced = png(150_000, 6);
    let mut sent = announced.clone();
    sent[140_000] ^= 1;
    shop.take("ph", &announced).await?;
    let more = json!({"chunkSize": 100_000});
    let outcome = shop.upload("ph", &announced, &sent, shop.endpoint.address(), &more).await?;
    ensure!(outcome["ok"] == false && outcome["status"] == 400, "{outcome}");
    ensure!(patches(&outcome) == [(0, 204), (100_000, 400)], "{outcome}");
    ensure!(shop.published("ph").await?.is_none());
    // The right bytes are taken after that.
    let outcome = shop.upload("ph", &announced, &announced, shop.endpoint.address(), &more).await?;
    ensure!(outcome["ok"] == true, "{outcome}");
    ensure!(shop.published("ph").await? == Some(announced));
    Ok(())
}

#[tokio::test]
async fn an_expired_upload_is_gone_and_begins_anew() -> Result<()> {
    let mut shop = Shop::open().await?;
    let bytes = png(200_000, 7);
    shop.take("ph", &bytes).await?;
    // After the first piece every connection is cut, until the client gives up: half an upload stays behind.
    let mut cuts = vec![60_000; 64];
    cuts[0] = 1 << 30;
    let proxy = Proxy::start(shop.endpoint.address(), &cuts).await?;
    let more = json!({"chunkSize": 100_000, "checksums": true});
    let outcome = shop.upload("ph", &bytes, &bytes, proxy.address, &more).await?;
    ensure!(outcome["ok"] == false && proxy.cuts_left() > 0, "{outcome}");
    let tus = [("Tus-Resumable", "1.0.0")];
    let open = shop.rep.send("HEAD", "/v1/blobs/ph", &tus, &[]).await?;
    ensure!(open.status == 200 && open.header("upload-offset") == "100000", "{open:?}");
    ensure!(open.header("upload-expires").ends_with(" GMT"), "{open:?}");

    // Eight days pass, for this upload.
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(shop.endpoint.data().join("aisle.db"));
    let mut db = sqlx::SqliteConnection::connect_with(&options).await?;
    sqlx::query("UPDATE blob SET created = created - 8 * 86400000 WHERE id = 'ph'").execute(&mut db).await?;
    db.close().await?;
    let gone = shop.rep.send("HEAD", "/v1/blobs/ph", &tus, &[]).await?;
    ensure!(matches!(gone.status, 404 | 410), "{gone:?}");
    let headers =
        [("Tus-Resumable", "1.0.0"), ("Upload-Offset", "0"), ("Content-Type", "application/offset+octet-stream")];
    let refused = shop.rep.send("PATCH", "/v1/blobs/ph", &headers, &bytes).await?;
    ensure!(matches!(refused.status, 404 | 410), "{refused:?}");

    // The client finds it gone and begins anew by itself.
    let at = shop.endpoint.address();
    let more = json!({"uploadUrl": format!("http://{at}/v1/blobs/ph")});
    let outcome = shop.upload("ph", &bytes, &bytes, at, &more).await?;
    let methods: Vec<&str> =
        outcome["requests"].as_array().into_iter().flatten().filter_map(|r| r[0].as_str()).collect();
    ensure!(outcome["ok"] == true && methods == ["HEAD", "POST", "PATCH"], "{outcome}");
    ensure!(shop.published("ph").await? == Some(bytes));
    Ok(())
}
