//! The code of a scenario as edits see it: routines, and the lists of statements in them.

use std::collections::BTreeSet;

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
            StatementKind::Each(each) => self.blocks_in(routine, &each.body, outer),
            StatementKind::Empty
            | StatementKind::Variable(_)
            | StatementKind::Expr(_)
            | StatementKind::Break
            | StatementKind::Continue
            | StatementKind::Return(_)
            | StatementKind::Assert(_)
            | StatementKind::Assume(_)
            | StatementKind::Delete(_)
            | StatementKind::Case(_)
            | StatementKind::Default
            | StatementKind::Label(_)
            | StatementKind::AtExit(_)
            | StatementKind::Inline(_)
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

    /// All statements, with their lists and their places in them.
    pub fn steps(&self) -> impl Iterator<Item = (usize, usize, &'a Statement)> {
        let lists = (0..self.lists.len()).map(|list| (list, self.statements(list)));
        lists.flat_map(|(list, all)| all.iter().enumerate().map(move |(index, one)| (list, index, one)))
    }

    /// The text of a place.
    pub fn at(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The line of a byte, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.lines.line(u32::try_from(at).unwrap_or(u32::MAX)) as usize
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

    /// The names that a statement has: variables, and what it calls.
    pub fn names(statement: &Statement) -> Vec<String> {
        let mut names = Vec::new();
        walk::statement(statement, &mut |node| {
            if let Node::Expr(expr) = node {
                match &expr.kind {
                    ExprKind::Name(name) => names.push(name.text.clone()),
                    _ => names.extend(Code::called(expr)),
                }
            }
        });
        names
    }

    /// The name of what an expression calls; of methods with an arrow.
    pub fn called(expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Call(name, _) => Some(name.text.clone()),
            ExprKind::New(name, _) => Some(format!("new {}", name.text)),
            ExprKind::Method(_, name, _) => Some(format!("->{}", name.text)),
            ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Name(_)
            | ExprKind::This
            | ExprKind::Path(_)
            | ExprKind::Field(..)
            | ExprKind::Index(..)
            | ExprKind::AddressOf(_)
            | ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::Binary(..)
            | ExprKind::Assign(..)
            | ExprKind::Choose(..)
            | ExprKind::Lambda(_)
            | ExprKind::Error => None,
        }
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
