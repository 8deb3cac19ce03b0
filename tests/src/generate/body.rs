//! The code of a random scenario: a body that is being written, and what its statements are about.

mod acts;

use super::text::{World, method_class};
use super::{Act, Kind, Limit, Method, Server, Test};
use std::collections::BTreeSet;

/// A body that is being written.
pub(super) struct Body<'a> {
    world: &'a World<'a>,
    process: usize,
    thread: Option<usize>,
    class: Option<usize>,
    used: &'a mut BTreeSet<String>,
    locals: BTreeSet<String>,
    lines: Vec<String>,
    depth: usize,
    /// The class whose pointer the block around is about: most acts in it are about that one.
    about: Option<usize>,
}

/// Some numbers ask for a pointer that is not looked at before it is used, or for `this`.
const UNGUARDED: u8 = 240;
const THIS: u8 = 160;

impl<'a> Body<'a> {
    pub(super) fn new(
        world: &'a World<'a>,
        process: usize,
        thread: Option<usize>,
        class: Option<usize>,
        used: &'a mut BTreeSet<String>,
    ) -> Self {
        Body { world, process, thread, class, used, locals: BTreeSet::new(), lines: Vec::new(), depth: 0, about: None }
    }

    /// The block, with what it uses declared at its beginning.
    pub(super) fn finish(self, indent: &str) -> String {
        let mut out = String::from("{\n");
        for local in &self.locals {
            out.push_str(&format!("{indent}    {local};\n"));
        }
        for line in &self.lines {
            out.push_str(&format!("{indent}    {line}\n"));
        }
        out.push_str(indent);
        out.push('}');
        out
    }

    pub(super) fn line(&mut self, text: &str) {
        self.lines.push(format!("{}{text}", "    ".repeat(self.depth)));
    }

    fn block(&mut self, head: &str, acts: &[Act], tail: &str) {
        self.line(&format!("{head} {{"));
        self.depth += 1;
        self.acts(acts);
        if !tail.is_empty() {
            self.line(tail);
        }
        self.depth -= 1;
        self.line("}");
    }

    /// What is done with a pointer, which is then released.
    fn life(&mut self, class: usize, pointer: &str, acts: &[Act]) {
        let around = self.about.replace(class);
        self.block(&format!("if ({pointer})"), acts, &format!("{pointer}->Release();"));
        self.about = around;
    }

    fn shared(&mut self, name: &str) -> String {
        self.used.insert(format!("p{}.{name}", self.process));
        name.to_string()
    }

