//! axe-core finds nothing on any screen, in both languages and themes.

use aisle_e2e::browser::Size;
use aisle_e2e::{axe, tour};
use anyhow::Result;

#[tokio::test(flavor = "multi_thread")]
async fn no_screen_keeps_anybody_out() -> Result<()> {
    let mut found = Vec::new();
    let mut checked = 0;
    tour::tour(&[Size::PHONE, Size::DESK], async |browser, stop| {
        let violations = axe::violations(browser).await?;
        found.extend(violations.into_iter().map(|violation| format!("{stop}: {violation}")));
        checked += 1;
        Ok(())
    })
    .await?;
    assert!(checked >= 80, "only {checked} screens were checked");
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
    Ok(())
}
