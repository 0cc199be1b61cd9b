/* flows.mjs - what people do with the page. */

import assert from "node:assert/strict";
import { askFor, control, failuresOf, given, open, openBeside, screenshot, see } from "./browser.mjs";

const PASSWORD = "s3cret pass:wörd";
const WITHOUT_DOUBT = 2500; /* ms in which a page would have been told */

const row = (page, path) => page.getByRole("row").filter({ hasText: path });
const importOf = (page, path) => page.getByRole("button", { name: `Import ${path}`, exact: true });

async function fillIn(page, password = PASSWORD) {
  await page.getByLabel(/^Name/).fill("acme");
  await page.getByLabel("Base URL").fill(given.bitbucket);
  await page.getByLabel("Username").fill("flow-service");
  await page.getByLabel("Password", { exact: true }).fill(password);
}

/* From nothing to an imported organization */
export async function empty_to_imported() {
  const page = await open();

  await see(page, "Nothing is connected yet");
  await page.getByRole("link", { name: "Connect Bitbucket Server" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await see(page, "required");
  assert.equal(await page.evaluate(() => document.activeElement.name), "base_url");
  await fillIn(page);
  await page.getByRole("button", { name: "Test connection" }).click();
  await see(page, "It works");
  assert.ok(await page.locator(".checks li").count() > 8);
  await screenshot(page, "tested");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /PLAT/ }).first().waitFor();
  await page.getByRole("button", { name: "Import all of PLAT" }).click();
  await row(page, "PLAT/api").getByText("Up to date").waitFor();
  await row(page, "PLAT/web").getByText("Up to date").waitFor();
  await page.getByRole("link", { name: "PLAT/api" }).click();
  await see(page, "Commits a week");
  await see(page, "was said");
  await screenshot(page, "repository", { fullPage: true });
  await page.goto(`${given.url}/#/connections/acme`);
  await see(page, "Set; leave empty to keep");
  assert.ok(!(await page.content()).includes(PASSWORD));
}

/* A bar that moves, and says how far it is */
export async function progress() {
  const page = await open("#/repositories/acme");

  /* The last ones wait until it was seen that they are missing. */
  await control("POST", "fault", { kind: "slow", path: "/activities", skip: 20, pause_ms: 60000 });
  await importOf(page, "PLAT/api").click();
  await page.getByRole("progressbar").first().waitFor();
  await see(page, /\d+ of \d+ pull requests/);
  await screenshot(page, "progress");
  await control("DELETE", "fault");
  await row(page, "PLAT/api").getByText("Up to date").waitFor();
}

/* One failed login at the server, and the reason where the password is typed */
export async function wrong_password() {
  const page = await open("#/connections/new/bitbucket-server");

  await fillIn(page, "wrong");
  await page.getByRole("button", { name: "Test connection" }).click();
  await see(page, "It does not work");
  await page.locator("#setting-password-problem").getByText(/password|login/).waitFor();
  await screenshot(page, "wrong-password");
  assert.equal(await failuresOf("flow-service"), 1);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").getByText("What to do").waitFor();
  await page.waitForTimeout(WITHOUT_DOUBT);
  assert.equal(await failuresOf("flow-service"), 1);
  await page.goto(`${given.url}/#/connections/acme`);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Connections" }).waitFor();
  await page.goto(`${given.url}/#/repositories/acme`);
  await page.getByRole("row", { name: /PLAT/ }).first().waitFor();
  await page.getByRole("alert").first().waitFor({ state: "detached" });
}

/* Told with its remedy on top of each view, until it is cleared and somebody says resume */
export async function captcha() {
  const page = await open("#/repositories/acme");
  const problem = page.getByRole("region", { name: "Problems" });

  for (const route of ["#/repositories/acme", "#/connections", "#/status"]) {
    await page.goto(`${given.url}/${route}`);
    await problem.getByText("CAPTCHA").first().waitFor();
    await problem.getByText("Clear CAPTCHA").first().waitFor();
  }
  await screenshot(page, "captcha", { fullPage: true });
  await control("POST", "user", { name: "flow-service", clear_captcha: true });
  await problem.getByRole("button", { name: "Resume acme" }).click();
  await problem.waitFor({ state: "detached" });
  await page.goto(`${given.url}/#/repositories/acme`);
  await page.getByRole("row", { name: /PLAT/ }).first().waitFor();
}

