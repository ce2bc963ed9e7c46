//! Where the browser begins.

fn main() {
    aisle::mount();
}
