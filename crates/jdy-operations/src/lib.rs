//! The operations of the Kingdee JDY API, generated from the spec.
