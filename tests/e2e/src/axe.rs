//! axe-core on the screen that is shown.

use crate::browser::Browser;
use crate::setting;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fmt;

/// Something on a screen that keeps people out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The rule, such as `color-contrast`.
    pub rule: String,
    /// What is wrong, in axe's words.
    pub help: String,
    /// Where.
    pub selector: String,
    /// What axe saw there.
    pub summary: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = self.summary.replace('\n', " ");
        write!(f, "{} at {}: {} ({summary})", self.rule, self.selector, self.help)
    }
}

#[derive(Deserialize)]
struct Report {
    violations: Vec<Rule>,
    passes: usize,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Rule {
    id: String,
    help: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    selector: String,
    failure_summary: String,
}

/// Runs in the page; the last argument is WebDriver's callback.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        (r) => done({
            passes: r.passes.length,
            violations: r.violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.map((n) => ({
                selector: n.target.flat().join(' '), failureSummary: n.failureSummary ?? '' })) })),
        }),
        (e) => done({ passes: 0, violations: [], error: String(e) }),
    );
";

/// Everything axe-core finds wrong with the screen that is shown. The screen should be at rest, or colours are measured on
/// their way.
///
/// # Errors
/// When axe-core is missing, does not run, or finds nothing at all to check.
pub async fn violations(browser: &Browser) -> Result<Vec<Violation>> {
    if browser.run("return typeof axe", vec![]).await? != "object" {
        let script = std::fs::read_to_string(setting::axe()?)?;
        browser.run(&script, vec![]).await.context("axe-core cannot be loaded")?;
    }
    let report = browser.run_async(RUN, vec![]).await.context("axe-core did not finish")?;
    let report: Report = serde_json::from_value(report).context("axe-core said something unexpected")?;
    anyhow::ensure!(report.error.is_none(), "axe-core failed: {}", report.error.unwrap_or_default());
    anyhow::ensure!(report.passes > 5, "axe-core had next to nothing to check: an empty page");
    let mut all: Vec<Violation> = Vec::new();
    for rule in report.violations {
        all.extend(rule.nodes.into_iter().map(|node| Violation {
            rule: rule.id.clone(),
            help: rule.help.clone(),
            selector: node.selector,
            summary: node.failure_summary,
        }));
    }
    Ok(all)
}
