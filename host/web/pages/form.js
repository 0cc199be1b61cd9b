/* form.js - the form of a connection, drawn from the settings that its provider declares. */

import { ask, events, follow, get, ofConnection, post, session } from "./api.js";
import { badge, button, make, prose, redraw, tell, to } from "./draw.js";

const WAIT_MS = 400; /* after the last key, before what was typed is checked */
const PLAIN = ["string", "text", "url"];
const MODES = { integer: "numeric", number: "numeric", url: "url" };
const NAME = {
  key: "connection", label: "Name", type: "string", required: true,
  help: "Of this connection, and of its file: letters, digits, - and _.",
};

const isOn = (text) => /^(true|yes|on|1)$/i.test(text ?? "");
const every = () => true;

/* What a login needs stands first in a provider's table, and has no default; the rest is folded. */
function essentialsOf(settings) {
  const end = settings.findIndex(({ type, default: fallback }) => !PLAIN.includes(type) || fallback);

  return settings.filter(({ required }, i) => required || end < 0 || i < end);
}

function makeControl(setting, id, value, hasSecret) {
  const { key, type, default: fallback, choices } = setting;
  const common = {
    id, name: key, spellcheck: "false", autocapitalize: "none", disabled: !session.can_change,
    "aria-describedby": `${id}-help ${id}-problem`,
  };

  if (type === "boolean")
    return make("input", { ...common, type: "checkbox", checked: isOn(value ?? fallback) });
  common.required = setting.required && !hasSecret;
  if (choices?.length)
    return make("select", common, choices.map((choice) =>
      make("option", { selected: choice === (value ?? fallback) }, choice)));
  if (setting.secret)
    return make("input", { ...common, type: "password", autocomplete: "new-password" });
  return make("input", {
    ...common, value, placeholder: fallback, autocomplete: "off", inputmode: MODES[type],
    type: type === "date" ? "date" : "text",
  });
}

/* One setting: its label, control, help, and what is wrong with it. */
class Field {
  /* connection: as the server tells it, {} for a new one */
  constructor(setting, { settings = {}, secrets_set: secrets = [] }) {
    this.setting = setting;
    this.id = `setting-${setting.key}`;
    this.before = settings[setting.key] ?? null;
    /* A secret may stand elsewhere: password_file = /etc/... */
    this.elsewhere = setting.secret_keys?.find((key) => settings[key]);
    this.hasSecret = setting.secret && Boolean(this.elsewhere || secrets.includes(setting.key));
    this.control = makeControl(setting, this.id, this.before, this.hasSecret);
    this.problem = make("p.problem-text", { id: `${this.id}-problem` });
    this.removal = this.hasSecret && !setting.required && session.can_change &&
      make("input", { type: "checkbox", id: `${this.id}-removal` });
    this.element = this.#draw(settings);
  }

  #draw(settings) {
    const { setting, id, control, elsewhere, removal } = this;
    const isBox = control.type === "checkbox";
    const label = make("label", { for: id }, setting.label,
      setting.required && make("span.muted", " (required)"));

    return make(isBox ? "div.field.box" : "div.field",
      isBox ? [control, label] : [label, control],
      make("p.help", { id: `${id}-help` },
        this.hasSecret && make("strong", elsewhere
          ? `Set by ${elsewhere} = ${settings[elsewhere]}; leave empty to keep. `
          : "Set; leave empty to keep. "),
        setting.help,
        setting.maximum > 0 && ` From ${setting.minimum} to ${setting.maximum}.`,
        setting.default && !isBox && ` Default: ${setting.default}.`),
      removal && make("p.box", removal,
        make("label", { for: removal.id }, `Take it out of the file: ${setting.label.toLowerCase()}`)),
      this.problem);
  }

  /* As the file would have it; null: not at all. What is typed as the default need not be there. */
  get value() {
    const { setting, control, before } = this;

    if (control.type === "checkbox")
      return control.checked === isOn(before ?? setting.default) ? before : String(control.checked);
    if (control.localName === "select" && before === null && control.value === setting.default)
      return null;
    return (setting.secret ? control.value : control.value.trim()) || null;
  }

  /* undefined: as it was */
  get change() {
    const { value } = this;

    if (this.hasSecret && !value)
      return this.removal?.checked ? null : undefined;
    return value === this.before ? undefined : value;
  }

  tell(message) {
    this.problem.textContent = message ?? "";
    this.control.ariaInvalid = message ? "true" : null;
  }

  /* It is its own, or that of password_file and the like. */
  isMeantBy({ setting }) {
    return setting === this.setting.key || this.setting.secret_keys?.includes(setting);
  }
}

