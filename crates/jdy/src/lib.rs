//! The SDK for the open API of Kingdee 星辰 (JDY v2).
