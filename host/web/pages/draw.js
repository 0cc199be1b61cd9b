/* draw.js - makes what is seen. What the server tells becomes text, never markup. */

const SVG = "http://www.w3.org/2000/svg";

/* Conditions may stand among children: `condition && make(...)` is a child, or none. */
const childrenOf = (content) => content.flat(Infinity).filter((child) => child || child === 0);

function fill(element, classes, content) {
  const attributes = content[0]?.constructor === Object ? content.shift() : {};

  if (classes.length)
    element.setAttribute("class", classes.join(" "));
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false)
      continue;
    if (name.startsWith("on"))
      element.addEventListener(name.slice(2), value);
    else
      element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...childrenOf(content));
  return element;
}

/* make("a.first", {href: "#/status", onclick: f}, "text", child): an element with its classes, its
 * attributes, which may be missing, and what is in it. An attribute of false is left out. */
export function make(what, ...content) {
  const [name, ...classes] = what.split(".");

  return fill(document.createElement(name), classes, content);
}

export function makeSvg(what, ...content) {
  const [name, ...classes] = what.split(".");

  return fill(document.createElementNS(SVG, name), classes, content);
}

/* The address of a view */
export const to = (...parts) => `#/${parts.map(encodeURIComponent).join("/")}`;

/* What the server says, with `commands` as such */
export const prose = (text) => text?.split("`").map((part, i) => i % 2 ? make("code", part) : part);

/* Puts other content into a place. What is the same stays, so that nothing is lost under
 * somebody's finger; the focus stays on what has the same id. */
export function redraw(place, ...children) {
  const focused = document.activeElement;
  const had = place.contains(focused);
  const before = [...place.childNodes];
  const after = childrenOf(children)
    .map((child) => child instanceof Node ? child : document.createTextNode(child));

  after.forEach((node, i) => {
    if (!before[i])
      place.append(node);
    else if (!before[i].isEqualNode(node))
      before[i].replaceWith(node);
  });
  before.slice(after.length).forEach((node) => node.remove());
  if (had && focused.id && !focused.isConnected)
    document.getElementById(focused.id)?.focus({ preventScroll: true });
}

/* Numbers and times */

const numbers = new Intl.NumberFormat();

export const number = (n) => numbers.format(n ?? 0);

/* "1 repository", "12 repositories" */
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

export const countRepositories = (n) => count(n, "repository", "repositories");

const TIME = { hour: "2-digit", minute: "2-digit" };
const DAY = { day: "numeric", month: "short" };
const format = (options) => new Intl.DateTimeFormat(undefined, options);
const timeOfDay = format(TIME);
const dayAndTime = format({ ...DAY, ...TIME });
const dateAndTime = format({ ...DAY, year: "numeric", ...TIME });
const exactly = format({ dateStyle: "full", timeStyle: "long" });
const day = format({ ...DAY, year: "numeric" });

function shortly(at) {
  const now = new Date();

  if (at.toDateString() === now.toDateString())
    return `today ${timeOfDay.format(at)}`;
  return (at.getFullYear() === now.getFullYear() ? dayAndTime : dateAndTime).format(at);
}

/* A time in the reader's zone; the exact one in its title. */
export function when(value, never = "never") {
  const at = new Date(value);

  if (!value)
    return never;
  return make("time", { datetime: at.toISOString(), title: exactly.format(at) }, shortly(at));
}

/* "2026-09-07", which is no moment but a day */
export const dayText = (text) => day.format(new Date(`${text}T12:00:00`));

