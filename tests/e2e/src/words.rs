//! The app's own string tables, so that journeys go by the words on the screen in either language.

use crate::setting;
use anyhow::{Context, Result};
use serde_json::Value;

/// A language of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// 简体中文.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
}

/// The strings of one language.
#[derive(Clone, Debug)]
pub struct Words(Value);

impl Words {
    /// Reads them from `locales/`.
    ///
    /// # Errors
    /// When the table is not there or is no JSON.
    pub fn read(lang: Lang) -> Result<Self> {
        let path = setting::root().join(format!("locales/{}.json", lang.tag()));
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self(serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?))
    }

    /// The words under a key such as `sign_in.go`.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn say(&self, key: &str) -> Result<&str> {
        let found = key.split('.').try_fold(&self.0, |at, part| at.get(part));
        found.and_then(Value::as_str).with_context(|| format!("the string tables have no {key:?}"))
    }

    /// The words under a key with their gaps filled: `{n}` by the value named `n`.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> Result<String> {
        let text = self.say(key)?.to_owned();
        Ok(values.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{name}}}"), value)))
    }

    /// The words under a key before their first gap.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn start(&self, key: &str) -> Result<&str> {
        let text = self.say(key)?;
        Ok(text.split('{').next().unwrap_or(text).trim_end())
    }
}
