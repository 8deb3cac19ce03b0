//! Macros that end a function when something has failed, and others like them: one row each. A scenario adds rows with `macro NAME(a) { … }`.
//!
//! A macro stands for statements, as in C: its arguments take the place of its parameters, and the other names in it mean what they mean where
//! it is used. All of it counts as the text of the use, so that runs and diagnostics point there. A row of the table stands back behind a
//! function or a macro of its name in the scenario.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::ast::{
    Block, Class, Each, Expr, ExprKind, Function, Item, Macro, Member, Name, Scenario, Span, Statement, StatementKind,
};
use super::diagnostic::Diagnostic;
use super::{limits, parser};

/// A macro that is known from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacroDoc {
    /// Its name.
    pub name: &'static str,
    /// Its parameters, in parentheses.
    pub parameters: &'static str,
    /// The statements.
    pub body: &'static str,
    /// Where it comes from.
    pub from: &'static str,
}

macro_rules! rows {
    ($($name:literal $parameters:literal $body:literal $from:literal;)*) => {
        /// Every row, by origin.
        pub const MACROS: &[MacroDoc] =
            &[$(MacroDoc { name: $name, parameters: $parameters, body: $body, from: $from }),*];
    };
}

rows! {
    "RETURN_IF_FAILED" "(expr)" "HRESULT __hr = expr; if (FAILED(__hr)) { return __hr; }" "WIL";
    "RETURN_IF_FAILED_EXPECTED" "(expr)" "HRESULT __hr = expr; if (FAILED(__hr)) { return __hr; }" "WIL";
    "RETURN_HR" "(expr)" "return expr;" "WIL";
    "RETURN_HR_IF" "(code, condition)" "if (condition) { return code; }" "WIL";
    "RETURN_HR_IF_NULL" "(code, pointer)" "if (!(pointer)) { return code; }" "WIL";
    "RETURN_IF_NULL_ALLOC" "(pointer)" "if (!(pointer)) { return E_OUTOFMEMORY; }" "WIL";
    "RETURN_IF_WIN32_BOOL_FALSE" "(expr)" "if (!(expr)) { return E_FAIL; }" "WIL; the code of GetLastError is not modelled";
    "LOG_IF_FAILED" "(expr)" "HRESULT __hr = expr;" "WIL";
    "IfFailRet" "(expr)" "hr = expr; if (FAILED(hr)) { return hr; }" "the CLR; needs `hr`";
    "IfFailGo" "(expr)" "hr = expr; if (FAILED(hr)) { goto ErrExit; }" "the CLR; needs `hr` and `ErrExit:`";
    "IfFailGoto" "(expr, label)" "hr = expr; if (FAILED(hr)) { goto label; }" "the CLR; needs `hr`";
    "IfNullRet" "(pointer)" "if (!(pointer)) { return E_OUTOFMEMORY; }" "the CLR";
    "IfNullGo" "(pointer)" "if (!(pointer)) { hr = E_OUTOFMEMORY; goto ErrExit; }" "the CLR; needs `hr` and `ErrExit:`";
    "IFR" "(expr)" "HRESULT __hr = expr; if (FAILED(__hr)) { return __hr; }" "Windows samples";
    "IFC" "(expr)" "hr = expr; if (FAILED(hr)) { goto Cleanup; }" "Windows samples; needs `hr` and `Cleanup:`";
    "IF_FAIL_RETURN" "(expr)" "HRESULT __hr = expr; if (FAILED(__hr)) { return __hr; }" "Windows samples";
    "IF_FAILED_RETURN" "(expr)" "HRESULT __hr = expr; if (FAILED(__hr)) { return __hr; }" "Windows samples";
    "IF_FAILED_GOTO" "(expr, label)" "HRESULT __hr = expr; if (FAILED(__hr)) { goto label; }" "Media Foundation samples";
    "IF_FAILED_JUMP" "(expr, label)" "HRESULT __hr = expr; if (FAILED(__hr)) { goto label; }" "Windows samples";
    "CHECK_HR" "(expr)" "HRESULT __hr = expr; if (FAILED(__hr)) { goto done; }" "Media Foundation samples; needs `done:`";
    "EXIT_ON_ERROR" "(expr)" "HRESULT __hr = expr; if (FAILED(__hr)) { goto Exit; }" "audio samples; needs `Exit:`";
    "SAFE_RELEASE" "(pointer)" "if (pointer) { pointer->Release(); pointer = NULL; }" "Windows samples";
    "VERIFY" "(expr)" "expr;" "MFC: evaluated, and nothing else in a release build";
    "ATLVERIFY" "(expr)" "expr;" "ATL: evaluated, and nothing else in a release build";
}

