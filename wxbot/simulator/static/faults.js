// Trouble on request: what the platform does wrong to the next calls, so one can watch the clinic bear it.

import { api } from "./api.js";
import { byId, el, icon } from "./dom.js";

const SEND = "/cgi-bin/message/custom/send";
const TEMPLATE = "/cgi-bin/message/template/send";

/** Label, what happens, icon, the call. */
const CHOICES = [
  ["窗口已关 45015", "下一条客服消息被拒绝", "alert", () => api.addFault({ path: SEND, code: 45015, times: 1 })],
  ["平台忙 -1", "下一条模板消息请稍后再试", "reload", () => api.addFault({ path: TEMPLATE, code: -1, times: 1 })],
  ["慢 3 秒", "下一条客服消息 3 秒后才回答", "clock", () => api.addFault({ path: SEND, latency: 3, times: 1 })],
  ["没送到就断线", "下一条客服消息没有执行，也没有回答", "cut", () => api.addFault({ path: SEND, drop: "before", times: 1 })],
  ["送到了才断线", "下一条客服消息已送达，但诊所收不到回答", "cut", () => api.addFault({ path: SEND, drop: "after", times: 1 })],
  ["令牌失效", "access_token 立刻作废", "key", () => api.revokeToken()],
];

export class Faults {
  constructor(toast) {
    this.toast = toast;
    const buttons = CHOICES.map(([label, what, drawn, call]) => el("button", { type: "button", class: "fault", on: { click: () => this.#make(label, call) } },
      icon(drawn), el("span", {}, el("strong", { text: label }), el("span", { text: what }))));
    const clear = el("button", { type: "button", class: "button small plain", text: "全部恢复正常", on: { click: () => this.#clear() } });
    byId("faults-body").append(el("div", { class: "fault-grid" }, ...buttons), clear);
  }

  async #make(label, call) {
    try {
      await call();
      this.toast(`已安排：${label}`);
    } catch (error) {
      this.toast(error.message);
    }
  }

  async #clear() {
    try {
      await api.clearFaults();
      this.toast("平台恢复正常。");
    } catch (error) {
      this.toast(error.message);
    }
  }
}
