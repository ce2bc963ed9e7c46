-- Departures and deletions up to this revision may have been forgotten: a cursor from before it starts anew.
ALTER TABLE store ADD COLUMN horizon INTEGER NOT NULL DEFAULT 0;

-- Which revision was the newest when: revisions carry no time of their own.
CREATE TABLE mark (
    at  INTEGER PRIMARY KEY,
    rev INTEGER NOT NULL
);

-- `placement.gone`: 0 it is there, 1 it left this bucket, 2 it was deleted for everybody.
CREATE INDEX placement_tombstone ON placement (rev) WHERE gone <> 0;
