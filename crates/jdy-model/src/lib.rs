//! Request and response types of the Kingdee JDY API, generated from the spec.