/// Macros that are known and refused, each with what to write.
pub const REFUSED: &[(&str, &str)] = &[
    ("THROW_IF_FAILED", "exceptions are not modelled: write RETURN_IF_FAILED in a function that returns an HRESULT"),
    ("THROW_HR", "exceptions are not modelled: write `return` with the code"),
    ("THROW_HR_IF", "exceptions are not modelled: write RETURN_HR_IF in a function that returns an HRESULT"),
    (
        "THROW_IF_NULL_ALLOC",
        "exceptions are not modelled: write RETURN_IF_NULL_ALLOC in a function that returns an HRESULT",
    ),
    (
        "FAIL_FAST_IF_FAILED",
        "a crash by choice is not modelled: write `assert(SUCCEEDED(…))`, or `process NAME : may_crash`",
    ),
    ("CATCH_RETURN", "exceptions are not modelled: delete it, and the `try` before it"),
];

/// The row of this name.
pub fn find(name: &str) -> Option<&'static MacroDoc> {
    MACROS.iter().find(|row| row.name == name)
}

/// The rows as trees: read once.
fn built_in() -> &'static BTreeMap<&'static str, Macro> {
    static READ: OnceLock<BTreeMap<&'static str, Macro>> = OnceLock::new();
    READ.get_or_init(|| {
        let read = |row: &'static MacroDoc| {
            let text = format!("macro {}{} {{ {} }}", row.name, row.parameters, row.body);
            let (scenario, _) = parser::parse(&text);
            scenario
                .items
                .into_iter()
                .find_map(|item| if let Item::Macro(one) = item { Some((row.name, one)) } else { None })
        };
        MACROS.iter().filter_map(read).collect()
    })
}

/// Puts statements in the place of every macro that is used as a statement.
pub(super) fn expand(scenario: &mut Scenario) -> Vec<Diagnostic> {
    let mut known: BTreeMap<String, Macro> = BTreeMap::new();
    let mut diagnostics = Vec::new();
    for item in &scenario.items {
        let Item::Macro(one) = item else { continue };
        if let Some(earlier) = known.get(&one.name.text) {
            let message = format!("`{}` is declared twice", one.name.text);
            let diagnostic = Diagnostic::error("R0202", message, one.name.span, "again here");
            diagnostics.push(diagnostic.also(earlier.name.span, "declared here first"));
            continue;
        }
        known.insert(one.name.text.clone(), one.clone());
    }
    let mut functions = Vec::new();
    for item in &scenario.items {
        if let Item::Process(process) = item {
            declared(&process.items, &mut functions);
        }
    }
    let built_in = built_in();
    for (name, one) in built_in.iter().filter(|(name, _)| !functions.iter().any(|function| function == *name)) {
        known.entry((*name).to_owned()).or_insert_with(|| one.clone());
    }
    let mut expander = Expander { known: &known, room: limits::TOKENS_MAX, diagnostics };
    for item in &mut scenario.items {
        if let Item::Process(process) = item {
            process.items.iter_mut().for_each(|member| expander.member(member));
        }
    }
    expander.diagnostics
}

fn declared(members: &[Member], names: &mut Vec<String>) {
    for member in members {
        match member {
            Member::Module(module) => declared(&module.items, names),
            Member::Function(function) => names.push(function.name.text.clone()),
            Member::Class(class) => names.extend(class.methods.iter().map(|method| method.name.text.clone())),
            Member::Context(_) | Member::Thread(_) | Member::Variable(_) => {}
        }
    }
}

/// The statements of a macro, with arguments in the place of its parameters.
pub(super) fn filled(one: &Macro, arguments: &[Expr], span: Span) -> Option<Block> {
    Filled { parameters: &one.parameters, arguments, span, left: limits::TOKENS_MAX }.block(&one.body)
}

