//! Operations and expressions under a renaming.

use super::names::{Kind, Naming};
use crate::program::{Api, Expr, Op, Place, Probe, Waitable};

fn place(place: Place, n: &mut impl Naming) -> Place {
    match place {
        Place::Local(_) | Place::Field(_) => place,
        Place::Global(global) => Place::Global(n.name(Kind::Global, global.into()) as u16),
    }
}

fn dst(dst: &Option<Place>, n: &mut impl Naming) -> Option<Place> {
    dst.map(|one| place(one, n))
}

/// An expression under a renaming.
pub(super) fn expr(e: &Expr, n: &mut impl Naming) -> Expr {
    let inner = |e: &Expr, n: &mut _| Box::new(expr(e, n));
    match e {
        Expr::Const(value) => Expr::Const(*value),
        Expr::Read(from) => Expr::Read(place(*from, n)),
        Expr::Not(e) => Expr::Not(inner(e, n)),
        Expr::Negate(e) => Expr::Negate(inner(e, n)),
        Expr::Binary(operator, a, b) => {
            let (a, b) = (inner(a, n), inner(b, n));
            Expr::Binary(*operator, a, b)
        }
        Expr::Choose(c, a, b) => {
            let (c, a, b) = (inner(c, n), inner(a, n), inner(b, n));
            Expr::Choose(c, a, b)
        }
        Expr::Succeeded(e) => Expr::Succeeded(inner(e, n)),
        Expr::Any(low, high) => Expr::Any(*low, *high),
        Expr::Probe(probe) => Expr::Probe(match probe {
            Probe::Loaded(id) => Probe::Loaded(n.byte(Kind::Module, *id)),
            Probe::Ended(id) => Probe::Ended(n.byte(Kind::Thread, *id)),
            Probe::Exited(id) => Probe::Exited(n.byte(Kind::Process, *id)),
            Probe::IsSet(id) => Probe::IsSet(n.byte(Kind::Event, *id)),
            Probe::Registered(id) => Probe::Registered(n.byte(Kind::Class, *id)),
            // classes as written belong to all copies
            Probe::Alive(_) | Probe::Connected(_) | Probe::Disconnecting(_) | Probe::Pending(_) | Probe::Packets => {
                probe.clone()
            }
        }),
    }
}

fn exprs(list: &[Expr], n: &mut impl Naming) -> Vec<Expr> {
    list.iter().map(|e| expr(e, n)).collect()
}

/// An operation under a renaming.
pub(super) fn op(op: &Op, n: &mut impl Naming) -> Op {
    match op {
        Op::Set(to, e) => Op::Set(place(*to, n), expr(e, n)),
        Op::Branch(e, otherwise) => Op::Branch(expr(e, n), *otherwise),
        Op::Jump(to) => Op::Jump(*to),
        Op::Forget(from, to) => Op::Forget(*from, *to),
        Op::Call(function, arguments, to) => {
            Op::Call(n.name(Kind::Function, (*function).into()) as u16, exprs(arguments, n), dst(to, n))
        }
        Op::Return(e) => Op::Return(e.as_ref().map(|e| expr(e, n))),
        Op::Assert(e) => Op::Assert(expr(e, n)),
        Op::New(class, to) => Op::New(n.byte(Kind::Class, *class), place(*to, n)),
        Op::Method { pointer, template, method, arguments, asynchronous, dst: to } => Op::Method {
            pointer: expr(pointer, n),
            template: *template,
            method: *method,
            arguments: exprs(arguments, n),
            asynchronous: *asynchronous,
            dst: dst(to, n),
        },
        Op::AddRef(e) => Op::AddRef(expr(e, n)),
        Op::Release(e) => Op::Release(expr(e, n)),
        Op::Drop(from) => Op::Drop(place(*from, n)),
        Op::QueryInterface(e, out, to) => Op::QueryInterface(expr(e, n), place(*out, n), dst(to, n)),
        Op::Api(called, to) => Op::Api(api(called, n), dst(to, n)),
        Op::RemRelease => Op::RemRelease,
        Op::Construct => Op::Construct,
        Op::CleanUp => Op::CleanUp,
    }
}

