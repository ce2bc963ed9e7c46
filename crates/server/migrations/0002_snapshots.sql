-- The snapshot in effect: the revision it shows. No row before the first was built.
CREATE TABLE snapshot (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    rev   INTEGER NOT NULL,
    built INTEGER NOT NULL
);

-- Segments, gzipped. A digest covers the uncompressed bytes, which name the bucket: one digest, one bucket. What is no
-- longer listed stays a while for devices that read the list before.
CREATE TABLE snapshot_segment (
    digest   TEXT PRIMARY KEY,
    bucket   TEXT    NOT NULL,
    place    INTEGER NOT NULL,
    rev      INTEGER NOT NULL,
    records  INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    gz       BLOB    NOT NULL,
    unlisted INTEGER
);
CREATE INDEX snapshot_segment_of_bucket ON snapshot_segment (bucket, place) WHERE unlisted IS NULL;
