// Why the run ends as it does: the sentence, the condition with its values, the relevant steps, the point of no return.

import { Fragment, h } from "preact";
import { headline } from "../model/describe";
import { useApp } from "./context";
import { Copy, Icon, Pane, Scroll, StepLink } from "./parts";

export function Why() {
  const { page, run, view, relevant, set } = useApp();
  const { why } = run;
  const compare = (other: number) => set({ other, mode: "compare" });
  return (
    <Pane id="why" name="why" title="Why" tools={<Copy text={() => [run.headline, why.sentence, ...why.lines, ...why.advice].join("\n")} what="the explanation" />}>
      <Scroll name="pane-body" label="Explanation">
        <p class="headline">{headline(run)}</p>
        {why.advice.length > 0 && (
          <div class="advice">
            <h3>What to change</h3>
            {why.advice.map((line) => <p key={line}>{line}</p>)}
          </div>
        )}
        {why.sentence !== run.headline && <p>{why.sentence}</p>}
        {why.lines.map((line) => <p key={line}>{line}</p>)}
        {why.condition && (
          <div class="condition">
            <h3>What had to hold</h3>
            <p class="code">{why.condition}</p>
            {why.values.length > 0 && (
              <dl>
                {why.values.map(([name, value]) => (
                  <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
                ))}
              </dl>
            )}
          </div>
        )}
        {relevant && why.relevant.length > 0 && (
          <p class="relevant">
            <Icon name="mark" /> Steps that matter:{" "}
            {why.relevant.slice(0, 24).map((step) => <StepLink key={step} step={step} />)}
            {why.relevant.length > 24 && ` and ${why.relevant.length - 24} more`}
          </p>
        )}
        {why.noReturn !== undefined && (
          <p>
            <b>Point of no return:</b> {why.noReturnText}{" "}
            <StepLink step={why.noReturn} />
          </p>
        )}
        <Lines title="Who still holds what" lines={why.holders} />
        {page.runs.length > 1 && (
          <p class="runs">
            {page.runs.map((one, index) =>
              index === view.run ? null : (
                <Fragment key={index}>
                  {one.parting && view.run === 0 && <span class="parting"><b>{one.label}:</b> {one.parting.text}</span>}
                  <button class="small" onClick={() => compare(index)}>
                    {index === why.goodRun ? "Compare with the nearest good run" : `Compare with ${one.label}`}
                  </button>
                </Fragment>
              ),
            )}
          </p>
        )}
        {page.omitted.map((line) => <p class="muted" key={line}>{line}</p>)}
      </Scroll>
    </Pane>
  );
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return <><h3>{title}</h3><ul>{lines.map((line) => <li key={line}>{line}</li>)}</ul></>;
}
