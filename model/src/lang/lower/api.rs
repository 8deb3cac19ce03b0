//! The functions that a scenario can call: COM's and Win32's under their real names.
//!
//! Those that are operations come from their rows (see [`crate::operation`]); the others are listed here. A row decides how many arguments there
//! may be, and how the operation is read from them: operand by operand ([`super::operands`]), or by a function in `api_com` and `api_win32`.

use super::body::{Body, Target};
use super::operands::{Fixed, Given};
use super::types::Value;
use crate::lang::ast::{Expr, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::operation::calls_of_the_run_time;
use crate::operation::operand::{Condition, Cookie, Event, Model, Module, Pointer, Section, Srw, Stream};
use crate::program::{Api, Timeout, Ty};

/// A call that the language knows.
#[derive(Clone, Copy, Debug)]
pub struct ApiDoc {
    /// Its real name.
    pub name: &'static str,
    /// Its real parameter list.
    pub parameters: &'static str,
    /// A shorter way to write it; empty if there is none.
    pub short: &'static str,
    /// What the model does for it.
    pub what: &'static str,
    /// How many arguments it may have.
    pub(super) arities: &'static [usize],
    /// Arguments that are read and not modelled: the row of [`crate::lang::not_modelled`], the first of them, and the one behind the last.
    pub(super) drops: Option<(&'static str, usize, usize)>,
    /// How it is lowered.
    pub(super) lower: Lower,
}

impl ApiDoc {
    /// Can scenarios call it, or is it only known?
    pub fn is_modelled(&self) -> bool {
        !matches!(self.lower, Lower::Unsupported)
    }

    /// The names of its parameters. One that stands for several arguments stands once.
    pub fn parameter_names(&self) -> impl Iterator<Item = &'static str> {
        let inner = self.parameters.trim_start_matches('(').trim_end_matches(')');
        inner.split(',').map(|name| name.trim().trim_end_matches('…')).filter(|name| !name.is_empty())
    }
}

/// Reads the operands of a call from its arguments.
pub(super) type Read = for<'a> fn(&mut Body<'_, 'a>, &'a [Expr]) -> Option<Api>;
/// Lowers a call.
pub(super) type Special = for<'a> fn(&mut Body<'_, 'a>, &'static ApiDoc, &'a [Expr], Span, Target) -> Option<Value>;

/// How a call is lowered. None if something was reported.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lower {
    /// Operand by operand.
    Regular(Read),
    /// By a function of its own.
    Special(Special),
    /// It is read, and nothing happens.
    Nothing,
    /// It is known, but not modelled.
    Unsupported,
}

/// A function that is read, and nothing happens.
const fn nothing(
    name: &'static str,
    arities: &'static [usize],
    parameters: &'static str,
    what: &'static str,
) -> ApiDoc {
    ApiDoc { name, parameters, short: "", what, arities, drops: None, lower: Lower::Nothing }
}

/// A function that is known, but not modelled.
const fn unsupported(
    name: &'static str,
    arities: &'static [usize],
    parameters: &'static str,
    what: &'static str,
) -> ApiDoc {
    ApiDoc { name, parameters, short: "", what, arities, drops: None, lower: Lower::Unsupported }
}

macro_rules! lower {
    (by $function:ident [] $($row:tt)*) => {
        Lower::Special(|body, row, arguments, span, target| body.$function(row, arguments, span, target))
    };
    (from ($pattern:pat) [$($given:ident: $value:expr),*] $call:ident { $($field:ident: $ty:ty),* }) => {
        Lower::Regular(|_body, arguments| {
            #[allow(irrefutable_let_patterns, reason = "calls without operands")]
            let $pattern = arguments else { return None };
            $(let $given = Fixed($value);)*
            // every mistake is reported, not only the first
            $(let $field: Option<$ty> = $field.given(_body);)*
            Some(Api::$call { $($field: $field?),* })
        })
    };
}

macro_rules! drops {
    () => {
        None
    };
    ($name:literal $from:literal $to:literal) => {
        Some(($name, $from, $to))
    };
}

