//! Money is exact: what is written is what was meant, digit by digit.

use jdy::ls::mall_recharge::{Request, Required};
use jdy_wire::{Decimal, decode_request, encode_body};
use proptest::prelude::*;

fn amount(text: &str) -> Request {
    Required {
        bal_amount: text.parse::<Decimal>().unwrap(),
        member_id: "10".into(),
        src_bill_id: "1".into(),
    }
    .into()
}

#[test]
fn an_amount_is_sent_as_text_with_the_digits_it_was_given() {
    for text in [
        "1",
        "1.00",
        "0.1",
        "100.50",
        "79228162514264337593543950335",
        "-3.20",
    ] {
        let body = encode_body(&amount(text)).unwrap();
        assert!(
            body.starts_with(&format!(r#"{{"bal_amount":"{text}","#)),
            "{body}"
        );
    }
}

proptest! {
    #[test]
    fn any_amount_comes_back_as_it_went(units in any::<i64>(), scale in 0_u32..=18) {
        let sent = Decimal::new(units, scale);
        let body = encode_body(&amount(&sent.to_string())).unwrap();
        let back: Request = decode_request(&body).unwrap();
        prop_assert_eq!(back.required.bal_amount, sent);
        prop_assert_eq!(back.required.bal_amount.scale(), sent.scale());
        let bare = body.replacen(&format!("\"{sent}\""), &sent.to_string(), 1);
        let back: Request = decode_request(&bare).unwrap();
        prop_assert_eq!(back.required.bal_amount, sent);
    }
}
