//! The record of requests: what came, how it was answered, which fault fired.
//!
//! Owns [`RecordedRequest`], how many are kept, and who observes them. Must not know how a call is
//! checked or performed. Must not use: `crate::account`, `crate::product`, `crate::spec`, `tokio`.

use std::collections::VecDeque;
use std::fmt;

use crate::answer::Answer;
use crate::fault::FaultKind;
use crate::request::Head;
use crate::signature::Explanation;

/// How many requests are kept.
const MAX_RECORDED: usize = 10_000;

/// One request as the sandbox received it. `Debug` shows neither its query nor its description.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The path, without query.
    pub path: String,
    /// The whole request target, byte for byte.
    pub target: String,
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
        }
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

/// Called with every request.
pub(crate) type Observer = Box<dyn Fn(&RecordedRequest) + Send + Sync>;

/// The latest requests.
pub(crate) struct Record {
    requests: VecDeque<RecordedRequest>,
    observer: Option<Observer>,
}

impl Record {
    pub(crate) fn new(observer: Option<Observer>) -> Self {
        Self {
            requests: VecDeque::new(),
            observer,
        }
    }

    pub(crate) fn add(&mut self, request: RecordedRequest) {
        if let Some(observer) = &self.observer {
            observer(&request);
        }
        if self.requests.len() >= MAX_RECORDED {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    /// The oldest first.
    pub(crate) fn requests(&self) -> impl Iterator<Item = &RecordedRequest> {
        self.requests.iter()
    }
}
