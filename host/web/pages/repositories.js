/* repositories.js - the view of what a connection lists, by organization. */

import { get, hear, ofConnection, post, session } from "./api.js";
import {
  badge, button, count, countRepositories, fixedBy, make, number, progressOf, prose, redraw, tags,
  tell, to, when,
} from "./draw.js";
import { stateOf } from "./connections.js";
import { List } from "./list.js";

const FEW = 200; /* of at most so many repositories all organizations are unfolded at first */

/* Those of one group widen each other, those of two narrow each other. */
const FILTERS = [
  { name: "Not imported", group: 1, has: (row) => !row.imported },
  { name: "Imported", group: 1, has: (row) => row.imported },
  { name: "Failing", group: 1, has: (row) => row.failing },
  { name: "Archived", group: 2, has: (row) => row.archived },
  { name: "Personal", group: 2, has: (row) => row.personal },
];

const canImport = (row) => !row.imported && !row.fixed && row.listed;

/* What a connection lists, and which of it is looked for. */
class Catalog {
  #folded = null; /* keys of organizations; null: not decided yet */
  #foundFolded = new Set(); /* while something is looked for: then all that is found is seen at first */
  organizations = new Map();
  rows = new Map(); /* items of the list, by id */
  query = "";
  filters = new Set();
  scrolled = 0;

  take({ organizations, repositories }) {
    this.organizations = new Map(organizations.map((one) => [one.key, { ...one, items: [] }]));
    this.rows = new Map();
    for (const row of repositories)
      this.#add(row);
    if (repositories.length)
      this.#folded ??= new Set(repositories.length > FEW ? this.organizations.keys() : []);
  }

  #add(row) {
    const organization = this.organizations.get(row.organization);
    const words = `${row.path} ${row.name} ${organization?.name}`.toLowerCase();
    const item = { key: `r${row.id}`, level: 2, row, words };

    this.rows.set(row.id, item);
    organization?.items.push(item);
  }

  /* Takes what has changed. False: it was too much, or cannot be placed: all is to be asked for anew. */
  change({ many, organizations = [], repositories }) {
    if (many)
      return false;
    for (const one of organizations) {
      if (!this.organizations.has(one.key))
        return false;
      Object.assign(this.organizations.get(one.key), one);
    }
    for (const row of repositories) {
      const item = this.rows.get(row.id);

      if (item?.row.path !== row.path)
        return false;
      Object.assign(item.row, row);
    }
    return true;
  }

  get all() {
    return [...this.rows.values()].map((item) => item.row);
  }

  get isNarrow() {
    return this.query !== "" || this.filters.size > 0;
  }

  get folded() {
    return this.isNarrow ? this.#foundFolded : this.#folded ?? this.#foundFolded;
  }

  look(query, filters) {
    this.query = query;
    this.filters = new Set(filters);
    this.#foundFolded = new Set();
  }

  #matcher() {
    const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    const groups = Object.values(Object.groupBy(this.filters, ({ group }) => group));

    return (item) => words.every((word) => item.words.includes(word)) &&
      groups.every((group) => group.some((filter) => filter.has(item.row)));
  }

  /* What is to be shown, as items of the list; and how many repositories match. */
  find() {
    const matches = this.isNarrow ? this.#matcher() : () => true;
    const items = [];
    const tops = [];
    let found = 0;

    for (const organization of this.organizations.values()) {
      const matching = organization.items.filter(matches);
      const isOpen = matching.length > 0 ? !this.folded.has(organization.key) : undefined;

      found += matching.length;
      if (this.isNarrow && !matching.length)
        continue;
      tops.push({ key: `o${organization.key}`, level: 1, organization, isOpen, place: tops.length + 1 });
      items.push(tops.at(-1));
      if (isOpen)
        matching.forEach((item, i) =>
          items.push(Object.assign(item, { place: i + 1, of: matching.length })));
    }
    for (const top of tops)
      top.of = tops.length;
    return { items, found };
  }
}

/* What was looked for and unfolded is so again when one comes back. */
const catalogs = new Map();

const tellOf = (what) => (n) => n > 0
  ? `${countRepositories(n)} of ${what} will be imported.` : `Nothing was left to import of ${what}.`;

/* Rows: what is drawn in the cells of each */

const cell = (name, ...content) => make(`div.${name}`, { role: "gridcell" }, content);

function drawState(row) {
  const reason = row.failing && row.reason;

  return cell("state-cell", badge(row.import_state), progressOf(row),
    reason && make("span.more", { title: reason }, reason),
    row.import_state === "up to date" && make("span.more", when(row.last_success)));
}

function drawRepository(view, row) {
  const importIt = () => view.importThese({ paths: [row.path] }, () => `${row.path} will be imported.`);

  return [
    cell("name", make("a", { href: to("repository", view.connection, row.id) }, row.path)),
    cell("tags", tags({ ...row, personal: false })), /* its organization tells that */
    drawState(row),
    cell("act", row.fixed
      ? fixedBy(row.fixed)
      : session.can_change && canImport(row) &&
        button("button", { "aria-label": `Import ${row.path}` }, importIt, "Import")),
  ];
}

