//! What the code of a process does with handles, found from the text before anything is lowered: which HANDLE variables are values, and what
//! is put into each of them.

use std::collections::{BTreeMap, BTreeSet};

use super::callbacks::{hands_out, makes_callbacks};
use super::elements::names_of;
use crate::lang::ast::{self, Attribute, Expr, ExprKind, Member, StatementKind, TypeKind};
use crate::lang::walk::{self, Node};

/// Calls that are given handles; those that use an event by its name are as before.
pub(super) const BY_HANDLE: [&str; 6] = [
    "SetEvent",
    "ResetEvent",
    "WaitForSingleObject",
    "WaitForMultipleObjects",
    "CoWaitForMultipleHandles",
    "CloseHandle",
];

/// What the code of a process does with handles.
#[derive(Default)]
pub(super) struct Used<'a> {
    /// HANDLE variables that are used as values, not only by calls that are given them.
    values: BTreeSet<&'a str>,
    /// Some handle is closed.
    pub(super) closes: bool,
    /// What is put into each HANDLE variable.
    pub(super) sources: BTreeMap<&'a str, Sources<'a>>,
    /// Threads whose handles are kept.
    pub(super) threads: BTreeSet<&'a str>,
    /// By the place of a CreateEvent: the variable that it is put into.
    pub(super) named: BTreeMap<u32, &'a str>,
}

/// What is put into a variable.
#[derive(Default)]
pub(super) struct Sources<'a> {
    /// Calls of CreateEvent, by their places.
    pub(super) events: BTreeSet<u32>,
    /// Threads.
    pub(super) threads: BTreeSet<&'a str>,
    /// Calls that make objects of the system which run callbacks, by their places.
    pub(super) callbacks: BTreeSet<u32>,
    /// Anything else.
    pub(super) other: bool,
}

/// The call that makes a handle, without what is around it.
pub(super) fn created(value: &Expr) -> Option<(&str, &[Expr])> {
    match &value.kind {
        ExprKind::Call(name, arguments) => Some((name.text.as_str(), arguments)),
        _ => None,
    }
}

pub(super) fn makes_event(name: &str) -> bool {
    matches!(name, "CreateEvent" | "CreateEventW" | "CreateEventA")
}

/// The thread that a call starts: its name as it is written.
fn started<'a>(name: &str, arguments: &'a [Expr]) -> Option<&'a str> {
    let ("CreateThread" | "_beginthreadex", [thread] | [_, _, thread, ..]) = (name, arguments) else { return None };
    match &thread.kind {
        ExprKind::Name(name) => Some(&name.text),
        ExprKind::Path(path) => path.parts.first().map(|(name, _)| name.text.as_str()),
        _ => None,
    }
}

/// The variable or field that is meant.
pub(super) fn name_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) | ExprKind::Field(_, name) => Some(&name.text),
        _ => None,
    }
}

/// What the members of a process do with handles.
pub(super) fn used<'a>(members: &[&'a Member]) -> Used<'a> {
    let mut used = Used::default();
    let mut declared: BTreeSet<&'a str> = BTreeSet::new();
    let mut static_ones: BTreeSet<u32> = BTreeSet::new();
    for member in members {
        if let Member::Variable(variable) = member {
            static_ones.extend(variable.initial.as_ref().map(|initial| initial.span.start));
        }
        let parameters: Vec<&'a (ast::Type, ast::Name)> = match member {
            Member::Class(class) => class.methods.iter().flat_map(|method| &method.parameters).collect(),
            Member::Function(function) => function.parameters.iter().collect(),
            Member::Thread(thread) => thread.parameter.iter().collect(),
            Member::Module(_) | Member::Context(_) | Member::Variable(_) => Vec::new(),
        };
        for (ty, name) in parameters {
            if ty.kind == TypeKind::Handle {
                declared.insert(&name.text);
                used.sources.entry(&name.text).or_default().other = true;
            }
        }
        walk::member(member, &mut |node| {
            if let Node::Variable(variable) = node
                && variable.ty.kind == TypeKind::Handle
            {
                declared.insert(&variable.name.text);
            }
        });
    }
    let mut given: BTreeSet<*const Expr> = BTreeSet::new();
    for member in members {
        walk::member(member, &mut |node| used.note(node, &declared, &static_ones, &mut given));
    }
    used
}

