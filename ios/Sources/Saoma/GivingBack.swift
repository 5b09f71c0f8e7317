// Money back to the customer, and late money that stays.

import SaomaCore

extension Till {
    /// A number for a refund. Ask once, when the refund sheet opens; every tap on its button then means the same refund. In memory
    /// only.
    public func newRefundNo() -> String {
        core.newRefundNo()
    }

    /// Asks for money back and returns once that is durable, network or not; bringing it to the backend goes on by itself. It may wait
    /// for a manager, and is done only when a verified statement says so (`RefundPhase.done`).
    ///
    /// - Throws: `bad_input`, `payment_unknown`, `refund_over_rest`, `refund_parts_exhausted`, `refund_too_old`, `conflict` (the number
    ///   stands for another refund). Nothing has then changed.
    @discardableResult
    public func refund(
        _ refund: NewRefund, refundNo: String, of orderNo: String
    ) async throws(SaomaError) -> Sale {
        try await waiting { [core] in
            try await core.refund(orderNo: orderNo, refundNo: refundNo, refund: refund)
        }
    }

    /// A manager says yes to a refund that waits for it; waits for the backend's answer. Saying it again does no harm.
    @discardableResult
    public func approve(_ refundNo: String, of orderNo: String) async throws(SaomaError) -> Sale {
        try await waiting { [core] in
            try await core.decideRefund(orderNo: orderNo, refundNo: refundNo, approve: true, reason: nil)
        }
    }

    /// A manager says no to a refund that waits for it, and why; waits for the backend's answer. Saying it again does no harm.
    @discardableResult
    public func decline(
        _ refundNo: String, of orderNo: String, because reason: String
    ) async throws(SaomaError) -> Sale {
        try await waiting { [core] in
            try await core.decideRefund(orderNo: orderNo, refundNo: refundNo, approve: false, reason: reason)
        }
    }

    /// A manager keeps late money; waits for the backend's answer. To give it back instead, refund what is left of it.
    @discardableResult
    public func keepLateMoney(_ payment: SalePayment, of orderNo: String) async throws(SaomaError) -> Sale {
        try await waiting { [core] in
            try await core.acceptLateMoney(
                orderNo: orderNo, channel: payment.channel, transactionId: payment.transactionId)
        }
    }
}
