//! The code blocks of the READMEs and of docs, compiled and run as documentation tests; and the
//! examples of all operations, compiled as functions.

/// They stand in the docs of a crate that `jdy` depends on, where they would not compile.
#[allow(
    dead_code,
    clippy::inconsistent_digit_grouping,
    reason = "they are read, and none is run; the cents of an amount stand apart"
)]
#[rustfmt::skip]
mod operations;

#[doc = include_str!("../README.md")]
mod readme {}

#[doc = include_str!("../README.zh-CN.md")]
mod readme_zh_cn {}

#[doc = include_str!("../crates/jdy/README.md")]
mod readme_of_jdy {}

#[doc = include_str!("../crates/jdy-sandbox/README.md")]
mod readme_of_the_sandbox {}

#[doc = include_str!("../docs/reconciliation.md")]
mod reconciliation {}

#[doc = include_str!("../docs/reconciliation.zh-CN.md")]
mod reconciliation_zh_cn {}

#[doc = include_str!("../docs/fleet.md")]
mod a_list_for_several_machines {}

#[doc = include_str!("../docs/fleet.zh-CN.md")]
mod a_list_for_several_machines_zh_cn {}

#[doc = include_str!("../docs/recipes/mirror.md")]
mod recipe_mirror {}

#[doc = include_str!("../docs/recipes/mirror.zh-CN.md")]
mod recipe_mirror_zh_cn {}

#[doc = include_str!("../docs/recipes/outbound-order.md")]
mod recipe_outbound_order {}

#[doc = include_str!("../docs/recipes/outbound-order.zh-CN.md")]
mod recipe_outbound_order_zh_cn {}

#[doc = include_str!("../docs/recipes/vouchers.md")]
mod recipe_vouchers {}

#[doc = include_str!("../docs/recipes/vouchers.zh-CN.md")]
mod recipe_vouchers_zh_cn {}

#[doc = include_str!("../docs/recipes/recharge-service.md")]
mod recipe_recharge_service {}

#[doc = include_str!("../docs/recipes/recharge-service.zh-CN.md")]
mod recipe_recharge_service_zh_cn {}

#[doc = include_str!("../docs/recipes/several-shops.md")]
mod recipe_several_shops {}

#[doc = include_str!("../docs/recipes/several-shops.zh-CN.md")]
mod recipe_several_shops_zh_cn {}

#[doc = include_str!("../docs/observability.md")]
mod observability {}

#[doc = include_str!("../docs/observability.zh-CN.md")]
mod observability_zh_cn {}
