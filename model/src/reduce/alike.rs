//! Is a program the same under a renaming?

use super::names::Names;
use crate::program::{Function, Loader, Mapping, Program, Sync};
use crate::state::Kind;

/// Does the renaming of what is declared lead from the program to itself: code, tables, claims? What may differ: names, the text, ranks
/// (they only choose places).
pub(super) fn is_same(program: &Program, names: &Names) -> bool {
    let id = |kind: Kind, number: u8| names.of(kind, number.into()) as u8;
    let optional = |kind: Kind, number: Option<u8>| number.map(|number| id(kind, number));
    let function = |number: u16| names.of(Kind::Function, number.into()) as u16;
    let code = |number: Option<u16>| number.map(function);
    let loader = |one: Loader| Loader {
        lock: id(Kind::Section, one.lock),
        starts: function(one.starts),
        ends: function(one.ends),
    };
    let mapping = |one: Mapping| Mapping {
        dll_main: code(one.dll_main),
        load: function(one.load),
        free: function(one.free),
        activate: function(one.activate),
        exit: function(one.exit),
        quiet: one.quiet.map(|quiet| names.of(Kind::Global, quiet.into()) as u16),
    };
    let syncs = |kind: Kind, table: &[Sync]| {
        table.iter().enumerate().all(|(index, one)| {
            let other = &table[names.of(kind, index)];
            optional(Kind::Process, one.process) == other.process
                && (one.manual_reset, one.initially_set) == (other.manual_reset, other.initially_set)
        })
    };
    let described = |kind: Kind| match kind {
        Kind::Process => program.processes.iter().enumerate().all(|(index, one)| {
            let other = &program.processes[names.of(kind, index)];
            (one.written, one.may_crash, one.must_exit) == (other.written, other.may_crash, other.must_exit)
                && id(Kind::Apartment, one.mta) == other.mta
                && optional(Kind::Thread, one.main) == other.main
                && one.loader.map(loader) == other.loader
        }),
        Kind::Apartment => program.apartments.iter().enumerate().all(|(index, one)| {
            let other = &program.apartments[names.of(kind, index)];
            id(Kind::Process, one.process) == other.process && optional(Kind::Thread, one.thread) == other.thread
        }),
        Kind::Context => program.contexts.iter().enumerate().all(|(index, one)| {
            let other = &program.contexts[names.of(kind, index)];
            id(Kind::Apartment, one.apartment) == other.apartment
                && (one.private, one.com_plus) == (other.private, other.com_plus)
        }),
        Kind::Module => program.modules.iter().enumerate().all(|(index, one)| {
            let other = &program.modules[names.of(kind, index)];
            id(Kind::Process, one.process) == other.process
                && one.loaded == other.loaded
                && code(one.can_unload_now) == other.can_unload_now
                && one.mapping.map(mapping) == other.mapping
        }),
        Kind::Class => program.classes.iter().enumerate().all(|(index, one)| {
            let other = &program.classes[names.of(kind, index)];
            let methods: Vec<u16> = one.methods.iter().map(|method| function(*method)).collect();
            one.template == other.template
                && id(Kind::Process, one.process) == other.process
                && optional(Kind::Module, one.module) == other.module
                && one.server == other.server
                && optional(Kind::Context, one.registered_in) == other.registered_in
                && optional(Kind::Class, one.factory) == other.factory
                && optional(Kind::Class, one.base) == other.base
                && one.unmarshaller == other.unmarshaller
                && one.fields == other.fields
                && methods == other.methods
                && code(one.constructor) == other.constructor
                && code(one.destructor) == other.destructor
        }),
        Kind::Thread => program.threads.iter().enumerate().all(|(index, one)| {
            let other = &program.threads[names.of(kind, index)];
            id(Kind::Process, one.process) == other.process
                && (code(one.body), code(one.callback)) == (other.body, other.callback)
                && optional(Kind::Apartment, one.apartment) == other.apartment
                && optional(Kind::Apartment, one.own_sta) == other.own_sta
                && one.starts == other.starts
        }),
        Kind::Global => program.globals.iter().enumerate().all(|(index, one)| {
            let other = &program.globals[names.of(kind, index)];
            id(Kind::Process, one.process) == other.process && (one.ty, one.initial) == (other.ty, other.initial)
        }),
        Kind::Function => program.functions.iter().enumerate().all(|(index, one)| {
            let other = &program.functions[names.of(kind, index)];
            is_same_function(one, other, names)
        }),
        Kind::Event => syncs(kind, &program.events),
        Kind::Section => syncs(kind, &program.sections),
        Kind::Srw => syncs(kind, &program.srws),
        Kind::Condition => syncs(kind, &program.conditions),
        Kind::Stream => syncs(kind, &program.streams),
        // the program says nothing of what comes and goes
        Kind::Object | Kind::Stub | Kind::Proxy | Kind::Packet | Kind::Call => true,
    };
    let claims = program.claims.iter().all(|claim| {
        let same = |e: &crate::program::Expr| e.renamed(&mut |kind, number| names.of(kind, number)) == *e;
        same(&claim.condition) && claim.after.as_ref().is_none_or(same)
    });
    Kind::all().all(described) && claims
}

fn is_same_function(one: &Function, other: &Function, names: &Names) -> bool {
    let types = |function: &Function| function.slots.iter().map(|slot| slot.ty).collect::<Vec<_>>();
    one.module.map(|module| names.of(Kind::Module, module.into()) as u8) == other.module
        && types(one) == types(other)
        && (one.parameters, one.outs, one.result) == (other.parameters, other.outs, other.result)
        && one.code.len() == other.code.len()
        && one
            .code
            .iter()
            .zip(&other.code)
            .all(|(one, other)| one.renamed(&mut |kind, number| names.of(kind, number)) == *other)
}