struct Expander<'m> {
    known: &'m BTreeMap<String, Macro>,
    /// So much may still be put in place.
    room: usize,
    diagnostics: Vec<Diagnostic>,
}

impl Expander<'_> {
    fn member(&mut self, member: &mut Member) {
        match member {
            Member::Module(module) => module.items.iter_mut().for_each(|member| self.member(member)),
            Member::Function(function) => self.function(function),
            Member::Thread(thread) => self.block(&mut thread.body, 0),
            Member::Class(class) => self.class(class),
            Member::Context(_) | Member::Variable(_) => {}
        }
    }

    fn class(&mut self, class: &mut Class) {
        let written = class.methods.iter_mut().chain(&mut class.constructor).chain(&mut class.destructor);
        written.for_each(|function| self.function(function));
    }

    fn function(&mut self, function: &mut Function) {
        self.block(&mut function.body, 0);
    }

    fn block(&mut self, block: &mut Block, depth: usize) {
        block.statements.iter_mut().for_each(|statement| self.statement(statement, depth));
    }

    fn statement(&mut self, statement: &mut Statement, depth: usize) {
        match &mut statement.kind {
            StatementKind::Expr(Expr { kind: ExprKind::Call(name, arguments), span }) => {
                let Some(one) = self.known.get(&name.text) else { return };
                let (name, arguments, span) = (name.clone(), std::mem::take(arguments), *span);
                statement.kind = self.use_of(one, &name, arguments, span, depth);
            }
            StatementKind::Block(inner)
            | StatementKind::Enter(_, inner)
            | StatementKind::AtExit(inner)
            | StatementKind::Inline(inner)
            | StatementKind::Switch(_, inner) => {
                self.block(inner, depth);
            }
            StatementKind::If(_, then, other) => {
                self.statement(then, depth);
                other.iter_mut().for_each(|inner| self.statement(inner, depth));
            }
            StatementKind::While(_, inner) | StatementKind::DoWhile(inner, _) => self.statement(inner, depth),
            StatementKind::Each(each) => self.statement(&mut each.body, depth),
            StatementKind::For(first, _, _, inner) => {
                first.iter_mut().for_each(|inner| self.statement(inner, depth));
                self.statement(inner, depth);
            }
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
            | StatementKind::Goto(_) => {}
        }
    }

    /// What a use of a macro stands for.
    fn use_of(&mut self, one: &Macro, name: &Name, arguments: Vec<Expr>, span: Span, depth: usize) -> StatementKind {
        let refused =
            |message: String, label: &str, help: String| Diagnostic::error("R0321", message, span, label).help(help);
        let parameters = || one.parameters.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(", ");
        let problem = if arguments.len() != one.parameters.len() {
            let message = format!("the macro `{}` takes {}, not {}", name.text, one.parameters.len(), arguments.len());
            Some(refused(message, "wrong number of arguments", format!("its parameters are `({})`", parameters())))
        } else if depth >= limits::MACROS_IN_MACROS_MAX {
            let message = format!("the macro `{}` leads to itself, or too deep", name.text);
            let help = format!("macros stand in macros up to {} deep", limits::MACROS_IN_MACROS_MAX);
            Some(refused(message, "not expanded any more", help))
        } else {
            None
        };
        let mut filled = Filled { parameters: &one.parameters, arguments: &arguments, span, left: self.room };
        let body = problem.is_none().then(|| filled.block(&one.body)).flatten();
        self.room = filled.left;
        let Some(mut body) = body else {
            let long = || {
                let help = "write a function for what is long; a macro is for a line or two".to_owned();
                refused(format!("the macro `{}` makes the code too long", name.text), "here", help)
            };
            self.diagnostics.push(problem.unwrap_or_else(long));
            return StatementKind::Expr(Expr { kind: ExprKind::Error, span });
        };
        self.block(&mut body, depth + 1);
        StatementKind::Block(body)
    }
}

/// The body of a macro with its arguments in place.
struct Filled<'m> {
    parameters: &'m [Name],
    arguments: &'m [Expr],
    span: Span,
    left: usize,
}

