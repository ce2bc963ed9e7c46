//! Things said in place: panels, notes, empty states, skeletons, marks, tags, a waiting update.

use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// What a panel is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PanelKind {
    /// Neutral.
    #[default]
    Info,
    /// In order.
    Done,
    /// Something is off, or came back.
    Gap,
    /// Critical.
    Crit,
    /// Suggested next step.
    Tag,
}

impl PanelKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Info => "panel",
            Self::Done => "panel panel--done",
            Self::Gap => "panel panel--gap",
            Self::Crit => "panel panel--crit",
            Self::Tag => "panel panel--tag",
        }
    }

    const fn icon(self) -> IconName {
        match self {
            Self::Info => IconName::Info,
            Self::Done => IconName::Ok,
            Self::Gap => IconName::Gap,
            Self::Crit => IconName::Crit,
            Self::Tag => IconName::History,
        }
    }
}

/// An inline panel. Errors start with where the data is, then say what to do.
#[component]
pub fn Panel(
    /// Its first line.
    #[prop(into)]
    title: Signal<String>,
    /// Colour and default icon.
    #[prop(optional)]
    kind: PanelKind,
    /// Another icon.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// One paragraph. Empty: none.
    #[prop(optional, into)]
    text: Signal<String>,
    /// Comes up while someone works: screen readers say it at once.
    #[prop(optional)]
    alert: bool,
    /// Buttons at its foot.
    #[prop(optional, into)]
    acts: Option<ViewFn>,
    /// Anything between text and buttons, such as photos.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class=kind.class() role=alert.then_some("alert")>
            <p class="panel__t">
                <Icon name=icon.unwrap_or(kind.icon()) />
                <span>{title}</span>
            </p>
            {move || (!text.read().is_empty()).then(|| view! { <p>{text}</p> })}
            {children.map(|children| children())}
            {acts.map(|acts| view! { <div class="panel__acts">{acts.run()}</div> })}
        </div>
    }
}

/// A quiet explanation without a box.
#[component]
pub fn Note(
    /// Its icon.
    #[prop(default = IconName::Info)]
    icon: IconName,
    /// The sentence.
    #[prop(optional, into)]
    text: Signal<String>,
    /// With the screen's side margins; not inside a shelf.
    #[prop(optional)]
    pad: bool,
    /// After the sentence: bold parts, a link.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="note" class:note--pad=pad>
            <Icon name=icon />
            <span>{text}</span>
            {children.map(|children| children())}
        </div>
    }
}

/// Nothing here, and what to do.
#[component]
pub fn Empty(
    /// What is not here.
    #[prop(into)]
    title: Signal<String>,
    /// What can be done, or when it comes.
    #[prop(optional, into)]
    text: Signal<String>,
    /// A button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty__rail" aria-hidden="true">
                <span class="twin twin--md">
                    <span class="twin__ref"></span>
                    <span class="twin__act"></span>
                </span>
            </span>
            <p class="empty__t">{title}</p>
            {move || (!text.read().is_empty()).then(|| view! { <p class="empty__s">{text}</p> })}
            {children.map(|children| children())}
        </div>
    }
}

/// The shape of what is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkeletonShape {
    /// A figure with its twin rule, then lines.
    Hero,
    /// So many rows.
    Rows(usize),
}

/// Stands for what is being read; shows itself only after 300 ms.
#[component]
pub fn Skeleton(
    /// What is coming.
    shape: SkeletonShape,
    /// Says that it is being read from this phone.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let lines: Vec<&'static str> = match shape {
        SkeletonShape::Hero => {
            vec!["skel skel--40", "skel skel--figure", "skel skel--bar", "skel skel--80", "skel", "skel skel--60"]
        }
        SkeletonShape::Rows(rows) => vec!["skel skel--row"; rows],
    };
    view! {
        <div class="skels" aria-busy="true">
            {lines.into_iter().map(|class| view! { <span class=class></span> }).collect_view()}
            <p class="denom">{label}</p>
        </div>
    }
}

/// The yellow shelf tag: now or next, nothing else.
#[component]
pub fn Tag(
    /// Its word.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    view! { <span class="label">{label}</span> }
}

/// What a mark means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MarkKind {
    /// Neutral.
    #[default]
    Plain,
    /// In order.
    Done,
    /// A gap.
    Gap,
    /// Critical.
    Crit,
}

/// An outcome: icon and word.
#[component]
pub fn Mark(
    /// Colour.
    #[prop(optional, into)]
    kind: Signal<MarkKind>,
    /// Its icon.
    #[prop(into)]
    icon: Signal<IconName>,
    /// Its word.
    #[prop(into)]
    label: Signal<String>,
    /// With an edge: for flags such as “critical item”.
    #[prop(optional)]
    boxed: bool,
) -> impl IntoView {
    let is = move |wanted| move || kind.get() == wanted;
    view! {
        <span
            class="mark"
            class:mark--box=boxed
            class:mark--done=is(MarkKind::Done)
            class:mark--gap=is(MarkKind::Gap)
            class:mark--crit=is(MarkKind::Crit)
        >
            <Icon name=icon />
            {label}
        </span>
    }
}

/// A new version waits. It is never applied during a visit.
#[component]
pub fn UpdateNotice(
    /// What waits, and when it is applied.
    #[prop(into)]
    text: Signal<String>,
    /// The word of the button. Empty: no button (a visit is open).
    #[prop(optional, into)]
    action: Signal<String>,
    /// Applies it.
    #[prop(into)]
    on_apply: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="update" role="status">
            <Icon name=IconName::Update />
            <span>{text}</span>
            {move || {
                (!action.read().is_empty())
                    .then(|| {
                        view! {
                            <button class="btn btn--sm" type="button" on:click=move |_| on_apply.run(())>
                                {action}
                            </button>
                        }
                    })
            }}
        </div>
    }
}
