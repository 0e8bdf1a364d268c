//! What is to be asked about a line whose fate is unknown.

use jdy::ls::mall_recharge::{Data, Request};
use jdy::operations::ls::MALL_RECHARGE;
use jdy::{Facts, Operation, Verify};
use jdy_journal::{Format, List, settling};

#[test]
fn the_operation_that_can_tell_is_named_with_its_arguments_filled_in() {
    let verified: Operation<Request, Data> = Operation::new(Facts {
        verify: Some(Verify {
            operation: "ls.recharge_record",
            by: &[
                ("member", "member_id"),
                ("amount", "bal_amount"),
                ("store", "store_id"),
            ],
        }),
        ..*MALL_RECHARGE.facts()
    });
    let text = "member_id,bal_amount,src_bill_id\n10,1.50,R-1\n";
    let list = List::read(&verified, Format::Csv, text.as_bytes()).unwrap();
    let found = settling(list.facts(), &list.lines()[0].request).unwrap();
    assert_eq!(found.operation, "ls.recharge_record");
    assert_eq!(
        found.arguments,
        [("member", "10".to_owned()), ("amount", "1.50".to_owned())]
    );
}
