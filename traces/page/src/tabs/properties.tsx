// Every property at this state, and the lifecycle of what is selected.

import { Fragment, h } from "preact";
import { useMemo } from "preact/hooks";
import { useApp } from "../ui/context";
import { EntityName, Scroll, StepLink } from "../ui/parts";

const VERDICTS = ["holds here", "violated", "not told by this state alone"];

export function PropertiesTab() {
  const { page, run, state } = useApp();
  const properties = run.properties ?? page.properties;
  /** The step at which each property was first violated. */
  const violated = useMemo(() => {
    const found = new Map<number, number>();
    run.steps.forEach((step, index) => {
      for (const [property, verdict] of step.properties) {
        if (verdict === 1 && !found.has(property)) found.set(property, index);
      }
    });
    return found;
  }, [run]);
  const order = properties.map((_, index) => index);
  const rank = (index: number) => (state.properties[index] === 1 ? 0 : properties[index]!.name === run.property ? 1 : 2);
  order.sort((a, b) => rank(a) - rank(b) || a - b);
  return (
    <ul class="properties">
      {order.map((index) => {
        const property = properties[index]!;
        const verdict = state.properties[index] ?? 2;
        const at = violated.get(index);
        return (
          <li key={property.name} class={`v${verdict}`}>
            <p><b>{property.name}</b> <span class="verdict">{VERDICTS[verdict]}</span>{at !== undefined && <> violated in step <StepLink step={at} /></>}</p>
            <p class="muted">{property.sentence}</p>
          </li>
        );
      })}
    </ul>
  );
}

export function LifecycleTab() {
  const { page, run, view, replay, state, changed, select } = useApp();
  const lived = run.entities.flatMap((one, index) => (one.lifecycle === undefined ? [] : [index]));
  // without a selection, what the step changed is what is asked about
  const entity = lived.find((index) => index === view.entity) ?? lived.find((index) => changed.has(index));
  const history = useMemo(() => (entity === undefined ? [] : replay.history(entity, 0)), [replay, entity]);
  const picker = (
    <label>Of{" "}
      <select value={entity ?? ""} onChange={(event) => select(event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value))}>
        <option value="">choose</option>
        {lived.map((index) => <option key={index} value={index}>{run.entities[index]!.kind} {run.entities[index]!.name}</option>)}
      </select>
    </label>
  );
  if (entity === undefined) return <><div class="tab-tools">{picker}</div><p class="muted">Select something in the picture.</p></>;
  const table = page.lifecycles[run.entities[entity]!.lifecycle!];
  if (!table) return <p class="muted">It has no table.</p>;
  const current = replay.text(state, entity, 0);
  const sentence = (cell: string) => page.rules.find((rule) => `[${rule.id}]` === cell)?.sentence;
  return (
    <>
      <div class="tab-tools">{picker}</div>
      <p><EntityName entity={entity} /> is <b>{current}</b>. {table.about}</p>
      <Scroll name="wide" label={`Lifecycle: ${table.name}`}>
        <table class="data lifecycle">
          <caption class="hidden">{table.name}: {table.about}</caption>
          <thead>
            <tr><td />{table.states.map((one) => <th scope="col" key={one} class={one === current ? "lit" : ""} aria-current={one === current ? "true" : undefined}>{one}</th>)}</tr>
          </thead>
          <tbody>
            {table.events.map((event, row) => (
              <tr key={event}>
                <th scope="row">{event}</th>
                {(table.cells[row] ?? []).map((cell, column) => (
                  <td key={column} class={`${table.states[column] === current ? "lit" : ""} ${cell.startsWith("[") ? "refusal" : ""}`} title={sentence(cell)}>
                    {cell.replace(/[[\]]/g, "")}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <h3>In this run</h3>
      <ol class="history">
        {history.map(([position, value]) => <li key={position} class={position <= view.at ? "" : "future"}><StepLink step={position - 1} /> {value}</li>)}
      </ol>
    </>
  );
}
