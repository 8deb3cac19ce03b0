// What the page shows: the shapes that traces/src/page/data.rs writes. Two feeds, one shape: unpacked from the file itself, or
// sent over loopback by `rundown explore`. Every string is plain text and goes into the page as a text node only.
//
// Index = identity: an entity's, thread's or property's number is its index in the list of that name; rules go by their ids. A number that is
// called `thread` is an index into Run.threads, one that is called `entity` (or from, to, parent) an index into Run.entities.

export interface Page {
  schema: "rundown-page/2";
  /** Version of the tool: a page script of another version refuses the data. */
  tool: string;
  mode: "file" | "live";
  /** name: the file's name without its folder. digest: of the text. */
  scenario: { name: string; title: string; text: string; digest: string };
  /** Every open question and how it was taken. */
  readings: [name: string, value: string][];
  bounds: [name: string, value: number][];
  /** Ids of rules that are switched off. */
  faults: string[];
  /** kind: "step" | "end" | "stuck" (built in) or "never" | "reachable" | "eventually" (the scenario's own claims). */
  properties: { name: string; kind: string; sentence: string }[];
  /** All rules of the model: id (CTX-03), short name, sentence. */
  rules: { id: string; name: string; sentence: string }[];
  /** cells[event][state]: the next state's name, or the refusing rule's id in brackets: "[CTX-03]". */
  lifecycles: { name: string; about: string; states: string[]; events: string[]; cells: string[][] }[];
  /** [0] is the counterexample; others: nearest good run, repaired scenario, other reading. Empty in live mode. */
  runs: Run[];
  /** Bounded neighbourhood of run 0 in the explored graph. */
  graph?: Graph;
  /** The story of run 0 as text, as the terminal prints it (it also stands in the file as plain HTML). */
  story: string;
  /** What was left out to keep the file small, in sentences; empty if nothing. */
  omitted: string[];
  /** Commands to copy, each with what it is for. */
  commands: [command: string, about: string][];
  /** Only in live mode. */
  live?: { version: number; others: string[] };
}

export interface Run {
  /** "counterexample", "nearest good run", … */
  label: string;
  property: string;
  /** "violated", "reached", "holds" … */
  verdict: string;
  headline: string;
  /** The run repeats its steps from this index on; its last state is the one before that step. */
  loopStart?: number;
  /** Of scenario, readings, faults and events: for links. */
  digest: string;
  why: Why;
  threads: Thread[];
  /** Union over the whole run: what will exist later has its place from the start, what is gone keeps it. */
  entities: Entity[];
  picture: Picture;
  /** Interned values; an index into it is what `value` means below. Numbers are decimal text. */
  strings: string[];
  /** The initial state: initial[entity][field] = value. */
  initial: number[][];
  /** The same that Step says, for the initial state: complete, not only what changed. */
  start: Moment;
  steps: Step[];
  ledgers: Ledger[];
  /** Only when they differ from the page's (repaired scenario, other reading): spans and `at` of this run speak of this text. */
  scenario?: Page["scenario"];
  readings?: Page["readings"];
  bounds?: Page["bounds"];
  properties?: Page["properties"];
  /** Where it parts from run 0, which it follows in another scenario or reading. step: the one of run 0 that does not happen here. */
  parting?: { step?: number; text: string };
  /** The states as ITF has them: the first in full, then what of each is new. Left out of long runs. */
  itf?: Record<string, unknown>[];
}

export interface Why {
  sentence: string;
  /** One line of thought each; for a deadlock one edge of the cycle each. */
  lines: string[];
  /** What had to hold, as a condition in the scenario's words, or the property's sentence. */
  condition?: string;
  /** The values that made it false: name, value. */
  values: [name: string, value: string][];
  /** Steps (from 0) that have to do with the outcome; all of them if nothing can be told apart. */
  relevant: number[];
  /** The last step (from 0; -1 is the initial state) after which it could still have gone well. */
  noReturn?: number;
  noReturnText?: string;
  /** What to change. */
  advice: string[];
  /** Index into Page.runs. */
  goodRun?: number;
  /** Who still holds what at the end: "left: …" per thing. */
  holders: string[];
  /** Entity numbers of the threads to whom it happens: still inside, or in the cycle. */
  hurt: number[];
}

/** letter: A, B, … Z, AA; process: entity number of its process; entity: its own entity number. */
export interface Thread { name: string; process: number; letter: string; entity: number; pool: boolean }

export type Kind =
  | "process" | "apartment" | "context" | "module" | "class" | "thread" | "object" | "stub" | "proxy" | "packet" | "call"
  | "event" | "section" | "lock" | "condition" | "stream" | "global";

export interface Entity {
  kind: Kind;
  /** As in the story: "Widget", "client[0].main's proxy of Widget". */
  name: string;
  /** A short name to be written into the box: "proxy", "stub", "Widget". */
  label: string;
  /** What it is drawn inside of; none for processes and for what stands in the gap between processes. */
  parent?: number;
  /** What its wire leads to: proxy to stub, stub to object, packet to stub (or object), call to where it executes. The
   *  style is told by its phase. */
  to?: number;
  /** For a call: the entity number of the calling thread. */
  from?: number;
  fields: string[];
  /** Index into Page.lifecycles; field 0 is then the phase, and phase "Absent" means: not there (yet, or any more). */
  lifecycle?: number;
  /** Where its box stands; w = 0: it has none. Boxes nest; children stand inside their parent's box. */
  x: number; y: number; w: number; h: number;
}

