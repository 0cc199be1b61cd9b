/* form.js - the form of a connection, drawn from the settings that its provider declares. */

import { ask, events, follow, get, ofConnection, post, session } from "./api.js";
import { badge, does, make, redraw, tell } from "./draw.js";
import { nameOf } from "./connections.js";

const WAIT_MS = 400; /* after the last key, before what was typed is checked */
const NUMBERS = new Set(["integer", "number"]);
const PLAIN = new Set(["string", "text", "url"]);
const isOn = (text) => /^(true|yes|on|1)$/i.test(text ?? "");

/* What a login needs stands first in a provider's table, and has no default; the rest is folded. */
function essentials(settings) {
  const end = settings.findIndex((setting) => !PLAIN.has(setting.type) || setting.default);

  return new Set(settings.filter((setting, i) => setting.required || end < 0 || i < end));
}

function makeControl(setting, id, value, hasSecret) {
  const common = {
    id, name: setting.key, spellcheck: "false", autocapitalize: "none",
    required: setting.required && !hasSecret, disabled: !session.can_change,
    "aria-describedby": `${id}-help ${id}-problem`,
  };
  const { choices } = setting;

  if (setting.type === "boolean")
    return make("input", { ...common, required: false, type: "checkbox", checked: isOn(value ?? setting.default) });
  if (choices?.length)
    return make("select", common, choices.map((choice) => make("option", { value: choice, selected: choice === (value ?? setting.default) }, choice)));
  if (setting.secret)
    return make("input", { ...common, type: "password", autocomplete: "new-password" });
  return make("input", {
    ...common, autocomplete: "off", value, placeholder: setting.default,
    type: setting.type === "date" ? "date" : "text",
    inputmode: NUMBERS.has(setting.type) ? "numeric" : setting.type === "url" && "url",
  });
}

/* One setting: its label, control, help, and what is wrong with it. */
class Field {
  constructor(setting, { settings = {}, secrets_set: secrets = [] }) {
    const elsewhere = setting.secret_keys?.find((key) => settings[key]);

    this.setting = setting;
    this.id = `setting-${setting.key}`;
    this.before = settings[setting.key] ?? null;
    this.hasSecret = setting.secret && (secrets.includes(setting.key) || Boolean(elsewhere));
    this.control = makeControl(setting, this.id, this.before, this.hasSecret);
    this.problem = make("p.problem-text", { id: `${this.id}-problem` });
    this.removal = this.hasSecret && !setting.required && session.can_change &&
      make("input", { type: "checkbox", id: `${this.id}-removal` });
    this.element = this.#draw(elsewhere && `${elsewhere} = ${settings[elsewhere]}`);
  }

  #draw(elsewhere) {
    const { setting, id, control } = this;
    const isBox = control.type === "checkbox";
    const label = make("label", { for: id }, setting.label, setting.required && make("span.muted", " (required)"));
    const kept = this.hasSecret && (elsewhere ? `Set by ${elsewhere}; leave empty to keep. ` : "Set; leave empty to keep. ");
    const range = setting.minimum !== setting.maximum && setting.maximum && ` From ${setting.minimum} to ${setting.maximum}.`;
    const fallback = setting.default && !isBox && ` Default: ${setting.default}.`;

    return make("div", { class: isBox ? "field box" : "field" },
      isBox ? [control, label] : [label, control],
      make("p.help", { id: `${id}-help` }, kept && make("strong", kept), setting.help, range, fallback),
      this.removal && make("p.box", this.removal, make("label", { for: this.removal.id }, `Take the ${setting.label.toLowerCase()} out of the file`)),
      this.problem);
  }

  /* As the file would have it; null: not at all. */
  get value() {
    const { setting, control } = this;

    if (control.type !== "checkbox")
      return (setting.secret ? control.value : control.value.trim()) || null;
    return control.checked === isOn(this.before ?? setting.default) ? this.before : String(control.checked);
  }

  /* undefined: as it was */
  get change() {
    const { value } = this;

    if (this.hasSecret && !value)
      return this.removal?.checked ? null : undefined;
    if (this.control.localName === "select" && this.before === null && value === this.setting.default)
      return undefined;
    return value === this.before ? undefined : value;
  }

  tell(message) {
    this.problem.textContent = message ?? "";
    if (message)
      this.control.setAttribute("aria-invalid", "true");
    else
      this.control.removeAttribute("aria-invalid");
  }
}

