//! Scenarios put together in a test: pieces of text in, a compiled scenario out.

use crate::scenario::{Mistake, Scenario};

/// What a built scenario is called in reports unless it is given a name.
pub const UNNAMED: &str = "built-in-test.scn";

/// Pieces of a scenario, in the order in which they were added.
///
/// Nothing is checked before [`build`](ScenarioBuilder::build): every piece is put into the text as it would stand in a file, and
/// the mistakes then have places in that text.
///
/// ```
/// let report = rundown::Scenario::builder()
///     .title("a worker outlives its DLL")
///     .process("process host { module work_dll; thread worker : code work_dll { } thread control { FreeLibrary(work_dll); } }")
///     .expect("unload_in_use by host.control on work_dll")
///     .build()
///     .unwrap()
///     .check();
/// report.assert_as_expected();
/// ```
#[derive(Clone, Debug)]
pub struct ScenarioBuilder {
    name: String,
    title: String,
    items: Vec<String>,
    bounds: Vec<(String, u8)>,
}

impl ScenarioBuilder {
    pub(crate) fn new() -> Self {
        ScenarioBuilder { name: UNNAMED.into(), title: String::new(), items: Vec::new(), bounds: Vec::new() }
    }

    /// What reports and diagnostics call it.
    ///
    /// ```
    /// let scenario = rundown::Scenario::builder().name("loop").process("process p { thread t { } }").build().unwrap();
    /// assert_eq!(scenario.name, "loop");
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The title: one sentence, any characters but line feeds.
    ///
    /// ```
    /// let text = rundown::Scenario::builder().title("the \"good\" one").text();
    /// assert_eq!(text, "scenario \"the \\\"good\\\" one\";\n");
    /// ```
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// A process, as text: `process host { … }`. Also takes several of them, or anything else that can stand in a scenario.
    ///
    /// ```
    /// let server = "process host { int n = 0; thread main { n = 1; } }";
    /// rundown::Scenario::builder().process(server).build().unwrap().check().assert_holds();
    /// ```
    pub fn process(self, text: impl Into<String>) -> Self {
        self.item(text.into())
    }

    /// A claim of your own: `never name: expr`, `reachable name: expr`, `eventually name: expr after expr`.
    ///
    /// ```
    /// let report = rundown::Scenario::builder()
    ///     .process("process host { int n = 0; thread main { n = 1; n = 2; } }")
    ///     .claim("never two: host.n == 2")
    ///     .build().unwrap().check();
    /// assert_eq!(report.assert_violated("two").events().len(), 2);
    /// ```
    pub fn claim(self, text: impl AsRef<str>) -> Self {
        self.statement("", text.as_ref())
    }

    /// What is expected: `holds`, or a property's name with `by …`, `on …` and `when …`.
    ///
    /// ```
    /// let scenario = rundown::Scenario::builder().process("process p { thread t { } }").expect("holds").build().unwrap();
    /// scenario.check().assert_as_expected();
    /// ```
    pub fn expect(self, expectation: impl AsRef<str>) -> Self {
        self.statement("expect ", expectation.as_ref())
    }

    /// Takes an open question this way; `rundown rules --readings` lists them.
    ///
    /// ```
    /// let builder = rundown::Scenario::builder().reading("would_deadlock", "stack");
    /// assert_eq!(builder.text(), "reading would_deadlock = stack;\n");
    /// ```
    pub fn reading(self, name: &str, value: &str) -> Self {
        self.statement("reading ", &format!("{name} = {value}"))
    }

    /// Switches a rule of the model off, to see what it is for; `rundown rules` lists them.
    ///
    /// ```
    /// assert_eq!(rundown::Scenario::builder().fault("CTX-03").text(), "fault CTX-03;\n");
    /// ```
    pub fn fault(self, rule: &str) -> Self {
        self.statement("fault ", rule)
    }

    /// Switches a built-in property off; `rundown rules --properties` lists them.
    ///
    /// ```
    /// assert_eq!(rundown::Scenario::builder().without("leak_ref").text(), "check off leak_ref;\n");
    /// ```
    pub fn without(self, property: &str) -> Self {
        self.statement("check off ", property)
    }

    /// Sets the size of one of the model's tables, such as `calls` or `frames`; the last value given for a name counts.
    ///
    /// ```
    /// let builder = rundown::Scenario::builder().bound("calls", 4).bound("frames", 9).bound("calls", 6);
    /// assert_eq!(builder.text(), "bounds { calls = 6; frames = 9; }\n");
    /// ```
    pub fn bound(mut self, name: &str, value: u8) -> Self {
        match self.bounds.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.bounds.push((name.to_string(), value)),
        }
        self
    }

    /// The text so far, as it would stand in a file.
    ///
    /// ```
    /// let builder = rundown::Scenario::builder().title("t").process("process p { thread t { } }").expect("holds");
    /// assert_eq!(builder.text(), "scenario \"t\";\nprocess p { thread t { } }\nexpect holds;\n");
    /// ```
    pub fn text(&self) -> String {
        let mut text = String::new();
        if !self.title.is_empty() {
            let title = self.title.replace('\\', "\\\\").replace('"', "\\\"");
            text.push_str(&format!("scenario \"{title}\";\n"));
        }
        for item in &self.items {
            text.push_str(item);
            text.push('\n');
        }
        if !self.bounds.is_empty() {
            let bounds: Vec<String> = self.bounds.iter().map(|(name, value)| format!("{name} = {value};")).collect();
            text.push_str(&format!("bounds {{ {} }}\n", bounds.join(" ")));
        }
        text
    }

    /// Compiles it.
    ///
    /// ```
    /// let mistake = rundown::Scenario::builder().process("proces host { }").build().unwrap_err();
    /// assert!(mistake.to_string().contains("process"));
    /// ```
    pub fn build(self) -> Result<Scenario, Mistake> {
        Scenario::parse(&self.name, &self.text())
    }

    fn item(mut self, text: String) -> Self {
        self.items.push(text);
        self
    }

    /// A statement whose semicolon may be left out.
    fn statement(self, word: &str, text: &str) -> Self {
        let text = text.trim().trim_end_matches(';').trim_end();
        self.item(format!("{word}{text};"))
    }
}
