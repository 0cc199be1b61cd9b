/* page.js - where everything begins: the login, the view that the address names, and what stands on top
 * of every view. */

import { enter, get, hear, logIn, logOut, ofConnection, post, session } from "./api.js";
import { does, make, redraw, tell } from "./draw.js";
import { showConnections } from "./connections.js";
import { showForm } from "./form.js";
import { showRepositories } from "./repositories.js";
import { showRepository } from "./repository.js";
import { showStatus } from "./status.js";

const at = (id) => document.getElementById(id);

let problems = [];
let leaving = new AbortController(); /* of the view that is shown */
let hasFailed = false;

/* "#/repository/acme/12" as ["repository", "acme", "12"] */
const route = () => location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);

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

/* Problems concern the views of their connection, and those of all. */
function drawProblems() {
  const [name, first] = route();
  const only = name === "status" || !first ? null : first;
  const shown = session ? problems.filter((problem) => !only || problem.connection === only) : [];

  redraw(at("problems"), shown.length > 0 && make("section.problems", { "aria-label": "Problems" },
    shown.map(drawProblem)));
}

function drawProblem({ connection, severity, title, text, remedy, can_resume: canResume }, i) {
  const isBad = severity === "fail" || severity === "error";

  return make("div", { class: `problem ${isBad ? "bad" : "warn"}`, role: "alert" },
    make("p.title", make("strong", isBad ? "Problem" : "Warning"), ` ${connection ?? ""}: ${title}`),
    text && text !== title && make("p", text),
    remedy && make("p.remedy", make("strong", "What to do: "), remedy),
    canResume && session.can_change && make("button", {
      type: "button", id: `resume-${i}`, onclick: does(() => resume(connection)),
    }, `Resume ${connection}`));
}

async function resume(connection) {
  await post(ofConnection(connection, "/resume"));
  tell(`${connection} is tried again.`);
  takeStatus(await get("status"));
}

function takeStatus(status) {
  if (JSON.stringify(status.problems) === JSON.stringify(problems))
    return;
  problems = status.problems;
  drawProblems();
}

function drawFailure(place, error) {
  hasFailed = true;
  if (!place.querySelector("h1"))
    place.append(make("h1", "source-host"));
  place.append(make("div.problem.bad", { role: "alert" },
    make("p.title", make("strong", "Problem"), ` ${error.message}`),
    error.remedy && make("p", error.remedy),
    make("button", { type: "button", onclick: () => show() }, "Try again")));
}

/* Draws the view that the address names. */
async function show() {
  const place = make("div");
  const parts = route();

  leaving.abort();
  leaving = new AbortController();
  hasFailed = false;
  at("view").replaceChildren(place);
  scrollTo(0, 0);
  at("bar").hidden = !session;
  if (!session) {
    drawLogin(place);
    return;
  }
  for (const link of at("bar").querySelectorAll("nav a")) {
    const isHere = link.hash === `#/${parts[0] || "connections"}` || (parts[0] === "repository" && link.hash === "#/repositories");

    if (isHere)
      link.setAttribute("aria-current", "page");
    else
      link.removeAttribute("aria-current");
  }
  drawProblems();
  try {
    const shown = viewOf(parts)(place, leaving.signal);

    entitle(place);
    await shown;
  } catch (error) {
    if (error.name === "AbortError" || error.status === 401)
      return;
    drawFailure(place, error);
  }
  entitle(place);
}

/* The heading has the focus after a link was followed: there a screen reader goes on. */
function entitle(place) {
  const heading = place.querySelector("h1");

  if (!heading)
    return;
  document.title = `${heading.textContent} · source-host`;
  heading.tabIndex = -1;
  if (show.isFollowed && document.activeElement?.closest("#view") === null)
    heading.focus({ preventScroll: true });
}

function drawLogin(place) {
  const told = make("p.problem-text", { id: "token-problem", role: "alert" });
  const field = make("input", { type: "password", id: "token", autocomplete: "current-password", required: true, "aria-describedby": "token-help token-problem" });
  const enterWith = async (event) => {
    event.preventDefault();
    told.textContent = "";
    field.removeAttribute("aria-invalid");
    try {
      await logIn(field.value.trim());
      start();
    } catch (error) {
      told.textContent = loginProblem(error);
      field.setAttribute("aria-invalid", "true");
      field.focus();
    }
  };

  redraw(at("problems"));
  place.append(make("form.card.narrow", { onsubmit: enterWith },
    make("h1", "Log in"),
    make("div.field",
      make("label", { for: "token" }, "Access token"),
      field,
      make("p.help", { id: "token-help" }, "The URL that source-host printed at its first start holds one; ",
        make("code", "source-host token"), " makes another."),
      told),
    make("div.actions", make("button.first", "Log in"))));
  document.title = "Log in · source-host";
  field.focus();
}

function loginProblem(error) {
  if (error.status === 429)
    return `Too many wrong tokens. Try again in ${error.retryAfter ?? 60} seconds.`;
  return error.status === 401 ? "This token is not known, or it was removed." : error.message;
}

/* With a session: the bar's end, the view, and what stands on top of it. */
async function start() {
  if (session) {
    redraw(at("login"),
      !session.can_change && make("span.tag", { title: "This login is read-only: what would change something is left out." }, "Read-only"),
      make("span.muted", session.version),
      make("button.quiet", { type: "button", onclick: does(logOut) }, "Log out"));
  }
  show();
  if (session)
    takeStatus(await get("status").catch(() => ({ problems })));
}

/* The token of the first URL is in its fragment, which no server sees; it must not stay in the history. */
async function takeToken() {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1];

  if (!token)
    return;
  history.replaceState(null, "", location.pathname + location.search);
  await logIn(decodeURIComponent(token)).catch((error) => tell(loginProblem(error), true));
}

addEventListener("hashchange", () => {
  if (location.hash.startsWith("#token=")) {
    takeToken().then(start);
    return;
  }
  if (!/^#?$|^#\//.test(location.hash))
    return;
  show.isFollowed = true;
  show();
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

history.scrollRestoration = "manual"; /* what is scrolled to is not there before it was drawn */
try {
  await takeToken();
  if (!session)
    await enter();
  await start();
} catch (error) {
  at("view").replaceChildren();
  drawFailure(at("view"), error);
}
