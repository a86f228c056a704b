// What slides over the phone's screen: settings, subscription consent, scanning, a picture. One at a time.

import { api } from "./api.js";
import { byId, el, icon } from "./dom.js";

export class Sheets {
  #layer = byId("sheet-layer");
  #before = null;

  constructor(store) {
    this.store = store;
    this.#layer.addEventListener("pointerdown", (event) => {
      if (event.target === this.#layer) this.close();
    });
    this.#layer.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  close() {
    if (this.#layer.hidden) return;
    this.#layer.hidden = true;
    this.#layer.replaceChildren();
    for (const view of document.querySelectorAll("#screen > .view")) view.inert = false;
    this.#before?.focus?.();
    this.#before = null;
  }

  open(label, className, ...children) {
    const close = el("button", { type: "button", class: "icon-button sheet-close", "aria-label": "关闭", on: { click: () => this.close() } }, icon("close"));
    const sheet = el("section", { class: `sheet ${className}`, role: "dialog", "aria-modal": "true", "aria-label": label, tabindex: -1 }, close, ...children);
    if (this.#layer.hidden) this.#before = document.activeElement;
    this.#layer.replaceChildren(sheet);
    this.#layer.hidden = false;
    for (const view of document.querySelectorAll("#screen > .view")) view.inert = true;
    sheet.focus();
  }

  /** A picture or a few words in full size. */
  show({ title, body }) {
    this.open(title, "viewer", el("h3", { text: title }), body);
  }

  /** "…" in the chat's corner: what a patient may decide about this account. */
  settings() {
    const { chosen, thread } = this.store;
    if (!chosen) return;
    const refusing = Boolean(thread?.person?.refusing);
    const toggle = el("input", { type: "checkbox", role: "switch", id: "receive-messages", checked: !refusing });
    toggle.addEventListener("change", () => this.store.act(chosen.openid, "refuse", { refuse: !toggle.checked }));
    const preview = el("input", { type: "checkbox", role: "switch", id: "preview-pages", checked: Boolean(thread?.person?.previewing) });
    preview.addEventListener("change", () => this.store.act(chosen.openid, "preview", { preview: preview.checked }));
    const leave = el("button", { type: "button", class: "cell danger", text: "不再关注", on: { click: () => this.#confirmLeaving(chosen) } });
    this.open("公众号设置", "settings", el("h3", { text: "设置" }), el("div", { class: "cells" },
      el("label", { class: "cell", for: "receive-messages" }, el("span", { text: "接收消息" }), toggle),
      el("label", { class: "cell", for: "preview-pages" }, el("span", { text: "网页以快照页打开" }), preview),
      el("button", { type: "button", class: "cell", on: { click: () => this.subscribe() } }, el("span", { text: "订阅通知" }), icon("chevron")),
      leave));
  }

  #confirmLeaving(chosen) {
    this.open("不再关注", "confirm", el("h3", { text: "不再关注？" }), el("p", { text: "不再关注后，将不再收到该公众号的消息。" }),
      el("div", { class: "sheet-buttons" },
        el("button", { type: "button", class: "button plain", text: "取消", on: { click: () => this.close() } }),
        el("button", { type: "button", class: "button danger", text: "不再关注", on: { click: () => { this.close(); this.store.act(chosen.openid, "unfollow"); } } })));
  }

  /** WeChat's own consent sheet: the patient ticks what may be sent, once per tick. */
  subscribe() {
    const { chosen, state } = this.store;
    if (!chosen || !state) return;
    const templates = state.notice_templates ?? [];
    const head = el("div", { class: "consent-head" }, el("img", { src: "/static/account.svg", alt: "", width: 24, height: 24 }), el("span", { text: `${state.account.name} 申请` }));
    if (!templates.length) {
      this.open("订阅通知", "consent", head, el("p", { class: "empty", text: "诊所还没有可订阅的通知。" }));
      return;
    }
    const boxes = templates.map((template) => {
      const box = el("input", { type: "checkbox", checked: true, value: template.template_id });
      return [box, el("label", { class: "cell" }, el("span", { text: template.title }), box)];
    });
    const answer = (accept) => {
      const chosenIds = boxes.filter(([box]) => box.checked).map(([box]) => box.value);
      const ids = accept ? chosenIds : templates.map((template) => template.template_id);
      this.close();
      this.store.act(chosen.openid, "notice", { template_id: ids, accept });
    };
    const allow = el("button", { type: "button", class: "button", text: "允许", on: { click: () => answer(true) } });
    const recount = () => { allow.disabled = !boxes.some(([box]) => box.checked); };
    for (const [box] of boxes) box.addEventListener("change", recount);
    this.open("订阅通知", "consent", head, el("h3", { text: "发送一次以下消息" }), el("div", { class: "cells" }, ...boxes.map(([, label]) => label)),
      el("p", { class: "note", text: "每同意一次，诊所能发一条。" }),
      el("div", { class: "sheet-buttons" }, el("button", { type: "button", class: "button plain", text: "拒绝", on: { click: () => answer(false) } }), allow));
  }

  /** The scanner: the clinic's QR codes lie ready. */
  scan() {
    const { chosen, state } = this.store;
    if (!chosen || !state) return;
    const scenes = state.scenes ?? [];
    const pick = (scene) => () => {
      this.close();
      this.store.act(chosen.openid, "scan", { scene });
    };
    const codes = scenes.map(({ scene, label }) => el("button", { type: "button", class: "code", on: { click: pick(scene) } },
      el("img", { src: api.qr(scene), alt: "", width: 84, height: 84 }), el("span", { text: label || scene })));
    this.open("扫一扫", "scan", el("h3", { text: "扫一扫" }), codes.length ? el("div", { class: "codes-grid" }, ...codes) : el("p", { class: "empty", text: "诊所还没有生成二维码。" }));
  }
}