function drawSwitch(view, { key, auto_import: isOn, fixed }) {
  const word = `Auto-import ${isOn ? "on" : "off"}`;

  if (!session.can_change || fixed)
    return make("span.switched", word, fixed && [" ", fixedBy(fixed)]);
  return button("button.switch", {
    role: "switch", "aria-checked": String(Boolean(isOn)), "aria-label": `Auto-import of ${key}`,
  }, () => view.autoImport(key, !isOn), make("span.track"), word);
}

function drawOrganization(view, organization) {
  const { key, name, personal, items } = organization;
  const imported = items.filter(({ row }) => row.imported).length;
  const importAll = () => view.importThese({ organization: key }, tellOf(key));

  return [
    cell("name", make("span.fold"), make("strong", key),
      name && name !== key && make("span.muted", ` ${name}`)),
    cell("tags", tags({ personal }),
      make("span.muted", items.length > 0
        ? `${number(imported)} of ${number(items.length)} imported` : "no repository")),
    cell("state-cell", drawSwitch(view, organization)),
    cell("act", session.can_change && items.some(({ row }) => canImport(row)) &&
      button("button", { "aria-label": `Import all of ${key}` }, importAll, "Import all")),
  ];
}

/* A filter that can be chosen, and how many it has. */
class Chip {
  constructor(filter, isChosen, onchange) {
    const id = `filter-${FILTERS.indexOf(filter)}`;

    this.filter = filter;
    this.box = make("input", { type: "checkbox", id, checked: isChosen, onchange });
    this.number = make("span.muted");
    this.element = make("span.chip", this.box, make("label", { for: id }, filter.name, " ", this.number));
  }
}

class View {
  constructor(connection, signal) {
    this.connection = connection;
    this.signal = signal;
    this.catalog = catalogs.get(connection) ?? new Catalog();
    catalogs.set(connection, this.catalog);
    this.summary = make("p.summary");
    this.found = make("p.found", { role: "status" });
    this.chips = FILTERS.map((filter) =>
      new Chip(filter, this.catalog.filters.has(filter), () => this.look()));
    this.field = make("input", {
      type: "search", id: "search", autocomplete: "off", spellcheck: "false",
      value: this.catalog.query, oninput: () => this.look(),
    });
    this.everything = make("span");
    this.tools = this.#drawTools();
    this.empty = make("div");
    this.rows = make("div.rows", { role: "rowgroup" });
    this.grid = this.#drawGrid();
    this.list = new List(this.rows, {
      draw: ({ row, organization }) =>
        row ? drawRepository(this, row) : drawOrganization(this, organization),
      open: (item) => this.#open(item),
      fold: ({ organization }, isOpen) => this.fold([organization.key], isOpen),
    }, signal);
  }

  #drawGrid() {
    const heads = ["Repository", "Kind", "State", "Import"];
    const label = `Repositories of ${this.connection}`;

