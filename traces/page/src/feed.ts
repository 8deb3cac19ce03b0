// Where the data comes from: unpacked from the file itself, or asked for over loopback.

import type { Compared, Found, Goal, Opened, Page, Played } from "./data";

/** Page data as it stands in the file: gzip in base64. */
async function unpack(base64: string): Promise<Page> {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as Page;
}

/** The server that `rundown explore` runs. Every answer may be an Error. */
export class Live {
  /** The path is /<token>/…; the header says it again, so that no other page can ask. */
  readonly #token = location.pathname.split("/")[1] ?? "";

  page(): Promise<Page> {
    return this.#ask<Page>("api/page");
  }

  version(): Promise<{ version: number; error?: string }> {
    return this.#ask("api/version");
  }

  run(names: readonly string[]): Promise<Played> {
    return this.#ask<Played>("api/run", { names });
  }

  find(names: readonly string[], goal: Goal): Promise<Found> {
    return this.#ask<Found>("api/find", { names, goal });
  }

  compare(names: readonly string[], other: string): Promise<Compared> {
    return this.#ask<Compared>("api/compare", { names, with: other });
  }

  /** The text of a trace file goes as it is: the server reads it as the command does. */
  open(trace: Blob): Promise<Opened> {
    return this.#ask<Opened>("api/open", trace);
  }

  async #ask<Answer>(path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers: { "X-Rundown-Token": this.#token, ...(body !== undefined && { "Content-Type": "application/json" }) },
      ...(body !== undefined && { body: body instanceof Blob ? body : JSON.stringify(body) }),
      cache: "no-store",
    });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}: ${(await answer.text()).slice(0, 400)}`);
    return (await answer.json()) as Answer;
  }
}

/** The page's data, and the server if there is one. In live mode the page comes without runs; the empty one is asked for. */
export async function feed(): Promise<{ page: Page; live?: Live }> {
  const element = document.getElementById("data");
  const packed = element?.textContent?.trim() ?? "";
  const expect = (page: Page): Page => {
    if (page.schema !== "rundown-page/2") throw new Error(`this page cannot show data of the form ${String(page.schema)}`);
    return page;
  };
  if (packed !== "") return { page: expect(await unpack(packed)) };
  const live = new Live();
  const page = expect(await live.page());
  const { run } = await live.run([]);
  return { page: { ...page, runs: [run] }, live };
}
