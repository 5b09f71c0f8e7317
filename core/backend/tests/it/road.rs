//! The road of a payment, from an amount to a receipt.

use saoma_contract::DeviceRole;
use saoma_contract::statement::Checked;

use crate::counter::Speaks;
use crate::world::{World, code_text};

#[tokio::test]
async fn an_order_gets_a_code_is_paid_and_has_a_receipt() {
    for world in [
        World::with("public_key").await,
        World::with("certificate").await,
        World::speaking(Speaks::V2Hmac).await,
        World::speaking(Speaks::V2Md5).await,
    ] {
        let till = world.till(DeviceRole::Cashier).await;
        let order = world.ring_up(&till, 1280).await;
        let statements = till.statements(&order);
        let [Checked::Code(code)] = statements.as_slice() else { panic!("no code: {order:?}") };
        assert_eq!(code.statement().code.text, code_text(&order));
        assert_eq!((code.statement().amount, code.statement().attempt.get()), (1280, 1));

        world.pay(&order).await;
        let paid = world.until(&till, &order.order_no, |order| order.state.as_str() == "paid").await;
        assert!(paid.version > order.version);
        let statements = till.statements(&paid);
        let [Checked::Paid(receipt)] = statements.as_slice() else { panic!("no receipt: {paid:?}") };
        assert!(!receipt.is_money(), "a sandbox's receipt is no money");
        assert_eq!(receipt.statement().payment.amount, 1280);
        assert!(!receipt.statement().payment.late);
        assert_eq!(world.notified().await, "accepted");
    }
}
