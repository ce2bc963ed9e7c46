//! The page that measures: the peers' server, and calls into the modules of `tests/bench/pages`.

use aisle_e2e::{Browser, endpoint::free_port, eventually, eventually_within};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// No call takes longer than this, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// express with the pages, and express-pouchdb behind `/db`.
pub(crate) struct Peers {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Peers {
    pub(crate) async fn start(pages: &Path, modules: &Path) -> Result<Self> {
        let folder = TempDir::with_prefix("aisle-bench-peers-")?;
        let port = free_port()?;
        let mut command = Command::new("node");
        command.arg(pages.join("pouch_server.cjs")).arg(port.to_string()).arg(folder.path()).arg(pages);
        command.env("NODE_PATH", modules).current_dir(folder.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().context("cannot start node")?;
        let peers = Self { child, port, _folder: folder };
        eventually("the peers' server to listen", async || Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()))
            .await?;
        Ok(peers)
    }

    pub(crate) fn address(&self) -> String {
        format!("http://localhost:{}", self.port)
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // It holds nothing that anybody needs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Calls a function of a module of the pages and waits for what it returns.
pub(crate) async fn call(browser: &Browser, module: &str, function: &str, args: Value) -> Result<Value> {
    let script = "
        const [module, name, args] = arguments;
        window.benchOutcome = null;
        import(module)
            .then((code) => code[name](...args))
            .then((value) => { window.benchOutcome = { value: value ?? null }; })
            .catch((error) => { window.benchOutcome = { error: String(error?.stack ?? error) }; });
    ";
    browser.run(script, vec![json!(module), json!(function), args]).await?;
    let outcome = eventually_within(PATIENCE, format!("{module} {function}"), async || {
        let seen = browser.run("return window.benchOutcome", vec![]).await?;
        Ok((!seen.is_null()).then_some(seen))
    });
    let outcome = outcome.await?;
    if let Some(error) = outcome.get("error") {
        bail!("{module} {function}: {error}");
    }
    let value = outcome["value"].clone();
    // So that whoever waits sees that something happens; the figures come on standard output.
    let shown: String = value.to_string().chars().take(100).collect();
    eprintln!("{module} {function}: {shown}");
    Ok(value)
}

/// Likewise, for a figure.
pub(crate) async fn number(browser: &Browser, module: &str, function: &str, args: Value) -> Result<f64> {
    let value = call(browser, module, function, args).await?;
    value.as_f64().with_context(|| format!("{module} {function} returned {value}, no number"))
}

/// Likewise, for a list of figures.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}
