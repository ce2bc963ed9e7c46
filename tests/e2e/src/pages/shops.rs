//! 门店: the list of shops.

use super::{ShopPage, Visit};
use crate::browser::Browser;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use thirtyfour::prelude::*;

/// The list of shops.
#[derive(Clone, Copy)]
pub struct Shops<'a>(&'a Browser);

const ROWS: &str = "#main .rows a[href^='/shops/']";

impl<'a> Shops<'a> {
    /// Goes there by the tab.
    ///
    /// # Errors
    /// When there is no tab or no list.
    pub async fn open(browser: &'a Browser) -> Result<Self> {
        browser.tap("the tab of the shops", By::Css("nav a[href='/shops']")).await?;
        browser.see("a list of shops", By::Css(ROWS)).await?;
        Ok(Self(browser))
    }

    /// The codes of the shops listed.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn listed(self) -> Result<BTreeSet<String>> {
        let mut codes = BTreeSet::new();
        for row in self.0.all_shown(By::Css(ROWS)).await? {
            let address = row.attr("href").await?.context("a row without an address")?;
            codes.insert(address.rsplit('/').next().unwrap_or_default().to_owned());
        }
        Ok(codes)
    }

    /// Checks in at the first shop listed, without a position.
    ///
    /// # Errors
    /// When none is listed, or it does not lead to a visit.
    pub async fn check_in_at_first(browser: &'a Browser) -> Result<Visit<'a>> {
        let shops = Self::open(browser).await?;
        let code = shops.listed().await?.pop_first().context("a shop")?;
        shops.choose(&code).await?.check_in_from_elsewhere("reason.no_fix").await
    }

    /// Searches.
    ///
    /// # Errors
    /// When there is no search.
    pub async fn search(self, text: &str) -> Result<()> {
        let field = self.0.see("the search", By::Css(".find input")).await?;
        field.clear().await?;
        field.send_keys(text).await?;
        Ok(())
    }

    /// Opens a shop of the list.
    ///
    /// # Errors
    /// When it is not listed.
    pub async fn choose(self, code: &str) -> Result<ShopPage<'a>> {
        self.0.tap(&format!("shop {code}"), By::Css(format!("#main .rows a[href='/shops/{code}']"))).await?;
        ShopPage::shown(self.0, code).await
    }
}