/* connection: null for a new one; names: those that are taken */
class Form {
  #left = new Set(); /* keys of fields that were left: others are not told yet to be wrong */
  #timer = 0;
  #checks = 0;

  constructor(provider, connection, names, signal) {
    const essentials = essentialsOf(provider.settings);

    this.provider = provider;
    this.connection = connection;
    this.names = names;
    this.signal = signal;
    this.settings = provider.settings.map((setting) => new Field(setting, connection ?? {}));
    this.name = new Field(NAME, { settings: { connection: connection?.connection } });
    this.fields = [this.name, ...this.settings];
    this.problem = make("div.problem-text", { role: "alert" });
    this.report = make("section.card.report", { "aria-label": "Test of the connection", hidden: true });
    this.element = this.#draw((field) => essentials.includes(field.setting));
    if (!connection)
      this.name.control.value = freeName(provider.name, names);
  }

  #draw(isEssential) {
    const others = this.settings.filter((field) => !isEssential(field));
    const set = others.filter((field) => field.before !== null || field.hasSecret).length;

    this.folded = make("details", { hidden: !others.length },
      make("summary", set ? `More settings (${set} set)` : "More settings"),
      others.map((field) => field.element));
    return make("form.card", {
      novalidate: true, onsubmit: (event) => event.preventDefault(),
      oninput: () => this.#soon(), onfocusout: ({ target }) => this.#leave(target.name),
    },
      this.problem,
      !this.connection && this.name.element,
      this.settings.filter(isEssential).map((field) => field.element),
      this.folded,
      session.can_change && make("div.actions",
        button("button.first", { type: "submit" }, () => this.save(), "Save"),
        button("button", {}, () => this.test(), "Test connection")));
  }

  get #namedSo() {
    return this.connection?.connection ?? this.name.control.value.trim();
  }

  /* A connection that is there keeps what is not named. */
  get body() {
    const changed = this.settings
      .map((field) => [field.setting.key, field.change])
      .filter(([, change]) => change !== undefined && (this.connection || change !== null));

    return {
      connection: this.#namedSo, provider: this.provider.name, settings: Object.fromEntries(changed),
    };
  }

  /* As it is saved, it is tested by its name: then the report counts for the other views, too. */
  get #tested() {
    const { body } = this;
    const isChanged = !this.connection || Object.keys(body.settings).length > 0;

    return isChanged ? body : { connection: body.connection };
  }

  #leave(key) {
    if (!key)
      return;
    this.#left.add(key);
    this.#soon();
  }

  #soon() {
    const isTold = (field) => this.#left.has(field.setting.key);

    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(isTold).catch(() => {}), WAIT_MS);
  }

  /* Asks what is wrong with it as it stands, and tells it at those fields. True: nothing is. */
  async check(isTold) {
    const turn = ++this.#checks;
    const name = this.#namedSo;

    clearTimeout(this.#timer);
    const { problems } = await ask("POST", "connections/validate", this.body, this.signal);

    if (!this.connection && this.names.includes(name))
      problems.unshift({ setting: NAME.key, message: `There is a connection ${name} already.` });
    if (turn === this.#checks)
      this.show(problems, isTold);
    return problems.length === 0;
  }

  /* What is of no field is told on top, once all is told. */
  show(problems, isTold) {
    const others = problems.filter((one) => !this.fields.some((field) => field.isMeantBy(one)));

    for (const field of this.fields)
      field.tell(isTold(field) && problems.find((one) => field.isMeantBy(one))?.message);
    redraw(this.problem, isTold === every && others.map(({ message }) => make("p", message)));
  }

  #focusProblem() {
    const field = this.fields.find(({ control }) => control.ariaInvalid);

    if (this.folded.contains(field?.control))
      this.folded.open = true;
    field?.control.focus();
  }

  async #isRight() {
    const isRight = await this.check(every);

    if (!isRight)
      this.#focusProblem();
    return isRight;
  }

  /* Settings that the server does not take. False: it is something else. */
  #refuse({ status, problems, setting, message }) {
    if (status !== 422)
      return false;
    this.show(problems.length ? problems : [{ setting, message }], every);
    this.#focusProblem();
    return true;
  }

  async save() {
    const { body } = this;
    const { connection, settings } = body;

    if (!await this.#isRight())
      return;
    try {
      await (this.connection
        ? ask("PUT", ofConnection(connection), { settings }) : post("connections", body));
    } catch (error) {
      if (!this.#refuse(error))
        throw error;
      return;
    }
    tell(`${connection} is saved.`);
    if (!this.signal.aborted)
      location.hash = this.connection ? to("connections") : to("repositories", connection);
  }

  async test() {
    const list = make("ol.checks");
    const told = make("p.verdict", { role: "status" }, "Testing …");

    if (!await this.#isRight())
      return;
    this.report.replaceChildren(make("h2", "Test of the connection"), told, list);
    this.report.hidden = false;
    this.report.scrollIntoView({ block: "nearest" });
    follow(true);
    try {
      redraw(told, drawVerdict(await this.#follow((check) => {
        list.append(drawCheck(check));
        this.#blame(check);
      })));
    } catch (error) {
      redraw(told, badge("fail", "Not tested"), ` ${error.message}`);
      this.#refuse(error);
    } finally {
      follow(false);
    }
  }

  /* What a check finds wrong is told at its setting, too. */
  #blame({ status, setting, text }) {
    if (status === "fail")
      this.settings.find((field) => field.isMeantBy({ setting }))?.tell(text);
  }

  /* Has it tested, and takes the report check by check as the server comes to know; resolves to
   * what is told at its end. */
  #follow(take) {
    const ending = new AbortController();
    const signal = AbortSignal.any([this.signal, ending.signal]);
    const early = []; /* what is told before the answer that tells the task's number */
    let task = null;

    return new Promise((resolve, reject) => {
      const hearOf = (name, act) => events.addEventListener(name, ({ detail }) => {
        const isOurs = () => detail.task === task && act(detail);

        if (task === null)
          early.push(isOurs);
        else
          isOurs();
      }, { signal });

      hearOf("check", take);
      hearOf("checked", resolve);
      events.addEventListener("lost", () =>
        reject(new Error("The connection to source-host was lost; test again.")), { signal });
      this.signal.addEventListener("abort", reject);
      post("connections/test", this.#tested).then((answer) => {
        task = answer.task;
        early.forEach((isOurs) => isOurs());
      }).catch(reject);
    }).finally(() => ending.abort());
  }
}

