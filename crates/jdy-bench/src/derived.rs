//! The rule page's answer in structs with serde derive, as one would write them without the SDK.
//!
//! Owns nothing but the derive. Must not know what decodes.

crate::rows::row_types!(serde::Deserialize);

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::rows::{ROW, TURNED, answer};

    fn first_name(text: &str) -> Option<&str> {
        text.split('"').nth(1)
    }

    #[test]
    fn both_rows_hold_the_same_in_another_order() -> Result<(), crate::Failure> {
        let values: [Value; 2] = [serde_json::from_str(ROW)?, serde_json::from_str(TURNED)?];
        assert_eq!(values[0], values[1]);
        assert_ne!(first_name(ROW), first_name(TURNED));
        Ok(())
    }

    #[test]
    fn an_answer_is_decoded_with_all_of_its_rows() -> Result<(), crate::Failure> {
        let answer: super::Answer = serde_json::from_str(&answer(TURNED, 3))?;
        let rows = answer.data.and_then(|data| data.rows).unwrap_or_default();
        let whole = rows.iter().filter(|row| row.coupon_list.is_some());
        assert_eq!(whole.count(), 3);
        Ok(())
    }
}