    fn hr(&mut self) -> &'static str {
        self.locals.insert("HRESULT hr = S_OK".into());
        "hr"
    }

    /// The local pointer of a class.
    fn local(&mut self, class: usize) -> String {
        let name = &self.world.classes[class].name;
        let local = name.to_lowercase();
        self.locals.insert(format!("{name}* {local} = NULL"));
        local
    }

    /// A class that this code can have objects of.
    fn class(&self, number: u8) -> Option<usize> {
        let classes = self.world.reachable(self.process);
        if !number.is_multiple_of(4) && self.about.is_some() {
            return self.about;
        }
        (!classes.is_empty()).then(|| classes[usize::from(number) % classes.len()])
    }

    /// A statement with a pointer: `this`, or the local one, looked at before in most cases.
    fn with(&mut self, number: u8, statement: impl Fn(&mut Self, &str, usize) -> Option<String>) {
        if let Some(class) = self.class
            && (THIS..UNGUARDED).contains(&number)
        {
            if let Some(statement) = statement(self, "this", class) {
                self.line(&statement);
            }
            return;
        }
        let Some(class) = self.class(number) else { return };
        let pointer = self.local(class);
        let Some(statement) = statement(self, &pointer, class) else { return };
        if number >= UNGUARDED {
            self.line(&statement);
        } else {
            self.line(&format!("if ({pointer}) {{ {statement} }}"));
        }
    }

    fn make(&mut self, number: u8) -> Option<(usize, String)> {
        let class = self.class(number)?;
        let known = &self.world.classes[class];
        let (name, own) = (known.name.clone(), known.process == self.process);
        let server = known.server;
        let pointer = self.local(class);
        if server == Server::None || own && number >= 128 {
            self.line(&format!("{pointer} = new {name}();"));
        } else {
            let hr = self.hr();
            self.line(&format!(
                "{hr} = CoCreateInstance(CLSID_{name}, NULL, CLSCTX_ALL, IID_{name}, (void**)&{pointer});"
            ));
        }
        Some((class, pointer))
    }

    /// A stream for packets of this class, of the process or shared by all; or one in which all classes get mixed up.
    fn stream(&mut self, number: u8, class: usize) -> String {
        if number.is_multiple_of(12) {
            self.used.insert("mixed".into());
            return "mixed".into();
        }
        let name = &self.world.classes[class].name;
        if number < 128 {
            return self.shared(&format!("stm{name}"));
        }
        let stream = format!("all{name}");
        self.used.insert(stream.clone());
        stream
    }

    fn event(&mut self, number: u8) -> String {
        self.shared(if number.is_multiple_of(2) { "ev0" } else { "ev1" })
    }

    fn waiting(&mut self, handles: &[String], all: bool, limit: Limit, pumps: bool) {
        let limit = ["0", "5000", "INFINITE"][usize::from(limit) % 3];
        let (count, list) = (handles.len(), handles.join(", "));
        self.line(&match (pumps, count) {
            (false, 1) => format!("WaitForSingleObject({list}, {limit});"),
            (false, _) => {
                format!("WaitForMultipleObjects({count}, {list}, {}, {limit});", if all { "TRUE" } else { "FALSE" })
            }
            (true, _) => {
                let flags = if all { "COWAIT_WAITALL" } else { "0" };
                format!("CoWaitForMultipleHandles({flags}, {limit}, {count}, {list});")
            }
        });
    }

    /// The private context that this code can enter; code of classes may be run by anybody.
    fn context(&mut self) -> Option<String> {
        let sta = self.world.sta(self.process);
        let threads = &self.world.parts[self.process].threads;
        match (self.thread, self.class) {
            (Some(thread), _) if threads[thread].kind == Kind::Sta => (sta == Some(thread)).then(|| self.shared("ui")),
            (Some(_), _) => Some(self.shared("mine")),
            (None, Some(class)) if sta.is_some() && self.world.classes[class].server == Server::Local(3) => {
                Some(self.shared("ui"))
            }
            (None, _) => Some(self.shared("mine")),
        }
    }

    fn test(&mut self, test: Test) -> String {
        match test {
            Test::Any => "any()".into(),
            Test::Flag(wanted) => format!("{}{}", if wanted { "" } else { "!" }, self.shared("flag")),
            Test::Count(number) => format!("{} < {}", self.shared("count"), 1 + number % 3),
            Test::Code(number) => {
                let codes = ["S_OK", "RPC_E_TIMEOUT", "RPC_E_DISCONNECTED", "CO_E_OBJNOTCONNECTED"];
                match number % 6 {
                    4 => format!("SUCCEEDED({})", self.hr()),
                    5 => format!("FAILED({})", self.hr()),
                    code => format!("{} == {}", self.hr(), codes[usize::from(code)]),
                }
            }
            Test::Pointer(number) => match self.class(number) {
                Some(class) => self.local(class),
                None => "any()".into(),
            },
        }
    }

    pub(super) fn acts(&mut self, acts: &[Act]) {
        for act in acts {
            self.act(act);
        }
    }

    fn call(&mut self, number: u8, method: u8) {
        self.with(number, |body, pointer, class| {
            let known = &body.world.classes[class];
            if known.methods.is_empty() {
                return Some(format!("{pointer}->AddRef();")).filter(|_| method.is_multiple_of(3));
            }
            let index = usize::from(method) % known.methods.len();
            Some(match &known.methods[index] {
                Method::Plain(_) => format!("{} = {pointer}->m{index}();", body.hr()),
                Method::Give(other, _) => {
                    let other = body.local(method_class(body.world, known.process, *other));
                    format!("{other} = {pointer}->m{index}();")
                }
                Method::Take(other, _) => {
                    let other = body.local(method_class(body.world, known.process, *other));
                    format!("{} = {pointer}->m{index}({other});", body.hr())
                }
            })
        });
    }
}
