//! The global interface table: its entries, and the calls of its methods.
//!
//! An entry is a place for one packet, and its cookie is its number in the process. A call that is given a cookie becomes a choice between the
//! entries that there are, one way for each, as a call that is given a handle (`ways`): every operation names the entry that it is about.

use super::Lowering;
use super::api::ApiDoc;
use super::body::{Body, Target};
use super::table_pointers;
use super::types::{Type, Value, pair};
use crate::lang::ast::{Expr, ExprKind, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::limits;
use crate::operation::operand::{Iid, Out, Pointer, Stream};
use crate::program::{self, Api, Op, Operator, PacketKind, Place, ProcessId, Sync, SyncId, Ty};

impl<'a> Lowering<'a> {
    /// The entries of every process, behind the streams that are declared.
    pub(super) fn interface_tables(&mut self) {
        self.program.entries = self.program.streams.len();
        for written in 0..self.written.len() {
            let members = self.written.get(written).into_iter().flat_map(|one| &one.members);
            let count = table_pointers::entries(members.map(|(_, member)| *member));
            self.for_copies(written, |this, process| this.entries(process, count));
        }
    }

    fn entries(&mut self, process: ProcessId, count: u8) {
        for number in 1..=count {
            let span = self.program.processes.get(usize::from(process)).map(|one| one.span).unwrap_or_default();
            if !self.fits("streams", self.program.streams.len(), limits::ENTITIES_MAX, span) {
                return;
            }
            let name = format!("{}[{number}]", self.name_in_process(process, None, "GIT"));
            self.program.streams.push(Sync::new(name, Some(process), span));
        }
    }

    /// The entries of a process, the one with the cookie 1 first.
    fn entries_of(&self, process: ProcessId) -> Vec<Stream> {
        let streams = self.program.streams.iter().enumerate().skip(self.program.entries);
        streams.filter(|(_, one)| one.process == Some(process)).map(|(id, _)| Stream(id as SyncId)).collect()
    }
}

impl<'a> Body<'_, 'a> {
    /// IGlobalInterfaceTable::RegisterInterfaceInGlobal
    pub(super) fn register_interface(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [object, interface, cookie] = arguments else { return None };
        let (iid, object) = (self.interface(interface), self.pointer(object));
        let ExprKind::AddressOf(inner) = &cookie.kind else {
            self.wrong_arguments(row, cookie.span, "must be the address of a `DWORD`");
            return None;
        };
        let (place, ty) = self.place(inner)?;
        if !matches!(ty, Ty::Int(..)) {
            self.wrong_arguments(row, cookie.span, "must be the address of a `DWORD` that keeps no other cookie");
            return None;
        }
        let api = Api::RegisterInterfaceInGlobal {
            entries: self.low.entries_of(self.process),
            iid: Iid(iid?),
            object: Pointer(object?),
            kind: PacketKind::TableStrong,
            cookie: Out(place),
        };
        Some(self.run(api, Ty::Code, span, target))
    }

    /// IGlobalInterfaceTable::GetInterfaceFromGlobal
    pub(super) fn get_interface(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [cookie, interface @ .., out] = arguments else { return None };
        if interface.is_empty() && !matches!(out.kind, ExprKind::Call(..)) {
            self.wrong_arguments(row, span, "two arguments end with `IID_PPV_ARGS(&p)`");
            return None;
        }
        let cookie = self.table_cookie(row, cookie)?;
        let (iid, out) = self.asked_pointer(interface, out)?;
        Some(self.by_cookie(&cookie, span, target, |entry| Api::GetInterfaceFromGlobal { entry, iid, out }))
    }

    /// IGlobalInterfaceTable::RevokeInterfaceFromGlobal
    pub(super) fn revoke_interface(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [cookie] = arguments else { return None };
        let cookie = self.table_cookie(row, cookie)?;
        Some(self.by_cookie(&cookie, span, target, |entry| Api::RevokeInterfaceFromGlobal { entry }))
    }

    /// A cookie as a value that stays what it is while the call goes on.
    fn table_cookie(&mut self, row: &ApiDoc, expr: &'a Expr) -> Option<program::Expr> {
        let value = self.value(expr);
        let ty = match value.ty {
            Type::Error => return None,
            Type::Is(ty @ Ty::Int(..)) => ty,
            Type::Is(_) | Type::Null => {
                let found = self.low.type_name(value.ty);
                self.report(
                    Diagnostic::error("R0401", "expected a cookie", expr.span, format!("this is {found}"))
                        .help(format!("its parameters are `{}{}`", row.name, row.parameters))
                        .help("a cookie is what RegisterInterfaceInGlobal has put into a `DWORD` or an `int`"),
                );
                return None;
            }
        };
        Some(match value.expr {
            kept @ (program::Expr::Read(Place::Local(_)) | program::Expr::Const(_)) => kept,
            other => {
                let place = self.temporary(ty, expr.span);
                self.emit(Op::Set(place, other), expr.span);
                program::Expr::Read(place)
            }
        })
    }

    /// A way for each entry, and one for a cookie that is of none.
    fn by_cookie(
        &mut self,
        cookie: &program::Expr,
        span: Span,
        target: Target,
        call: impl Fn(Option<Stream>) -> Api,
    ) -> Value {
        let place = self.destination(Ty::Code, target, span);
        let out = self.label();
        for (number, entry) in (1..).zip(self.low.entries_of(self.process)) {
            let next = self.label();
            self.branch(pair(Operator::Equal, cookie.clone(), program::Expr::Const(number)), next, span);
            self.emit(Op::Api(call(Some(entry)), place), span);
            self.jump(out, span);
            self.bind(next);
        }
        self.emit(Op::Api(call(None), place), span);
        self.bind(out);
        self.delivered(place, Ty::Code, target, span)
    }
}
