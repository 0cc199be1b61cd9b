/* connections.js - the view of what is connected, and of the products that can be. */

import { get, hear, session } from "./api.js";
import { badge, count, facts, make, number, redraw, when } from "./draw.js";

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

    return make("li", { class: "card connection" },
        make("div", { class: "head" },
            make("h2", {}, make("a", { href: `#/repositories/${nameOf([name])}` }, name)),
            badge(state, word)),
        reason && make("p", { class: "reason" }, reason),
        facts([
            ["Product", titles.get(connection.provider) ?? connection.provider],
            ["Base URL", connection.settings?.base_url],
            ["Owner", connection.owner],
            ["Listed", when(connection.last_listing)],
            ["To be done", connection.queued > 0 && number(connection.queued)],
            ["Requests, last 24 h", number(connection.requests_last_day)],
        ]),
        make("p", { class: "actions" },
            make("a", { class: "button", href: `#/repositories/${nameOf([name])}` }, "Repositories", make("span", { class: "unseen" }, ` of ${name}`)),
            connection.has_file !== false && make("a", { class: "button", href: `#/connections/${nameOf([name])}` },
                session.can_change ? "Settings and test" : "Settings", make("span", { class: "unseen" }, ` of ${name}`))));
}

function drawProvider(provider) {
    const isUsable = provider.usable !== false;

    return make("li", { class: "card provider" },
        make("div", { class: "head" },
            make("h3", {}, provider.title ?? provider.name ?? provider.file),
            provider.version && make("span", { class: "muted" }, provider.version)),
        !isUsable && make("p", { class: "reason" }, badge("failing", "Cannot be used"), ` ${provider.reason}`),
        isUsable && session.can_change && make("p", { class: "actions" },
            make("a", { class: "button first", href: `#/connections/new/${nameOf([provider.name])}` }, `Connect ${provider.title}`)));
}

export async function showConnections(place, signal) {
    const list = make("ul", { class: "cards" });
    const empty = make("div");
    const products = make("div");
    let titles = new Map();

    const draw = (connections) => {
        redraw(list, connections.map((one) => drawConnection(one, titles)));
        list.hidden = !connections.length;
        redraw(empty, !connections.length && make("p", { class: "empty" }, "Nothing is connected yet. ",
            session.can_change ? "Choose a product below; it takes its address and an account." : "This login is read-only, and cannot connect."));
    };
    const refresh = async () => draw((await get("connections", signal)).connections);

    place.append(make("h1", {}, "Connections"), empty, list, products);
    const [{ providers }, { connections }] = await Promise.all([get("providers", signal), get("connections", signal)]);

    titles = new Map(providers.map((provider) => [provider.name, provider.title]));
    draw(connections);
    redraw(products, make("h2", { class: "section" }, "Products"),
        providers.length > 0
            ? make("ul", { class: "cards" }, providers.map(drawProvider))
            : make("p", { class: "empty" }, "No provider module was found. ", make("code", {}, "source-host providers"), " tells why."),
        make("p", { class: "muted" }, count(providers.length, "module"), " in the providers directory."));
    /* The event tells how connections are, but not which settings their files have. */
    hear("status", refresh, signal);
    hear("back", refresh, signal);
}
