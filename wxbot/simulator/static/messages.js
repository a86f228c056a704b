// One message as WeChat draws it. `ctx`: {account, person, reply({text, id}), show({title, body})}.

import { avatar, el, icon } from "./dom.js";
import { parse, safeUrl } from "./rich_text.js";
import { isOwn } from "./store.js";

/** By which of the platform's doors a clinic's message came, and what that means. */
export const CHANNELS = {
  passive: { name: "即时回复", why: "患者刚发来消息，诊所在 5 秒内随同一次请求回复，不占条数。" },
  customer: { name: "客服消息", why: "患者主动联系后，诊所在限定时间内能主动发的几条消息。" },
  template: { name: "模板消息", why: "因患者用过的服务而发的服务通知，格式固定，不能做推广。" },
  notice: { name: "订阅通知", why: "患者同意一次，诊所能发一条。" },
};

const UNAVAILABLE = "该公众号暂时无法提供服务，请稍后再试";

/** Text with line breaks (CSS), links and quick replies. Only the clinic's messages carry links. */
function richText(text, ctx) {
  const node = el("span", { class: "text" });
  for (const piece of parse(text)) {
    if (piece.type === "reply") {
      node.append(el("button", { type: "button", class: "text-link", text: piece.label, on: { click: () => ctx.reply(piece) } }));
    } else if (piece.type === "link") node.append(outside(piece.url, { class: "text-link" }, piece.label));
    else node.append(piece.text);
  }
  return node;
}