macro_rules! functions {
    ($(
        $(#[$doc:meta])*
        $call:ident $operands:tt $columns:tt {$(
            $name:literal [$($arity:literal)*] $parameters:literal $short:literal $what:literal
            $how:ident $source:tt $({ $($given:ident: $value:expr),* })? $(drops $dropped:literal $from:literal..$to:literal)?;
        )*}
    )*) => {
        /// Every function, in the order of the documentation.
        pub const API: &[ApiDoc] = &[
            $($(ApiDoc {
                name: $name,
                parameters: $parameters,
                short: $short,
                what: $what,
                arities: &[$($arity),*],
                drops: drops!($($dropped $from $to)?),
                lower: lower!($how $source [$($($given: $value),*)?] $call $operands),
            },)*)*
            nothing("InitializeConditionVariable", &[1], "(ConditionVariable)", "nothing"),
            nothing("InitializeSRWLock", &[1], "(SRWLock)", "nothing"),
            nothing("CoTaskMemFree", &[1], "(pv)", "nothing: memory is not modelled"),
            nothing("TranslateMessage", &[0, 1], "(lpMsg)", "nothing"),
            unsupported("CoMarshalInterThreadInterfaceInStream", &[3], "(riid, pUnk, ppStm)", "not modelled: write CoMarshalInterface into a stream of the process, with MSHLFLAGS_NORMAL"),
            unsupported("CoGetInterfaceAndReleaseStream", &[3], "(pStm, iid, ppv)", "not modelled: write CoUnmarshalInterface"),
            unsupported("MsgWaitForMultipleObjects", &[4, 5], "(nCount, pHandles, fWaitAll, dwMilliseconds, dwWakeMask)", "not modelled: write CoWaitForMultipleHandles, which dispatches, or a GetMessage loop"),
            unsupported("TerminateProcess", &[2], "(hProcess, uExitCode)", "not modelled: write ExitProcess, or `process NAME : may_crash`"),
            unsupported("TerminateThread", &[2], "(hThread, dwExitCode)", "not modelled: no shutdown that uses it is right"),
            unsupported("CoGetClassObject", &[5], "(rclsid, dwClsContext, pvReserved, riid, ppv)", "not modelled: write CoCreateInstance; what the class object does is said by its factory, `class Widget : INPROC_SERVER, by WidgetFactory`"),
        ];
    };
}

calls_of_the_run_time!(functions);

/// The questions that only claims ask.
pub(super) const QUESTIONS: [&str; 10] =
    ["loaded", "ended", "exited", "alive", "connected", "disconnecting", "pending", "packets", "is_set", "registered"];

/// The row of a call.
pub(super) fn find(name: &str) -> Option<&'static ApiDoc> {
    API.iter().find(|row| row.name == name)
}

/// Is it the name of a question for claims?
pub(super) fn is_question(name: &str) -> bool {
    QUESTIONS.contains(&name)
}

impl<'a> Body<'_, 'a> {
    /// A call of the run-time.
    pub(super) fn api(&mut self, row: &'static ApiDoc, arguments: &'a [Expr], span: Span, target: Target) -> Value {
        if let Lower::Unsupported = row.lower {
            self.report(
                Diagnostic::error(
                    "R0407",
                    format!("`{}` is not modelled", row.name),
                    span,
                    "the model does not know it",
                )
                .help(row.what),
            );
            return Value::error(span);
        }
        if !row.arities.contains(&arguments.len()) {
            self.wrong_arguments(row, span, format!("{} arguments", arguments.len()));
            return Value::error(span);
        }
        self.dropped_arguments(row, arguments);
        if let Some(value) = self.by_value(row, arguments, span, target) {
            return value;
        }
        let value = match row.lower {
            Lower::Regular(read) => read(self, arguments).map(|api| {
                if self.by_loader(&api, span) {
                    return Value::new(crate::program::Expr::Const(0), Ty::Void, span);
                }
                let result = api.row().gives.ty().unwrap_or(Ty::Void);
                self.run(api, result, span, target)
            }),
            Lower::Special(lower) => lower(self, row, arguments, span, target),
            Lower::Nothing => Some(Value::new(crate::program::Expr::Const(0), Ty::Void, span)),
            Lower::Unsupported => None,
        };
        if value.is_none() && !self.low.report.failed() {
            // No mistake may pass without a word, whatever the readers of the arguments forget.
            self.wrong_arguments(row, span, "not these arguments");
        }
        let value = value.unwrap_or_else(|| Value::error(span));
        let used = !matches!(target, Target::Discard);
        if used && value.ty == super::types::Type::Is(crate::program::Ty::Void) {
            self.report(
                Diagnostic::error("R0411", format!("the result of `{}` is not modelled", row.name), span, "used here")
                    .help("call it as a statement of its own"),
            );
            return Value::error(span);
        }
        value
    }

    /// Reports a call whose arguments are not those of the real function.
    pub(super) fn wrong_arguments(&mut self, row: &ApiDoc, span: Span, label: impl Into<String>) {
        let diagnostic = Diagnostic::error("R0401", format!("`{}` is not called like this", row.name), span, label);
        let diagnostic = diagnostic.help(format!("its parameters are `{}{}`", row.name, row.parameters));
        self.report(if row.short.is_empty() {
            diagnostic
        } else {
            diagnostic.help(format!("or in short `{}`", row.short))
        });
    }
}
