//! The code blocks of the two READMEs, compiled and run as documentation tests.

#[doc = include_str!("../README.md")]
mod readme {}

#[doc = include_str!("../README.zh-CN.md")]
mod readme_zh_cn {}
