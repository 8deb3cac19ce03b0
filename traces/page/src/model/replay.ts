// The states of a run, rebuilt from its deltas: every CHECKPOINT_STEPS-th state is kept, the others are a few writes away.
//
// A position is a number of steps taken: 0 is the initial state, k the state after step k (which is `run.steps[k - 1]`).

import type { Moment, Run } from "../data";

/** Steps between two states that are kept. */
const CHECKPOINT_STEPS = 128;

/** The phase of an entity that is not there. */
const ABSENT = "Absent";

/** It comes later; it is there; it was there. */
export type Life = "later" | "here" | "gone";

/** A place in the source, as UTF-16 offsets. */
export type Place = [start: number, end: number];

export interface State {
  position: number;
  /** Indexes into `run.strings`, addressed by `Replay.slot`. */
  values: Int32Array;
  /** Where each thread stands; none if it stands nowhere in the scenario. */
  at: (Place | undefined)[];
  /** Why each thread is blocked; empty if it is not. */
  blocked: string[];
  waits: NonNullable<Moment["waits"]>;
  cycle: number[];
  /** One verdict for each property: holds, violated, not told by this state. */
  properties: number[];
}

export interface Change {
  entity: number;
  field: number;
  before: string;
  after: string;
}

export class Replay {
  readonly length: number;
  readonly #offsets: number[] = [];
  readonly #checkpoints: State[] = [];
  /** The first position at which an entity is there; none if it never is. */
  readonly #born: (number | undefined)[];
  #last: State;

  constructor(
    readonly run: Run,
    propertyCount: number,
  ) {
    this.length = run.steps.length;
    let slots = 0;
    for (const entity of run.entities) {
      this.#offsets.push(slots);
      slots += entity.fields.length;
    }
    const state: State = {
      position: 0,
      values: new Int32Array(slots).fill(-1),
      at: run.threads.map(() => undefined),
      blocked: run.threads.map(() => ""),
      waits: [],
      cycle: [],
      properties: new Array<number>(propertyCount).fill(0),
    };
    run.initial.forEach((values, entity) => values.forEach((value, field) => {
      state.values[this.slot(entity, field)] = value;
    }));
    apply(state, run.start);
    this.#born = run.entities.map((_, entity) => (this.#present(state, entity) ? 0 : undefined));
    this.#last = copy(state);
    for (let position = 0; position <= this.length; position++) {
      if (position > 0) {
        this.#step(state, position);
        for (const [entity] of run.steps[position - 1]!.writes) {
          if (this.#born[entity] === undefined && this.#present(state, entity)) this.#born[entity] = position;
        }
      }
      if (position % CHECKPOINT_STEPS === 0) this.#checkpoints.push(copy(state));
    }
  }

  slot(entity: number, field: number): number {
    return this.#offsets[entity]! + field;
  }

  /** The state at a position; positions outside the run are clamped. */
  state(position: number): State {
    const wanted = Math.max(0, Math.min(position, this.length));
    if (this.#last.position === wanted) return this.#last;
    let from = this.#checkpoints[Math.floor(wanted / CHECKPOINT_STEPS)]!;
    if (this.#last.position > from.position && this.#last.position < wanted) from = this.#last;
    const state = copy(from);
    while (state.position < wanted) this.#step(state, state.position + 1);
    this.#last = state;
    return state;
  }

  /** A state with further writes, for a step that the run does not take. */
  after(state: State, writes: readonly [number, number, number][]): State {
    const next = copy(state);
    this.#write(next, writes);
    return next;
  }

  /** The text of a field. */
  text(state: State, entity: number, field: number): string {
    const value = state.values[this.slot(entity, field)] ?? -1;
    return value < 0 ? "" : (this.run.strings[value] ?? "");
  }

  life(state: State, entity: number): Life {
    if (this.#present(state, entity)) return "here";
    const born = this.#born[entity];
    return born !== undefined && born <= state.position ? "gone" : "later";
  }

  /** What differs between two states, in the order of the entities. */
  changes(before: State, after: State): Change[] {
    const found: Change[] = [];
    this.run.entities.forEach((one, entity) => {
      one.fields.forEach((_, field) => {
        const slot = this.slot(entity, field);
        if (before.values[slot] !== after.values[slot]) {
          found.push({ entity, field, before: this.text(before, entity, field), after: this.text(after, entity, field) });
        }
      });
    });
    return found;
  }

  /** The positions at which a field got a value, with the values: its history. */
  history(entity: number, field: number): [position: number, value: string][] {
    const text = (value: number | undefined) => this.run.strings[value ?? -1] ?? "";
    const found: [number, string][] = [[0, text(this.run.initial[entity]?.[field])]];
    this.run.steps.forEach((step, index) => {
      for (const [e, f, value] of step.writes) if (e === entity && f === field) found.push([index + 1, text(value)]);
    });
    return found;
  }

  #present(state: State, entity: number): boolean {
    const one = this.run.entities[entity]!;
    return one.lifecycle === undefined || this.text(state, entity, 0) !== ABSENT;
  }

  #step(state: State, position: number): void {
    const step = this.run.steps[position - 1]!;
    this.#write(state, step.writes);
    apply(state, step);
    state.position = position;
  }

  #write(state: State, writes: readonly [number, number, number][]): void {
    for (const [entity, field, value] of writes) state.values[this.slot(entity, field)] = value;
  }
}

function apply(state: State, moment: Moment): void {
  for (const [thread, start, end] of moment.at) state.at[thread] = end > start ? [start, end] : undefined;
  for (const [thread, text] of moment.blocked) state.blocked[thread] = text;
  if (moment.waits) state.waits = moment.waits;
  if (moment.cycle) state.cycle = moment.cycle;
  for (const [property, verdict] of moment.properties) state.properties[property] = verdict;
}

function copy(state: State): State {
  return {
    ...state,
    values: state.values.slice(),
    at: state.at.slice(),
    blocked: state.blocked.slice(),
    properties: state.properties.slice(),
  };
}
