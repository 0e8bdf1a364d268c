// The console of the sandbox. It uses the admin interface alone, and every text from outside is
// set as text, never as markup.
"use strict";

const ROOT = "/__sandbox";
const POLL_MILLIS = 1000;
const MAX_ROWS = 1000;
const MAX_FOUND = 200;

const TEXTS = {
  en: {
    requests: "Requests", documents: "Documents", faults: "Faults", connect: "Connect",
    restore: "restore", filter: "filter by path, operation, code", failed: "not ok only",
    clear: "clear", time: "time (China)", operation: "operation", outcome: "outcome",
    reference: "reference", silence: "No request yet. Point a client at this address; see Connect.",
    search: "search number, name, any field", reset: "reset the data",
    path: "only on this path, such as /jdy/v2/", times: "times", calm: "remove all",
    pending: "Pending", fired: "Fired", none: "none",
    howto: "Every sandbox has the same made-up credentials. In a shell:",
    signed: "the text that the client signed", expected: "the text that must be signed",
    unexplained: "No common mistake gives this signature. Compare the client's own text with this one, byte by byte.",
    why: "why", query: "query", account: "account set", fault: "fault", extra: "unknown fields",
    ok: "ok", refused: "refused", unanswered: "no answer", more: "more are not shown",
    gone: "The sandbox does not answer.", theme_auto: "theme: auto", theme_dark: "theme: dark",
    theme_light: "theme: light", surely: "Make the data what it was at the start?", other: "中文",
  },
  zh: {
    requests: "请求", documents: "单据", faults: "故障", connect: "接入",
    restore: "恢复", filter: "按路径、接口、错误码筛选", failed: "只看失败",
    clear: "清空", time: "时间（北京）", operation: "接口", outcome: "结果",
    reference: "业务单号", silence: "还没有请求。让客户端连接本地址，见“接入”。",
    search: "搜索编号、名称或任意字段", reset: "重置数据",
    path: "仅限此路径，如 /jdy/v2/", times: "次数", calm: "全部移除",
    pending: "待触发", fired: "已触发", none: "无",
    howto: "所有沙箱使用同一组虚构凭据。在命令行中：",
    signed: "客户端签名的文本", expected: "应当签名的文本",
    unexplained: "常见错误都不能得出此签名。请将客户端的签名文本与下文逐字节比较。",
    why: "原因", query: "查询参数", account: "账套", fault: "故障", extra: "未知字段",
    ok: "成功", refused: "被拒绝", unanswered: "无响应", more: "条未显示",
    gone: "沙箱没有响应。", theme_auto: "主题：自动", theme_dark: "主题：深色",
    theme_light: "主题：浅色", surely: "将数据恢复到启动时的状态？", other: "English",
  },
};
const THEMES = ["auto", "light", "dark"];
const VALUES = { BYTES: "13", CODE: "5006", DURATION: "2s", JSON: "[]", OFFSET: "+10m", ROWS: "5", SECONDS: "7" };

const state = {
  language: stored("language") || (navigator.language.startsWith("zh") ? "zh" : "en"),
  theme: stored("theme") || "auto",
  requests: [], last: 0, selected: null, data: {}, kind: null, values: {},
};

// ---- small helpers

function by(id) { return document.getElementById(id); }

function text(key) { return TEXTS[state.language][key] || key; }

function stored(key) {
  try { return localStorage.getItem("sandbox." + key); } catch { return null; }
}

function store(key, value) {
  state[key] = value;
  try { localStorage.setItem("sandbox." + key, value); } catch { /* kept for this page alone */ }
}

// An element with attributes and children; a string child becomes a text node.
function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function problem(message) {
  by("problem").hidden = !message;
  by("problem").textContent = message || "";
}

async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(ROOT + path, options);
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.error);
  return json;
}

// Runs an action and shows why it failed. A failure of the network has no text of its own.
async function attempt(action) {
  try {
    await action();
    problem("");
  } catch (error) {
    problem(error instanceof TypeError ? text("gone") : error.message);
  }
}

// ---- requests

