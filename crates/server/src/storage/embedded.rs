//! The steps of the database schema, compiled in. A step that was released is never edited; a change is a new step.

/// One step.
#[derive(Clone, Copy, Debug)]
pub struct SchemaStep {
    /// Its number, ascending.
    pub version: i64,
    /// What it does.
    pub name: &'static str,
    /// How.
    pub sql: &'static str,
}

/// All steps, in order.
pub const SCHEMA_STEPS: &[SchemaStep] = &[
    SchemaStep { version: 1, name: "init", sql: include_str!("../../migrations/0001_init.sql") },
    SchemaStep { version: 2, name: "snapshots", sql: include_str!("../../migrations/0002_snapshots.sql") },
    SchemaStep { version: 3, name: "tombstones", sql: include_str!("../../migrations/0003_tombstones.sql") },
    SchemaStep { version: 4, name: "amendments", sql: include_str!("../../migrations/0004_amendments.sql") },
    SchemaStep { version: 5, name: "imports", sql: include_str!("../../migrations/0005_imports.sql") },
];
