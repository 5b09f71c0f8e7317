ALTER TABLE orders ADD COLUMN sum INTEGER;
UPDATE orders SET sum = summed(order_no, merchant, store, live, signed);
ALTER TABLE payments ADD COLUMN sum INTEGER;
UPDATE payments SET sum = summed(
    channel, transaction_id, order_no, attempt, amount, currency, payer_amount, payer_currency, paid_at, late);
ALTER TABLE refunds ADD COLUMN sum INTEGER;
UPDATE refunds SET sum = summed(refund_no, order_no, channel, transaction_id, amount, currency, phase, done_at);
ALTER TABLE unmatched ADD COLUMN sum INTEGER;
UPDATE unmatched SET sum = summed(channel, transaction_id, out_trade_no, order_no, amount, currency, paid_at);
