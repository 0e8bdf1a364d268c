//! What every store promises, and what the tests of the stores share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jdy_runtime::token::{Lease, MemoryStore, StoreError, Token};
use jdy_runtime::{Hooks, LeaseStore, Secret, TokenStore};

pub const KEY: &str = "00aa11bb";
pub const OTHER: &str = "f1aa11bb";

/// A token that is good for a day.
pub fn token(value: &str) -> Token {
    // Whole milliseconds: a store keeps no more.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let millis = u64::try_from(now.unwrap().as_millis()).unwrap();
    let start = SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
    Token::new(Secret::from(value), None, start)
}

/// Put, get and compare-and-expire, as every store must do them.
pub async fn keeps_tokens(store: &dyn TokenStore) {
    let (one, two) = (token("one.one.one"), token("two.two.two"));
    assert_eq!(store.get(KEY).await.unwrap(), None);
    store.put(KEY, &one).await.unwrap();
    store.put(OTHER, &two).await.unwrap();
    assert_eq!(store.get(KEY).await.unwrap(), Some(one.clone()));
    // A newer token stays when an older one is deleted.
    store.put(KEY, &two).await.unwrap();
    store.compare_and_delete(KEY, &one.value).await.unwrap();
    assert_eq!(store.get(KEY).await.unwrap(), Some(two.clone()));
    store.compare_and_delete(KEY, &two.value).await.unwrap();
    store.compare_and_delete(KEY, &two.value).await.unwrap();
    assert_eq!(store.get(KEY).await.unwrap(), None);
    assert_eq!(store.get(OTHER).await.unwrap(), Some(two.clone()));
    // Of two that want to be the first, both get the first one.
    assert_eq!(store.put_if_absent(KEY, &one).await.unwrap(), one);
    assert_eq!(store.put_if_absent(KEY, &two).await.unwrap(), one);
    assert_eq!(store.put_if_absent(OTHER, &one).await.unwrap(), two);
    assert_eq!(store.get(KEY).await.unwrap(), Some(one.clone()));
    store.compare_and_delete(KEY, &one.value).await.unwrap();
}

/// A lease has one owner, who may prolong it and alone give it back.
pub async fn leases(one: &dyn LeaseStore, other: &dyn LeaseStore) {
    let short = Duration::from_millis(300);
    assert_eq!(
        one.try_lease(KEY, "a", short).await.unwrap(),
        Lease::Granted
    );
    assert_eq!(
        one.try_lease(KEY, "a", short).await.unwrap(),
        Lease::Granted
    );
    for store in [one, other] {
        let held = store.try_lease(KEY, "b", short).await.unwrap();
        assert!(
            matches!(held, Lease::Held(left) if left <= short),
            "{held:?}"
        );
        store.release_lease(KEY, "b").await.unwrap();
    }
    let apart = other.try_lease(OTHER, "b", short).await.unwrap();
    assert_eq!(apart, Lease::Granted, "another key is another lease");
    one.release_lease(KEY, "a").await.unwrap();
    assert_eq!(
        other.try_lease(KEY, "b", short).await.unwrap(),
        Lease::Granted
    );
    // An owner that was lost keeps it no longer than it was leased for.
    tokio::time::sleep(short + Duration::from_millis(50)).await;
    assert_eq!(
        other.try_lease(KEY, "c", short).await.unwrap(),
        Lease::Granted
    );
    other.release_lease(KEY, "c").await.unwrap();
    other.release_lease(OTHER, "b").await.unwrap();
}

#[tokio::test]
async fn memory_keeps_tokens() {
    let store = MemoryStore::default();
    keeps_tokens(&store).await;
    let lease = store
        .try_lease(KEY, "a", Duration::from_secs(1))
        .await
        .unwrap();
    assert_eq!(lease, Lease::Granted);
}

/// A folder that is gone when the test is over.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("jdy-test-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Hears when a store fails.
#[derive(Clone, Default)]
pub struct Failures(pub Arc<Mutex<Vec<String>>>);

impl Hooks for Failures {
    fn token_store_failed(&self, _: &str, error: &StoreError) {
        self.0.lock().unwrap().push(error.to_string());
    }
}

impl Failures {
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}
