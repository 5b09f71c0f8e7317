UPDATE evidence SET body = sealed(body);
UPDATE refund_evidence SET body = sealed(body);
UPDATE unmatched SET body = sealed(body);
