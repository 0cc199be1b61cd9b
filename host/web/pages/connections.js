/* connections.js - the view of what is connected, and of the products that can be. */

import { get, hear, session } from "./api.js";
import { badge, facts, make, number, prose, redraw, to, when } from "./draw.js";

/* A connection's state, the word for it, and what is to be said of it. */
export function stateOf({ connection, has_file: hasFile, problem, state, reason }) {
  if (hasFile === false)
    return ["excluded", "File gone", "Its file is gone: it is not looked after. " +
      `\`source-host purge ${connection}\` deletes its data.`];
  if (problem)
    return ["failing", "File has errors", problem];
  if (!state)
    return ["queued", "Not listed yet", null];
  return [state, state === "done" ? "In order" : null, reason];
}

function drawConnection(connection, titles) {
  const [state, word, reason] = stateOf(connection);
  const { connection: name, provider, settings } = connection;
  const settingsWord = session.can_change ? "Settings and test" : "Settings";

  return make("li.card.connection",
    make("div.head",
      make("h2", make("a", { href: to("repositories", name) }, name)), badge(state, word)),
    reason && make("p.reason", prose(reason)),
    facts([
      ["Product", titles.get(provider) ?? provider],
      ["Base URL", settings?.base_url],
      ["Owner", connection.owner],
      ["Listed", when(connection.last_listing)],
      ["To be done", connection.queued > 0 && number(connection.queued)],
      ["Requests, last 24 h", number(connection.requests_last_day)],
    ]),
    make("p.actions",
      make("a.button", { href: to("repositories", name) },
        "Repositories", make("span.unseen", ` of ${name}`)),
      connection.has_file !== false && make("a.button", { href: to("connections", name) },
        settingsWord, make("span.unseen", ` of ${name}`))));
}

const drawProvider = ({ name, title, version }) => make("li.card",
  make("div.head", make("h3", title), make("span.muted", version)),
  session.can_change && make("p.actions",
    make("a.button.first", { href: to("connections", "new", name) }, `Connect ${title}`)));

const drawUnusable = ({ file, reason }) => make("li.card",
  make("div.head", make("h3", file), badge("failing", "Cannot be used")),
  make("p.reason", reason));

function drawNone(providers) {
  return !providers.length && make("p.empty", "No provider module was found that can be used; ",
    make("code", "source-host providers"), " tells where they are looked for.");
}

export async function showConnections(place, signal) {
  const list = make("ul.cards");
  const empty = make("p.empty", "Nothing is connected yet. ", session.can_change
    ? "Choose a product below; it takes its address and an account."
    : "This login is read-only, and cannot connect.");
  const products = make("div");
  let titles = new Map();
  const refresh = async () => {
    const { connections } = await get("connections", signal);

    redraw(list, connections.map((one) => drawConnection(one, titles)));
    list.hidden = !connections.length;
    empty.hidden = connections.length > 0;
  };

  place.append(make("h1", "Connections"), list, products);
  const { providers, unusable } = await get("providers", signal);

  titles = new Map(providers.map(({ name, title }) => [name, title]));
  await refresh();
  list.before(empty);
  redraw(products, make("h2.section", "Products"), drawNone(providers),
    make("ul.cards", providers.map(drawProvider), unusable?.map(drawUnusable)));
  /* The event tells how connections are, but not which settings their files have. */
  hear("status", refresh, signal);
  hear("back", refresh, signal);
}
