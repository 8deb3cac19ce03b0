//! The code of a scenario as edits see it: routines, the lists of statements in them, and how a line is put in, moved or taken out. Comments and
//! layout stay as they are, because edits are made of the text.

use std::collections::BTreeSet;
use std::ops::Range;

use model::lang::ast::{
    Attribute, Block, Class, Expr, ExprKind, Item, Member, Process, Scenario, Span, Statement, StatementKind, TypeKind,
    Variable,
};
use model::lang::line_index::LineIndex;
use model::lang::walk::{self, Node};

/// What a routine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The body of a thread.
    Thread,
    /// A function of a process or module.
    Function,
    /// A method of a class.
    Method,
    /// A constructor.
    Constructor,
    /// A destructor.
    Destructor,
}

/// A body of code and where it belongs.
#[derive(Clone, Copy, Debug)]
pub struct Routine<'a> {
    /// Its process.
    pub process: &'a Process,
    /// The module that holds its code.
    pub module: Option<&'a str>,
    /// The class of a method.
    pub class: Option<&'a Class>,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: &'a str,
    /// Its code.
    pub body: &'a Block,
}

/// The statements of one block.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// The routine that it is in.
    pub routine: usize,
    /// The block.
    pub block: &'a Block,
    /// The list and the statement that it is in, if it is not the body itself.
    pub outer: Option<(usize, usize)>,
}

/// A variable that more than one routine sees.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    /// Its process.
    pub process: &'a str,
    /// Its class, if it is a field.
    pub class: Option<&'a str>,
    /// The declaration.
    pub variable: &'a Variable,
}

/// A part of the text and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The bytes that go.
    pub at: (usize, usize),
    /// What stands there instead.
    pub text: String,
}

/// A scenario's text and tree.
pub struct Code<'a> {
    /// The text.
    pub text: &'a str,
    /// All routines, in the order of the text.
    pub routines: Vec<Routine<'a>>,
    /// All lists of statements; the body of a routine stands before what is in it.
    pub lists: Vec<List<'a>>,
    /// All variables that are not local.
    pub shared: Vec<Shared<'a>>,
    /// The streams that every process sees.
    pub streams: Vec<&'a str>,
    /// The processes.
    pub processes: Vec<&'a Process>,
    /// The names in what is never to be, and in assertions.
    pub claimed: BTreeSet<String>,
    /// How lines end.
    pub feed: &'static str,
    lines: LineIndex,
}

impl<'a> Code<'a> {
    /// Reads a tree that was parsed from this text.
    pub fn new(text: &'a str, scenario: &'a Scenario) -> Self {
        let feed = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let lines = LineIndex::new(text);
        let mut code = Code {
            text,
            routines: vec![],
            lists: vec![],
            shared: vec![],
            streams: vec![],
            processes: vec![],
            claimed: BTreeSet::new(),
            feed,
            lines,
        };
        for item in &scenario.items {
            if let Item::Never(claim) = item {
                code.claim(claim.condition.span);
            }
            if let Item::Variable(variable) = item {
                code.streams.push(&variable.name.text);
            }
            if let Item::Process(process) = item {
                code.processes.push(process);
                code.members(process, None, &process.items);
            }
        }
        for routine in 0..code.routines.len() {
            code.block(routine, code.routines[routine].body, None);
            for node in Code::nodes(code.routines[routine].body) {
                if let Node::Statement(Statement { kind: StatementKind::Assert(claim), .. }) = node {
                    code.claim(claim.span);
                }
            }
        }
        code
    }

    /// Notes the names in a claim.
    fn claim(&mut self, span: Span) {
        let words = self.at(span).split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        self.claimed.extend(words.filter(|word| !word.is_empty()).map(str::to_string));
    }

