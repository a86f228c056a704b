// The platform's physics for the chosen patient: through which doors the clinic may speak of its own accord right now.

import { byId, el, fill } from "./dom.js";
import { clock, monthDay } from "./times.js";

const FULL_BUDGET = 5; // messages a patient's own message allows (reference §4.1)

function row(channel, name, words, detail) {
  return el("li", { class: "right" }, el("span", { class: `via ${channel}` }, el("i", { "aria-hidden": "true" }), name), el("span", { class: "right-words" }, ...[words, detail].flat().filter(Boolean)));
}

export class Rights {
  constructor(store, subscribe) {
    this.store = store;
    this.subscribe = subscribe;
  }

  render() {
    const { state, thread, chosen } = this.store;
    const root = byId("rights");
    if (!state || !chosen || !thread) {
      fill(root, "nobody", () => el("p", { class: "note", text: "选一位患者，就能看到诊所还能对 TA 说什么。" }));
      return;
    }
    const rights = thread.person.rights ?? {};
    const until = rights.until ? new Date(rights.until) : null;
    const open = chosen.following && rights.left > 0 && until && until > this.store.now();
    const key = [chosen.openid, chosen.following, open && rights.left, rights.until, thread.person.grants, thread.person.refusing, state.notice_templates];
    fill(root, key, () => el("ul", { class: "rights-list" }, this.#customer(chosen, open, rights, until), this.#template(chosen, thread), this.#notice(state, thread)));
  }

  #customer(chosen, open, rights, until) {
    if (!open) {
      const spent = chosen.following && until && until > this.store.now();
      const words = !chosen.following ? "要先关注" : spent ? "条数已用完，等患者再说话" : "窗口已关，等患者先说话";
      return row("customer", "客服消息", el("span", { class: "muted", text: words }));
    }
    const pips = el("span", { class: "pips", "aria-hidden": "true" }, ...Array.from({ length: Math.max(FULL_BUDGET, rights.left) }, (_, index) => el("i", { class: index < rights.left ? "on" : "" })));
    return row("customer", "客服消息", el("span", { text: `余 ${rights.left} 条 · 至 ${monthDay(until)} ${clock(until)}` }), pips);
  }

  #template(chosen, thread) {
    const words = !chosen.following ? "要先关注" : thread.person.refusing ? "患者已拒收" : "可发服务通知";
    return row("template", "模板消息", el("span", { class: words === "可发服务通知" ? "" : "muted", text: words }));
  }

  #notice(state, thread) {
    const grants = thread.person.grants ?? {};
    const title = (id) => state.notice_templates?.find((template) => template.template_id === id)?.title ?? id;
    const given = Object.entries(grants).filter(([, count]) => count > 0).map(([id, count]) => `${title(id)} ×${count}`);
    const ask = el("button", { type: "button", class: "text-button", data: { focusKey: "subscribe" }, text: "去订阅", on: { click: this.subscribe } });
    return row("notice", "订阅通知", given.length ? el("span", { text: given.join("、") }) : el("span", { class: "muted", text: "患者还没有订阅" }), ask);
  }
}