impl Filled<'_> {
    fn argument(&self, name: &Name) -> Option<&Expr> {
        let at = self.parameters.iter().position(|parameter| parameter.text == name.text)?;
        self.arguments.get(at)
    }

    /// A name of the body: that of the argument, if it is a parameter.
    fn name(&self, name: &Name) -> Name {
        // a label may be called like a parameter which is an address
        let named = self.argument(name).map(|argument| {
            let inner = if let ExprKind::AddressOf(inner) = &argument.kind { &**inner } else { argument };
            if inner.span == argument.span { inner } else { argument }
        });
        match named {
            Some(Expr { kind: ExprKind::Name(argument), .. }) => argument.clone(),
            Some(_) | None => Name { text: name.text.clone(), span: self.span },
        }
    }

    fn block(&mut self, block: &Block) -> Option<Block> {
        let statements = block.statements.iter().map(|statement| self.statement(statement)).collect::<Option<_>>()?;
        Some(Block { statements, span: self.span })
    }

    fn boxed(&mut self, statement: &Statement) -> Option<Box<Statement>> {
        self.statement(statement).map(Box::new)
    }

    fn maybe(&mut self, expr: Option<&Expr>) -> Option<Option<Expr>> {
        match expr {
            Some(expr) => self.expr(expr).map(Some),
            None => Some(None),
        }
    }

    fn statement(&mut self, statement: &Statement) -> Option<Statement> {
        self.left = self.left.checked_sub(1)?;
        let kind = match &statement.kind {
            StatementKind::Variable(variable) => {
                let mut variable = variable.clone();
                variable.name = self.name(&variable.name);
                variable.initial = self.maybe(variable.initial.as_ref())?;
                if let Some(values) = variable.elements.as_mut().and_then(|elements| elements.values.as_mut()) {
                    *values = self.exprs(values)?;
                }
                variable.span = self.span;
                variable.ty.span = self.span;
                StatementKind::Variable(variable)
            }
            StatementKind::Expr(expr) => StatementKind::Expr(self.expr(expr)?),
            StatementKind::Block(block) => StatementKind::Block(self.block(block)?),
            StatementKind::If(condition, then, other) => {
                let (condition, then) = (self.expr(condition)?, self.boxed(then)?);
                let other = match other {
                    Some(other) => Some(self.boxed(other)?),
                    None => None,
                };
                StatementKind::If(condition, then, other)
            }
            StatementKind::While(condition, inner) => StatementKind::While(self.expr(condition)?, self.boxed(inner)?),
            StatementKind::DoWhile(inner, condition) => {
                StatementKind::DoWhile(self.boxed(inner)?, self.expr(condition)?)
            }
            StatementKind::For(first, condition, step, inner) => {
                let first = match first {
                    Some(first) => Some(self.boxed(first)?),
                    None => None,
                };
                let (condition, step) = (self.maybe(condition.as_ref())?, self.maybe(step.as_ref())?);
                StatementKind::For(first, condition, step, self.boxed(inner)?)
            }
            StatementKind::Each(each) => {
                let (range, body) = (self.expr(&each.range)?, self.boxed(&each.body)?);
                StatementKind::Each(Each { name: self.name(&each.name), range, body, ..each.clone() })
            }
            StatementKind::Return(value) => StatementKind::Return(self.maybe(value.as_ref())?),
            StatementKind::Enter(name, block) => StatementKind::Enter(self.name(name), self.block(block)?),
            StatementKind::Assert(condition) => StatementKind::Assert(self.expr(condition)?),
            StatementKind::Assume(condition) => StatementKind::Assume(self.expr(condition)?),
            StatementKind::Delete(pointer) => StatementKind::Delete(self.expr(pointer)?),
            StatementKind::Switch(value, block) => StatementKind::Switch(self.expr(value)?, self.block(block)?),
            StatementKind::Case(value) => StatementKind::Case(self.expr(value)?),
            StatementKind::AtExit(block) => StatementKind::AtExit(self.block(block)?),
            StatementKind::Inline(block) => StatementKind::Inline(self.block(block)?),
            StatementKind::Label(name) => StatementKind::Label(self.name(name)),
            StatementKind::Goto(name) => StatementKind::Goto(self.name(name)),
            StatementKind::Empty | StatementKind::Break | StatementKind::Continue | StatementKind::Default => {
                statement.kind.clone()
            }
        };
        Some(Statement { kind, span: self.span })
    }

    fn expr(&mut self, expr: &Expr) -> Option<Expr> {
        self.left = self.left.checked_sub(1)?;
        let kind = match &expr.kind {
            ExprKind::Name(name) => match self.argument(name) {
                Some(argument) => {
                    let argument = argument.clone();
                    self.left = self.left.checked_sub(size(&argument))?;
                    return Some(argument);
                }
                None => ExprKind::Name(self.name(name)),
            },
            ExprKind::Path(path) => ExprKind::Path(super::ast::Path { parts: path.parts.clone(), span: self.span }),
            ExprKind::Call(name, arguments) => ExprKind::Call(self.name(name), self.exprs(arguments)?),
            ExprKind::Method(object, name, arguments) => {
                let (object, arguments) = (self.boxed_expr(object)?, self.exprs(arguments)?);
                ExprKind::Method(object, self.name(name), arguments)
            }
            ExprKind::Field(object, name) => ExprKind::Field(self.boxed_expr(object)?, self.name(name)),
            ExprKind::Index(base, index, elements) => {
                ExprKind::Index(self.boxed_expr(base)?, self.boxed_expr(index)?, self.exprs(elements)?)
            }
            ExprKind::New(name, arguments) => ExprKind::New(self.name(name), self.exprs(arguments)?),
            ExprKind::AddressOf(inner) => ExprKind::AddressOf(self.boxed_expr(inner)?),
            ExprKind::Not(inner) => ExprKind::Not(self.boxed_expr(inner)?),
            ExprKind::Negate(inner) => ExprKind::Negate(self.boxed_expr(inner)?),
            ExprKind::Binary(operator, left, right) => {
                ExprKind::Binary(*operator, self.boxed_expr(left)?, self.boxed_expr(right)?)
            }
            ExprKind::Assign(target, value) => ExprKind::Assign(self.boxed_expr(target)?, self.boxed_expr(value)?),
            ExprKind::Choose(condition, yes, no) => {
                ExprKind::Choose(self.boxed_expr(condition)?, self.boxed_expr(yes)?, self.boxed_expr(no)?)
            }
            ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::This
            | ExprKind::Lambda(_)
            | ExprKind::Error => expr.kind.clone(),
        };
        Some(Expr { kind, span: self.span })
    }

    fn boxed_expr(&mut self, expr: &Expr) -> Option<Box<Expr>> {
        self.expr(expr).map(Box::new)
    }

    fn exprs(&mut self, exprs: &[Expr]) -> Option<Vec<Expr>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }
}

