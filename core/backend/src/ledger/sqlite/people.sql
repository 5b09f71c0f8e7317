CREATE TABLE people (
    merchant TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    store TEXT,
    pin_memory_kib INTEGER NOT NULL,
    pin_passes INTEGER NOT NULL,
    pin_salt BLOB NOT NULL,
    pin_hash BLOB NOT NULL,
    added_at INTEGER NOT NULL,
    removed_at INTEGER,
    PRIMARY KEY (merchant, id)
) STRICT;

CREATE TABLE sessions (
    device TEXT NOT NULL,
    person TEXT NOT NULL,
    merchant TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (device, person)
) STRICT;
CREATE INDEX sessions_of_merchant ON sessions (merchant, device, person);

CREATE TABLE pin_tries (
    about TEXT PRIMARY KEY,
    wrong INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    until INTEGER
) STRICT;

CREATE TABLE audit (
    merchant TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    device TEXT,
    person TEXT,
    what TEXT NOT NULL,
    about TEXT,
    detail TEXT,
    hash BLOB NOT NULL,
    PRIMARY KEY (merchant, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE counted (
    merchant TEXT NOT NULL,
    kind TEXT NOT NULL,
    device TEXT NOT NULL,
    about TEXT NOT NULL,
    amount INTEGER NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (merchant, kind, about)
) STRICT;
CREATE INDEX counted_since ON counted (merchant, kind, at);
CREATE INDEX counted_on_device ON counted (merchant, kind, device, at);

CREATE INDEX devices_of_merchant ON devices (merchant, paired_at);
CREATE INDEX devices_of_key ON devices (public_key);
