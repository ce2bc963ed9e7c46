-- One row: identity of this store and the revision of the newest change. Revisions are given out inside the writing
-- transaction, so they become visible in order.
CREATE TABLE store (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id  TEXT    NOT NULL,
    rev INTEGER NOT NULL
);

-- Every record. `v` is its fields as JSON text; `field_revs` says for each field that a device changed at which
-- revision and by which device; `shop`, `owner` and `by_auditor` decide who reads it.
CREATE TABLE record (
    kind       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    rev        INTEGER NOT NULL,
    v          TEXT    NOT NULL,
    deleted    INTEGER NOT NULL DEFAULT 0,
    shop       TEXT,
    owner      TEXT,
    by_auditor INTEGER NOT NULL DEFAULT 0,
    field_revs TEXT    NOT NULL DEFAULT '{}',
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX record_of_shop ON record (shop, kind) WHERE shop IS NOT NULL;

-- The change feed: which record is in which bucket since which revision. `gone` = it left the bucket then.
CREATE TABLE placement (
    kind   TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    bucket TEXT    NOT NULL,
    rev    INTEGER NOT NULL,
    gone   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, id, bucket)
) WITHOUT ROWID;
CREATE INDEX placement_feed ON placement (bucket, rev, gone, kind, id);

-- Bucket sets that cursors name by digest.
CREATE TABLE bucket_set (
    hash    TEXT PRIMARY KEY,
    buckets TEXT NOT NULL
) WITHOUT ROWID;

-- Values that lost against a later one.
CREATE TABLE history (
    seq   INTEGER PRIMARY KEY,
    kind  TEXT    NOT NULL,
    id    TEXT    NOT NULL,
    field TEXT    NOT NULL,
    rev   INTEGER NOT NULL,
    who   TEXT    NOT NULL,
    at    INTEGER NOT NULL,
    lost  TEXT    NOT NULL,
    kept  TEXT    NOT NULL
);
CREATE INDEX history_of_record ON history (kind, id);

CREATE TABLE person (
    id            TEXT PRIMARY KEY,
    login         TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    territory     TEXT    NOT NULL,
    password_hash TEXT,
    active        INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;

CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    person     TEXT    NOT NULL REFERENCES person (id),
    created    INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_of_person ON session (person);

CREATE TABLE device (
    id        TEXT PRIMARY KEY,
    person    TEXT    NOT NULL REFERENCES person (id),
    last_n    INTEGER NOT NULL,
    last_hash TEXT    NOT NULL
) WITHOUT ROWID;

-- Every mutation ever taken, with its result; refused ones too.
CREATE TABLE mutation (
    device      TEXT    NOT NULL REFERENCES device (id),
    n           INTEGER NOT NULL,
    id          TEXT    NOT NULL,
    person      TEXT    NOT NULL,
    hash        TEXT    NOT NULL,
    result      TEXT    NOT NULL,
    received_at INTEGER NOT NULL,
    device_at   INTEGER NOT NULL,
    body        TEXT    NOT NULL,
    PRIMARY KEY (device, n)
) WITHOUT ROWID;
CREATE INDEX mutation_by_id ON mutation (id);

-- Append-only, each row chained to the one before by digest.
CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    actor     TEXT    NOT NULL,
    action    TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    detail    TEXT    NOT NULL,
    prev_hash TEXT    NOT NULL,
    hash      TEXT    NOT NULL
);

-- Imported actuals. `day` counts days since 0001-01-01 (day 1); amounts are minor units.
CREATE TABLE fact (
    shop     TEXT    NOT NULL,
    day      INTEGER NOT NULL,
    product  TEXT    NOT NULL,
    quantity INTEGER NOT NULL,
    amount   INTEGER NOT NULL,
    PRIMARY KEY (shop, day, product)
) WITHOUT ROWID;

-- Photos: the bytes of an open upload and of a published one are files; here stands what they are.
CREATE TABLE blob (
    id      TEXT PRIMARY KEY,
    owner   TEXT    NOT NULL,
    sha256  TEXT    NOT NULL,
    length  INTEGER NOT NULL,
    mime    TEXT    NOT NULL,
    state   TEXT    NOT NULL CHECK (state IN ('open', 'published')),
    created INTEGER NOT NULL
) WITHOUT ROWID;
