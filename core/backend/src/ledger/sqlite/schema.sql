CREATE TABLE epoch (value INTEGER NOT NULL) STRICT;

CREATE TABLE merchants (
    id TEXT PRIMARY KEY,
    live INTEGER NOT NULL,
    currency TEXT NOT NULL
) STRICT;

CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    store TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    public_key BLOB NOT NULL,
    paired_at INTEGER NOT NULL,
    revoked_at INTEGER,
    journal_entries INTEGER,
    journal_hash BLOB,
    journal_created_s INTEGER,
    forked_at INTEGER
) STRICT;

CREATE TABLE pairings (
    secret_hash BLOB PRIMARY KEY,
    merchant TEXT NOT NULL,
    store TEXT NOT NULL,
    role TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    device TEXT
) STRICT;

CREATE TABLE orders (
    order_no TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    store TEXT NOT NULL,
    live INTEGER NOT NULL,
    signed TEXT,
    device TEXT,
    business_key TEXT,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    cancelled_at INTEGER,
    cancelled_by TEXT,
    refresh_wanted INTEGER NOT NULL,
    refusal_code TEXT,
    refusal_detail TEXT,
    mismatch INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    is_unsettled INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_of_merchant ON orders (merchant, counter);
CREATE INDEX orders_of_store ON orders (merchant, store, counter);
CREATE INDEX orders_open_key ON orders (merchant, business_key) WHERE is_open = 1 AND business_key IS NOT NULL;
CREATE INDEX orders_open_device ON orders (device) WHERE is_open = 1;
CREATE INDEX orders_unsettled ON orders (order_no) WHERE is_unsettled = 1;

CREATE TABLE attempts (
    order_no TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    out_trade_no TEXT NOT NULL UNIQUE,
    phase TEXT NOT NULL,
    request BLOB,
    sent_at INTEGER,
    expires_at INTEGER,
    code TEXT,
    code_at INTEGER,
    asked_at INTEGER,
    known INTEGER NOT NULL,
    refused_code TEXT,
    refused_detail TEXT,
    tries INTEGER NOT NULL,
    absent INTEGER NOT NULL,
    due_step TEXT,
    due_at INTEGER,
    PRIMARY KEY (order_no, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE payments (
    channel TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    order_no TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    merchant TEXT NOT NULL,
    store TEXT NOT NULL,
    method TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    payer_amount INTEGER,
    payer_currency TEXT,
    paid_at INTEGER NOT NULL,
    late INTEGER NOT NULL,
    UNIQUE (channel, transaction_id)
) STRICT;
CREATE INDEX payments_of_order ON payments (order_no);
CREATE INDEX payments_of_day ON payments (merchant, paid_at);

CREATE TABLE evidence (
    channel TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    serial TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (channel, transaction_id)
) STRICT;

CREATE TABLE unmatched (
    channel TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    out_trade_no TEXT NOT NULL,
    merchant TEXT NOT NULL,
    store TEXT,
    order_no TEXT,
    reason TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    paid_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    serial TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (channel, transaction_id, out_trade_no)
) STRICT;
CREATE INDEX unmatched_of_day ON unmatched (merchant, paid_at);
