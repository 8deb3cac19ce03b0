// The ledger of one count: who took, who gave back, what is left. A row without its counterpart is marked.

import { Fragment, h } from "preact";
import type { Ledger } from "../data";
import { useApp } from "../ui/context";
import { Copy, Heads, StepLink } from "../ui/parts";

const WIDTH = 340;
const HEIGHT = 54;
/** Rows on each side of the cursor. */
const ROWS_MAX = 60;

export function ReferencesTab() {
  const { run, view, select } = useApp();
  if (run.ledgers.length === 0) return <p class="muted">Nothing in this run is counted.</p>;
  const chosen = run.ledgers.find((one) => one.entity === view.entity);
  const ledger = chosen ?? mostInteresting(run.ledgers);
  const unmatched = ledger.rows.filter((row) => !row.matched).length;
  const last = ledger.rows[ledger.rows.length - 1];
  const past = ledger.rows.filter((row) => row.step < view.at).length;
  // of a long ledger the rows around the cursor, and the first of those without counterpart
  let spare = ROWS_MAX;
  const shown = ledger.rows.flatMap((row, index) => (Math.abs(index - past) < ROWS_MAX || (!row.matched && spare-- > 0) ? [{ row, index }] : []));
  return (
    <>
      <div class="tab-tools">
        <label>Of{" "}
          <select value={ledger.entity} onChange={(event) => select(Number(event.currentTarget.value))}>
            {run.ledgers.map((one) => <option key={`${one.entity} ${one.field}`} value={one.entity}>{one.title}</option>)}
          </select>
        </label>
        <Copy text={() => asText(ledger)} what="the ledger" />
      </div>
      <Balance ledger={ledger} at={view.at} length={run.steps.length} />
      <p>
        {last ? <>Left at the end: <b>{last.balance}</b>. </> : "Never counted. "}
        {unmatched === 0 ? "Everything that was taken was given back." : `${unmatched} ${unmatched === 1 ? "row has" : "rows have"} no counterpart.`}
      </p>
      <table class="data ledger">
        <caption class="hidden">{ledger.title}</caption>
        <Heads names={["step", "who", "call", "change ", "left "]} />
        <tbody>
          {shown.map(({ row, index }) => (
            <tr key={index} class={`${row.matched ? "" : "unmatched"} ${index >= past ? "future" : ""} ${row.step + 1 === view.at ? "current" : ""}`}>
              <td><StepLink step={row.step} /></td>
              <td>{row.who}</td>
              <td>{row.call}{row.kind && <span class="kind"> {row.kind}</span>}{!row.matched && <b class="tag">unmatched</b>}</td>
              <td class="num">{row.change > 0 ? `+${row.change}` : String(row.change).replace("-", "\u2212")}</td>
              <td class="num">{row.balance}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < ledger.rows.length && <p class="muted">{ledger.rows.length - shown.length} rows further from the cursor are not shown; the copy has them all.</p>}
    </>
  );
}

/** The one with the most rows without counterpart, then the longest. */
function mostInteresting(ledgers: readonly Ledger[]): Ledger {
  const weight = (one: Ledger) => one.rows.filter((row) => !row.matched).length * 1000 + one.rows.length;
  return ledgers.reduce((best, one) => (weight(one) > weight(best) ? one : best));
}

function asText(ledger: Ledger): string {
  const lines = ledger.rows.map((row) =>
    [row.step < 0 ? "start" : row.step + 1, row.who, row.call, row.change > 0 ? `+${row.change}` : row.change, row.balance, row.matched ? "" : "unmatched"].join("\t"),
  );
  return [ledger.title, "step\twho\tcall\tchange\tleft\t", ...lines].join("\n") + "\n";
}

/** The balance over the run, as steps. */
function Balance({ ledger, at, length }: { ledger: Ledger; at: number; length: number }) {
  const top = Math.max(1, ...ledger.rows.map((row) => row.balance));
  const x = (position: number) => 4 + (position / Math.max(length, 1)) * (WIDTH - 8);
  const y = (balance: number) => HEIGHT - 6 - (Math.max(balance, 0) / top) * (HEIGHT - 16);
  let path = "";
  ledger.rows.forEach((row, index) => {
    const px = x(row.step + 1);
    path += index === 0 ? `M${px} ${y(row.balance)}` : `H${px}V${y(row.balance)}`;
  });
  if (path) path += `H${x(length)}`;
  const balances = ledger.rows.map((row) => row.balance);
  return (
    <svg class="balance" role="img" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" height={HEIGHT} preserveAspectRatio="none"
      aria-label={`${ledger.title}: at the most ${Math.max(0, ...balances)}, at the end ${balances[balances.length - 1] ?? 0}`}>
      <path class="axis" d={`M4 ${HEIGHT - 6}H${WIDTH - 4}`} />
      <path class="line" d={path} />
      <path class="cursor" d={`M${x(at)} 2V${HEIGHT - 2}`} />
    </svg>
  );
}
