// Times as the clinic and WeChat write them. Everything is shown in the clinic's zone, whatever the browser's.

const ZONE = "Asia/Shanghai";
const ZONE_OFFSET_HOURS = 8; // China has one zone and no summer time
export const HOUR = 3600;
export const DAY = 86400;

const parts = new Intl.DateTimeFormat("zh-CN", {
  timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit",
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", weekday: "long",
});

/** A moment split into the clinic's local fields, all strings: year, month, day, hour, minute, second, weekday. */
export function local(moment) {
  return Object.fromEntries(parts.formatToParts(moment).map((part) => [part.type, part.value]));
}

const dayNumber = (moment) => Math.floor((moment.getTime() / 1000 + ZONE_OFFSET_HOURS * HOUR) / DAY);

/** "10:32" */
export function clock(moment) {
  const t = local(moment);
  return `${t.hour}:${t.minute}`;
}

/** "10:32:05" */
export function clockWithSeconds(moment) {
  return `${clock(moment)}:${local(moment).second}`;
}

/** "11-21" */
export function monthDay(moment) {
  const t = local(moment);
  return `${t.month}-${t.day}`;
}

/** "2026年11月21日 星期六" */
export function longDate(moment) {
  const t = local(moment);
  return `${t.year}年${Number(t.month)}月${Number(t.day)}日 ${t.weekday}`;
}

/** The grey line between messages, as WeChat words it: today, yesterday, this week, else the date. */
export function chatTime(moment, now) {
  const days = dayNumber(now) - dayNumber(moment);
  const t = local(moment);
  if (days === 0) return clock(moment);
  if (days === 1) return `昨天 ${clock(moment)}`;
  if (days > 1 && days < 7) return `${t.weekday} ${clock(moment)}`;
  const year = t.year === local(now).year ? "" : `${t.year}年`;
  return `${year}${Number(t.month)}月${Number(t.day)}日 ${clock(moment)}`;
}

/** The short time in a list of conversations. */
export function listTime(moment, now) {
  const days = dayNumber(now) - dayNumber(moment);
  if (days === 0) return clock(moment);
  if (days === 1) return "昨天";
  return monthDay(moment);
}

/** Seconds from `now` to nine o'clock of the next morning at the clinic. */
export function secondsToNextMorning(now) {
  const localSeconds = now.getTime() / 1000 + ZONE_OFFSET_HOURS * HOUR;
  const nextMidnight = (Math.floor(localSeconds / DAY) + 1) * DAY;
  return Math.round(nextMidnight + 9 * HOUR - localSeconds);
}

/** "3 天 2 小时" from seconds; the two largest units that are not zero. */
export function span(seconds) {
  const total = Math.max(0, Math.round(seconds));
  const units = [[Math.floor(total / DAY), "天"], [Math.floor((total % DAY) / HOUR), "小时"], [Math.floor((total % HOUR) / 60), "分钟"]];
  const words = units.filter(([count]) => count > 0).slice(0, 2).map(([count, unit]) => `${count} ${unit}`);
  return words.length ? words.join(" ") : `${total} 秒`;
}
