/* api.js - asks the server, and hears from it. */

/* Who is logged in, {can_change, csrf, version}; null: nobody. */
export let session = null;

/* Dispatches what the server tells (`repositories`, `status`, `check`, `checked`), and how the way
 * to it is: `lost`, `back` (something may have been missed), `out` (a login is needed). */
export const events = new EventTarget();

const TOLD = ["repositories", "status", "check", "checked"];
const RETRY_MS = 1500;

export class Refused extends Error {
  constructor(status, answer, retryAfter) {
    const error = answer?.error ?? {};
    const silence = status ? `source-host answers ${status}.` : "source-host does not answer.";

    super(error.message ?? silence);
    this.status = status;
    this.remedy = error.remedy;
    this.setting = error.setting;
    this.problems = answer?.problems ?? [];
    this.retryAfter = retryAfter;
  }
}

const say = (name, detail) => events.dispatchEvent(new CustomEvent(name, { detail }));

/* Takes what is told until the signal. What cannot be asked for meanwhile is asked for again when
 * the way to the server is back. */
export function hear(name, take, signal) {
  events.addEventListener(name, async ({ detail }) => {
    try {
      await take(detail);
    } catch (error) {
      if (!(error instanceof Refused) && error.name !== "AbortError")
        throw error;
    }
  }, { signal });
}

/* The answer's JSON, null where there is none; throws Refused. */
export async function ask(method, path, body, signal) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const sent = { method, headers, signal, body: body && JSON.stringify(body) };
  let response, answer;

  if (session && method !== "GET")
    headers["X-CSRF-Token"] = session.csrf;
  try {
    response = await fetch(`/api/1/${path}`, sent);
    answer = await response.text();
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refused(0);
  }
  answer = response.headers.get("Content-Type")?.includes("json") ? JSON.parse(answer) : null;
  if (response.ok)
    return answer;
  if (response.status === 401 && session)
    leave();
  throw new Refused(response.status, answer, response.headers.get("Retry-After"));
}

export const get = (path, signal) => ask("GET", path, undefined, signal);
export const post = (path, body = {}) => ask("POST", path, body);

export const ofConnection = (name, rest = "") => `connections/${encodeURIComponent(name)}${rest}`;

/* True when there is a session. */
export async function enter() {
  try {
    session = await get("session");
    await connect();
  } catch (error) {
    if (error.status !== 401)
      throw error;
  }
  return session !== null;
}

function leave() {
  session = null;
  isLost = isMissing = false;
  disconnect();
  say("out");
}

export async function logIn(token) {
  await post("login", { token });
  return enter();
}

export async function logOut() {
  await post("logout");
  leave();
}

let stream = null;
let retry = 0;
let isLost = false;
let isMissing = false; /* something may have been told that was not heard */

/* Resolves when all that happens from then on is heard: what is asked for after that does not
 * grow old unnoticed. */
function connect() {
  if (stream || !session)
    return Promise.resolve();
  stream = new EventSource("/api/1/events");
  for (const name of TOLD)
    stream.addEventListener(name, ({ data }) => say(name, JSON.parse(data)));
  return new Promise((resolve) => {
    stream.addEventListener("open", () => {
      if (isMissing)
        say("back");
      isLost = isMissing = false;
      resolve();
    });
    stream.addEventListener("error", () => {
      disconnect();
      if (!isLost)
        say("lost");
      isLost = isMissing = true;
      retry = setTimeout(reconnect, RETRY_MS);
      resolve();
    });
  });
}

function disconnect() {
  clearTimeout(retry);
  stream?.close();
  stream = null;
}

/* A server that came back may want another login, which EventSource by itself never finds out. */
async function reconnect() {
  try {
    Object.assign(session, await get("session"));
    connect();
  } catch (error) {
    if (error.status !== 401)
      retry = setTimeout(reconnect, RETRY_MS);
  }
}

let tasks = 0;

/* What is told of a task is told once: while one is followed, everything is heard. */
export const follow = (isBegun) => {
  tasks += isBegun ? 1 : -1;
};

/* Browsers allow six connections to a server: tabs that nobody looks at hold none. */
document.addEventListener("visibilitychange", () => {
  if (!session || isLost)
    return;
  if (!document.hidden) {
    connect();
  } else if (!tasks) {
    disconnect();
    isMissing = true;
  }
});
