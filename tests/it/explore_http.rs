//! The live page's server against hostile requests, over real sockets: every case has its expected answer, says nothing of the
//! request in it, and a good request is answered after each.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rundown::internal::explore::{Explorer, Session, Settings};
use rundown::{Limits, Options};
use tempfile::TempDir;
use tests::root;

use crate::command::{code, err, out, program, rundown};
use crate::explore_http_cases::{Case, Then, cases};

/// A scenario with more states than anybody waits for.
const ENDLESS: &str = "process host {
    int<0..100> a = 0; int<0..100> b = 0; int<0..100> c = 0; int<0..100> d = 0;
    thread main { while (true) { if (a < 100) { a = a + 1; } else { a = 0; } } }
    thread second { while (true) { if (b < 100) { b = b + 1; } else { b = 0; } } }
    thread third { while (true) { if (c < 100) { c = c + 1; } else { c = 0; } } }
    thread fourth { while (true) { if (d < 100) { d = d + 1; } else { d = 0; } } }
}";

/// A server for one test, on a scenario in a folder of its own.
pub struct Served {
    pub explorer: Explorer,
    pub session: Arc<Session>,
    _folder: TempDir,
}

/// Starts a server.
pub fn serve(text: &str, options: &Options, settings: &Settings) -> Served {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("case.scn");
    std::fs::write(&file, text).expect("the scenario is written");
    let session = Arc::new(Session::open(&file, options).unwrap_or_else(|mistake| panic!("{mistake}")));
    let explorer = Explorer::start(session.clone(), settings).expect("a server");
    Served { explorer, session, _folder: folder }
}

/// Short times, so that what is cut off by a clock is cut off soon.
fn impatient() -> Settings {
    let short = Duration::from_millis(250);
    Settings { head_time: short, body_time: short, farewell_time: short, ..Settings::default() }
}

fn connect(local: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(local).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(8))).expect("a time");
    stream.set_write_timeout(Some(Duration::from_secs(8))).expect("a time");
    stream
}

/// Sends bytes and reads what comes back until the server closes. A server that closes early is no mistake here.
fn exchange(local: SocketAddr, bytes: &[u8], then: Then) -> Vec<u8> {
    let mut stream = connect(local);
    if let Err(error) = stream.write_all(bytes) {
        println!("while {} bytes are sent: {error}", bytes.len());
    }
    match then {
        Then::Read => {}
        Then::HalfClose => {
            let _ = stream.shutdown(Shutdown::Write);
        }
        Then::Go => return Vec::new(),
    }
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return answer,
            Ok(count) => answer.extend_from_slice(&piece[..count]),
            Err(error) => {
                println!("after {} bytes of an answer: {error}", answer.len());
                return answer;
            }
        }
    }
}

