//! The storage suite against memory.

use aisle_sync::memory::MemoryStore;
use std::cell::RefCell;
use std::collections::BTreeMap;

#[test]
fn memory_keeps_every_promise() {
    let stores: RefCell<BTreeMap<String, MemoryStore>> = RefCell::default();
    let open = async |name: &str| stores.borrow_mut().entry(name.to_owned()).or_default().clone();
    futures::executor::block_on(aisle_sync::conformance::run(open));
}
