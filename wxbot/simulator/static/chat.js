// The conversation on the phone: messages in order, the grey time lines, what is on its way.

import { byId, el } from "./dom.js";
import { message, pendingMessage } from "./messages.js";
import { isOwn } from "./store.js";
import { chatTime } from "./times.js";

const TIME_LINE_GAP_MS = 5 * 60 * 1000; // WeChat shows a time after five quiet minutes
const NEAR_BOTTOM_PX = 80;

export class Chat {
  #list = byId("chat");
  #more = byId("new-messages");
  #pending = el("div", { class: "pending-list" });
  #openid = null;
  #keys = [];
  #pendingKey = "";

  constructor(store, show) {
    this.store = store;
    this.show = show;
    this.#more.addEventListener("click", () => this.toBottom(true));
    this.#list.addEventListener("scroll", () => {
      if (this.#nearBottom()) this.#more.hidden = true;
    });
    // a phone's keyboard or a turned screen must not hide the newest message
    new ResizeObserver(() => this.#stick && this.toBottom()).observe(this.#list);
  }

  #stick = true;

  #nearBottom() {
    this.#stick = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < NEAR_BOTTOM_PX;
    return this.#stick;
  }

  toBottom(smooth = false) {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#list.scrollTo({ top: this.#list.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
    this.#more.hidden = true;
    this.#stick = true;
  }

  render() {
    const { state, thread } = this.store;
    if (!state || !thread) return;
    const ctx = {
      account: state.account,
      person: thread.person,
      reply: ({ text, id }) => this.store.say(thread.openid, text, id || null),
      show: this.show,
    };
    const keys = thread.messages.map((seen) => JSON.stringify(seen));
    const grown = this.#openid === thread.openid && keys.length >= this.#keys.length && this.#keys.every((key, index) => key === keys[index]);
    const wasNear = this.#nearBottom();
    const from = grown ? this.#keys.length : 0;
    if (!grown) this.#list.replaceChildren(this.#pending);
    const fresh = thread.messages.slice(from);
    fresh.forEach((seen, index) => {
      const before = thread.messages[from + index - 1];
      const at = new Date(seen.at);
      if (!before || at - new Date(before.at) > TIME_LINE_GAP_MS) this.#pending.before(el("p", { class: "time-line", data: { at: seen.at } }));
      const row = message(seen, ctx);
      if (grown) row.classList.add("arriving");
      this.#pending.before(row);
    });
    this.#keys = keys;
    this.#openid = thread.openid;
    this.#nameTimes();
    const sending = this.#drawPending(ctx);
    if (!grown || sending || (fresh.length && (wasNear || isOwn(fresh.at(-1))))) this.toBottom(grown);
    else if (fresh.length) this.#more.hidden = false;
  }

  #drawPending(ctx) {
    const mine = this.store.pending.filter((one) => one.openid === this.#openid);
    const key = JSON.stringify(mine);
    if (key === this.#pendingKey) return false;
    this.#pendingKey = key;
    this.#pending.replaceChildren(...mine.map((one) => pendingMessage(one, ctx, (id) => this.store.retry(id))));
    return mine.length > 0;
  }

  /** "10:32" of yesterday becomes "昨天 10:32" when the clock moves on. */
  #nameTimes() {
    const now = this.store.now();
    for (const line of this.#list.querySelectorAll(".time-line")) {
      const words = chatTime(new Date(line.dataset.at), now);
      if (line.textContent !== words) line.textContent = words;
    }
  }
}
