//! Journeys through the whole product in real browsers: what a person does, what the screen says, and what is in the
//! endpoint's database afterwards. One at a time: `--test-threads=1`.

mod accessibility;
mod device;
mod devices;
mod full;
mod import;
mod kills;
mod large;
mod navigation;
mod plan;
mod published;
mod releases;
mod route;
mod sign_in;
mod sign_out;
mod targets;
mod trouble;
mod unlock;
mod visit;
