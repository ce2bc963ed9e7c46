//! axe-core finds nothing on any screen, in both languages and themes.

use aisle_e2e::browser::Size;
use aisle_e2e::pages::SignIn;
use aisle_e2e::{Browser, Endpoint, axe, tour};
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

/// A checker that never finds anything would pass the test above, too.
#[tokio::test(flavor = "multi_thread")]
async fn the_checker_sees_what_is_wrong() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?;
    assert_eq!(axe::violations(&phone).await?, []);
    let spoil = "document.querySelector('.field__l').remove(); \
                 document.querySelector('.login__sub').style.opacity = '0.3';";
    phone.run(spoil, vec![]).await?;
    let rules: Vec<String> = axe::violations(&phone).await?.into_iter().map(|violation| violation.rule).collect();
    assert!(rules.iter().any(|rule| rule == "label") && rules.iter().any(|rule| rule == "color-contrast"), "{rules:?}");
    Ok(())
}
