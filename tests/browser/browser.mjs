/* browser.mjs - what a case has: a browser, the pages in it, and the one who started us.
 *
 * test-browser.py starts the servers and us. We write to it, a line of JSON each, what it shall do
 * (restart source-host), and it answers with a line. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

/* {url, token, readOnly, fake, chromium, modules, screenshots}: addresses, tokens and folders */
export const given = JSON.parse(process.env.SH_CASE);

const require = createRequire(`${given.modules}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE_MS = 60000;
const LOG = `${given.screenshots}/${process.argv[2]}.net.json`;
const OPTIONS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", `--log-net-log=${LOG}`,
];

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/* Has test-browser.py do something. */
export async function askFor(what) {
  console.log(JSON.stringify(what));
  return JSON.parse((await answers.next()).value);
}

/* Asks /_control of the fake Bitbucket Server. */
export async function control(method, name, settings) {
  const response = await fetch(`${given.fake}/_control/${name}`, {
    method, body: settings && JSON.stringify(settings),
  });

  assert.equal(response.status, 200);
  return response.json();
}

export const failuresOf = async (name) =>
  (await control("GET", "users")).find((user) => user.name === name).failures;

let browser;
let tab;
const faults = [];

/* A window of its own, logged in where there is a token. */
export async function open(route = "#/connections", { width = 1280, scheme = "light", token = given.token } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 700 : 850 }, colorScheme: scheme, reducedMotion: "reduce",
  });

  context.setDefaultTimeout(PATIENCE_MS);
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== given.url)
      faults.push(`a request to ${request.url()}`);
  });
  context.on("weberror", (error) => faults.push(String(error.error().stack)));
  tab = await context.newPage();
  if (token) {
    await tab.goto(`${given.url}/#token=${token}`);
    await tab.locator("#bar").waitFor();
    assert.ok(!tab.url().includes("token"), "the token is taken out of the address");
  }
  await tab.goto(`${given.url}/${route}`);
  return tab;
}

/* Another tab of the same login */
export async function openBeside(page, route) {
  const other = await page.context().newPage();

  await other.goto(`${given.url}/${route}`);
  return other;
}

/* Waits for a text in the page, as people would. */
export const see = (page, text) => page.getByText(text).first().waitFor();

export const screenshot = (page, name, options) =>
  page.screenshot({ path: `${given.screenshots}/${name}.png`, ...options });

/* Nothing in the page that axe-core finds wrong, and nothing that sticks out of the window. */
export async function checkAccess(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const told = violations.map((one) =>
    `${name}: ${one.id}: ${one.help}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);

  assert.deepEqual(told, []);
  assert.ok(width <= page.viewportSize().width, `${name}: it is ${width} wide`);
}

/* An event stands on a line; the end may not be written yet. */
function readLog() {
  const text = readFileSync(LOG, "utf8");

  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(`${text.slice(0, text.lastIndexOf("},\n") + 1)}]}`);
  }
}

/* What the browser itself spoke to, by its own log. */
function checkNetwork() {
  const { constants, events } = readLog();
  const attempt = constants.logEventTypes.TCP_CONNECT_ATTEMPT;
  const addresses = events.filter((event) => event.type === attempt && event.params?.address)
    .map((event) => event.params.address);

  assert.ok(addresses.length > 0);
  for (const address of addresses)
    assert.match(address, /^(127\.0\.0\.1|\[::1\]):/);
}

export async function play(name, act) {
  mkdirSync(given.screenshots, { recursive: true });
  browser = await chromium.launch({ executablePath: given.chromium, args: OPTIONS });
  try {
    await act();
    assert.deepEqual(faults, []);
  } catch (error) {
    await screenshot(tab, `${name}-failed`, { fullPage: true }).catch(() => {});
    throw error;
  } finally {
    await browser.close();
  }
  checkNetwork();
  rmSync(LOG);
}
