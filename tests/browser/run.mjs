/* run.mjs - plays one case: node run.mjs NAME */

import { play } from "./browser.mjs";
import * as flows from "./flows.mjs";
import * as looks from "./looks.mjs";

const name = process.argv[2];

try {
  await play(name, { ...flows, ...looks }[name]);
  process.exit(0);
} catch (error) {
  console.error(error.stack);
  process.exit(1);
}