fn api(api: &Api, n: &mut impl Naming) -> Api {
    match api {
        Api::CoInitializeEx(_)
        | Api::CoUninitialize
        | Api::CoDisconnectContext(_)
        | Api::LeaveContext(_)
        | Api::ExitThread(_)
        | Api::ExitProcess
        | Api::GetMessage
        | Api::Sleep => api.clone(),
        Api::CoCreateLocal(class, to) => Api::CoCreateLocal(n.byte(Kind::Class, *class), place(*to, n)),
        Api::CoCreateInProcess(class, to) => Api::CoCreateInProcess(n.byte(Kind::Class, *class), place(*to, n)),
        Api::CoRegisterClassObject(class, to) => {
            Api::CoRegisterClassObject(n.byte(Kind::Class, *class), to.map(|to| place(to, n)))
        }
        Api::CoRevokeClassObject(e) => Api::CoRevokeClassObject(expr(e, n)),
        Api::CoMarshalInterface(stream, e, kind) => {
            Api::CoMarshalInterface(n.byte(Kind::Stream, *stream), expr(e, n), *kind)
        }
        Api::CoUnmarshalInterface(stream, to) => {
            Api::CoUnmarshalInterface(n.byte(Kind::Stream, *stream), place(*to, n))
        }
        Api::CoReleaseMarshalData(stream) => Api::CoReleaseMarshalData(n.byte(Kind::Stream, *stream)),
        Api::SeekToStart(stream) => Api::SeekToStart(n.byte(Kind::Stream, *stream)),
        Api::CoDisconnectObject(e, reserved) => Api::CoDisconnectObject(expr(e, n), expr(reserved, n)),
        Api::CoLockObjectExternal(e, lock, last) => Api::CoLockObjectExternal(expr(e, n), *lock, *last),
        Api::EnterContext(context, slot) => Api::EnterContext(n.byte(Kind::Context, *context), *slot),
        Api::LoadLibrary(module) => Api::LoadLibrary(n.byte(Kind::Module, *module)),
        Api::FreeLibrary(module) => Api::FreeLibrary(n.byte(Kind::Module, *module)),
        Api::FreeLibraryAndExitThread(module) => Api::FreeLibraryAndExitThread(n.byte(Kind::Module, *module)),
        Api::AskUnusedLibrary(module) => Api::AskUnusedLibrary(n.byte(Kind::Module, *module)),
        Api::FreeUnusedLibrary { module, answer, now, no_delay } => Api::FreeUnusedLibrary {
            module: n.byte(Kind::Module, *module),
            answer: expr(answer, n),
            now: expr(now, n),
            no_delay: *no_delay,
        },
        Api::CreateThread(thread, held) => Api::CreateThread(n.byte(Kind::Thread, *thread), *held),
        Api::Wait { on, all, timeout, pumps, windows, index } => Api::Wait {
            on: on
                .iter()
                .map(|one| match one {
                    Waitable::Event(event) => Waitable::Event(n.byte(Kind::Event, *event)),
                    Waitable::Thread(thread) => Waitable::Thread(n.byte(Kind::Thread, *thread)),
                })
                .collect(),
            all: *all,
            timeout: *timeout,
            pumps: *pumps,
            windows: *windows,
            index: dst(index, n),
        },
        Api::SetEvent(event) => Api::SetEvent(n.byte(Kind::Event, *event)),
        Api::ResetEvent(event) => Api::ResetEvent(n.byte(Kind::Event, *event)),
        Api::EnterCriticalSection(section) => Api::EnterCriticalSection(n.byte(Kind::Section, *section)),
        Api::TryEnterCriticalSection(section) => Api::TryEnterCriticalSection(n.byte(Kind::Section, *section)),
        Api::LeaveCriticalSection(section) => Api::LeaveCriticalSection(n.byte(Kind::Section, *section)),
        Api::AcquireExclusive(srw) => Api::AcquireExclusive(n.byte(Kind::Srw, *srw)),
        Api::ReleaseExclusive(srw) => Api::ReleaseExclusive(n.byte(Kind::Srw, *srw)),
        Api::AcquireShared(srw) => Api::AcquireShared(n.byte(Kind::Srw, *srw)),
        Api::ReleaseShared(srw) => Api::ReleaseShared(n.byte(Kind::Srw, *srw)),
        Api::SleepCondition(condition, section, timeout) => {
            Api::SleepCondition(n.byte(Kind::Condition, *condition), n.byte(Kind::Section, *section), *timeout)
        }
        Api::WakeOne(condition) => Api::WakeOne(n.byte(Kind::Condition, *condition)),
        Api::WakeAll(condition) => Api::WakeAll(n.byte(Kind::Condition, *condition)),
        Api::PostQuit(thread) => Api::PostQuit(n.byte(Kind::Thread, *thread)),
        Api::PostWork(thread, function) => {
            Api::PostWork(n.byte(Kind::Thread, *thread), n.name(Kind::Function, (*function).into()) as u16)
        }
        Api::Interlocked(at, add) => Api::Interlocked(place(*at, n), *add),
    }
}
