/* repository.js - the view of one repository. */

import { get, hear, ofConnection, post, session } from "./api.js";
import { badge, count, does, duration, facts, fixedBy, isBusy, make, number, redraw, table, tags, tell, when } from "./draw.js";
import { nameOf } from "./connections.js";
import { matrix, weekly } from "./charts.js";

const RUNS = 10; /* so many of the history are shown at once */
const ERRORS = 3; /* so many of the last are told apart from the history */

function drawState(connection, { repository, explain }) {
  const state = repository.import_state ?? "never";
  const canImport = session.can_change && !repository.imported && !repository.fixed && repository.listed;

  return make("section.card", { "aria-labelledby": "state" },
    make("h2", { id: "state" }, "State"),
    make("p", badge(state), isBusy(state) && repository.counted &&
      ` ${number(repository.done)}${repository.total ? ` of ${number(repository.total)}` : ""} ${repository.counted}`),
    isBusy(state) && make("progress", { "aria-label": "Import", max: repository.total || null, value: repository.total ? repository.done : null }),
    repository.reason && make("p.reason", repository.reason),
    facts([
      ["Last success", repository.imported && when(repository.last_success)],
      ["In this state since", repository.since && when(repository.since)],
      ["Next run", repository.next_run && when(repository.next_run)],
      ["Failed in a row", repository.failures],
    ]),
    make("p.why", make("strong", explain.wanted ? "Imported because: " : "Not imported because: "),
      whyText(explain), repository.fixed && [" ", fixedBy(repository.fixed)]),
    canImport && make("p.actions", make("button", {
      type: "button", id: "import", class: "first", onclick: does(async () => {
        await post(ofConnection(connection, "/import"), { paths: [repository.path] });
        tell(`${repository.path} will be imported.`);
      }),
    }, "Import")));
}

/* The server's words hold its own local time; the reader's stands in its place. */
function whyText({ why, at }) {
  const [before, after] = why.split(/\d{4}-\d\d-\d\d \d\d:\d\d/);

  return at && after !== undefined ? [before, when(at), after] : why;
}

const drawImported = ({ imported }) => make("section.card", { "aria-labelledby": "imported" },
  make("h2", { id: "imported" }, "Imported"),
  make("dl.figures", [["Commits", imported?.commits], ["Branches and tags", imported?.refs],
    ["Pull requests", imported?.pull_requests], ["Activities", imported?.activities]]
    .map(([name, n]) => make("div", make("dt", name), make("dd", number(n))))));

function drawErrors({ history }) {
  const errors = history.filter((run) => run.reason).slice(0, ERRORS);

  return errors.length > 0 && make("section.card", { "aria-labelledby": "errors" },
    make("h2", { id: "errors" }, "Last errors"),
    make("ul.errors", errors.map((run) => make("li", when(run.ended ?? run.started), make("span.reason", run.reason)))));
}

const took = (run) => run.ended ? duration(new Date(run.ended) - new Date(run.started)) : "under way";

const drawRuns = (caption, runs) => table(caption, ["Began", "Took", "Outcome", "Commits", "Pull requests", "Activities", "Requests"], runs.map((run) => [
  when(run.started), took(run),
  [badge(run.outcome === "done" ? "pass" : run.outcome ?? "importing", run.outcome ?? "under way"), run.reason && make("span.reason", run.reason)],
  number(run.commits), number(run.pull_requests), number(run.activities), number(run.requests)]), { class: "last-4" });

const drawHistory = ({ history }) => make("section.card", { "aria-labelledby": "history" },
  make("h2", { id: "history" }, "Syncs"),
  history.length > 0 ? drawRuns("Syncs, newest first", history.slice(0, RUNS)) : make("p.muted", "None yet."),
  history.length > RUNS && make("details", make("summary", `${history.length - RUNS} older`), drawRuns("Older syncs", history.slice(RUNS))));

const drawCharts = ({ charts }) => make("section", { "aria-labelledby": "charts" },
  make("h2.section", { id: "charts" }, "By week"),
  make("div.charts",
    weekly({ title: "Commits a week", weeks: charts.weeks, series: [{ name: "commits", values: charts.commits, kind: "first" }] }),
    weekly({ title: "Pull requests a week", weeks: charts.weeks, series: [{ name: "opened", values: charts.opened, kind: "first" }, { name: "merged", values: charts.merged, kind: "second" }] }),
    weekly({ title: "Time to first review, median", weeks: charts.weeks, unit: " h", series: [{ name: "until the first review", values: charts.first_review_hours, kind: "first" }] }),
    matrix("Who reviews whom", charts.reviews)));

export async function showRepository(place, signal, connection, id) {
  const parts = { state: make("div"), imported: make("div"), errors: make("div"), charts: make("div"), history: make("div") };
  const heading = make("h1", "Repository");
  const about = make("div");
  let known = null;
  const drawCurrent = () => redraw(parts.state, drawState(connection, known));
  const refresh = async () => {
    known = await get(ofConnection(connection, `/repositories/${encodeURIComponent(id)}`), signal);
    const { repository } = known;

    heading.textContent = repository.path;
    redraw(about, repository.description && make("p", repository.description),
      make("p", tags(repository)));
    drawCurrent();
    redraw(parts.imported, drawImported(known));
    redraw(parts.errors, drawErrors(known));
    redraw(parts.history, drawHistory(known));
    return known;
  };
  /* While it is imported the row alone says how far; what it brought is asked for at the end. */
  const change = async (detail) => {
    const row = detail.connection === connection && detail.repositories.find((one) => String(one.id) === id);

    if (!row || !known)
      return;
    Object.assign(known.repository, row);
    drawCurrent();
    if (!isBusy(row.import_state)) {
      await refresh();
      redraw(parts.charts, drawCharts(known));
    }
  };

  place.append(make("p.path", make("a", { href: `#/repositories/${nameOf([connection])}` }, `Repositories of ${connection}`)),
    heading, about, make("div.pair", parts.state, parts.imported), parts.errors, parts.charts, parts.history);
  redraw(parts.charts, drawCharts(await refresh()));
  hear("repositories", change, signal);
  hear("back", refresh, signal);
}
