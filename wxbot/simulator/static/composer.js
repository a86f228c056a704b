// The bar under the chat: the account's menu with its pop-up sub-menus, or the keyboard; a panel behind "+".

import { byId, el, fill, icon } from "./dom.js";
import { safeUrl } from "./rich_text.js";

/** What lies behind "+" in this simulator: action of the control API, label, icon. */
const EXTRAS = [
  ["image", "照片", "picture"],
  ["voice", "语音", "voice"],
  ["video", "视频", "camera"],
  ["location", "位置", "location"],
];

export class Composer {
  #root = byId("composer");
  #mode = "menu";
  #open = null; // index of the open sub-menu, or "extras"
  #draft = "";

  /** `sheets`: {scan(), subscribe()} open the phone's own sheets. */
  constructor(store, sheets) {
    this.store = store;
    this.sheets = sheets;
    document.addEventListener("pointerdown", (event) => {
      if (this.#open !== null && !this.#root.contains(event.target)) this.#show(null);
    });
    this.#root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#open !== null) {
        const back = `open-${this.#open}`;
        this.#show(null);
        this.#root.querySelector(`[data-focus-key="${back}"]`)?.focus();
      }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#step(event);
    });
  }

  get #buttons() {
    return this.store.state?.menu?.button ?? [];
  }

  #step(event) {
    const items = [...this.#root.querySelectorAll(".sub-menu a, .sub-menu button")];
    if (!items.length) return;
    event.preventDefault();
    const at = items.indexOf(document.activeElement);
    const next = event.key === "ArrowDown" ? at + 1 : at - 1 + (at < 0 ? 1 : 0);
    items.at(((next % items.length) + items.length) % items.length).focus();
  }

  #show(open) {
    this.#open = open;
    this.render();
  }

  #switch(mode) {
    this.#mode = mode;
    this.#open = null;
    this.render();
    if (mode === "text") byId("composer-text").focus();
    else this.#root.querySelector("[data-focus-key=keyboard]")?.focus();
  }

  render() {
    const hasMenu = this.#buttons.length > 0;
    const mode = hasMenu ? this.#mode : "text";
    fill(this.#root, [mode, this.#open, this.#buttons, this.store.chosen?.openid], () => (mode === "menu" ? this.#menuBar() : this.#textBar(hasMenu)));
  }

  #menuBar() {
    const keyboard = el("button", { type: "button", class: "icon-button", "aria-label": "切换到键盘", data: { focusKey: "keyboard" }, on: { click: () => this.#switch("text") } }, icon("keyboard"));
    const tops = this.#buttons.map((button, index) => {
      const subs = button.sub_button ?? [];
      if (!subs.length) return el("div", { class: "menu-slot" }, this.#entry(button, `${index}`));
      const open = this.#open === index;
      const top = el("button", {
        type: "button", class: "menu-top", "aria-expanded": open, "aria-haspopup": "true", data: { focusKey: `open-${index}` },
        on: { click: () => this.#show(open ? null : index) },
      }, icon("list", "tiny"), el("span", { text: button.name }));
      const list = open ? el("div", { class: "sub-menu", role: "group", "aria-label": button.name }, ...subs.map((sub, at) => this.#entry(sub, `${index}.${at}`))) : null;
      return el("div", { class: "menu-slot" }, top, list);
    });
    return el("div", { class: "menu-bar" }, keyboard, ...tops);
  }

  /** One tappable entry; one that opens a page is a real link and also tells the platform. */
  #entry(button, position) {
    const url = button.type === "view" ? safeUrl(button.url) : null;
    const tap = () => {
      const { chosen } = this.store;
      if (!chosen) return;
      if (button.name.includes("预约")) this.store.note("book");
      this.#show(null);
      this.store.act(chosen.openid, "menu", { key: button.key ?? button.url ?? button.pagepath ?? button.name });
    };
    const props = { class: "menu-top", data: { focusKey: `entry-${position}`, hint: button.name.startsWith("预约") ? "book" : "" }, on: { click: tap } };
    const name = el("span", { text: button.name });
    return url ? el("a", { ...props, href: url, target: "_blank", rel: "noopener noreferrer" }, name) : el("button", { ...props, type: "button" }, name);
  }

  #textBar(hasMenu) {
    const toMenu = hasMenu
      ? el("button", { type: "button", class: "icon-button", "aria-label": "切换到菜单", on: { click: () => this.#switch("menu") } }, icon("list"))
      : null;
    const area = el("textarea", { id: "composer-text", rows: 1, maxlength: 600, enterkeyhint: "send", "aria-label": "发消息给诊所", data: { focusKey: "text" } });
    area.value = this.#draft;
    const send = el("button", { type: "submit", class: "button send", text: "发送", hidden: !this.#draft.trim() });
    const extrasOpen = this.#open === "extras";
    const plus = el("button", {
      type: "button", class: "icon-button", "aria-label": "更多", "aria-expanded": extrasOpen, hidden: Boolean(this.#draft.trim()), data: { focusKey: "open-extras" },
      on: { click: () => this.#show(extrasOpen ? null : "extras") },
    }, icon("plusCircle"));
    area.addEventListener("input", () => {
      this.#draft = area.value;
      send.hidden = !area.value.trim();
      plus.hidden = !send.hidden;
    });
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    const form = el("form", { class: "text-bar", on: { submit: (event) => { event.preventDefault(); this.#send(area, send, plus); } } }, toMenu, area, plus, send);
    return [form, extrasOpen ? this.#extras() : null];
  }

  #send(area, send, plus) {
    const { chosen } = this.store;
    const text = area.value.trim();
    if (!chosen || !text) return;
    area.value = "";
    this.#draft = "";
    send.hidden = true;
    plus.hidden = false;
    this.store.say(chosen.openid, text);
    area.focus();
  }

  #extras() {
    const act = (action) => () => {
      this.#show(null);
      if (this.store.chosen) this.store.act(this.store.chosen.openid, action);
    };
    const leave = (open) => () => {
      this.#show(null);
      open();
    };
    const tiles = [...EXTRAS.map(([action, label, drawn]) => [label, drawn, act(action)]), ["扫一扫", "scan", leave(this.sheets.scan)], ["订阅", "bell", leave(this.sheets.subscribe)]];
    return el("div", { class: "extras" }, ...tiles.map(([label, drawn, onClick]) =>
      el("button", { type: "button", class: "extra", on: { click: onClick } }, el("span", { class: "extra-icon" }, icon(drawn)), el("span", { text: label }))));
  }
}
