ALTER TABLE attempts ADD COLUMN kind TEXT NOT NULL DEFAULT 'qr';
ALTER TABLE attempts ADD COLUMN reversed INTEGER NOT NULL DEFAULT 0;

ALTER TABLE payments ADD COLUMN accepted_at INTEGER;
ALTER TABLE payments ADD COLUMN accepted_device TEXT;
ALTER TABLE payments ADD COLUMN accepted_staff TEXT;
ALTER TABLE payments ADD COLUMN attested_device TEXT;
ALTER TABLE payments ADD COLUMN attested_staff TEXT;

CREATE INDEX unmatched_of_order ON unmatched (order_no) WHERE order_no IS NOT NULL;

CREATE TABLE refunds (
    refund_no TEXT PRIMARY KEY,
    order_no TEXT NOT NULL,
    merchant TEXT NOT NULL,
    store TEXT NOT NULL,
    channel TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    phase TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    requested_device TEXT,
    requested_staff TEXT,
    decided_approve INTEGER,
    decided_at INTEGER,
    decided_device TEXT,
    decided_staff TEXT,
    request BLOB,
    sent_at INTEGER,
    sends_at INTEGER,
    channel_refund_no TEXT,
    done_at INTEGER,
    refused_code TEXT,
    refused_detail TEXT,
    detail TEXT,
    tries INTEGER NOT NULL,
    absent INTEGER NOT NULL,
    due_step TEXT,
    due_at INTEGER
) STRICT;
CREATE INDEX refunds_of_order ON refunds (order_no);
CREATE INDEX refunds_of_day ON refunds (merchant, done_at) WHERE done_at IS NOT NULL;

CREATE TABLE refund_evidence (
    refund_no TEXT NOT NULL,
    phase TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    serial TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (refund_no, phase)
) STRICT;