// Fetches what is new, and says whether there was anything. A smaller number than before means that
// another sandbox listens at this address by now.
async function pollRequests() {
  const after = state.last ? "after=" + state.last + "&" : "";
  const page = await call("GET", "/requests?" + after + "limit=1000");
  if (page.last < state.last) {
    forgetRequests();
    return pollRequests();
  }
  state.requests = state.requests.concat(page.requests).slice(-MAX_ROWS);
  const newest = page.requests[page.requests.length - 1];
  state.last = newest ? newest.number : page.last;
  if (newest) showRequests();
  by("silence").hidden = state.requests.length > 0;
  return Boolean(newest);
}

function forgetRequests() {
  state.requests = [];
  state.last = 0;
  state.selected = null;
  showRequests();
}

function isWanted(request) {
  if (by("failed").checked && request.outcome === "ok") return false;
  const wanted = by("filter").value.trim().toLowerCase();
  const all = [request.method, request.path, request.query, request.operation, request.errcode,
    request.status, request.client_reference, request.fault].join(" ");
  return all.toLowerCase().includes(wanted);
}

function showRequests() {
  const rows = state.requests.filter(isWanted).reverse().map(requestRow);
  by("rows").replaceChildren(...rows);
  const selected = state.requests.find((one) => one.number === state.selected);
  by("detail").replaceChildren(...(selected ? detail(selected) : []));
}

function requestRow(request) {
  const code = request.errcode || request.status || "";
  return el("tr", {
    "data-number": request.number, "aria-selected": String(request.number === state.selected), tabindex: "0",
    onclick: () => select(request.number), onkeydown: (event) => { if (event.key === "Enter") select(request.number); },
  },
  el("td", {}, String(request.number)),
  el("td", {}, request.china_time.slice(11)),
  el("td", {}, request.method + " ", el("b", {}, request.operation || request.path)),
  el("td", { class: request.outcome }, text(request.outcome) + (request.outcome === "ok" ? "" : " " + code),
    request.fault ? el("span", { class: "dim" }, " " + request.fault) : null),
  el("td", {}, request.client_reference || ""));
}

function select(number) {
  state.selected = number;
  location.hash = "#requests?number=" + number;
  showRequests();
}

function detail(request) {
  const parts = [
    el("h2", {}, "#" + request.number + " " + request.china_time),
    el("p", { class: "mono" }, request.method + " " + request.path),
  ];
  const facts = [
    ["query", request.query], ["account", request.account_id], ["reference", request.client_reference],
    ["extra", request.extra.join(", ")],
    ["fault", request.fault && request.fault + (request.fault_value ? "=" + request.fault_value : "")],
  ];
  for (const [key, value] of facts) {
    if (value) parts.push(el("p", {}, el("span", { class: "dim" }, text(key) + ": "), el("code", {}, value)));
  }
  if (request.description) {
    const said = request.signature ? request.description.split("\n").slice(0, 2).join("\n") : request.description;
    parts.push(el("h2", {}, text("why")), el("pre", { id: "why" }, said));
  }
  return parts.concat(request.signature ? signature(request.signature) : []);
}

// ---- the two texts of a signature

function signature(found) {
  if (found.signed === null) {
    return [el("p", { class: "dim" }, text("unexplained")), el("h2", {}, text("expected")),
      canonical("expected-text", lines(found.expected).map((line) => [line, "", ""]))];
  }
  const [theirs, ours] = compare(lines(found.signed), lines(found.expected));
  return [el("h2", {}, text("signed")), canonical("signed-text", theirs),
    el("h2", {}, text("expected")), canonical("expected-text", ours)];
}

// The lines of a text, each with its newline, so that a missing one is seen.
function lines(all) {
  return all.match(/[^\n]*\n|[^\n]+$/g) || [];
}