    return make("div.grid", { role: "treegrid", "aria-label": label, "aria-colcount": heads.length },
      make("div", { role: "rowgroup" }, make("div.heads", { role: "row", "aria-rowindex": 1 },
        heads.map((head) => make("div", { role: "columnheader" }, head)))),
      this.rows);
  }

  #open({ row, organization }) {
    if (row)
      location.hash = to("repository", this.connection, row.id);
    else
      this.fold([organization.key], this.catalog.folded.has(organization.key));
  }

  fold(keys, isOpen) {
    for (const key of keys)
      this.catalog.folded[isOpen ? "delete" : "add"](key);
    this.draw();
  }

  look() {
    const chosen = this.chips.filter(({ box }) => box.checked).map(({ filter }) => filter);

    this.catalog.look(this.field.value.trim(), chosen);
    this.draw();
  }

  /* What matches */
  draw() {
    const { items, found } = this.catalog.find();
    const all = this.catalog.rows.size;

    this.grid.hidden = !items.length;
    this.list.show(items);
    this.found.textContent = this.catalog.isNarrow
      ? `${number(found)} of ${number(all)} match` : countRepositories(all);
  }

  /* What is told of all of them */
  drawAround() {
    const { all, organizations } = this.catalog;
    const open = all.filter(canImport).length;
    const imported = all.filter((row) => row.imported).length;

    this.summary.hidden = this.tools.hidden = !all.length;
    redraw(this.summary,
      `${countRepositories(all.length)} in ${count(organizations.size, "organization")}, `,
      `${number(imported)} imported. Listed `, when(this.state?.last_listing), ".");
    for (const chip of this.chips)
      chip.number.textContent = number(all.filter(chip.filter.has).length);
    redraw(this.everything, session.can_change && open > 0 && make("button",
      { type: "button", id: "import-all", onclick: () => this.#askForAll(open) }, "Import all"));
    redraw(this.empty, !all.length && this.#drawEmpty());
  }

  #drawEmpty() {
    const [state, , reason] = this.state ? stateOf(this.state) : [];

    if (this.state?.last_listing)
      return make("p.empty", "The account sees no repository.");
    if (state === "failing" || state === "blocked")
      return make("p.empty", "Nothing could be listed yet. ", prose(reason));
    return make("p.empty", make("progress", { "aria-label": "Listing" }),
      " The repositories are being listed, and appear here as soon as that is done.");
  }

  /* Asks for all of it; gives the connections that there are. */
  async refresh() {
    const [catalog, { connections }] = await Promise.all([
      get(ofConnection(this.connection, "/repositories"), this.signal), get("connections", this.signal),
    ]);

    this.state = connections.find((one) => one.connection === this.connection);
    this.catalog.take(catalog);
    this.drawAround();
    this.draw();
    this.list.refresh();
    return connections;
  }

  async change(changed) {
    if (changed.connection !== this.connection)
      return;
    if (!this.catalog.change(changed)) {
      await this.refresh();
      return;
    }
    this.drawAround();
    this.draw();
    this.list.refresh();
  }

  /* A listing that came to its end may have changed everything. */
  async takeStatus({ connections }) {
    const state = connections.find((one) => one.connection === this.connection);

    if (state && state.last_listing !== this.state?.last_listing) {
      await this.refresh();
    } else {
      Object.assign(this.state ?? {}, state);
      this.drawAround();
    }
  }

  async importThese(which, told) {
    const { imported } = await post(ofConnection(this.connection, "/import"), which);

    tell(told(imported));
  }

  async autoImport(organization, on) {
    await post(ofConnection(this.connection, "/auto-import"), { organization, on });
    Object.assign(this.catalog.organizations.get(organization), { auto_import: on });
    this.list.refresh();
    tell(on
      ? `${organization}: auto-import is on; what is not imported yet will be, and what comes.`
      : `${organization}: auto-import is off; what was imported stays.`);
  }

  #askForAll(open) {
    const close = () => dialog.close();
    const importAll = () => {
      close();
      return this.importThese({ all: true }, tellOf(this.connection));
    };
    const dialog = make("dialog", { "aria-labelledby": "ask", onclose: () => dialog.remove() },
      make("h2", { id: "ask" }, `Import all ${countRepositories(open)} of ${this.connection}?`),
      make("p", "Each is mirrored and its pull requests are read; that takes requests, time and room."),
      make("p.actions",
        button("button.first", {}, importAll, `Import ${number(open)}`),
        button("button", {}, close, "Cancel")));

    document.body.append(dialog);
    dialog.showModal();
  }

  #drawTools() {
    const keys = () => this.catalog.organizations.keys();

    return make("div.tools",
      make("div.search", make("label", { for: "search" }, "Search"), this.field),
      make("fieldset.filters", make("legend.unseen", "Show only"),
        this.chips.map((chip) => chip.element)),
      make("div.outcome", this.found,
        make("div.actions",
          button("button.quiet", {}, () => this.fold(keys(), true), "Unfold all"),
          button("button.quiet", {}, () => this.fold(keys(), false), "Fold all"),
          this.everything)));
  }

  get elements() {
    return [this.summary, this.tools, this.empty, this.grid];
  }
}

function chooser(connection, connections) {
  const go = ({ target }) => {
    location.hash = to("repositories", target.value);
  };

  return connections.length > 1 && make("p.chooser",
    make("label", { for: "connection" }, "Connection"), " ",
    make("select", { id: "connection", onchange: go },
      connections.map(({ connection: name }) => make("option", { selected: name === connection }, name))));
}

/* Without a connection: the first that there is */
async function choose(place, signal) {
  place.append(make("h1", "Repositories"));
  const { connections: [first] } = await get("connections", signal);

  if (first)
    location.replace(to("repositories", first.connection));
  else
    place.append(make("p.empty", "Nothing is connected yet: ",
      make("a", { href: to("connections") }, "connect a product"), " first."));
}

export async function showRepositories(place, signal, connection) {
  if (!connection) {
    await choose(place, signal);
    return;
  }
  const view = new View(connection, signal);
  const choice = make("div");
  const keep = () => {
    view.catalog.scrolled = scrollY;
  };

  place.append(make("div.head", make("h1", `Repositories of ${connection}`), choice), ...view.elements);
  redraw(choice, chooser(connection, await view.refresh()));
  scrollTo(0, view.catalog.scrolled);
  addEventListener("scroll", keep, { passive: true, signal });
  hear("repositories", (changed) => view.change(changed), signal);
  hear("status", (status) => view.takeStatus(status), signal);
  hear("back", () => view.refresh(), signal);
}