/// How many parts an expression has.
fn size(expr: &Expr) -> usize {
    let all = |exprs: &[Expr]| exprs.iter().map(size).sum::<usize>();
    1 + match &expr.kind {
        ExprKind::Int(_)
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::Name(_)
        | ExprKind::This
        | ExprKind::Path(_)
        | ExprKind::Error => 0,
        ExprKind::Lambda(lambda) => {
            let mut parts = 0;
            super::walk::block(&lambda.body, &mut |_| parts += 1);
            parts
        }
        ExprKind::Call(_, arguments) | ExprKind::New(_, arguments) => all(arguments),
        ExprKind::Method(object, _, arguments) => size(object) + all(arguments),
        ExprKind::Field(inner, _) | ExprKind::AddressOf(inner) | ExprKind::Not(inner) | ExprKind::Negate(inner) => {
            size(inner)
        }
        ExprKind::Index(base, index, elements) => size(base) + size(index) + all(elements),
        ExprKind::Binary(_, left, right) | ExprKind::Assign(left, right) => size(left) + size(right),
        ExprKind::Choose(condition, yes, no) => size(condition) + size(yes) + size(no),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_read() {
        assert_eq!(built_in().len(), MACROS.len(), "a name stands twice, or a row is no macro");
        for row in MACROS {
            let text = format!("macro {}{} {{ {} }}", row.name, row.parameters, row.body);
            assert_eq!(parser::parse(&text).1, [], "{text}");
            assert!(!REFUSED.iter().any(|(name, _)| *name == row.name));
        }
    }
}