    fn members(&mut self, process: &'a Process, module: Option<&'a str>, members: &'a [Member]) {
        for member in members {
            let routine = |module, class, kind, name, body| Routine { process, module, class, kind, name, body };
            match member {
                Member::Module(inner) => self.members(process, Some(&inner.name.text), &inner.items),
                Member::Context(_) => {}
                Member::Variable(variable) => {
                    self.shared.push(Shared { process: &process.name.text, class: None, variable });
                }
                Member::Thread(thread) => {
                    let module = code_of(&thread.attributes).or(module);
                    self.routines.push(routine(module, None, Kind::Thread, &thread.name.text, &thread.body));
                }
                Member::Function(function) => {
                    let module = function.code.as_ref().map(|name| name.text.as_str()).or(module);
                    self.routines.push(routine(module, None, Kind::Function, &function.name.text, &function.body));
                }
                Member::Class(class) => {
                    let module = code_of(&class.attributes).or(module);
                    let name = Some(class.name.text.as_str());
                    let fields = class.fields.iter();
                    let field = |variable| Shared { process: &process.name.text, class: name, variable };
                    self.shared.extend(fields.map(field));
                    let of = |kind| move |function| (kind, function);
                    let all = class.constructor.iter().map(of(Kind::Constructor));
                    let all = all.chain(class.methods.iter().map(of(Kind::Method)));
                    for (kind, function) in all.chain(class.destructor.iter().map(of(Kind::Destructor))) {
                        self.routines.push(routine(module, Some(class), kind, &function.name.text, &function.body));
                    }
                }
            }
        }
    }

    fn block(&mut self, routine: usize, block: &'a Block, outer: Option<(usize, usize)>) {
        let here = self.lists.len();
        self.lists.push(List { routine, block, outer });
        for (index, statement) in block.statements.iter().enumerate() {
            self.blocks_in(routine, statement, (here, index));
        }
    }

    fn blocks_in(&mut self, routine: usize, statement: &'a Statement, outer: (usize, usize)) {
        match &statement.kind {
            StatementKind::Block(inner) | StatementKind::Enter(_, inner) | StatementKind::Switch(_, inner) => {
                self.block(routine, inner, Some(outer));
            }
            StatementKind::If(_, then, other) => {
                self.blocks_in(routine, then, outer);
                other.iter().for_each(|other| self.blocks_in(routine, other, outer));
            }
            StatementKind::While(_, inner) | StatementKind::DoWhile(inner, _) | StatementKind::For(_, _, _, inner) => {
                self.blocks_in(routine, inner, outer);
            }
            StatementKind::Empty
            | StatementKind::Variable(_)
            | StatementKind::Expr(_)
            | StatementKind::Break
            | StatementKind::Continue
            | StatementKind::Return(_)
            | StatementKind::Assert(_)
            | StatementKind::Assume(_)
            | StatementKind::Case(_)
            | StatementKind::Default
            | StatementKind::Label(_)
            | StatementKind::Goto(_) => {}
        }
    }

