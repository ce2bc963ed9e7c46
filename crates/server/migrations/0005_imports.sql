-- Imports that people confirmed, by the names their devices gave them: sent again, one takes no effect again.
CREATE TABLE import (
    id     TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    digest TEXT NOT NULL,
    at     INTEGER NOT NULL,
    counts TEXT NOT NULL
) WITHOUT ROWID;
