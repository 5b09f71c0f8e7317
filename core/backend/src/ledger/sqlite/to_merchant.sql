ALTER TABLE refunds ADD COLUMN to_merchant_at INTEGER;
