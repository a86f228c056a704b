// The simulator's control API: every call is JSON, every failure an Error whose message can be shown to a person.

/** The refusals a person may meet by ordinary use, in their language. */
const SENTENCES = {
  "name must not be empty": "请先写一个名字。",
  "this code has expired": "这个二维码已经过期。",
  "this person does not follow the account": "TA 还没有关注公众号。",
  "this person follows already": "TA 已经关注了。",
};

/** The server did not answer at all (down, restarting, no network). */
export class Unreachable extends Error {}

async function call(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Unreachable("连不上模拟平台，请确认它正在运行。");
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    answer = null;
  }
  if (!response.ok) throw new Error(SENTENCES[answer?.error] ?? `没有成功：${answer?.error ?? `HTTP ${response.status}`}`);
  return answer;
}

const person = (openid, action) => `/sim/people/${encodeURIComponent(openid)}/${action}`;

export const api = {
  state: () => call("GET", "/sim/state"),
  messages: (openid) => call("GET", person(openid, "messages")),
  create: (name) => call("POST", "/sim/people", { name }),
  /** Anything a patient does with the account: follow, unfollow, say, menu, scan, image, voice, notice, refuse… */
  act: (openid, action, body = {}) => call("POST", person(openid, action), body),
  traffic: (after) => call("GET", `/sim/traffic?after=${encodeURIComponent(after)}`),
  advance: (seconds) => call("POST", "/sim/clock", { advance_seconds: seconds }),
  addFault: (fault) => call("POST", "/sim/faults", fault),
  clearFaults: () => call("DELETE", "/sim/faults"),
  revokeToken: () => call("POST", "/sim/token/revoke", {}),
  qr: (scene) => `/sim/qr?scene=${encodeURIComponent(scene)}`,
};

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

/** Server-sent events that come back by themselves. `onChange(data)` per event, `onState(true | false)` as the line comes and goes. */
export class Live {
  #source = null;
  #wait = FIRST_WAIT_MS;
  #timer = null;

  constructor({ onChange, onState }) {
    this.onChange = onChange;
    this.onState = onState;
  }

  connect() {
    clearTimeout(this.#timer);
    this.#source?.close();
    const source = new EventSource("/sim/events");
    this.#source = source;
    source.addEventListener("open", () => {
      this.#wait = FIRST_WAIT_MS;
      this.onState(true);
    });
    source.addEventListener("changed", (event) => {
      let data = {};
      try {
        data = JSON.parse(event.data);
      } catch {
        // an event without readable data still means "look again"
      }
      this.onChange(data);
    });
    source.addEventListener("error", () => {
      this.onState(false);
      this.again();
    });
  }

  /** Give the line up and try a new one soon: it may look open and carry nothing. */
  again() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#timer = setTimeout(() => this.connect(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
  }
}
