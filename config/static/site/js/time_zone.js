/** Tells the server by which zone this browser lives: its pages write the hours. */

const COOKIE = "time_zone";
const YEAR_SECONDS = 31_536_000;

export function startTimeZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  if (!zone || document.cookie.split("; ").includes(`${COOKIE}=${zone}`)) return;
  document.cookie = `${COOKIE}=${zone}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
}
