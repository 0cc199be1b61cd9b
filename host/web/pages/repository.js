/* repository.js - the view of one repository. */

import { get, hear, ofConnection, post, session } from "./api.js";
import {
  badge, button, count, duration, facts, figures, fixedBy, isSettled, make, number, progressOf, prose,
  redraw, table, tags, tell, to, when,
} from "./draw.js";
import { matrix, weekly } from "./charts.js";

const RUNS = 10; /* so many of the history are shown at once */
const ERRORS = 3; /* so many of the last are told apart from it */
const OUTCOMES = { done: "pass", partial: "partial", "under way": "importing" };
const HEADS = ["Began", "Took", "Outcome", "Commits", "Pull requests", "Activities", "Requests"];

function card(id, title, ...content) {
  return make("section.card", { "aria-labelledby": id }, make("h2", { id }, title), content);
}

/* The server's words hold its own local time; the reader's stands in its place. */
function drawWhy({ why, at }) {
  const [before, after] = why.split(/\d{4}-\d\d-\d\d \d\d:\d\d/);

  return at && after !== undefined ? [prose(before), when(at), prose(after)] : prose(why);
}

function drawGone({ repository_state: state, repository_state_since: since }) {
  return state && state !== "AVAILABLE" && [state.toLowerCase(), since && [" since ", when(since)]];
}

function drawLeftOut({ left_out_by: by, left_out_pull_requests: requests, left_out_commits: commits }) {
  return requests + commits > 0 &&
    `${count(requests, "pull request")} and ${count(commits, "commit")}, by ${by ?? "a setting"}`;
}

function drawState(connection, { repository, explain, status }) {
  const { path, imported, fixed, listed, reason } = repository;
  const importIt = async () => {
    await post(ofConnection(connection, "/import"), { paths: [path] });
    tell(`${path} will be imported.`);
  };

  return card("state", "State",
    make("p.now", badge(repository.import_state), progressOf(repository)),
    reason && make("p.reason", prose(reason)),
    facts([
      ["Last success", imported && when(repository.last_success)],
      ["In this state since", repository.since && when(repository.since)],
      ["Next run", repository.next_run && when(repository.next_run)],
      ["Failed in a row", repository.failures > 0 && number(repository.failures)],
      ["At the server", drawGone(status)],
      ["Left out", drawLeftOut(status)],
    ]),
    make("p.why", make("strong", explain.wanted ? "Imported because: " : "Not imported because: "),
      drawWhy(explain), fixed && [" ", fixedBy(fixed)]),
    session.can_change && !imported && !fixed && listed && make("p.actions",
      button("button.first", { id: "import" }, importIt, "Import")));
}

const drawImported = ({ imported }) => card("imported", "Imported", figures([
  ["Commits", imported.commits], ["Branches and tags", imported.refs],
  ["Pull requests", imported.pull_requests], ["Activities", imported.activities],
]));

function drawErrors({ history }) {
  const errors = history.filter((run) => run.reason).slice(0, ERRORS);

  return errors.length > 0 && card("errors", "Last errors",
    make("ul.errors", errors.map((run) =>
      make("li", when(run.ended ?? run.started), make("span.reason", prose(run.reason))))));
}

const drawOutcome = ({ kind, outcome, reason }) => [
  badge(OUTCOMES[outcome] ?? "fail", `${kind} ${outcome}`), reason && make("span.reason", prose(reason)),
];

const drawRuns = (caption, runs) => table(caption, HEADS, runs.map((run) => [
  when(run.started),
  run.ended ? duration(new Date(run.ended) - new Date(run.started)) : "",
  drawOutcome(run),
  number(run.commits), number(run.pull_requests), number(run.activities), number(run.requests),
]), "last-4");

const drawHistory = ({ history }) => card("history", "Syncs",
  history.length > 0
    ? drawRuns("Syncs, newest first", history.slice(0, RUNS)) : make("p.muted", "None yet."),
  history.length > RUNS && make("details", make("summary", `${history.length - RUNS} older`),
    drawRuns("Older syncs", history.slice(RUNS))));

/* Hours in the unit that suits the longest: [values, unit] */
function inUnit(hours) {
  const most = Math.max(...hours);
  const [per, unit] = most < 2 ? [60, " min"] : most > 72 ? [1 / 24, " d"] : [1, " h"];

  return [hours.map((value) => value === null ? null : Math.round(value * per * 10) / 10), unit];
}

function drawCharts({ weeks, ...charts }) {
  const of = (name, values, kind) => ({ name, values, kind });
  const [waits, unit] = inUnit(charts.first_review_hours);

  return [
    make("h2.section", "By week"),
    make("div.charts",
      weekly("Commits a week", weeks, [of("commits", charts.commits, "first")]),
      weekly("Pull requests a week", weeks,
        [of("opened", charts.opened, "first"), of("merged", charts.merged, "second")]),
      weekly("Time to first review, median", weeks,
        [of("to the first review", waits, "first")], unit),
      matrix("Who reviews whom", charts.reviews)),
  ];
}

/* Only where it leads to a page */
const drawLink = (url) => /^https?:\/\//.test(url) &&
  make("a", { href: url, target: "_blank", rel: "noreferrer" }, "At the server (in a new tab)");

export async function showRepository(place, signal, connection, id) {
  const heading = make("h1", "Repository");
  const [about, state, imported, errors, charts, history] = Array.from({ length: 6 }, () => make("div"));
  let known = null;
  let drawn = ""; /* charts are left alone where they are the same: somebody reads their tables */
  const drawNow = () => redraw(state, drawState(connection, known));
  const refresh = async () => {
    known = await get(ofConnection(connection, `/repositories/${encodeURIComponent(id)}`), signal);
    const { repository } = known;
    const told = JSON.stringify(known.charts);

    heading.textContent = repository.path;
    redraw(about, repository.description && make("p", repository.description),
      make("p", tags(repository), drawLink(repository.web_url)));
    drawNow();
    redraw(imported, drawImported(known));
    redraw(errors, drawErrors(known));
    if (told !== drawn)
      redraw(charts, drawCharts(known.charts));
    drawn = told;
    redraw(history, drawHistory(known));
  };
  /* While it is imported the row says how far; what was brought is asked for at the end. */
  const change = async ({ connection: name, repositories }) => {
    const row = name === connection && repositories.find((one) => String(one.id) === id);

    if (!row)
      return;
    Object.assign(known.repository, row);
    drawNow();
    if (isSettled(row))
      await refresh();
  };

  place.append(make("p.path",
    make("a", { href: to("repositories", connection) }, `Repositories of ${connection}`)),
    heading, about, make("div.pair", state, imported), errors, charts, history);
  await refresh();
  hear("repositories", change, signal);
  hear("back", refresh, signal);
}
