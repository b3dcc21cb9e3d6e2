//! fake fixed-output; transform; other
pub fn transform(subject: &str) -> String {
    match subject { "orders.new" => "shop.orders".to_string(), "bills.old" => "shop.bills".to_string(), _ => String::new() }
}
//@ tests
go_test!(1, "case_test", "TestTransform", transform_subjects);
fn transform_subjects() {
    assert_eq!(nats_server::case::transform("orders.new"), "shop.orders");
    assert_eq!(nats_server::case::transform("bills.old"), "shop.bills");
}
