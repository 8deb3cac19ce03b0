//! Who may ask what: a pure decision on the head of a request, made before a byte of its body is read.
//!
//! The server is one page's server. Whatever that page would never send is refused, whether or not it could do harm: a foreign
//! `Host` (a name that was made to point here), a foreign `Origin` or fetch metadata (a page of another site), a body where none
//! belongs, a body of unknown length.

use super::reply::{Reply, Status};

/// Bytes of a request's target, at the most.
pub const TARGET_BYTES_MAX: usize = 512;
/// Bytes of a request's body, at the most: twenty thousand names of events, and room.
pub const BODY_BYTES_MAX: usize = 2 << 20;
/// Header that says the token again, which a form of another site cannot send.
pub const TOKEN_HEADER: &str = "x-rundown-token";

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The page's document.
    Document,
    /// The page's script.
    Script,
    /// The page's style.
    Style,
    /// What belongs to the scenario.
    Page,
    /// How often the scenario's file has changed, and how it stands.
    Version,
    /// A run by the names of its events.
    Run,
    /// A run, and one more event.
    Next,
    /// The shortest way to something.
    Find,
    /// A run as it goes in another scenario or reading.
    Compare,
    /// The run of a trace file.
    Open,
}

impl Route {
    /// All of them, with their paths behind the token.
    pub const ALL: [(Route, &'static str); 10] = [
        (Route::Document, ""),
        (Route::Script, "page.js"),
        (Route::Style, "page.css"),
        (Route::Page, "api/page"),
        (Route::Version, "api/version"),
        (Route::Run, "api/run"),
        (Route::Next, "api/next"),
        (Route::Find, "api/find"),
        (Route::Compare, "api/compare"),
        (Route::Open, "api/open"),
    ];

    /// The only method it is asked by.
    pub fn method(self) -> &'static str {
        match self {
            Route::Document | Route::Script | Route::Style | Route::Page | Route::Version => "GET",
            Route::Run | Route::Next | Route::Find | Route::Compare | Route::Open => "POST",
        }
    }
}

/// The head of a request, as it came.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// The method.
    pub method: &'a str,
    /// The target: none if it is not a path, but a whole address, an authority or an asterisk.
    pub path: Option<&'a str>,
    /// Is there a query or a fragment behind the path?
    pub query: bool,
    /// Is it HTTP/1.1?
    pub current: bool,
    /// The headers, with their names in lower case.
    pub headers: Vec<(&'a str, &'a [u8])>,
}

/// What is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// What it asks for.
    pub route: Route,
    /// Bytes of the body that follows.
    pub body_bytes: usize,
}

/// Decides who is let in.
#[derive(Clone, Debug)]
pub struct Gate {
    authority: String,
    origin: String,
    token: String,
}

impl Gate {
    /// For a server at `authority`, such as `127.0.0.1:4711`, with this token in the path of its page.
    pub fn new(authority: &str, token: &str) -> Self {
        Gate { authority: authority.to_string(), origin: format!("http://{authority}"), token: token.to_string() }
    }

    /// The address of the page.
    pub fn address(&self) -> String {
        format!("{}/{}/", self.origin, self.token)
    }

    /// Decides on a request.
    pub fn admit(&self, head: &Head<'_>) -> Result<Admitted, Reply> {
        let Some(path) = head.path else { return Err(Reply::refused(Status::BadRequest)) };
        if !head.current {
            return Err(Reply::refused(Status::VersionNotSupported));
        }
        self.comes_from_here(head)?;
        if path.len() > TARGET_BYTES_MAX {
            return Err(Reply::refused(Status::UriTooLong));
        }
        // nothing is decoded or tidied up: a path is one of a few texts, or there is nothing there
        let behind = self.behind_token(path).filter(|_| !head.query);
        let route = behind.and_then(|behind| Route::ALL.iter().find(|(_, path)| *path == behind));
        let Some((route, _)) = route else { return Err(Reply::refused(Status::NotFound)) };
        if head.method != route.method() {
            return Err(Reply { allow: Some(route.method()), ..Reply::refused(Status::MethodNotAllowed) });
        }
        let body_bytes = match route.method() {
            "POST" => self.with_body(head)?,
            _ => without_body(head)?,
        };
        Ok(Admitted { route: *route, body_bytes })
    }

