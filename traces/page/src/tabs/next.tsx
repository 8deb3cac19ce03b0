// What can happen at the cursor, each with its number key, and what cannot, with the rule that refuses it.

import { Fragment, h } from "preact";
import { useState } from "preact/hooks";
import { useApp } from "../ui/context";
import { Badge, Icon } from "../ui/parts";

/** Why a choice cannot be followed. */
export const LEFT_OUT = "What follows that choice is not in this file.";

export function NextTab() {
  const { page, run, view, live, busy, take, undo } = useApp();
  const moment = view.at === 0 ? run.start : run.steps[view.at - 1]!;
  const next = moment.next;
  if (view.beside !== undefined) {
    const choice = next?.enabled[view.beside];
    return (
      <div class="beside">
        <p><b>One step beside the run:</b> {choice?.who}, {choice?.text}.</p>
        {choice?.effect && <p>{choice.effect}</p>}
        <p class="muted">Picture and state show where it would lead; this file goes no further that way.</p>
        <button onClick={undo}>Back to the run</button>
      </div>
    );
  }
  return (
    <>
      {live && <Find />}
      {!next ? (
        <p class="muted">{view.at === run.steps.length ? "The run ends here; what could follow is not in this file." : "What else can happen here was left out of this file."}</p>
      ) : (
        <>
          <h3>Can happen</h3>
          {next.enabled.length === 0 && <p class="muted">Nothing.</p>}
          <ol class="choices">
            {next.enabled.map((choice, index) => (
              <li key={index}>
                <button disabled={busy || (!live && !choice.taken && !choice.writes)} title={live || choice.taken || choice.writes ? undefined : LEFT_OUT} onClick={() => take(index)}>
                  <kbd>{index < 9 ? index + 1 : "\u00b7"}</kbd>
                  <Badge thread={choice.thread} who={choice.who} />
                  <span class="what">{choice.text}</span>
                  {choice.taken && <b class="tag">taken</b>}
                  {choice.effect && <span class="effect">{choice.effect}</span>}
                </button>
              </li>
            ))}
          </ol>
          <h3>Cannot happen</h3>
          {next.disabled.length === 0 && <p class="muted">Everything that the scenario knows here is possible.</p>}
          <ul class="refused">
            {next.disabled.map((one, index) => {
              const rule = one.rule === undefined ? undefined : page.rules.find((rule) => rule.id === one.rule);
              return (
                <li key={index}>
                  <details>
                    <summary>
                      <Badge thread={one.thread} who={one.who} />
                      <span class="what">{one.text}</span>
                      <span class="rule">{rule?.id ?? "bound"}</span>
                      <span class="effect">{one.reason}</span>
                    </summary>
                    {rule ? <p><b>{rule.id}</b> {rule.sentence}</p> : <p>A bound of this check cuts it.</p>}
                  </details>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </>
  );
}

/** Live only: run on to the next violation, or the shortest way to a state where something is true. */
function Find() {
  const { page, find, busy, undo } = useApp();
  const [condition, setCondition] = useState("");
  const [property, setProperty] = useState("*");
  return (
    <div class="find">
      <form onSubmit={(event) => { event.preventDefault(); find({ property }); }}>
        <label>Run on to the next violation of{" "}
          <select value={property} onChange={(event) => setProperty(event.currentTarget.value)}>
            <option value="*">anything</option>
            {page.properties.map((one) => <option key={one.name} value={one.name}>{one.name}</option>)}
          </select>
        </label>
        <button type="submit" disabled={busy}>Run <Icon name="right" /></button>
      </form>
      <form onSubmit={(event) => { event.preventDefault(); if (condition.trim()) find({ condition }); }}>
        <label>Shortest way to a state where{" "}
          <input type="text" class="code" value={condition} placeholder="ended(host.control)" onInput={(event) => setCondition(event.currentTarget.value)} />
        </label>
        <button type="submit" disabled={busy || !condition.trim()}>Find <Icon name="right" /></button>
      </form>
      <button class="small" disabled={busy} onClick={undo}>Undo the last step taken</button>
    </div>
  );
}
