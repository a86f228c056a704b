// The platform's log as a table a person can read: newest first, with a filter.

import { byId, el, fill, icon } from "./dom.js";
import { clockWithSeconds, monthDay } from "./times.js";

/** Names of pushes (what the patient did) and calls (what the clinic asked for), in words. */
const PUSHES = {
  text: "文字消息", image: "图片消息", voice: "语音消息", video: "视频消息", shortvideo: "小视频", location: "位置消息", link: "链接消息",
  subscribe: "关注", unsubscribe: "取消关注", scan: "扫码", click: "点菜单", view: "打开网页", view_miniprogram: "打开小程序",
  scancode_push: "菜单扫码", scancode_waitmsg: "菜单扫码", location_select: "发送位置",
  templatesendjobfinish: "模板消息回执", subscribe_msg_popup_event: "订阅选择", subscribe_msg_change_event: "订阅变更", subscribe_msg_sent_event: "订阅通知回执",
  verify: "验证回调地址",
};
const CALLS = [
  ["message/custom/send", "发客服消息"], ["message/custom/typing", "正在输入"], ["message/template/send", "发模板消息"], ["message/subscribe/bizsend", "发订阅通知"],
  ["stable_token", "取令牌"], ["cgi-bin/token", "取令牌"], ["menu/create", "设置菜单"], ["menu/get", "读取菜单"], ["menu/delete", "删除菜单"], ["qrcode/create", "生成二维码"],
  ["get_all_private_template", "读取模板"], ["newtmpl/gettemplate", "读取订阅模板"], ["user/info", "读取用户"], ["user/get", "读取关注者"], ["tags/", "标签"],
  ["media/upload", "上传素材"], ["media/get", "下载素材"], ["ticket/getticket", "取网页票据"], ["sns/oauth2", "网页授权"], ["oauth2/authorize", "网页授权"], ["openapi/", "查询额度"],
];
const FILTERS = { all: "全部", push: "患者 → 诊所", api: "诊所 → 平台", bad: "出错" };
const CODES = {
  45015: "超过可发送的时间", 45047: "条数用完", 43004: "未关注", 43101: "未订阅或已用完", 48002: "患者拒收", 40001: "令牌无效", 40014: "令牌无效", 42001: "令牌过期",
  40003: "用户不对", 40037: "模板不对", 47003: "字段不合规", 45009: "额度用完", 46003: "还没有菜单",
};

/** The platform's remarks, in words; what is not known here is shown as it came. */
const NOTES = [
  [/\breply text\b/, "当场回了文字"], [/\breply news\b/, "当场回了图文"], [/\breply (\w+)/, "当场回了 $1"], [/fault on request/, "人为故障"],
  [/closed before executing/, "没执行就断线"], [/closed after executing/, "执行后断线"], [/\((\d) tries\)/, "试了 $1 次"], [/^success$/, "成功"],
];
const worded = (note) => NOTES.reduce((text, [pattern, words]) => text.replace(pattern, words), note ?? "");

const named = (line) => line.direction === "push"
  ? PUSHES[String(line.name).toLowerCase()] ?? line.name
  : CALLS.find(([part]) => line.name.includes(part))?.[1] ?? line.name;

const HTTP_BAD = 400;
const ROWS = 200; // drawn at most; nobody reads further down

/** Went wrong: an error code, an HTTP error, or no answer at all. */
function isBad(line) {
  if (line.code) return true;
  if (line.status === null || line.status === undefined) return line.direction === "push" || line.code === null || line.code === undefined;
  return line.status >= HTTP_BAD;
}

function result(line) {
  if (line.code) return String(line.code);
  if (line.status && line.status >= HTTP_BAD) return `HTTP ${line.status}`;
  return isBad(line) ? "无回答" : "成功";
}

export class Traffic {
  #filter = "all";
  #search = "";

  constructor(store) {
    this.store = store;
    byId("traffic-filter").append(...Object.entries(FILTERS).map(([key, label]) => el("button", {
      type: "button", "aria-pressed": key === "all", text: label, data: { filter: key }, on: { click: () => this.#choose(key) },
    })));
    byId("traffic-search").addEventListener("input", (event) => {
      this.#search = event.target.value.trim().toLowerCase();
      this.render();
    });
  }

  #choose(key) {
    this.#filter = key;
    for (const button of byId("traffic-filter").children) button.setAttribute("aria-pressed", String(button.dataset.filter === key));
    this.render();
  }

  render() {
    const { traffic, state } = this.store;
    const names = Object.fromEntries((state?.people ?? []).map((person) => [person.openid, person.name]));
    const kept = traffic.filter((line) => this.#keeps(line, names)).slice(-ROWS).reverse();
    const quiet = byId("traffic-empty");
    quiet.hidden = kept.length > 0;
    quiet.textContent = traffic.length ? "没有符合的记录。" : "还很安静。患者做的每个动作、诊所的每次调用，都会出现在这里。";
    fill(byId("traffic"), [kept.map((line) => line.n), names], () => kept.map((line) => this.#row(line, names)));
  }

  #keeps(line, names) {
    if (this.#filter === "bad" && !isBad(line)) return false;
    if ((this.#filter === "push" || this.#filter === "api") && line.direction !== this.#filter) return false;
    if (!this.#search) return true;
    return [line.name, named(line), names[line.openid], line.note, line.code].some((part) => String(part ?? "").toLowerCase().includes(this.#search));
  }

  #row(line, names) {
    const at = new Date(line.at);
    const push = line.direction === "push";
    const bad = isBad(line);
    const why = CODES[line.code] ?? "";
    const under = [names[line.openid], why, worded(line.note)].filter(Boolean).join(" · ");
    return el("tr", { class: bad ? "bad" : "" },
      el("td", { class: "when" }, el("span", { class: "day", text: monthDay(at) }), " ", clockWithSeconds(at)),
      el("td", {}, el("span", { class: push ? "way push" : "way api", title: push ? "平台推送给诊所" : "诊所调用平台" }, icon("arrowDown"), el("span", { class: "visually-hidden", text: push ? "推送" : "调用" }))),
      el("td", {}, el("strong", { text: named(line) }), " ", el("code", { text: line.name.replace(/^\/cgi-bin\//, ""), title: line.name }), under ? el("span", { class: "under", text: under }) : null),
      el("td", {}, el("span", { class: bad ? "code bad" : "code", text: result(line) })),
      el("td", { class: "number", text: line.elapsed_ms === null || line.elapsed_ms === undefined ? "–" : line.elapsed_ms < 1 ? "<1" : String(Math.round(line.elapsed_ms)) }));
  }
}
