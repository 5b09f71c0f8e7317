//! The same seed gives the same history, byte for byte; another seed another.

use saoma_sim::plain;

#[test]
fn a_plain_sale_is_paid_shown_and_told_the_same_way_twice() {
    let (one, again) = (plain(1), plain(1));
    assert_eq!(one.wrong, [""; 0]);
    assert_eq!((one.sales, one.paid), (1, 1));
    assert_eq!(one.lines, again.lines);
    assert_eq!(one.hash, again.hash);
    assert_ne!(one.hash, plain(2).hash);
}
