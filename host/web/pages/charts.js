/* charts.js - figures of numbers: an SVG for the eye, and a table behind it. */

import { count, dayText, make, makeSvg, number, table } from "./draw.js";

const HEIGHT = 170;
const AXIS = 46; /* room for the numbers on the left */
const FOOT = 22; /* and for the months below */
const TOP = 8;
const month = new Intl.DateTimeFormat(undefined, { month: "short" });

const sum = (values) => values.reduce((all, n) => all + (n ?? 0), 0);

function figure(title, told, ...content) {
  return make("figure.chart",
    make("figcaption", make("h3", title), make("p.muted", told)), content);
}

const behind = (title, heads, rows) =>
  make("details", make("summary", "As a table"), table(title, heads, rows));

/* A step of 1, 2, 5, 10, 20, ..., so that at most five of them reach the most. */
function stepOf(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));

  return Math.max(1, [0.2, 0.5, 1, 2].map((n) => n * power).find((step) => most / step <= 5));
}

function drawGrid(most, width, unit) {
  const step = stepOf(most);
  const top = Math.max(step, Math.ceil(most / step) * step);
  const y = (value) => TOP + (HEIGHT - FOOT - TOP) * (1 - value / top);
  const lines = [];

  for (let value = 0; value <= top; value += step)
    lines.push(
      makeSvg(value ? "line.rule" : "line.base", { x1: AXIS, x2: width, y1: y(value), y2: y(value) }),
      makeSvg("text.end", { x: AXIS - 6, y: y(value) + 4 }, number(value) + unit));
  return { y, lines };
}

/* The name of each month where it begins, and has room. */
function drawMonths(weeks, x) {
  const names = weeks.map((week) => month.format(new Date(`${week}T12:00:00`)));
  const begins = names.map((name, i) => i).filter((i) => names[i] !== names[i - 1]);

  return begins
    .filter((i, at) => (begins[at + 1] ?? weeks.length) - i > 1)
    .map((i) => makeSvg("text", { x: x(i), y: HEIGHT - 4 }, names[i]));
}

/* The series stand side by side in each week. */
function drawBars(weeks, series, unit, width) {
  const { y, lines } = drawGrid(Math.max(...series.flatMap(({ values }) => values)), width, unit);
  const slot = (width - AXIS) / weeks.length;
  const thick = Math.max(2, (slot - Math.max(2, slot / 4)) / series.length);
  const x = (i, n = 0) => AXIS + (i + 0.5) * slot + (n - series.length / 2) * thick;
  const bars = series.map(({ name, values, kind }, n) => values.map((value, i) => value > 0 &&
    makeSvg(`rect.${kind}`, { x: x(i, n), y: y(value), width: thick, height: y(0) - y(value) },
      makeSvg("title", `Week of ${dayText(weeks[i])}: ${number(value)}${unit} ${name}`))));

  return [lines, drawMonths(weeks, x), bars];
}

/* An SVG as wide as its place, drawn anew when that changes: letters keep their size. */
function makeSized(label, draw) {
  const svg = makeSvg("svg", { role: "img", "aria-label": label, height: HEIGHT, width: "100%" });

  new ResizeObserver(([{ contentRect }]) => {
    const width = Math.round(contentRect.width);
    const box = `0 0 ${width} ${HEIGHT}`;

    if (!width || svg.getAttribute("viewBox") === box)
      return;
    svg.setAttribute("viewBox", box);
    svg.replaceChildren(...draw(width).flat(Infinity).filter(Boolean));
  }).observe(svg);
  return svg;
}

function tellMost({ name, values }, weeks, unit) {
  const most = Math.max(...values.map((value) => value ?? 0));
  const at = `at most ${number(most)}${unit} in the week of ${dayText(weeks[values.indexOf(most)])}`;

  return unit ? at : `${number(sum(values))} ${name}, ${at}`;
}

/* weeks: their Mondays; series: [{name, values, kind}], null where a week has none */
export function weekly(title, weeks, series, unit = "") {
  const heads = ["Week of", ...series.map(({ name }) => name)];
  const cell = (value) => value === null ? "–" : number(value) + unit;

  if (!series.some(({ values }) => values.some((value) => value > 0)))
    return figure(title, weeks.length ? `None from ${dayText(weeks[0])} on.` : "None yet.");
  const told = `${series.map((one) => tellMost(one, weeks, unit)).join("; ")}.`;

  return figure(title, told,
    series.length > 1 && make("p.legend", series.map(({ name, kind }) => make(`span.${kind}`, name))),
    makeSized(`${title}: ${told}`, (width) => drawBars(weeks, series, unit, width)),
    behind(title, heads, weeks.map((week, i) =>
      [dayText(week), ...series.map(({ values }) => cell(values[i]))])));
}

const MOST = 10; /* people drawn on each side; the table has all */
const CELL = 34;
const LEFT = 150; /* room for the reviewers' names */
const HEAD = 96; /* and for the authors' */

const short = (name) => name.length > 20 ? `${name.slice(0, 19)}…` : name;

/* Those with the most reviews */
function mostOf(pairs, member) {
  const totals = new Map();

  for (const pair of pairs)
    totals.set(pair[member], (totals.get(pair[member]) ?? 0) + pair.count);
  return [...totals].sort((a, b) => b[1] - a[1]).slice(0, MOST).map(([name]) => name);
}

function drawMatrix(pairs, label) {
  const authors = mostOf(pairs, "author");
  const reviewers = mostOf(pairs, "reviewer");
  const most = Math.max(...pairs.map((pair) => pair.count));
  const right = LEFT + authors.length * CELL;
  const [width, height] = [right + 70, HEAD + reviewers.length * CELL];
  const x = (author) => LEFT + (authors.indexOf(author) + 0.5) * CELL;
  const y = (reviewer) => HEAD + (reviewers.indexOf(reviewer) + 0.5) * CELL;

  return makeSvg("svg",
    { role: "img", "aria-label": label, width, height, viewBox: `0 0 ${width} ${height}` },
    reviewers.map((name) => [
      makeSvg("line.rule", { x1: LEFT, x2: right, y1: y(name), y2: y(name) }),
      makeSvg("text.end", { x: LEFT - 10, y: y(name) + 4 }, short(name), makeSvg("title", name)),
    ]),
    authors.map((name) =>
      makeSvg("text", { transform: `translate(${x(name) - 2} ${HEAD - 12}) rotate(-40)` },
        short(name), makeSvg("title", name))),
    pairs.filter(({ author, reviewer }) => authors.includes(author) && reviewers.includes(reviewer))
      .map(({ author, reviewer, count: n }) => [
        makeSvg("circle.first", { cx: x(author), cy: y(reviewer), r: 5 + 10 * Math.sqrt(n / most) },
          makeSvg("title", `${reviewer} reviews ${author}: ${number(n)}`)),
        makeSvg("text.inside", { x: x(author), y: y(reviewer) + 4 }, number(n)),
      ]));
}

/* Who reviews whom: the area of a circle is how often. pairs: those with the most first */
export function matrix(title, pairs) {
  if (!pairs.length)
    return figure(title, "No review yet.");
  const [{ author, reviewer }] = pairs;
  const all = count(sum(pairs.map((pair) => pair.count)), "review");
  const told = `${all}; most often ${reviewer} reviews ${author}.`;

  return figure(title, told,
    make("div.scroller", { tabindex: 0, role: "group", "aria-label": title },
      drawMatrix(pairs, `${title}: ${told}`)),
    behind(title, ["Reviewer", "Author", "Reviews"],
      pairs.map((pair) => [pair.reviewer, pair.author, number(pair.count)])));
}
