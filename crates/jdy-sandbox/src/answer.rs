//! HTTP answers as values, and refusals in the gateway's own form.
//!
//! Owns status, headers, bodies, the gateway's names of its codes and the product's error numbers.
//! Must not know sockets, nor why a call is refused.
//! Must not use: `crate::fault`, `crate::gateway`, `crate::request`, `crate::server`, `tokio`.

use std::time::Duration;

use serde_json::{Value, json};

/// One HTTP answer, before it becomes bytes.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The `errcode` in the body, for the record.
    pub(crate) errcode: Option<i64>,
    /// The description of a refusal, for the record.
    pub(crate) description: Option<String>,
}

impl Answer {
    fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type,
            body,
            headers: Vec::new(),
            errcode: None,
            description: None,
        }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let errcode = body.get("errcode").and_then(Value::as_i64);
        Self {
            errcode,
            ..Self::new(
                status,
                "application/json;charset=UTF-8",
                body.to_string().into_bytes(),
            )
        }
    }

    /// A body that is declared as JSON and need not be.
    pub(crate) fn unchecked_json(status: u16, body: Vec<u8>) -> Self {
        Self::new(status, "application/json;charset=UTF-8", body)
    }

    pub(crate) fn success(data: Value) -> Self {
        Self::json(
            200,
            &json!({"errcode": 0, "description": "success", "data": data}),
        )
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain;charset=UTF-8", text.as_bytes().to_vec())
    }

    /// A file with its own type.
    pub(crate) fn file(content_type: &'static str, text: &str) -> Self {
        Self::new(200, content_type, text.as_bytes().to_vec())
    }

    pub(crate) fn html(status: u16, html: &str) -> Self {
        Self::new(status, "text/html", html.as_bytes().to_vec())
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self::new(status, "text/plain;charset=UTF-8", Vec::new())
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The status line and headers as bytes, for a body of `length` bytes.
    pub(crate) fn head(&self, length: u64, date: &str, keep_alive: bool) -> Vec<u8> {
        let connection = if keep_alive { "keep-alive" } else { "close" };
        let mut head = format!(
            "HTTP/1.1 {} {}\r\nDate: {date}\r\nServer: jdy-sandbox\r\nContent-Type: {}\r\nContent-Length: {length}\r\nConnection: {connection}\r\n",
            self.status,
            reason(self.status),
            self.content_type,
        );
        for (name, value) in &self.headers {
            // A description must not add a header: everything but printable ASCII becomes a space.
            let value: String = value
                .chars()
                .map(|c| if c.is_ascii_graphic() { c } else { ' ' })
                .collect();
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        504 => "Gateway Timeout",
        519 => "Gateway Refusal",
        _ => "Status",
    }
}

/// How the body of an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyDelivery {
    Whole,
    /// This many bytes, then the connection ends.
    Cut(usize),
    /// In two halves with a pause between them.
    Paused(Duration),
    /// With this many bytes of padding inside.
    Padded(u64),
    /// Whole, then the connection ends although it was promised to be kept.
    ThenClose,
}

/// What the product says in English of a request that it refuses.
const PARAM_ERROR: &str = "param error";

/// A refusal, by who refuses.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// The gateway: HTTP 519 with one of its codes.
    Gateway { code: i64, reason: String },
    /// The router: HTTP 404 and a plain `No Route`.
    NoRoute { reason: String },
    /// A limit: HTTP 429 in plain text.
    TooMany { reason: String },
    /// The product: HTTP 200 with an `errcode` of its own.
    Business { errcode: i64, description: String },
    /// The product, of an upload.
    Upload { errcode: i64, description: String },
    /// The product, in its own words: `description` says little, `description_cn` says why.
    Words {
        errcode: i64,
        words: String,
        reason: String,
    },
}

impl Refusal {
    pub(crate) fn gateway(code: i64, reason: impl Into<String>) -> Self {
        Self::Gateway {
            code,
            reason: reason.into(),
        }
    }

    pub(crate) fn business(errcode: i64, description: impl Into<String>) -> Self {
        Self::Business {
            errcode,
            description: description.into(),
        }
    }

    /// A refusal of the product in the form of its uploads: `errorCode` and `message`. The gateway
    /// and the router refuse every call in their own form.
    pub(crate) fn of_upload(self) -> Self {
        match self {
            Self::Business {
                errcode,
                description,
            } => Self::Upload {
                errcode,
                description,
            },
            other => other,
        }
    }

