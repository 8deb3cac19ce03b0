//! What is answered: a status, a body, and the same strict headers on every answer.

use serde::Serialize;

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: Status,
    /// What the body is.
    pub kind: Kind,
    /// The body.
    pub body: Vec<u8>,
    /// The method that would have been right.
    pub allow: Option<&'static str>,
}

/// The statuses that are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 200.
    Fine,
    /// 400: not a request that the page would send.
    BadRequest,
    /// 403: it comes from another site, or without the token.
    Forbidden,
    /// 404: there is nothing there; also said to a wrong token.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 408: the body did not come in time.
    RequestTimeout,
    /// 411: a body without a length.
    LengthRequired,
    /// 413: too long a body, or too many names in it.
    ContentTooLarge,
    /// 414: too long a path.
    UriTooLong,
    /// 415: a body that is not JSON.
    UnsupportedMediaType,
    /// 417: no expectation is met.
    ExpectationFailed,
    /// 421: the request was meant for another host.
    Misdirected,
    /// 500: a fault in Rundown itself.
    Internal,
    /// 503: the server ends.
    Unavailable,
    /// 505: not HTTP/1.1.
    VersionNotSupported,
}

impl Status {
    /// Its number.
    pub fn code(self) -> u16 {
        match self {
            Status::Fine => 200,
            Status::BadRequest => 400,
            Status::Forbidden => 403,
            Status::NotFound => 404,
            Status::MethodNotAllowed => 405,
            Status::RequestTimeout => 408,
            Status::LengthRequired => 411,
            Status::ContentTooLarge => 413,
            Status::UriTooLong => 414,
            Status::UnsupportedMediaType => 415,
            Status::ExpectationFailed => 417,
            Status::Misdirected => 421,
            Status::Internal => 500,
            Status::Unavailable => 503,
            Status::VersionNotSupported => 505,
        }
    }

    /// What is said with it. Never a word of the request.
    fn sentence(self) -> &'static str {
        match self {
            Status::Fine => "",
            Status::BadRequest => "not a request that the page sends",
            Status::Forbidden => "only the page itself may ask this",
            Status::NotFound => "there is nothing here",
            Status::MethodNotAllowed => "not by this method",
            Status::RequestTimeout => "the body did not come in time",
            Status::LengthRequired => "a body needs a Content-Length and no other framing",
            Status::ContentTooLarge => "more than is read",
            Status::UriTooLong => "too long a path",
            Status::UnsupportedMediaType => "a body must be application/json",
            Status::ExpectationFailed => "nothing is to be expected",
            Status::Misdirected => "meant for another host",
            Status::Internal => "a fault in Rundown itself",
            Status::Unavailable => "the server ends",
            Status::VersionNotSupported => "only HTTP/1.1",
        }
    }
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HTML.
    Document,
    /// JavaScript.
    Script,
    /// CSS.
    Style,
    /// JSON.
    Json,
}

impl Kind {
    fn media_type(self) -> &'static str {
        match self {
            Kind::Document => "text/html; charset=utf-8",
            Kind::Script => "text/javascript; charset=utf-8",
            Kind::Style => "text/css; charset=utf-8",
            Kind::Json => "application/json",
        }
    }
}

/// What the page may load and whom it may ask: its own script and style and its own server, nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

impl Reply {
    /// An asset.
    pub fn asset(kind: Kind, text: &str) -> Self {
        Reply { status: Status::Fine, kind, body: text.as_bytes().to_vec(), allow: None }
    }

    /// Data.
    pub fn json<T: Serialize>(value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Reply { status: Status::Fine, kind: Kind::Json, body, allow: None },
            Err(_) => Reply::refused(Status::Internal),
        }
    }

    /// A refusal in the words that go with the status.
    pub fn refused(status: Status) -> Self {
        Reply::refused_for(status, status.sentence())
    }

    /// A refusal for a reason, in our own words.
    pub fn refused_for(status: Status, reason: &'static str) -> Self {
        let body = format!("{{\"error\":\"{reason}\"}}").into_bytes();
        Reply { status, kind: Kind::Json, body, allow: None }
    }

    /// Its headers; the length of the body is added by who sends it.
    pub fn headers(&self) -> Vec<(&'static str, &'static str)> {
        let mut headers = vec![
            ("content-type", self.kind.media_type()),
            ("content-security-policy", POLICY),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
            ("x-frame-options", "DENY"),
            ("connection", "close"),
        ];
        headers.extend(self.allow.map(|method| ("allow", method)));
        headers
    }
}
