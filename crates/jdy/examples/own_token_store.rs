//! A token store of your own: where your service keeps its state anyway.
//!
//! `cargo run --example own_token_store` shares one token between two clients, which stand for two
//! processes. A map stands for your database. A store that fails stops no
//! call, unless nothing else says which account set an instance was resolved to.

mod common;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use common::{Ended, client_of};
use jdy::Secret;
use jdy::ls::mall_recharge_rule;
use jdy::prelude::*;
use jdy::runtime::BoxFuture;
use jdy::token::{LeaseStore, SharedLimiter, StoreError, Token, TokenStore};
use jdy_sandbox::Sandbox;

type Stored<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

#[derive(Clone, Default)]
struct Database(Arc<Mutex<HashMap<String, Token>>>);

impl Database {
    fn rows<T>(
        &self,
        change: impl FnOnce(&mut HashMap<String, Token>) -> T,
    ) -> Result<T, StoreError> {
        Ok(change(
            &mut self.0.lock().unwrap_or_else(PoisonError::into_inner),
        ))
    }
}

impl TokenStore for Database {
    fn get<'a>(&'a self, key: &'a str) -> Stored<'a, Option<Token>> {
        Box::pin(async move { self.rows(|rows| rows.get(key).cloned()) })
    }

    fn put<'a>(&'a self, key: &'a str, token: &'a Token) -> Stored<'a, ()> {
        Box::pin(async move { self.rows(|rows| drop(rows.insert(key.into(), token.clone()))) })
    }

    /// `INSERT .. ON CONFLICT DO NOTHING`, and then `SELECT`: of two processes both get the first one's.
    fn put_if_absent<'a>(&'a self, key: &'a str, token: &'a Token) -> Stored<'a, Token> {
        let row = || token.clone();
        Box::pin(
            async move { self.rows(|rows| rows.entry(key.into()).or_insert_with(row).clone()) },
        )
    }

    /// `DELETE .. WHERE key = ? AND token = ?`: a newer token, of another process, stays.
    fn compare_and_delete<'a>(&'a self, key: &'a str, value: &'a Secret) -> Stored<'a, ()> {
        let stays = move |name: &String, token: &mut Token| name != key || token.value != *value;
        Box::pin(async move { self.rows(|rows| rows.retain(stays)) })
    }
}

// As they are, each process refreshes by itself and keeps to the limits by itself. A store that
// grants leases and counts permits for all overrides their methods.
impl LeaseStore for Database {}
impl SharedLimiter for Database {}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Ended {
    let sandbox = Sandbox::start().await?;
    let database = Database::default();
    for process in ["first", "second"] {
        let client = client_of(&sandbox).token_store(database.clone()).build()?;
        let request = mall_recharge_rule::Required {
            member_id: "10".into(),
        };
        client.ls().mall_recharge_rule(request).await?;
        println!("after the {process}: {} token calls", sandbox.token_calls());
    }
    println!(
        "{} token in the database",
        database.rows(|rows| rows.len())?
    );
    Ok(())
}