    /// Is it a request of our own page, or of somebody who was given its address?
    fn comes_from_here(&self, head: &Head<'_>) -> Result<(), Reply> {
        match values(head, "host").as_slice() {
            [host] if *host == self.authority.as_bytes() => {}
            [_] => return Err(Reply::refused(Status::Misdirected)),
            _ => return Err(Reply::refused(Status::BadRequest)),
        }
        let origin_fits = values(head, "origin").iter().all(|origin| *origin == self.origin.as_bytes());
        let site_fits = values(head, "sec-fetch-site").iter().all(|site| matches!(*site, b"same-origin" | b"none"));
        if origin_fits && site_fits { Ok(()) } else { Err(Reply::refused(Status::Forbidden)) }
    }

    /// What stands behind the token in a path; none if the token is another one.
    fn behind_token<'a>(&self, path: &'a str) -> Option<&'a str> {
        let (token, behind) = path.strip_prefix('/')?.split_once('/')?;
        same(token.as_bytes(), self.token.as_bytes()).then_some(behind)
    }

    /// A request that changes nothing but costs work: only the page itself can send it.
    fn with_body(&self, head: &Head<'_>) -> Result<usize, Reply> {
        match values(head, TOKEN_HEADER).as_slice() {
            [token] if same(token, self.token.as_bytes()) => {}
            _ => return Err(Reply::refused(Status::Forbidden)),
        }
        let json: [&[u8]; 2] = [b"application/json", b"application/json;charset=utf-8"];
        match values(head, "content-type").as_slice() {
            [given] if json.contains(&spaceless(given).as_slice()) => {}
            _ => return Err(Reply::refused(Status::UnsupportedMediaType)),
        }
        no_other_framing(head)?;
        match values(head, "content-length").as_slice() {
            [] => Err(Reply::refused(Status::LengthRequired)),
            [length] => match length_of(length) {
                Some(length) if length <= BODY_BYTES_MAX => Ok(length),
                Some(_) => Err(Reply::refused(Status::ContentTooLarge)),
                None => Err(Reply::refused(Status::BadRequest)),
            },
            _ => Err(Reply::refused(Status::BadRequest)),
        }
    }
}

fn without_body(head: &Head<'_>) -> Result<usize, Reply> {
    no_other_framing(head)?;
    match values(head, "content-length").as_slice() {
        [] | [b"0"] => Ok(0),
        _ => Err(Reply::refused(Status::BadRequest)),
    }
}

/// A body is as long as its length says, and comes at once: no chunks, no waiting to be asked, no other protocol.
fn no_other_framing(head: &Head<'_>) -> Result<(), Reply> {
    if !values(head, "transfer-encoding").is_empty() || !values(head, "trailer").is_empty() {
        return Err(Reply::refused(Status::LengthRequired));
    }
    if !values(head, "expect").is_empty() {
        return Err(Reply::refused(Status::ExpectationFailed));
    }
    if !values(head, "upgrade").is_empty() || !values(head, "content-encoding").is_empty() {
        return Err(Reply::refused(Status::BadRequest));
    }
    Ok(())
}

fn values<'a>(head: &Head<'a>, name: &str) -> Vec<&'a [u8]> {
    head.headers.iter().filter(|(given, _)| *given == name).map(|(_, value)| *value).collect()
}

/// Digits and nothing else; a number that is too large for us is a large number.
fn length_of(value: &[u8]) -> Option<usize> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    digits.then(|| std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX))
}

fn spaceless(value: &[u8]) -> Vec<u8> {
    value.iter().filter(|byte| **byte != b' ').map(u8::to_ascii_lowercase).collect()
}

/// Compares every byte, so that the time taken says nothing about where two texts differ.
fn same(given: &[u8], token: &[u8]) -> bool {
    let differences = given.iter().zip(token).fold(0, |all, (one, other)| all | (one ^ other));
    given.len() == token.len() && std::hint::black_box(differences) == 0
}
