/* charts.js - figures of numbers: an SVG for the eye, and the same as a table. */

import { count, dayText, make, makeSvg, number, table } from "./draw.js";

const HEIGHT = 170;
const AXIS = 36; /* room for the numbers on the left */
const FOOT = 22; /* and for the months below */
const MOST = 10; /* people in the matrix of reviews; the table has all */
const month = new Intl.DateTimeFormat(undefined, { month: "short" });

const sum = (values) => values.reduce((all, n) => all + (n ?? 0), 0);

/* The least of 1, 2, 5, 10, 20, ... steps that goes three to five times into the most. */
function stepOf(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most) / 4));

  return Math.max([1, 2, 5, 10].map((n) => n * power).find((step) => most / step <= 4.5), power >= 1 ? 1 : power);
}

function drawGrid(most, width, unit) {
  const step = Math.max(1, stepOf(most));
  const top = Math.max(step, Math.ceil(most / step) * step);
  const y = (value) => 8 + (HEIGHT - FOOT - 8) * (1 - value / top);
  const lines = [];

  for (let value = 0; value <= top; value += step)
    lines.push(makeSvg("line", { x1: AXIS, x2: width, y1: y(value), y2: y(value), class: value ? "rule" : "base" }),
      makeSvg("text.end", { x: AXIS - 6, y: y(value) + 4 }, number(value) + unit));
  return { y, lines };
}

function drawMonths(weeks, x) {
  const named = weeks.map((week, i) => ({ i, name: month.format(new Date(`${week}T12:00:00`)) }))
    .filter(({ i, name }, _, all) => i === 0 || all[i - 1].name !== name);

  /* The first is left out where the second begins right beside it. */
  return named.filter(({ i }, at) => (named[at + 1]?.i ?? Infinity) - i > 2 && i < weeks.length - 1)
    .map(({ i, name }) => makeSvg("text", { x: x(i), y: HEIGHT - 4 }, name));
}

/* series: [{name, values, kind}], drawn side by side in each week */
function drawBars({ weeks, series, unit = "" }, width) {
  const { y, lines } = drawGrid(Math.max(0, ...series.flatMap(({ values }) => values)), width, unit);
  const slot = (width - AXIS) / weeks.length;
  const thick = Math.max(2, (slot - Math.max(2, slot * 0.25)) / series.length);
  const x = (i, n = 0) => AXIS + i * slot + (slot - thick * series.length) / 2 + n * thick;
  const bars = series.flatMap(({ name, values, kind }, n) => values.map((value, i) => value > 0 &&
    makeSvg("rect", { x: x(i, n), y: y(value), width: thick, height: y(0) - y(value), class: kind },
      makeSvg("title", `Week of ${dayText(weeks[i])}: ${number(value)}${unit} ${name}`))));

  return [lines, drawMonths(weeks, x), bars];
}

/* An SVG that is as wide as its place, drawn anew when that changes: letters keep their size. */
function makeSized(label, draw) {
  const svg = makeSvg("svg", { role: "img", "aria-label": label, height: HEIGHT, width: "100%" });
  let drawn = 0;

  new ResizeObserver(([{ contentRect }]) => {
    const width = Math.round(contentRect.width);

    if (!width || width === drawn)
      return;
    drawn = width;
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    svg.replaceChildren(...draw(width).flat(Infinity).filter(Boolean));
  }).observe(svg);
  return svg;
}

const figure = (title, told, ...children) => make("figure.chart",
  make("figcaption", make("h3", title), make("p.muted", told)), ...children);

const behind = (title, heads, rows) => make("details", make("summary", "As a table"), table(title, heads, rows));

function told({ weeks, series, unit = "" }) {
  const parts = series.map(({ name, values }) => {
    const most = Math.max(...values.map((value) => value ?? 0));

    return `${unit ? "" : `${number(sum(values))} ${name}, `}at most ${number(most)}${unit} in the week of ${dayText(weeks[values.indexOf(most)])}`;
  });

  return `${parts.join("; ")}.`;
}

/* options: {title, weeks, series, unit} */
export function weekly(options) {
  const { title, weeks, series, unit = "" } = options;

  if (!series.some(({ values }) => values.some((value) => value !== null && value > 0)))
    return figure(title, weeks.length ? `None from ${dayText(weeks[0])} on.` : "None yet.");
  const text = told(options);

  return figure(title, text,
    series.length > 1 && make("p.legend", series.map(({ name, kind }) => make("span", { class: kind }, name))),
    makeSized(`${title}: ${text}`, (width) => drawBars(options, width)),
    behind(title, ["Week of", ...series.map(({ name }) => name)], weeks.map((week, i) =>
      [dayText(week), ...series.map(({ values }) => values[i] === null ? "–" : number(values[i]) + unit)])));
}

const byCount = (pairs, member) => {
  const totals = new Map();

  for (const pair of pairs)
    totals.set(pair[member], (totals.get(pair[member]) ?? 0) + pair.count);
  return [...totals].sort((a, b) => b[1] - a[1]).slice(0, MOST).map(([name]) => name);
};

const CELL = 34;
const NAMES = 150; /* room for the reviewers' names */

const short = (name) => name.length > 20 ? `${name.slice(0, 19)}…` : name;

/* Who reviews whom: a circle's area is how often. */
export function matrix(title, pairs) {
  const authors = byCount(pairs, "author");
  const reviewers = byCount(pairs, "reviewer");
  const most = Math.max(1, ...pairs.map((pair) => pair.count));

  if (!pairs.length)
    return figure(title, "No review yet.");
  const head = 96;
  const width = NAMES + authors.length * CELL + 70;
  const height = head + reviewers.length * CELL;
  const x = (author) => NAMES + (authors.indexOf(author) + 0.5) * CELL;
  const y = (reviewer) => head + (reviewers.indexOf(reviewer) + 0.5) * CELL;
  const drawn = pairs.filter((pair) => authors.includes(pair.author) && reviewers.includes(pair.reviewer));
  const [first] = pairs;
  const text = `${count(sum(pairs.map((pair) => pair.count)), "review")}; most often ${first.reviewer} reviews ${first.author}.`;

  return figure(title, text,
    make("div.scroller", { tabindex: 0, role: "group", "aria-label": title },
      makeSvg("svg", { role: "img", "aria-label": `${title}: ${text}`, width, height, viewBox: `0 0 ${width} ${height}` },
        reviewers.map((name) => [
          makeSvg("line.rule", { x1: NAMES, x2: NAMES + authors.length * CELL, y1: y(name), y2: y(name) }),
          makeSvg("text.end", { x: NAMES - 10, y: y(name) + 4 }, short(name), makeSvg("title", `${name} reviews`))]),
        authors.map((name) => makeSvg("text", { x: 0, y: 0, transform: `translate(${x(name) - 2} ${head - 12}) rotate(-40)` }, short(name), makeSvg("title", name))),
        drawn.map((pair) => [
          makeSvg("circle.first", { cx: x(pair.author), cy: y(pair.reviewer), r: 5 + 10 * Math.sqrt(pair.count / most) },
            makeSvg("title", `${pair.reviewer} reviews ${pair.author}: ${number(pair.count)}`)),
          makeSvg("text.inside", { x: x(pair.author), y: y(pair.reviewer) + 4 }, number(pair.count))]))),
    behind(title, ["Reviewer", "Author", "Reviews"], pairs.map((pair) => [pair.reviewer, pair.author, number(pair.count)])));
}
