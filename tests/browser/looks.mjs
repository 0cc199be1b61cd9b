/* looks.mjs - each view as people may have it: dark and light, wide and narrow, and to look only. */

import assert from "node:assert/strict";
import { checkAccess, given, open, screenshot, see } from "./browser.mjs";

const VIEWS = {
  connections: ["#/connections", "Products"],
  form: ["#/connections/new/bitbucket-server", "Test connection"],
  settings: ["#/connections/acme", "Set; leave empty to keep"],
  repositories: ["#/repositories/acme", "GROE"],
  repository: [`#/repository/acme/${given.repository}`, "Commits a week"],
  status: ["#/status", "Repositories by state"],
};

async function look(scheme, width) {
  const page = await open("#/connections", { scheme, width });

  for (const [name, [route, text]] of Object.entries(VIEWS)) {
    await page.goto(`${given.url}/${route}`);
    await see(page, text);
    /* What is folded is looked at too. */
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => {
      one.open = true;
    }));
    if (name === "form")
      await page.getByRole("button", { name: "Save" }).click();
    await checkAccess(page, name);
    /* Of the list only what is in sight is drawn. */
    await screenshot(page, `${name}-${scheme}-${width}`, { fullPage: name !== "repositories" });
  }
  await page.goto(`${given.url}/#/repositories/acme`);
  await page.getByRole("button", { name: "Import all", exact: true }).click();
  await see(page, "Import all 9 repositories of acme?");
  await checkAccess(page, "ask");
  await screenshot(page, `ask-${scheme}-${width}`);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Access token").waitFor();
  await checkAccess(page, "login");
  await screenshot(page, `login-${scheme}-${width}`);
}

export const looks_light = () => look("light", 1280);
export const looks_dark = () => look("dark", 1280);
export const looks_middle = () => look("light", 768);
export const looks_phone_light = () => look("light", 320);
export const looks_phone_dark = () => look("dark", 320);

/* A login that may only look has no actions, and is told so. */
export async function read_only() {
  const page = await open("#/connections", { token: given.readOnly });

  for (const [name, [route, text]] of Object.entries(VIEWS)) {
    if (name === "form")
      continue;
    await page.goto(`${given.url}/${route}`);
    await see(page, text);
    await see(page, "Read-only");
    assert.equal(await page.getByRole("button", { name: /Import|Resume|Save|Test/ }).count(), 0);
    assert.equal(await page.getByRole("switch").count(), 0);
  }
}
