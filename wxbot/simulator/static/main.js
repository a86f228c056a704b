// The phone page: puts its parts together and redraws them when something changed.

import { Live } from "./api.js";
import { Chat } from "./chat.js";
import { Clock } from "./clock.js";
import { Composer } from "./composer.js";
import { byId, drawIcons, el, fill, icon } from "./dom.js";
import { Drawers } from "./drawers.js";
import { Faults } from "./faults.js";
import { Guide } from "./guide.js";
import { People } from "./people.js";
import { Rights } from "./rights.js";
import { Sheets } from "./sheets.js";
import { Store } from "./store.js";
import { Traffic } from "./traffic.js";

const TOAST_MS = 4500;
const TYPING_AFTER_MS = 500; // a quick answer needs no "typing"

drawIcons();

function toast(words) {
  const note = el("p", { class: "toast", text: words });
  byId("toasts").append(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

const store = new Store();
const drawers = new Drawers();
const sheets = new Sheets(store);
const chat = new Chat(store, (what) => sheets.show(what));
const composer = new Composer(store, { scan: () => sheets.scan(), subscribe: () => sheets.subscribe() });
const people = new People(store, { onPick: () => { home = false; sheets.close(); drawers.close(); }, toast });
const clock = new Clock(store, toast);
const rights = new Rights(store, () => { drawers.close(); sheets.subscribe(); });
const guide = new Guide(store);
const traffic = new Traffic(store);
new Faults(toast);

let home = false; // the patient looks at the account's own page, not at the chat
let shown = null;
let typingSince = null;

function showView(name) {
  if (name === shown) return;
  shown = name;
  for (const view of ["loading", "nobody", "profile", "chat"]) byId(`view-${view}`).hidden = view !== name;
  byId("screen").dataset.view = name;
}

function renderPhone() {
  const { state, chosen, thread } = store;
  if (!state) return;
  byId("brand-name").textContent = state.account.name;
  byId("profile-name").textContent = state.account.name;
  if (!chosen) return showView("nobody");
  if (!thread) return showView("loading");
  byId("profile-back").hidden = thread.messages.length === 0;
  renderProfile(chosen);
  composer.render();
  const leaving = !chosen.following;
  showView(home || (leaving && !lookBack) ? "profile" : "chat");
  byId("composer").hidden = leaving;
  chat.render();
  renderTitle(state, chosen);
}

let lookBack = false; // no longer following, but reading the old messages

function renderProfile(chosen) {
  const busy = (store.busy.get(chosen.openid) ?? 0) > 0;
  fill(byId("profile-actions"), [chosen.openid, chosen.following, busy, store.state.scenes?.length], () => chosen.following
    ? [el("button", { type: "button", class: "button wide", text: "发消息", on: { click: () => { home = false; renderPhone(); } } })]
    : [
        el("button", { type: "button", class: "button wide", disabled: busy, on: { click: () => { home = false; store.act(chosen.openid, "follow"); } } }, busy ? "正在关注…" : "关注公众号"),
        el("button", { type: "button", class: "button wide plain", disabled: busy, on: { click: () => sheets.scan() } }, icon("scan"), "扫码关注"),
      ]);
}

function renderTitle(state, chosen) {
  const busy = (store.busy.get(chosen.openid) ?? 0) > 0;
  if (!busy) typingSince = null;
  else if (typingSince === null) {
    typingSince = performance.now();
    setTimeout(renderPhone, TYPING_AFTER_MS + 20);
  }
  const typing = store.thread?.person.typing || (busy && performance.now() - typingSince > TYPING_AFTER_MS);
  const words = typing ? "对方正在输入…" : state.account.name;
  if (byId("chat-title").textContent !== words) byId("chat-title").textContent = words;
}

function renderConnection() {
  const { online } = store;
  const words = online === null ? "正在连接…" : online ? "实时" : "已断开";
  if (byId("live-text").textContent !== words) byId("live-text").textContent = words;
  byId("live").dataset.online = String(online);
  byId("banner").hidden = online !== false;
  byId("banner-text").textContent = "连不上模拟平台，正在自动重试。手机上的内容不会丢。";
}

store.addEventListener("change", () => {
  renderConnection();
  people.render();
  renderPhone();
  clock.render();
  rights.render();
  guide.render();
  traffic.render();
});
store.addEventListener("trouble", (event) => toast(event.detail));
store.addEventListener("unanswered", (event) => toast(`诊所没有好好回答（平台试了 ${event.detail.attempts} 次）。`));

byId("chat-back").addEventListener("click", () => { home = !lookBack; lookBack = false; renderPhone(); });
byId("profile-back").addEventListener("click", () => { home = false; lookBack = !store.chosen?.following; renderPhone(); });
byId("chat-more").addEventListener("click", () => sheets.settings());

const live = new Live({
  onChange: ({ what }) => store.want("state", "thread", ...(what === "message" ? [] : ["traffic"])),
  onState: (up) => {
    if (up && store.online === false) store.forgetTraffic(); // it may have been started anew, with lines counted from 1
    store.setOnline(up);
    if (up) store.want("state", "thread", "traffic");
  },
});
store.addEventListener("lost", () => live.again());
byId("banner-retry").addEventListener("click", () => live.connect());
window.addEventListener("pagehide", () => live.close());
window.addEventListener("pageshow", (event) => event.persisted && live.connect());
store.want("state", "thread", "traffic");
live.connect();