class Form {
  #seen = new Set(); /* fields that were left: only those are told to be wrong before the end */
  #timer = 0;
  #checks = 0;

  constructor(provider, connection, names, signal) {
    const setting = { key: "connection", label: "Name", type: "string", required: true, help: "Of this connection, and of its file: letters, digits, - and _." };
    const essential = essentials(provider.settings);

    this.provider = provider;
    this.connection = connection;
    this.names = names;
    this.signal = signal;
    this.fields = provider.settings.map((one) => new Field(one, connection ?? {}));
    this.name = new Field(setting, {});
    this.name.control.value = connection?.connection ?? free(provider.name, names);
    this.problem = make("div.problem-text", { role: "alert" });
    this.report = make("section.card.report", { "aria-label": "Test of the connection", hidden: true });
    this.element = this.#draw(this.fields.filter((field) => essential.has(field.setting)), this.fields.filter((field) => !essential.has(field.setting)));
  }

  #draw(first, others) {
    const set = others.filter((field) => field.before !== null || field.hasSecret).length;

    this.folded = make("details", make("summary", set ? `More settings (${set} set)` : "More settings"), others.map((field) => field.element));
    return make("form", {
      class: "card", novalidate: true, onsubmit: (event) => event.preventDefault(),
      oninput: () => this.#soon(), onfocusout: ({ target }) => this.#leave(target.name),
    },
      this.problem,
      !this.connection && this.name.element,
      first.map((field) => field.element),
      others.length > 0 && this.folded,
      session.can_change && make("div.actions",
        make("button.first", { onclick: does(() => this.save()) }, "Save"),
        make("button", { type: "button", onclick: does(() => this.test()) }, "Test connection")));
  }

  /* A connection that is there keeps what is not named. */
  get body() {
    const settings = {};

    for (const { setting, change } of this.fields)
      if (change !== undefined && (this.connection || change !== null))
        settings[setting.key] = change;
    return { connection: this.connection?.connection ?? this.name.control.value.trim(), provider: this.provider.name, settings };
  }

  #leave(name) {
    if (name) {
      this.#seen.add(name);
      this.#soon();
    }
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check((field) => this.#seen.has(field.setting.key)).catch(() => {}), WAIT_MS);
  }

  /* Asks what is wrong with it as it stands, and tells it at those fields; true: nothing is. */
  async check(isTold) {
    const turn = ++this.#checks;

    clearTimeout(this.#timer);
    const { problems } = await ask("POST", "connections/validate", this.body, this.signal);
    const { body } = this;

    if (!this.connection && this.names.includes(body.connection))
      problems.unshift({ setting: "connection", message: `There is a connection ${body.connection} already.` });
    if (turn === this.#checks)
      this.show(problems, isTold);
    return problems.length === 0;
  }

  show(problems, isTold) {
    const isOf = (problem, { key, secret_keys: others }) => problem.setting === key || others?.includes(problem.setting);
    const fields = [this.name, ...this.fields];
    const others = problems.filter((problem) => !fields.some(({ setting }) => isOf(problem, setting)));

    for (const field of fields)
      field.tell(isTold(field) ? problems.find((problem) => isOf(problem, field.setting))?.message : null);
    this.problem.replaceChildren(...isTold === every ? others.map(({ message }) => make("p", message)) : []);
  }

  /* Settings that the server does not take; false: it is something else. */
  #refuse({ status, problems, setting, message }) {
    if (status !== 422)
      return false;
    this.show(problems.length ? problems : [{ setting, message }], every);
    this.focusProblem();
    return true;
  }

  focusProblem() {
    const field = [this.name, ...this.fields].find(({ control }) => control.hasAttribute("aria-invalid"));

    if (field && this.folded.contains(field.control))
      this.folded.open = true;
    field?.control.focus();
  }

  async save() {
    const { connection, provider, settings } = this.body;

    if (!await this.check(every)) {
      this.focusProblem();
      return;
    }
    try {
      await (this.connection ? ask("PUT", ofConnection(connection), { settings }) : post("connections", { connection, provider, settings }));
    } catch (error) {
      if (!this.#refuse(error))
        throw error;
      return;
    }
    tell(`${connection} is saved.`);
    location.hash = this.connection ? "#/connections" : `#/repositories/${nameOf([connection])}`;
  }

  /* The report is drawn check by check, as the server comes to know. */
  async test() {
    const list = make("ol.checks");
    const told = make("p.verdict", { role: "status" }, "Testing …");
    const early = [];
    let task = null;

    if (!await this.check(every)) {
      this.focusProblem();
      return;
    }
    this.report.replaceChildren(make("h2", "Test of the connection"), told, list);
    this.report.hidden = false;
    this.report.scrollIntoView({ block: "nearest" });
    follow(true);
    try {
      await new Promise((resolve, reject) => {
        const take = ({ type, detail }) => {
          if (task === null) {
            early.push({ type, detail }); /* it may come before the answer that tells its number */
          } else if (detail.task === task && type === "check") {
            list.append(drawCheck(detail));
          } else if (detail.task === task) {
            told.replaceChildren(...verdict(detail));
            resolve();
          }
        };

        for (const name of ["check", "checked"])
          events.addEventListener(name, take, { signal: this.signal });
        events.addEventListener("lost", () => reject(new Error("The connection to source-host was lost; test again.")), { signal: this.signal, once: true });
        this.signal.addEventListener("abort", resolve);
        post("connections/test", this.body).then((answer) => {
          task = answer.task;
          early.forEach(take);
        }, reject);
      });
    } catch (error) {
      told.replaceChildren(badge("fail", "Not tested"), ` ${error.message}`);
      this.#refuse(error);
    } finally {
      follow(false);
    }
  }
}

const every = () => true;

function free(name, names) {
  for (let n = 1; ; n++) {
    const tried = n === 1 ? name : `${name}-${n}`;

    if (!names.includes(tried))
      return tried;
  }
}

const verdict = ({ ok, message }) => [badge(ok ? "pass" : "fail", ok ? "It works" : "It does not work"), message ? ` ${message}` : ""];

function drawCheck({ name, status, text, remedy }) {
  return make("li",
    make("span.what", badge(status), make("span.check", name.replaceAll("_", " "))),
    make("span.seen", text, remedy && make("span.remedy", remedy)));
}

/* "#/connections/new/PROVIDER" and "#/connections/NAME" */
export async function showForm(place, signal, first, second) {
  const heading = make("h1", second ? "Connect" : first);
  const body = make("div");

  place.append(make("p.path", make("a", { href: "#/connections" }, "Connections")), heading, body);
  const [{ providers }, { connections }] = await Promise.all([get("providers", signal), get("connections", signal)]);
  const connection = second ? null : connections.find((one) => one.connection === first);
  const provider = providers.find((one) => one.name === (second ?? connection?.provider));

  if (!provider) {
    redraw(body, make("p.empty", second || connection
      ? `There is no provider ${second ?? connection.provider} that can be used.`
      : `There is no connection ${first}.`));
    return;
  }
  heading.textContent = second ? `Connect ${provider.title}` : `Settings of ${first}`;
  const form = new Form(provider, connection, connections.map((one) => one.connection), signal);

  redraw(body,
    !session.can_change && make("p.muted", "This login is read-only: settings are shown and cannot be changed."),
    make("div.beside", form.element, form.report));
}
