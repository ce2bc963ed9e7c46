//! Icons by name, and the logo.
//!
//! The shapes are the symbols of `style/icons.svg`, which the build inlines into the page. An icon is decoration:
//! it is hidden from screen readers, and the word stands beside it or in the `aria-label` of its control.

use leptos::prelude::*;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident => $href:literal,)+) => {
        /// Every symbol of the sprite.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum IconName {
            $($(#[$doc])* $name,)+
        }

        impl IconName {
            /// All icons, in the order of the sprite.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The fragment that `<use>` refers to.
            pub const fn href(self) -> &'static str {
                match self {
                    $(Self::$name => $href,)+
                }
            }
        }
    };
}

icons! {
    /// The twin rule.
    Twin => "#i-twin",
    /// Today's route.
    Today => "#i-today",
    /// A shop.
    Shop => "#i-shop",
    /// Targets.
    Target => "#i-target",
    /// Corrective actions.
    Action => "#i-action",
    /// More.
    More => "#i-more",
    /// Cockpit.
    Cockpit => "#i-cockpit",
    /// Audit, the scales.
    Audit => "#i-audit",
    /// Intel, the binoculars.
    Intel => "#i-intel",
    /// People.
    People => "#i-people",
    /// One person.
    User => "#i-user",
    /// Settings.
    Settings => "#i-settings",
    /// A region or team.
    Region => "#i-region",
    /// Record state: on this phone.
    SPhone => "#i-s-phone",
    /// Record state: sending.
    SSend => "#i-s-send",
    /// Record state: received.
    SGot => "#i-s-got",
    /// Record state: accepted.
    SOk => "#i-s-ok",
    /// Record state: returned.
    SBack => "#i-s-back",
    /// No signal.
    Offline => "#i-offline",
    /// Synchronise.
    Sync => "#i-sync",
    /// A tick.
    Check => "#i-check",
    /// A cross.
    Cross => "#i-cross",
    /// Not done yet.
    Todo => "#i-todo",
    /// Not applicable.
    Na => "#i-na",
    /// A gap, the triangle.
    Gap => "#i-gap",
    /// Critical, the octagon.
    Crit => "#i-crit",
    /// In order, the circle with a tick.
    Ok => "#i-ok",
    /// Information.
    Info => "#i-info",
    /// Ahead.
    Up => "#i-up",
    /// Behind.
    Down => "#i-down",
    /// Even.
    Even => "#i-even",
    /// Cannot be done.
    Blocked => "#i-blocked",
    /// A dispute.
    Dispute => "#i-dispute",
    /// Evidence grade A.
    ShieldA => "#i-shield-a",
    /// Evidence grade B.
    ShieldB => "#i-shield-b",
    /// Evidence grade C.
    ShieldC => "#i-shield-c",
    /// Section: distribution.
    Distribution => "#i-distribution",
    /// Section: refill.
    Refill => "#i-refill",
    /// Section: clearance.
    Clearance => "#i-clearance",
    /// Section: display.
    Display => "#i-display",
    /// Section: price.
    Price => "#i-price",
    /// A gift.
    Gift => "#i-gift",
    /// A receipt.
    Receipt => "#i-receipt",
    /// A poster.
    Poster => "#i-poster",
    /// Someone speaking.
    Speak => "#i-speak",
    /// Money.
    Money => "#i-money",
    /// A count.
    Count => "#i-count",
    /// Camera.
    Camera => "#i-camera",
    /// A photo.
    Photo => "#i-photo",
    /// Scan a code.
    Scan => "#i-scan",
    /// Torch.
    Torch => "#i-torch",
    /// A note.
    Note => "#i-note",
    /// Microphone.
    Mic => "#i-mic",
    /// A place.
    Pin => "#i-pin",
    /// Distance to a place.
    Near => "#i-near",
    /// Bearing, points up at 0 degrees.
    Heading => "#i-heading",
    /// Time.
    Clock => "#i-clock",
    /// Date.
    Calendar => "#i-calendar",
    /// Search.
    Search => "#i-search",
    /// Filter.
    Filter => "#i-filter",
    /// Sort.
    Sort => "#i-sort",
    /// Plus.
    Plus => "#i-plus",
    /// Minus.
    Minus => "#i-minus",
    /// Chevron right.
    Right => "#i-right",
    /// Chevron left.
    Left => "#i-left",
    /// Chevron down.
    Chev => "#i-chev",
    /// Chevron up.
    ChevUp => "#i-chev-up",
    /// Arrow: go on.
    Go => "#i-go",
    /// Locked.
    Lock => "#i-lock",
    /// Unlocked.
    Unlock => "#i-unlock",
    /// Edit.
    Edit => "#i-edit",
    /// Undo.
    Undo => "#i-undo",
    /// Export.
    Export => "#i-export",
    /// Import.
    Import => "#i-import",
    /// Equal.
    Equal => "#i-equal",
    /// Sum.
    Sum => "#i-sum",
    /// Show.
    Eye => "#i-eye",
    /// Delete one character.
    Backspace => "#i-backspace",
    /// Fingerprint.
    Finger => "#i-finger",
    /// Language.
    Globe => "#i-globe",
    /// Sunlight.
    Sun => "#i-sun",
    /// Call.
    Call => "#i-call",
    /// A list, a checklist.
    List => "#i-list",
    /// History.
    History => "#i-history",
    /// Funnel.
    Funnel => "#i-funnel",
    /// Storage.
    StoreData => "#i-store-data",
    /// Update.
    Update => "#i-update",
}

/// How large an icon is drawn. Text size does not change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IconSize {
    /// 16 px, beside notes and links.
    S16,
    /// 20 px, in rows.
    S20,
    /// 24 px.
    #[default]
    S24,
    /// 32 px, beside headings.
    S32,
}

impl IconSize {
    const fn class(self) -> &'static str {
        match self {
            Self::S16 => "ico ico--16",
            Self::S20 => "ico ico--20",
            Self::S24 => "ico",
            Self::S32 => "ico ico--32",
        }
    }
}

/// One icon of the sprite.
#[component]
pub fn Icon(
    /// Which one.
    #[prop(into)]
    name: Signal<IconName>,
    /// How large. Some blocks (rows, marks, chips) set their own size.
    #[prop(optional)]
    size: IconSize,
) -> impl IntoView {
    view! {
        <svg class=size.class() aria-hidden="true">
            <use href=move || name.get().href()></use>
        </svg>
    }
}

/// The logo: the twin rule in a dark square. The product's name stands beside it in words.
#[component]
pub fn Logo(
    /// 48 px instead of 32 px.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    view! {
        <svg class=if large { "logo logo--lg" } else { "logo" } viewBox="0 0 48 48" aria-hidden="true">
            <rect class="logo__ground" width="48" height="48" rx="10"></rect>
            <path class="logo__ref" d="M9 15.500h24"></path>
            <rect class="logo__act" x="9" y="21" width="14" height="14"></rect>
            <path class="logo__gap" d="m25 35 4-14M29.500 35 33 23"></path>
            <path class="logo__now" d="M34.500 9v30"></path>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_enum_and_the_sprite_name_the_same_icons() {
        let sprite = include_str!("../../style/icons.svg");
        let drawn: Vec<String> = sprite
            .split("<symbol id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(|id| format!("#{id}"))
            .collect();
        let named: Vec<String> = IconName::ALL.iter().map(|icon| icon.href().to_owned()).collect();
        assert_eq!(named, drawn);
    }
}