    /// The routine of a list.
    pub fn routine(&self, list: usize) -> &Routine<'a> {
        &self.routines[self.lists[list].routine]
    }

    /// The statements of a list.
    pub fn statements(&self, list: usize) -> &'a [Statement] {
        &self.lists[list].block.statements
    }

    /// All of a statement, with what is in it and its semicolon.
    pub fn extent(&self, statement: &Statement) -> Range<usize> {
        let (start, mut end) = (statement.span.start as usize, statement.span.end as usize);
        match &statement.kind {
            StatementKind::Block(inner) | StatementKind::Enter(_, inner) | StatementKind::Switch(_, inner) => {
                return start..inner.span.end as usize;
            }
            StatementKind::If(_, then, other) => {
                return start..self.extent(other.as_ref().unwrap_or(then)).end;
            }
            StatementKind::While(_, inner) | StatementKind::For(_, _, _, inner) => {
                return start..self.extent(inner).end;
            }
            StatementKind::DoWhile(inner, _) => {
                let body = self.extent(inner).start;
                let begin = self.text[..body].rfind("do").unwrap_or(body);
                return begin..self.past_semicolon(end);
            }
            StatementKind::Variable(_) | StatementKind::Expr(_) | StatementKind::Return(_) => {
                end = self.past_semicolon(end);
            }
            StatementKind::Empty
            | StatementKind::Break
            | StatementKind::Continue
            | StatementKind::Assert(_)
            | StatementKind::Assume(_)
            | StatementKind::Case(_)
            | StatementKind::Default
            | StatementKind::Label(_)
            | StatementKind::Goto(_) => {}
        }
        start..end
    }

    fn past_semicolon(&self, end: usize) -> usize {
        let rest = &self.text[end..];
        let space = rest.len() - rest.trim_start().len();
        if !self.text[..end].ends_with(';') && rest[space..].starts_with(';') { end + space + 1 } else { end }
    }

    /// The text of a place.
    pub fn at(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The line of a byte, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.lines.line(u32::try_from(at).unwrap_or(u32::MAX)) as usize
    }

    /// Where the line of a byte begins, and where its text ends.
    fn line_of(&self, at: usize) -> Range<usize> {
        let start = self.text[..at].rfind('\n').map_or(0, |feed| feed + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |feed| at + feed);
        start..start.max(end - usize::from(self.text[start..end].ends_with('\r')))
    }

    /// The white space that the line of a byte begins with.
    pub fn indent(&self, at: usize) -> &'a str {
        let line = &self.text[self.line_of(at)];
        &line[..line.len() - line.trim_start().len()]
    }

    /// Whether nothing stands on the lines of this range but itself and a comment behind it.
    pub fn is_alone(&self, range: &Range<usize>) -> bool {
        let before = &self.text[self.line_of(range.start).start..range.start];
        let behind = self.text[range.end..self.line_of(range.end).end].trim_start();
        before.trim().is_empty() && (behind.is_empty() || behind.starts_with("//"))
    }

    /// The lines of a range, with their ends.
    pub fn whole_lines(&self, range: &Range<usize>) -> Range<usize> {
        let end = self.text[range.end..].find('\n').map_or(self.text.len(), |feed| range.end + feed + 1);
        self.line_of(range.start).start..end
    }

    /// Lines of code put in before a statement of a list, or behind the last one.
    pub fn insert(&self, list: usize, index: usize, lines: &[String]) -> Change {
        let statements = self.statements(list);
        if let Some(statement) = statements.get(index) {
            let range = self.extent(statement);
            let first = self.text[self.line_of(range.start).start..range.start].trim().is_empty();
            let gap = if first { format!("{}{}", self.feed, self.indent(range.start)) } else { " ".into() };
            let text = lines.iter().map(|line| self.laid_out(line, range.start) + &gap).collect();
            return Change { at: (range.start, range.start), text };
        }
        let Some(last) = statements.last() else {
            let block = self.lists[list].block.span;
            let (open, close) = (block.start as usize + 1, (block.end as usize).saturating_sub(1));
            let one_line = !self.text[open..close.max(open)].contains('\n');
            let gap = if one_line { " ".into() } else { format!("{}{}    ", self.feed, self.indent(close)) };
            return Change { at: (open, open), text: lines.iter().map(|line| format!("{gap}{line}")).collect() };
        };
        let range = self.extent(last);
        if !self.is_alone(&range) && self.line(range.start) == self.line(range.end) {
            return Change { at: (range.end, range.end), text: lines.iter().map(|line| format!(" {line}")).collect() };
        }
        let end = self.line_of(range.end).end;
        let gap = format!("{}{}", self.feed, self.indent(range.start));
        Change {
            at: (end, end),
            text: lines.iter().map(|line| gap.clone() + &self.laid_out(line, range.start)).collect(),
        }
    }

    /// Code of several lines as it stands beside a statement.
    fn laid_out(&self, code: &str, beside: usize) -> String {
        code.replace('\n', &format!("{}{}", self.feed, self.indent(beside)))
    }

    /// A part of the text replaced; code of several lines is laid out.
    pub fn replace(&self, range: Range<usize>, code: &str) -> Change {
        Change { at: (range.start, range.end), text: self.laid_out(code, range.start) }
    }

    /// Statements of a list taken out, with their lines and the comments behind them.
    pub fn delete(&self, list: usize, which: Range<usize>) -> Change {
        let statements = self.statements(list);
        let range = self.extent(&statements[which.start]).start..self.extent(&statements[which.end - 1]).end;
        let gone = if self.is_alone(&range) { self.whole_lines(&range) } else { range };
        Change { at: (gone.start, gone.end), text: String::new() }
    }

    /// Statements of a list, with their comments, moved before a statement of the same or another list, or behind its last one. None if they share
    /// their lines with something else.
    pub fn moved(&self, list: usize, which: Range<usize>, to: (usize, usize)) -> Option<Vec<Change>> {
        let statements = self.statements(list);
        let from = self.extent(statements.get(which.start)?).start..self.extent(statements.get(which.end - 1)?).end;
        if !self.is_alone(&from) {
            return None;
        }
        let old = self.indent(from.start);
        let lines = self.whole_lines(&from);
        let whole = self.text[lines.clone()].trim_end_matches(['\r', '\n']);
        let target = self.statements(to.0);
        let (at, indent, behind) = match target.get(to.1) {
            Some(next) => (self.extent(next).start, self.indent(self.extent(next).start), false),
            None => {
                let last = self.extent(target.last()?);
                (last.end, self.indent(last.start), true)
            }
        };
        let beside = if behind { self.extent(target.last()?) } else { self.extent(&target[to.1]) };
        if !self.is_alone(&beside) {
            return None;
        }
        let kept = whole.split('\n').map(|line| match line.strip_prefix(old) {
            Some(rest) if !rest.trim().is_empty() => format!("{indent}{rest}"),
            Some(_) | None => line.to_string(),
        });
        let text = kept.collect::<Vec<_>>().join("\n");
        let put = match behind {
            true => {
                let end = self.line_of(at).end;
                Change { at: (end, end), text: format!("{}{text}", self.feed) }
            }
            false => {
                let start = self.line_of(at).start;
                Change { at: (start, start), text: format!("{text}{}", self.feed) }
            }
        };
        Some(vec![Change { at: (lines.start, lines.end), text: String::new() }, put])
    }

    /// Lines of code around statements of a list: what opens and what closes; the statements are indented.
    pub fn wrapped(&self, list: usize, which: Range<usize>, open: &str, close: &str) -> Option<Vec<Change>> {
        let statements = self.statements(list);
        let range = self.extent(statements.get(which.start)?).start..self.extent(statements.get(which.end - 1)?).end;
        if !self.is_alone(&range) {
            return None;
        }
        let indent = self.indent(range.start);
        let lines = self.whole_lines(&range);
        let inner = self.text[lines.clone()].trim_end_matches(['\r', '\n']).split('\n');
        let inner: Vec<String> =
            inner.map(|line| if line.trim().is_empty() { line.to_string() } else { format!("    {line}") }).collect();
        let feed = self.feed;
        let text = format!("{indent}{open}{feed}{}{feed}{indent}{close}{feed}", inner.join("\n"));
        Some(vec![Change { at: (lines.start, lines.end), text }])
    }

    /// The call that a statement is: alone, assigned, or the first value of a variable.
    pub fn call(statement: &Statement) -> Option<(&str, &[Expr])> {
        let value = match &statement.kind {
            StatementKind::Expr(Expr { kind: ExprKind::Assign(_, value), .. }) => value,
            StatementKind::Expr(value) => value,
            StatementKind::Variable(Variable { initial: Some(value), .. }) => value,
            _ => return None,
        };
        match &value.kind {
            ExprKind::Call(name, arguments) => Some((&name.text, arguments)),
            _ => None,
        }
    }

    /// The call of a method that a statement is: the object, the method.
    pub fn method(statement: &Statement) -> Option<(&Expr, &str)> {
        let value = match &statement.kind {
            StatementKind::Expr(Expr { kind: ExprKind::Assign(_, value), .. }) => value,
            StatementKind::Expr(value) => value,
            _ => return None,
        };
        match &value.kind {
            ExprKind::Method(object, name, _) => Some((object, &name.text)),
            _ => None,
        }
    }

    /// The nodes of a block, outer ones first.
    pub fn nodes(block: &'a Block) -> Vec<Node<'a>> {
        let mut nodes = Vec::new();
        walk::block(block, &mut |node| nodes.push(node));
        nodes
    }

    /// The nodes of one statement of a list.
    pub fn nodes_of(&self, statement: &Statement) -> Vec<(String, Span)> {
        let alone = Block { statements: vec![statement.clone()], span: statement.span };
        let mut names = Vec::new();
        walk::block(&alone, &mut |node| {
            if let Node::Expr(expr) = node {
                match &expr.kind {
                    ExprKind::Name(name) | ExprKind::Call(name, _) => names.push((name.text.clone(), expr.span)),
                    ExprKind::New(..) => names.push(("new".into(), expr.span)),
                    ExprKind::Method(_, name, _) => names.push((format!("->{}", name.text), expr.span)),
                    _ => {}
                }
            }
        });
        names
    }

    /// Shared variables that a routine sees, of types that fit.
    pub fn seen(&self, routine: &Routine<'_>, fits: impl Fn(&TypeKind) -> bool) -> Vec<&'a str> {
        let class = routine.class.map(|class| class.name.text.as_str());
        let such = |one: &&Shared<'a>| {
            one.process == routine.process.name.text
                && (one.class.is_none() || one.class == class)
                && fits(&one.variable.ty.kind)
        };
        self.shared.iter().filter(such).map(|one| one.variable.name.text.as_str()).collect()
    }
}

fn code_of(attributes: &[Attribute]) -> Option<&str> {
    attributes.iter().find_map(|attribute| match attribute {
        Attribute::Code(name) => Some(name.text.as_str()),
        Attribute::Word(_) | Attribute::In(_) | Attribute::By(_) | Attribute::As(_) | Attribute::NeverAnswers(_) => {
            None
        }
    })
}
