"use strict";
// Renews the numbers of the page "Breakdowns": every 2 s while a copy runs, else now and then.
{
  const page = document.getElementById("bdmodels-breakdowns");
  const elements = (attribute) =>
    new Map([...page.querySelectorAll(`[${attribute}]`)].map((e) => [e.getAttribute(attribute), e]));
  const texts = elements("data-live");
  const bars = elements("data-bar");
  let active = page.hasAttribute("data-active");

  const show = (found) => {
    if (found.structure !== page.dataset.structure) {
      location.reload();
      return;
    }
    for (const [name, text] of Object.entries(found.texts)) {
      const element = texts.get(name);
      if (element && element.textContent !== text) {
        element.textContent = text;
      }
    }
    for (const [name, [value, max]] of Object.entries(found.bars)) {
      const bar = bars.get(name);
      if (bar && max) {
        bar.max = max;
        bar.value = value;
      }
    }
    active = found.active;
  };

  const renew = async () => {
    if (!document.hidden) {
      try {
        const response = await fetch(page.dataset.url, {
          credentials: "same-origin",
          headers: { Accept: "application/json" },
        });
        if (response.redirected || response.status === 403) {
          location.reload();
          return;
        }
        if (response.ok) {
          show(await response.json());
        }
      } catch {
        // The server is being restarted, perhaps: the next try will tell.
      }
    }
    setTimeout(renew, active ? 2000 : 10000);
  };
  setTimeout(renew, active ? 2000 : 10000);
}
