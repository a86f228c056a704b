// A clinic's text message as WeChat shows it: line breaks, links and quick-reply links, and nothing else.
// The text is split into plain data first; only then are nodes made, so no markup of a message reaches the page.

const LINK = /<a\b([^>]*)>([\s\S]*?)<\/a\s*>/gi;
const ATTRIBUTE = /([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;
const BARE_URL = /https?:\/\/[^\s<>"'，。；！？、（）【】《》“”]+/gi;
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&nbsp;": "\u00a0" };

/** The five ordinary entities, one pass: "&amp;lt;" becomes "&lt;" and stays so. */
export function decode(text) {
  return text.replace(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => ENTITIES[entity]);
}

/** The address if a tap may open it (http, https, tel), else null. */
export function safeUrl(address) {
  if (typeof address !== "string") return null;
  try {
    const url = new URL(address.trim());
    return ["http:", "https:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function quickReply(address) {
  if (!/^weixin:\/\/bizmsgmenu\?/i.test(address)) return null;
  const query = new URLSearchParams(address.slice(address.indexOf("?") + 1));
  const text = query.get("msgmenucontent");
  return text ? { type: "reply", text, id: query.get("msgmenuid") ?? "" } : null;
}

function attributes(source) {
  const found = {};
  for (const [, name, double, single, bare] of source.matchAll(ATTRIBUTE)) found[name.toLowerCase()] = decode(double ?? single ?? bare ?? "");
  return found;
}

function plain(text) {
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(BARE_URL)) {
    if (match.index > end) pieces.push({ type: "text", text: text.slice(end, match.index) });
    const url = safeUrl(match[0]);
    pieces.push(url ? { type: "link", label: match[0], url } : { type: "text", text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ type: "text", text: text.slice(end) });
  return pieces;
}

/**
 * Split a message into pieces: {type: "text", text} · {type: "link", label, url} · {type: "reply", label, text, id}.
 * An unsafe or unknown link keeps its label as plain text.
 */
export function parse(source) {
  const pieces = [];
  let end = 0;
  for (const match of source.matchAll(LINK)) {
    pieces.push(...plain(decode(source.slice(end, match.index))));
    const href = attributes(match[1]).href ?? "";
    const label = decode(match[2].replace(/<[^>]*>/g, ""));
    const reply = quickReply(href);
    const url = safeUrl(href);
    if (reply) pieces.push({ ...reply, label });
    else if (url) pieces.push({ type: "link", label, url });
    else pieces.push({ type: "text", text: label });
    end = match.index + match[0].length;
  }
  pieces.push(...plain(decode(source.slice(end))));
  return pieces;
}
