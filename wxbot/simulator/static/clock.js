// The clinic's present time in large digits, and the buttons that move it (the demo's clock only).

import { api } from "./api.js";
import { byId } from "./dom.js";
import { clock, clockWithSeconds, DAY, HOUR, longDate, secondsToNextMorning, span } from "./times.js";

const STEPS = { hour: () => HOUR, day: () => DAY, morning: secondsToNextMorning, week: () => 7 * DAY };

export class Clock {
  constructor(store, toast) {
    this.store = store;
    this.toast = toast;
    this.buttons = [...byId("clock-buttons").querySelectorAll("button")];
    for (const button of this.buttons) button.addEventListener("click", () => this.#advance(STEPS[button.dataset.advance](store.now())));
    this.tick();
    setInterval(() => this.tick(), 1000);
  }

  async #advance(seconds) {
    for (const button of this.buttons) button.disabled = true;
    byId("clock-now").classList.add("moving");
    try {
      const answer = await api.advance(seconds);
      this.store.note("time");
      if (this.store.state?.clock_hook && answer.clinic === null) this.toast("平台的时间已经拨动，但诊所没有回应，它的时钟可能没有动。");
    } catch (error) {
      this.toast(error.message);
    } finally {
      for (const button of this.buttons) button.disabled = false;
      byId("clock-now").classList.remove("moving");
      this.store.want("state", "thread", "traffic");
    }
  }

  tick() {
    const { state } = this.store;
    if (!state) return;
    const now = this.store.now();
    byId("clock-now").textContent = clockWithSeconds(now);
    byId("clock-date").textContent = longDate(now);
    byId("phone-time").textContent = clock(now);
    byId("open-panel-time").textContent = clock(now);
  }

  render() {
    const { state } = this.store;
    if (!state) return;
    const shift = state.shift_seconds;
    byId("clock-shift").textContent = shift >= 1 ? `比真实时间快 ${span(shift)}` : "与真实时间一致";
    this.tick();
  }
}
