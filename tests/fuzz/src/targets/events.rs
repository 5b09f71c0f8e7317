//! The event stream as it comes: bytes in any pieces, and the orders in them.

use saoma_contract::{Order, StreamEnd};
use saoma_engine::sse::SseParser;

use crate::{Target, told};

pub(super) const EVENTS: Target = Target {
    name: "events",
    seeds,
    words: &[
        "event: order\n",
        "event: end\n",
        "id: c1\n",
        "data: ",
        "\n\n",
        "\r",
        "\r\n",
        ": alive\n\n",
        "retry: 1\n",
        "\u{feff}",
        "\"state\":\"paid\"",
        "\"attempts\":[]",
        "\"version\"",
    ],
    input_bytes_max: 400 * 1024,
    // An event has 256 KiB at most, and is held as a line, as data, and once read.
    memory_bytes_max: 8 << 20,
    executions: 2_000,
    run,
};

const ORDERS: [&str; 4] = [
    include_str!("../../../../core/contract/tests/wire/order.json"),
    include_str!("../../../../core/contract/tests/wire/order_refunded.json"),
    include_str!("../../../../core/contract/tests/wire/order_charged.json"),
    include_str!("../../../../core/contract/tests/wire/order_rejected.json"),
];

fn seeds() -> Vec<Vec<u8>> {
    let event = |order: &str| format!("event: order\nid: c1\ndata: {}\n\n", order.replace('\n', ""));
    let mut seeds = vec![b": open\n\n: alive\n\nevent: end\ndata: {\"reason\":\"age\"}\n\n".to_vec()];
    seeds.extend(ORDERS.map(|order| format!(": open\n\n{}", event(order)).into_bytes()));
    seeds
}

fn run(input: &[u8]) {
    // Where it is cut makes no difference.
    let whole = SseParser::default().feed(input);
    let mut parser = SseParser::default();
    let mut pieces = Ok(Vec::new());
    for piece in input.chunks(1 + input.len() % 61) {
        match (&mut pieces, parser.feed(piece)) {
            (Ok(events), Ok(more)) => events.extend(more),
            (Ok(_), Err(error)) => pieces = Err(error),
            (Err(_), _) => break,
        }
    }
    let (Ok(whole), Ok(pieces)) = (whole, pieces) else { return };
    assert_eq!(whole, pieces);
    for event in whole {
        if let Err(error) = serde_json::from_str::<Order>(&event.data) {
            told(&error);
        }
        if let Err(error) = serde_json::from_str::<StreamEnd>(&event.data) {
            told(&error);
        }
    }
}
