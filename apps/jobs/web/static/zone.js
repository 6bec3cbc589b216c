// Tells the browser's time zone to the server; on the first page, which did not know it, times are changed here.
"use strict";
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = document.cookie.split("; ").find((each) => each.startsWith("zone="));
  if (!zone || known === `zone=${encodeURIComponent(zone)}`) return;
  document.cookie = `zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
  const form = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  for (const each of document.querySelectorAll("time[datetime]")) {
    each.textContent = form.format(new Date(each.dateTime));
  }
  const said = document.querySelector("footer .zone");
  if (said) said.textContent = zone === "UTC" ? zone : `${zone}; hold the pointer over one to see UTC`;
})();
