//! Where the server's copies and facts lie in storage: many to a value in [`Table::Pages`](crate::Table::Pages) and
//! [`Table::FactPages`](crate::Table::FactPages), and what has changed since, one to a value, in
//! [`Table::Records`](crate::Table::Records) and [`Table::Facts`](crate::Table::Facts).
//!
//! A start reads everything, and a value for each record costs a browser more than the record. So a large batch writes pages,
//! and a small one rows that lie over them. A later page counts more than an earlier one, a row by itself more than any
//! page. A page is never changed. When too much of them is out of date all are written anew, and when something goes away at
//! once: what has left the person's scope must not stay on the phone. Nothing here writes: [`Shelf`] says which keys go
//! where, and the batch and memory both follow.
//!
//! A page of copies is text, as UTF-8 bytes: a line for each record, its key, a tab, and the copy as JSON. JSON has no line
//! breaks of its own, so a damaged line leaves its neighbours readable. A page of facts is segment after segment: length of
//! the key, key, length, bytes; lengths are four bytes, the lowest first.

use crate::sorted::Sorted;
use aisle_domain::order::sorted;

/// How many copies go where. The simulation makes these small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// A batch that changes so many copies writes pages.
    pub bulk: usize,
    /// Copies in a page: with the usual copy of a few hundred bytes, well over the 64 KiB from which Chromium keeps a value in
    /// a file of its own, which it reads and writes in a fraction of the time.
    pub page: usize,
    /// So many rows may lie by themselves, and so many lines of pages be out of date beyond every second one.
    pub loose: usize,
}

impl Default for Paging {
    fn default() -> Self {
        Self { bulk: 64, page: 512, loose: 1024 }
    }
}

impl Paging {
    /// Likewise for facts, of which there are fewer and which are larger.
    pub(crate) fn of_facts(self) -> Self {
        Self { page: (self.page / 8).max(1), loose: self.loose / 8, ..self }
    }
}

/// Key of a page.
pub(crate) fn page_key(number: u64) -> String {
    format!("{number:08}")
}

/// The lines of a page: key and copy, or what cannot be told apart.
pub(crate) fn lines(page: &[u8]) -> impl Iterator<Item = Result<(&str, &str), &[u8]>> {
    let whole = unsealed(page).0.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    whole.map(|line| std::str::from_utf8(line).ok().and_then(|text| text.split_once('\t')).ok_or(line))
}

/// What the last line of a page begins with. Also says how the lines are written: whoever writes them otherwise seals them
/// otherwise.
const SEAL: &[u8] = b"#\t";
/// How long it is: the digest in sixteen digits, and the end of the line.
const SEAL_BYTES: usize = SEAL.len() + 16 + 1;

/// Ends a page with a line that says what the others are, so that reading it need not look at every letter to know that it is
/// whole.
pub(crate) fn seal(page: &mut Vec<u8>) {
    let digest = digest(page);
    page.extend_from_slice(SEAL);
    page.extend_from_slice(format!("{digest:016x}\n").as_bytes());
}

/// The lines of a page, and whether they are what its seal says; `None` for a page without one, as earlier releases wrote it.
pub(crate) fn unsealed(page: &[u8]) -> (&[u8], Option<bool>) {
    let Some((lines, last)) = page.split_last_chunk::<SEAL_BYTES>() else { return (page, None) };
    let Some(said) = last.strip_prefix(SEAL) else { return (page, None) };
    let said = std::str::from_utf8(said).ok().and_then(|said| u64::from_str_radix(said.trim_end(), 16).ok());
    (lines, Some(said == Some(digest(lines))))
}

/// Of eight bytes at a time, so that a phone is through a megabyte in a millisecond. Each step can be undone: no two texts of the
/// same length that differ in eight bytes only have the same digest. It finds damage, and stands in nobody's way who means it.
fn digest(bytes: &[u8]) -> u64 {
    // The prime of FNV-1a with 64 bits.
    let step = |digest: u64, part: u64| {
        let digest = (digest ^ part).wrapping_mul(0x0000_0100_0000_01b3);
        digest ^ (digest >> 32)
    };
    let (parts, rest) = bytes.as_chunks::<8>();
    let digest = parts.iter().fold(bytes.len() as u64, |digest, part| step(digest, u64::from_le_bytes(*part)));
    rest.iter().fold(digest, |digest, byte| step(digest, u64::from(*byte)))
}

/// Adds a line to a page.
pub(crate) fn add_line(page: &mut Vec<u8>, key: &str, copy: &str) {
    for part in [key, "\t", copy, "\n"] {
        page.extend_from_slice(part.as_bytes());
    }
}

/// The segments of a page of facts: key and bytes. `None` ends them where the page cannot be read on.
pub(crate) fn segments(page: &[u8]) -> impl Iterator<Item = Option<(&str, &[u8])>> {
    fn part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
        let (length, after) = rest.split_first_chunk()?;
        let (part, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        *rest = after;
        Some(part)
    }
    fn segment<'a>(rest: &mut &'a [u8]) -> Option<(&'a str, &'a [u8])> {
        let key = std::str::from_utf8(part(rest)?).ok()?;
        Some((key, part(rest)?))
    }
    let (mut rest, mut ended) = (page, false);
    std::iter::from_fn(move || {
        if ended || rest.is_empty() {
            return None;
        }
        let next = segment(&mut rest);
        ended = next.is_none();
        Some(next)
    })
}

