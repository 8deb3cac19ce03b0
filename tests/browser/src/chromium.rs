//! One headless Chromium, spoken to over its debugging pipe: no port, no driver, no crate for a wire format.
//!
//! Chromium reads commands from descriptor 3 and writes answers to descriptor 4. The shell that starts it puts its own standard
//! input and output there, which needs no `unsafe` and no crate here.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Nothing that is asked here takes longer, unless the browser has died.
const ANSWER_SECONDS_MAX: u64 = 30;

const FLAGS: [&str; 13] = [
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    // shots are the same on a screen of any density
    "--force-device-scale-factor=1",
];

/// The browser and what it has said that nobody has looked at yet.
pub struct Chromium {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    events: VecDeque<Value>,
    last: u64,
    // deleted when the browser is gone
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// Starts it with a new profile. The error says what is missing.
    pub fn start() -> Result<Chromium, String> {
        let program = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_string());
        let profile = tempfile::tempdir().map_err(|error| format!("no folder for a profile: {error}"))?;
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh", &program])
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("no shell: {error}"))?;
        let to = child.stdin.take().ok_or("no pipe to the browser")?;
        let answers = child.stdout.take().ok_or("no pipe from the browser")?;
        let (sender, from) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(answers).split(0) {
                let Some(message) = message.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) else { return };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Chromium { child, to, from, events: VecDeque::new(), last: 0, _profile: profile };
        let version = browser.ask(None, "Browser.getVersion", json!({})).map_err(|error| {
            format!("{program} does not run ({error}): install chromium, or say where one is with CHROMIUM")
        })?;
        println!("{}", version["product"].as_str().unwrap_or("a browser"));
        Ok(browser)
    }

    /// Asks and waits for the answer; what the browser says on the way is kept.
    pub fn ask(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Result<Value, String> {
        let number = self.send(session, method, parameters)?;
        loop {
            let message = self.next(ANSWER_SECONDS_MAX).map_err(|error| format!("{method}: {error}"))?;
            if message["id"] == json!(number) {
                let error = &message["error"];
                return if error.is_null() { Ok(message["result"].clone()) } else { Err(format!("{method}: {error}")) };
            }
            self.note(message)?;
        }
    }

    /// What was said about a session since the last time.
    pub fn events(&mut self, session: &str) -> Vec<Value> {
        let (found, others) = self.events.drain(..).partition(|event: &Value| event["sessionId"] == json!(session));
        self.events = others;
        Vec::from(found)
    }

    fn send(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Result<u64, String> {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to
            .write_all(&bytes)
            .and_then(|()| self.to.flush())
            .map_err(|error| format!("the browser is gone: {error}"))?;
        Ok(self.last)
    }

    fn next(&mut self, seconds: u64) -> Result<Value, String> {
        self.from.recv_timeout(Duration::from_secs(seconds)).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("no answer in {seconds} seconds"),
            RecvTimeoutError::Disconnected => "the browser has ended".to_string(),
        })
    }

    fn note(&mut self, message: Value) -> Result<(), String> {
        // an open dialog stops everything else, and is a finding in itself
        if message["method"] == "Page.javascriptDialogOpening"
            && let Some(session) = message["sessionId"].as_str().map(str::to_string)
        {
            self.send(Some(&session), "Page.handleJavaScriptDialog", json!({ "accept": true }))?;
        }
        if message["method"].is_string() {
            self.events.push_back(message);
        }
        Ok(())
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let closed = self.ask(None, "Browser.close", json!({})).is_ok();
        if !closed {
            // it may have ended by itself
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