function freeName(name, names) {
  for (let n = 1; ; n++) {
    const tried = n === 1 ? name : `${name}-${n}`;

    if (!names.includes(tried))
      return tried;
  }
}

const drawVerdict = ({ ok, message }) => [
  badge(ok ? "pass" : "fail", ok ? "It works" : "It does not work"), message && ` ${message}`,
];

const drawCheck = ({ name, status, text, remedy }) => make("li",
  make("span.what", badge(status), make("span.check", name.replaceAll("_", " "))),
  make("span", prose(text), remedy && make("span.remedy", prose(remedy))));

/* #/connections/new/PROVIDER and #/connections/NAME */
export async function showForm(place, signal, first, second) {
  const heading = make("h1", second ? "Connect" : `Settings of ${first}`);
  const body = make("div");

  place.append(make("p.path", make("a", { href: to("connections") }, "Connections")), heading, body);
  const { providers } = await get("providers", signal);
  const { connections } = await get("connections", signal);
  const connection = second ? null : connections.find((one) => one.connection === first);
  const wanted = second ?? connection?.provider;
  const provider = providers.find((one) => one.name === wanted);

  if (!provider) {
    redraw(body, make("p.empty", wanted
      ? `There is no provider ${wanted} that can be used.` : `There is no connection ${first}.`));
    return;
  }
  if (second)
    heading.textContent = `Connect ${provider.title}`;
  const form = new Form(provider, connection, connections.map((one) => one.connection), signal);

  redraw(body,
    !session.can_change && make("p.muted",
      "This login is read-only: settings are shown and cannot be changed."),
    make("div.beside", form.element, form.report));
}
