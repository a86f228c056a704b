// What the page knows: one copy, fetched from the server, never guessed. Views read it and are told when it changed.

import { api, Unreachable } from "./api.js";

const CHOSEN = "phone.chosen";
const DID = "phone.did";
const REST_MS = 120; // between rounds, so a busy platform does not keep the page drawing
const TRAFFIC_KEPT = 400; // lines kept in the table; older ones stay on the server

export class Store extends EventTarget {
  state = null; // GET /sim/state
  thread = null; // GET /sim/people/{openid}/messages of the chosen person, with its openid
  traffic = []; // newest last
  online = null; // null until the first answer
  pending = []; // messages on their way: {id, openid, text, menuId, failed, ownBefore}
  busy = new Map(); // openid → actions under way
  did = new Set(readJson(DID, []));
  #chosen = sessionStorage.getItem(CHOSEN);
  #wanted = new Set();
  #running = false;
  #serverNow = Date.now();
  #fetchedAt = performance.now();
  #pendingId = 0;

  /** The platform's present moment, ticking between answers. */
  now() {
    return new Date(this.#serverNow + performance.now() - this.#fetchedAt);
  }

  get chosen() {
    return this.state?.people.find((person) => person.openid === this.#chosen) ?? null;
  }

  choose(openid) {
    if (openid === this.#chosen) return;
    this.#chosen = openid;
    if (openid) sessionStorage.setItem(CHOSEN, openid);
    this.thread = null;
    this.#told();
    this.want("thread", "state");
  }

  /** Remember a step of the guide. */
  note(step) {
    if (this.did.has(step)) return;
    this.did.add(step);
    try {
      localStorage.setItem(DID, JSON.stringify([...this.did]));
    } catch {
      // storage may be off; the guide then only lasts for this visit
    }
    this.#told();
  }

  /** Ask for fresh "state", "thread" or "traffic"; asks arriving meanwhile are answered in one more round. */
  want(...parts) {
    for (const part of parts) this.#wanted.add(part);
    if (!this.#running) this.#run();
  }

  async #run() {
    this.#running = true;
    try {
      while (this.#wanted.size) {
        const wanted = new Set(this.#wanted);
        this.#wanted.clear();
        if (wanted.has("state")) await this.#fetchState();
        if (wanted.has("thread")) await this.#fetchThread();
        if (wanted.has("traffic")) await this.#fetchTraffic();
        this.setOnline(true);
        this.#told();
        if (this.#wanted.size) await new Promise((resume) => setTimeout(resume, REST_MS));
      }
    } catch (error) {
      this.#wanted.clear();
      if (error instanceof Unreachable) this.setOnline(false);
      else this.dispatchEvent(new CustomEvent("trouble", { detail: error.message }));
    } finally {
      this.#running = false;
    }
  }

  async #fetchState() {
    this.state = await api.state();
    this.#serverNow = new Date(this.state.now).getTime();
    this.#fetchedAt = performance.now();
    if (!this.chosen) {
      const first = this.state.people[0]?.openid ?? null;
      if (first !== this.#chosen) this.choose(first);
    }
  }

  async #fetchThread() {
    const openid = this.#chosen;
    if (!openid || (this.state && !this.chosen)) {
      this.thread = null;
      return;
    }
    const thread = await api.messages(openid);
    if (openid !== this.#chosen) return;
    this.thread = { openid, ...thread };
    const own = countOwn(thread.messages);
    this.pending = this.pending.filter((one) => one.openid !== openid || one.failed || own <= one.ownBefore);
    const summary = this.chosen;
    if (summary) summary.unread = 0;
  }

  async #fetchTraffic() {
    const last = this.traffic.at(-1)?.n ?? 0;
    const { lines } = await api.traffic(last);
    if (lines.length) this.traffic = [...this.traffic, ...lines].slice(-TRAFFIC_KEPT);
  }

  /** Read the log from its beginning again. */
  forgetTraffic() {
    this.traffic = [];
  }

  setOnline(online) {
    if (online === this.online) return;
    this.online = online;
    this.#told();
    if (!online) this.dispatchEvent(new Event("lost"));
  }

  /** Do something as the patient, told to the views while it lasts. Errors go to "trouble"; returns the answer or null. */
  async act(openid, action, body = {}) {
    this.busy.set(openid, (this.busy.get(openid) ?? 0) + 1);
    this.#told();
    try {
      const answer = await api.act(openid, action, body);
      this.setOnline(true);
      if (answer && answer.ok === false) this.dispatchEvent(new CustomEvent("unanswered", { detail: answer }));
      return answer;
    } catch (error) {
      if (error instanceof Unreachable) this.setOnline(false);
      this.dispatchEvent(new CustomEvent("trouble", { detail: error.message }));
      return null;
    } finally {
      this.busy.set(openid, this.busy.get(openid) - 1);
      this.want("state", "thread", "traffic");
      this.#told();
    }
  }

  /** Write a message: shown at once, marked when it could not be handed to the platform. */
  async say(openid, text, menuId = null) {
    if (text.includes("预约")) this.note("book");
    const own = this.thread?.openid === openid ? countOwn(this.thread.messages) : 0;
    const waiting = this.pending.filter((one) => one.openid === openid && !one.failed).length;
    const one = { id: ++this.#pendingId, openid, text, menuId, failed: false, ownBefore: own + waiting };
    this.pending = [...this.pending, one];
    this.#told();
    const answer = await this.act(openid, "say", menuId ? { text, menu_id: menuId } : { text });
    if (answer) return;
    this.pending = this.pending.map((other) => (other.id === one.id ? { ...other, failed: true } : other));
    this.#told();
  }

  retry(id) {
    const one = this.pending.find((other) => other.id === id);
    if (!one) return;
    this.pending = this.pending.filter((other) => other.id !== id);
    this.say(one.openid, one.text, one.menuId);
  }

  #told() {
    this.dispatchEvent(new Event("change"));
  }
}

/** Did the patient write it? A direction is the account's: "in" comes from the patient. */
export const isOwn = (seen) => seen.direction === "in";

const countOwn = (messages) => messages.filter(isOwn).length;

function readJson(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}