export function duration(ms) {
  const seconds = Math.round(ms / 1000);

  if (ms < 1000)
    return `${Math.max(0, Math.round(ms))} ms`;
  if (seconds < 120)
    return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 360) / 10} h`;
}

/* States */

/* Of jobs, connections and checks: the kind gives colour and mark, never without the word. */
const STATES = {
  "up to date": ["good", "Up to date"],
  done: ["good", "Up to date"],
  listing: ["busy", "Listing"],
  fetching: ["busy", "Fetching Git"],
  importing: ["busy", "Importing"],
  queued: ["wait", "Queued"],
  "rate limited": ["wait", "Rate limited"],
  limited: ["wait", "Rate limited"],
  paused: ["warn", "Paused"],
  partial: ["warn", "Partly imported"],
  failing: ["bad", "Failing"],
  blocked: ["bad", "Blocked"],
  excluded: ["none", "Excluded"],
  never: ["none", "Not imported"],
  pass: ["good", "Pass"],
  warn: ["warn", "Warning"],
  fail: ["bad", "Fail"],
  skip: ["none", "Skipped"],
};

export function badge(state, word) {
  const [kind, name] = STATES[state ?? "never"] ?? ["none", state];

  return make(`span.state.${kind}`, word ?? name);
}

const isBusy = (state) => STATES[state]?.[0] === "busy";

/* How far an import is: a bar, and "340 of 1,200 pull requests". */
export function progressOf({ path, import_state: state, counted, done, total }) {
  const isKnown = total > 0;

  if (!isBusy(state))
    return [];
  return [
    make("progress", {
      "aria-label": `${path}: ${state}`,
      max: isKnown && total,
      value: isKnown && String(Math.min(done, total)),
    }),
    counted && make("span.more", `${number(done)}${isKnown ? ` of ${number(total)}` : ""} ${counted}`),
  ];
}

/* Nothing is under way. */
export const isSettled = (row) => !isBusy(row.import_state);

const KINDS = ["archived", "fork", "personal"];

/* What kind of repository it is */
export const tags = (row) => KINDS.filter((kind) => row[kind])
  .concat(row.listed === false ? "no longer listed" : [])
  .map((word) => make("span.tag", word));

/* "/etc/source-host/connections.d/acme.conf:11: auto_import = MOB" as "acme.conf:11", the whole in
 * its title. */
export function fixedBy(place) {
  const short = /([^/]+:\d+)(:|$)/.exec(place)?.[1] ?? "its file";

  return make("span.fixed", { title: place }, `fixed by ${short}`);
}

/* Tables and lists */

/* On a phone each cell tells its head itself (style.css, .stack). */
function drawRow(heads, cells) {
  return make("tr", cells.map((cell, i) =>
    make(i ? "td" : "th", { "data-head": heads[i], scope: !i && "row" }, make("div", cell))));
}

export function table(caption, heads, rows, name = "") {
  return make("div.scroller", { tabindex: 0, role: "group", "aria-label": caption },
    make("table", { class: name },
      make("caption.unseen", caption),
      make("thead", make("tr", heads.map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", rows.map((cells) => drawRow(heads, cells)))));
}

/* What is, and what it is; pairs whose value is nothing are left out. */
export const facts = (pairs) => make("dl.facts", pairs
  .filter(([, value]) => value || value === 0)
  .map(([name, value]) => make("div", make("dt", name), make("dd", value))));

/* Numbers that are to be seen first */
export const figures = (pairs) => make("dl.figures", pairs
  .map(([name, n]) => make("div", make("dt", name), make("dd", number(n)))));

/* Actions */

/* Tells how something went, at the bottom of the window and to screen readers. */
export function tell(text, isBad = false) {
  const notice = document.getElementById("notice");
  const clear = () => notice.replaceChildren();

  clearTimeout(tell.timer);
  notice.classList.toggle("bad", isBad);
  notice.replaceChildren(make("span", isBad && make("strong", "Not done: "), text),
    make("button.quiet", { type: "button", onclick: clear }, "Dismiss"));
  /* What went wrong stays until it was read. */
  if (!isBad)
    tell.timer = setTimeout(clear, 8000);
}

/* A button that does something, once at a time; meanwhile it stays where it is. */
export function button(what, attributes, action, ...content) {
  const act = async ({ currentTarget: self }) => {
    if (self.ariaBusy)
      return;
    self.ariaBusy = "true";
    try {
      await action();
    } catch (error) {
      if (error.name !== "AbortError") /* what was left is not done, and nobody waits for it */
        tell([error.message, error.remedy].filter(Boolean).join(" "), true);
    } finally {
      self.ariaBusy = null;
    }
  };

  return make(what, { type: "button", ...attributes, onclick: act }, ...content);
}
