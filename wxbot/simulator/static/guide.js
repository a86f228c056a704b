// Three steps for a stranger; they tick themselves off and the strip goes away when done or dismissed.

import { byId, el, fill, icon } from "./dom.js";

const DISMISSED = "guide";
const GOODBYE_MS = 6000;

export class Guide {
  #leaving = null;

  constructor(store) {
    this.store = store;
  }

  render() {
    const { state, did } = this.store;
    const root = byId("guide");
    if (!state) return;
    root.hidden = did.has(DISMISSED);
    document.body.dataset.step = "";
    if (root.hidden) return;
    const followed = did.has("follow") || this.store.chosen?.following === true;
    if (followed && !did.has("follow")) this.store.note("follow");
    const steps = [["关注公众号", followed], ["点“预约”", did.has("book")], ["推动时间", did.has("time")]];
    const current = steps.findIndex(([, done]) => !done);
    document.body.dataset.step = String(current);
    fill(root, [steps, current], () => current < 0 ? this.#goodbye() : this.#steps(steps, current));
  }

  #steps(steps, current) {
    return [
      el("ol", {}, ...steps.map(([label, done], index) => el("li", { class: done ? "done" : index === current ? "current" : "", "aria-current": index === current ? "step" : null },
        el("span", { class: "step", "aria-hidden": "true" }, done ? icon("check") : String(index + 1)), label, done ? el("span", { class: "visually-hidden", text: "（已完成）" }) : null))),
      el("button", { type: "button", class: "icon-button", "aria-label": "收起引导", on: { click: () => this.store.note(DISMISSED) } }, icon("close")),
    ];
  }

  #goodbye() {
    this.#leaving ??= setTimeout(() => this.store.note(DISMISSED), GOODBYE_MS);
    return el("p", { class: "goodbye" }, icon("check"), "就是这样。接下来请随意看看。");
  }
}
