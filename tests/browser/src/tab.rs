//! One page in the browser, used as people use it: keys, clicks, and what can be seen. Whatever goes wrong in it is noticed.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::chromium::Chromium;

/// Window and colours.
#[derive(Clone, Copy)]
pub struct Look {
    /// CSS pixels.
    pub width: u32,
    /// CSS pixels.
    pub height: u32,
    /// Does the reader prefer dark?
    pub dark: bool,
}

/// The window that the page is made for.
pub const WIDE: Look = Look { width: 1366, height: 768, dark: false };

/// How often something that must come is looked for, every 25 ms.
const WAIT_LOOKS_MAX: u32 = 400;

/// A page of its own: nothing is kept from one to the next.
pub struct Tab<'a> {
    browser: &'a RefCell<Chromium>,
    context: String,
    session: String,
    /// Where requests may go: the page's own address, or what its server answers.
    own: String,
}

impl<'a> Tab<'a> {
    /// Opens an address and waits until the page stands.
    pub fn open(browser: &'a RefCell<Chromium>, address: &str, look: Look) -> Tab<'a> {
        let tab = Tab::blank(browser, address, look);
        tab.go(address);
        tab.until("document.documentElement.classList.contains('app')", "the page stands");
        tab.settle();
        tab
    }

    /// A tab that is nowhere yet; requests may go to where the address leads.
    pub fn blank(browser: &'a RefCell<Chromium>, address: &str, look: Look) -> Tab<'a> {
        let global = |method: &str, parameters: Value| must(browser.borrow_mut().ask(None, method, parameters));
        let context = text(&global("Target.createBrowserContext", json!({}))["browserContextId"]);
        let target = global(
            "Target.createTarget",
            json!({ "url": "about:blank", "browserContextId": context, "width": look.width, "height": look.height }),
        );
        let session = global("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        let own = address.split(['#', '?']).next().unwrap_or_default();
        // a server's pages may ask their server; a file may ask for itself only
        let own = if own.starts_with("file:") { own } else { own.trim_end_matches(|end| end != '/') };
        let tab = Tab { browser, context, session: text(&session["sessionId"]), own: own.to_string() };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            tab.ask(&format!("{domain}.enable"), json!({}));
        }
        tab.ask("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
        tab.look(look);
        tab
    }

    /// Changes window and colours.
    pub fn look(&self, look: Look) {
        let size = json!({ "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", size);
        let scheme = if look.dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme }, { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.ask("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Goes to an address.
    pub fn go(&self, address: &str) {
        let gone = self.ask("Page.navigate", json!({ "url": address }));
        assert!(gone["errorText"].is_null(), "{address}: {gone}");
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'", "the document is there");
    }

    /// One command of the debugging protocol.
    pub fn ask(&self, method: &str, parameters: Value) -> Value {
        must(self.browser.borrow_mut().ask(Some(&self.session), method, parameters))
    }

    /// The value of an expression; a promise is waited for.
    pub fn value(&self, expression: &str) -> Value {
        must(self.attempt(expression))
    }

    /// As `value`; an error if the document goes away while the expression is evaluated, as it does in a page that navigates by itself.
    pub fn attempt(&self, expression: &str) -> Result<Value, String> {
        let given = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.browser.borrow_mut().ask(Some(&self.session), "Runtime.evaluate", given)?;
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{expression:.200}: {}", thrown["exception"]["description"]);
        Ok(answer["result"]["value"].clone())
    }

    /// Is it true?
    pub fn is(&self, expression: &str) -> bool {
        self.value(&format!("Boolean({expression})")) == json!(true)
    }

    /// The text of the first element that a selector finds, as it is in the document; empty if there is none.
    pub fn text(&self, selector: &str) -> String {
        text(&self.value(&format!("document.querySelector({})?.textContent ?? ''", json!(selector))))
    }

    /// The texts of all elements that a selector finds.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let found =
            self.value(&format!("[...document.querySelectorAll({})].map((one) => one.textContent)", json!(selector)));
        found.as_array().into_iter().flatten().map(text).collect()
    }

    /// How many elements a selector finds.
    pub fn count(&self, selector: &str) -> u64 {
        self.value(&format!("document.querySelectorAll({}).length", json!(selector))).as_u64().unwrap_or(0)
    }

    /// Waits, for some seconds, until something is true.
    pub fn until(&self, expression: &str, what: &str) {
        for _ in 0..WAIT_LOOKS_MAX {
            // a document that is on its way out answers with an error: the next one is asked
            if self.attempt(&format!("Boolean({expression})")) == Ok(json!(true)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("never: {what}");
    }

    /// Waits for the next frame but one: what was pressed is then shown.
    pub fn settle(&self) {
        self.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(1)))))");
    }

    /// Presses keys, one after the other.
    pub fn press(&self, keys: &[&str]) {
        for key in keys {
            let code = match *key {
                "Enter" => 13,
                "Escape" => 27,
                "End" => 35,
                "Home" => 36,
                "ArrowLeft" => 37,
                "ArrowUp" => 38,
                "ArrowRight" => 39,
                "ArrowDown" => 40,
                "F6" => 117,
                "Tab" => 9,
                _ => 0,
            };
            let written = if *key == "Enter" { "\r" } else { key };
            if code == 0 || *key == "Enter" {
                let down = json!({ "type": "keyDown", "key": key, "text": written, "windowsVirtualKeyCode": code });
                self.ask("Input.dispatchKeyEvent", down);
            } else {
                let down = json!({ "type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": code });
                self.ask("Input.dispatchKeyEvent", down);
            }
            self.ask("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code }));
            self.settle();
        }
    }

    /// Types a text into what has the focus.
    pub fn write(&self, written: &str) {
        self.ask("Input.insertText", json!({ "text": written }));
        self.settle();
    }

    /// The middle of the first element that a selector finds, brought into view.
    fn middle(&self, selector: &str) -> Value {
        let place = self.value(&format!(
            "(() => {{ const one = document.querySelector({}); if (!one) return null; one.scrollIntoView({{ block: 'nearest', inline: \
             'nearest' }}); const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            json!(selector)
        ));
        assert!(place.is_array(), "nothing to click: {selector}");
        place
    }

    /// Clicks into the middle of the first element that a selector finds.
    pub fn click(&self, selector: &str) {
        let place = self.middle(selector);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", event);
        }
        self.settle();
    }

    /// Taps with a finger on the middle of the first element that a selector finds.
    pub fn tap(&self, selector: &str) {
        let place = self.middle(selector);
        self.ask("Emulation.setTouchEmulationEnabled", json!({ "enabled": true, "maxTouchPoints": 1 }));
        let points = json!([{ "x": place[0], "y": place[1] }]);
        self.ask("Input.dispatchTouchEvent", json!({ "type": "touchStart", "touchPoints": points }));
        self.ask("Input.dispatchTouchEvent", json!({ "type": "touchEnd", "touchPoints": [] }));
        self.settle();
    }

    /// Writes what is seen to a file.
    pub fn shot(&self, path: &Path) {
        let shot = self.ask("Page.captureScreenshot", json!({ "format": "png", "optimizeForSpeed": false }));
        let bytes = base64::engine::general_purpose::STANDARD.decode(text(&shot["data"])).expect("base64");
        std::fs::write(path, bytes).expect("a file for the shot");
    }

    /// Saves what the page saves in a folder, without asking.
    pub fn save_in(&self, folder: &Path) {
        let given = json!({ "behavior": "allow", "browserContextId": self.context, "downloadPath": folder });
        must(self.browser.borrow_mut().ask(None, "Browser.setDownloadBehavior", given));
    }

    /// Everything that should not have happened since the last time: errors, refusals of the policy, dialogs, foreign requests.
    pub fn troubles(&self) -> Vec<String> {
        let events = self.browser.borrow_mut().events(&self.session);
        events.iter().filter_map(|event| trouble(event, &self.own)).collect()
    }

    /// Fails if there was trouble.
    pub fn quiet(&self) {
        self.settle();
        let troubles = self.troubles();
        assert!(troubles.is_empty(), "{troubles:#?}");
    }
}

impl Drop for Tab<'_> {
    fn drop(&mut self) {
        // while a failed check unwinds, the browser may be gone already
        let context = json!({ "browserContextId": self.context });
        if let Ok(mut browser) = self.browser.try_borrow_mut() {
            let _ = browser.ask(None, "Target.disposeBrowserContext", context);
        }
    }
}

fn trouble(event: &Value, own: &str) -> Option<String> {
    let given = &event["params"];
    let found = match event["method"].as_str()? {
        "Runtime.exceptionThrown" => given["exceptionDetails"].to_string(),
        "Runtime.consoleAPICalled" if ["error", "assert"].contains(&given["type"].as_str()?) => {
            given["args"].to_string()
        }
        "Log.entryAdded" if given["entry"]["level"] == "error" => given["entry"].to_string(),
        "Page.javascriptDialogOpening" => format!("a dialog: {}", given["message"]),
        "Page.windowOpen" => format!("a window: {}", given["url"]),
        "Network.requestWillBeSent" => {
            let asked = given["request"]["url"].as_str()?;
            let mine = if own.starts_with("file:") { asked == own } else { asked.starts_with(own) };
            return (!mine && !asked.starts_with("blob:")).then(|| format!("a request: {asked}"));
        }
        "Network.webSocketCreated" => format!("a socket: {}", given["url"]),
        _ => return None,
    };
    Some(found.chars().take(600).collect())
}

fn must(answer: Result<Value, String>) -> Value {
    answer.unwrap_or_else(|error| panic!("{error}"))
}

/// A JSON string as it is; anything else as nothing.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}
