/* repositories.js - the view of what a connection lists, by organization. */

import { get, hear, ofConnection, post, session } from "./api.js";
import { badge, count, does, fixedBy, isBusy, make, number, redraw, tags, tell, when } from "./draw.js";
import { nameOf, stateOf } from "./connections.js";
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
  #narrowFolded = new Set(); /* while something is looked for, all that is found is seen at first */
  query = "";
  filters = new Set();
  scrolled = 0;

  take({ organizations, repositories }) {
    this.organizations = new Map(organizations.map((one) => [one.key, { ...one, rows: [] }]));
    this.rows = new Map();
    for (const row of repositories)
      this.#add(row);
    this.#folded ??= new Set(repositories.length > FEW ? this.organizations.keys() : []);
  }

  #add(row) {
    const organization = this.organizations.get(row.organization);
    const item = { key: `r${row.id}`, level: 2, row, words: `${row.path} ${row.name} ${organization?.name}`.toLowerCase() };

    this.rows.set(row.id, item);
    organization?.rows.push(item);
  }

  /* Takes rows that changed. False: there are some that it cannot place, and it must be asked anew. */
  change({ organizations = [], repositories }) {
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

  get isNarrow() {
    return this.query !== "" || this.filters.size > 0;
  }

  get folded() {
    return this.isNarrow ? this.#narrowFolded : this.#folded;
  }

  look(query, filters) {
    this.query = query;
    this.filters = filters;
    this.#narrowFolded = new Set();
  }

  #match() {
    const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    const groups = Object.values(Object.groupBy(this.filters, (filter) => filter.group));

    return ({ row, words: own }) => words.every((word) => own.includes(word)) &&
      groups.every((group) => group.some((filter) => filter.has(row)));
  }

  /* What is to be shown, as items of the list; and how many repositories match. */
  items() {
    const match = this.isNarrow ? this.#match() : () => true;
    const items = [];
    let found = 0;

    for (const organization of this.organizations.values()) {
      const rows = organization.rows.filter(match);
      const isOpen = !this.folded.has(organization.key);

      found += rows.length;
      if (this.isNarrow && !rows.length)
        continue;
      items.push({ key: `o${organization.key}`, level: 1, organization, isOpen: rows.length ? isOpen : undefined });
      if (isOpen)
        rows.forEach((item, i) => items.push(Object.assign(item, { place: i + 1, of: rows.length })));
    }
    const tops = items.filter((item) => item.level === 1);

    tops.forEach((item, i) => Object.assign(item, { place: i + 1, of: tops.length }));
    return { items, found };
  }
}

/* What was looked for and unfolded is so again when one comes back. */
const catalogs = new Map();

const cell = (name, ...children) => make("div", { role: "gridcell", class: name }, ...children);

function drawState(row) {
  const state = row.import_state ?? "never";
  const isUnderWay = isBusy(state);
  const progress = isUnderWay && make("progress", {
    "aria-label": `${row.path}: ${state}`, max: row.total || null, value: row.total ? Math.min(row.done, row.total) : null,
  });
  const counted = isUnderWay && row.counted &&
    `${number(row.done)}${row.total ? ` of ${number(row.total)}` : ""} ${row.counted}`;
  const reason = row.failing && row.reason;

  return cell("state-cell", badge(state), progress,
    make("span.more", { title: reason || null },
      counted || reason || (state === "up to date" && when(row.last_success))));
}


function drawRepository(view, { row }) {
  const canAct = session.can_change && canImport(row);

  return [
    cell("name", make("a", { href: `#/repository/${nameOf([view.connection, row.id])}` }, row.path)),
    cell("tags", tags({ ...row, personal: false })), /* its organization says it */
    drawState(row),
    cell("act", row.fixed ? fixedBy(row.fixed)
      : canAct && make("button", { type: "button", "aria-label": `Import ${row.path}`, onclick: does(() => view.importThese({ paths: [row.path] }, row.path)) }, "Import")),
  ];
}

function drawSwitch(view, { key, auto_import: isOn, fixed }) {
  const word = isOn ? "On" : "Off";

  if (!session.can_change || fixed)
    return [`Auto-import: ${word.toLowerCase()} `, fixed && fixedBy(fixed)];
  return make("button", {
    type: "button", role: "switch", class: "switch", "aria-checked": String(Boolean(isOn)), "aria-label": `Auto-import of ${key}`,
    onclick: does(() => view.autoImport(key, !isOn)),
  }, make("span.track"), `Auto-import ${word.toLowerCase()}`);
}

