/* status.js - the view of what works, what waits, and what does not go on. */

import { get, hear, ofConnection, post, session } from "./api.js";
import { badge, count, does, duration, make, number, redraw, table, tell, when } from "./draw.js";
import { nameOf, stateOf } from "./connections.js";

const canResume = (connection, problems) => session.can_change &&
  problems.some((problem) => problem.connection === connection.connection && problem.can_resume);

async function resume(name) {
  await post(ofConnection(name, "/resume"));
  tell(`${name} is tried again.`);
}

function drawJobs(jobs) {
  const shown = Object.entries(jobs).filter(([, n]) => n > 0);

  return shown.length > 0
    ? make("dl.figures", shown.map(([state, n]) => make("div", make("dt", badge(state)), make("dd", number(n)))))
    : make("p.muted", "Nothing is imported yet.");
}

/* A worker is told once for each thing that it is at. */
function drawWorkers(workers) {
  if (!workers.length)
    return make("p.muted", "This process alone does the work: machines share it where the store is PostgreSQL.");
  return table("Workers", ["Machine", "Process", "Does", "Since", "Is at"], workers.map((worker) => [
    worker.machine, String(worker.process), `source-host ${worker.command}`, when(worker.since),
    worker.connection ? [badge(worker.state), ` ${worker.connection} ${worker.path ?? ""}`] : "nothing"]), { class: "stack" });
}

function drawConnection(connection, problems) {
  const [state, word, reason] = stateOf(connection);
  const name = connection.connection;

  return [
    make("a", { href: `#/repositories/${nameOf([name])}` }, name),
    [badge(state, word), reason && make("span.reason", reason),
      canResume(connection, problems) && make("button", { type: "button", id: `row-resume-${name}`, onclick: does(() => resume(name)) }, "Resume", make("span.unseen", ` ${name}`))],
    when(connection.last_listing),
    connection.next_run ? when(connection.next_run) : "not by itself",
    connection.queued > 0 && connection.milliseconds_each ? `${number(connection.queued)}, about ${duration(connection.queued * connection.milliseconds_each)}` : number(connection.queued),
    number(connection.requests_last_day)];
}

export async function showStatus(place, signal) {
  const jobs = make("div");
  const connections = make("div");
  const workers = make("div");
  const draw = (status) => {
    redraw(jobs, drawJobs(status.jobs));
    redraw(connections, status.connections.length > 0
      ? table("Connections", ["Connection", "State", "Listed", "Next run", "To be done", "Requests, last 24 h"], status.connections.map((one) => drawConnection(one, status.problems)), { class: "stack last-2" })
      : make("p.muted", "Nothing is connected yet."));
    redraw(workers, drawWorkers(status.workers));
  };
  const card = (title, content) => make("section.card", make("h2", title), content);

  place.append(make("h1", "Status"), card("Repositories by state", jobs), card("Connections", connections), card("Workers", workers));
  draw(await get("status", signal));
  hear("status", (detail) => draw(detail), signal);
  hear("back", async () => draw(await get("status", signal)), signal);
}
