/* connections.js - the view of what is connected, and of the products that can be. */

import { get, hear, session } from "./api.js";
import { badge, facts, make, number, redraw, when } from "./draw.js";

export const nameOf = (parts) => parts.map(encodeURIComponent).join("/");

/* A connection's state in a word, and what is to be said of it. */
export function stateOf(connection) {
  if (connection.has_file === false)
    return ["excluded", "File gone", `Its file is gone: it is not looked after. \`source-host purge ${connection.connection}\` deletes its data.`];
  if (connection.problem)
    return ["failing", "File has errors", connection.problem];
  if (connection.state === "done")
    return ["done", "In order", null];
  if (!connection.state)
    return ["queued", "Not listed yet", null];
  return [connection.state, null, connection.reason];
}

function drawConnection(connection, titles) {
  const [state, word, reason] = stateOf(connection);
  const name = connection.connection;

  return make("li.card.connection",
    make("div.head",
      make("h2", make("a", { href: `#/repositories/${nameOf([name])}` }, name)),
      badge(state, word)),
    reason && make("p.reason", reason),
    facts([
      ["Product", titles.get(connection.provider) ?? connection.provider],
      ["Base URL", connection.settings?.base_url],
      ["Owner", connection.owner],
      ["Listed", when(connection.last_listing)],
      ["To be done", connection.queued > 0 && number(connection.queued)],
      ["Requests, last 24 h", number(connection.requests_last_day)],
    ]),
    make("p.actions",
      make("a.button", { href: `#/repositories/${nameOf([name])}` }, "Repositories", make("span.unseen", ` of ${name}`)),
      connection.has_file !== false && make("a.button", { href: `#/connections/${nameOf([name])}` },
        session.can_change ? "Settings and test" : "Settings", make("span.unseen", ` of ${name}`))));
}

const drawProvider = ({ name, title, version }) => make("li.card",
  make("div.head", make("h3", title), make("span.muted", version)),
  session.can_change && make("p.actions",
    make("a.button.first", { href: `#/connections/new/${nameOf([name])}` }, `Connect ${title}`)));

const drawUnusable = ({ file, reason }) => make("li.card",
  make("div.head", make("h3", file), badge("failing", "Cannot be used")),
  make("p.reason", reason));

export async function showConnections(place, signal) {
  const list = make("ul.cards");
  const empty = make("div");
  const products = make("div");
  let titles = new Map();

  const draw = (connections) => {
    redraw(list, connections.map((one) => drawConnection(one, titles)));
    list.hidden = !connections.length;
    redraw(empty, !connections.length && make("p.empty", "Nothing is connected yet. ",
      session.can_change ? "Choose a product below; it takes its address and an account." : "This login is read-only, and cannot connect."));
  };
  const refresh = async () => draw((await get("connections", signal)).connections);

  place.append(make("h1", "Connections"), empty, list, products);
  const [{ providers, unusable = [] }, { connections }] = await Promise.all([get("providers", signal), get("connections", signal)]);

  titles = new Map(providers.map((provider) => [provider.name, provider.title]));
  draw(connections);
  redraw(products, make("h2.section", "Products"),
    !providers.length && make("p.empty", "No provider module was found that can be used; ", make("code", "source-host providers"), " tells where they are looked for."),
    make("ul.cards", providers.map(drawProvider), unusable.map(drawUnusable)));
  /* The event tells how connections are, but not which settings their files have. */
  hear("status", refresh, signal);
  hear("back", refresh, signal);
}
