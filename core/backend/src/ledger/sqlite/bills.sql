CREATE TABLE bills (
    merchant TEXT NOT NULL,
    date TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at INTEGER,
    tries INTEGER NOT NULL,
    trouble TEXT,
    file TEXT,
    sha1 TEXT,
    fetched_at INTEGER,
    checked TEXT,
    PRIMARY KEY (merchant, date)
) STRICT, WITHOUT ROWID;
CREATE INDEX bills_due ON bills (merchant, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE findings (
    merchant TEXT NOT NULL,
    date TEXT NOT NULL,
    id TEXT NOT NULL,
    found TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    gone INTEGER NOT NULL,
    PRIMARY KEY (merchant, date, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE settlements (
    merchant TEXT NOT NULL,
    date TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    device TEXT NOT NULL,
    person TEXT,
    reason TEXT NOT NULL,
    PRIMARY KEY (merchant, date, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX refunds_sent ON refunds (merchant, sent_at) WHERE sent_at IS NOT NULL;