/// The status of an answer; 0 if there is none.
fn status(answer: &[u8]) -> u16 {
    let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut words = std::str::from_utf8(line).unwrap_or("").split(' ');
    words.nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

fn good(served: &Served) -> Vec<u8> {
    let request =
        format!("GET /{}/api/version HTTP/1.1\r\nHost: {}\r\n\r\n", served.explorer.token(), served.explorer.local());
    exchange(served.explorer.local(), request.as_bytes(), Then::Read)
}

fn find(served: &Served, goal: &str) -> Vec<u8> {
    let body = format!("{{\"names\":[],\"goal\":{goal}}}");
    format!(
        "POST /{0}/api/find HTTP/1.1\r\nHost: {1}\r\nX-Rundown-Token: {0}\r\nContent-Type: application/json\r\n\
         Content-Length: {2}\r\n\r\n{body}",
        served.explorer.token(),
        served.explorer.local(),
        body.len()
    )
    .into_bytes()
}

#[test]
fn hostile_http() {
    let text = std::fs::read_to_string(root().join("scenarios/field/c34-broken.scn")).expect("a scenario");
    // a body of a megabyte takes its time on a busy machine: what is not about the clock must not be decided by it
    let patient = Duration::from_secs(3);
    let settings = Settings { head_time: patient, body_time: patient, ..impatient() };
    let served = serve(&text, &Options::default(), &settings);
    let cases = cases(served.explorer.token(), served.explorer.local().port());
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for Case { name, bytes, then, expected } in &cases {
        let answer = exchange(served.explorer.local(), bytes, *then);
        let text = String::from_utf8_lossy(&answer).into_owned();
        if !expected.contains(&status(&answer)) {
            let head: String = text.chars().take(60).collect();
            wrong.push(format!("{name}: {} instead of {expected:?}: {head}", status(&answer)));
        }
        if text.matches("HTTP/1.1 ").count() > 1 {
            wrong.push(format!("{name}: more than one answer"));
        }
        if text.to_lowercase().contains("echo-me") || (status(&answer) != 200 && text.contains(served.explorer.token()))
        {
            wrong.push(format!("{name}: the answer says something of the request, or the token"));
        }
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let strict = ["content-security-policy: default-src 'none'", "nosniff", "no-referrer", "no-store"];
        // what hyper answers by itself, because it is not HTTP, has nothing to protect: it is empty
        if !body.is_empty() && !strict.iter().all(|word| head.contains(word)) {
            wrong.push(format!("{name}: an answer without its headers"));
        }
        if head.to_lowercase().contains("access-control") {
            wrong.push(format!("{name}: lets other sites read"));
        }
        if status(&good(&served)) != 200 {
            wrong.push(format!("{name}: and then a good request is not answered"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn a_slow_head_is_cut_off_and_holds_nobody_up() {
    let served = serve("process host { thread main { } }", &Options::default(), &impatient());
    let stalled: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = connect(served.explorer.local());
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
            stream
        })
        .collect();
    assert_eq!(status(&good(&served)), 200, "200 stalled connections hold a good one up");
    for mut stream in stalled {
        let mut rest = Vec::new();
        // closed by the server, not by our own time
        let ended = stream.read_to_end(&mut rest);
        assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
        assert_ne!(status(&rest), 200);
    }
    // one byte at a time is no progress either
    let mut drip = connect(served.explorer.local());
    let began = Instant::now();
    while drip.write_all(b"a").is_ok() && began.elapsed() < Duration::from_secs(8) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(began.elapsed() < Duration::from_secs(8), "a dripping head is read for ever");
}

#[test]
fn one_connection_too_many_is_turned_away() {
    let settings = Settings { connections_max: 8, head_time: Duration::from_secs(60), ..impatient() };
    let served = serve("process host { thread main { } }", &Options::default(), &settings);
    let idle: Vec<TcpStream> = (0..8).map(|_| connect(served.explorer.local())).collect();
    for _ in 0..20 {
        let answer = good(&served);
        assert!(matches!(status(&answer), 503 | 0), "{}", String::from_utf8_lossy(&answer));
    }
    drop(idle);
    let began = Instant::now();
    while status(&good(&served)) != 200 {
        assert!(began.elapsed() < Duration::from_secs(8), "the places are not given back");
    }
}

#[test]
fn clients_that_go_in_the_middle_leave_nothing_behind() {
    let served = serve("process host { thread main { } }", &Options::default(), &impatient());
    let request =
        format!("GET /{}/page.js HTTP/1.1\r\nHost: {}\r\n\r\n", served.explorer.token(), served.explorer.local());
    for _ in 0..300 {
        // closed with the answer unread, which resets the connection
        exchange(served.explorer.local(), request.as_bytes(), Then::Go);
    }
    for _ in 0..300 {
        drop(connect(served.explorer.local()));
    }
    assert_eq!(status(&good(&served)), 200);
}

#[test]
fn a_search_ends_when_its_client_goes() {
    let limits = Limits { states: Some(200_000_000), time: Some(Duration::from_secs(600)), ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let settings = Settings { searches_max: 1, workers_max: 2, ..impatient() };
    let served = serve(ENDLESS, &options, &settings);
    let began = Instant::now();
    for _ in 0..3 {
        let mut stream = connect(served.explorer.local());
        stream.write_all(&find(&served, "{\"condition\":\"a < 0\"}")).expect("it is sent");
        std::thread::sleep(Duration::from_millis(50));
        // a small question is answered meanwhile
        assert_eq!(status(&good(&served)), 200);
    }
    // there is room for one search only: this one waits for the three before it
    let answer = exchange(served.explorer.local(), &find(&served, "{\"condition\":\"a == 1\"}"), Then::Read);
    let text = String::from_utf8_lossy(&answer);
    assert!(text.ends_with("{\"names\":[\"host.main\",\"host.main\"]}"), "{text}");
    assert!(began.elapsed() < Duration::from_secs(8), "searches that nobody waits for go on");
    // a search under way does not keep the server from ending
    let mut last = connect(served.explorer.local());
    last.write_all(&find(&served, "{\"condition\":\"a < 0\"}")).expect("it is sent");
    std::thread::sleep(Duration::from_millis(50));
    let local = served.explorer.local();
    let ending = Instant::now();
    drop(served);
    assert!(ending.elapsed() < Duration::from_secs(1), "the server does not end");
    assert!(TcpStream::connect(local).is_err(), "it still listens");
}

#[test]
fn a_search_is_bounded() {
    let limits = Limits { states: Some(2_000), ..Limits::default() };
    let served = serve(ENDLESS, &Options { limits, ..Options::default() }, &impatient());
    let answer = exchange(served.explorer.local(), &find(&served, "{\"condition\":\"a < 0\"}"), Then::Read);
    let text = String::from_utf8_lossy(&answer);
    assert_eq!(status(&answer), 200);
    assert!(text.contains("not found among the first 2,0") && text.contains("limit on states"), "{text}");
}

#[test]
fn two_servers_have_two_tokens_of_128_bits() {
    let one = serve("process host { thread main { } }", &Options::default(), &impatient());
    let two = serve("process host { thread main { } }", &Options::default(), &impatient());
    for served in [&one, &two] {
        let token = served.explorer.token();
        assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
        assert!(served.explorer.local().ip().is_loopback());
        assert_eq!(served.explorer.address(), format!("http://{}/{token}/", served.explorer.local()));
    }
    assert_ne!(one.explorer.token(), two.explorer.token());
    assert_eq!(one.session.standing().version, 1);
}

/// A figure of a process as Linux tells it; none elsewhere.
fn figure(process: u32, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// A program that does not outlive a test that fails.
struct Running(Option<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn the_command_prints_its_address_and_survives_everything() {
    let file = root().join("scenarios/field/c34-broken.scn");
    let mut command = Command::new(program());
    let child =
        command.arg("explore").arg(file).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut running = Running(Some(child));
    let child = running.0.as_mut().expect("it runs");
    let mut printed = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    out.read_line(&mut printed).expect("an address");
    let address = printed.trim_end().strip_prefix("http://").expect("an address");
    let (authority, token) = address.trim_end_matches('/').split_once('/').expect("a token");
    let local: SocketAddr = authority.parse().expect("where it listens");
    let good = format!("GET /{token}/api/page HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    assert_eq!(status(&exchange(local, good.as_bytes(), Then::Read)), 200);
    let before = figure(child.id(), "VmRSS:");
    for case in cases(token, local.port()).iter().filter(|case| case.name != "a body that never comes") {
        let answer = exchange(local, &case.bytes, case.then);
        assert!(case.expected.contains(&status(&answer)), "{}: {}", case.name, status(&answer));
    }
    assert_eq!(status(&exchange(local, good.as_bytes(), Then::Read)), 200);
    if let (Some(before), Some(after)) = (before, figure(child.id(), "VmRSS:")) {
        assert!(after < before + 16 * 1024, "it grew from {before} to {after} KiB");
    }
    // five of its own, and at the most four that work
    assert!(figure(child.id(), "Threads:").is_none_or(|threads| threads <= 9), "threads are left over");
    // as Ctrl-C does, where there is a way to say so
    let interrupted =
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().is_ok_and(|kill| kill.success());
    if !interrupted {
        child.kill().expect("it ends");
    }
    let ended = running.0.take().expect("it runs").wait_with_output().expect("it ends");
    assert!(!interrupted || ended.status.code() == Some(0), "{:?}", ended.status);
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(!told.contains("panicked") && !told.contains(token), "{told}");
}

#[test]
fn the_command_says_why_it_does_not_serve() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").and_then(|held| Ok((held.local_addr()?.port(), held)));
    let (port, _held) = taken.expect("a port");
    let scenario = "scenarios/field/c34-broken.scn";
    for (arguments, word) in [
        (vec!["explore", "nowhere.scn"], "cannot read nowhere.scn"),
        (vec!["explore", "README.md"], "error"),
        (vec!["explore", scenario, "--port", &port.to_string()], "cannot serve on 127.0.0.1"),
        (vec!["explore", scenario, "--port", "70000"], "70000"),
        (vec!["explore", scenario, "--reading", "nothing=such"], "there is no reading"),
        (vec!["explore", scenario, "--fault", "XXX-99"], "there is no rule"),
        (vec!["explore", scenario, "--memory", "much"], "--memory wants a size"),
    ] {
        let output = rundown(&arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(err(&output).contains(word) && out(&output).is_empty(), "{arguments:?}: {}", err(&output));
    }
}
