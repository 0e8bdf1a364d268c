//! The wire forms of the Kingdee JDY API: scalars, record tables, lenient decoding, the envelope. No IO.
