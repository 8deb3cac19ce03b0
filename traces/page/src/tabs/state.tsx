// The state at the cursor, what changed first; and the difference to another state.

import { Fragment, h } from "preact";
import { useState } from "preact/hooks";
import { useApp } from "../ui/context";
import { Copy, EntityName, Heads, Search, Segments } from "../ui/parts";
import { stateJson } from "../model/export";
import { partner } from "../model/compare";
import { alignmentOf } from "../ui/compare";
import type { Run } from "../data";
import type { Change, Replay } from "../model/replay";

/** What stands for an empty value. */
const NOTHING = "\u2013";

export function StateTab() {
  const { page, run, view, replay, state, changes, changed } = useApp();
  const [filter, setFilter] = useState("");
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const before = new Map(changes.map((change) => [`${change.entity} ${change.field}`, change.before]));
  const shown = run.entities
    .map((one, index) => ({ one, index }))
    .filter(({ one, index }) => one.fields.length > 0 && (replay.life(state, index) === "here" || changed.has(index)))
    .filter(({ one, index }) => {
      const text = `${one.kind} ${one.name} ${one.fields.map((field, at) => `${field} ${replay.text(state, index, at)}`).join(" ")}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  const rank = (index: number) => (changed.has(index) ? 0 : view.entity === index ? 1 : 2);
  shown.sort((a, b) => rank(a.index) - rank(b.index) || a.index - b.index);
  const step = run.steps[view.at - 1];
  return (
    <>
      {step && (
        <details class="step-rules">
          <summary>{step.who}: {step.text} <span class="muted">by {step.rules.join(", ") || "no rule"}</span></summary>
          <ul>{step.rules.map((rule) => <li key={rule}><b>{rule}</b> {page.rules.find((one) => one.id === rule)?.sentence}</li>)}</ul>
        </details>
      )}
      <div class="tab-tools">
        <Search label="Filter" value={filter} change={setFilter} />
        <Copy text={() => stateJson(replay, state)} what="the state as JSON" />
      </div>
      {shown.length === 0 && <p class="muted">Nothing matches.</p>}
      <ul class="entities">
        {shown.map(({ one, index }) => (
          <li key={index} class={changed.has(index) ? "changed" : ""}>
            <p><span class="kind">{one.kind}</span> <EntityName entity={index} />{changed.has(index) && <b class="tag">changed</b>}</p>
            <dl>
              {one.fields.map((field, at) => {
                const old = before.get(`${index} ${at}`);
                const value = replay.text(state, index, at);
                return (
                  <div key={field} class={old === undefined ? "" : "changed"}>
                    <dt>{field}</dt>
                    <dd>{old !== undefined && <><del>{old || NOTHING}</del> <span aria-hidden="true">{"\u2192"}</span> </>}{old === undefined ? value || NOTHING : <ins>{value || NOTHING}</ins>}</dd>
                  </div>
                );
              })}
            </dl>
          </li>
        ))}
      </ul>
    </>
  );
}

type Against = "previous" | "pinned" | "other";

export function DiffTab() {
  const { page, run, view, replay, state, before, replayOf, set } = useApp();
  const [against, setAgainst] = useState<Against>(view.pin === undefined ? "previous" : "pinned");
  const other = page.runs[view.other];
  const choices: [Against, string, boolean][] = [
    ["previous", "previous step", true],
    ["pinned", view.pin === undefined ? "pinned step" : `pinned step ${view.pin}`, view.pin !== undefined],
    ["other", other ? other.label : "other run", other !== undefined && view.other !== view.run],
  ];
  return (
    <>
      <div class="tab-tools">
        <Segments label="Compare this state with" choices={choices} value={against} choose={setAgainst} />
        <button class="small" onClick={() => set({ pin: view.pin === view.at ? undefined : view.at })}>
          {view.pin === view.at ? "Unpin" : "Pin this step"}
        </button>
      </div>
      {against === "previous" && <Differences rows={named(run, replay.changes(before, state))} heads={["before", "after"]} />}
      {against === "pinned" && (view.pin === undefined
        ? <p class="muted">No step is pinned.</p>
        : <Differences rows={named(run, replay.changes(replay.state(view.pin), replay.state(view.at)))} heads={[`step ${view.pin}`, `step ${view.at}`]} />)}
      {against === "other" && other && view.other !== view.run && <OtherRun position={partner(alignmentOf(run, other), "left", view.at)} replay={replayOf(view.other)} />}
    </>
  );
}

interface Difference {
  entity: number;
  field: string;
  left: string;
  right: string;
}

function named(run: Run, changes: readonly Change[]): Difference[] {
  return changes.map(({ entity, field, before, after }) => ({ entity, field: run.entities[entity]!.fields[field]!, left: before, right: after }));
}

function Differences({ rows, heads }: { rows: readonly Difference[]; heads: [string, string] }) {
  if (rows.length === 0) return <p class="muted">No difference.</p>;
  return (
    <table class="data">
      <Heads names={["what", "field", ...heads]} />
      <tbody>
        {rows.map(({ entity, field, left, right }) => (
          <tr key={`${entity} ${field}`}>
            <td><EntityName entity={entity} /></td><td>{field}</td><td><del>{left || NOTHING}</del></td><td><ins>{right || NOTHING}</ins></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Another run has its own entities: they are matched by kind and name. */
function OtherRun({ position, replay: theirs }: { position: number; replay: Replay }) {
  const { run, replay, state } = useApp();
  const there = theirs.state(position);
  const index = new Map(theirs.run.entities.map((one, at) => [`${one.kind} ${one.name}`, at]));
  const rows: Difference[] = [];
  run.entities.forEach((one, entity) => {
    const twin = index.get(`${one.kind} ${one.name}`);
    if (twin === undefined && replay.life(state, entity) !== "here") return;
    one.fields.forEach((field, at) => {
      const twinField = twin === undefined ? -1 : theirs.run.entities[twin]!.fields.indexOf(field);
      const left = replay.text(state, entity, at);
      const right = twin === undefined || twinField < 0 ? "" : theirs.text(there, twin, twinField);
      if (left !== right) rows.push({ entity, field, left, right });
    });
  });
  return (
    <>
      <p class="muted">This run after step {state.position}, {theirs.run.label} after its step {position}.</p>
      <Differences rows={rows} heads={["here", "there"]} />
    </>
  );
}
