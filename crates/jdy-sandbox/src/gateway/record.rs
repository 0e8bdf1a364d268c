//! The record of requests: what came, how it was answered, which fault fired.
//!
//! Owns [`RecordedRequest`], how many are kept, and who observes them. Must not know how a call is
//! checked or performed. Must not use: `crate::account`, `crate::product`, `crate::spec`, `tokio`.

use std::collections::VecDeque;
use std::fmt;

use crate::admin::is_secret;
use crate::answer::Answer;
use crate::fault::FaultKind;
use crate::request::Head;
use crate::signature::Explanation;

/// How many requests are kept.
const MAX_RECORDED: usize = 10_000;
/// How much text is kept: a request line alone can have 64 KiB, and an explained signature shows it
/// several times.
const MAX_BYTES: usize = 8 << 20;

/// One request as the sandbox received it. `Debug` shows neither its query nor its description.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Its number, from 1 on; it grows with each request.
    pub number: u64,
    /// When it was answered, by the sandbox's clock.
    pub epoch_millis: i64,
    /// The method.
    pub method: String,
    /// The path, without query.
    pub path: String,
    /// The whole request target, byte for byte.
    pub target: String,
    /// The id of the operation, if the spec has one at this method and path.
    pub operation: Option<String>,
    /// The HTTP status of the answer; `None` if none was sent.
    pub status: Option<u16>,
    /// The `errcode` of the answer, if it had one.
    pub errcode: Option<i64>,
    /// The description of a refusal.
    pub description: Option<String>,
    /// Of a refused signature: the text that must be signed, and the client's.
    pub signature: Option<Explanation>,
    /// The account set of its token, if the token was valid.
    pub account_id: Option<String>,
    /// The caller's reference (`x-jdy-key`), if the operation has one and the body was complete.
    pub key: Option<String>,
    /// The fields that the spec does not know, if they are allowed
    /// ([`Builder::allow_extra`](crate::Builder::allow_extra)).
    pub extra: Vec<String>,
    /// The word of the fault that fired on it.
    pub fault: Option<&'static str>,
    /// The value of that fault, if it has one.
    pub fault_value: Option<String>,
    /// Values of signed headers that may be secrets; they stand in the texts of a signature.
    pub(crate) signed_secrets: Vec<String>,
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("status", &self.status)
            .field("errcode", &self.errcode)
            .field("account_id", &self.account_id)
            .field("extra", &self.extra)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

impl RecordedRequest {
    /// A request without an answer.
    pub(super) fn unanswered(head: &Head, fault: Option<&FaultKind>) -> Self {
        Self {
            number: 0,
            epoch_millis: 0,
            operation: None,
            method: head.method.clone(),
            path: head.path().to_owned(),
            target: head.target.clone(),
            status: None,
            errcode: None,
            description: None,
            signature: None,
            account_id: None,
            key: None,
            extra: Vec::new(),
            fault: fault.map(FaultKind::word),
            fault_value: fault.and_then(FaultKind::value),
            signed_secrets: signed_secrets(head),
        }
    }

    /// About how much memory its texts take.
    fn bytes(&self) -> usize {
        let texts = [Some(&self.method), Some(&self.path), Some(&self.target)];
        let optional = [
            self.description.as_ref(),
            self.key.as_ref(),
            self.signature.as_ref().map(|found| &found.text),
            self.signature.as_ref().map(|found| &found.expected),
            self.signature
                .as_ref()
                .and_then(|found| found.signed.as_ref()),
        ];
        let lists = self.extra.iter().chain(&self.signed_secrets);
        let texts = texts.into_iter().chain(optional).flatten().chain(lists);
        texts.map(String::len).sum()
    }

    pub(super) fn answered(mut self, answer: Option<&Answer>) -> Self {
        if let Some(answer) = answer {
            self.status = Some(answer.status);
            self.errcode = answer.errcode;
            self.description.clone_from(&answer.description);
        }
        self
    }
}

/// The values of signed headers whose names are those of secrets.
fn signed_secrets(head: &Head) -> Vec<String> {
    let names = head.header("x-api-signheaders").unwrap_or_default();
    let names = names
        .split(',')
        .map(str::trim)
        .filter(|name| is_secret(name));
    names
        .filter_map(|name| head.header(&name.to_ascii_lowercase()))
        .map(str::to_owned)
        .collect()
}

/// Called with every request.
pub(crate) type Observer = Box<dyn Fn(&RecordedRequest) + Send + Sync>;

/// The latest requests.
pub(crate) struct Record {
    requests: VecDeque<RecordedRequest>,
    last_number: u64,
    /// The length of all texts that are kept.
    bytes: usize,
    observer: Option<Observer>,
}

impl Record {
    pub(crate) fn new(observer: Option<Observer>) -> Self {
        Self {
            requests: VecDeque::new(),
            last_number: 0,
            bytes: 0,
            observer,
        }
    }

    pub(crate) fn add(&mut self, mut request: RecordedRequest) {
        self.last_number += 1;
        request.number = self.last_number;
        if let Some(observer) = &self.observer {
            observer(&request);
        }
        self.bytes = self.bytes.saturating_add(request.bytes());
        self.requests.push_back(request);
        while self.requests.len() > MAX_RECORDED || self.bytes > MAX_BYTES {
            let Some(oldest) = self.requests.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(oldest.bytes());
        }
    }

    /// Forgets all requests. Their numbers are not given again.
    pub(crate) fn clear(&mut self) {
        self.requests.clear();
        self.bytes = 0;
    }

    /// The number of the latest request; 0 before the first.
    pub(crate) fn last_number(&self) -> u64 {
        self.last_number
    }

    /// The oldest first.
    pub(crate) fn requests(&self) -> impl Iterator<Item = &RecordedRequest> {
        self.requests.iter()
    }
}