// Two texts as lines of three parts, of which the middle one differs. Equal lines at the end are
// paired from the end, as a line may be missing.
function compare(left, right) {
  let tail = 0;
  const shorter = Math.min(left.length, right.length);
  while (tail < shorter && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
  const out = [[], []];
  const heads = [left.length - tail, right.length - tail];
  for (let at = 0; at < Math.max(...heads); at += 1) {
    const pair = [at < heads[0] ? left[at] : "", at < heads[1] ? right[at] : ""];
    const [one, other] = split(pair[0], pair[1]);
    if (pair[0]) out[0].push(one);
    if (pair[1]) out[1].push(other);
  }
  left.slice(heads[0]).forEach((line) => out[0].push([line, "", ""]));
  right.slice(heads[1]).forEach((line) => out[1].push([line, "", ""]));
  return out;
}

function split(left, right) {
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < shorter - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1;
  return [left, right].map((line) => [line.slice(0, start), line.slice(start, line.length - end), line.slice(line.length - end)]);
}

function canonical(id, parts) {
  const shown = (part) => part.replace("\n", "⏎\n");
  const children = parts.flatMap(([before, middle, after]) => [
    shown(before), middle ? el("mark", {}, shown(middle)) : null, shown(after),
  ]);
  return el("pre", { id, class: "text" }, ...children.filter((part) => part));
}

// ---- documents

async function loadDocuments() {
  const answer = await call("GET", "/state");
  state.data = answer.account_sets;
  const chosen = by("account").value;
  const ids = Object.keys(state.data);
  by("account").replaceChildren(...ids.map((id) => el("option", { value: id }, text("account") + " " + id)));
  if (ids.includes(chosen)) by("account").value = chosen;
  showDocuments();
}

// Every list of objects inside of the data, under its path: its kind.
function listsIn(value, path, found) {
  if (Array.isArray(value)) {
    if (value.every((item) => item && typeof item === "object")) found.push([path.join("."), value]);
  } else if (value && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) {
      listsIn(inner, ["documents", "kinds"].includes(key) ? path : path.concat(key), found);
    }
  }
  return found;
}

function showDocuments() {
  const wanted = by("search").value.trim().toLowerCase();
  const matches = (item) => JSON.stringify(item).toLowerCase().includes(wanted);
  const kinds = listsIn(state.data[by("account").value] || {}, [], [])
    .map(([kind, items]) => [kind, items.filter(matches)])
    .sort((a, b) => a[0].localeCompare(b[0]));
  by("kinds").replaceChildren(...kindList(kinds));
  const shown = kinds.filter(([kind]) => state.kind === null || kind === state.kind);
  by("found").replaceChildren(...foundList(shown));
}

function kindList(kinds) {
  let module = null;
  return kinds.flatMap(([kind, items]) => {
    const own = kind.split(".")[0];
    const head = own === module ? [] : [el("li", { class: "module" }, own)];
    module = own;
    const choose = () => { state.kind = state.kind === kind ? null : kind; showDocuments(); };
    return head.concat(el("li", {}, el("button", { type: "button", "aria-pressed": String(state.kind === kind), onclick: choose },
      el("span", {}, kind.slice(own.length + 1) || kind), el("span", { class: "count" }, String(items.length)))));
  });
}

function foundList(kinds) {
  const all = kinds.flatMap(([kind, items]) => items.map((item) => [kind, item]));
  const shown = all.slice(0, MAX_FOUND).map(([kind, item]) => documentRow(kind, item));
  if (!all.length) return [el("p", { class: "empty" }, text("none"))];
  const left = all.length - shown.length;
  return left ? shown.concat(el("p", { class: "dim" }, left + " " + text("more"))) : shown;
}

function documentRow(kind, item) {
  const fields = item.fields || item;
  const number = item.number || fields.bill_no || fields.number || item.id || "";
  const name = fields.name || fields.customer_name || fields.src_bill_id || "";
  return el("details", {},
    el("summary", {}, el("span", { class: "dim" }, kind + " "), el("b", {}, String(number)), " " + String(name)),
    el("pre", {}, JSON.stringify(item, null, 2)));
}

// ---- faults

async function loadFaults() {
  const answer = await call("GET", "/faults");
  by("switches").replaceChildren(...answer.kinds.map((kind) => faultSwitch(kind, answer.faults)));
  const rows = answer.faults.map((fault) => el("li", {}, el("code", {}, fault.fault),
    el("button", { type: "button", onclick: () => changeFaults([() => call("DELETE", "/faults/" + fault.id)]) }, "×")));
  by("pending").replaceChildren(...(rows.length ? rows : [el("li", { class: "dim" }, text("none"))]));
  const fired = Object.entries(answer.fired).map(([kind, count]) => el("li", {}, el("code", {}, kind), " " + count));
  by("fired").replaceChildren(...(fired.length ? fired : [el("li", { class: "dim" }, text("none"))]));
}

