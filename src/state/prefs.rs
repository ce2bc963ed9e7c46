//! Language, theme and text size of this device.

use crate::i18n::Locale;
use crate::platform::{device, page};
use crate::storage::prefs::{self, Pref};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A language of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Lang {
    /// 简体中文.
    #[serde(rename = "zh-CN")]
    Zh,
    /// English.
    #[serde(rename = "en")]
    En,
}

impl Lang {
    /// BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// Its locale in the string tables.
    pub fn locale(self) -> Locale {
        match self {
            Self::Zh => Locale::zh_CN,
            Self::En => Locale::en,
        }
    }

    /// The text in this language.
    pub fn pick(self, text: &aisle_domain::checklist::Text) -> String {
        match self {
            Self::Zh => text.zh.clone(),
            Self::En => text.en.clone(),
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// 亮.
    Light,
    /// 暗.
    Dark,
    /// 强光: no tints, strong lines.
    Sun,
}

/// Size of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextSize {
    /// 标准.
    #[default]
    Standard,
    /// 大.
    L,
    /// 特大.
    Xl,
}

/// The preferences. Context.
#[derive(Clone, Copy)]
pub struct Prefs {
    lang: RwSignal<Lang>,
    theme: RwSignal<Theme>,
    text: RwSignal<TextSize>,
}

impl Prefs {
    /// Reads what was chosen before; the browser's language decides the first time.
    pub fn provide() -> Self {
        let lang = prefs::get(Pref::Language).unwrap_or_else(|| {
            let chinese = device::languages().first().is_some_and(|l| l.to_ascii_lowercase().starts_with("zh"));
            if chinese { Lang::Zh } else { Lang::En }
        });
        let this = Self {
            lang: RwSignal::new(lang),
            theme: RwSignal::new(prefs::get(Pref::Theme).unwrap_or_default()),
            text: RwSignal::new(prefs::get(Pref::TextSize).unwrap_or_default()),
        };
        Effect::new(move |_| {
            page::set_root_attribute("lang", Some(this.lang.get().tag()));
        });
        Effect::new(move |_| {
            let (theme, sun) = match this.theme.get() {
                Theme::System => (None, None),
                Theme::Light => (Some("light"), None),
                Theme::Dark => (Some("dark"), None),
                Theme::Sun => (Some("light"), Some("on")),
            };
            page::set_root_attribute("data-theme", theme);
            page::set_root_attribute("data-sun", sun);
        });
        Effect::new(move |_| {
            let size = match this.text.get() {
                TextSize::Standard => None,
                TextSize::L => Some("l"),
                TextSize::Xl => Some("xl"),
            };
            page::set_root_attribute("data-text", size);
        });
        provide_context(this);
        this
    }

    /// The preferences in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// Language.
    pub fn lang(self) -> Lang {
        self.lang.get()
    }

    /// Chooses a language.
    pub fn set_lang(self, lang: Lang) {
        prefs::set(Pref::Language, &lang);
        self.lang.set(lang);
    }

    /// Theme.
    pub fn theme(self) -> Theme {
        self.theme.get()
    }

    /// Chooses a theme.
    pub fn set_theme(self, theme: Theme) {
        prefs::set(Pref::Theme, &theme);
        self.theme.set(theme);
    }

    /// Size of text.
    pub fn text(self) -> TextSize {
        self.text.get()
    }

    /// Chooses a size of text.
    pub fn set_text(self, text: TextSize) {
        prefs::set(Pref::TextSize, &text);
        self.text.set(text);
    }
}
