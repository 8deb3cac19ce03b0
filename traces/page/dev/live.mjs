// A stand-in for `rundown explore`: plays a made-up run forwards as far as the names fit, over loopback.
import { createServer } from "node:http";
import { html } from "./html.mjs";

const TOKEN = "0123456789abcdef";

/** Starts it; gives the address of the page, and a way to change the scenario under it. */
export async function serve(page) {
  const [whole] = page.runs;
  let version = 1;
  let renamed = new Map();
  const nameAt = (index) => renamed.get(index) ?? whole.steps[index].name;
  const next = (length) => ({
    enabled: length < whole.steps.length ? [{ name: nameAt(length), who: whole.steps[length].who, text: whole.steps[length].text, thread: whole.steps[length].thread, effect: whole.steps[length].effect }] : [],
    disabled: [],
  });
  const play = (names) => {
    let length = 0;
    while (length < names.length && length < whole.steps.length && names[length] === nameAt(length)) length += 1;
    const steps = whole.steps.slice(0, length).map((step, index) => ({ ...step, name: nameAt(index), next: next(index + 1) }));
    const run = { ...whole, label: "explored", verdict: length === whole.steps.length ? "violated" : "open", digest: `${version}${length}`.padEnd(32, "0"), steps, start: { ...whole.start, next: next(0) } };
    return length < names.length ? { run, misfit: { step: length, text: `${names[length]} cannot happen here` } } : { run };
  };
  const answer = (path, body) => {
    if (path === "api/page") return { ...page, mode: "live", runs: [], live: { version } };
    if (path === "api/version") return { version };
    if (path === "api/run") return play(body.names);
    if (path === "api/find") return "property" in body.goal ? { names: whole.steps.map((_, index) => nameAt(index)) } : { unreachable: true, states: 4321 };
    return undefined;
  };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      const path = request.url.replace(`/${TOKEN}/`, "");
      if (path === "" || path === "index.html") {
        response.setHeader("Content-Type", "text/html");
        // the same page without data, allowed to talk to its own server
        response.end(html(page).replace(/<script type="application\/octet-stream" id="data">[^<]*<\/script>/, "").replace("default-src 'none';", "default-src 'none'; connect-src 'self';"));
        return;
      }
      if (request.method === "POST" && request.headers["x-rundown-token"] !== TOKEN) {
        response.statusCode = 403;
        response.end("no token");
        return;
      }
      const found = answer(path, text === "" ? {} : JSON.parse(text));
      response.statusCode = found === undefined ? 404 : 200;
      response.end(JSON.stringify(found ?? {}));
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    address: `http://127.0.0.1:${server.address().port}/${TOKEN}/`,
    change(index, name) {
      version += 1;
      renamed = new Map([[index, name]]);
    },
    close: () => server.close(),
  };
}
