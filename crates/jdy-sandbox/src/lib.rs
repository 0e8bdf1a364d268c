//! A local gateway that behaves as the Kingdee JDY gateway does, for tests without an account.
