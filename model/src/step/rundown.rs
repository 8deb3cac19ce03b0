//! Rundown: what clients that are gone, or packets that nobody reads, hold is taken back.

use super::{Part, Refusal, Step};
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::packet::{PacketEvent, PacketPhase};
use crate::lifecycle::proxy::{self, ProxyEvent, ProxyPhase};
use crate::readings::UnreadPacket;
use crate::rules::Rule;
use crate::state::{CallKind, CallState};

impl Step<'_> {
    /// The reference of a packet that is lost, or that nobody reads, is taken back.
    pub(super) fn run_down_packet(&mut self, place: usize) -> Part {
        let packet = self.state.packets[place];
        match *packet.phase {
            PacketPhase::Lost => self.rules.insert(Rule::PingLost),
            PacketPhase::InFlight => {
                // what travels in a call is read within the call: only a stream can lie unread for minutes
                if !self.state.streams.iter().any(|stream| stream.holds(place)) {
                    return Err(Refusal::Absent);
                }
                if self.program.readings.unread_packet == UnreadPacket::Kept {
                    return Err(Refusal::Rule(Rule::PingUnread));
                }
                self.rules.insert(Rule::PingUnread);
            }
            PacketPhase::Absent
            | PacketPhase::Read
            | PacketPhase::Released
            | PacketPhase::Due
            | PacketPhase::RunDown => {
                return Err(Refusal::Absent);
            }
        }
        if self.faulted(Rule::PingLost) {
            return Err(Refusal::Absent);
        }
        self.move_packet(place, PacketEvent::RunDown)?;
        self.background = true;
        self.give_back_packet(0, packet)
    }

    /// The references of a proxy whose apartment or process is gone are taken back.
    pub(super) fn run_down_proxy(&mut self, place: usize) -> Part {
        let proxy = self.state.proxies[place];
        match *proxy.phase {
            ProxyPhase::Cut | ProxyPhase::Orphaned => {}
            ProxyPhase::Absent | ProxyPhase::Live | ProxyPhase::Releasing | ProxyPhase::Dead => {
                return Err(Refusal::Absent);
            }
        }
        // while its own message is under way nobody else takes the references back
        let releasing = |call: &CallState| {
            call.phase == CallPhase::Sent && call.kind == CallKind::Release && usize::from(call.target) == place
        };
        if proxy.strong == 0 || self.state.calls.iter().any(releasing) {
            return Err(Refusal::Absent);
        }
        if !self.applies(Rule::PingRundown) {
            return Err(Refusal::Absent);
        }
        self.state.proxies[place].phase = self.advance(proxy.phase, proxy::next(proxy.phase, ProxyEvent::RunDown))?;
        // its place is free when nothing refers to it any more: a call that its owner left behind may still execute
        self.state.proxies[place].strong = 0;
        self.background = true;
        self.give_back(0, usize::from(proxy.stub), proxy.strong)?;
        self.reclaim(usize::from(proxy.stub))
    }

    /// The reference of a packet that is due is taken back.
    pub(super) fn reclaim_packet(&mut self, place: usize) -> Part {
        let packet = self.state.packets[place];
        if packet.phase != PacketPhase::Due {
            return Err(Refusal::Absent);
        }
        self.background = true;
        self.move_packet(place, PacketEvent::Reclaim)?;
        self.give_back_packet(0, packet)
    }

    /// Pings are for an object, not for a reference: when the last client that pinged it is gone, its lost packets go as well.
    fn reclaim(&mut self, stub: usize) -> Part {
        if self.is_pinged(stub) {
            return Ok(());
        }
        self.unping(stub)?;
        for place in 0..self.state.packets.len() {
            let packet = self.state.packets[place];
            if packet.phase == PacketPhase::Due && packet.stub() == Some(stub) {
                self.reclaim_packet(place)?;
            }
        }
        Ok(())
    }

    /// The last client that pinged an object has released it: its pings end at once, and what its lost packets hold is taken back later.
    pub(super) fn unping(&mut self, stub: usize) -> Part {
        // who pings is asked last: a release reads the proxies only where a packet was lost
        for place in 0..self.state.packets.len() {
            let packet = self.state.packets[place];
            let lost = packet.phase == PacketPhase::Lost && packet.stub() == Some(stub);
            if lost && !self.is_pinged(stub) && self.applies(Rule::PingReclaim) {
                self.move_packet(place, PacketEvent::Unping)?;
            }
        }
        Ok(())
    }

    /// Does a client ping the object behind a stub manager?
    fn is_pinged(&self, stub: usize) -> bool {
        (0..self.state.proxies.len()).any(|place| {
            let other = self.state.proxies[place];
            let there = match *other.phase {
                ProxyPhase::Live | ProxyPhase::Cut | ProxyPhase::Orphaned => true,
                // a client that releases takes the object out of what it pings
                ProxyPhase::Absent | ProxyPhase::Releasing | ProxyPhase::Dead => false,
            };
            there && usize::from(other.stub) == stub && other.strong > 0
        })
    }
}
