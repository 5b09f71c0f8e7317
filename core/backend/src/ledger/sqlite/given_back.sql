-- An order whose money did not match waits for nothing more once all of that money is proven given back.
UPDATE orders SET is_open = 0
WHERE is_open = 1 AND mismatch = 1
  AND EXISTS (SELECT 1 FROM unmatched WHERE order_no = orders.order_no)
  AND NOT EXISTS (
      SELECT 1 FROM attempts WHERE order_no = orders.order_no AND phase NOT IN ('closed', 'paid')
      AND out_trade_no NOT IN (SELECT out_trade_no FROM unmatched WHERE order_no = orders.order_no))
  AND NOT EXISTS (
      SELECT 1 FROM unmatched AS money WHERE money.order_no = orders.order_no AND money.amount > (
          SELECT coalesce(sum(amount), 0) FROM refunds
          WHERE order_no = money.order_no AND channel = money.channel AND transaction_id = money.transaction_id
          AND phase = 'done'));
