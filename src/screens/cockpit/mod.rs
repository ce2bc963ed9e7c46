//! 驾驶舱: where a territory stands, what deviates and what to do next, who was visited. The start of whoever leads.

mod checks;
mod deviations;
mod funnel;
mod head;
mod people;
mod sheets;
mod shops;
mod tree;

use super::Page;
use super::frame::{Chip, Tabs};
use super::update::UpdateBar;
use crate::components::{Bar, Dock, Empty, Panel, PanelKind};
use crate::i18n::use_i18n;
use crate::state::cockpit::{Ask, Choice, Cockpit as State, Fault, Line, PersonLine, Tree};
use crate::text::{say, tr};
use leptos::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What every panel reads. Each panel's figures are a memo of their own, so that one may fail alone.
#[derive(Clone, Copy)]
struct Shown {
    state: State,
    choice: StoredValue<ArcRwSignal<Choice>>,
    ask: Memo<Ask>,
    /// Every territory in scope, for choosing one.
    all: Memo<Grown>,
    /// The chosen part.
    lines: Memo<Arc<Vec<Arc<Line>>>>,
    tree: Memo<Grown>,
    people: Memo<Result<Arc<Vec<PersonLine>>, Fault>>,
}

type Grown = Result<Arc<Tree>, Fault>;

impl Shown {
    fn new() -> Self {
        let state = State::get();
        let choice = state.choice();
        let ask = Memo::new(move |_| state.ask());
        let every = Memo::new(move |_| state.lines(&ask.get()));
        let all = Memo::new(move |_| state.tree(&every.get(), &ask.get(), false));
        let scope = {
            let choice = choice.clone();
            Memo::new(move |_| choice.with(|choice| choice.scope.clone()))
        };
        let lines = Memo::new(move |_| {
            let (every, Some(scope)) = (every.get(), scope.get()) else { return every.get() };
            let Ok(all) = all.get() else { return every };
            let at =
                all.nodes.iter().position(|node| node.place == crate::state::cockpit::Place::Territory(scope.clone()));
            // A territory that is no longer in scope is no choice any more.
            let Some(at) = at else { return every };
            let inside: BTreeSet<_> = all.shops(at).collect();
            Arc::new(every.iter().filter(|line| inside.contains(&line.id)).cloned().collect())
        });
        let tree = Memo::new(move |_| {
            let (lines, every) = (lines.get(), every.get());
            if Arc::ptr_eq(&lines, &every) { all.get() } else { state.tree(&lines, &ask.get(), true) }
        });
        let people = Memo::new(move |_| state.people(&lines.get(), &ask.get()));
        Self { state, choice: StoredValue::new(choice), ask, all, lines, tree, people }
    }

    fn choose(self, change: impl FnOnce(&mut Choice)) {
        self.choice.with_value(|choice| choice.update(change));
    }

    fn chosen<T>(self, read: impl FnOnce(&Choice) -> T) -> T {
        self.choice.with_value(|choice| choice.with(read))
    }
}

/// The cockpit.
#[component]
pub fn Cockpit() -> impl IntoView {
    let i18n = use_i18n();
    let shown = Shown::new();
    let subtitle = Signal::derive(move || head::subject(shown));
    let none = move || shown.lines.with(|lines| lines.is_empty());
    view! {
        <div class="app app--wide cockpit">
            <Bar title=tr!(i18n, cockpit.title) subtitle><Chip/></Bar>
            <main class="app__main ck" id="main">
                <UpdateBar/>
                <Show
                    when=move || !none()
                    fallback=move || view! {
                        <Empty title=tr!(i18n, cockpit.empty) text=tr!(i18n, cockpit.empty_text)/>
                    }
                >
                    <head::Head shown/>
                    <head::Top shown/>
                    <div class="ck__mid">
                        <tree::TreePanel shown/>
                        <deviations::DeviationsPanel shown/>
                    </div>
                    <div class="ck__low">
                        <funnel::FunnelPanel shown/>
                        <checks::ChecksPanel shown/>
                    </div>
                    <people::PeoplePanel shown/>
                    <shops::ShopsPanel shown/>
                </Show>
            </main>
            <Dock label=tr!(i18n, frame.actions) tabs=|| view! { <Tabs current=Page::Today/> }/>
        </div>
    }
}

/// A panel that could not be computed: the others go on.
fn failed(fault: &Fault) -> AnyView {
    let i18n = use_i18n();
    let text = say!(i18n, cockpit.failed_text, why = fault);
    view! { <Panel kind=PanelKind::Gap title=tr!(i18n, cockpit.failed) text/> }.into_any()
}
