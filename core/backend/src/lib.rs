//! The reference merchant backend: orders, attempts, payments, notifications, statements.