/** A link that leaves the phone: a new tab that learns nothing of this one. */
function outside(url, props, ...children) {
  return el("a", { ...props, href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

function entries(options, ctx) {
  return options.map((option) =>
    el("button", { type: "button", class: "menu-entry", text: option.label || option.text, on: { click: () => ctx.reply({ text: option.text, id: option.id }) } }));
}

function media(seen, ctx, words) {
  const label = seen.text || words.label;
  return el("button", { type: "button", class: `media ${words.kind}`, "aria-label": words.action, on: { click: () => ctx.show({ title: words.label, body: words.body(seen, label) }) } },
    ...words.face(seen, label));
}

/** Only the simulator's own media are shown; anything else stays a drawing. */
const source = (seen) => (typeof seen.url === "string" && seen.url.startsWith("/sim/media/") ? seen.url : null);

function picture(seen, className) {
  const address = source(seen);
  return address ? el("img", { class: className, src: address, alt: "图片" }) : el("span", { class: `${className} drawn` }, icon("picture"));
}

const MEDIA = {
  image: { kind: "image", label: "图片", action: "查看图片", face: (seen) => [picture(seen, "photo")], body: (seen) => picture(seen, "photo large") },
  video: {
    kind: "video", label: "视频", action: "播放视频",
    face: (seen, label) => [el("span", { class: "photo drawn" }, el("span", { class: "play" }, icon("play"))), label === "视频" ? null : el("span", { class: "caption", text: label })],
    body: (_seen, label) => el("p", { text: `${label}：演示里没有真的视频可放。` }),
  },
  location: {
    kind: "location", label: "位置", action: "查看位置",
    face: (_seen, label) => [el("span", { class: "caption", text: label }), el("span", { class: "map", "aria-hidden": "true" }, icon("location"))],
    body: (_seen, label) => el("p", { text: label }),
  },
};

function voice(seen) {
  const button = el("button", { type: "button", class: "bubble voice", "aria-label": "播放语音" }, icon("waves"), el("span", { text: "3″" }));
  button.addEventListener("click", () => {
    button.classList.add("playing");
    setTimeout(() => button.classList.remove("playing"), 3000);
  });
  if (!seen.text) return button;
  return el("div", { class: "stack" }, button, el("span", { class: "bubble small", text: seen.text }));
}

/** A link card: a small one in a bubble, or an article with a large picture. */
function linkCard(seen) {
  const card = seen.card ?? {};
  const url = safeUrl(card.url);
  const inside = [
    el("strong", { text: card.title || seen.text || "链接" }),
    el("span", { class: "link-body" }, el("span", { text: seen.text && seen.text !== card.title ? seen.text : "" }), el("span", { class: "link-thumb", "aria-hidden": "true" }, icon(seen.kind === "music" ? "music" : "link"))),
  ];
  return url ? outside(url, { class: "link-card" }, ...inside) : el("div", { class: "link-card" }, ...inside);
}

function articles(seen) {
  const list = seen.articles?.length ? seen.articles : [{ description: seen.text, ...seen.card }];
  return el("div", { class: "article" }, ...list.map((article, index) => {
    const url = safeUrl(article.url);
    const inside = [
      index === 0 ? el("span", { class: "cover", "aria-hidden": "true" }, el("img", { src: "/static/cover.svg", alt: "" })) : null,
      el("span", { class: "article-words" }, el("strong", { text: article.title || "图文消息" }), article.description ? el("span", { text: article.description }) : null),
    ];
    return url ? outside(url, { class: "article-item" }, ...inside) : el("div", { class: "article-item" }, ...inside);
  }));
}

/** A template message or a subscription notice: title, rows of label and value, and 详情 when it leads somewhere. */
function noticeCard(seen, ctx) {
  const card = seen.card ?? {};
  const url = safeUrl(card.url);
  const rows = (card.fields ?? []).flatMap(([label, value]) => [el("dt", { text: label }), el("dd", { text: value })]);
  const inside = [
    el("span", { class: "card-from" }, el("img", { src: "/static/account.svg", alt: "", width: 20, height: 20 }), el("span", { text: ctx.account.name })),
    el("strong", { class: "card-title", text: card.title || seen.text }),
    el("dl", {}, ...rows),
    url ? el("span", { class: "card-more" }, el("span", { text: "详情" }), icon("chevron")) : null,
  ];
  return url ? outside(url, { class: `notice-card ${seen.kind}` }, ...inside) : el("article", { class: `notice-card ${seen.kind}` }, ...inside);
}

function body(seen, ctx) {
  const options = seen.options ?? [];
  switch (seen.kind) {
    case "menu": {
      const line = (text) => (text ? richText(text, ctx) : null);
      return el("div", { class: "bubble menu" }, line(seen.text), el("div", { class: "menu-entries" }, ...entries(options, ctx)), line(seen.tail));
    }
    case "image": return media(seen, ctx, MEDIA.image);
    case "video": return media(seen, ctx, MEDIA.video);
    case "location": return media(seen, ctx, MEDIA.location);
    case "voice": return voice(seen);
    case "link": case "music": return linkCard(seen);
    case "news": return articles(seen);
    default: {
      if (isOwn(seen)) return el("div", { class: "bubble" }, el("span", { class: "text", text: seen.text }));
      const spare = /<a\b/i.test(seen.text) ? [] : options; // replies not already links in the text
      return el("div", { class: "bubble" }, richText(seen.text, ctx), spare.length ? el("div", { class: "menu-entries" }, ...entries(spare, ctx)) : null);
    }
  }
}

/** The small tag below a clinic's message; a tap explains the door it came through. */
function channelTag(via, ctx) {
  const channel = CHANNELS[via];
  if (!channel) return null;
  const explain = () => ctx.show({ title: channel.name, body: el("p", { text: channel.why }) });
  return el("button", { type: "button", class: `via ${via}`, title: channel.why, on: { click: explain } }, el("i", { "aria-hidden": "true" }), channel.name);
}

/** The person who answers, when the clinic wrote in their name: "desk1@clinicwx" shows as desk1. */
function agentName(seen) {
  return seen.agent ? el("span", { class: "agent", text: seen.agent.split("@")[0] }) : null;
}

/** The whole row: system line, wide card, or avatar and bubble. */
export function message(seen, ctx) {
  if (seen.kind === "service_unavailable") return el("p", { class: "system unavailable", text: seen.text || UNAVAILABLE });
  if (seen.direction === "system") return el("p", { class: "system", text: seen.text });
  if (seen.kind === "template" || seen.kind === "notice") {
    return el("div", { class: "row wide" }, noticeCard(seen, ctx), channelTag(seen.via ?? seen.kind, ctx));
  }
  const own = isOwn(seen);
  const face = own ? avatar(ctx.person.name, ctx.person.openid) : el("img", { class: "avatar", src: "/static/account.svg", alt: "" });
  const who = el("span", { class: "visually-hidden", text: own ? "我：" : `${ctx.account.name}：` });
  return el("div", { class: `row ${own ? "own" : "theirs"} kind-${seen.kind}` }, face, el("div", { class: "said" }, who, agentName(seen), body(seen, ctx), seen.by_machine ? el("span", { class: "machine", text: "内容由第三方 AI 生成" }) : null, own ? null : channelTag(seen.via, ctx)));
}

/** A message still on its way, or one that did not get through. */
export function pendingMessage(one, ctx, retry) {
  const mark = one.failed
    ? el("button", { type: "button", class: "resend", "aria-label": "没有发出去，点一下重发", title: "重发", text: "!", on: { click: () => retry(one.id) } })
    : el("span", { class: "spinner", role: "img", "aria-label": "正在发送" });
  return el("div", { class: "row own pending" }, avatar(ctx.person.name, ctx.person.openid),
    el("div", { class: "said" }, el("div", { class: "bubble" }, el("span", { class: "text", text: one.text })), mark));
}
