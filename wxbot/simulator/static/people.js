// The left column: who is there, who is picked, what they may do with the account; the codes to scan.

import { api } from "./api.js";
import { avatar, byId, el, fill, icon } from "./dom.js";
import { isOwn } from "./store.js";
import { listTime } from "./times.js";

const KINDS = {
  image: "[图片]", voice: "[语音]", video: "[视频]", location: "[位置]", link: "[链接]", news: "[图文]", music: "[音乐]",
  template: "[服务通知]", notice: "[订阅通知]", service_unavailable: "该公众号暂时无法提供服务",
};

/** One line about a person's last message; `last` may be a text or a whole message. */
function preview(last) {
  if (!last) return "";
  const text = typeof last === "string" ? last : last.text || last.card?.title || "";
  const bare = typeof last === "string" ? KINDS[last.replace(/^\[(\w+)\]$/, "$1")] : undefined; // "[voice]": nothing but its kind
  const kind = bare ?? (typeof last === "object" ? KINDS[last.kind] : undefined);
  const words = bare ? "" : text;
  const own = typeof last === "object" && isOwn(last) ? "我：" : "";
  return `${own}${kind ?? ""}${words.replace(/<\/?a\b[^>]*>/gi, "").replace(/\s+/g, " ")}`;
}

export class People {
  constructor(store, { onPick, toast }) {
    this.store = store;
    this.onPick = onPick;
    const form = byId("create");
    const input = byId("create-name");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await this.create(input.value)) input.value = "";
    });
    byId("quick-start").addEventListener("click", () => this.create("小林"));
    this.toast = toast;
  }

  async create(name) {
    const clean = name.trim();
    if (!clean) {
      this.toast("请先写一个名字。");
      return false;
    }
    try {
      const { openid } = await api.create(clean);
      this.store.choose(openid);
      this.onPick();
      return true;
    } catch (error) {
      this.toast(error.message);
      return false;
    } finally {
      this.store.want("state", "thread");
    }
  }

  render() {
    const { state, chosen } = this.store;
    if (!state) return;
    const now = this.store.now();
    byId("people-empty").hidden = state.people.length > 0;
    fill(byId("people-list"), [state.people, chosen?.openid, [...this.store.busy], now.toDateString()], () => state.people.map((person) => this.#person(person, person.openid === chosen?.openid, now)));
    const elsewhere = state.people.reduce((sum, person) => sum + (person.openid === chosen?.openid ? 0 : person.unread), 0);
    byId("open-people-name").textContent = chosen?.name ?? "患者";
    const badge = byId("open-people-badge");
    badge.hidden = elsewhere === 0;
    badge.textContent = String(elsewhere);
    document.title = elsewhere ? `(${elsewhere}) 微信里的诊所` : "微信里的诊所";
    this.#codes(state, chosen);
  }

  #person(person, picked, now) {
    const last = person.last;
    const at = typeof last === "object" && last?.at ? listTime(new Date(last.at), now) : "";
    const unread = !picked && person.unread > 0;
    const pick = el("button", {
      type: "button", class: "person-pick", "aria-current": picked ? "true" : null, data: { focusKey: `pick-${person.openid}` },
      on: { click: () => { this.store.choose(person.openid); this.onPick(); } },
    },
    el("span", { class: "avatar-wrap" }, avatar(person.name, person.openid), unread ? el("span", { class: "badge", text: person.unread > 99 ? "99+" : String(person.unread) }) : null),
    el("span", { class: "person-words" },
      el("span", { class: "person-line" }, el("strong", { text: person.name }), el("span", { class: "person-time", text: at })),
      el("span", { class: "person-last", text: preview(last) || (person.following ? "已关注" : "还没有关注") }),
      unread ? el("span", { class: "visually-hidden", text: `${person.unread} 条未读` }) : null));
    return el("li", { class: picked ? "person picked" : "person" }, pick, picked ? this.#actions(person) : null);
  }

  #actions(person) {
    const busy = (this.store.busy.get(person.openid) ?? 0) > 0;
    const button = (label, drawn, action, className, disabled = busy) => el("button", {
      type: "button", class: `button small ${className}`, disabled, data: { focusKey: `${action}-${person.openid}` },
      on: { click: () => this.store.act(person.openid, action) },
    }, drawn ? icon(drawn) : null, label);
    return el("div", { class: "person-actions" }, person.following
      ? [el("span", { class: "state on" }, icon("check"), "已关注"), button("取消关注", null, "unfollow", "plain")]
      : [button("关注公众号", "add", "follow", "")]);
  }

  #codes(state, chosen) {
    const scenes = state.scenes ?? [];
    fill(byId("codes"), [scenes, chosen?.openid, chosen?.following], () => {
      if (!scenes.length) return el("p", { class: "note", text: "诊所生成带参数的二维码后，会出现在这里。" });
      return el("ul", { class: "code-list" }, ...scenes.map(({ scene, label }) => el("li", {},
        el("img", { src: api.qr(scene), alt: `${label || scene} 的二维码`, width: 56, height: 56, loading: "lazy" }),
        el("span", { class: "code-words" }, el("strong", { text: label || scene }), el("button", {
          type: "button", class: "button small plain", disabled: !chosen, data: { focusKey: `scan-${scene}` },
          on: { click: () => { this.store.act(chosen.openid, "scan", { scene }); this.onPick(); } },
        }, icon("scan"), chosen && !chosen.following ? "扫码关注" : "扫一扫")))));
    });
  }
}