impl<'a> Used<'a> {
    fn note(
        &mut self,
        node: Node<'a>,
        declared: &BTreeSet<&'a str>,
        static_ones: &BTreeSet<u32>,
        given: &mut BTreeSet<*const Expr>,
    ) {
        match node {
            Node::Statement(_) => {}
            Node::Variable(variable) if variable.ty.kind == TypeKind::Handle => {
                let Some(initial) = &variable.initial else { return };
                let of_process = static_ones.contains(&initial.span.start);
                match created(initial) {
                    // the event of the process that has this name
                    Some((name, _)) if of_process && makes_event(name) => {}
                    // a first value that cannot be is told as that of an event
                    _ if of_process && !matches!(initial.kind, ExprKind::Null | ExprKind::Int(0)) => {}
                    _ => {
                        self.values.insert(&variable.name.text);
                        self.put(&variable.name.text, initial);
                    }
                }
            }
            Node::Variable(_) => {}
            Node::Expr(expr) => match &expr.kind {
                ExprKind::Assign(target, value) => {
                    for name in names_of(target).into_iter().filter(|name| declared.contains(name)) {
                        self.values.insert(name);
                        self.put(name, value);
                    }
                }
                ExprKind::Call(name, arguments) if name.text == "CloseHandle" => {
                    let handles = arguments.first().map(names_of).unwrap_or_default();
                    self.closes |= handles.iter().any(|name| declared.contains(name));
                }
                ExprKind::Call(name, arguments) if name.text.starts_with("Interlocked") => {
                    if let [Expr { kind: ExprKind::AddressOf(target), .. }, value, ..] = arguments.as_slice()
                        && let Some(name) = name_of(target).filter(|name| declared.contains(name))
                    {
                        self.values.insert(name);
                        self.put(name, value);
                    }
                }
                ExprKind::Call(name, arguments) if super::api::find(&name.text).is_some() => {
                    if hands_out(&name.text)
                        && let Some(Expr { kind: ExprKind::AddressOf(target), .. }) = arguments.first()
                        && let Some(name) = name_of(target).filter(|name| declared.contains(name))
                    {
                        self.values.insert(name);
                        self.sources.entry(name).or_default().callbacks.insert(expr.span.start);
                    }
                    for argument in arguments {
                        given.insert(std::ptr::from_ref(argument));
                        // an array of one handle
                        if let ExprKind::AddressOf(inner) = &argument.kind {
                            given.insert(std::ptr::from_ref(&**inner));
                        }
                    }
                }
                ExprKind::Name(name)
                    if declared.contains(name.text.as_str()) && !given.contains(&std::ptr::from_ref(expr)) =>
                {
                    self.values.insert(&name.text);
                }
                _ => {}
            },
        }
    }

    /// Notes what is put into a variable.
    fn put(&mut self, name: &'a str, value: &'a Expr) {
        let sources = self.sources.entry(name).or_default();
        match (&value.kind, created(value)) {
            (ExprKind::Null | ExprKind::Int(0), _) => {}
            (_, Some((call, _))) if makes_event(call) => {
                sources.events.insert(value.span.start);
                self.named.insert(value.span.start, name);
            }
            (_, Some((call, arguments))) if started(call, arguments).is_some() => {
                let thread = started(call, arguments).unwrap_or_default();
                sources.threads.insert(thread);
                self.threads.insert(thread);
            }
            (_, Some((call, _))) if makes_callbacks(call) => {
                sources.callbacks.insert(value.span.start);
            }
            _ => sources.other = true,
        }
    }

    /// Is the HANDLE of this name a variable, not just the name of an event?
    pub(super) fn is_value(&self, name: &str) -> bool {
        self.values.contains(name)
    }
}

/// Can the code come to a place of a member more than once?
pub(super) fn again(member: &Member) -> bool {
    let Member::Thread(thread) = member else { return true };
    let by_code = thread.attributes.iter().any(|attribute| matches!(attribute, Attribute::By(_)));
    let mut loops = by_code || thread.copies.is_some();
    walk::block(&thread.body, &mut |node| {
        if let Node::Statement(statement) = node {
            loops |= matches!(
                statement.kind,
                StatementKind::While(..) | StatementKind::DoWhile(..) | StatementKind::For(..) | StatementKind::Goto(_)
            );
        }
    });
    loops
}
