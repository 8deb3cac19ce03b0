// How a phase is drawn: what is over, what is on its way, and what is simply there. By name, because a name means one thing.

export type Look = "live" | "flight" | "over";

const OVER: ReadonlySet<string> = new Set([
  "Destroyed", "Gone", "Read", "Released", "Lost", "RunDown", "Dead", "Cut", "Orphaned", "Abandoned", "Disconnected", "Closed",
  "Ended", "Unloaded", "Revoked", "Unregistered", "Exited", "Crashed",
]);
const FLIGHT: ReadonlySet<string> = new Set(["InFlight", "Sent", "Answered"]);

export function look(phase: string): Look {
  if (OVER.has(phase)) return "over";
  return FLIGHT.has(phase) ? "flight" : "live";
}