function faultSwitch({ kind, value }, faults) {
  const pending = faults.filter((fault) => fault.kind === kind);
  const typed = state.values[kind] || VALUES[value] || "";
  const input = value && el("input", { value: typed, "aria-label": value, title: value, oninput: (event) => { state.values[kind] = event.target.value; } });
  const flip = () => changeFaults(pending.length
    ? pending.map((fault) => () => call("DELETE", "/faults/" + fault.id))
    : [() => call("POST", "/faults", { fault: faultText(kind, input) })]);
  return el("li", {},
    el("button", { type: "button", role: "switch", "data-kind": kind, "aria-checked": String(pending.length > 0), "aria-label": kind, onclick: flip }),
    el("span", { class: "mono" }, kind), input || null);
}

function faultText(kind, input) {
  const path = by("path").value.trim();
  const times = by("times").value.trim();
  return kind + (input ? "=" + input.value.trim() : "") + (path ? "@" + path : "") + (times ? "*" + times : "");
}

async function changeFaults(changes) {
  await attempt(async () => { for (const change of changes) await change(); });
  const kept = by("problem").textContent;
  await attempt(loadFaults);
  if (kept) problem(kept);
}

// ---- clock and connection

function showClock(clock) {
  by("time").textContent = clock.china_time;
  by("time").classList.toggle("moved", clock.offset_millis !== 0);
  by("restore").hidden = clock.offset_millis === 0;
}

async function loadEnvironment() {
  const answer = await call("GET", "/environment");
  by("environment").textContent = Object.entries(answer).map(([name, value]) => "export " + name + "=" + value).join("\n");
}

// ---- views, language, theme

const VIEWS = { requests: async () => {}, documents: loadDocuments, faults: loadFaults, connect: loadEnvironment };

// `#view?name=value`: only what is shown depends on it, never what is changed.
function route() {
  const [view, query] = location.hash.slice(1).split("?");
  const known = Object.hasOwn(VIEWS, view) ? view : "requests";
  const parameters = new URLSearchParams(query || "");
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== known;
  for (const tab of document.querySelectorAll("#tabs a")) {
    if (tab.hash === "#" + known) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (parameters.has("number")) state.selected = Number(parameters.get("number"));
  if (parameters.has("search")) by("search").value = parameters.get("search");
  showRequests();
  return attempt(VIEWS[known]);
}

function dress() {
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  document.documentElement.dataset.theme = state.theme;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of document.querySelectorAll("[data-hint]")) node.placeholder = text(node.dataset.hint);
  by("language").textContent = text("other");
  by("theme").textContent = text("theme_" + state.theme);
}

function listen() {
  const click = (id, action) => by(id).addEventListener("click", action);
  click("language", () => { store("language", state.language === "zh" ? "en" : "zh"); dress(); route(); });
  click("theme", () => { store("theme", THEMES[(THEMES.indexOf(state.theme) + 1) % THEMES.length]); dress(); });
  click("clear", () => attempt(async () => { await call("DELETE", "/requests"); state.requests = []; state.selected = null; showRequests(); }));
  click("reset", () => confirm(text("surely")) && attempt(async () => { await call("POST", "/state/reset"); await loadDocuments(); }));
  click("calm", () => changeFaults([() => call("DELETE", "/faults")]));
  click("restore", () => attempt(async () => showClock(await call("DELETE", "/clock"))));
  for (const button of document.querySelectorAll("[data-advance]")) {
    const body = { millis: Number(button.dataset.advance) };
    button.addEventListener("click", () => attempt(async () => showClock(await call("POST", "/clock/advance", body))));
  }
  by("filter").addEventListener("input", showRequests);
  by("failed").addEventListener("change", showRequests);
  by("search").addEventListener("input", showDocuments);
  by("account").addEventListener("change", showDocuments);
  addEventListener("hashchange", route);
}

// A view that calls may have changed is loaded again, unless somebody types in it.
async function refresh() {
  const isTyping = document.activeElement && document.activeElement.tagName === "INPUT";
  if (!by("documents").hidden) await loadDocuments();
  if (!by("faults").hidden && !isTyping) await loadFaults();
}

async function poll() {
  try {
    if (!document.hidden) {
      if (await pollRequests()) await refresh();
      showClock(await call("GET", "/clock"));
    }
    if (by("problem").textContent === text("gone")) problem("");
  } catch (error) {
    problem(error instanceof TypeError ? text("gone") : error.message);
  }
  setTimeout(poll, POLL_MILLIS);
}

dress();
listen();
route().then(poll);
