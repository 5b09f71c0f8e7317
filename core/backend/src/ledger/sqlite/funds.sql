CREATE TABLE bills_of_kinds (
    merchant TEXT NOT NULL,
    date TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at INTEGER,
    tries INTEGER NOT NULL,
    trouble TEXT,
    file TEXT,
    sha1 TEXT,
    fetched_at INTEGER,
    checked TEXT,
    PRIMARY KEY (merchant, date, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO bills_of_kinds
    SELECT merchant, date, 'trade', state, due_at, tries, trouble, file, sha1, fetched_at, checked FROM bills;
DROP TABLE bills;
ALTER TABLE bills_of_kinds RENAME TO bills;
CREATE INDEX bills_due ON bills (merchant, due_at) WHERE due_at IS NOT NULL;

CREATE INDEX orders_by_age ON orders (merchant, created_at);
