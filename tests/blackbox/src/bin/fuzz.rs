//! Fuzzes every operation of a running endpoint from its own OpenAPI document, with schemathesis: as a rep, and as
//! nobody. No answer is a 5xx, none is missing from the document, none takes longer than ten seconds, and none holds a
//! record of the territory that is not the rep's.

use aisle_blackbox::device::{Device, sha256};
use aisle_blackbox::endpoint::Endpoint;
use aisle_blackbox::http::Client;
use aisle_blackbox::rng::Rng;
use aisle_blackbox::setting;
use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser;
use std::process::{Command, Stdio};

/// What stands in every name, note and picture of the south.
const MARK: &str = "CANARY7f3a";

/// Fuzzes the endpoint.
#[derive(Debug, Parser)]
struct Options {
    /// Test cases for each operation and kind of data.
    #[arg(long)]
    max_examples: u32,
    /// Repeats a run.
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(Rng::any_seed);
    println!("seed {seed}");
    let mut endpoint = Endpoint::start(2, MARK).await?;
    fill(&endpoint).await?;
    // Signing out has a session of its own: it would end the others'.
    let out = &["--include-operation-id", "sign_out"][..];
    let rest = &["--exclude-operation-id", "sign_out"][..];
    let rounds = [("as a rep", true, rest), ("signing out", true, out), ("as nobody", false, &[][..])];
    let mut failed = Vec::new();
    for (name, signed_in, filter) in rounds {
        println!("\n-- {name}");
        let cookie = if signed_in { endpoint.sign_in("r1").await?.cookie } else { None };
        if !fuzz(&endpoint, &options, seed, cookie, filter)? {
            failed.push(name);
        }
        ensure!(endpoint.is_running()?, "the endpoint ended by itself:\n{}", endpoint.log());
    }
    endpoint.kill()?;
    endpoint.command(&["audit", "verify"])?;
    if !failed.is_empty() {
        bail!("{} failed; the same again with --seed {seed}", failed.join(", "));
    }
    Ok(())
}

/// Work on both sides: a rep of the north has something to see, and of the south there is something not to be seen. No id
/// carries the mark, since requests name them.
async fn fill(endpoint: &Endpoint) -> Result<()> {
    for (login, shop, name) in [("r1", "n1", "own"), ("r2", "n2", "near"), ("far", "s1", "far")] {
        let client = endpoint.sign_in(login).await?;
        let mut device = Device::new(&format!("phone-of-{name}"));
        let (visit, photo) = (format!("visit-{name}"), format!("photo-{name}"));
        let note = if name == "far" { MARK } else { name };
        let picture = [b"\x89PNG\r\n\x1a\n", note.as_bytes()].concat();
        let muts = vec![
            device.visit(&visit, login, shop),
            device.answer(&format!("answer-{name}"), &visit, note),
            device.photo(&photo, &visit, &picture, "image/png"),
            device.check_out(&visit),
        ];
        let answer = client.post("/v1/push", &device.request(muts)).await?;
        ensure!(answer.status == 200 && !answer.text().contains("rejected"), "{} {}", answer.status, answer.text());
        upload(&client, &photo, &picture).await?;
    }
    // The mark is where it should be, or looking for it would show nothing.
    let far = endpoint.sign_in("far").await?;
    let feed = far.get("/v1/pull").await?.text();
    ensure!(feed.matches(MARK).count() >= 2, "{feed}");
    ensure!(far.get("/v1/blobs/photo-far").await?.text().contains(MARK), "the picture is not there");
    Ok(())
}

/// Publishes a picture.
async fn upload(client: &Client, photo: &str, picture: &[u8]) -> Result<()> {
    let metadata = [("id", photo.to_owned()), ("sha256", sha256(picture)), ("mime", "image/png".to_owned())]
        .map(|(name, value)| format!("{name} {}", STANDARD.encode(value)))
        .join(",");
    let length = picture.len().to_string();
    let headers = [("Tus-Resumable", "1.0.0"), ("Upload-Length", &length), ("Upload-Metadata", &metadata)];
    let begun = client.send("POST", "/v1/blobs", &headers, &[]).await?;
    ensure!(begun.status == 201, "{} {}", begun.status, begun.text());
    let headers =
        [("Tus-Resumable", "1.0.0"), ("Upload-Offset", "0"), ("Content-Type", "application/offset+octet-stream")];
    let done = client.send("PATCH", &format!("/v1/blobs/{photo}"), &headers, picture).await?;
    ensure!(done.status == 204, "{} {}", done.status, done.text());
    Ok(())
}

fn fuzz(endpoint: &Endpoint, options: &Options, seed: u64, cookie: Option<String>, filter: &[&str]) -> Result<bool> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz");
    let scratch = endpoint.data().join("..");
    let mut command = Command::new(setting::schemathesis()?);
    command.current_dir(scratch).arg("run").arg(format!("http://{}/api/openapi.json", endpoint.address()));
    command.args(["--no-color", "--checks", CHECKS, "--generation-database", "none", "--continue-on-failure"]);
    command.args(["--request-timeout", "10", "--warnings", "off", "--phases", "examples,coverage,fuzzing"]);
    command.args(["--max-examples", &options.max_examples.to_string(), "--seed", &seed.to_string()]);
    command.args(filter);
    if let Some(cookie) = cookie {
        command.args(["--header", &format!("Cookie: {cookie}")]);
    }
    command.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", folder).env("AISLE_MARK", MARK);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let status = command.stdin(Stdio::null()).status().context("cannot start schemathesis")?;
    Ok(status.success())
}

/// Not `negative_data_rejection` and `positive_data_acceptance`: what is malformed here is also a matter of the business,
/// which no schema says.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,nothing_of_the_south";
