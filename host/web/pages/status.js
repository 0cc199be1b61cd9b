/* status.js - the view of what works, what waits, and what does not go on. */

import { get, hear, ofConnection, post, session } from "./api.js";
import {
  badge, button, duration, figures, make, number, prose, redraw, table, tell, to, when,
} from "./draw.js";
import { stateOf } from "./connections.js";

const ALONE = "This process alone does the work: machines share it where the store is PostgreSQL.";

function drawJobs(jobs) {
  const shown = Object.entries(jobs).filter(([, n]) => n > 0);

  return shown.length > 0
    ? figures(shown.map(([state, n]) => [badge(state), n]))
    : make("p.muted", "Nothing is imported yet.");
}

/* A worker is told once for each thing that it is at. */
function drawWorkers(workers) {
  const heads = ["Machine", "Process", "Does", "Since", "Is at"];

  if (!workers.length)
    return make("p.muted", ALONE);
  return table("Workers", heads, workers.map((worker) => [
    worker.machine, String(worker.process), `source-host ${worker.command}`, when(worker.since),
    worker.connection
      ? [badge(worker.state), ` ${worker.connection} ${worker.path ?? ""}`] : "nothing",
  ]), "stack");
}

function drawState(connection, problems) {
  const [state, word, reason] = stateOf(connection);
  const name = connection.connection;
  const canResume = problems.some((one) => one.connection === name && one.can_resume);
  const resume = async () => {
    await post(ofConnection(name, "/resume"));
    tell(`${name} is tried again.`);
  };

  return [
    badge(state, word),
    reason && make("span.reason", prose(reason)),
    canResume && session.can_change && button("button", { id: `row-resume-${name}` }, resume,
      "Resume", make("span.unseen", ` ${name}`)),
  ];
}

function drawQueue({ queued, milliseconds_each: each }) {
  return queued > 0 && each ? `${number(queued)}, about ${duration(queued * each)}` : number(queued);
}

function drawConnections(connections, problems) {
  const heads = ["Connection", "State", "Listed", "Next run", "To be done", "Requests, last 24 h"];

  if (!connections.length)
    return make("p.muted", "Nothing is connected yet.");
  return table("Connections", heads, connections.map((one) => [
    make("a", { href: to("repositories", one.connection) }, one.connection),
    drawState(one, problems),
    when(one.last_listing),
    when(one.next_run, "not by itself"),
    drawQueue(one),
    number(one.requests_last_day),
  ]), "stack last-2");
}

const card = (title, content) => make("section.card", make("h2", title), content);

export async function showStatus(place, signal) {
  const jobs = make("div");
  const connections = make("div");
  const workers = make("div");
  const draw = (status) => {
    redraw(jobs, drawJobs(status.jobs));
    redraw(connections, drawConnections(status.connections, status.problems));
    redraw(workers, drawWorkers(status.workers));
  };
  const refresh = async () => draw(await get("status", signal));

  place.append(make("h1", "Status"), card("Repositories by state", jobs),
    card("Connections", connections), card("Workers", workers));
  await refresh();
  hear("status", draw, signal);
  hear("back", refresh, signal);
}
