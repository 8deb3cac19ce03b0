//! What is sent to the live page's server that its page would never send, with what is to be answered.

/// What the client does when it has sent everything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It reads the answer.
    Read,
    /// It says that nothing more comes, then reads.
    HalfClose,
    /// It goes.
    Go,
}

/// One case. A status of 0 stands for a connection that is closed without an answer.
pub struct Case {
    pub name: String,
    pub bytes: Vec<u8>,
    pub then: Then,
    pub expected: &'static [u16],
}

/// Collects cases; knows the address of the server.
struct Table {
    token: String,
    host: String,
    port: u16,
    cases: Vec<Case>,
}

/// All cases for a server with this token on this port of 127.0.0.1.
pub fn cases(token: &str, port: u16) -> Vec<Case> {
    let mut table = Table { token: token.to_string(), host: format!("127.0.0.1:{port}"), port, cases: Vec::new() };
    table.hosts();
    table.origins();
    table.targets();
    table.methods_and_versions();
    table.framing();
    table.heads();
    table.bodies();
    table.names();
    table.cases
}

impl Table {
    fn raw(&mut self, name: &str, bytes: impl Into<Vec<u8>>, expected: &'static [u16]) {
        self.cases.push(Case { name: name.to_string(), bytes: bytes.into(), then: Then::Read, expected });
    }

    /// GET of a path with these headers besides `Host`.
    fn get(&mut self, name: &str, path: &str, headers: &str, expected: &'static [u16]) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.host);
        self.raw(name, request, expected);
    }

    /// GET of the page with these headers instead of `Host`.
    fn from(&mut self, name: &str, headers: &str, expected: &'static [u16]) {
        let request = format!("GET /{}/ HTTP/1.1\r\n{headers}\r\n", self.token);
        self.raw(name, request, expected);
    }