/// Adds a segment to a page of facts.
pub(crate) fn add_segment(page: &mut Vec<u8>, key: &str, bytes: &[u8]) {
    for part in [key.as_bytes(), bytes] {
        // Segments are a few kilobytes.
        page.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
        page.extend_from_slice(part);
    }
}

/// Which keys lie where.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shelf {
    /// Numbers of the pages, ascending.
    pages: Vec<u64>,
    /// Lines in all of them.
    lines: usize,
    /// Keys of the rows by themselves.
    loose: Sorted<String, ()>,
}

/// What a batch changes: keys in order, each with the place of what is there afterwards.
pub(crate) type Changed = Vec<(String, Option<usize>)>;

/// Where a key is among what is changed.
pub(crate) fn place(changed: &Changed, key: &str) -> Option<usize> {
    changed.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()
}

/// In the order of the keys; equals stay as they were.
pub(crate) fn in_order(changed: Changed) -> Changed {
    sorted(changed, |a, b| a.0.cmp(&b.0))
}

/// What is there before a batch.
pub(crate) trait Held {
    /// How many keys.
    fn count(&self) -> usize;
    /// Whether this one is among them.
    fn has(&self, key: &str) -> bool;
    /// All of them.
    fn keys(&self) -> Vec<String>;
}

/// What a batch does to the shelf.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Moves {
    /// Keys that get a line in new pages, in order.
    pub(crate) lines: Vec<String>,
    /// Pages that go away.
    pub(crate) dropped: Vec<u64>,
    /// Keys whose rows are written, by themselves.
    pub(crate) rows: Vec<String>,
    /// Keys whose rows go away.
    pub(crate) freed: Vec<String>,
}

impl Shelf {
    /// A page was read.
    pub(crate) fn found_page(&mut self, number: u64) {
        self.pages.push(number);
    }

    /// A line, or a segment, of a page was read.
    pub(crate) fn found_line(&mut self) {
        self.lines += 1;
    }

    /// A row by itself was read.
    pub(crate) fn found_row(&mut self, key: String) {
        self.loose.insert(key, ());
    }

    /// Number of the next page to be written.
    pub(crate) fn next_page(&self) -> u64 {
        self.pages.last().map_or(1, |last| last + 1)
    }

    /// Where to put what has changed. `held` is what is there before.
    pub(crate) fn moves(&self, changed: &Changed, held: &dyn Held, paging: Paging) -> Moves {
        let mut moves = Moves::default();
        let goes = |(key, there): &(String, Option<usize>)| there.is_none() && held.has(key);
        let drops = !self.pages.is_empty() && changed.iter().any(goes);
        let is_bulk = changed.len() >= paging.bulk || changed.len() + self.loose.len() > paging.loose;
        if changed.is_empty() || !(is_bulk || drops) {
            for (key, there) in changed {
                let at = if there.is_some() { &mut moves.rows } else { &mut moves.freed };
                at.push(key.clone());
            }
            return moves;
        }
        // Whether a changed key is there afterwards; `None` when it is not changed.
        let after = |key: &String| Some(changed[place(changed, key)?].1.is_some());
        let mut others: Vec<String> = self.loose.keys().cloned().collect();
        others.retain(|key| after(key).is_none());
        let lines = self.lines + changed.len() + others.len();
        if drops || lines > 2 * held.count().max(changed.len()) + paging.loose {
            moves.dropped.clone_from(&self.pages);
            others = held.keys();
            others.retain(|key| after(key).is_none());
        }
        let mut told: Changed = others.into_iter().map(|key| (key, None)).collect();
        for (key, there) in changed {
            if there.is_some() {
                told.push((key.clone(), None));
            }
        }
        // What would break a line lies by itself for ever, and no page holds it.
        let breaks = |key: &String| key.bytes().any(|byte| byte < b' ');
        for (key, _) in in_order(told) {
            if !breaks(&key) {
                moves.lines.push(key);
            } else if after(&key) == Some(true) {
                moves.rows.push(key);
            }
        }
        let is_kept = |key: &&String| breaks(key) && after(key) != Some(false);
        moves.freed = self.loose.keys().filter(|key| !is_kept(key)).cloned().collect();
        moves
    }

    /// The shelf as it is once the batch is durable.
    pub(crate) fn follow(&mut self, moves: Moves, paging: Paging) {
        let first = self.next_page();
        if !moves.dropped.is_empty() {
            self.pages.clear();
            self.lines = 0;
        }
        let count = moves.lines.len().div_ceil(paging.page) as u64;
        self.pages.extend(first..first + count);
        self.lines += moves.lines.len();
        for key in &moves.freed {
            self.loose.remove(key);
        }
        for key in moves.rows {
            self.loose.insert(key, ());
        }
    }
}
