//! What is left behind where nothing more happens.

use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::process::ProcessPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::stub::StubPhase;
use crate::program::{PacketKind, Program};
use crate::state::State;

/// Packets that still hold a reference; of those that a class wrote itself, those for which it has not been asked to let go of what
/// it keeps.
pub fn leaked_packets(program: &Program, state: &State) -> Vec<usize> {
    let holds = |packet: &crate::state::PacketState| match (packet.kind, packet.stub()) {
        (PacketKind::Normal | PacketKind::TableStrong, Some(stub)) => {
            matches!(*state.stubs[stub].phase, StubPhase::Connected | StubPhase::Disconnecting)
        }
        (PacketKind::Own, _) => {
            let object = state.objects[packet.object(state)];
            let class = &program.classes[usize::from(object.class)];
            let methods = class.unmarshaller.map(|proxy| &program.templates[usize::from(proxy)].methods);
            let told = methods.is_some_and(|methods| methods.iter().any(|method| method.name == "ReleaseMarshalData"));
            object.phase == ObjectPhase::Alive && told
        }
        // a weak packet holds nothing; how often a table's packet is released is the class's own affair
        (PacketKind::Normal | PacketKind::TableStrong, None) | (PacketKind::TableWeak | PacketKind::OwnTable, _) => {
            false
        }
    };
    let unread =
        |packet: &crate::state::PacketState| matches!(*packet.phase, PacketPhase::InFlight | PacketPhase::Lost);
    (0..state.packets.len()).filter(|place| unread(&state.packets[*place]) && holds(&state.packets[*place])).collect()
}

/// Living objects that neither a pointer nor a stub manager refers to.
pub fn leaked_objects(program: &Program, state: &State) -> Vec<usize> {
    let pointed = crate::step::pointed(program, state).objects;
    let connected = |place: usize| {
        state.stubs.iter().any(|stub| {
            usize::from(stub.object) == place
                && matches!(*stub.phase, StubPhase::Connected | StubPhase::Disconnecting | StubPhase::Cutting)
        })
    };
    (0..state.objects.len())
        .filter(|place| state.objects[*place].phase == ObjectPhase::Alive)
        .filter(|place| pointed & (1 << place) == 0 && !connected(*place))
        .collect()
}

/// Proxies of running processes that no pointer refers to.
pub fn leaked_proxies(program: &Program, state: &State) -> Vec<usize> {
    let pointed = crate::step::pointed(program, state).proxies;
    (0..state.proxies.len())
        .filter(|place| {
            let proxy = state.proxies[*place];
            let process = program.apartments[usize::from(proxy.apartment)].process;
            proxy.phase == ProxyPhase::Live
                && state.processes[usize::from(process)] == ProcessPhase::Running
                && pointed & (1 << place) == 0
        })
        .collect()
}