    /// POST to a path below `api/` as the page sends it, with more headers.
    fn post(&mut self, name: &str, path: &str, headers: &str, body: &[u8], expected: &'static [u16]) {
        let (token, host, length) = (&self.token, &self.host, body.len());
        let mut request = format!(
            "POST /{token}/api/{path} HTTP/1.1\r\nHost: {host}\r\nX-Rundown-Token: {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n"
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.raw(name, request, expected);
    }

    /// POST to `api/run` with exactly these headers besides `Host`.
    fn post_with(&mut self, name: &str, headers: &str, body: &str, expected: &'static [u16]) {
        let request = format!("POST /{}/api/run HTTP/1.1\r\nHost: {}\r\n{headers}\r\n{body}", self.token, self.host);
        self.raw(name, request, expected);
    }

    fn hosts(&mut self) {
        let (host, port) = (self.host.clone(), self.port);
        self.from("the address as printed", &format!("Host: {host}\r\n"), &[200]);
        self.from("no host", "", &[400]);
        self.from("an empty host", "Host:\r\n", &[421]);
        self.from("the same host twice", &format!("Host: {host}\r\nHost: {host}\r\n"), &[400]);
        self.from("two hosts", &format!("Host: {host}\r\nHost: echo-me.example\r\n"), &[400]);
        self.from("a foreign host first", &format!("Host: echo-me.example\r\nHost: {host}\r\n"), &[400]);
        for foreign in [
            "echo-me.example".to_string(),
            format!("echo-me.example:{port}"),
            "127.0.0.1".to_string(),
            "127.0.0.1:1".to_string(),
            format!("127.0.0.1:0{port}"),
            format!("127.0.0.1.:{port}"),
            format!("localhost:{port}"),
            format!("LOCALHOST:{port}"),
            format!("user@127.0.0.1:{port}"),
            format!("127.0.0.1:{port}@echo-me.example"),
            format!("127.0.0.1:{port}.echo-me.example"),
            format!("http://127.0.0.1:{port}"),
            format!("127.1:{port}"),
            format!("2130706433:{port}"),
            format!("0x7f.0.0.1:{port}"),
            format!("0.0.0.0:{port}"),
            format!("[::1]:{port}"),
            format!("[::ffff:127.0.0.1]:{port}"),
            format!("127.0.0.1:{port}, 127.0.0.1:{port}"),
            format!("127.0.0.1:{port}/"),
        ] {
            self.from(&format!("the host {foreign}"), &format!("Host: {foreign}\r\n"), &[421]);
        }
    }

    fn origins(&mut self) {
        let (host, port, token) = (self.host.clone(), self.port, self.token.clone());
        let page = format!("/{token}/");
        self.get("our own origin", &page, &format!("Origin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n"), &[200]);
        for origin in [
            "null".to_string(),
            "http://echo-me.example".to_string(),
            format!("https://{host}"),
            format!("http://localhost:{port}"),
            "http://127.0.0.1".to_string(),
            "http://127.0.0.1:1".to_string(),
            format!("http://{host}/"),
            format!("http://{host}.echo-me.example"),
            format!("http://{host} http://echo-me.example"),
        ] {
            self.get(&format!("the origin {origin}"), &page, &format!("Origin: {origin}\r\n"), &[403]);
        }
        let two = format!("Origin: http://{host}\r\nOrigin: http://echo-me.example\r\n");
        self.get("two origins", &page, &two, &[403]);
        for site in ["cross-site", "same-site", "echo-me", ""] {
            let header = format!("Sec-Fetch-Site: {site}\r\n");
            self.get(&format!("a request that is {site:?}"), &page, &header, &[403]);
        }
        let body = b"{\"names\":[]}";
        self.post("a foreign origin with the token", "run", "Origin: http://echo-me.example\r\n", body, &[403]);
        let preflight = format!(
            "OPTIONS /{token}/api/run HTTP/1.1\r\nHost: {host}\r\nOrigin: http://echo-me.example\r\n\
             Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-rundown-token\r\n\r\n"
        );
        self.raw("a preflight", preflight, &[403]);
    }

    fn targets(&mut self) {
        let (host, token) = (self.host.clone(), self.token.clone());
        // another last digit
        let last = if token.ends_with('0') { '1' } else { '0' };
        let other = format!("{}{last}", &token[..31]);
        for path in [
            "/".to_string(),
            "//".to_string(),
            "/favicon.ico".to_string(),
            "/echo-me/".to_string(),
            format!("/{token}"),
            format!("/{}/", &token[..31]),
            format!("/{token}0/"),
            format!("/{other}/"),
            format!("/{other}/api/page"),
            "/00000000000000000000000000000000/".to_string(),
            format!("//{token}/"),
            format!("/./{token}/"),
            format!("/x/../{token}/"),
            format!("/{token}/../{token}/"),
            format!("/{token}//"),
            format!("/{token}/./page.js"),
            format!("/{token}//page.js"),
            format!("/{token}/page.js/"),
            format!("/{token}/PAGE.JS"),
            format!("/{token}/page.js%00"),
            format!("/{token}/page.js%00.html"),
            format!("/{token}/page%2ejs"),
            format!("/{token}/page.js;x"),
            format!("/{token}/page.js?echo-me=1"),
            format!("/{token}/api/page?"),
            format!("/{token}/api/page#a"),
            format!("/{token}/api"),
            format!("/{token}/api/"),
            format!("/{token}/api/echo-me"),
            format!("/{token}/../../../../etc/passwd"),
            format!("/{token}/..%2f..%2fetc%2fpasswd"),
            format!("/{token}/%2e%2e/%2e%2e/Cargo.toml"),
            format!("/{token}/%252e%252e/Cargo.toml"),
            format!("/{token}/..\\..\\Cargo.toml"),
            format!("/{token}/%5c..%5cCargo.toml"),
            format!("/{token}/Cargo.toml"),
            format!("/{token}/ui/app.js"),
            format!("/{token}/case.scn"),
            format!("/{token}/~root"),
            format!("/{token}/C:/Windows/win.ini"),
            "/.status".to_string(),
            "/.states/18446744073709551616".to_string(),
        ] {
            self.get(&format!("the path {}", path.replace(&token, "TOKEN")), &path, "", &[404]);
        }
        let long = |bytes: usize| format!("/{token}/{}", "a".repeat(bytes));
        self.get("a path of 600 bytes", &long(600), "", &[414]);
        self.get("a path of 9 KiB", &long(9 << 10), "", &[414]);
        self.get("a path of a million steps", &format!("/{token}/{}", "1/".repeat(1_000_000)), "", &[414, 431]);
        self.get("a NUL in the path", &format!("/{token}/\0"), "", &[400]);
        self.get("a control character in the path", &format!("/{token}/\x1b[2J"), "", &[400]);
        self.get("a space in the path", &format!("/{token}/ page.js"), "", &[400]);
        self.get("a letter outside of ASCII in the path", &format!("/{token}/\u{202e}echo-me"), "", &[400, 404]);
        self.get("a whole address", &format!("http://{host}/{token}/"), "", &[400]);
        self.get("a whole foreign address", "http://echo-me.example/", "", &[400]);
        self.get("another scheme", "file:///etc/passwd", "", &[400]);
        self.raw("an asterisk", format!("OPTIONS * HTTP/1.1\r\nHost: {host}\r\n\r\n"), &[400]);
        self.raw("a tunnel", format!("CONNECT echo-me.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n"), &[400]);
        self.raw("no target", format!("GET HTTP/1.1\r\nHost: {host}\r\n\r\n"), &[400]);
        self.get("a target without its slash", &format!("{token}/"), "", &[400]);
    }

    fn methods_and_versions(&mut self) {
        let (host, token) = (self.host.clone(), self.token.clone());
        for method in ["HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "POST", "get", "ECHO-ME", "PROPFIND"] {
            let request = format!("{method} /{token}/ HTTP/1.1\r\nHost: {host}\r\n\r\n");
            self.raw(&format!("the method {method}"), request, &[405]);
        }
        self.get("GET of what is posted", &format!("/{token}/api/run"), "", &[405]);
        self.get("GET of a search", &format!("/{token}/api/find"), "", &[405]);
        let long = format!("{} /{token}/ HTTP/1.1\r\nHost: {host}\r\n\r\n", "A".repeat(20_000));
        self.raw("a method of 20,000 letters", long, &[400, 431]);
        for version in
            ["HTTP/1.0", "HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/9.9", "http/1.1", "HTTP/1.1.1", "ECHO-ME/1.1"]
        {
            let request = format!("GET /{token}/ {version}\r\nHost: {host}\r\n\r\n");
            self.raw(&format!("the version {version}"), request, &[400, 505]);
        }
        self.raw("HTTP/0.9", format!("GET /{token}/\r\n\r\n"), &[400]);
        // hyper closes these without a word: they speak another protocol
        self.raw("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[0, 400]);
        self.raw("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03echo-me\r\n\r\n".to_vec(), &[400]);
        self.raw("noise", (0..=255u8).cycle().take(4096).collect::<Vec<u8>>(), &[400]);
        self.raw("nothing but line ends", "\r\n".repeat(20_000), &[0, 400, 431]);
    }

    fn framing(&mut self) {
        let (host, token) = (self.host.clone(), self.token.clone());
        let page = format!("/{token}/");
        let json = format!("X-Rundown-Token: {token}\r\nContent-Type: application/json\r\n");
        self.get("GET with a body", &page, "Content-Length: 7\r\n", &[400]);
        self.get("GET with chunks", &page, "Transfer-Encoding: chunked\r\n", &[411]);
        self.get("GET with an upgrade", &page, "Connection: Upgrade\r\nUpgrade: websocket\r\n", &[400]);
        self.get("GET with h2c", &page, "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n", &[400]);
        let both = format!("{json}Content-Length: 12\r\nTransfer-Encoding: chunked\r\n");
        self.post_with("a length and chunks", &both, "0\r\n\r\nGET /x HTTP/1.1\r\n\r\n", &[400, 411]);
        let chunks = format!("{json}Transfer-Encoding: chunked\r\n");
        self.post_with("chunks", &chunks, "c\r\n{\"names\":[]}\r\n0\r\n\r\n", &[411]);
        self.post_with("a chunk that is too large for a number", &chunks, "fffffffffffffffff\r\n", &[411]);
        self.post_with("a bomb of chunks", &chunks, &"1;echo-me\r\n{\r\n".repeat(20_000), &[411]);
        for coding in ["xchunked", "identity", "gzip, chunked", "chunked, identity", "chunked, chunked", " chunked\t"] {
            let headers = format!("{json}Content-Length: 12\r\nTransfer-Encoding: {coding}\r\n");
            self.post_with(&format!("the coding {coding:?}"), &headers, "{\"names\":[]}", &[400, 411]);
        }
        for length in ["-1", "+12", "12, 12", "0x0c", "1e1", "", " ", "12 12", "twelve", "18446744073709551616", "12;"]
        {
            let headers = format!("{json}Content-Length: {length}\r\n");
            self.post_with(&format!("the length {length:?}"), &headers, "{\"names\":[]}", &[400]);
        }
        let twice = format!("{json}Content-Length: 12\r\nContent-Length: 13\r\n");
        self.post_with("two lengths", &twice, "{\"names\":[]}", &[400]);
        // HTTP lets a reader take equal lengths as one, and nothing comes after the first request anyway
        let same = format!("{json}Content-Length: 12\r\nContent-Length: 12\r\n");
        self.post_with("the same length twice", &same, "{\"names\":[]}", &[200]);
        for length in ["2097153", "4294967296", "9223372036854775807"] {
            let headers = format!("{json}Content-Length: {length}\r\n");
            self.post_with(&format!("the length {length}"), &headers, "", &[413]);
        }
        self.post_with("no length", &json, "{\"names\":[]}", &[411]);
        self.post_with("an expectation", &format!("{json}Content-Length: 12\r\nExpect: 100-continue\r\n"), "", &[417]);
        self.post_with("a body that never comes", &format!("{json}Content-Length: 12\r\n"), "{\"na", &[408]);
        self.post_with("a body cut short", &format!("{json}Content-Length: 12\r\n"), "{\"na", &[0, 400]);
        if let Some(last) = self.cases.last_mut() {
            last.then = Then::HalfClose;
        }
        let two = format!("GET {page} HTTP/1.1\r\nHost: {host}\r\n\r\n").repeat(2);
        self.raw("two requests at once", two, &[200]);
        let hidden =
            format!("GET /echo-me HTTP/1.1\r\nHost: {host}\r\n\r\nGET {page} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        self.raw("a good request behind a bad one", hidden, &[404]);
        let behind = format!("{{\"names\":[]}}GET {page} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        self.post_with("a request behind a body", &format!("{json}Content-Length: 12\r\n"), &behind, &[200]);
        self.get("a client that says it is done", &page, "", &[0, 200]);
        if let Some(last) = self.cases.last_mut() {
            last.then = Then::HalfClose;
        }
    }

    fn heads(&mut self) {
        let page = format!("/{}/", self.token);
        let many: String = (0..1000).map(|number| format!("X-{number}: echo-me\r\n")).collect();
        self.get("1,000 headers", &page, &many, &[431]);
        self.get("65 headers", &page, &"X-A: b\r\n".repeat(65), &[431]);
        self.get("a header of 17 KiB", &page, &format!("X-Long: {}\r\n", "a".repeat(17 << 10)), &[431]);
        self.get("a header of 1 MiB", &page, &format!("X-Long: {}\r\n", "a".repeat(1 << 20)), &[431]);
        self.get("a folded header", &page, "X-A: b\r\n echo-me\r\n", &[400]);
        self.get("a space before the colon", &page, "X-A : b\r\n", &[400]);
        self.get("a header without a colon", &page, "echo-me\r\n", &[400]);
        self.get("a header without a name", &page, ": echo-me\r\n", &[400]);
        self.get("a NUL in a header", &page, "X-A: b\0c\r\n", &[400]);
        self.get("a NUL in a header's name", &page, "X-\0A: b\r\n", &[400]);
        self.get("a bare CR in a header", &page, "X-A: b\rX-B: c\r\n", &[400]);
        self.get("an escape in a header", &page, "X-A: \x1b[2J\r\n", &[400]);
        self.get("a header's name outside of ASCII", &page, "X-\u{e9}: b\r\n", &[400]);
    }

    fn bodies(&mut self) {
        let token = self.token.clone();
        let length = "Content-Length: 12\r\n";
        let body = "{\"names\":[]}";
        let json = "Content-Type: application/json\r\n";
        self.post("a good request", "run", "", body.as_bytes(), &[200]);
        self.post_with("no token", &format!("{json}{length}"), body, &[403]);
        for (name, wrong) in [
            ("an empty token", String::new()),
            ("another token", "0".repeat(32)),
            ("half a token", token[..16].to_string()),
            ("a token and more", format!("{token}0")),
            ("a token in capitals", format!("X{}", token.to_uppercase())),
        ] {
            self.post_with(name, &format!("X-Rundown-Token: {wrong}\r\n{json}{length}"), body, &[403]);
        }
        let twice = format!("X-Rundown-Token: {token}\r\nX-Rundown-Token: {token}\r\n{json}{length}");
        self.post_with("the token twice", &twice, body, &[403]);
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json, text/plain",
            "application/jsonp",
            "application/json; charset=utf-16",
            "",
        ] {
            let headers = format!("X-Rundown-Token: {token}\r\nContent-Type: {kind}\r\n{length}");
            self.post_with(&format!("the type {kind:?}"), &headers, body, &[415]);
        }
        self.post_with("no type", &format!("X-Rundown-Token: {token}\r\n{length}"), body, &[415]);
        self.post("a packed body", "run", "Content-Encoding: gzip\r\n", body.as_bytes(), &[400]);
        let nested = format!("{{\"names\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        let deep = format!("{}1{}", "{\"names\":".repeat(50_000), "}".repeat(50_000));
        let odd: [(&str, &[u8]); 19] = [
            ("an empty body", b""),
            ("no JSON", b"echo-me"),
            ("half a JSON", b"{\"names\":["),
            ("two JSONs", b"{\"names\":[]}{\"names\":[]}"),
            ("a list", b"[]"),
            ("null", b"null"),
            ("names of numbers", b"{\"names\":[1]}"),
            ("names that are none", b"{\"names\":null}"),
            ("names as a text", b"{\"names\":\"echo-me\"}"),
            ("no names", b"{}"),
            ("a field too many", b"{\"names\":[],\"echo-me\":1}"),
            ("names twice", b"{\"names\":[],\"names\":[]}"),
            ("a prototype", b"{\"__proto__\":{},\"names\":[]}"),
            ("not UTF-8", b"{\"names\":[\"\xff\xfe\"]}"),
            ("a byte order mark", b"\xef\xbb\xbf{\"names\":[]}"),
            ("half a surrogate", b"{\"names\":[\"\\ud800\"]}"),
            ("a comment", b"{\"names\":[]/* echo-me */}"),
            ("100,000 brackets", nested.as_bytes()),
            ("50,000 braces", deep.as_bytes()),
        ];
        for (name, body) in odd {
            self.post(name, "run", "", body, &[400]);
        }
        let largest = format!("{{\"names\":[\"{}\"]}}", "a".repeat((2 << 20) - 14));
        self.post("a body as large as is read", "run", "", largest.as_bytes(), &[400]);
        self.post("a body that is larger", "run", "", format!("{largest} ").as_bytes(), &[413]);
    }

    fn names(&mut self) {
        let list = |count: usize| format!("{{\"names\":[{}]}}", vec!["\"application.caller\""; count].join(","));
        self.post("20,001 names", "run", "", list(20_001).as_bytes(), &[413]);
        self.post("20,000 names", "run", "", list(20_000).as_bytes(), &[200]);
        self.post("an event that nobody knows", "run", "", b"{\"names\":[\"echo-me\"]}", &[200]);
        self.post(
            "the number of a call as large as can be",
            "run",
            "",
            b"{\"names\":[\"deliver call 18446744073709551616\"]}",
            &[200],
        );
        for (name, text) in [
            ("a name with markup", "<script>echo-me</script>"),
            ("a name that turns the text around", "\u{202e}echo-me"),
            ("a name with an escape", "\\u001b[2Jecho-me"),
            ("a name with a NUL", "echo-me\\u0000"),
            ("a name with a line end", "echo-me\\r\\nSet-Cookie: a=b"),
            ("a name with a quote", "echo-me\\\""),
            ("a name without width", "echo-me\u{200b}"),
        ] {
            self.post(name, "run", "", format!("{{\"names\":[\"{text}\"]}}").as_bytes(), &[400]);
        }
        let long = format!("{{\"names\":[\"{}\"]}}", "a".repeat(201));
        self.post("a name of 201 letters", "run", "", long.as_bytes(), &[400]);
        self.post("nothing chosen", "next", "", b"{\"names\":[]}", &[400]);
        self.post("something unknown chosen", "next", "", b"{\"names\":[],\"choose\":\"echo-me\"}", &[200]);
        let find = |goal: &str| format!("{{\"names\":[],\"goal\":{goal}}}").into_bytes();
        self.post("nothing to compare with", "compare", "", b"{\"names\":[]}", &[400]);
        self.post("a file to compare with", "compare", "", b"{\"names\":[],\"with\":\"/etc/passwd echo-me\"}", &[200]);
        self.post("a reading that nobody knows", "compare", "", b"{\"names\":[],\"with\":\"echo-me=echo-me\"}", &[200]);
        self.post("names that are none, compared", "compare", "", b"{\"names\":[\"<b>\"],\"with\":\"x\"}", &[400]);
        self.post("a trace that is none", "open", "", b"{\"names\":[]}", &[200]);
        self.post("a trace of brackets", "open", "", "[".repeat(1 << 20).as_bytes(), &[200]);
        self.post("a trace that is too large", "open", "", " ".repeat((2 << 20) + 1).as_bytes(), &[413]);
        self.post("no goal", "find", "", b"{\"names\":[]}", &[400]);
        self.post("an empty goal", "find", "", &find("{}"), &[400]);
        self.post("two goals", "find", "", &find("{\"property\":\"hang\",\"condition\":\"true\"}"), &[400]);
        self.post("a property that nobody knows", "find", "", &find("{\"property\":\"<b>echo-me\"}"), &[200]);
        let item = "{\"condition\":\"true; process echo_me { thread main { } }\"}";
        self.post("an item behind a condition", "find", "", &find(item), &[200]);
        let turned = "{\"condition\":\"true\u{202e}\"}";
        self.post("a condition that turns the text around", "find", "", &find(turned), &[200]);
        let deep = format!("{{\"condition\":\"{}\"}}", "(".repeat(1000));
        self.post("a condition of 1,000 parentheses", "find", "", &find(&deep), &[200]);
        let long = format!("{{\"condition\":\"{}\"}}", "1".repeat(1025));
        self.post("a condition of 1,025 bytes", "find", "", &find(&long), &[413]);
    }
}