export interface Picture {
  width: number; height: number;
  /** One column per process, left to right, with the gap to its right in which packets and calls stand. */
  columns: { x: number; width: number; gap: number; entity: number }[];
  /** One per thread, at the middle of the thread's box: the sequence below uses the same x. */
  lifelines: { thread: number; x: number }[];
}

/** How things stand after a step (or at the start): only what changed since the step before. */
export interface Moment {
  /** Where threads stand: UTF-16 offsets into scenario.text; 0, 0: nowhere in the text. */
  at: [thread: number, start: number, end: number][];
  /** Threads that cannot move and why; "" = no longer. */
  blocked: [thread: number, text: string][];
  /** Who waits for whom; when present it is the complete list. `to` may be empty: nobody could end that wait. */
  waits?: { from: number; to: number[]; text: string }[];
  /** The threads of a wait-for cycle, when one has closed; present when changed, [] = no longer. */
  cycle?: number[];
  /** 0 holds here, 1 violated, 2 cannot be told from this state alone. */
  properties: [property: number, verdict: 0 | 1 | 2][];
  /** What can happen here and what cannot. Left out of long runs: see Page.omitted. */
  next?: Next;
  /** Of the state, 8 hex digits: enough to find where two runs part. */
  fingerprint: string;
}

export interface Step extends Moment {
  /** Canonical name of the event, for links: "host.control", "deliver call 1". */
  name: string;
  /** The event as it stands in trace files. */
  event: unknown;
  /** The thread that moves; none for COM's own doing without one. */
  thread?: number;
  /** Who is behind it: "host.control" or "COM". */
  who: string;
  /** What it does, C++-like. */
  text: string;
  /** What it changed, in short phrases. */
  effect: string;
  rules: string[];
  relevant?: boolean;
  /** What the step sizes stop at: 2 a call begins or returns (or COM acts), 1 an operation of the run-time, 0 anything else. */
  size: 0 | 1 | 2;
  /** Call depth of the thread, for nesting. */
  depth: number;
  /** Executed source, UTF-16 offsets into scenario.text. */
  spans: [start: number, end: number][];
  /** The state's changes. */
  writes: [entity: number, field: number, value: number][];
  /** Entities that were looked at and not changed. */
  reads: number[];
  /** For the chart; from and to are entity numbers, usually of threads. */
  arrows?: { from: number; to: number; text: string; kind: "call" | "return" | "packet" | "wake" }[];
}

export interface Next {
  enabled: Enabled[];
  disabled: Disabled[];
}
/** taken: it is what the run does next. writes: what it would change; entities that the run never has are left out. */
export interface Enabled {
  name: string; who: string; text: string; thread?: number; taken?: boolean; effect?: string;
  writes?: [entity: number, field: number, value: number][];
}
/** rule: the rule that refuses it; none if a bound of the run cuts it. reason: its condition, in words. */
export interface Disabled { name: string; who: string; text: string; thread?: number; rule?: string; reason: string }

/** The books of one count of one entity. */
export interface Ledger { entity: number; title: string; field: number; rows: LedgerRow[] }
/** step: -1 is "from the start". matched: an acquisition that is given back later, or the giving back itself. */
export interface LedgerRow {
  step: number; who: string; call: string; change: number; kind: string; balance: number; matched: boolean;
}

/** Nodes by depth; `step`: index of the state in run 0 (0 is the initial one). y is the row inside the depth. */
export interface Graph {
  nodes: { depth: number; x: number; y: number; step?: number; bad?: boolean; text: string }[];
  /** name: the event's canonical name. */
  edges: [from: number, to: number, name: string][];
  /** The explored graph has more: how many states in all, and were some left out here? */
  states: number;
  cut: boolean;
}

// Live mode, all below /<token>/, POST with the header X-Rundown-Token and JSON bodies.
// GET  api/page                      -> Page with runs: [] and live
// POST api/run   {names}             -> Played
// POST api/find  {names, goal}       -> Found
// POST api/next  {names, choose}     -> Played
// POST api/compare {names, with} -> Compared; with: one of Page.live.others
// POST api/open  a trace file        -> Opened
// GET  api/version                   -> Standing
export interface Played { run: Run; misfit?: { step: number; text: string } }
export type Compared = { run: Run } | { error: string };
export type Opened = (Played & { note?: string }) | { error: string };
export type Goal = { property: string } | { condition: string };
/** property: the one that the way decides; loopStart: it goes on for ever by repeating its names from this one on. */
export type Found =
  | { names: string[]; property?: string; loopStart?: number }
  | { unreachable: true; states: number; withinBounds?: true }
  | { error: string };
/** version counts the changes of the file; error: it does not compile now, and the last text that did is shown; check: what a
 *  check of the shown text found, once it is done. */
export interface Standing { version: number; error?: string; check?: { word: string; violated: string[]; states: number } }