/* What comes later is imported, where the switch is on; what a file says is told with its line. */
export async function auto_import() {
  const page = await open("#/repositories/acme");
  const change = page.getByRole("switch", { name: "Auto-import of PLAT" });

  await see(page, /fixed by acme\.conf:\d+/);
  assert.equal(await page.getByRole("switch", { name: "Auto-import of MOB" }).count(), 0);
  await change.click();
  await page.locator("[role=switch][aria-checked=true][aria-label='Auto-import of PLAT']").waitFor();
  await askFor({ do: "list" });
  await row(page, "PLAT/api").getByText("Up to date").waitFor();
  await control("POST", "mutate", { op: "create_repository", project: "PLAT", name: "newcomer", files: { "a": "b" } });
  await askFor({ do: "list" });
  await row(page, "PLAT/newcomer").getByText("Up to date").waitFor();
  await change.click();
  await page.locator("[role=switch][aria-checked=false][aria-label='Auto-import of PLAT']").waitFor();
}

export async function two_tabs() {
  const page = await open("#/repositories/acme");
  const other = await openBeside(page, "#/repositories/acme");

  await row(other, "PLAT/docs").getByText("Not imported").waitFor();
  await importOf(page, "PLAT/docs").click();
  await row(other, "PLAT/docs").getByText("Up to date").waitFor();
  assert.equal(await importOf(other, "PLAT/docs").count(), 0);
  await page.getByRole("switch", { name: "Auto-import of SECRET" }).click();
  await other.locator("[role=switch][aria-checked=true][aria-label='Auto-import of SECRET']").waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await other.getByLabel("Access token").waitFor();
}

/* The page stays as it is, says so, and goes on by itself; what is typed is not lost. */
export async function restart() {
  const page = await open("#/repositories/acme");

  await row(page, "PLAT/docs").waitFor();
  await page.getByLabel("Search").fill("docs");
  await page.evaluate(() => {
    globalThis.isSame = true;
  });
  await askFor({ do: "stop" });
  await see(page, "Connection lost, trying again");
  await screenshot(page, "connection-lost");
  await importOf(page, "PLAT/docs").click();
  await see(page, "source-host does not answer");
  await askFor({ do: "start" });
  await page.getByText("Connection lost").waitFor({ state: "detached" });
  await importOf(page, "PLAT/docs").click();
  await row(page, "PLAT/docs").getByText("Up to date").waitFor();
  assert.equal(await page.getByLabel("Search").inputValue(), "docs");
  assert.ok(await page.evaluate(() => globalThis.isSame));
}

/* A token that is not known, then the login, then to an import, without a mouse */
export async function keyboard() {
  const page = await open("", { token: null });
  const focused = () => page.evaluate(() => {
    const at = document.activeElement;

    return at === document.body ? "" : at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent;
  });
  const tabTo = async (name) => {
    for (let n = 0; n < 60 && !(await focused()).includes(name); n++)
      await page.keyboard.press("Tab");
    assert.ok((await focused()).includes(name), `Tab does not come to ${name}`);
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
  };

  await page.getByLabel("Access token").waitFor();
  await page.keyboard.type("no such token");
  await page.keyboard.press("Enter");
  await see(page, "This token is not known");
  await page.keyboard.press("Control+A");
  await page.keyboard.type(given.token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Connections" }).waitFor();
  await tabTo("Repositories");
  await page.keyboard.press("Enter");
  await row(page, "PLAT/docs").waitFor();
  await tabTo("Search");
  await page.keyboard.type("docs");
  await see(page, /1 of \d+ match/);
  await tabTo("PLAT");
  await page.keyboard.press("ArrowLeft");
  await row(page, "PLAT/docs").waitFor({ state: "detached" });
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  assert.match(await focused(), /PLAT\/docs/);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), "Import PLAT/docs");
  await page.keyboard.press("Enter");
  await row(page, "PLAT/docs").getByText("Up to date").waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "PLAT/docs" }).waitFor();
}

/* Of 10,000 a few dozen are drawn; each can be come to. */
export async function ten_thousand() {
  const page = await open("#/repositories/acme");
  const drawn = page.locator("[role=row][aria-level]");

  await see(page, "10,000 repositories");
  await drawn.first().waitFor();
  assert.equal(await page.getByRole("treegrid").getAttribute("aria-rowcount"), "101");
  await page.getByRole("button", { name: "Unfold all" }).click();
  assert.equal(await page.getByRole("treegrid").getAttribute("aria-rowcount"), "10101");
  assert.ok(await drawn.count() < 60);
  await screenshot(page, "ten-thousand");
  await drawn.first().focus();
  await page.keyboard.press("End");
  assert.equal(await page.evaluate(() => document.activeElement.ariaRowIndex), "10101");
  assert.ok(await drawn.count() < 60);
  await page.getByLabel("Search").pressSequentially("repository-0999", { delay: 20 });
  await see(page, "10 of 10,000 match");
  await row(page, "repository-09999").waitFor();
  await page.getByRole("checkbox", { name: /^Imported/ }).check();
  await see(page, "0 of 10,000 match");
}