    pub(crate) fn into_answer(self) -> Answer {
        match self {
            Self::Upload {
                errcode,
                description,
            } => {
                let body = json!({"errorCode": errcode.to_string(), "message": description});
                Answer {
                    errcode: Some(errcode),
                    description: Some(description),
                    ..Answer::json(200, &body)
                }
            }
            Self::Gateway { code, reason } => gateway_refusal(code, &reason),
            Self::NoRoute { reason } => {
                let answer =
                    Answer::text(404, "No Route").with_header("X-Sandbox-Reason", reason.as_str());
                Answer {
                    description: Some(reason),
                    ..answer
                }
            }
            Self::TooMany { reason } => {
                let answer = Answer::text(429, "Too Many Requests")
                    .with_header("X-Sandbox-Reason", reason.as_str());
                Answer {
                    description: Some(reason),
                    ..answer
                }
            }
            Self::Words {
                errcode,
                words,
                reason,
            } => {
                let body = json!({
                    "errcode": errcode, "description": PARAM_ERROR, "description_cn": words
                });
                let answer = Answer::json(200, &body).with_header("X-Sandbox-Reason", &reason);
                Answer {
                    description: Some(format!("{PARAM_ERROR}: {words} ({reason})")),
                    ..answer
                }
            }
            Self::Business {
                errcode,
                description,
            } => {
                let body = json!({"errcode": errcode, "description": description});
                Answer {
                    description: Some(description),
                    ..Answer::json(200, &body)
                }
            }
        }
    }
}

fn gateway_refusal(code: i64, reason: &str) -> Answer {
    let (name, chinese) = gateway_names(code);
    let description = format!("{name}: {reason}");
    let body = json!({"errcode": code, "description": description, "description_cn": chinese});
    Answer {
        description: Some(description),
        ..Answer::json(519, &body)
    }
}

/// The gateway's name of one of its codes, and a short Chinese one.
pub(crate) fn gateway_names(code: i64) -> (&'static str, &'static str) {
    match code {
        4001 => ("AUTH_TYPE_NO_SUPPORT", "不支持的认证版本"),
        4002 => ("CLIENT_ID_IS_EMPTY", "应用id为空"),
        4003 => ("CLIENT_ID_IS_INVALID", "应用id无效"),
        4004 => ("CLIENT_SECRET_IS_EMPTY", "应用密钥为空"),
        4005 => ("CLIENT_ID_SECRET_IS_INVALID", "应用id与密钥不匹配"),
        4006 => ("X_API_TIMESTAMP_IS_INVALID", "时间戳无效"),
        4007 => ("X_API_SIGNHEADERS_IS_INVALID", "签名头无效"),
        4008 => ("X_API_SIGNATURE_IS_INVALID", "签名无效"),
        4009 => ("ACCESS_TOKEN_IS_EMPTY", "app-token为空"),
        4010 => ("ACCESS_TOKEN_IS_INVALID", "app-token无效"),
        4011 => ("ACCESS_TOKEN_IS_EXPIRED", "app-token已过期"),
        4012 => ("NO_PERMISSION_INVOKE_API", "没有调用接口的权限"),
        5000 => ("INTERNAL_SERVICE_FAIL", "内部服务失败"),
        5001 => ("API_NOT_FOUND", "接口不存在"),
        5002 => ("METHOD_NOT_ALLOWED", "请求方法不允许"),
        5003 => ("API_UNAVAILABLE", "接口不可用"),
        5004 => ("API_TIMEOUT", "接口超时"),
        5005 => ("API_REQUEST_CANCEL", "接口请求被取消"),
        5006 => ("API_REQUEST_FUSE", "接口被熔断"),
        5007 => ("API_REQUEST_OVERLOAD", "接口过载"),
        _ => ("GATEWAY_ERROR", "网关错误"),
    }
}

/// The product's error numbers. Two are the real ones; the others, 1999xxxxxx, are the sandbox's
/// own, because the real numbers are unknown.
pub(crate) mod errcode {
    /// A real number: the app secret is stale or wrong.
    pub(crate) const STALE_APP_SECRET: i64 = 1_030_002_006;
    /// A real number: the token call or the authorization is not allowed.
    pub(crate) const NOT_AUTHORIZED: i64 = 1_020_002_008;
    pub(crate) const UNREADABLE_BODY: i64 = 1_999_000_001;
    pub(crate) const UNKNOWN_FIELD: i64 = 1_999_000_002;
    pub(crate) const MISSING_FIELD: i64 = 1_999_000_003;
    pub(crate) const WRONG_KIND: i64 = 1_999_000_004;
    pub(crate) const UNKNOWN_INSTANCE: i64 = 1_999_000_005;
    pub(crate) const NO_SUCH_DOCUMENT: i64 = 1_999_020_001;
    pub(crate) const NUMBER_TAKEN: i64 = 1_999_020_002;
    pub(crate) const WRONG_PROGRESS: i64 = 1_999_020_003;
    pub(crate) const UNKNOWN_MEMBER: i64 = 1_999_010_001;
    pub(crate) const BAD_AMOUNT: i64 = 1_999_010_002;
    pub(crate) const BAD_SETTLEMENT: i64 = 1_999_010_003;
    pub(crate) const RULE_DOES_NOT_FIT: i64 = 1_999_010_004;
    pub(crate) const BAD_SOURCE: i64 = 1_999_010_005;
}
