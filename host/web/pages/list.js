/* list.js - a list of any length, of which only the rows in sight are drawn.
 *
 * It is a treegrid: Tab comes to it once, and in it the arrow keys go. The row that had the focus is
 * kept drawn wherever the window is scrolled to; by ARIA rows tell their place among all, since most
 * of the others are not there. All rows are of one height, which style.css sets.
 *
 * An item is {key, level, place, of, isOpen}: its place among those of its level under the same
 * parent; isOpen is undefined where there is nothing to fold. */

import { redraw } from "./draw.js";

const BEYOND = 5; /* rows drawn above and below what is in sight */
const CONTROLS = "a, button";

export class List {
  #rows;
  #does;
  #items = [];
  #index = new Map(); /* of items, by key */
  #drawn = new Map(); /* rows, by key */
  #active = null; /* the key of the row that Tab comes to */
  #column = 0; /* 0: the row itself, else its control of that number */
  #height = 0; /* of a row; 0: to be measured */
  #frame = 0;

  /* rows: where they are drawn; does: {draw(item): cells, open(item), fold(item, isOpen)} */
  constructor(rows, does, signal) {
    const measureAnew = () => {
      this.#height = 0;
      this.#soon();
    };

    this.#rows = rows;
    this.#does = does;
    addEventListener("scroll", () => this.#soon(), { passive: true, signal });
    addEventListener("resize", measureAnew, { signal });
    rows.addEventListener("keydown", (event) => this.#press(event));
    rows.addEventListener("focusin", ({ target }) => this.#enter(target));
    rows.addEventListener("click", ({ target }) => this.#click(target));
  }

  /* Shows these items instead; what stays keeps its row, and the focus. */
  show(items) {
    const had = this.#rows.contains(document.activeElement);
    const before = this.#index.get(this.#active) ?? 0;

    this.#items = items;
    this.#index = new Map(items.map((item, i) => [item.key, i]));
    if (!this.#index.has(this.#active))
      this.#active = items[Math.min(before, items.length - 1)]?.key ?? null;
    this.#rows.parentElement.ariaRowCount = String(items.length + 1);
    this.#draw();
    if (had && !this.#rows.contains(document.activeElement))
      this.#focus();
  }

  /* Draws anew what the rows hold. */
  refresh() {
    for (const [key, row] of this.#drawn) {
      const item = this.#itemOf(key);
      const had = row.contains(document.activeElement);
      const other = this.#make(item);

      this.#mark(other, item); /* only what is marked alike is seen to be the same */
      redraw(row, [...other.childNodes]);
      if (had && !row.contains(document.activeElement))
        this.#focus();
    }
  }

  #itemOf(key) {
    return this.#items[this.#index.get(key)];
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #measure() {
    if (this.#height || !this.#items.length)
      return;
    const probe = this.#make(this.#items[0]);

    this.#rows.append(probe);
    this.#height = probe.getBoundingClientRect().height;
    probe.remove();
  }

  #draw() {
    const wanted = new Set();

    this.#frame = 0;
    this.#measure();
    if (this.#height) {
      const top = -this.#rows.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor(top / this.#height) - BEYOND);
      const end = Math.min(this.#items.length, Math.ceil((top + innerHeight) / this.#height) + BEYOND);

      for (let i = first; i < end; i++)
        wanted.add(i);
    }
    if (this.#index.has(this.#active))
      wanted.add(this.#index.get(this.#active));
    this.#place([...wanted].sort((a, b) => a - b));
    this.#rows.style.height = `${this.#items.length * this.#height}px`;
  }

  /* Rows stand in the document as they are seen, for Tab and for screen readers. */
  #place(wanted) {
    const keys = new Set(wanted.map((i) => this.#items[i].key));
    let next = null;

    for (const [key, row] of this.#drawn)
      if (!keys.has(key)) {
        row.remove();
        this.#drawn.delete(key);
      }
    for (const i of wanted.reverse()) {
      const item = this.#items[i];
      const row = this.#drawn.get(item.key) ?? this.#make(item);

      this.#drawn.set(item.key, row);
      this.#mark(row, item);
      row.style.transform = `translateY(${i * this.#height}px)`;
      if (!row.isConnected || row.nextElementSibling !== next)
        this.#rows.insertBefore(row, next);
      next = row;
    }
  }

  #make(item) {
    const row = document.createElement("div");

    row.role = "row";
    row.className = `row level-${item.level}`;
    row.dataset.key = item.key;
    row.append(...this.#does.draw(item));
    return row;
  }

  #mark(row, item) {
    row.ariaRowIndex = String(this.#index.get(item.key) + 2);
    row.ariaLevel = String(item.level);
    row.ariaPosInSet = String(item.place);
    row.ariaSetSize = String(item.of);
    row.ariaExpanded = item.isOpen === undefined ? null : String(item.isOpen);
    this.#stops(row).forEach((stop, column) => {
      stop.tabIndex = item.key === this.#active && column === this.#columnOf(row) ? 0 : -1;
    });
  }

  /* Where the focus can be: the row, and its controls */
  #stops(row) {
    return [row, ...row.querySelectorAll(CONTROLS)];
  }

  #columnOf(row) {
    return Math.min(this.#column, this.#stops(row).length - 1);
  }

  #focus() {
    const row = this.#drawn.get(this.#active);

    if (!row)
      return;
    this.#stops(row)[this.#columnOf(row)].focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  #enter(target) {
    const row = target.closest("[role=row]");
    const before = this.#active;

    this.#active = row.dataset.key;
    this.#column = this.#stops(row).indexOf(target);
    for (const key of new Set([before, this.#active]))
      if (this.#drawn.has(key))
        this.#mark(this.#drawn.get(key), this.#itemOf(key));
  }

  #click(target) {
    const item = this.#itemOf(target.closest("[role=row]")?.dataset.key);

    if (item?.isOpen !== undefined && !target.closest(CONTROLS))
      this.#does.open(item);
  }

  #goTo(i) {
    const item = this.#items[Math.max(0, Math.min(i, this.#items.length - 1))];

    this.#active = item.key;
    this.#draw();
    this.#focus();
  }

  /* Right opens what is folded, then goes through the controls; Left goes back, then up. */
  #right(item, row) {
    if (this.#column === 0 && item.isOpen === false)
      this.#does.fold(item, true);
    else
      this.#stops(row)[this.#column + 1]?.focus();
  }

  #left(item, row, i) {
    if (this.#column > 0)
      this.#stops(row)[this.#column - 1].focus();
    else if (item.isOpen)
      this.#does.fold(item, false);
    else
      this.#goTo(this.#items.findLastIndex((one, at) => at < i && one.level < item.level));
  }

  #press(event) {
    const row = event.target.closest("[role=row]");
    const i = this.#index.get(row.dataset.key);
    const item = this.#items[i];
    const page = Math.max(1, Math.floor(innerHeight / this.#height) - 4);
    const keys = {
      ArrowDown: () => this.#goTo(i + 1),
      ArrowUp: () => this.#goTo(i - 1),
      PageDown: () => this.#goTo(i + page),
      PageUp: () => this.#goTo(i - page),
      Home: () => this.#goTo(0),
      End: () => this.#goTo(this.#items.length - 1),
      ArrowRight: () => this.#right(item, row),
      ArrowLeft: () => this.#left(item, row, i),
      Enter: event.target === row && (() => this.#does.open(item)),
    };

    if (event.ctrlKey || event.altKey || event.metaKey || !keys[event.key])
      return;
    event.preventDefault();
    keys[event.key]();
  }
}
