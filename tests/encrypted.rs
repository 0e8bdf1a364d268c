//! What the vendor encrypts in answers is read beside its field, and nowhere else.

use jdy::bd::customer_detail::Data;
use jdy::{DecryptError, Field};
use jdy_wire::decode_data;

/// The vendor's own example.
const SECRET: &str = "75eb3c7cd5974c3018d6934e142b5f81";
const PHONE: &str = "bsiV0ZrykeIH/5ZZ65lX5A==";

fn answer(phone: &str) -> Data {
    let text = format!(r#"{{"invoice_phone":"{phone}"}}"#);
    match decode_data::<Data>(&text).unwrap().data {
        Field::Value(data) => data,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_vendors_example_is_read_from_the_field_of_an_answer() {
    let data = answer(PHONE);
    let phone = data.invoice_phone.require().unwrap();
    assert_eq!(phone.decrypt(SECRET).unwrap(), "18599999999");
    // Whoever prints the answer prints what came.
    assert!(!format!("{data:?}").contains("18599999999"));
}

#[test]
fn a_wrong_key_and_a_broken_text_are_errors_and_the_field_stays_as_it_came() {
    for (text, secret, expected) in [
        (
            PHONE,
            "75eb3c7cd5974c3018d6934e142b5f82",
            DecryptError::Unreadable,
        ),
        (PHONE, "75eb3c7cd5974c30", DecryptError::Secret),
        (&PHONE[..20], SECRET, DecryptError::NotEncrypted),
        ("18599999999", SECRET, DecryptError::NotEncrypted),
    ] {
        let data = answer(text);
        let field = data.invoice_phone.require().unwrap();
        let error = field.decrypt(secret).unwrap_err();
        assert_eq!((error, field.as_str()), (expected, text));
        assert!(!format!("{error} {error:?}").contains(secret));
    }
}