function drawOrganization(view, { organization, isOpen }) {
  const { key, name, personal, rows } = organization;
  const imported = rows.filter(({ row }) => row.imported).length;
  const open = rows.filter(({ row }) => canImport(row)).length;

  return [
    cell("name", make("span.fold"), make("strong", key), name && name !== key && make("span.muted", ` ${name}`)),
    cell("tags", tags({ personal }), make("span.muted", `${number(imported)} of ${number(rows.length)} imported`)),
    cell("state-cell", drawSwitch(view, organization)),
    cell("act", session.can_change && open > 0 && make("button", {
      type: "button", "aria-label": `Import all of ${key}`, onclick: does(() => view.importThese({ organization: key }, key)),
    }, "Import all")),
  ];
}

class Chip {
  constructor(filter, view) {
    const id = `filter-${FILTERS.indexOf(filter)}`;

    this.filter = filter;
    this.box = make("input", { type: "checkbox", id, checked: view.catalog.filters.has(filter), onchange: () => view.look() });
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
    this.filters = FILTERS.map((filter) => new Chip(filter, this));
    this.empty = make("div");
    this.rows = make("div.rows", { role: "rowgroup" });
    this.everything = make("span");
    this.field = make("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false", value: this.catalog.query, oninput: () => this.look() });
    this.grid = make("div.grid", { role: "treegrid", "aria-label": `Repositories of ${connection}`, "aria-colcount": 4 },
      make("div", { role: "rowgroup" }, make("div.heads", { role: "row", "aria-rowindex": 1 },
        ["Repository", "Kind", "State", "Import"].map((head) => make("div", { role: "columnheader" }, head)))),
      this.rows);
    this.list = new List(this.rows, {
      draw: (item) => item.row ? drawRepository(this, item) : drawOrganization(this, item),
      open: (item) => item.row ? location.assign(`#/repository/${nameOf([connection, item.row.id])}`) : this.fold(item, !item.isOpen),
      fold: (item, isOpen) => this.fold(item, isOpen),
    }, signal);
    this.rows.addEventListener("click", ({ target }) => this.#click(target));
  }

  #click(target) {
    const key = target.closest("[role=row].level-1")?.dataset.key;

