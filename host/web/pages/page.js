/* page.js - where everything begins: the login, the view that the address names, and the problems
 * that stand on top of it. */

import { enter, get, hear, logIn, logOut, ofConnection, post, session } from "./api.js";
import { button, make, prose, redraw, tell, when } from "./draw.js";
import { showConnections } from "./connections.js";
import { showForm } from "./form.js";
import { showRepositories } from "./repositories.js";
import { showRepository } from "./repository.js";
import { showStatus } from "./status.js";

const at = (id) => document.getElementById(id);

let problems = [];
let leaving = new AbortController(); /* of the view that is shown */
let isFollowed = false; /* it was come to by a link of ours */
let hasFailed = false;

/* "#/repository/acme/12" as ["repository", "acme", "12"] */
function route() {
  try {
    return location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  } catch {
    return [];
  }
}

/* A view draws its heading at once, and the rest when it has been told. */
function viewOf([name, first, second]) {
  if (name === "connections" && first)
    return (...place) => showForm(...place, first, second);
  if (name === "repositories")
    return (...place) => showRepositories(...place, first);
  if (name === "repository" && second)
    return (...place) => showRepository(...place, first, second);
  return name === "status" ? showStatus : showConnections;
}

/* Problems */

function drawProblem({ connection, severity, title, text, remedy, since, until, ...rest }) {
  const isBad = severity !== "warning";
  const resume = async () => {
    await post(ofConnection(connection, "/resume"));
    tell(`${connection} is tried again.`);
    takeStatus(await get("status"));
  };

  return make(`div.problem.${isBad ? "bad" : "warn"}`, { role: "alert" },
    make("p.title", make("strong", isBad ? "Problem" : "Warning"),
      connection ? ` ${connection}: ` : " ", title),
    text && text !== title && make("p", prose(text)),
    remedy && make("p", make("strong", "What to do: "), prose(remedy)),
    since && make("p.muted", "Since ", when(since), until && [", until ", when(until)], "."),
    rest.can_resume && session.can_change &&
      button("button", { id: `resume-${connection}` }, resume, `Resume ${connection}`));
}

/* They concern the views of their connection, and those of all. */
function drawProblems() {
  const [name, first] = route();
  const only = name === "status" ? undefined : first;
  const shown = session ? problems.filter((one) => !only || one.connection === only) : [];

  redraw(at("problems"), shown.length > 0 &&
    make("section.problems", { "aria-label": "Problems" }, shown.map(drawProblem)));
}

function takeStatus(status) {
  problems = status.problems;
  drawProblems();
}

/* Views */

function drawFailure(place, error) {
  hasFailed = true;
  if (!place.querySelector("h1"))
    place.append(make("h1", "source-host"));
  place.append(make("div.problem.bad", { role: "alert" },
    make("p.title", make("strong", "Problem"), ` ${error.message}`),
    error.remedy && make("p", prose(error.remedy)),
    button("button", {}, begin, "Try again")));
}

function markWhere([name]) {
  const here = name === "repository" ? "repositories" : name || "connections";

  for (const link of at("bar").querySelectorAll("nav a"))
    link.ariaCurrent = link.hash === `#/${here}` ? "page" : null;
}

/* The heading has the focus after a link was followed: there a screen reader goes on. */
function entitle(place) {
  const heading = place.querySelector("h1");

  if (!heading)
    return;
  document.title = `${heading.textContent} · source-host`;
  heading.tabIndex = -1;
  if (isFollowed && !document.activeElement?.closest("#view"))
    heading.focus({ preventScroll: true });
}

/* Draws the view that the address names. */
async function show() {
  const place = make("div");

  leaving.abort();
  leaving = new AbortController();
  hasFailed = false;
  at("view").replaceChildren(place);
  scrollTo(0, 0);
  at("bar").hidden = !session;
  drawProblems();
  if (!session) {
    drawLogin(place);
    return;
  }
  markWhere(route());
  try {
    const shown = viewOf(route())(place, leaving.signal);

    entitle(place);
    await shown;
    entitle(place);
  } catch (error) {
    if (error.name !== "AbortError" && error.status !== 401)
      drawFailure(place, error);
  }
}

/* The login */

function loginProblem({ status, retryAfter, message }) {
  if (status === 429)
    return `Too many wrong tokens. Try again in ${retryAfter ?? 60} seconds.`;
  return status === 401 ? "This token is not known, or it was removed." : message;
}

function drawLogin(place) {
  const told = make("p.problem-text", { id: "token-problem", role: "alert" });
  const field = make("input", {
    type: "password", id: "token", autocomplete: "current-password", required: true,
    "aria-describedby": "token-help token-problem",
  });
  const submit = async (event) => {
    event.preventDefault();
    told.textContent = "";
    field.ariaInvalid = null;
    try {
      await logIn(field.value.trim());
      start();
    } catch (error) {
      told.textContent = loginProblem(error);
      field.ariaInvalid = "true";
      field.focus();
    }
  };

  place.append(make("form.card.narrow", { onsubmit: submit },
    make("h1", "Log in"),
    make("div.field",
      make("label", { for: "token" }, "Access token"),
      field,
      make("p.help", { id: "token-help" },
        "The URL that source-host printed at its first start holds one; ",
        make("code", "source-host token"), " makes another."),
      told),
    make("div.actions", make("button.first", "Log in"))));
  entitle(place);
  field.focus();
}

/* The token of the first URL is in its fragment, which is sent to no server; it must not stay in
 * the history. */
async function takeToken() {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1];

  if (!token)
    return;
  history.replaceState(null, "", location.pathname);
  await logIn(decodeURIComponent(token)).catch((error) => tell(loginProblem(error), true));
}

/* Draws what there is with a session, or without one. */
async function start() {
  const readOnly = "This login is read-only: what would change something is left out.";

  redraw(at("login"), session && [
    !session.can_change && make("span.tag", { title: readOnly }, "Read-only"),
    make("span.muted", session.version),
    button("button.quiet", {}, logOut, "Log out"),
  ]);
  show();
  if (session)
    takeStatus(await get("status").catch(() => ({ problems })));
}

async function begin() {
  try {
    await takeToken();
    if (!session)
      await enter();
    await start();
  } catch (error) {
    at("view").replaceChildren();
    drawFailure(at("view"), error);
  }
}

addEventListener("hashchange", () => {
  if (location.hash.startsWith("#token=")) {
    begin();
  } else if (/^(#\/.*)?$/.test(location.hash)) {
    isFollowed = true;
    show();
  }
});
at("skip").addEventListener("click", (event) => {
  event.preventDefault(); /* the fragment names the view */
  at("main").focus();
});
hear("status", takeStatus);
hear("out", () => {
  at("lost").textContent = "";
  start();
});
hear("lost", () => {
  at("lost").textContent = "Connection lost, trying again …";
});
hear("back", async () => {
  at("lost").textContent = "";
  if (hasFailed)
    show();
  takeStatus(await get("status"));
});
history.scrollRestoration = "manual"; /* what was scrolled to is not there before it is drawn */
begin();