    if (key && !target.closest("button"))
      this.fold({ organization: this.catalog.organizations.get(key.slice(1)) }, this.catalog.folded.has(key.slice(1)));
  }

  fold({ organization }, isOpen) {
    if (isOpen)
      this.catalog.folded.delete(organization.key);
    else
      this.catalog.folded.add(organization.key);
    this.draw();
  }

  foldAll(isOpen) {
    for (const key of this.catalog.organizations.keys())
      this.catalog.folded[isOpen ? "delete" : "add"](key);
    this.draw();
  }

  look() {
    const chosen = this.filters.filter((chip) => chip.box.checked);

    this.catalog.look(this.field.value.trim(), new Set(chosen.map((chip) => chip.filter)));
    this.draw();
  }

  draw() {
    const { items, found } = this.catalog.items();
    const all = this.catalog.rows.size;

    this.grid.hidden = !items.length;
    this.list.show(items);
    this.found.textContent = this.catalog.isNarrow ? `${number(found)} of ${number(all)} match` : count(all, "repository", "repositories");
  }

  /* What is told of all of them, and how many each filter has. */
  drawAround(state) {
    const rows = [...this.catalog.rows.values()].map((item) => item.row);
    const open = rows.filter(canImport).length;

    redraw(this.summary, `${count(rows.length, "repository", "repositories")} in ${count(this.catalog.organizations.size, "organization")}, ${number(rows.filter((row) => row.imported).length)} imported. `,
      "Listed ", when(state?.last_listing), ".");
    for (const { filter, number: place } of this.filters)
      place.textContent = number(rows.filter(filter.has).length);
    redraw(this.everything, session.can_change && open > 0 &&
      make("button", { type: "button", id: "import-all", onclick: () => this.askForAll(open) }, "Import all"));
    redraw(this.empty, !rows.length && this.#drawEmpty(state));
  }

  #drawEmpty(state) {
    const isWaiting = !state?.last_listing && (!state || !["failing", "blocked"].includes(stateOf(state)[0]));

    return make("p.empty", isWaiting
      ? [make("progress", { "aria-label": "Listing" }), " The repositories are being listed, and appear here as soon as that is done."]
      : state.last_listing ? "The account sees no repository." : ["Nothing was listed yet. ", stateOf(state)[2]]);
  }

  async refresh() {
    const name = this.connection;
    const [catalog, { connections }] = await Promise.all([get(ofConnection(name, "/repositories"), this.signal), get("connections", this.signal)]);

    this.state = connections.find((one) => one.connection === name);
    this.catalog.take(catalog);
    this.drawAround(this.state);
    this.draw();
    this.list.refresh();
    return connections;
  }

  async change(detail) {
    if (detail.connection !== this.connection)
      return;
    if (!this.catalog.change(detail)) {
      await this.refresh();
      return;
    }
    const organizations = new Set([...(detail.organizations ?? []).map((one) => one.key), ...detail.repositories.map((row) => row.organization)]);

    this.drawAround(this.state);
    this.draw();
    this.list.refresh([...detail.repositories.map((row) => `r${row.id}`), ...[...organizations].map((key) => `o${key}`)]);
  }

  /* A listing that came to its end may have changed everything. */
  async status({ connections }) {
    const state = connections.find((one) => one.connection === this.connection);

    if (state && state.last_listing !== this.state?.last_listing)
      await this.refresh();
    else if (state && !this.catalog.rows.size)
      redraw(this.empty, this.#drawEmpty(this.state = state));
  }

  async importThese(which, what) {
    const { imported } = await post(ofConnection(this.connection, "/import"), which);

    tell(imported ? `${count(imported, "repository", "repositories")} of ${what} will be imported.` : `Nothing was left to import of ${what}.`);
  }

  async autoImport(organization, on) {
    await post(ofConnection(this.connection, "/auto-import"), { organization, on });
    Object.assign(this.catalog.organizations.get(organization), { auto_import: on });
    this.list.refresh([`o${organization}`]);
    tell(on ? `${organization}: auto-import is on; what is not imported yet will be, and what comes.`
      : `${organization}: auto-import is off; what was imported stays.`);
  }

  askForAll(open) {
    const dialog = make("dialog", { "aria-labelledby": "ask", onclose: () => dialog.remove() },
      make("h2", { id: "ask" }, `Import all ${count(open, "repository", "repositories")} of ${this.connection}?`),
      make("p", "Each is mirrored and its pull requests are read; that takes requests, time and room."),
      make("p.actions",
        make("button", {
          type: "button", class: "first", onclick: does(() => {
            dialog.close();
            return this.importThese({ all: true }, this.connection);
          }),
        }, `Import ${number(open)}`),
        make("button", { type: "button", onclick: () => dialog.close() }, "Cancel")));

    document.body.append(dialog);
    dialog.showModal();
  }
}

function chooser(connection, connections) {
  return connections.length > 1 && make("p.chooser",
    make("label", { for: "connection" }, "Connection"), " ",
    make("select", { id: "connection", onchange: ({ target }) => location.assign(`#/repositories/${nameOf([target.value])}`) },
      connections.map((one) => make("option", { selected: one.connection === connection }, one.connection))));
}

export async function showRepositories(place, signal, connection) {
  const choice = make("div");

  if (!connection) {
    place.append(make("h1", "Repositories"));
    const { connections } = await get("connections", signal);

    if (connections.length)
      location.replace(`#/repositories/${nameOf([connections[0].connection])}`);
    else
      place.append(make("p.empty", "Nothing is connected yet: ", make("a", { href: "#/connections" }, "connect a product"), " first."));
    return;
  }
  const view = new View(connection, signal);
  const { catalog } = view;
  const leave = () => {
    catalog.scrolled = scrollY;
  };

  place.append(make("div.head", make("h1", `Repositories of ${connection}`), choice), view.summary,
    make("div.tools",
      make("div.search", make("label", { for: "search" }, "Search"), view.field),
      make("fieldset.filters", make("legend.unseen", "Show only"), view.filters.map((chip) => chip.element)),
      make("div.outcome", view.found,
        make("div.actions",
          make("button.quiet", { type: "button", onclick: () => view.foldAll(true) }, "Unfold all"),
          make("button.quiet", { type: "button", onclick: () => view.foldAll(false) }, "Fold all"),
          view.everything))),
    view.empty, view.grid);
  redraw(choice, chooser(connection, await view.refresh()));
  scrollTo(0, catalog.scrolled);
  addEventListener("scroll", leave, { passive: true, signal });
  hear("repositories", (detail) => view.change(detail), signal);
  hear("status", (detail) => view.status(detail), signal);
  hear("back", () => view.refresh(), signal);
}
